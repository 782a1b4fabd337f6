"""Tags, collections and notes in the window; several documents at once; what is shown of all."""

from dataclasses import replace

import pytest
import sample
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QDialog, QLabel, QMenu
from test_keeping import entries, names

from carrel.domain.documents import DocumentState
from carrel.domain.events import DocumentChanged
from carrel.domain.labels import MAX_NOTE
from carrel.ui.chat_page.scope import ScopePopup
from carrel.ui.library_page.choosing import Choice, Chosen, Group, possible
from carrel.ui.sidebar.state import PageName

FIRST, SECOND, THIRD = sample.DOCUMENTS[:3]


@pytest.fixture
def page(window):
    window.show_page(PageName.DOCUMENTS)
    return window.library


def select(page, *wanted):
    """As with Ctrl held."""
    page.list.clearSelection()
    for name in wanted:
        index = page.items.index(names(page).index(name))
        flag = QItemSelectionModel.SelectionFlag.Select
        page.list.selectionModel().setCurrentIndex(index, flag)


def row(page, name):
    return page.items.row_at(page.items.index(names(page).index(name)))


def put(fake, known, **changes):
    now = replace(known, **changes)
    fake.stored[fake.stored.index(known)] = now
    fake._send(DocumentChanged(document=now))
    return now


def menu_of_selected(page, name):
    page._menu(page.items.index(names(page).index(name)), page.mapToGlobal(QPoint(50, 50)))
    found = {action.text().split("\t")[0]: action for action in page.menu.actions()}
    page.menu.hide()
    return found


def test_tags_are_typed_and_ticked_for_several_documents_at_once(qtbot, page, fake):
    put(fake, FIRST, tags=("bank",))
    qtbot.waitUntil(lambda: row(page, FIRST.name).chips == ("#bank",))
    select(page, FIRST.name, SECOND.name)
    found = menu_of_selected(page, SECOND.name)
    assert set(found) == {"Tags…", "Collections…", "Read again", "Remove 2 documents"}
    found["Tags…"].trigger()
    qtbot.waitUntil(lambda: page.findChild(QDialog) is not None)
    dialog = page.findChild(QDialog)
    assert [dialog.list.item(at).text() for at in range(dialog.list.count())] == ["bank"]
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert dialog.list.item(0).data(spoken) == "bank, on some"
    dialog.list.itemClicked.emit(dialog.list.item(0))
    dialog.field.setText("2026, audit")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    for name in (FIRST.name, SECOND.name):
        wanted = ("#2026", "#audit", "#bank")
        qtbot.waitUntil(lambda name=name, wanted=wanted: row(page, name).chips == wanted)
    assert "#audit" in row(page, FIRST.name).spoken


def test_a_document_is_taken_out_of_a_collection(qtbot, page, fake):
    put(fake, FIRST, collections=("Board",))
    qtbot.waitUntil(lambda: row(page, FIRST.name).chips == ("Board",))
    entries(page, FIRST.name)["Collections…"].trigger()
    qtbot.waitUntil(lambda: page.findChild(QDialog) is not None)
    dialog = page.findChild(QDialog)
    dialog.list.setCurrentRow(0)
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row(page, FIRST.name).chips == ())


def test_a_note_closes_when_it_is_saved_and_stands_in_the_panel(qtbot, window, page, fake):
    entries(page, FIRST.name)["Note…"].trigger()
    dialog = page.findChild(QDialog)
    dialog.field.setPlainText("x" * (MAX_NOTE + 2))
    assert not dialog.save.isEnabled()
    assert dialog.said.text() == "2 characters too many."
    dialog.field.setPlainText("Ask Ms. Ruiz.\n  – twice")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.words.text() == f"The note on “{FIRST.name}” was saved."
    assert fake.stored[0].note == "Ask Ms. Ruiz.\n  – twice"
    qtbot.waitUntil(lambda: row(page, FIRST.name).chips == ("Note",))
    entries(page, FIRST.name)["What was read…"].trigger()
    qtbot.waitUntil(lambda: page.keeping.panel is not None)
    said = [label.text() for label in page.keeping.panel.findChildren(QLabel)]
    assert "Note: Ask Ms. Ruiz.\n  – twice" in said
    page.keeping.panel.close()


