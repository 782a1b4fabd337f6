"""Buttons with a name for those who hear the window. Must not know any page."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from carrel.ui.theme import Theme
from carrel.ui.widgets.labels import tip


def button(text: str, kind: str = "", *, theme: Theme | None = None, icon: str = "") -> QPushButton:
    """A push button.

    Args:
        text: its words, and its accessible name.
        kind: see `carrel.ui.theme.sheet`.
        theme: needed with an icon.
        icon: Lucide name.
    """
    made = QPushButton(text.replace("&", "&&"))
    made.setAccessibleName(text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if icon and theme is not None:
        made.setIcon(theme.icon(icon, "on_accent" if kind == "primary" else "text2"))
        made.setIconSize(QSize(16, 16))
        made.setText(f" {made.text()}")  # Qt leaves four pixels after an icon; eight look right
    return made


def enter_presses(focused: QWidget | None, event: QKeyEvent) -> bool:
    """Press the focused button on Enter, which Qt leaves to Space.

    Returns:
        Whether it was pressed, so that the event is done with.
    """
    if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter} or event.modifiers() not in {
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.KeypadModifier,
    }:
        return False
    if not isinstance(focused, QPushButton | QToolButton) or not focused.isEnabled():
        return False
    focused.click()
    return True


def icon_button(
    theme: Theme, icon: str, name: str, *, size: int = 30, shortcut: str = "", picture: int = 18
) -> QToolButton:
    """A square button with an icon only.

    Args:
        theme: draws the icon.
        icon: Lucide name.
        name: what it does, as tool tip and accessible name.
        size: side in pixels; at least 28 so that it can be hit.
        shortcut: shown in the tool tip.
        picture: side of the icon in pixels.
    """
    made = QToolButton()
    made.setIcon(theme.icon(icon))
    made.setIconSize(QSize(picture, picture))
    made.setFixedSize(size, size)
    made.setAccessibleName(name)
    made.setToolTip(tip(f"{name} ({shortcut})" if shortcut else name))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


class CheckBox(QCheckBox):
    """A check box whose tick is drawn in the theme's colour."""

    def __init__(self, text: str, theme: Theme) -> None:
        """Show a literal text."""
        super().__init__(text.replace("&", "&&"))
        self.setAccessibleName(text)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, then the tick."""
        super().paintEvent(event)
        if self.isChecked():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
            painter = QPainter(self)
            area = QRectF(box).adjusted(2, 2, -2, -2)
            self._theme.paint_icon(painter, area, "check", "on_accent")
