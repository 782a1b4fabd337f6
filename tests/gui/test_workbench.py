"""The page of tools: cards to choose from, one tool in front, and a way back."""

import pytest
import sample
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from carrel.ui.sidebar.state import PageName
from carrel.ui.viewer.state import Place
from carrel.ui.widgets.labels import label
from carrel.ui.workbench.table import TOOLS
from carrel.ui.workbench.tool import Equipment, Tool, ToolView
from carrel.ui.workbench.view import Workbench


class Counting(ToolView):
    """Says how many documents there are, each time it is opened."""

    def __init__(self, equipment):
        super().__init__(equipment, "Count")
        self.documents = ()
        self.opened = 0
        self.said = label()
        self.column.addWidget(self.said)

    def show_documents(self, documents):
        self.documents = documents

    def open(self):
        self.opened += 1
        self.said.setText(f"{len(self.documents)} documents")


def made_up(number):
    return Tool(
        name=f"count-{number}",
        icon="files",
        title=f"Count {number}",
        line="Counts the documents there are.",
        make=Counting,
    )


@pytest.fixture
def bench(qtbot, window):
    made_with = Equipment(
        app=window.app, bridge=window.bridge, theme=window.theme, threads=window.threads
    )
    made = Workbench(made_with, [made_up(number) for number in range(5)])
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def test_a_card_opens_its_tool_and_the_arrow_leads_back(qtbot, bench):
    bench.show_documents(sample.DOCUMENTS)
    qtbot.mouseClick(bench.gallery.cards.cards[1], Qt.MouseButton.LeftButton)

    view = bench.stack.currentWidget()
    assert bench.tool == "count-1"
    assert view.said.text() == f"{len(sample.DOCUMENTS)} documents"

    qtbot.mouseClick(view.back, Qt.MouseButton.LeftButton)
    assert bench.tool == ""
    assert bench.open_tool("count-1") is view
    assert view.opened == 2
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert bench.tool == ""


def test_a_tool_hears_of_documents_that_come_later(bench):
    view = bench.open_tool("count-0")
    assert view.documents == ()

    bench.show_documents(sample.DOCUMENTS[:2])

    assert view.documents == sample.DOCUMENTS[:2]


@pytest.mark.parametrize(("width", "columns"), [(1100, 3), (620, 2), (320, 1)])
def test_cards_stand_in_as_many_columns_as_fit(qtbot, bench, width, columns):
    bench.resize(width, 700)
    cards = bench.gallery.cards
    qtbot.waitUntil(lambda: cards.columns == columns)

    right = max(card.geometry().right() for card in cards.cards)
    assert right < cards.width()
    assert cards.cards[-1].geometry().bottom() < cards.height()


def test_arrow_keys_go_from_card_to_card(qtbot, bench):
    bench.activateWindow()
    bench.show_gallery()
    cards = bench.gallery.cards.cards
    qtbot.waitUntil(cards[0].hasFocus)
    for key, at in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 4), (Qt.Key.Key_Up, 1)):
        qtbot.keyClick(QApplication.focusWidget(), key)
        assert cards[at].hasFocus()


def test_what_a_tool_wants_shown_opens_in_the_viewer_beside_it(qtbot, window):
    window.show_page(PageName.TOOLS)
    place = Place(document=sample.REPORT.id, document_name=sample.REPORT.name, number=3)
    window.workbench.place_wanted.emit(place)

    assert window.page is PageName.TOOLS
    qtbot.waitUntil(lambda: window.viewer.state.place == place)
    assert window.panes.viewer_open

    window.workbench.told.emit("The table was written.")
    assert window.notice.isVisible()


def test_names_in_the_table_are_all_different():
    names = [tool.name for tool in TOOLS]
    assert len(set(names)) == len(names)
