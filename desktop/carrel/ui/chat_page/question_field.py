"""The field a question is typed into. Must not know what becomes of it."""

from typing import Final

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import SIZE_ANSWER

MOST_LINES: Final = 6
"""Lines the field grows to; beyond, it scrolls."""
MAX_QUESTION: Final = 20_000
"""Characters of a question: more is a document and belongs among the documents."""


class QuestionField(QPlainTextEdit):
    """Grows with its text; Enter sends.

    Signals:
        submitted: the user wants to send.
        stop_wanted: the user pressed Escape.
        focus_moved: it got or lost the focus.
    """

    submitted = Signal()
    stop_wanted = Signal()
    focus_moved = Signal()

    def __init__(self, theme: Theme) -> None:
        """An empty field of one line."""
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font(SIZE_ANSWER))
        self.setStyleSheet("QPlainTextEdit { background: transparent; border: none; padding: 0; }")
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Question")
        self.document().setDocumentMargin(2)
        self.textChanged.connect(self._grow)
        self._grow()

    def _grow(self) -> None:
        lines = max(1, min(MOST_LINES, round(self.document().size().height())))
        pitch = self.fontMetrics().lineSpacing()
        self.setFixedHeight(lines * pitch + 6)
        scrolls = self.document().size().height() > MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else _NO_BAR
        self.setVerticalScrollBarPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends, Shift+Enter breaks the line, Escape stops."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.submitted.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.stop_wanted.emit()
            event.ignore()
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text only, and no more than a question holds."""
        room = MAX_QUESTION - len(self.toPlainText())
        if source.hasText() and room > 0:
            self.insertPlainText(source.text()[:room])

    def resizeEvent(self, event: object) -> None:
        """Another width breaks lines elsewhere."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._grow()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the frame."""
        super().focusInEvent(event)
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell the frame."""
        super().focusOutEvent(event)
        self.focus_moved.emit()


_NO_BAR: Final = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
