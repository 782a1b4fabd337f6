"""A unit without a page image: its text as it is, with spans marked.

Plain text only: nothing a document writes can become markup, a link or a
resource to be loaded. Must not know the app.
"""

from bisect import bisect_right
from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from carrel.domain.documents import Span
from carrel.ui.markdown.visible import visible_lines
from carrel.ui.theme import Theme, tokens
from carrel.ui.theme.tokens import MARK_OPACITY

MAX_SHOWN: Final = 400_000
"""Characters laid out at once: a longer unit is shown as the stretch around its first mark,
since laying out more than this takes over a second."""

EXACT_KINDS: Final = frozenset({"csv", "code"})
"""Kinds whose columns matter: shown in the code face, unwrapped."""


def utf16(text: str) -> int:
    """Length in the units Qt counts in."""
    return len(text) + sum(character > "\uffff" for character in text)


def window(length: int, marks: tuple[Span, ...]) -> Span:
    """The stretch of a long text that is shown."""
    if length <= MAX_SHOWN:
        return Span(0, length)
    first = min((mark.start for mark in marks), default=0)
    start = max(0, min(first - MAX_SHOWN // 2, length - MAX_SHOWN))
    return Span(start, start + MAX_SHOWN)


def pieces(text: str, marks: tuple[Span, ...]) -> list[tuple[str, bool]]:
    """The text in pieces, each marked or not; overlapping marks melt together."""
    edges = sorted({0, len(text), *(min(max(edge, 0), len(text)) for m in marks for edge in m)})
    spans = sorted(marks)
    starts = [span.start for span in spans]
    found: list[tuple[str, bool]] = []
    for left, right in pairwise(edges):
        before = spans[: bisect_right(starts, left)]
        found.append((text[left:right], any(span.end > left for span in before)))
    return found


class TextView(QPlainTextEdit):
    """Read-only text with marks and a bar beside marked lines."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._theme = theme
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName("Text of the document")
        self.document().setDocumentMargin(20)
        self._marks: list[tuple[int, int]] = []
        self._zoom = 1.0
        self._kind = ""
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def marked(self) -> tuple[str, ...]:
        """The words that are marked."""
        found = []
        for start, end in self._marks:
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            found.append(cursor.selectedText().replace("\u2029", "\n"))
        return tuple(found)

    def show_text(self, text: str, marks: tuple[Span, ...], kind: str) -> None:
        """Show a unit's text.

        Args:
            text: canonical text of the unit.
            marks: code points of it.
            kind: of the document; decides the face.
        """
        seen = window(len(text), marks)
        moved = tuple(
            Span(max(m.start, seen.start) - seen.start, min(m.end, seen.end) - seen.start)
            for m in marks
            if m.start < seen.end and m.end > seen.start
        )
        shown, at, self._marks = [], 0, []
        for piece, marked in pieces(text[seen.start : seen.end], moved):
            clean = visible_lines(piece)
            shown.append(clean)
            end = at + utf16(clean)
            if marked:
                self._marks.append((at, end))
            at = end
        self._kind = kind
        self._set_face()
        self.setPlainText("".join(shown))
        self._mark()
        self.reveal()
        QTimer.singleShot(0, self, self.reveal)

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        self._zoom = zoom
        self._set_face()

    def reveal(self) -> None:
        """Scroll the first mark to a third of the height."""
        cursor = QTextCursor(self.document())
        if not self._marks:
            self.moveCursor(QTextCursor.MoveOperation.Start)
            return
        cursor.setPosition(self._marks[0][0])
        self.setTextCursor(cursor)
        self.centerCursor()
        bar = self.verticalScrollBar()
        line = max(1, self.fontMetrics().lineSpacing())
        bar.setValue(bar.value() + self.viewport().height() // (6 * line))

    def _set_face(self) -> None:
        exact = self._kind in EXACT_KINDS
        size = max(6, round((tokens.SIZE_UI if exact else tokens.SIZE_ANSWER) * self._zoom))
        self.setFont(self._theme.code_font(size) if exact else self._theme.font(size))
        self.setWordWrapMode(
            QTextOption.WrapMode.NoWrap
            if exact
            else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        )

    def _mark(self) -> None:
        form = QTextCharFormat()
        colour = QColor(self._theme.tokens.mark)
        colour.setAlphaF(MARK_OPACITY)
        form.setBackground(colour)
        chosen = []
        for start, end in self._marks:
            selection = QTextEdit.ExtraSelection()
            selection.format = form
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            chosen.append(selection)
        self.setExtraSelections(chosen)

    def _on_theme_changed(self) -> None:
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Base, self._theme.colour("raised"))
        colours.setColor(QPalette.ColorRole.Text, self._theme.colour("text"))
        self.setPalette(colours)
        self._mark()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, then the bars beside marked lines."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        for start, end in self._marks:
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            top = self.cursorRect(cursor).top()
            cursor.setPosition(end)
            bottom = self.cursorRect(cursor).bottom()
            if bottom >= 0 and top <= self.viewport().height():
                painter.drawRoundedRect(8, top, 3, bottom - top, 1.5, 1.5)
