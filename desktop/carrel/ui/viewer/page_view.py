"""A page image with marks over it. Must not know the app or where the image comes from.

Boxes are in points of the page from its top left corner; `shown_scale` is the
number of pixels a point takes on the screen.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from carrel.domain.documents import Box, PageImage
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import MARK_OPACITY

MARGIN: Final = 20
"""Ground left free around the page, pixels."""
BAR_GAP: Final = 8.0
BAR_WIDTH: Final = 3.0
"""The bar beside marked lines says the same as the colour, for those who do not see it; points."""
MARK_PAD: Final = 1.5
"""Points added around a line's box: characters fill their boxes to the edge."""
RESIZE_PAUSE_MILLISECONDS: Final = 120
"""A page is drawn anew when the width has rested this long; until then it is stretched."""
TURN_ANGLE: Final = 240
"""Wheel angle (eighths of a degree) past the end that turns the page: two notches."""


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
    """

    scale_wanted = Signal(float)
    turn_wanted = Signal(int)
    zoom_wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start with no page."""
        super().__init__(parent)
        self._theme = theme
        self._size = (595.0, 842.0)
        self._zoom: float | None = None
        self._image: QImage | None = None
        self._pixels = b""
        self._boxes: tuple[Box, ...] = ()
        self._pushed = 0
        self._to_reveal = False
        self._rested = QTimer(self)
        self._rested.setSingleShot(True)
        self._rested.setInterval(RESIZE_PAUSE_MILLISECONDS)
        self._rested.timeout.connect(self._ask_for_image)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Page")
        self.verticalScrollBar().setSingleStep(40)
        theme.changed.connect(self.viewport().update)

    # ── what is shown ───────────────────────────────────────────────────────

    @property
    def shown_scale(self) -> float:
        """Pixels a point takes now."""
        if self._zoom is not None:
            return self._zoom
        return max(0.1, (self.viewport().width() - 2 * MARGIN) / self._size[0])

    @property
    def has_image(self) -> bool:
        """Whether a page image is shown."""
        return self._image is not None

    @property
    def marks(self) -> list[QRectF]:
        """The marks in pixels of the viewport, where they are drawn now."""
        origin, scale = self._origin(), self.shown_scale
        return [
            QRectF(
                origin.x() + (box.x0 - MARK_PAD) * scale,
                origin.y() + (box.y0 - MARK_PAD) * scale,
                (box.x1 - box.x0 + 2 * MARK_PAD) * scale,
                (box.y1 - box.y0 + 2 * MARK_PAD) * scale,
            )
            for box in self._boxes
        ]

    def show_page(self, width: float, height: float, boxes: tuple[Box, ...]) -> None:
        """Show a page of this size in points; its image comes later.

        Args:
            width: points.
            height: points.
            boxes: lines to be marked; the first is scrolled to.
        """
        self._size = (max(1.0, width), max(1.0, height))
        self._boxes = boxes
        self._to_reveal = True
        self._lay_out()
        self._ask_for_image()

    def set_zoom(self, zoom: float | None) -> None:
        """Show at this many pixels per point, or fit the width."""
        if zoom != self._zoom:
            self._zoom = zoom
            self._lay_out()
            self._ask_for_image()

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

    def clear(self) -> None:
        """Show nothing."""
        self._boxes = ()
        self.show_image(None)

    # ── layout ──────────────────────────────────────────────────────────────

    def _page_size(self) -> QSize:
        scale = self.shown_scale
        return QSize(round(self._size[0] * scale), round(self._size[1] * scale))

    def _origin(self) -> QPoint:
        page = self._page_size()
        left = max(MARGIN, (self.viewport().width() - page.width()) // 2)
        top = max(MARGIN, min(MARGIN, (self.viewport().height() - page.height()) // 2))
        across = self.horizontalScrollBar().value()
        return QPoint(left - across, top - self.verticalScrollBar().value())

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
        if not self._boxes:
            self.verticalScrollBar().setValue(0)
            return
        scale = self.shown_scale
        first = min(self._boxes, key=lambda box: (box.y0, box.x0))
        third = self.viewport().height() / 3
        self.verticalScrollBar().setValue(round(MARGIN + first.y0 * scale - third))
        middle = self.viewport().width() / 2
        self.horizontalScrollBar().setValue(round(MARGIN + first.x0 * scale - middle))

    def _ask_for_image(self) -> None:
        self.scale_wanted.emit(self.shown_scale * self.devicePixelRatioF())

    # ── Qt ──────────────────────────────────────────────────────────────────

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Lay out at once, ask for a sharper image when the width rests."""
        self._lay_out()
        if self._zoom is None:
            self._rested.start()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Draw at the new place."""
        self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, page, marks and bars."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.viewport().rect(), self._theme.colour("gutter"))
        page = QRect(self._origin(), self._page_size())
        painter.fillRect(page, QColor("#FFFFFF"))
        if self._image is not None:
            painter.drawImage(page, self._image)
        if not self._theme.dark:
            painter.setPen(self._theme.colour("line"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(page.adjusted(-1, -1, 0, 0))
        self._paint_marks(painter, page)

    def _paint_marks(self, painter: QPainter, page: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = self._theme.colour("mark")
        colour.setAlphaF(MARK_OPACITY)
        painter.setBrush(colour)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for mark in self.marks:
            painter.drawRoundedRect(mark, 3, 3)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setBrush(self._theme.colour("accent"))
        scale = self.shown_scale
        for bar in bars(self._boxes):
            left = page.left() + max(3.0, (bar.x0 - BAR_GAP) * scale - BAR_WIDTH)
            top = page.top() + (bar.y0 - MARK_PAD) * scale
            height = (bar.y1 - bar.y0 + 2 * MARK_PAD) * scale
            painter.drawRoundedRect(QRectF(left, top, BAR_WIDTH, height), 1.5, 1.5)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; zoom with Ctrl; turn the page when pushed past an end."""
        angle = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if angle:
                self.zoom_wanted.emit(1 if angle > 0 else -1)
            return
        bar = self.verticalScrollBar()
        end = bar.maximum() if angle < 0 else bar.minimum()
        if angle and bar.value() == end:
            self._pushed = self._pushed + angle if (self._pushed < 0) == (angle < 0) else angle
            if abs(self._pushed) >= TURN_ANGLE:
                self._pushed = 0
                self.turn_wanted.emit(1 if angle < 0 else -1)
            return
        self._pushed = 0
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page up and down turn the page at its ends; left and right always do."""
        bar = self.verticalScrollBar()
        key = event.key()
        if key in {Qt.Key.Key_PageDown, Qt.Key.Key_Space} and bar.value() == bar.maximum():
            self.turn_wanted.emit(1)
        elif key == Qt.Key.Key_PageUp and bar.value() == bar.minimum():
            self.turn_wanted.emit(-1)
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
        """Take the focus, so that the keys above work."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)
