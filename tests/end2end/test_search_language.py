"""Search as a person types it, over a real workspace."""

import pytest

from carrel.app import searching
from carrel.domain.errors import KnownError
from carrel.domain.events import AddingFinished
from carrel.domain.labels import LabelKind
from carrel.domain.searching import AlsoWhy, ReasonKind
from made_archives import zipped
from opened_office import Office

LETTER = (
    b"From: Ada Byron <ada@example.org>\r\nTo: b@example.org\r\n"
    b"Date: Tue, 4 Mar 2025 10:00:00 +0000\r\nSubject: Covenant\r\n"
    b"Content-Type: text/plain\r\n\r\nThe covenant was breached in March.\r\n"
)
FILES = {
    "lease.txt": "The rent of the quay in Rostock is due in May. The covenant is a draft.",
    "loan.md": "The covenant of the loan demands liquidity. Liquidation is excluded.",
    "letter.eml": LETTER,
    "names.txt": "Мария Иванова подписала договор. The accommodation was receivable.",
    "arabic.txt": "وقعت ماريا العقد في القاهرة",
    "English names.txt": "Maria signed the contract.",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = Office(tmp_path_factory.mktemp("office"))
    (made.folder / "deals").mkdir()
    for name, content in FILES.items():
        made.add(name, content if isinstance(content, bytes) else content.encode())
    (made.folder / "deals" / "lease copy.txt").write_text(
        "A rent of the crane. The covenant holds."
    )
    with made.app.listen() as events:
        made.app.add_paths([made.folder / "deals"])
        next(event for event in events if isinstance(event, AddingFinished))
    made.app.shelf.label([made.named("loan.md").id], LabelKind.TAG, add=["Board"]).result()
    yield made
    made.app.close()


MAIL_WITH_FILE = (
    b"From: Jane <jane@example.org>\r\nTo: b@example.org\r\nSubject: Tariff\r\n"
    b"Date: Wed, 17 May 2023 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"
    b"The tariff of the depot.\r\n--x\r\nContent-Type: text/csv\r\n"
    b'Content-Disposition: attachment; filename="tariffs.csv"\r\n\r\n'
    b"place,tariff\r\ndepot,420\r\n--x--\r\n"
)


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    """A mail with an attachment, a report, and an archive in an archive; two of them tagged."""
    made = Office(tmp_path_factory.mktemp("nested"))
    made.add("mail.eml", MAIL_WITH_FILE)
    made.add("Annual_Report-10K.txt", b"The tariff of the office rose.")
    inner = zipped([("Old/mill.md", b"# Mill\n\nThe tariff of the mill.")])
    made.add("all.zip", zipped([("Deals/inner.zip", inner)]))
    for name, tag in {"mail.eml": "due", "all.zip": "Board 2026"}.items():
        made.app.shelf.label([made.named(name).id], LabelKind.TAG, add=[tag]).result()
    yield made
    made.app.close()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("tariff tag:DUE", {"mail.eml", "tariffs.csv"}),
        ('tariff tag:"board 2026"', {"mill.md"}),
        ('tariff tag:due,"board 2026" -type:mail', {"tariffs.csv", "mill.md"}),
        ("tariff folder:deals", {"mill.md"}),
        ("tariff folder:all.zip/deals/inner.zip/old", {"mill.md"}),
        ("tariff folder:mail.eml", {"tariffs.csv"}),
        ("tariff name:10-k", {"Annual_Report-10K.txt"}),
        ('tariff name:"annual report"', {"Annual_Report-10K.txt"}),
        ("tariff date:2023-Q2", {"mail.eml"}),
        ("tariff author:jane", {"mail.eml"}),
        ("tariff -type:csv tag:due", {"mail.eml"}),
    ],
)
def test_conditions_reach_what_lies_inside(nested, query, names):
    assert {hit.document_name for hit in nested.app.look_for(query).result().hits} == names


