"""Lucide icons, drawn in a colour of the current theme.

An icon keeps the name of its colour, not the colour: when the theme changes,
repainting is enough. Must not know any page.
"""

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from carrel.system import resources


@cache
def source(name: str) -> str:
    """The SVG text of an icon.

    Raises:
        FileNotFoundError: there is no icon with this name.
    """
    return (resources.path("assets/icons") / f"{name}.svg").read_text("utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    drawn = source(name).replace("currentColor", colour)
    for width in ('stroke-width="2"', "stroke-width='2'"):
        drawn = drawn.replace(width, 'stroke-width="1.75"')
    return QSvgRenderer(QByteArray(drawn.encode()))


def paint(painter: QPainter, rectangle: QRectF, name: str, colour: str) -> None:
    """Draw an icon of this colour (``#rrggbb``) into the rectangle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, colour).render(painter, rectangle)
    painter.restore()


class ThemedIconEngine(QIconEngine):
    """Draws one icon; asks for its colour each time."""

    def __init__(
        self,
        name: str,
        colour: Callable[[], str],
        colour_on: Callable[[], str],
        colour_off: Callable[[], str],
    ) -> None:
        """Keep the name and where the colours come from: plain, checked, disabled."""
        super().__init__()
        self._name = name
        self._colour = colour
        self._colour_on = colour_on
        self._colour_off = colour_off

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw the icon, square and centred in the rectangle."""
        if mode == QIcon.Mode.Disabled:
            colour = self._colour_off()
        elif state == QIcon.State.On or mode == QIcon.Mode.Selected:
            colour = self._colour_on()
        else:
            colour = self._colour()
        side = min(rect.width(), rect.height())
        corner = rect.center() - QPoint((side - 1) // 2, (side - 1) // 2)
        paint(painter, QRectF(corner.x(), corner.y(), side, side), self._name, colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon as a picture of this size in device pixels."""
        picture = QPixmap(size)
        picture.fill(QColor(Qt.GlobalColor.transparent))
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """A second engine for the same icon."""
        return ThemedIconEngine(self._name, self._colour, self._colour_on, self._colour_off)
