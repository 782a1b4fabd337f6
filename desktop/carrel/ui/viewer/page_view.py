"""A page image with marks over it, words to select and words that were found.

Boxes are in points of the page from its top left corner as it is stored; the
reader may turn it. `shown_scale` is the number of pixels a point takes on the
screen. Must not know the app or where the image comes from.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from carrel.domain.documents import Box, PageImage, Span
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import FOUND_OPACITY, LIGHT, MARK_OPACITY, NOW_OPACITY
from carrel.ui.viewer.ends import Ends
from carrel.ui.viewer.page_selection import PageSelection
from carrel.ui.viewer.page_text import PageText
from carrel.ui.viewer.state import Fit

MARGIN: Final = 20
"""Ground left free around the page, pixels."""
BAR_GAP: Final = 8.0
BAR_WIDTH: Final = 3.0
"""The bar beside marked lines says the same as the colour, for those who do not see it; points."""
MARK_PAD: Final = 1.5
"""Points added around a line's box: characters fill their boxes to the edge."""
RESIZE_PAUSE_MILLISECONDS: Final = 120
"""A page is drawn anew when its size has rested this long; until then it is stretched."""
SELECTION_OPACITY: Final = 0.26
"""Share of the accent laid over selected words. A page is white in both themes, so selected and
found words take the accent of the light one."""


def bars(boxes: Sequence[Box]) -> list[Box]:
    """The bars beside marked lines: lines close to each other share one."""
    found: list[Box] = []
    for box in sorted(boxes, key=lambda box: (round(box.x0 / 40), box.y0)):
        height = box.y1 - box.y0
        if found and box.y0 - found[-1].y1 < height and abs(box.x0 - found[-1].x0) < 160:
            last = found[-1]
            found[-1] = Box(
                min(last.x0, box.x0), min(last.y0, box.y0), last.x1, max(last.y1, box.y1)
            )
        else:
            found.append(box)
    return found