def test_a_chosen_archive_is_searched_with_what_lies_inside(nested):
    chosen = (nested.named("all.zip").id,)
    for query in ("tariff", "tariff type:md"):
        hits = nested.app.look_for(query, documents=chosen).result().hits
        assert [hit.document_name for hit in hits] == ["mill.md"]


def test_the_condition_that_no_document_meets_is_named(nested):
    with pytest.raises(KnownError) as raised:
        nested.app.look_for("tariff tag:unheard type:mail").result()
    assert raised.value.failure.reason == "No document fits “tag:unheard”."


@pytest.fixture
def found(office):
    def look(query, **more):
        return {hit.document_name for hit in office.app.look_for(query, **more).result().hits}

    return look


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("covenant -draft", {"loan.md", "letter.eml", "lease copy.txt"}),
        ("covenant NOT draft", {"loan.md", "letter.eml", "lease copy.txt"}),
        ('covenant -"is a draft"', {"loan.md", "letter.eml", "lease copy.txt"}),
        ('covenant -"draft is a"', {"lease.txt", "loan.md", "letter.eml", "lease copy.txt"}),
        ("rent AND covenant", {"lease.txt", "lease copy.txt"}),
        ("crane OR loan", {"loan.md", "lease copy.txt"}),
        ('"of the crane" OR "of the loan"', {"loan.md", "lease copy.txt"}),
        ("(crane OR Rostock) AND covenant", {"lease.txt", "lease copy.txt"}),
        ("liquid*", {"loan.md"}),
        ("covenant type:md", {"loan.md"}),
        ("covenant type:mail", {"letter.eml"}),
        ("covenant -type:txt -type:mail", {"loan.md"}),
        ("covenant tag:board", {"loan.md"}),
        ("covenant author:Byron", {"letter.eml"}),
        ("covenant date:2025-03", {"letter.eml"}),
        ("covenant date:2025-03-01..2025-03-31 type:mail", {"letter.eml"}),
        ("covenant folder:deals", {"lease copy.txt"}),
        ("covenant name:lease", {"lease.txt", "lease copy.txt"}),
        ("covenant name:lease.*", {"lease.txt"}),
        ("type:mail", {"letter.eml"}),
        ("covenant type:md,eml", {"loan.md", "letter.eml"}),
        ("covenant type:md.", {"loan.md"}),
        ("covenant date:2025-Q1", {"letter.eml"}),
        ("covenant name:lease-copy", {"lease copy.txt"}),
        ("covenant added:2020.. type:md", {"loan.md"}),
        ("covenant AND NOT (rent OR loan)", {"letter.eml"}),
    ],
)
def test_a_query_in_the_language_of_search_finds_what_it_says(found, query, names):
    assert found(query) == names


def test_a_misspelt_filter_is_told(office):
    (note,) = office.app.look_for("covenant tpye:md").result().notes
    assert "did you mean “type:”?" in note


def test_a_limit_counts_what_meets_the_demands(office):
    hits = office.app.look_for("covenant AND loan", limit=1).result().hits
    assert [hit.document_name for hit in hits] == ["loan.md"]


@pytest.mark.parametrize(
    ("query", "code", "word"),
    [
        ("covenant type:xyz", "search.filter", "type:xyz"),
        ("covenant date:someday", "search.date", "someday"),
        ("covenant date:2025-13", "search.date", "2025-13"),
        ("covenant date:..", "search.date", ".."),
    ],
)
def test_a_condition_that_nothing_meets_is_told(office, query, code, word):
    with pytest.raises(KnownError) as raised:
        office.app.look_for(query).result()
    assert raised.value.failure.code == code
    assert word in raised.value.failure.reason


@pytest.mark.parametrize(
    ("query", "other"),
    [("accomodation", "accommodation"), ("recievable", "receivable"), ("liquidlty", "liquidity")],
)
def test_a_misspelt_word_is_looked_for_as_it_is_spelt_and_that_is_told(office, query, other):
    result = office.app.look_for(query).result()
    assert result.hits
    (also,) = result.also
    assert (also.word, also.why) == (query, AlsoWhy.SPELLING)
    assert other in also.others


