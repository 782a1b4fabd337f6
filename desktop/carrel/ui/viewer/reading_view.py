"""Units without a page image, set for reading: headings, lists and tables as such.

The unit that was asked for is drawn, and then those that follow, as far as they are read.

The words are those of the text and nothing else; nothing a document writes can become
markup, a link or a resource to be loaded. Must not know the app.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from carrel.domain.documents import Span, UnitView
from carrel.ui.markdown.looks import Looks
from carrel.ui.theme import Theme
from carrel.ui.viewer import marked_text
from carrel.ui.viewer.ends import Ends
from carrel.ui.viewer.reading_cards import Cards
from carrel.ui.viewer.reading_run import Run
from carrel.ui.viewer.shown_text import melted

COLUMN: Final = 680
"""Pixels of the widest line; longer ones are hard to read."""
TAB: Final = 40
"""Pixels between two tab stops: numbers of clauses fit before one."""
SIDE: Final = 28
TOP: Final = 22
FOOT: Final = 48
BAR: Final = 13
"""Pixels left free around the text, and from it to the bar beside a mark."""
MARK_HEIGHT: Final = 0.2
"""Where the first mark stands, as a share of the height: seen at once, with some text before it."""
GROW_MILLISECONDS: Final = 15
"""A pause after which the next piece of the text is drawn, so that the window stays quick."""


class ReadingView(QTextEdit):
    """Read-only text set for reading, with marks and a bar beside them.

    Signals:
        menu_wanted: the user asked for the menu; carries the place on the screen.
        zoom_wanted: the user turned the wheel with Ctrl held; carries 1 or -1.
        turn_wanted: the user scrolled past an end; carries 1 or -1.
        unit_wanted: an end is near, and this unit is to be drawn there; carries its number.
        view_reached: the reader has scrolled to another unit; carries its `UnitView`.
    """

    menu_wanted = Signal(QPoint)
    zoom_wanted = Signal(int)
    turn_wanted = Signal(int)
    unit_wanted = Signal(int)
    view_reached = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._theme = theme
        marked_text.make_readable(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would have everything laid out twice.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.document().setIndentWidth(22)
        self.setTabStopDistance(TAB)
        self._run = Run(self.document())
        self.cards = Cards(self, theme, self._run)
        self._zoom = 1.0
        self._number = 0
        self._marks: list[Span] = []
        self._found: dict[int, tuple[Span, ...]] = {}
        self._current: tuple[int, Span] | None = None
        self._asked = self._reached = 0
        self._growing = QTimer(self)
        self._growing.setSingleShot(True)
        self._growing.setInterval(GROW_MILLISECONDS)
        self._growing.timeout.connect(self._grow)
        self._left_alone, self._revealing = True, False
        self._ends = Ends(self.verticalScrollBar())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        theme.changed.connect(self._on_theme_changed)
        marked_text.paint_ground(self, self._theme)

    # ── what is shown ───────────────────────────────────────────────────────

    @property
    def marked(self) -> tuple[str, ...]:
        """The words that are marked."""
        return tuple(
            " ".join(
                marked_text.words_at(self, place) for place in self._run.pieces(self._number, mark)
            )
            for mark in self._marks
        )

    @property
    def shown_numbers(self) -> range:
        """Numbers of the units that are drawn, wholly or in part."""
        parts = self._run.parts
        return range(parts[0].number, parts[-1].number + 1) if parts else range(0)

    @property
    def filled(self) -> bool:
        """Whether there is text for two screens more, or no more text."""
        bar = self.verticalScrollBar()
        if bar.maximum() - bar.value() > self.viewport().height() * 2:
            return True
        return not (self._run.unfinished or self._run.following)

    def view_of(self, number: int) -> UnitView | None:
        """The unit with this number, if it is drawn."""
        part = next(self._run.of(number), None)
        return part.view if part is not None else None

    def show_view(self, view: UnitView) -> None:
        """Show a unit from its beginning, or where it is marked."""
        self._number = view.unit.number
        self._marks = melted(view.marks, len(view.unit.text))
        self._found, self._current, self._asked = {}, None, 0
        self._reached = self._number
        self._run.begin(view, self._first_mark, Looks(self._theme), self._zoom)
        if self._marks:
            self._draw_up_to(self._number, self._marks[0])
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._fit()
        self._mark()
        self.reveal()
        self._growing.start()

    def take_view(self, view: UnitView) -> None:
        """Draw the unit that was wanted below the others, or above."""
        self._asked = 0
        with self._standing_still():
            self._run.take(view)
        self._mark()
        self._growing.start()

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        if zoom != self._zoom:
            self._zoom = zoom
            self._draw_again()

    @property
    def selected(self) -> tuple[UnitView, Span] | None:
        """What is selected: the unit it begins in, and code points of its text."""
        start, end = _edges(self.textCursor())
        return self._run.covered(start, end) if end > start else None

    def clear_selection(self) -> None:
        """Select nothing."""
        cursor = self.textCursor()
        cursor.clearSelection()
        self.setTextCursor(cursor)

    def show_found(
        self, found: dict[int, tuple[Span, ...]], current: tuple[int, Span] | None
    ) -> None:
        """Show where words were found.

        Args:
            found: code points of units' texts, by the numbers of the units.
            current: the one that is looked at; it is scrolled to, as far as it is drawn.
        """
        self._found, self._current = found, current
        if current is not None:
            self._draw_up_to(*current)
            self._bring(*current)
        self._mark()

    def reveal_place(self, number: int, span: Span) -> None:
        """Scroll so that a place of a unit's text stands near the top."""
        self._draw_up_to(number, span)
        self._left_alone = False
        self._scroll_to(number, span, TOP)

    def reveal_unit(self, number: int) -> None:
        """Scroll to the beginning of a unit that is drawn."""
        self._left_alone = False
        self._scroll_up_to(number)

    def reveal(self) -> None:
        """Scroll so that the first mark stands in the upper third, or to the beginning."""
        self._revealing = True
        if self._marks:
            wanted = round(self.viewport().height() * MARK_HEIGHT)
            self._scroll_to(self._number, self._marks[0], wanted)
        else:
            self._scroll_up_to(self._number)
        self._revealing, self._left_alone = False, True

    def card_in_view(self, number: int) -> bool:
        """Whether a card that a unit begins with, the header of a mail, is seen in part."""
        seen = self.viewport().rect()
        return any(
            self.cards.around(part.at + start, part.at + end).intersects(seen)
            for part in self._run.of(number)
            for start, end in part.places.cards[:1]
        )

    def mark_rects(self) -> list[QRect]:
        """Where each mark begins and ends in the viewport: the full width of its lines, pixels."""
        found = []
        cursor = QTextCursor(self.document())
        for mark in self._marks:
            whole = QRect()
            for start, end in self._run.pieces(self._number, mark):
                for at in (start, end - 1):
                    cursor.setPosition(at)
                    whole = whole.united(self.cursorRect(cursor))
            if not whole.isNull():
                found.append(QRect(0, whole.top(), self.viewport().width(), whole.height()))
        return found

    # ── inside ──────────────────────────────────────────────────────────────

    @property
    def _first_mark(self) -> int:
        return self._marks[0].start if self._marks else 0

    def _top(self) -> tuple[int, int]:
        """The unit and the code point at the top of the view."""
        return self._run.source(self.cursorForPosition(QPoint(SIDE, 2)).position())

    def _draw_again(self) -> None:
        """The same in another size or theme; the reader stays where he is."""
        alone, (number, top) = self._left_alone, self._top()
        self._run.draw_again(Looks(self._theme), self._zoom)
        self._fit()
        self._mark()
        self._stay(number, top, alone=alone)

    def _stay(self, number: int, top: int, *, alone: bool) -> None:
        if alone:
            self.reveal()
        elif number:
            self._scroll_to(number, Span(top, top + 1), 2)

    def _grow(self) -> None:
        """Draw more while an end is near; ask for the next unit there when there is no more."""
        if not self.isVisible():
            return
        number = 0
        if not self.filled:
            if self._run.grow():
                self._mark()
                self._growing.start()
                return
            number = self._run.following
        if not number and self.verticalScrollBar().value() <= self.viewport().height():
            with self._standing_still():
                grown = self._run.grow_up()
            if grown:
                self._mark()
                self._growing.start()
                return
            number = self._run.preceding
        if number and not self._asked:
            self._asked = number
            self.unit_wanted.emit(number)

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Keep what is read where it is, whatever is drawn above."""
        here = self.cursorForPosition(QPoint(SIDE, TOP))
        before = self.cursorRect(here).top()
        yield
        moved = self.cursorRect(here).top() - before
        if moved:
            self._revealing = True
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + moved)
            self._revealing = False

    def _scroll_up_to(self, number: int) -> None:
        """Scroll so that a unit begins at the top."""
        part = next(self._run.of(number), None)
        if part is not None:
            cursor = QTextCursor(self.document())
            cursor.setPosition(part.at)
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.cursorRect(cursor).top() - TOP)

    def _draw_up_to(self, number: int, span: Span) -> None:
        while number in self.shown_numbers and not self._run.pieces(number, span):
            first = self._run.parts[0]
            above = number == first.number and span.start < first.span.start
            if not (self._run.grow_up() if above else self._run.grow()):
                return

    def _fit(self) -> None:
        """Margins around a column that is not too wide; room below, to bring a mark up."""
        frame = self.document().rootFrame()
        form = frame.frameFormat()
        side = max(SIDE, (self.viewport().width() - round(COLUMN * self._zoom)) // 2)
        room = round(self.viewport().height() * (1 - MARK_HEIGHT)) if self._marks else FOOT
        form.setLeftMargin(side)
        form.setRightMargin(side)
        form.setTopMargin(TOP)
        form.setBottomMargin(room)
        if form != frame.frameFormat():
            frame.setFrameFormat(form)

    def _rect(self, number: int, span: Span) -> QRect:
        pieces = self._run.pieces(number, span)
        cursor = QTextCursor(self.document())
        cursor.setPosition(pieces[0][0] if pieces else 0)
        return self.cursorRect(cursor)

    def _scroll_to(self, number: int, span: Span, wanted: int) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self._rect(number, span).top() - wanted)

    def _bring(self, number: int, span: Span) -> None:
        """Scroll as far as needed to have a place in view."""
        rect, seen = self._rect(number, span), self.viewport().rect()
        if not seen.adjusted(0, 0, 0, -rect.height()).contains(rect.topLeft()):
            self._left_alone = False
            self._scroll_to(number, span, round(seen.height() * MARK_HEIGHT))

    def _mark(self) -> None:
        layers = [
            marked_text.mark(place)
            for span in self._marks
            for place in self._run.pieces(self._number, span)
        ]
        for number in self.shown_numbers:
            for span in self._found.get(number, ()):
                now = self._current == (number, span)
                places = self._run.pieces(number, span)
                layers += [marked_text.find(place, now=now) for place in places]
        marked_text.put_over(self, self._theme, layers)

    def _on_theme_changed(self) -> None:
        marked_text.paint_ground(self, self._theme)
        self._draw_again()

    def _on_scrolled(self) -> None:
        if not self._revealing:
            self._left_alone = False
        self._growing.start()
        if self._left_alone:
            return
        here = self.cursorForPosition(QPoint(SIDE, TOP + 8)).position()
        part = self._run.part_at(here)
        if part is not None and part.number != self._reached:
            self._reached = part.number
            self.view_reached.emit(part.view)

    # ── Qt ──────────────────────────────────────────────────────────────────

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Nothing is ever loaded."""
        return None

    def _selected_words(self) -> str:
        if (found := self.selected) is None:
            return ""
        view, span = found
        return view.unit.text[span.start : span.end]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what stands in the document, turn at the ends; Escape is for the pane."""
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
        alone, (number, top) = self._left_alone, self._top()
        self._revealing = True
        super().resizeEvent(event)
        self._fit()
        self._revealing = False
        self._stay(number, top, alone=alone)
        self._growing.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw more, now that there is a height to be filled."""
        super().showEvent(event)
        self._growing.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw cards, the text on them, then the bars beside marked lines."""
        self.cards.paint(self._zoom)
        super().paintEvent(event)
        left = round(self.document().rootFrame().frameFormat().leftMargin()) - BAR
        marked_text.paint_bars(self.viewport(), self._theme, self.mark_rects(), left)


def _edges(cursor: QTextCursor) -> tuple[int, int]:
    """Where a selection begins and ends; one over several cells of a table holds whole cells."""
    start, end = sorted((cursor.anchor(), cursor.position()))
    table = cursor.currentTable() if cursor.hasComplexSelection() else None
    if table is not None:
        start = min(start, table.cellAt(start).firstPosition())
        end = max(end, table.cellAt(end).lastPosition())
    return start, end
