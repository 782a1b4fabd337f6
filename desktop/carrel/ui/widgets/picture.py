"""An icon as a picture beside words. Must not know any page."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from carrel.ui.theme import Theme


class IconPicture(QWidget):
    """A Lucide icon of a fixed size; says nothing, so the words beside it must."""

    def __init__(self, theme: Theme, icon: str, size: int, colour: str = "text2") -> None:
        """Draw the icon `size` pixels wide in this token's colour."""
        super().__init__()
        self._theme, self._icon, self._colour = theme, icon, colour
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def show_icon(self, icon: str, colour: str) -> None:
        """Draw another icon."""
        if (icon, colour) != (self._icon, self._colour):
            self._icon, self._colour = icon, colour
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the icon."""
        self._theme.paint_icon(QPainter(self), QRectF(self.rect()), self._icon, self._colour)
