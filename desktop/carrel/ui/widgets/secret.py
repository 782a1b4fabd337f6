"""A field for a passphrase, with an eye to look at it. Must not know any page."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit

from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import icon_button


class SecretField(QLineEdit):
    """Hides what is typed until the eye is pressed."""

    def __init__(self, theme: Theme, name: str) -> None:
        """Name the field for those who hear it."""
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setTextMargins(0, 0, 32, 0)
        self._eye = icon_button(theme, "eye", f"Show {name.lower()}", size=28, picture=16)
        self._eye.setParent(self)
        self._eye.setIconSize(QSize(16, 16))
        self._eye.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._eye.setCheckable(True)
        self._eye.toggled.connect(self._on_eye_toggled)

    def hide_text(self) -> None:
        """Close the eye."""
        self._eye.setChecked(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the eye at the right end."""
        super().resizeEvent(event)
        self._eye.move(self.width() - 31, (self.height() - self._eye.height()) // 2)

    def _on_eye_toggled(self) -> None:
        seen = self._eye.isChecked()
        mode = QLineEdit.EchoMode.Normal if seen else QLineEdit.EchoMode.Password
        self.setEchoMode(mode)
        self._eye.setIcon(self._theme.icon("eye-off" if seen else "eye"))
