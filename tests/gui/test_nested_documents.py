"""Archives on the documents page: what is inside stands below, and each says what was not read."""

import sample
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from carrel.domain.documents import Inside
from carrel.domain.events import AddingStarted, DocumentRemoved, FileAdded, MembersFound
from carrel.ui.library_page import state as library
from carrel.ui.library_page.delegate import columns
from carrel.ui.library_page.nesting import OPEN_UP_TO, Nesting
from carrel.ui.sidebar.state import PageName


def shown(window, fake):
    fake.stored[:] = [*sample.NESTED, *fake.stored]
    window.library._on_documents_arrived(tuple(fake.stored))
    return window.library


def places(page):
    model = page.items
    return [(model.row_at(model.index(at)).name, model.row_at(model.index(at)).depth)
            for at in range(model.rowCount())]  # fmt: skip


def test_members_stand_below_their_container(window, fake):
    page = shown(window, fake)
    found = places(page)
    at = found.index((sample.ARCHIVE.name, 0))
    assert found[at : at + 6] == [
        (sample.ARCHIVE.name, 0),
        ("Articles of association.docx", 1),
        ("correspondence.tar.gz", 1),
        ("RE: waiver.eml", 2),
        ("signed page.png", 2),
        ("Lease 1987 (scan).pdf", 1),
    ]
    inner = page.items.row_at(page.items.index(at + 2))
    assert "1 file inside was not read" in inner.detail
    assert inner.units == "2 files"


def test_a_container_closes_and_opens_by_key_and_by_its_arrow(qtbot, window, fake):
    window.show_page(PageName.DOCUMENTS)
    page = shown(window, fake)
    whole = len(places(page))
    at = places(page).index((sample.ARCHIVE.name, 0))
    page.list.setCurrentIndex(page.items.index(at))
    qtbot.keyClick(page.list, Qt.Key.Key_Left)
    assert len(places(page)) == whole - 5
    qtbot.keyClick(page.list, Qt.Key.Key_Right)
    assert len(places(page)) == whole
    index = page.items.index(at)
    arrow = columns(page.list.visualRect(index))["fold"].center()
    where = QPoint(arrow.x(), page.list.visualRect(index).center().y())
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert len(places(page)) == whole - 5
    assert page.items.row_at(page.list.currentIndex()).name == sample.ARCHIVE.name


def test_a_search_by_name_finds_what_is_folded_away_and_says_where_it_lies(window, fake):
    page = shown(window, fake)
    page.filter.setText("waiver.eml")
    (name,) = places(page)
    assert name == ("RE: waiver.eml", 0)
    assert page.items.row_at(page.items.index(0)).detail.startswith("In correspondence.tar.gz · ")


def test_the_panel_names_each_page_that_was_not_read_and_what_to_do(qtbot, window, fake):
    page = shown(window, fake)
    at = places(page).index((sample.LEASE.name, 1))
    page._on_ledger_wanted(page._selected(page.items.index(at))[0])
    qtbot.waitUntil(lambda: page.keeping.panel is not None)
    said = [label.text() for label in page.keeping.panel.findChildren(QLabel)]
    assert [text for text in said if text.startswith("Page ") and " is " not in text] == [
        "Page 2", "Page 3", "Page 7",
    ]  # fmt: skip
    assert f"Inside {sample.ARCHIVE.name}: property/Lease 1987 (scan).pdf" in said
    assert said.count("Run text recognition on it, save it as PDF, and add that.") == 3
    page.keeping.panel.close()


def test_the_panel_of_a_whole_document_says_so(qtbot, window, fake):
    page = shown(window, fake)
    for name, said in (
        ("Articles of association.docx", "All of it was read."),
        (sample.INNER.name, "Every file inside was unpacked; each says for itself what was read "
         "of it."),
    ):  # fmt: skip
        page.keeping.panel = None
        at = [found for found, _ in places(page)].index(name)
        page._on_ledger_wanted(page._selected(page.items.index(at))[0])
        qtbot.waitUntil(lambda: page.keeping.panel is not None)
        assert said in [label.text() for label in page.keeping.panel.findChildren(QLabel)]
        page.keeping.panel.close()


def test_many_members_are_folded_until_they_are_wanted():
    container = sample.document(1, "big.zip", "zip", 0, 10)
    members = [
        sample.document(n, f"{n}.txt", "txt", 1, 5, own=False,
                        inside=(sample.Inside(container.id, f"{n}.txt"),))
        for n in range(2, OPEN_UP_TO + 4)
    ]  # fmt: skip
    state = library.with_documents(library.LibraryState(), (container, *members))
    (row,) = library.rows(state)
    assert (row.is_open, row.units) == (False, f"{OPEN_UP_TO + 2} files")
    assert len(library.rows(library.folded(state, container.id))) == OPEN_UP_TO + 3


def test_files_found_in_an_archive_join_the_job_and_its_count():
    state = library.apply(library.LibraryState(), AddingStarted(job=1, names=("a.zip",)))
    state = library.apply(
        state, MembersFound(job=1, container=sample.ARCHIVE, first=1, paths=("x.txt", "y.txt"))
    )
    state = library.apply(
        state,
        FileAdded(
            job=1, index=0, path="a.zip", document=sample.ARCHIVE, duplicate=False, failure=None
        ),
    )
    assert library.progress_words(state) == "Adding 2 of 3"
    assert [row.name for row in library.rows(state)][:2] == ["x.txt", "y.txt"]


def test_what_loses_its_container_stands_by_itself():
    state = library.with_documents(library.LibraryState(), sample.NESTED)
    state = library.apply(state, DocumentRemoved(document=sample.ARCHIVE.id))
    assert {row.depth for row in library.rows(state) if row.name == sample.LEASE.name} == {0}


def test_what_of_a_folder_is_left_out_is_said_until_it_is_taken_off():
    told = (("/in/project", "2 hidden files or folders were left out (.env, .git)."),)
    started = AddingStarted(job=1, names=(), left_out=told)
    state = library.apply(library.LibraryState(), started)
    (row,) = library.rows(state)
    assert (row.name, row.state, row.detail) == ("project", "Left out", told[0][1])
    assert not list(library.rows(library.dismissed(state, row.key)))


def test_numbers_in_names_count_so_picture_2_stands_before_picture_10():
    inside = [
        sample.document(
            200 + at, f"deck.pptx › picture {at}.png", "png", 1, 9_000, own=False,
            inside=(Inside(sample.ARCHIVE.id, f"deck.pptx › picture {at}.png"),),
        )
        for at in (10, 2, 1)
    ]  # fmt: skip
    found = list(Nesting((sample.ARCHIVE, *inside)).arranged())
    assert [one.path[-6:-4].strip() for one in found[1:]] == ["1", "2", "10"]
