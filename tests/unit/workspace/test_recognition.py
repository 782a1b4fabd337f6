"""Pages that wait for text recognition, and what is kept of them."""

from dataclasses import replace

import pytest

from carrel.domain.answers import (
    Answer,
    AnswerMode,
    Citation,
    Coverage,
    ExchangeState,
    Timing,
    TokenCount,
    Verdict,
)
from carrel.domain.documents import (
    Document,
    DocumentState,
    Flaw,
    LedgerEntry,
    UnitKind,
    UnitPlace,
)
from carrel.domain.ids import PassageId
from carrel.language.segment import Segment
from carrel.parsing.values import PicturedUnit
from carrel.workspace.errors import DocumentGone
from carrel.workspace.recognition import BLANK, FAILED, READ, KeptPage, WaitingPage
from carrel.workspace.rereading import CitedWords
from carrel.workspace.store import Workspace
from made_workspaces import Opened, SomePassage, SomeSummary, add, read


def entry(number: int, *, what: Flaw = Flaw.NO_TEXT, loss: bool = True) -> LedgerEntry:
    why = f"Page {number} is a picture."
    return LedgerEntry(unit=number, what=what, why=why, remedy="Wait.", loss=loss)


def pictured(*numbers: int, replaces: bool = False) -> tuple[PicturedUnit, ...]:
    return tuple(PicturedUnit(number=n, replaces=replaces, entry=entry(n)) for n in numbers)


def kept(number: int, text: str, *, start: int = 0, **fields) -> KeptPage:
    page = KeptPage(
        number=number,
        state=READ,
        entry=None,
        seconds=1.5,
        text=text,
        char_boxes=b"boxes",
        start=start,
        confidence=91.5,
        languages="eng",
        confidences=bytes([91] * (len(text) - start)),
        passages=[SomePassage(start, len(text), "Top")],
        segment=b"recognised terms",
    )
    return replace(page, **fields)


