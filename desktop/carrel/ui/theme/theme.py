"""The theme in use, and the one place that changes it.

Owns palette and style sheet of the application. Must not know any page.
"""

from enum import StrEnum

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from carrel.ui.theme import fonts, icons
from carrel.ui.theme.palette import palette
from carrel.ui.theme.sheet import style_sheet
from carrel.ui.theme.tokens import DARK, LIGHT, SIZE_UI, Tokens


class ThemeChoice(StrEnum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Tokens, icons and fonts of the theme in use.

    Signals:
        changed: other tokens hold now; whoever paints by hand must update.
    """

    changed = Signal()

    def __init__(self, choice: ThemeChoice = ThemeChoice.SYSTEM) -> None:
        """Take the choice; nothing is applied before `apply`."""
        super().__init__()
        self._choice = choice
        self._hints = QGuiApplication.styleHints()
        self.tokens: Tokens = self._chosen()
        self._hints.colorSchemeChanged.connect(self._on_system_changed)

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    @property
    def dark(self) -> bool:
        """Whether the dark theme holds."""
        return self.tokens is DARK

    def choose(self, choice: ThemeChoice) -> None:
        """Take another choice and redraw."""
        self._choice = choice
        self.apply()

    def toggle(self) -> None:
        """Take the other of light and dark."""
        self.choose(ThemeChoice.LIGHT if self.dark else ThemeChoice.DARK)

    def apply(self) -> None:
        """Give palette, font and style sheet to the application."""
        self.tokens = self._chosen()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setFont(self.font(SIZE_UI))
            application.setPalette(palette(self.tokens))
            application.setStyleSheet(style_sheet(self.tokens))
        self.changed.emit()

    def colour(self, token: str) -> QColor:
        """A token such as ``text2`` as a colour."""
        return QColor(getattr(self.tokens, token))

    def icon(self, name: str, colour: str = "text2", on: str = "accent_text") -> QIcon:
        """A Lucide icon that follows the theme.

        Args:
            name: as in Lucide, such as ``message-square``.
            colour: token it is drawn in.
            on: token for the checked or selected state.

        Raises:
            FileNotFoundError: there is no such icon.
        """
        icons.source(name)
        return QIcon(
            icons.ThemedIconEngine(
                name,
                lambda: str(getattr(self.tokens, colour)),
                lambda: str(getattr(self.tokens, on)),
                lambda: self.tokens.text3,
            )
        )

    def pixmap(self, name: str, size: int, colour: str = "text2", ratio: float = 1.0) -> QPixmap:
        """A Lucide icon as a picture: `size` in pixels, `ratio` device pixels for each."""
        picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        picture.fill(QColor(Qt.GlobalColor.transparent))
        painter = QPainter(picture)
        area = QRectF(0, 0, picture.width(), picture.height())
        icons.paint(painter, area, name, str(getattr(self.tokens, colour)))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        return picture

    def paint_icon(self, painter: QPainter, area: QRectF, name: str, colour: str = "text2") -> None:
        """Draw a Lucide icon into the area."""
        icons.paint(painter, area, name, str(getattr(self.tokens, colour)))

    def font(self, size: int, weight: int = 400) -> QFont:
        """The interface face; see `carrel.ui.theme.fonts.interface`."""
        return fonts.interface(size, weight)

    def code_font(self, size: int) -> QFont:
        """The face for code and exact text."""
        return fonts.code(size)

    def _chosen(self) -> Tokens:
        if self._choice is ThemeChoice.SYSTEM:
            return DARK if self._hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice is ThemeChoice.DARK else LIGHT

    def _on_system_changed(self) -> None:
        if self._choice is ThemeChoice.SYSTEM and self.tokens is not self._chosen():
            self.apply()
