"""A question with two answers, and a failure with its remedy. Must not know any page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from carrel.domain.documents import Failure
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, enter_presses
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture


class CardDialog(QDialog):
    """A dialog of one column with a title, words, and buttons at the right below."""

    def __init__(
        self, parent: QWidget | None, theme: Theme, title: str, icon: str, colour: str = "accent"
    ) -> None:
        """Lay out the head; subclasses fill `column` and `buttons`."""
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(28, 24, 28, 20)
        outside.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(tokens.GAP_M)
        self.picture = IconPicture(theme, icon, 24, colour)
        head.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self.title = label(title, "display", wrap=True)
        head.addWidget(self.title, 1)
        outside.addLayout(head)
        outside.addSpacing(tokens.GAP_M)
        self.column = QVBoxLayout()
        self.column.setSpacing(tokens.GAP_S)
        outside.addLayout(self.column, 1)
        outside.addSpacing(tokens.GAP_XL)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(tokens.GAP_S)
        self.buttons.addStretch(1)
        outside.addLayout(self.buttons)
        self._outside = outside

    def fit(self) -> None:
        """Take the height the words need at this width."""
        self._outside.invalidate()
        self._outside.activate()
        height = self._outside.totalHeightForWidth(self.width())
        self.resize(self.width(), height if height > 0 else self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, else the default one; Escape closes."""
        if not enter_presses(self.focusWidget(), event):
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit before the first look."""
        super().showEvent(event)
        self.fit()


def confirm(
    parent: QWidget,
    theme: Theme,
    *,
    title: str,
    words: str,
    action: str,
    accepted: Callable[[], None],
) -> CardDialog:
    """Ask before something that cannot be taken back; the harmless button has the focus."""
    dialog = CardDialog(parent, theme, title, "triangle-alert", "bad")
    dialog.column.addWidget(label(words, "plain", wrap=True))
    cancel = button("Cancel")
    cancel.clicked.connect(dialog.reject)
    go = button(action, "danger")
    go.clicked.connect(dialog.accept)
    dialog.buttons.addWidget(cancel)
    dialog.buttons.addWidget(go)
    dialog.accepted.connect(accepted)
    dialog.finished.connect(dialog.deleteLater)
    cancel.setFocus()
    dialog.open()
    return dialog


class FailureDialog(CardDialog):
    """Something did not work: what, and what to do about it."""

    def __init__(
        self,
        parent: QWidget | None,
        theme: Theme,
        failure: Failure,
        title: str = "That did not work",
    ) -> None:
        """Show reason, remedy and code."""
        super().__init__(parent, theme, title, "triangle-alert", "bad")
        self.column.addWidget(label(failure.reason, "body", wrap=True))
        self.column.addWidget(label(failure.remedy, "plain", wrap=True))
        self.column.addWidget(label(f"Code: {failure.code}", "caption"))
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.buttons.addWidget(close)