class PageView(QAbstractScrollArea):
    """One page.

    Signals:
        scale_wanted: an image of this scale would be sharp; carries pixels per point.
        turn_wanted: the user scrolled past an end; carries 1 or -1.
        zoom_wanted: the user turned the wheel with Ctrl held; carries 1 or -1.
        selection_changed: other words are selected, or none.
        menu_wanted: the user asked for the menu; carries the place on the screen.
    """

    scale_wanted = Signal(float)
    turn_wanted = Signal(int)
    zoom_wanted = Signal(int)
    selection_changed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start with no page."""
        super().__init__(parent)
        self._theme = theme
        self._size = (595.0, 842.0)
        self._zoom: float | None = None
        self._fit = Fit.WIDTH
        self._turned = 0
        self.words: tuple[tuple[Box, bool], ...] = ()
        self._image: QImage | None = None
        self._pixels = b""
        self._boxes: tuple[Box, ...] = ()
        self._bars: list[Box] = []
        self._found: tuple[tuple[Box, ...], ...] = ()
        self._current = -1
        self._ends = Ends(self.verticalScrollBar())
        self._to_reveal = False
        self._held: QPointF | None = None
        self._rested = QTimer(self)
        self._rested.setSingleShot(True)
        self._rested.setInterval(RESIZE_PAUSE_MILLISECONDS)
        self._rested.timeout.connect(self._ask_for_image)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Page")
        self.verticalScrollBar().setSingleStep(40)
        self.selection = PageSelection(self, self.at_page)
        self.selection.changed.connect(self._on_selection_changed)
        theme.changed.connect(self.viewport().update)

    # ── what is shown ───────────────────────────────────────────────────────

    @property
    def shown_scale(self) -> float:
        """Pixels a point takes now."""
        if self._zoom is not None:
            return self._zoom
        seen, page = self.viewport().size(), self._turned_size()
        across = (seen.width() - 2 * MARGIN) / page.width()
        if self._fit is Fit.PAGE:
            across = min(across, (seen.height() - 2 * MARGIN) / page.height())
        return max(0.1, across)

    @property
    def has_image(self) -> bool:
        """Whether a page image is shown."""
        return self._image is not None

    @property
    def marks(self) -> list[QRectF]:
        """The marks in pixels of the viewport, where they are drawn now."""
        return [self._shown(box) for box in self._boxes]

    @property
    def found(self) -> list[list[QRectF]]:
        """Where words that were found are drawn now, each line by line."""
        return [[self._shown(box) for box in boxes] for boxes in self._found]

    def show_page(
        self,
        width: float,
        height: float,
        boxes: tuple[Box, ...],
        text: PageText | None = None,
    ) -> None:
        """Show a page of this size in points; its image comes later.

        Args:
            width: points.
            height: points.
            boxes: lines to be marked; the first is scrolled to.
            text: the characters that can be selected.
        """
        self._size = (max(1.0, width), max(1.0, height))
        self._boxes = boxes
        self._found, self._current = (), -1
        text = text or PageText()
        self.selection.take(text)
        self._bars = bars([box._replace(x0=text.line_start(box)) for box in boxes])
        self._to_reveal = True
        self._lay_out()
        self._ask_for_image()

    def set_view(self, zoom: float | None, fit: Fit, turned: int) -> None:
        """Show at this many pixels per point, or fitted, and turned by clockwise quarters."""
        if (zoom, fit, turned) == (self._zoom, self._fit, self._turned):
            return
        held = self._held or QRectF(self.viewport().rect()).center()
        place = self.at_page(held) if turned == self._turned else None
        self._zoom, self._fit, self._turned = zoom, fit, turned
        self._lay_out()
        if place is not None and not self._to_reveal:
            moved = self._transform().map(place) - held
            for bar, step in (
                (self.horizontalScrollBar(), moved.x()),
                (self.verticalScrollBar(), moved.y()),
            ):
                bar.setValue(bar.value() + round(step))
        self._rested.start()

    def show_image(self, image: PageImage | None) -> None:
        """Show the image of the page, or a blank page until one comes."""
        if image is None:
            self._image, self._pixels = None, b""
        else:
            self._pixels = image.pixels
            self._image = QImage(
                self._pixels, image.width, image.height, 4 * image.width, QImage.Format.Format_RGB32
            )
        self.viewport().update()

    def show_words(self, words: Sequence[tuple[Box, bool]]) -> None:
        """Draw a line around words: their boxes, and whether they are sure."""
        self.words = tuple(words)
        self.viewport().update()

    def show_found(self, spans: Sequence[Span], current: int) -> None:
        """Show where words were found on this page.

        Args:
            spans: code points of the page's text.
            current: index of the one that is looked at, -1 for none; it is scrolled to.
        """
        text = self.selection.text
        self._found = tuple(text.boxes(span) for span in spans)
        self._current = current
        if 0 <= current < len(self._found):
            self._show_box(self._found[current])
        self.viewport().update()

    def reveal(self, span: Span) -> None:
        """Scroll so that a place of the text stands near the top."""
        boxes = self.selection.text.boxes(span)
        if boxes:
            down = self.verticalScrollBar()
            down.setValue(round(down.value() + self._shown(boxes[0]).top() - MARGIN))

    def clear(self) -> None:
        """Show nothing."""
        self._boxes, self._bars = (), []
        self._found, self._current = (), -1
        self.selection.take(PageText())
        self.show_image(None)

    # ── layout ──────────────────────────────────────────────────────────────

    def _turned_size(self) -> QSizeF:
        size = QSizeF(*self._size)
        return size.transposed() if self._turned % 2 else size

    def _page_size(self) -> QSize:
        scale, size = self.shown_scale, self._turned_size()
        return QSize(round(size.width() * scale), round(size.height() * scale))

    def _origin(self) -> QPoint:
        page, seen = self._page_size(), self.viewport().size()
        left = max(MARGIN, (seen.width() - page.width()) // 2)
        whole = self._zoom is None and self._fit is Fit.PAGE
        top = max(MARGIN, (seen.height() - page.height()) // 2) if whole else MARGIN
        across = self.horizontalScrollBar().value()
        return QPoint(left - across, top - self.verticalScrollBar().value())

    def _transform(self) -> QTransform:
        """From points of the page as stored to pixels of the viewport."""
        scale, origin = self.shown_scale, self._origin()
        made = _turned(QTransform.fromTranslate(origin.x(), origin.y()), self._turned,
                       self._size[0] * scale, self._size[1] * scale)  # fmt: skip
        return made.scale(scale, scale)

    def at_page(self, point: QPointF) -> QPointF:
        """A point of the viewport as a point of the page as stored."""
        return self._transform().inverted()[0].map(point)

    def _shown(self, box: Box) -> QRectF:
        pad = MARK_PAD
        edges = QRectF(QPointF(box.x0 - pad, box.y0 - pad), QPointF(box.x1 + pad, box.y1 + pad))
        return self._transform().mapRect(edges)

    def _lay_out(self) -> None:
        page, seen = self._page_size(), self.viewport().size()
        down = max(0, page.height() + 2 * MARGIN - seen.height())
        across = max(0, page.width() + 2 * MARGIN - seen.width()) if self._zoom else 0
        self.verticalScrollBar().setRange(0, down)
        self.verticalScrollBar().setPageStep(seen.height())
        self.horizontalScrollBar().setRange(0, across)
        self.horizontalScrollBar().setPageStep(seen.width())
        if self._to_reveal:
            self._reveal()
        self.viewport().update()

    def _reveal(self) -> None:
        self._to_reveal = not self.isVisible()
        self.verticalScrollBar().setValue(0)
        if self._boxes:
            first = min(self.marks, key=lambda mark: (mark.top(), mark.left()))
            third = self.viewport().height() / 3
            self.verticalScrollBar().setValue(round(first.top() - third))
            middle = self.viewport().width() / 2
            across = self.horizontalScrollBar()
            across.setValue(round(across.value() + first.left() - middle))

    def _show_box(self, boxes: tuple[Box, ...]) -> None:
        """Scroll as far as needed to have the first line in view, with some text around it."""
        if not boxes:
            return
        self._to_reveal = False
        shown, seen = self._shown(boxes[0]), QRectF(self.viewport().rect())
        if not seen.adjusted(0, MARGIN, 0, -MARGIN).contains(shown):
            down, across = self.verticalScrollBar(), self.horizontalScrollBar()
            down.setValue(round(down.value() + shown.top() - seen.height() / 3))
            across.setValue(round(across.value() + shown.center().x() - seen.width() / 2))

    def _ask_for_image(self) -> None:
        self.scale_wanted.emit(self.shown_scale * self.devicePixelRatioF())

    def _on_selection_changed(self) -> None:
        self.viewport().update()
        self.selection_changed.emit()

    # ── drawing ─────────────────────────────────────────────────────────────

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, page, marks and bars."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.viewport().rect(), self._theme.colour("gutter"))
        page = QRect(self._origin(), self._page_size())
        painter.fillRect(page, QColor("#FFFFFF"))
        if self._image is not None:
            upright = page.size().transposed() if self._turned % 2 else page.size()
            place = QTransform.fromTranslate(page.left(), page.top())
            painter.setTransform(_turned(place, self._turned, upright.width(), upright.height()))
            painter.drawImage(QRect(QPoint(0, 0), upright), self._image)
            painter.resetTransform()
        if not self._theme.dark:
            painter.setPen(self._theme.colour("line"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(page.adjusted(-1, -1, 0, 0))
        self._paint_marks(painter)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setBrush(_see_through(self._theme.tokens.mark, MARK_OPACITY))
        for mark in self.marks:
            painter.drawRoundedRect(mark, 3, 3)
        painter.setBrush(_see_through(LIGHT.accent, FOUND_OPACITY))
        for line in (line for lines in self.found for line in lines):
            painter.drawRoundedRect(line, 2, 2)
        painter.setBrush(_see_through(LIGHT.accent, SELECTION_OPACITY))
        for box in self.selection.boxes:
            painter.drawRect(self._shown(box))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setBrush(self._theme.colour("accent"))
        place = self._transform()
        for bar in self._bars:
            left = max(3.0 / self.shown_scale, bar.x0 - BAR_GAP - BAR_WIDTH / self.shown_scale)
            high = bar.y1 - bar.y0 + 2 * MARK_PAD
            edge = QRectF(left, bar.y0 - MARK_PAD, BAR_WIDTH / self.shown_scale, high)
            painter.drawRoundedRect(place.mapRect(edge), 1.5, 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box, sure in self.words:
            colour = _see_through(LIGHT.accent, NOW_OPACITY) if sure else QColor(LIGHT.bad)
            painter.setPen(QPen(colour, 1))
            painter.drawRect(self._shown(box))
        if 0 <= self._current < len(self._found):
            painter.setPen(QPen(QColor(LIGHT.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for line in self.found[self._current]:
                painter.drawRoundedRect(line, 2, 2)

    # ── Qt ──────────────────────────────────────────────────────────────────

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Lay out at once, ask for a sharper image when the width rests."""
        self._lay_out()
        if self._zoom is None:
            self._rested.start()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Draw at the new place."""
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; zoom with Ctrl; turn the page when pushed past an end."""
        angle = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if angle:
                self._held = event.position()
                self.zoom_wanted.emit(1 if angle > 0 else -1)
                self._held = None
            return
        step = self._ends.wheel(event)
        if step is None:
            super().wheelEvent(event)
        elif step:
            self.turn_wanted.emit(step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page up and down turn the page at its ends; left and right always do."""
        bar = self.verticalScrollBar()
        key = event.key()
        if self.selection.press(event):
            return
        if step := self._ends.key(event):
            self.turn_wanted.emit(step)
        elif key == Qt.Key.Key_Right and not self.horizontalScrollBar().maximum():
            self.turn_wanted.emit(1)
        elif key == Qt.Key.Key_Left and not self.horizontalScrollBar().maximum():
            self.turn_wanted.emit(-1)
        elif key == Qt.Key.Key_Home:
            bar.setValue(bar.minimum())
        elif key == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the focus, so that the keys above work, and begin to select."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.selection.mouse_pressed(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select a word."""
        self.selection.mouse_pressed(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select up to here."""
        self.selection.mouse_moved(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """What is selected stays."""
        self.selection.mouse_released()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu, at the selected words when a key asked."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.selection.boxes:
            corner = self._shown(self.selection.boxes[-1]).bottomLeft().toPoint()
            place = self.viewport().mapToGlobal(corner)
        self.menu_wanted.emit(place)


def _turned(place: QTransform, quarters: int, width: float, height: float) -> QTransform:
    """The transform with a page of this upright size turned clockwise inside of it."""
    match quarters % 4:
        case 1:
            return place.translate(height, 0).rotate(90)
        case 2:
            return place.translate(width, height).rotate(180)
        case 3:
            return place.translate(0, width).rotate(270)
    return place


def _see_through(colour: str, opacity: float) -> QColor:
    made = QColor(colour)
    made.setAlphaF(opacity)
    return made