def test_several_are_removed_and_one_undo_brings_all_back(qtbot, window, page):
    before = names(page)
    select(page, FIRST.name, SECOND.name, THIRD.name)
    qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(page.state.removed) == 3)
    qtbot.waitUntil(lambda: window.notice.words.text() == "3 documents were removed.")
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not page.state.removed)
    qtbot.waitUntil(lambda: sorted(names(page)) == sorted(before))


def test_ctrl_a_means_all_and_a_row_outside_the_selection_means_itself(qtbot, page):
    page.list.setFocus()
    qtbot.keyClick(page.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(page._selected(page.items.index(0))) == len(page.state.documents)
    select(page, FIRST.name, SECOND.name)
    other = page.items.index(names(page).index(THIRD.name))
    assert [one.id for one in page._selected(other)] == [THIRD.id]


def test_the_filter_menu_shows_what_fits_all_its_ticks(qtbot, page, fake):
    put(fake, FIRST, collections=("Board",), tags=("bank",))
    put(fake, SECOND, collections=("Board",))
    qtbot.waitUntil(lambda: row(page, SECOND.name).chips == ("Board",))
    page.choose.click()
    inner = {menu.title(): menu for menu in page.menu.findChildren(QMenu)}
    assert list(inner)[:2] == ["Collections", "Tags"]
    (board,) = inner["Collections"].actions()
    board.trigger()
    page.menu.hide()
    assert sorted(names(page)) == sorted([FIRST.name, SECOND.name])
    assert (page.choose.text().strip(), page.choose.isChecked()) == ("Filter  1", True)
    page._on_chosen(page.state.chosen.toggled(Choice(Group.TAG, "bank")))
    assert names(page) == [FIRST.name]
    assert page.choose.accessibleName() == "Filter by Board, bank"
    page.filter.setText("no such name")
    assert names(page) == []
    page.filter.clear()
    page.choose.click()
    next(one for one in page.menu.actions() if one.text() == "Show all").trigger()
    page.menu.hide()
    assert len(names(page)) > 2
    assert not page.choose.isChecked()


def test_kinds_and_states_widen_and_labels_narrow():
    documents = tuple(
        replace(FIRST, id=at, kind=kind, state=state, tags=tags)
        for at, kind, state, tags in (
            (1, "pdf", DocumentState.READ, ("a", "b")),
            (2, "eml", DocumentState.READ, ("a",)),
            (3, "pdf", DocumentState.FAILED, ("b",)),
        )
    )
    found = possible(documents)

    def ids(*wanted):
        chosen = Chosen(frozenset(one for one in found if one.name in wanted))
        assert len(chosen.choices) == len(wanted)
        return chosen.ids(documents)

    assert ids("a") == {1, 2}
    assert ids("a", "b") == {1}
    assert ids("Not read", "Ready") == {1, 2, 3}
    assert ids("Not read", "a") == set()
    assert Chosen(frozenset(found)).only([found[0]]).choices == {found[0]}


def test_a_collection_is_chosen_as_the_scope_of_a_question(qtbot, window, theme):
    popup = ScopePopup(theme, window)
    qtbot.addWidget(popup)
    told = []
    popup.scope_changed.connect(told.append)
    documents = [
        replace(FIRST, collections=("Board",)), replace(SECOND, collections=("Board",)), THIRD,
    ]  # fmt: skip
    popup.open_above(window, documents, ())
    first = popup._list.item(0)
    assert first.text() == "Collection: Board · 2 documents"
    popup._toggle(first)
    assert set(told[-1]) == {FIRST.id, SECOND.id}
    popup._toggle(popup._items()[0])
    spoken = first.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith("not chosen")
    popup.hide()
