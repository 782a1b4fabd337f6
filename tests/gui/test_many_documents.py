"""Thousands of documents on the documents page: listed, counted, and nothing made twice."""

import pytest
from PySide6.QtCore import QModelIndex, Qt

from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentRemoved,
    FileAdded,
    FileProgressed,
    Tally,
)
from carrel.ui.library_page import state as library
from carrel.ui.library_page import view
from carrel.ui.library_page.item_model import LibraryItemModel
from carrel.ui.library_page.jobs import MAX_WAITING, AddingJob
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import tokens

MANY = 2_000


def document(number: int, state: DocumentState = DocumentState.READ) -> Document:
    return Document(
        id=number, sha256=f"{number:064}", name=f"note {number}.txt", size=900, kind="txt",
        state=state, added_at=float(number), units=1,
    )  # fmt: skip


def many(count: int = MANY) -> library.LibraryState:
    return library.with_documents(
        library.LibraryState(), tuple(document(number) for number in range(1, count + 1))
    )


def added(job: int, index: int, found: Document) -> FileAdded:
    return FileAdded(job=job, index=index, path=found.name, document=found, duplicate=False,
                     failure=None)  # fmt: skip


def moved(index: int, done: int = 1) -> FileProgressed:
    return FileProgressed(job=1, index=index, name=f"f{index}", step="reading", done=done, total=2,
                          seconds_left=None)  # fmt: skip


def test_a_row_is_made_when_it_is_looked_at_and_not_before(monkeypatch):
    made = []
    real = library._document_row

    def row(place, *rest):
        made.append(place)
        return real(place, *rest)

    monkeypatch.setattr(library, "_document_row", row)
    rows = library.rows(many())
    assert len(rows) == MANY
    assert not made
    assert rows[3].name == rows[3].name == f"note {MANY - 3}.txt"
    assert len(made) == 1


def test_files_begun_out_of_order_leave_the_right_ones_waiting():
    job = AddingJob(job=1, names=tuple(f"f{at}" for at in range(MANY)))
    state = library.LibraryState(jobs=(job,))
    state = library.apply_all(state, [moved(0), moved(7), moved(1), added(1, 0, document(1))])
    (job,) = state.jobs
    assert [file.index for file in job.active] == [7, 1]
    assert [file.index for file in job.waiting(7)] == [2, 3, 4, 5, 6, 8, 9]
    assert (job.finished, job.total) == (1, MANY)
    assert job.done == pytest.approx(1 + 2 * (0.2 + 0.7 / 2))
    assert len(library.rows(state)) == 2 + MAX_WAITING + 1
    late = library.apply(state, moved(0))  # of a file that is through
    assert late.jobs == state.jobs


def test_new_changed_and_removed_documents_change_only_their_rows(qtbot):
    items = LibraryItemModel()
    told = []
    items.modelReset.connect(lambda: told.append("reset"))
    items.rowsInserted.connect(lambda _, first, last: told.append(("new", first, last)))
    items.rowsRemoved.connect(lambda _, first, last: told.append(("gone", first, last)))
    items.dataChanged.connect(lambda one, two: told.append(("now", one.row(), two.row())))
    state = many()
    items.show_rows(library.rows(state))
    told.clear()
    events = [
        added(1, 0, document(MANY + 1)),
        added(1, 1, document(MANY + 2)),
        added(1, 2, document(5, DocumentState.PARTIAL)),
        DocumentRemoved(document=document(9).id),
    ]
    state = library.apply_all(state, events[:2])
    items.show_rows(library.rows(state))
    assert told == [("new", 0, 1)]
    told.clear()
    state = library.apply(state, events[2])
    items.show_rows(library.rows(state))
    at = MANY + 2 - 5
    assert told == [("now", at, at)]
    told.clear()
    state = library.apply(state, events[3])
    items.show_rows(library.rows(state))
    at = MANY + 2 - 9
    assert told == [("gone", at, at)]
    assert items.rowCount() == MANY + 1
    assert items.row_at(items.index(0)).name == f"note {MANY + 2}.txt"
    assert items.index_of(f"document {MANY}").row() == 2
    assert items.index_of("document 9") == QModelIndex()


def test_the_selection_stays_with_its_document_while_others_arrive(qtbot, window, fake):
    page = window.library
    window.show_page(PageName.DOCUMENTS)
    page._on_documents_arrived(tuple(document(number) for number in range(1, 50)))
    page.list.setCurrentIndex(page.items.index_of("document 20"))
    for number in range(100, 110):
        page._on_event_published(added(1, number, document(number)))
    qtbot.waitUntil(lambda: page.items.rowCount() == 59)
    assert page.items.row_at(page.list.currentIndex()).key == "document 20"


