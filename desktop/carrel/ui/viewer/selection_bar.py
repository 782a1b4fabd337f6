"""What can be done with selected words: a small bar at the foot of the view, and a menu.

Must not know where the words come from.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import tip

PAUSE_MILLISECONDS: Final = 200
"""The bar comes when the selection has rested this long, so that it is not in the way of a drag."""

_DEEDS: Final = (
    ("copy", "copy", "Copy", "Ctrl+C", "The words as they stand"),
    ("quote", "quote", "Copy quote", "Ctrl+Shift+C", "The words with document and place"),
    ("ask", "message-square", "Ask about this", "Ctrl+Shift+A", "The words go before a question"),
)
"""Name, icon, words, keys and tip."""


class SelectionBar(QFrame):
    """Copy, copy as a quote, ask; floats over the foot of its parent.

    Signals:
        wanted: carries ``copy``, ``quote`` or ``ask``.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Hidden until something is selected."""
        super().__init__(parent)
        self._around = parent
        self.setProperty("surface", "card")
        self.setAccessibleName("Selected words")
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_XS, tokens.GAP_XS, tokens.GAP_XS, tokens.GAP_XS)
        row.setSpacing(2)
        for name, icon, words, keys, about in _DEEDS:
            made = button(words, "quiet", theme=theme, icon=icon)
            made.setToolTip(tip(f"{about} ({keys})"))
            made.clicked.connect(partial(self.wanted.emit, name))
            row.addWidget(made)
        self._menu = QMenu(self)
        self._actions: list[QAction] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(PAUSE_MILLISECONDS)
        self._rest.timeout.connect(self._appear)
        self.hide()

    def follow(self, *, selected: bool) -> None:
        """Words are selected, or none."""
        if selected:
            self._rest.start()
        else:
            self._rest.stop()
            self.hide()

    def place(self) -> None:
        """Stand at the foot of the parent, in its middle."""
        self.adjustSize()
        around = self._around.rect()
        left = max(0, (around.width() - self.width()) // 2)
        self.move(left, around.height() - self.height() - tokens.GAP_L)

    def open_menu(self, place: QPoint, *, selected: bool) -> None:
        """The same as a menu, at a place of the screen."""
        self._menu.clear()
        self._actions.clear()
        for name, _icon, words, keys, _about in _DEEDS:
            action = QAction(f"{words}\t{keys}", self._menu)
            action.setEnabled(selected)
            action.triggered.connect(partial(self._on_triggered, name))
            self._actions.append(action)
            self._menu.addAction(action)
        self._menu.popup(place)

    def _on_triggered(self, name: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - a slot
        self.wanted.emit(name)

    def _appear(self) -> None:
        self.place()
        self.show()
        self.raise_()
