"""The round button of the composer. Must not know what is sent."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton

from carrel.ui.theme import Theme
from carrel.ui.widgets.labels import tip


class SendButton(QPushButton):
    """A round button: send, or stop while an answer is under way."""

    def __init__(self, theme: Theme) -> None:
        """Start as send."""
        super().__init__()
        self._theme = theme
        self._stops = False
        self.setFixedSize(34, 34)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_stops(stops=False)

    def set_stops(self, *, stops: bool) -> None:
        """Choose what it does."""
        self._stops = stops
        name, keys = ("Stop", "Esc") if stops else ("Send", "Enter")
        self.setAccessibleName(name)
        self.setToolTip(tip(f"{name} ({keys})"))
        self.update()

    def sizeHint(self) -> QSize:
        """Round."""
        return QSize(34, 34)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a filled circle with an arrow or a square."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            fill, ink = "track", "text3"
        elif self.underMouse() or self.isDown():
            fill, ink = "accent_hover", "on_accent"
        else:
            fill, ink = "accent", "on_accent"
        painter.setPen(QPen(theme.colour("text"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(fill))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        if self._stops:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(ink))
            painter.drawRoundedRect(QRectF(11.5, 11.5, 11, 11), 2, 2)
        else:
            theme.paint_icon(painter, QRectF(8, 8, 18, 18), "arrow-up", ink)
