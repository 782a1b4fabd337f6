"""The tool that compares two documents, with the real comparison behind it."""

from concurrent.futures import Future

import pytest
import sample
from PySide6.QtCore import QPoint, Qt

from carrel.answering.comparing import compare
from carrel.domain.comparing import ChangeKind
from carrel.domain.documents import Unit, UnitKind
from carrel.ui.sidebar.state import PageName
from carrel.ui.workbench.compare import CompareView
from carrel.ui.workbench.compared import pieces

OLD = "The lease begins on 1 March. The rent is $1,200.00 a month. Pets are welcome in the house."
NEW = "The lease begins on 1 March. The rent is $1,260.00 a month. Notice is to be given in ink."
FIRST, SECOND = sample.DOCUMENTS[0], sample.DOCUMENTS[1]
TEXTS = {FIRST.id: OLD, SECOND.id: NEW}


def unit(document):
    text = TEXTS[document]
    return Unit(id=1, document=document, kind=UnitKind.PAGE, number=1, label="", text=text)


@pytest.fixture
def tool(qtbot, window, monkeypatch):
    def compared(before, after):
        done = Future()
        done.set_result(compare([unit(before)], [unit(after)]))
        return done

    monkeypatch.setattr(window.app, "compare", compared, raising=False)
    window.show_page(PageName.TOOLS)
    view = window.workbench.open_tool("compare")
    assert isinstance(view, CompareView)
    view.show_documents(sample.DOCUMENTS)
    return view


def kinds(view):
    return [change.kind for change in view.state.shown]


def test_two_documents_are_chosen_by_hand_and_compared(qtbot, window, tool):
    for picker, document in ((tool.first, FIRST), (tool.second, SECOND)):
        qtbot.mouseClick(picker.button, Qt.MouseButton.LeftButton)
        picker.popup.filter.setText(document.name)
        shown = [row for row in range(picker.popup.list.count())
                 if not picker.popup.list.item(row).isHidden()]  # fmt: skip
        assert len(shown) == 1
        qtbot.keyClick(picker.popup.filter, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tool.items.rowCount() == 3)
    assert kinds(tool) == [ChangeKind.NUMBERS, ChangeKind.ADDED, ChangeKind.REMOVED]
    assert "1 sentences" not in tool.said.text()
    spoken = tool.items.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "1,200.00 → 1,260.00 (+5.0 %)" in spoken


def test_only_the_words_that_differ_are_marked(qtbot, tool):
    tool.compare(FIRST.id, SECOND.id)
    qtbot.waitUntil(lambda: tool.items.rowCount() == 3)
    before, after = pieces(tool.state.shown[0])
    assert [text for text, differs in before if differs] == ["1,200.00"]
    assert [text for text, differs in after if differs] == ["1,260.00"]
    assert "".join(text for text, _ in after) == "The rent is $1,260.00 a month."


def test_one_kind_is_shown_and_all_again(qtbot, tool):
    tool.compare(FIRST.id, SECOND.id)
    qtbot.waitUntil(lambda: tool.items.rowCount() == 3)
    added = next(one for one in tool.filters.buttons() if one.text().startswith("Added"))
    added.click()
    assert kinds(tool) == [ChangeKind.ADDED]
    tool.filters.buttons()[0].click()
    assert tool.items.rowCount() == 3


def test_a_click_opens_the_side_it_is_on_with_its_words_marked(qtbot, window, tool):
    tool.compare(FIRST.id, SECOND.id)
    qtbot.waitUntil(lambda: tool.items.rowCount() == 3)
    row = tool.list.visualRect(tool.items.index(0, 0))
    for x, document, words in ((30, FIRST, "1,200.00"), (row.width() - 30, SECOND, "1,260.00")):
        at = QPoint(x, row.center().y())
        with qtbot.waitSignal(tool.place_wanted) as wanted:
            qtbot.mouseClick(tool.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
        (place,) = wanted.args
        (mark,) = place.marks
        assert place.document == document.id
        assert words in TEXTS[document.id][mark.start : mark.end]


def test_swapping_turns_every_difference_around(qtbot, tool):
    tool.compare(FIRST.id, SECOND.id)
    qtbot.waitUntil(lambda: tool.items.rowCount() == 3)
    tool.swap.click()
    qtbot.waitUntil(
        lambda: bool(tool.state.shown) and tool.state.shown[0].figures[0].old == "1,260.00"
    )
    assert tool.first.chosen == SECOND.id
