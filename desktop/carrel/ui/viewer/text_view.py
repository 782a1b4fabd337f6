"""A unit without a page image: its text as it is, with spans marked.

Plain text only: nothing a document writes can become markup, a link or a
resource to be loaded. Must not know the app.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from carrel.domain.documents import Span
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer import marked_text
from carrel.ui.viewer.code_colours import CodeColours
from carrel.ui.viewer.code_lines import Manner
from carrel.ui.viewer.ends import Ends
from carrel.ui.viewer.line_numbers import LineNumbers
from carrel.ui.viewer.shown_text import ShownText, melted

MAX_SHOWN: Final = 400_000
"""Characters laid out at once: a longer unit is shown as the stretch around its first mark,
since laying out more than this takes over a second."""

PROSE: Final = Manner()
MARK_HEIGHT: Final = 0.2
"""Where the first mark stands, as a share of the height: seen at once, with some text before it."""
BAR: Final = 8
"""Pixels from the left edge to the bar beside a mark."""
REVEAL_ROUNDS: Final = 4
"""Scrolls towards that place; two are enough unless line heights differ a lot."""


def window(length: int, marks: tuple[Span, ...]) -> Span:
    """The stretch of a long text that is shown."""
    if length <= MAX_SHOWN:
        return Span(0, length)
    first = min((mark.start for mark in marks), default=0)
    start = max(0, min(first - MAX_SHOWN // 2, length - MAX_SHOWN))
    return Span(start, start + MAX_SHOWN)


class TextView(QPlainTextEdit):
    """Read-only text with marks and a bar beside marked lines.

    Signals:
        menu_wanted: the user asked for the menu; carries the place on the screen.
        zoom_wanted: the user turned the wheel with Ctrl held; carries 1 or -1.
        turn_wanted: the user scrolled past an end; carries 1 or -1.
    """

    menu_wanted = Signal(QPoint)
    zoom_wanted = Signal(int)
    turn_wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._theme = theme
        marked_text.make_readable(self)
        self.document().setDocumentMargin(20)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setCenterOnScroll(True)  # else a mark in the last lines could not be scrolled up
        self._text = ""
        self._shown = ShownText("")
        self._from = 0
        self._marks: list[tuple[int, int]] = []
        self._found: list[tuple[int, int]] = []
        self._current = -1
        self._zoom = 1.0
        self._manner = Manner()
        self.numbers = LineNumbers(self, theme)
        self.colours = CodeColours(self, theme)
        self._left_alone = True
        self._revealing = False
        self._ends = Ends(self.verticalScrollBar())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def marked(self) -> tuple[str, ...]:
        """The words that are marked."""
        return tuple(marked_text.words_at(self, place) for place in self._marks)

    def show_text(self, text: str, marks: tuple[Span, ...] = (), manner: Manner = PROSE) -> None:
        """Show a unit's text.

        Args:
            text: canonical text of the unit.
            marks: code points of it.
            manner: its face, its colours and the numbers of its lines.
        """
        seen = window(len(text), marks)
        self._text, self._from = text, seen.start
        self._shown = ShownText(text[seen.start : seen.end])
        self._marks = self._positions(melted(marks, len(text)))
        self._found, self._current = [], -1
        self._manner = manner
        self._set_face()
        self.setPlainText(self._shown.text)
        before = text.count("\n", 0, seen.start)
        self.numbers.show_from(manner.first + before if manner.first else 0)
        self._make_room()
        self._colour()
        self._mark()
        self.reveal()

    @property
    def selected(self) -> Span:
        """Code points of the unit's text that are selected; an empty span where none are."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if start == end:
            return Span(0, 0)
        first, last = self._shown.source(start), self._shown.source(end - 1) + 1
        return Span(self._from + first, self._from + last)

    def clear_selection(self) -> None:
        """Select nothing."""
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)

    def show_found(self, spans: Sequence[Span], current: int) -> None:
        """Show where words were found.

        Args:
            spans: code points of the unit's text.
            current: index of the one that is looked at, -1 for none; it is scrolled to.
        """
        if 0 <= current < len(spans) and not self._holds(spans[current]):
            self.show_text(self._text, (spans[current],), self._manner)
            self._marks = []
        self._found, self._current = [], -1
        for at, span in enumerate(spans):
            if self._holds(span):
                if at == current:
                    self._current = len(self._found)
                self._found += self._positions([span])
        if self._current >= 0:
            cursor = QTextCursor(self.document())
            cursor.setPosition(self._found[self._current][0])
            self._left_alone = False
            self._bring(cursor)
        self._mark()

    def reveal_place(self, span: Span) -> None:
        """Scroll so that a place of the text stands near the top."""
        if self._holds(span):
            cursor = QTextCursor(self.document())
            cursor.setPosition(self._shown.shown(span.start - self._from))
            self.setTextCursor(cursor)
            self._left_alone = False
            self._scroll_to(cursor)

    def _holds(self, span: Span) -> bool:
        return self._from <= span.start and span.end <= self._from + self._shown.length

    def _positions(self, spans: Sequence[Span]) -> list[tuple[int, int]]:
        """Spans as places of the document, as far as it holds them."""
        places = [
            (self._shown.shown(start - self._from), self._shown.shown(end - self._from))
            for start, end in spans
        ]
        return [(start, end) for start, end in places if start < end]

    def _bring(self, cursor: QTextCursor) -> None:
        """Scroll as far as needed to have a place in view."""
        rect = self.cursorRect(cursor)
        seen = self.viewport().rect()
        if not seen.adjusted(0, 0, 0, -rect.height()).contains(rect.topLeft()):
            self.setTextCursor(cursor)
            self._scroll_to(cursor)

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        self._zoom = zoom
        self._set_face()
        self._make_room()
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
        if self._marks:
            self._scroll_to(cursor)
        else:
            self.verticalScrollBar().setValue(0)
        self._revealing, self._left_alone = False, True

    def _scroll_to(self, cursor: QTextCursor) -> None:
        bar = self.verticalScrollBar()
        wanted = round(self.viewport().height() * MARK_HEIGHT)
        for _ in range(REVEAL_ROUNDS):
            rect = self.cursorRect(cursor)
            before = bar.value()
            # the bar counts lines, and lines of other scripts are higher: hence the rounds
            bar.setValue(before + round((rect.top() - wanted) / max(1, rect.height())))
            if bar.value() == before:
                break

    def _on_scrolled(self) -> None:
        if not self._revealing:
            self._left_alone = False

    def _make_room(self) -> None:
        """Put the numbers beside the text."""
        area = self.contentsRect()
        self.setViewportMargins(self.numbers.room, 0, 0, 0)
        self.numbers.setGeometry(area.left(), area.top(), self.numbers.room, area.height())

    def _colour(self) -> None:
        seen = self._text[self._from : self._from + self._shown.length]
        self.colours.begin(self._manner.language, seen, self._shown)

    def _set_face(self) -> None:
        exact = self._manner.exact
        size = max(6, round((tokens.SIZE_UI if exact else tokens.SIZE_ANSWER) * self._zoom))
        self.setFont(self._theme.code_font(size) if exact else self._theme.font(size))

    def _mark(self) -> None:
        layers = [marked_text.mark(place) for place in self._marks]
        for at, place in enumerate(self._found):
            layers.append(marked_text.find(place, now=at == self._current))
        marked_text.put_over(self, self._theme, layers)

    def _on_theme_changed(self) -> None:
        marked_text.paint_ground(self, self._theme)
        self._mark()
        self._colour()

    def _selected_words(self) -> str:
        start, end = self.selected
        return self._text[start:end]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what stands in the document, not how it is shown; Escape is for the pane."""
        if not marked_text.key_taken(
            event, self._ends, self._selected_words, self.turn_wanted.emit
        ):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; zoom with Ctrl; turn when pushed past an end."""
        if not marked_text.wheel_taken(
            event, self._ends, self.zoom_wanted.emit, self.turn_wanted.emit
        ):
            super().wheelEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        self.menu_wanted.emit(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines wrap anew: keep the mark in view, or what the reader has scrolled to."""
        left_alone, self._revealing = self._left_alone, True
        top = self.firstVisibleBlock()
        super().resizeEvent(event)
        self._make_room()
        if left_alone:
            self.reveal()
        else:
            self.verticalScrollBar().setValue(top.firstLineNumber())
        self._revealing = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, then the bars beside marked lines."""
        super().paintEvent(event)
        marked_text.paint_bars(self.viewport(), self._theme, self.mark_rects(), BAR)
