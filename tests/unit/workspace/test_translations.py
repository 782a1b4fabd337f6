import pytest

from carrel.domain.documents import Failure, Span
from carrel.domain.translating import (
    Doubt,
    NewTranslation,
    PieceState,
    Translated,
    TranslationState,
)
from carrel.workspace.errors import DocumentGone, TranslationGone
from made_workspaces import SomeSummary, add, read

WHY = Failure(code="engine.failed", reason="The engine ended.", remedy="Ask again.")
PAGES = ("Net sales were 3. Costs were 2.", "Profit was 1.")
SPANS = ((0, Span(0, 17)), (0, Span(18, 31)), (1, Span(0, 13)))


@pytest.fixture
def document(workspace):
    made = add(workspace, b"1", "1.pdf")
    read(workspace, made, *PAGES)
    return made


@pytest.fixture
def made(workspace, document):
    """A translation of two pages in three pieces, all open."""
    units = workspace.texts.units(document.id).result()
    new = NewTranslation(document=document.id, language="de", installed_model="tiny")
    return workspace.translations.create(new, [(units[n], span) for n, span in SPANS]).result()


def pieces(workspace, made):
    return workspace.translations.sheet(made.id).result().pieces


def finish(workspace, made, n, **what):
    return workspace.translations.finish_piece(made.id, n, Translated(**what)).result()


def test_what_is_finished_is_kept_and_the_rest_is_open_after_the_program_ended(opened, made):
    workspace = opened.workspace
    workspace.translations.set_state(made.id, TranslationState.RUNNING).result()
    result = Translated(
        text="Umsatz 4.", doubts=(Doubt.NUMBERS, Doubt.ADDED), missing=("3",), added=("400",),
        seconds=2.0,
    )  # fmt: skip
    listed = workspace.translations.finish_piece(made.id, 1, result).result()
    assert (listed.pieces, listed.units, listed.done, listed.units_done) == (3, 2, 1, 0)
    assert (listed.doubtful, listed.seconds) == (1, 2.0)

    found = opened.reopened()
    sheet = found.translations.sheet(made.id).result()
    assert sheet.translation.state is TranslationState.INTERRUPTED
    assert [one.state for one in sheet.pieces] == [
        PieceState.CHECK, PieceState.OPEN, PieceState.OPEN
    ]  # fmt: skip
    assert sheet.pieces[0].result == result
    assert [one.source for one in sheet.pieces] == [
        "Net sales were 3.", "Costs were 2.", "Profit was 1."
    ]  # fmt: skip
    assert not any(one.moved for one in sheet.pieces)
    assert found.translations.next_open(made.id).result().piece.n == 2


def test_pages_count_when_all_their_pieces_are_through(workspace, made):
    finish(workspace, made, 1, text="Eins.")
    assert finish(workspace, made, 3, text="Drei.").units_done == 1
    assert finish(workspace, made, 2, failure=WHY).units_done == 2
    assert workspace.translations.next_open(made.id).result() is None


def test_the_piece_before_is_known_on_the_same_page_where_nothing_is_doubtful(workspace, made):
    finish(workspace, made, 1, text="Eins.")
    second = workspace.translations.next_open(made.id).result()
    assert (second.piece.n, second.before.text) == (2, "Eins.")
    finish(workspace, made, 2, text="Zwei.")
    assert workspace.translations.next_open(made.id).result().before is None
    finish(workspace, made, 1, text="Eins.", doubts=(Doubt.SHORT,))
    workspace.translations.reopen(made.id, [2]).result()
    again = workspace.translations.next_open(made.id).result()
    assert (again.piece.n, again.tries, again.before) == (2, 1, None)


def test_failed_pieces_are_opened_again_and_others_stay(workspace, made):
    finish(workspace, made, 1, text="Eins.")
    finish(workspace, made, 2, failure=WHY)
    finish(workspace, made, 3, text="Drei.")
    workspace.translations.set_state(made.id, TranslationState.FINISHED).result()
    assert pieces(workspace, made)[1].result.failure == WHY

    listed = workspace.translations.reopen(made.id).result()

    assert (listed.done, listed.failed, listed.state) == (2, 0, TranslationState.PAUSED)
    assert [one.text for one in pieces(workspace, made)] == ["Eins.", "", "Drei."]


def test_it_goes_with_its_document_and_comes_back_with_it(workspace, document, made):
    finish(workspace, made, 1, text="Geheim.")
    workspace.documents.removals.hide(document.id).result()
    assert workspace.translations.list().result() == ()
    with pytest.raises(TranslationGone):
        finish(workspace, made, 2, text="Zwei.")
    workspace.documents.removals.restore(document.id).result()
    assert [one.id for one in workspace.translations.list().result()] == [made.id]

    workspace.documents.removals.remove(document.id).result()

    for table in ("translations", "translated_pieces"):
        counted = workspace.read(
            lambda connection, table=table: connection.execute(
                f"SELECT count(*) FROM {table}"  # noqa: S608
            ).fetchone()
        ).result()
        assert counted == (0,), table


def test_of_a_document_that_is_gone_none_is_made(workspace, document):
    units = workspace.texts.units(document.id).result()
    workspace.documents.removals.hide(document.id).result()
    with pytest.raises(DocumentGone):
        workspace.translations.create(
            NewTranslation(document=document.id, language="de"), [(units[0], Span(0, 3))]
        ).result()


def test_a_piece_says_when_other_words_stand_in_its_place_now(workspace, document, made):
    read(
        workspace, document, "Net sales were 9. Costs were 2.", PAGES[1],
        summary=SomeSummary(parser_version=2),
    )  # fmt: skip
    assert [one.moved for one in pieces(workspace, made)] == [True, False, False]