def test_a_word_in_quotation_marks_or_one_that_is_there_stays_as_it_is(office):
    assert office.app.look_for('"accomodation"').result().hits == ()
    assert office.app.look_for("covenant").result().also == ()


@pytest.mark.parametrize("query", ["Мария", "Maria", "ماريا"])
def test_a_name_is_found_in_other_letters(office, found, query):
    assert found(query) == {"names.txt", "arabic.txt", "English names.txt"}
    (also,) = office.app.look_for(query).result().also
    assert (also.why, len(also.others)) == (AlsoWhy.SCRIPT, 2)


def test_words_of_a_removed_document_are_offered_no_more(office):
    gone = office.add("gone.txt", b"The zanthoxylum is in bloom.")
    assert office.app.look_for("zanthoxilum").result().hits
    office.app.shelf.remove(gone.id).result()
    result = office.app.look_for("zanthoxilum").result()
    assert (result.hits, result.also) == ((), ())
    office.app.shelf.shred([gone.id]).result()
    rows = office.app._workspace.read(
        lambda c: c.execute("SELECT 1 FROM words WHERE document = ?", (gone.id,)).fetchall()
    )
    assert rows.result() == []


def test_a_document_read_anew_has_new_words(office, monkeypatch):
    office.app.look_for("beginn*").result()
    document = office.named("loan.md")
    assert document.id in office.app._workspace.wordlists.all().result()
    with office.app.listen() as events:
        office.app.adding.read_again([document.id])
        next(event for event in events if isinstance(event, AddingFinished))
    assert document.id in office.app._workspace.wordlists.without().result()
    assert office.app.look_for("liquid*").result().hits


def test_no_search_waits_long_for_words(office, monkeypatch):
    monkeypatch.setattr(searching, "LEARN_SECONDS", 0.0)
    office.add("late.txt", b"An anachronistic clause.")
    assert office.app.look_for("anachronistik").result().also == ()
    monkeypatch.undo()
    assert office.app.look_for("anachronistik").result().hits


@pytest.mark.parametrize(
    ("query", "other"),
    [("accomodation", "accommodation"), ("Мария", "Maria"), ("coven*", "covenant")],
)
def test_a_reason_names_the_word_of_the_query_it_was_put_beside(office, query, other):
    hits = office.app.look_for(query).result().hits
    told = {
        (reason.words.casefold(), reason.beside)
        for hit in hits
        for reason in office.app.explain(query, hit).result().reasons
        if reason.kind is ReasonKind.OTHER
    }
    assert (other.casefold(), query) in told


@pytest.mark.parametrize(
    "query",
    [
        "How much rent of the quay is due?",
        "covenant of the loan",
        "covenant -draft",
        "liquid* AND covenant",
        "accomodation",
        "Мария",
        '"of the crane"',
        "rent name:lease",
        "lease copy crane",
    ],
)
def test_the_reasons_for_a_hit_add_up_to_its_score(office, query):
    hits = office.app.look_for(query).result().hits
    assert hits
    for hit in hits:
        why = office.app.explain(query, hit).result()
        assert sum(reason.score for reason in why.reasons) == pytest.approx(hit.score, abs=2e-3)
        assert why.score == pytest.approx(hit.score, abs=2e-3)


def test_reasons_name_the_words_of_the_passage_and_of_the_document(office):
    (first, *_) = office.app.look_for("crane in the lease copy").result().hits
    why = office.app.explain("crane in the lease copy", first).result()
    told = {(reason.kind, reason.words) for reason in why.reasons}
    assert {(ReasonKind.WORD, "crane"), (ReasonKind.NAME, "copy lease")} <= told
    (crane,) = [reason for reason in why.reasons if reason.words == "crane"]
    assert (crane.passages, crane.text > 0, crane.page > 0) == (1, True, True)
    assert crane.beside == ""
    other = office.app.look_for("rent").result().hits[-1]
    assert office.app.explain("crane AND loan", other).result() is None
