"""The dialog of words that stand for others."""

import pytest
from PySide6.QtCore import Qt

from carrel.domain.glossary import MAX_GROUPS
from carrel.ui.settings_page.words_dialog import NONE_YET
from carrel.ui.sidebar.state import PageName
from carrel.workspace.errors import WorkspaceFull

AZURE = ("Bluebird", "Project Azure")
CRANE = ("crane", "hoist")


@pytest.fixture
def dialog(qtbot, window, fake):
    fake.words.kept = (AZURE, CRANE)
    made = opened(window)
    qtbot.waitUntil(lambda: lines(made) == ["Bluebird, Project Azure", "crane, hoist"])
    yield made
    made.accept()


def opened(window):
    window.show_page(PageName.SETTINGS)
    window.words_card.edit.click()
    return window.words_card.dialog


def lines(dialog):
    return [dialog.list.item(at).text() for at in range(dialog.list.count())]


def test_a_group_is_added_with_enter_and_counts_at_once(qtbot, window, fake):
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.none.isVisible() and dialog.none.text() == NONE_YET)
    assert not dialog.save.isEnabled()
    assert not dialog.write.isEnabled()
    qtbot.keyClicks(dialog.field, "quay,  pier ")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: lines(dialog) == ["quay, pier"])
    assert dialog.isVisible()
    assert dialog.field.text() == ""
    assert "next search" in dialog.said.text()
    assert fake.spoken.spoken == [(("quay", "pier"),)]
    dialog.accept()
    assert window.words_card.dialog is None


def test_what_is_wrong_is_said_and_the_words_stay(qtbot, dialog, fake):
    qtbot.keyClicks(dialog.field, "crane, the")
    dialog.save.click()
    qtbot.waitUntil(lambda: "too common" in dialog.said.text())
    assert "separated by commas" in dialog.said.text()
    assert dialog.field.text() == "crane, the"
    dialog.field.setText("Hoist, CRANE")
    dialog.save.click()
    qtbot.waitUntil(lambda: "already a group" in dialog.said.text())
    fake.words.error = WorkspaceFull()
    dialog.field.setText("quay, pier")
    dialog.save.click()
    qtbot.waitUntil(lambda: "disk is full" in dialog.said.text())
    assert fake.words.kept == (AZURE, CRANE)
    assert dialog.field.text() == "quay, pier"


def test_a_group_is_changed_in_its_place_or_left(qtbot, dialog, fake):
    dialog.list.setCurrentRow(0)
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_F2)
    assert dialog.field.text() == "Bluebird, Project Azure"
    assert dialog.save.accessibleName() == "Save the group"
    qtbot.keyClick(dialog.field, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.field.text() == ""
    assert dialog.editing is None
    dialog.list.setCurrentRow(0)
    dialog.change.click()
    qtbot.keyClicks(dialog.field, ", Azur")
    dialog.save.click()
    qtbot.waitUntil(lambda: lines(dialog)[0] == "Bluebird, Project Azure, Azur")
    assert fake.words.kept == ((*AZURE, "Azur"), CRANE)
    assert dialog.save.text() == "Add"


def test_a_removed_group_can_be_brought_back(qtbot, dialog, fake):
    assert not dialog.off.isEnabled()
    dialog.list.setCurrentRow(0)
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: lines(dialog) == ["crane, hoist"])
    assert "Bluebird" in dialog.said.text()
    dialog.undo.click()
    qtbot.waitUntil(lambda: len(lines(dialog)) == 2)
    assert set(fake.words.kept) == {AZURE, CRANE}
    assert not dialog.undo.isVisible()


def test_removing_the_group_that_is_changed_ends_the_change(qtbot, dialog):
    dialog.list.setCurrentRow(1)
    dialog.edit()
    dialog.off.click()
    qtbot.waitUntil(lambda: len(lines(dialog)) == 1)
    assert dialog.editing is None


def test_groups_come_from_a_file_and_go_to_one(qtbot, dialog, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("quay, pier\ncrane, hoist\n", encoding="utf-8")
    dialog.import_files([path])
    qtbot.waitUntil(lambda: len(lines(dialog)) == 3)
    assert dialog.said.text() == "1 group added, 1 were there already."
    dialog.export_files([path])
    qtbot.waitUntil(lambda: "3 groups written to words.txt" in dialog.said.text())
    assert "Bluebird, Project Azure\n" in path.read_text("utf-8")
    path.write_text("alone\n", encoding="utf-8")
    dialog.import_files([path])
    qtbot.waitUntil(lambda: "in line 1" in dialog.said.text())


def test_as_many_groups_as_there_may_be_are_listed_at_once(qtbot, window, fake):
    fake.words.kept = tuple((f"left{n}", f"right{n}") for n in range(MAX_GROUPS))
    dialog = opened(window)
    qtbot.waitUntil(lambda: dialog.list.count() == MAX_GROUPS)
    dialog.field.setText("one more, still more")
    dialog.save.click()
    qtbot.waitUntil(lambda: "at most 500 groups" in dialog.said.text())
    dialog.accept()
