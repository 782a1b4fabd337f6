"""The row in which one looks for words in the document. Must not know who finds them."""

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from carrel.ui.theme import Theme
from carrel.ui.viewer.rows import Row
from carrel.ui.viewer.state import Find
from carrel.ui.widgets.buttons import icon_button
from carrel.ui.widgets.labels import label, set_role

TYPING_MILLISECONDS: Final = 150
"""A pause in typing after which words are looked for."""


class FindBar(Row):
    """Field, count, next and previous.

    Signals:
        words_changed: look for these; may be empty.
        step_wanted: go to the next (1) or previous (-1) place.
        close_wanted: the reader is done.
    """

    words_changed = Signal(str)
    step_wanted = Signal(int)
    close_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        """An empty field, hidden."""
        super().__init__(40)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in this document")
        self.field.setAccessibleName("Find in this document")
        self.field.setProperty("kind", "page")
        self.count = label(role="meta")
        self.count.setAccessibleName("Matches")
        self.previous = icon_button(
            theme, "chevron-up", "Previous match", size=28, shortcut="Shift+F3"
        )
        self.next = icon_button(theme, "chevron-down", "Next match", size=28, shortcut="F3")
        self.previous.clicked.connect(lambda: self.step_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.step_wanted.emit(1))
        close = icon_button(theme, "x", "Close search", size=28, shortcut="Esc")
        close.clicked.connect(self.close_wanted)
        self.row.addWidget(self.field, 1)
        parts: tuple[QWidget, ...] = (self.count, self.previous, self.next, close)
        for widget in parts:
            self.row.addWidget(widget)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(TYPING_MILLISECONDS)
        self._typed.timeout.connect(self._tell)
        self._told = ""
        self.field.textEdited.connect(lambda _text: self._typed.start())
        self.hide()

    def open(self, words: str) -> None:
        """Show the row; words that are given are looked for at once."""
        self.show()
        if words:
            self.field.setText(words)
            self._tell()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def look_again(self) -> None:
        """Look for the same words, in another document."""
        self._told = ""
        if self.isVisible():
            self._tell()

    def shut(self) -> None:
        """Hide the row and look for nothing."""
        self._typed.stop()
        self._told = ""
        self.hide()

    def show_find(self, find: Find) -> None:
        """Say how far the search is."""
        self.count.setText(find.said)
        found = find.matches is not None and bool(find.matches.matches)
        nothing = find.matches is not None and not found and bool(find.words.strip())
        set_role(self.count, "warn-meta" if nothing else "meta")
        self.previous.setEnabled(found)
        self.next.setEnabled(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, with Shift back; Escape closes."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if self._typed.isActive() or self.field.text() != self._told:
                self._tell()
            else:
                back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self.step_wanted.emit(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.close_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        self._typed.stop()
        self._told = self.field.text()
        self.words_changed.emit(self._told)
