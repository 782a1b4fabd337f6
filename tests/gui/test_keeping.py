"""What a user does with documents on their page: rename, save, remove, bring back."""

from dataclasses import replace
from pathlib import Path

import pytest
import sample
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMenu, QPushButton

from carrel.domain.documents import Alike, Document, Version, Whereabouts
from carrel.ui.library_page import keeping
from carrel.ui.sidebar.state import PageName


def names(page):
    model = page.items
    return [model.row_at(model.index(at)).name for at in range(model.rowCount())]


@pytest.fixture
def page(window):
    window.show_page(PageName.DOCUMENTS)
    return window.library


def choose(page, name):
    at = names(page).index(name)
    page.list.setCurrentIndex(page.items.index(at))
    return page.items.index(at)


def entries(page, name):
    page._menu(choose(page, name), page.list.mapToGlobal(page.list.rect().center()))
    menu = page.findChild(QMenu)
    found = {action.text().split("\t")[0]: action for action in menu.actions()}
    menu.hide()
    return found


def test_delete_removes_at_once_and_the_notice_brings_it_back(qtbot, window, page):
    first: Document = sample.DOCUMENTS[0]
    choose(page, first.name)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: first.name not in names(page))
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.words.text() == f"“{first.name}” was removed."
    assert window.notice.action.text() == "Undo"
    qtbot.mouseClick(window.notice.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: first.name in names(page))
    assert window.page is PageName.DOCUMENTS


def test_ctrl_z_brings_back_the_last_removed_first(qtbot, page, fake):
    first, second = sample.DOCUMENTS[:2]
    for one in (first, second):
        choose(page, one.name)
        qtbot.keyClick(page.list, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda one=one: one.name not in names(page))
    qtbot.waitUntil(lambda: len(page.state.removed) == 2)
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: second.name in names(page))
    assert first.name not in names(page)
    qtbot.waitUntil(lambda: len(page.state.removed) == 1)
    qtbot.keyClick(page.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: first.name in names(page))


def test_the_removed_are_listed_and_can_be_brought_back_or_deleted_for_good(qtbot, page, fake):
    first, second = sample.DOCUMENTS[:2]
    assert not page.removed_only.isVisible()
    for one in (first, second):
        choose(page, one.name)
        qtbot.keyClick(page.list, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda one=one: one.name not in names(page))
    qtbot.waitUntil(lambda: page.removed_only.text() == "Removed  2")
    page.removed_only.click()
    assert names(page) == [second.name, first.name]
    row = page.items.row_at(page.items.index(0))
    assert row.state == "Removed"
    assert "Can come back until " in row.detail
    found = entries(page, first.name)
    assert set(found) == {"Bring back", "Delete for good…"}
    found["Bring back"].trigger()
    qtbot.waitUntil(lambda: names(page) == [second.name])
    choose(page, second.name)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    dialog = page.findChild(QDialog)
    assert any("cannot be undone" in label.text() for label in dialog.findChildren(QLabel))
    go = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Delete for good")
    qtbot.mouseClick(go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.state.removed)
    assert not page.removed_only.isVisible()
    qtbot.waitUntil(lambda: first.name in names(page))


def test_f2_gives_another_name_and_an_empty_one_the_files_own(qtbot, page):
    first = sample.DOCUMENTS[0]
    for typed, shown in (("Quarterly", "Quarterly"), ("", first.name)):
        choose(page, "Quarterly" if not typed else first.name)
        qtbot.keyClick(page.list, Qt.Key.Key_F2)
        dialog = page.findChild(QDialog)
        assert any(first.name in label.text() for label in dialog.findChildren(QLabel))
        dialog.field.setText(typed)
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda shown=shown: shown in names(page))
        qtbot.waitUntil(lambda: page.findChild(QDialog) is None)


@pytest.mark.parametrize("there", [False, True])
def test_the_original_is_saved_where_the_user_says(qtbot, window, page, fake, tmp_path, there):
    first = sample.DOCUMENTS[0]
    path = tmp_path / "out.pdf"
    if there:
        path.write_text("old")
    entries(page, first.name)["Save the original…"].trigger()
    dialog = page.findChild(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == first.name
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    dialog.filesSelected.emit([str(path)])
    dialog.reject()
    qtbot.waitUntil(window.notice.isVisible)
    assert fake.shelf.saved == [(first.id, path, there)]
    assert "bit for bit" in window.notice.words.text()


def test_several_removed_at_once_come_back_at_once(qtbot, window, page):
    page.keeping.remove(list(sample.DOCUMENTS[:3]))
    qtbot.waitUntil(lambda: window.notice.words.text() == "3 documents were removed.")
    qtbot.mouseClick(window.notice.action, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: {d.name for d in sample.DOCUMENTS} <= set(names(page)))


def test_a_removal_says_what_went_along():
    removal = keeping.Removal(document=sample.DOCUMENTS[0], documents=(1, 2, 3), removed_at=0.0)
    said = keeping.removal_words([removal])
    assert said == f"“{sample.DOCUMENTS[0].name}” and 2 documents inside were removed."


def test_older_versions_stand_below_the_newest_folded_away(qtbot, window, page, fake):
    first, second = sample.DOCUMENTS[:2]
    old = replace(second, name=first.name, old=True, newer=first.id)
    fake.stored[1] = old
    page._on_documents_arrived(tuple(fake.stored))
    at = names(page).index(first.name)
    row = page.items.row_at(page.items.index(at))
    assert row.detail.endswith(" · 1 older version")
    assert names(page).count(first.name) == 1
    choose(page, first.name)
    qtbot.keyClick(page.list, Qt.Key.Key_Right)
    below = page.items.row_at(page.items.index(at + 1))
    assert (below.document, below.depth) == (old.id, 1)
    assert below.detail.startswith("Older version · ")
    assert old not in window.sidebar.state.shown_documents


def test_the_panel_says_where_a_document_lies_and_which_version_it_is(qtbot, page, fake):
    first, second = sample.DOCUMENTS[:2]
    versions = [
        Version(document=one.id, name=one.name, seen_at=0.0, old=one is second)
        for one in (second, first)
    ]
    fake.shelf.where[first.id] = Whereabouts(
        paths=("/home/ada/report.pdf", "/mnt/usb/report.pdf"), versions=tuple(versions)
    )
    fake.shelf.likes[first.id] = (Alike(document=second.id, name="Draft.pdf", share=0.97),)
    page._on_ledger_wanted(page._selected(choose(page, first.name))[0])
    qtbot.waitUntil(lambda: page.keeping.panel is not None)
    said = [label.text() for label in page.keeping.panel.findChildren(QLabel)]
    assert "From /home/ada/report.pdf" in said
    assert any(text.startswith("Version 2 of 2: older ones are only searched") for text in said)
    assert "Nearly the same as “Draft.pdf” (97 %)" in said
    page.keeping.panel.close()