def test_a_page_waits_and_is_read_later(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    stored = read(workspace, document, "own text", "", summary=SomeSummary(pictured=pictured(2)))

    waits = stored.document
    assert waits.state is DocumentState.PARTIAL
    assert waits.warnings == ("1 page is a picture and was not read yet.",)
    assert workspace.recognition.waiting(document.id).result() == (WaitingPage(2, replaces=False),)
    assert workspace.recognition.documents().result() == (waits,)
    assert workspace.documents.ledger(document.id).result() == (entry(2),)
    assert workspace.documents.unread((), 9).result()[0][2:] == (2, "Page 2 is a picture.")

    done, segment = workspace.recognition.keep(document.id, kept(2, "words read")).result()

    assert (done.state, done.warnings, done.passages) == (DocumentState.READ, (), 3)
    assert done.pictured is not None
    assert (done.pictured.read, done.pictured.confidence) == (1, 91.5)
    assert workspace.recognition.documents().result() == ()
    assert workspace.documents.ledger(document.id).result() == ()
    assert workspace.documents.unread((), 9).result() == []
    unit = workspace.documents.unit(document.id, 2).result()
    assert unit.text == "words read"
    assert unit.recognised is not None
    assert (unit.recognised.languages, unit.recognised.confidence_of(0, 5)) == ("eng", 91.0)
    assert workspace.documents.unit(document.id, 1).result().recognised is None
    assert segment is not None
    assert (segment.body, segment.passages) == (b"recognised terms", 1)
    assert segment in workspace.segments.load().result()
    assert workspace.passages.recognised().result() == {document.id: (range(3, 4),)}
    assert workspace.passages.living().result() == [range(1, 3), range(3, 4)]
    found = workspace.passages.get([3]).result()
    assert [(one.passage.text, one.place.number) for one in found] == [("words read", 2)]


def test_a_page_is_kept_once(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "", summary=SomeSummary(pictured=pictured(1)))
    first, _ = workspace.recognition.keep(document.id, kept(1, "first")).result()
    again, segment = workspace.recognition.keep(document.id, kept(1, "second")).result()
    assert (again, segment) == (first, None)
    assert workspace.documents.unit(document.id, 1).result().text == "first"


def test_pages_of_a_document_in_a_row_are_one_run_of_passages(workspace: Workspace) -> None:
    one, other = add(workspace, b"1"), add(workspace, b"2")
    for document in (one, other):
        read(workspace, document, "", "", "", summary=SomeSummary(pictured=pictured(1, 2, 3)))
    first = sum(len(run) for run in workspace.passages.living().result()) + 1
    for document, number in ((one, 1), (one, 2), (other, 1), (one, 3)):
        workspace.recognition.keep(document.id, kept(number, "words")).result()
    assert workspace.passages.recognised().result() == {
        one.id: (range(first, first + 2), range(first + 3, first + 4)),
        other.id: (range(first + 2, first + 3),),
    }


def test_text_that_is_worthless_gives_way_with_its_passages(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    summary = SomeSummary(pictured=pictured(1, replaces=True))
    read(workspace, document, "\ue001\ue002", "stays", summary=summary)
    workspace.recognition.keep(document.id, kept(1, "real words")).result()
    found = workspace.passages.of_document(document.id).result()
    assert sorted(one.passage.text for one in found) == ["real words", "stays"]


def test_what_cannot_be_read_is_said_and_not_tried_again(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "", "", "", summary=SomeSummary(pictured=pictured(1, 2, 3)))
    failed = KeptPage(number=1, state=FAILED, entry=entry(1, what=Flaw.DAMAGE), seconds=0.1)
    blank = KeptPage(number=2, state=BLANK, entry=entry(2, loss=False), seconds=0.1)
    poor = kept(3, "wrods", entry=entry(3, what=Flaw.LOW_CONFIDENCE, loss=False))
    for page in (failed, blank, poor):
        done, _ = workspace.recognition.keep(document.id, page).result()
    assert done.state is DocumentState.PARTIAL
    assert done.warnings == (
        "1 page is a picture and could not be read.",
        "1 page was read from its picture with low confidence.",
    )
    whats = [line.what for line in workspace.documents.ledger(document.id).result()]
    assert whats == [Flaw.DAMAGE, Flaw.NO_TEXT, Flaw.LOW_CONFIDENCE]
    assert workspace.recognition.documents().result() == ()


def test_why_pages_wait_can_be_said(workspace: Workspace) -> None:
    one, other = add(workspace, b"1"), add(workspace, b"2")
    for document in (one, other):
        read(workspace, document, "", summary=SomeSummary(pictured=pictured(1)))
    assert workspace.recognition.explain("Switch it on.", one.id).result() == 1
    assert workspace.recognition.explain("Switch it on.", one.id).result() == 0
    remedies = [workspace.documents.ledger(d.id).result()[0].remedy for d in (one, other)]
    assert remedies == ["Switch it on.", "Wait."]


def test_removing_a_document_takes_its_recognised_passages(opened: Opened) -> None:
    workspace = opened.workspace
    gone, stays = add(workspace, b"gone"), add(workspace, b"stays")
    read(workspace, gone, "", summary=SomeSummary(pictured=pictured(1)))
    read(workspace, stays, "c")
    workspace.recognition.keep(gone.id, kept(1, "words")).result()

    workspace.documents.remove(gone.id).result()

    assert len(workspace.passages.living().result()) == 1
    assert len(workspace.segments.load().result()) == 1
    assert workspace.passages.recognised().result() == {}
    with pytest.raises(DocumentGone):
        workspace.recognition.keep(gone.id, kept(1, "late")).result()


def cite(workspace: Workspace, document: Document, words: str) -> None:
    """A stored answer that cites the first words of page 1."""
    asked = workspace.chats.start_exchange(
        None, title="t", question="q", mode=AnswerMode.EVIDENCE
    ).result()
    citation = Citation(
        n=1,
        verdict=Verdict.EXACT,
        quote=words,
        document=document.id,
        document_name=document.name,
        place=UnitPlace(UnitKind.PAGE, 1, "1"),
        end=len(words),
        source_text=words,
        parser_version=1,
    )
    answer = Answer(
        mode=AnswerMode.EVIDENCE,
        text="[1]",
        citations=(citation,),
        coverage=Coverage(units_used=1, units_total=1),
    )
    workspace.chats.finish_exchange(asked.id, answer, ExchangeState.ANSWERED).result()


def test_what_was_recognised_is_taken_over_where_a_page_has_the_same_text(
    workspace: Workspace,
) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "", "", summary=SomeSummary(pictured=pictured(1, 2)))
    workspace.recognition.keep(document.id, kept(1, "words")).result()
    workspace.recognition.keep(
        document.id, KeptPage(number=2, state=BLANK, entry=None, seconds=1.0)
    ).result()
    before = workspace.documents.unit(document.id, 1).result()

    newer = SomeSummary(parser_version=2, pictured=pictured(1, 2))
    again = read(workspace, document, "", "", summary=newer)

    assert again.document.pictured is not None
    assert (again.document.pictured.waiting, again.document.pictured.read) == (0, 1)
    after = workspace.documents.unit(document.id, 1).result()
    assert (after.text, after.recognised) == (before.text, before.recognised)
    (segment,) = again.recognised
    run = range(segment.first_passage, segment.first_passage + segment.passages)
    assert workspace.passages.recognised().result() == {document.id: (run,)}
    found = workspace.passages.get([PassageId(run.start)]).result()
    assert found[0].passage.text == "words"
    assert Segment.load(segment.body).passages == 1


def test_a_newer_reading_starts_recognition_anew_and_keeps_the_old_unit_for_a_citation(
    workspace: Workspace,
) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "", summary=SomeSummary(pictured=pictured(1)))
    workspace.recognition.keep(document.id, kept(1, "words")).result()
    cite(workspace, document, "words")

    newer = SomeSummary(parser_version=2, pictured=pictured(1))
    again = read(workspace, document, "own words now", summary=newer)

    assert again.document.pictured is not None
    assert again.document.pictured.waiting == 1
    assert workspace.passages.recognised().result() == {}
    cited = CitedWords(1, 0, 5, "words")
    old = workspace.documents.earlier_unit(document.id, cited).result()
    assert old is not None
    assert (old.text, old.recognised is not None) == ("words", True)
    late = workspace.recognition.keep(document.id, kept(1, "new words")).result()[0]
    assert late.pictured is not None
    assert late.pictured.waiting == 1  # made of the page as it was before
    assert workspace.documents.earlier_unit(document.id, cited).result() == old


