"""Make a workspace: name, folder, passphrase; then the recovery code, shown once.

The key is derived by the core, off this thread. Must not know how.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Failure
from carrel.system.files import write_atomically
from carrel.ui.api import Created, Door
from carrel.ui.bridge import Deliveries
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_folder, choose_new_file
from carrel.ui.dialogs.strength import strength
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import CheckBox, button
from carrel.ui.widgets.labels import label, set_role
from carrel.ui.widgets.secret import SecretField

CLIPBOARD_SECONDS: Final = 60
"""The recovery code leaves the clipboard after this, if it is still there."""


class CreateDialog(CardDialog):
    """The first start.

    Signals:
        created: carries the open app; the recovery code has been acknowledged.
        other_wanted: the user has a workspace already; carries its folder.
    """

    created = Signal(object)
    other_wanted = Signal(object)

    def __init__(
        self, theme: Theme, door: Door, deliveries: Deliveries, threads: ThreadPoolExecutor
    ) -> None:
        """Show the form."""
        super().__init__(None, theme, "Create a workspace", "briefcase")
        self._door, self._deliveries, self._threads = door, deliveries, threads
        self._made: Created | None = None
        self.setFixedWidth(520)
        self._step = 0
        self._steps = (self._form(), self._working(), self._code_step())
        for at, side in enumerate(self._steps):
            self.column.addWidget(side)
            side.setVisible(at == 0)
        self.other = button("Open another workspace…", "link")
        self.other.clicked.connect(self._on_other_clicked)
        self.buttons.insertWidget(0, self.other)
        self.go = button("Create workspace", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._on_go_clicked)
        self.buttons.addWidget(self.go)
        self._on_edited()
        self.name.setFocus()
        self.name.selectAll()

    # ── building ────────────────────────────────────────────────────────────

    def _form(self) -> QWidget:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(
            label(
                "A workspace is an encrypted folder on this computer. It holds your documents, "
                "questions and answers.",
                "plain",
                wrap=True,
            )
        )
        column.addSpacing(tokens.GAP_S)
        self.name = QLineEdit("My documents")
        self.name.setMaxLength(80)
        self.name.setAccessibleName("Name of the workspace")
        self.folder = QLineEdit(str(self._door.suggested_folder))
        self.folder.setAccessibleName("Folder of the workspace")
        choose = button("Choose…")
        choose.setAccessibleName("Choose the folder")
        choose.clicked.connect(self._on_choose_clicked)
        where = QHBoxLayout()
        where.setSpacing(tokens.GAP_S)
        where.addWidget(self.folder, 1)
        where.addWidget(choose)
        self.first = SecretField(self.theme, "Passphrase")
        self.second = SecretField(self.theme, "Passphrase again")
        self.hint = label(role="meta", wrap=True)
        self.hint.setMinimumHeight(18)
        self.meter = QProgressBar()
        self.meter.setRange(0, 80)
        self.meter.setTextVisible(False)
        self.meter.setAccessibleName("Strength of the passphrase")
        self.problem = label(role="bad-plain", wrap=True)
        self.problem.hide()
        for caption, field in (
            ("Name", self.name),
            ("Folder", where),
            ("Passphrase", self.first),
            ("Passphrase again", self.second),
        ):
            line = label(caption, "strong")
            column.addWidget(line)
            if isinstance(field, QHBoxLayout):
                column.addLayout(field)
            else:
                line.setBuddy(field)
                column.addWidget(field)
            if field is self.first:
                column.addWidget(self.meter)
                column.addWidget(self.hint)
            column.addSpacing(6)
        column.addWidget(self.problem)
        for field in (self.name, self.folder, self.first, self.second):
            field.textChanged.connect(self._on_edited)
        return form

    def _working(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setSpacing(tokens.GAP_M)
        column.addStretch(1)
        column.addWidget(label("Making the key…", "title"))
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setAccessibleName("Making the key")
        column.addWidget(bar)
        column.addWidget(
            label(
                "This takes a few seconds on purpose: it makes guessing your passphrase slow.",
                "plain",
                wrap=True,
            )
        )
        column.addStretch(1)
        return side

    def _code_step(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.GAP_M)
        column.addWidget(
            label(
                "If you forget the passphrase, this code is the only other way in. It is shown "
                "this once. Write it down and keep it away from this computer.",
                "plain",
                wrap=True,
            )
        )
        frame = QFrame()
        frame.setProperty("surface", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(tokens.GAP_L, tokens.GAP_L, tokens.GAP_L, tokens.GAP_L)
        self.code = label("", "code", wrap=True)
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setAccessibleName("Recovery code")
        self.code.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        inside.addWidget(self.code)
        column.addWidget(frame)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self.copy = button("Copy", theme=self.theme, icon="copy")
        self.save = button("Save to a file…", theme=self.theme, icon="download")
        self.copy.clicked.connect(self._on_copy_clicked)
        self.save.clicked.connect(self._on_save_clicked)
        self.said = label(role="meta", wrap=True)
        row.addWidget(self.copy)
        row.addWidget(self.save)
        row.addWidget(self.said, 1)
        column.addLayout(row)
        self.written = CheckBox("I have written it down", self.theme)
        self.written.toggled.connect(self._on_edited)
        column.addWidget(self.written)
        column.addStretch(1)
        return side

    # ── form ────────────────────────────────────────────────────────────────

    def _on_edited(self) -> None:
        if self._step == 2:
            self.go.setEnabled(self.written.isChecked())
            return
        found = strength(self.first.text())
        self.hint.setText(found.words)
        set_role(self.hint, {"bad": "bad-plain", "warn": "warn-meta"}.get(found.tone, "meta"))
        self.meter.setProperty("tone", found.tone)
        self.meter.setValue(round(min(80.0, found.bits)))
        self.meter.style().unpolish(self.meter)
        self.meter.style().polish(self.meter)
        same = self.first.text() == self.second.text()
        differ = bool(self.second.text()) and not same
        if differ and not self.first.text().startswith(self.second.text()):
            self._complain("The two passphrases are not the same.")
        else:
            self._complain("")
        filled = bool(self.name.text().strip() and self.folder.text().strip())
        self.go.setEnabled(filled and found.accepted and same)

    def _go_to(self, step: int) -> None:
        """Show a step; the dialog is as high as that step, not as the highest."""
        self._step = step
        for at, side in enumerate(self._steps):
            side.setVisible(at == step)
        self.fit()

    def _complain(self, words: str) -> None:
        self.problem.setText(words)
        if self.problem.isHidden() == bool(words):
            self.problem.setVisible(bool(words))
            self.fit()

    def _on_choose_clicked(self) -> None:
        choose_folder(self, "Folder of the workspace", self._on_folder_chosen)

    def _on_folder_chosen(self, folders: list[Path]) -> None:
        self.folder.setText(str(folders[0]))

    def _on_other_clicked(self) -> None:
        choose_folder(self, "Open a workspace", lambda folders: self.other_wanted.emit(folders[0]))

    def _on_go_clicked(self) -> None:
        if self._step == 2:
            self._finish()
            return
        self.first.hide_text()
        self.second.hide_text()
        self._go_to(1)
        self.go.setEnabled(False)
        self.other.hide()
        self._deliveries.deliver(
            self._door.create(
                Path(self.folder.text().strip()).expanduser(),
                name=self.name.text().strip(),
                passphrase=self.first.text(),
            ),
            self._on_created,
            self._on_failed,
        )

    def _on_failed(self, failure: Failure) -> None:
        self._go_to(0)
        self.other.show()
        self._on_edited()
        self._complain(f"{failure.reason} {failure.remedy}")

    # ── recovery code ───────────────────────────────────────────────────────

    def _on_created(self, made: Created) -> None:
        self._made = made
        self.first.clear()
        self.second.clear()
        self.title.setText("Your recovery code")
        self.other.hide()
        self.code.setText(_in_two_lines(made.recovery_code))
        self._go_to(2)
        self.go.setText("Open the workspace")
        self.go.setAccessibleName("Open the workspace")
        self._on_edited()
        self.copy.setFocus()

    def _on_copy_clicked(self) -> None:
        code = self._made.recovery_code if self._made else ""
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(code)
        self.said.setText(f"Copied. It leaves the clipboard in {CLIPBOARD_SECONDS} s.")

        def clear() -> None:
            if clipboard.text() == code:
                clipboard.clear()

        QTimer.singleShot(CLIPBOARD_SECONDS * 1000, clear)

    def _on_save_clicked(self) -> None:
        choose_new_file(self, "Save the recovery code", "recovery-code.txt", self._on_file_chosen)

    def _on_file_chosen(self, paths: list[Path]) -> None:
        code = self._made.recovery_code if self._made else ""
        words = f"Recovery code of the Carrel workspace “{self.name.text()}”:\n{code}\n"
        self._deliveries.deliver(
            self._threads.submit(_write, paths[0], words),
            partial(self._on_saved, paths[0]),
            self._on_saved,
        )

    def _on_saved(self, path: object, _done: object = None) -> None:
        saved = isinstance(path, Path)
        self.said.setText(
            f"Saved as “{path.name}”. Move it off this computer."
            if isinstance(path, Path)
            else "It could not be saved there."
        )
        set_role(self.said, "meta" if saved else "bad-plain")

    def _finish(self) -> None:
        made = self._made
        self.code.clear()
        self.accept()
        if made is not None:
            self.created.emit(made.app)

    def reject(self) -> None:
        """Escape must not lose the recovery code."""
        if self._made is None and self._step == 0:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window before the code was acknowledged closes nothing."""
        if self._made is not None and not self.written.isChecked():
            event.ignore()
        else:
            super().closeEvent(event)


def _in_two_lines(code: str) -> str:
    """Broken in the middle, where the last group alone would stand in the second line."""
    groups = code.split("-")
    middle = (len(groups) + 1) // 2
    return "-".join(groups[:middle]) + "-\n" + "-".join(groups[middle:])


def _write(path: Path, words: str) -> None:
    write_atomically(path, words.encode())
