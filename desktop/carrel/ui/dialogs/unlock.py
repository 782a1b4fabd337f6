"""Open a workspace with its passphrase or recovery code.

The key store of the system is tried before this is shown. Must not know how
keys are made.
"""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar, QStackedWidget

from carrel.domain.documents import Failure
from carrel.ui.api import AppApi, Door
from carrel.ui.bridge import Deliveries
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_folder
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import ElidedLabel, label
from carrel.ui.widgets.secret import SecretField


class UnlockDialog(CardDialog):
    """Asks for the passphrase.

    Signals:
        opened: carries the open app.
        other_wanted: open another workspace; carries its folder.
        new_wanted: make a new workspace.
    """

    opened = Signal(object)
    other_wanted = Signal(object)
    new_wanted = Signal()

    def __init__(self, theme: Theme, door: Door, deliveries: Deliveries, folder: Path) -> None:
        """Ask for the passphrase of the workspace in this folder."""
        super().__init__(None, theme, "Unlock your workspace", "lock")
        self._door, self._deliveries, self._folder = door, deliveries, folder
        self.setFixedWidth(460)
        self.column.addWidget(ElidedLabel(str(folder), "meta"))
        self.column.addSpacing(tokens.GAP_S)
        self.caption = label("Passphrase", "strong")
        self.column.addWidget(self.caption)
        self.passphrase = SecretField(theme, "Passphrase")
        self.recovery = QLineEdit()
        self.recovery.setAccessibleName("Recovery code")
        self.recovery.setProperty("code", "true")
        self.recovery.setPlaceholderText("As you wrote it down")
        self.fields = QStackedWidget()
        self.fields.addWidget(self.passphrase)
        self.fields.addWidget(self.recovery)
        self.fields.setFixedHeight(34)
        self.column.addWidget(self.fields)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("Making the key")
        keep = self.bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keep)
        self.bar.hide()
        self.column.addWidget(self.bar)
        self.problem = label(role="bad-plain", wrap=True)
        self.problem.hide()
        self.column.addWidget(self.problem)
        self.switch = button("Use the recovery code instead", "link")
        self.switch.clicked.connect(self._on_switch_clicked)
        self.column.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        self._foot()
        self._on_edited()
        self.passphrase.setFocus()

    def _foot(self) -> None:
        self.other = button("Other…")
        self.other.setAccessibleName("Open another workspace")
        self.other.setToolTip("Open another workspace")
        self.other.clicked.connect(self._on_other_clicked)
        self.new = button("New…")
        self.new.setAccessibleName("Create a new workspace")
        self.new.setToolTip("Create a new workspace")
        self.new.clicked.connect(self.new_wanted)
        self.buttons.insertWidget(0, self.other)
        self.buttons.insertWidget(1, self.new)
        self.go = button("Unlock", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._on_go_clicked)
        self.buttons.addWidget(self.go)
        for field in (self.passphrase, self.recovery):
            field.textChanged.connect(self._on_edited)
            field.returnPressed.connect(self._on_go_clicked)

    def _by_recovery(self) -> bool:
        return self.fields.currentIndex() == 1

    def _on_edited(self) -> None:
        field = self.recovery if self._by_recovery() else self.passphrase
        self.go.setEnabled(bool(field.text().strip()) and not self.bar.isVisible())

    def _on_switch_clicked(self) -> None:
        recovery = not self._by_recovery()
        self.fields.setCurrentIndex(1 if recovery else 0)
        self.caption.setText("Recovery code" if recovery else "Passphrase")
        words = "Use the passphrase instead" if recovery else "Use the recovery code instead"
        self.switch.setText(words)
        self.switch.setAccessibleName(words)
        self.problem.hide()
        (self.recovery if recovery else self.passphrase).setFocus()
        self._on_edited()

    def _on_other_clicked(self) -> None:
        choose_folder(self, "Open a workspace", lambda folders: self.other_wanted.emit(folders[0]))

    def _on_go_clicked(self) -> None:
        if not self.go.isEnabled():
            return
        self._set_busy(busy=True)
        if self._by_recovery():
            future = self._door.unlock(self._folder, recovery=self.recovery.text().strip())
        else:
            future = self._door.unlock(self._folder, passphrase=self.passphrase.text())
        self._deliveries.deliver(future, self._on_opened, self._on_failed)

    def _set_busy(self, *, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.fields.setEnabled(not busy)
        for widget in (self.switch, self.other, self.new):
            widget.setEnabled(not busy)
        if busy:
            self.problem.hide()
        self._on_edited()

    def _on_opened(self, app: AppApi) -> None:
        self.passphrase.clear()
        self.recovery.clear()
        self.accept()
        self.opened.emit(app)

    def _on_failed(self, failure: Failure) -> None:
        self._set_busy(busy=False)
        self.problem.setText(f"{failure.reason} {failure.remedy}")
        self.problem.show()
        self.fit()
        field = self.recovery if self._by_recovery() else self.passphrase
        field.setFocus()
        field.selectAll()

    def reject(self) -> None:
        """Escape closes, but not in the middle of a try."""
        if not self.bar.isVisible():
            super().reject()
