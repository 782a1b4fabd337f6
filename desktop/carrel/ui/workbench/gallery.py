"""All tools as cards. Must not know any tool."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.header import PageHeader
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture
from carrel.ui.workbench.tool import Tool

CARD_WIDTH: Final = 260
"""Least width of a card, pixels; its line then takes three lines at most."""
CARD_HEIGHT: Final = 128
MOST_COLUMNS: Final = 3
ARROWS: Final = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down})


class ToolCard(QPushButton):
    """Icon, name and one line; the whole card is the button."""

    def __init__(self, theme: Theme, tool: Tool) -> None:
        """Show one tool."""
        super().__init__()
        self.setProperty("kind", "tool")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setAccessibleName(tool.title)
        self.setAccessibleDescription(tool.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        column.addWidget(IconPicture(theme, tool.icon, 22, "accent"))
        column.addWidget(label(tool.title, "strong"))
        line = label(tool.line, "meta", wrap=True)
        line.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(line, 1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the gallery: a button would take them for Tab."""
        if event.key() in ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Cards(QWidget):
    """The cards in as many columns as fit.

    Signals:
        chosen: carries a tool's name.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, tools: Sequence[Tool]) -> None:
        """One card for each tool."""
        super().__init__()
        self.setProperty("surface", "clear")
        self.columns = 1
        self.cards: list[ToolCard] = []
        for tool in tools:
            card = ToolCard(theme, tool)
            card.setParent(self)
            card.clicked.connect(partial(self.chosen.emit, tool.name))
            self.cards.append(card)

    def arrange(self) -> None:
        """Put every card where this width allows it."""
        gap = tokens.GAP_M
        fit = (self.width() + gap) // (CARD_WIDTH + gap)
        self.columns = max(1, min(MOST_COLUMNS, fit))
        width = (self.width() - gap * (self.columns - 1)) // self.columns
        for at, card in enumerate(self.cards):
            row, column = divmod(at, self.columns)
            left, top = column * (width + gap), row * (CARD_HEIGHT + gap)
            card.setGeometry(QRect(left, top, width, CARD_HEIGHT))
        rows = -(-len(self.cards) // self.columns)
        self.setFixedHeight(max(0, rows * (CARD_HEIGHT + gap) - gap))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew."""
        super().resizeEvent(event)
        self.arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys go from card to card."""
        step = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
        }.get(Qt.Key(event.key()), 0)
        focused = self.focusWidget()
        here = next((at for at, card in enumerate(self.cards) if card is focused), -1)
        if step and here >= 0 and 0 <= here + step < len(self.cards):
            self.cards[here + step].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)


class Gallery(QWidget):
    """The page before a tool is chosen.

    Signals:
        chosen: carries a tool's name.
        help_wanted: the user wants the help sheet.
    """

    chosen = Signal(str)
    help_wanted = Signal()

    def __init__(self, theme: Theme, tools: Sequence[Tool]) -> None:
        """Lay out the cards under a header."""
        super().__init__()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        header = PageHeader("Tools")
        more = button("How they work", "quiet")
        more.clicked.connect(self.help_wanted)
        header.add(more)
        outside.addWidget(header)
        inside = QWidget()
        inside.setProperty("surface", "clear")
        column = QVBoxLayout(inside)
        column.setContentsMargins(tokens.GUTTER, 20, tokens.GUTTER, 20)
        column.setSpacing(tokens.GAP_L)
        column.addWidget(
            label(
                "For work on many documents at once. What a tool says leads to the place it is "
                "from, and what was not read is said.",
                "plain",
                wrap=True,
            )
        )
        self.cards = Cards(theme, tools)
        self.cards.chosen.connect(self.chosen)
        column.addWidget(self.cards)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        outside.addWidget(area, 1)

    def focus_cards(self) -> None:
        """Focus the card used last, or the first."""
        last = self.cards.focusWidget()
        for card in [last, *self.cards.cards]:
            if card is not None:
                card.setFocus()
                return
