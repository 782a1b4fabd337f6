"""A unit without a page image: its text as it is, with spans marked.

Plain text only: nothing a document writes can become markup, a link or a
resource to be loaded. Must not know the app.
"""

from bisect import bisect_right
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
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

EXACT_KINDS: Final = frozenset({"code", "json", "yaml", "xml"})
"""Kinds whose columns matter: shown in the code face."""

MARK_HEIGHT: Final = 0.2
"""Where the first mark stands, as a share of the height: seen at once, with some text before it."""
REVEAL_ROUNDS: Final = 4
"""Scrolls towards that place; two are enough unless line heights differ a lot."""


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
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setCenterOnScroll(True)  # else a mark in the last lines could not be scrolled up
        self._marks: list[tuple[int, int]] = []
        self._zoom = 1.0
        self._kind = ""
        self._left_alone = True
        self._revealing = False
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
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

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        self._zoom = zoom
        self._set_face()
        if self._left_alone:
            self.reveal()

    def mark_rects(self) -> list[QRect]:
        """Where each mark begins and ends in the viewport: the full width of its lines, pixels."""
        rects = []
        cursor = QTextCursor(self.document())
        for start, end in self._marks:
            cursor.setPosition(start)
            first = self.cursorRect(cursor)
            cursor.setPosition(max(start, end - 1))
            last = self.cursorRect(cursor)
            rects.append(
                QRect(0, first.top(), self.viewport().width(), last.bottom() - first.top())
            )
        return rects

    def reveal(self) -> None:
        """Scroll so that the first mark stands in the upper third, as far as the text allows."""
        self._revealing = True
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._marks[0][0] if self._marks else 0)
        self.setTextCursor(cursor)  # also lays out the lines up to there
        bar = self.verticalScrollBar()
        if not self._marks:
            bar.setValue(0)
        wanted = round(self.viewport().height() * MARK_HEIGHT)
        for _ in range(REVEAL_ROUNDS if self._marks else 0):
            rect = self.cursorRect(cursor)
            before = bar.value()
            # the bar counts lines, and lines of other scripts are higher: hence the rounds
            bar.setValue(before + round((rect.top() - wanted) / max(1, rect.height())))
            if bar.value() == before:
                break
        self._revealing, self._left_alone = False, True

    def _on_scrolled(self) -> None:
        if not self._revealing:
            self._left_alone = False

    def _set_face(self) -> None:
        exact = self._kind in EXACT_KINDS
        size = max(6, round((tokens.SIZE_UI if exact else tokens.SIZE_ANSWER) * self._zoom))
        self.setFont(self._theme.code_font(size) if exact else self._theme.font(size))

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
        self.viewport().setPalette(colours)  # has one of its own once the style sheet has seen it
        self._mark()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines wrap anew: keep the mark in view, or what the reader has scrolled to."""
        left_alone, self._revealing = self._left_alone, True
        top = self.firstVisibleBlock()
        super().resizeEvent(event)
        if left_alone:
            self.reveal()
        else:
            self.verticalScrollBar().setValue(top.firstLineNumber())
        self._revealing = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, then the bars beside marked lines."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        for rect in self.mark_rects():
            if rect.intersects(self.viewport().rect()):
                painter.drawRoundedRect(8, rect.top(), 3, rect.height(), 1.5, 1.5)
