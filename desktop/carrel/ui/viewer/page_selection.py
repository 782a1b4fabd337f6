"""Words of a page selected with mouse and keyboard. Must not know how the page is drawn."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from carrel.domain.documents import Box, Span
from carrel.ui.viewer.page_text import PageText

SCROLL_MILLISECONDS: Final = 30
"""Between two scrolls while the mouse is held outside the view."""

_STEPS: Final = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class PageSelection(QObject):
    """What is selected of the page shown in a scroll area, which passes its mouse and keys on.

    Signals:
        changed: another span is selected, or none.
    """

    changed = Signal()

    def __init__(self, area: QAbstractScrollArea, at_page: Callable[[QPointF], QPointF]) -> None:
        """Select nothing yet; `at_page` turns points of the viewport into points of the page."""
        super().__init__(area)
        self._area, self._at_page = area, at_page
        self.text = PageText()
        self.span = Span(0, 0)
        self.boxes: tuple[Box, ...] = ()
        self._anchor = Span(0, 0)
        self._by: Callable[[float, float], Span] | None = None
        self._mouse = QPointF()
        self._since_double = QElapsedTimer()
        self._scroller = QTimer(self)
        self._scroller.setInterval(SCROLL_MILLISECONDS)
        self._scroller.timeout.connect(self._scroll)
        area.viewport().setMouseTracking(True)

    @property
    def words(self) -> str:
        """The selected text as it stands."""
        return self.text.text[self.span.start : self.span.end]

    def take(self, text: PageText) -> None:
        """Another page: nothing of it is selected."""
        self.text = text
        self._by = None
        self._scroller.stop()
        self.select(Span(0, 0))

    def select(self, span: Span) -> None:
        """Select a span; an empty one selects nothing."""
        self._anchor = span
        self._set(span)

    def press(self, event: QKeyEvent) -> bool:
        """Take a key if it is about the selection."""
        modifiers = event.modifiers()
        if event.key() == Qt.Key.Key_A and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.select(self.text.whole)
            return True
        if event.matches(QKeySequence.StandardKey.Copy):
            if self.boxes:
                QApplication.clipboard().setText(self.words)
            return True
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if not step or not modifiers & Qt.KeyboardModifier.ShiftModifier or not self.boxes:
            return False
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            step = self._to_word_end(step)
        whole = self.text.whole
        end = self.span.end if self._forward else self.span.start
        moved = min(max(end + step, whole.start), whole.end)
        fixed = self._anchor.start if self._forward else self._anchor.end
        self._set(Span(min(fixed, moved), max(fixed, moved)))
        return True

    def mouse_pressed(self, event: QMouseEvent) -> None:
        """Begin with the left button: letters, words by a double click, lines by a third."""
        elapsed = self._since_double
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.type() == QEvent.Type.MouseButtonDblClick:
            elapsed.start()
            self._begin(self.text.word, event.position())
        elif elapsed.isValid() and elapsed.elapsed() < QApplication.doubleClickInterval():
            elapsed.invalidate()
            self._begin(self.text.line, event.position())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.boxes:
            self._by = self._letter
            self._drag(event.position())
        else:
            self._begin(self._letter, event.position())

    def mouse_moved(self, event: QMouseEvent) -> None:
        """Follow a drag; without one, show whether there is something to select."""
        if self._by is None or not event.buttons() & Qt.MouseButton.LeftButton:
            point = self._at_page(event.position())
            over = self.text.over(point.x(), point.y())
            shape = Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor
            if self._area.viewport().cursor().shape() != shape:
                self._area.viewport().setCursor(shape)
            return
        self._drag(event.position())
        outside = not self._area.viewport().rect().contains(event.position().toPoint())
        if outside and not self._scroller.isActive():
            self._scroller.start()
        elif not outside:
            self._scroller.stop()

    def mouse_released(self) -> None:
        """The drag is over."""
        self._by = None
        self._scroller.stop()

    @property
    def _forward(self) -> bool:
        """Whether the end moves with the keyboard, rather than the beginning."""
        return self.span.start >= self._anchor.start

    def _to_word_end(self, step: int) -> int:
        text, at = self.text.text, self.span.end if self._forward else self.span.start
        far = at
        while 0 <= far + min(step, 0) < len(text) and not text[far + min(step, 0)].isalnum():
            far += step
        while 0 <= far + min(step, 0) < len(text) and text[far + min(step, 0)].isalnum():
            far += step
        return far - at or step

    def _begin(self, by: Callable[[float, float], Span], place: QPointF) -> None:
        self._by = by
        point = self._at_page(place)
        self.select(by(point.x(), point.y()))

    def _letter(self, x: float, y: float) -> Span:
        caret = self.text.caret(x, y)
        return Span(caret, caret)

    def _drag(self, place: QPointF) -> None:
        if self._by is None:
            return
        self._mouse = place
        point = self._at_page(place)
        here = self._by(point.x(), point.y())
        start, end = min(self._anchor.start, here.start), max(self._anchor.end, here.end)
        self._set(Span(start, end))

    def _scroll(self) -> None:
        """Follow a mouse that is held outside; the farther away, the faster."""
        seen = self._area.viewport().rect()
        for bar, at, low, high in (
            (self._area.verticalScrollBar(), self._mouse.y(), seen.top(), seen.bottom()),
            (self._area.horizontalScrollBar(), self._mouse.x(), seen.left(), seen.right()),
        ):
            beyond = min(at - low, 0) + max(at - high, 0)
            if beyond:
                bar.setValue(bar.value() + round(beyond / 3))
        self._drag(self._mouse)

    def _set(self, span: Span) -> None:
        boxes = self.text.boxes(span) if span.end > span.start else ()
        if (span, boxes) != (self.span, self.boxes):
            self.span, self.boxes = span, boxes
            self.changed.emit()