def test_a_burst_of_events_is_shown_a_few_times_and_whole(qtbot, window, fake, monkeypatch):
    page = window.library
    shown = []
    monkeypatch.setattr(page.items, "show_rows", shown.append)
    monkeypatch.setattr(view, "SHOW_EVERY_SECONDS", 3600.0)
    page._on_event_published(AddingStarted(job=1, names=tuple("x" * MANY)))
    for number in range(MANY):
        page._on_event_published(added(1, number, document(1000 + number)))
    page._on_event_published(AddingFinished(job=1, cancelled=False))
    assert len(shown) <= 2
    assert not page.state.jobs
    assert sum(d.id >= 1000 for d in page.documents) == MANY


def test_very_many_rows_have_one_height_and_still_say_what_to_do(window, fake, monkeypatch):
    page = window.library
    assert not page.list.uniformItemSizes()
    page._on_documents_arrived(tuple(document(number) for number in range(view.MAX_VARIED + 1)))
    assert page.list.uniformItemSizes()
    index = page.items.index(0)
    assert page.list.visualRect(index).height() == tokens.TABLE_ROW_HEIGHT


def test_adding_can_be_paused_and_goes_on(qtbot, window, fake):
    window.show_page(PageName.DOCUMENTS)
    page = window.library
    fake.add_paths([])
    fake.publish(AddingStarted(job=5, names=("a.txt", "b.txt")))
    qtbot.waitUntil(page.progress.pause.isVisible)
    qtbot.mouseClick(page.progress.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.progress.words.text() == "Paused · 0 of 2 done")
    assert fake.paused
    assert page.progress.pause.accessibleName() == "Go on adding"
    qtbot.mouseClick(page.progress.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.progress.words.text() == "Adding 1 of 2")
    assert not fake.paused


def test_one_file_is_stopped_from_its_row(qtbot, window, fake):
    window.show_page(PageName.DOCUMENTS)
    page = window.library
    fake.publish(AddingStarted(job=5, names=("a.txt", "b.txt")))
    qtbot.waitUntil(lambda: page.items.index_of("adding 5/1").isValid())
    page.list.setCurrentIndex(page.items.index_of("adding 5/1"))
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    assert fake.files_cancelled == [(5, 1)]


def test_the_summary_counts_and_shows_those_in_part_and_those_not_read(qtbot, window, fake):
    window.show_page(PageName.DOCUMENTS)
    page = window.library
    states = [DocumentState.READ, DocumentState.PARTIAL, DocumentState.FAILED]
    found = [document(900 + at, state) for at, state in enumerate(states)]
    fake.stored[:] = found
    fake.publish(AddingStarted(job=5, names=("a", "b", "c", "d")))
    for at, one in enumerate(found):
        fake.publish(added(5, at, one))
    refused = Failure(code="file.empty", reason="Empty.", remedy="Look.")
    fake.publish(FileAdded(job=5, index=3, path="/in/d", document=None, duplicate=False,
                           failure=refused))  # fmt: skip
    tally = Tally(read=1, partial=1, failed=1, not_added=1)
    fake.publish(AddingFinished(job=5, cancelled=False, tally=tally))
    qtbot.waitUntil(page.summary.isVisible)
    assert page.summary.words.text() == "Finished: 1 read · 1 read in part · 2 not read"

    def names():
        return [page.items.row_at(page.items.index(at)).name for at in range(page.items.rowCount())]

    qtbot.waitUntil(lambda: len(page.documents) == 3)
    qtbot.mouseClick(page.summary.failed, Qt.MouseButton.LeftButton)
    assert names() == ["d", "note 902.txt"]
    qtbot.mouseClick(page.summary.partial, Qt.MouseButton.LeftButton)
    assert names() == ["note 901.txt"]
    page.failed_only.setChecked(False)
    assert len(names()) == 4
    qtbot.mouseClick(page.summary.close_button, Qt.MouseButton.LeftButton)
    assert not page.summary.isVisible()


def test_a_single_document_that_was_read_needs_no_summary():
    state = library.apply(library.LibraryState(), AddingStarted(job=1, names=("a",)))
    finished = AddingFinished(job=1, cancelled=False, tally=Tally(read=1))
    assert library.summary(library.apply(state, finished)) is None