def test_a_workspace_opened_again_knows_what_waits(opened: Opened) -> None:
    document = add(opened.workspace, b"x")
    read(opened.workspace, document, "", "", summary=SomeSummary(pictured=pictured(1, 2)))
    opened.workspace.recognition.keep(document.id, kept(1, "words")).result()
    workspace = opened.reopened()
    (found,) = workspace.recognition.documents().result()
    assert found.id == document.id
    assert workspace.recognition.waiting(document.id).result() == (WaitingPage(2, replaces=False),)


def test_a_citation_remembers_how_surely_its_words_were_read(workspace: Workspace) -> None:
    chats = workspace.chats
    asked = chats.start_exchange(None, title="x", question="?", mode=AnswerMode.PASSAGES).result()
    cited = [
        Citation(n=1, verdict=Verdict.EXACT, quote="a", confidence=88.5),
        Citation(n=2, verdict=Verdict.EXACT, quote="b"),
    ]
    answer = Answer(
        mode=AnswerMode.PASSAGES,
        text="[1] [2]",
        thinking="",
        citations=tuple(cited),
        coverage=Coverage(units_used=1, units_total=1),
        installed_model="",
        sampling={},
        tokens=TokenCount(prompt=0, answer=0),
        timing=Timing(search=0.0, total=0.0),
    )
    done = chats.finish_exchange(asked.id, answer, ExchangeState.ANSWERED).result()
    assert done.answer is not None
    assert [one.confidence for one in done.answer.citations] == [88.5, None]
