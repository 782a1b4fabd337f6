"""A short message over the page that goes away by itself. Must not know any page."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label, restyle
from carrel.ui.widgets.picture import IconPicture

SHOWN_MILLISECONDS: Final = 8_000
"""Long enough to read two lines twice; a failure stays until it is dismissed."""


class Notice(QFrame):
    """One message at the foot of its parent.

    Signals:
        action_taken: the user pressed the button of a message that brought no act of its own.
    """

    action_taken = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Build the notice, hidden."""
        super().__init__(parent)
        self._over = parent
        self._act: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(10)
        self._icon = IconPicture(theme, "info", 18, "accent_text")
        self.words = label(wrap=True)
        self.action = button("", "link")
        self.action.setAccessibleName("No action")
        self.action.clicked.connect(self._on_action_clicked)
        dismiss = icon_button(theme, "x", "Dismiss", size=28, picture=16)
        dismiss.clicked.connect(self.hide)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        row.addWidget(self.action)
        row.addWidget(dismiss)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(
        self,
        words: str,
        *,
        bad: bool = False,
        action: str = "",
        act: Callable[[], None] | None = None,
    ) -> None:
        """Show a message; `action` names its button, if any, and `act` is what that does."""
        self._act = act
        self.setProperty("surface", "notice" if bad else "notice-info")
        restyle(self)
        icon, colour = ("triangle-alert", "bad") if bad else ("info", "accent_text")
        self._icon.show_icon(icon, colour)
        self.words.setText(words)
        self.setAccessibleName(words)
        self.action.setText(action)
        self.action.setAccessibleName(action or "No action")
        self.action.setVisible(bool(action))
        self.show()
        self._place()
        self.raise_()
        if bad:
            self._timer.stop()
        else:
            self._timer.start(SHOWN_MILLISECONDS)

    def _on_action_clicked(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()
        else:
            self.action_taken.emit()

    def _place(self) -> None:
        width = min(560, self._over.width() - 2 * tokens.GUTTER)
        self.setFixedWidth(max(240, width))
        layout = self.layout()
        height = layout.heightForWidth(self.width()) if layout is not None else 44
        self.resize(self.width(), max(44, height))
        left = (self._over.width() - self.width()) // 2
        self.move(left, self._over.height() - self.height() - tokens.GAP_L)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
