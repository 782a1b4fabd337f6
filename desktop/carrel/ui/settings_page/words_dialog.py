"""The dialog of a workspace's own words that stand for others. Must not know other pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QWidget

from carrel.domain.documents import Failure
from carrel.domain.glossary import Imported, Ways, line_of
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_files, choose_new_file
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

WIDTH: Final = 640
ROW_HEIGHT: Final = 28
"""Pixels of one group."""

LIST_HEIGHT: Final = 8 * ROW_HEIGHT
"""Pixels, for eight groups; the list scrolls."""

FILE_NAME: Final = "words.txt"
"""Offered for a new file."""

FILES: Final = "Text files (*.txt *.csv)"

NONE_YET: Final = "No groups yet. One could be: Bluebird, Project Azure"

_WAYS: Final = int(Qt.ItemDataRole.UserRole)


class WordsDialog(CardDialog):
    """The groups of a workspace: add, change, remove, take from a file, write to one."""

    def __init__(self, parent: QWidget, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Ask for the groups."""
        super().__init__(parent, theme, "Words that stand for others", "book-open")
        self._glossary, self._bridge = app.glossary, bridge
        self.setFixedWidth(WIDTH)
        self.editing: Ways | None = None
        self._removed: Ways | None = None
        shipped = sum(len(groups) for groups in self._glossary.shipped().values())
        about = (
            "A question with one of these words also looks for the others of its group. They "
            f"belong to this workspace; {words.count(shipped, 'group')} of finance, law and "
            "offices come with Carrel."
        )
        self.column.addWidget(label(about, "caption", wrap=True))
        self.column.addSpacing(tokens.GAP_S)
        self._build_list()
        self._build_field()
        self._build_said()
        self._build_buttons()
        self._show(())
        self._bridge.deliver(self._glossary.groups(), self._show, self._on_failed)
        self.field.setFocus()

    # ── building ────────────────────────────────────────────────────────────

    def _build_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Groups of words")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setUniformItemSizes(True)
        self.list.itemDoubleClicked.connect(lambda _item: self.edit())
        self.list.itemSelectionChanged.connect(self._settle)
        self._keys = [
            self._key(Qt.Key.Key_Delete, self.remove),
            self._key(Qt.Key.Key_F2, self.edit),
        ]
        self.column.addWidget(self.list)
        self.none = label(NONE_YET, "body")
        self.column.addWidget(self.none)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self.change = button("Change", "small")
        self.change.setAccessibleName("Change the chosen group")
        self.change.clicked.connect(self.edit)
        self.off = button("Remove", "small")
        self.off.setAccessibleName("Remove the chosen group")
        self.off.clicked.connect(self.remove)
        row.addWidget(self.change)
        row.addWidget(self.off)
        row.addStretch(1)
        self.column.addLayout(row)

    def _key(self, key: Qt.Key, act: Callable[[], None]) -> QShortcut:
        made = QShortcut(key, self.list)
        made.setContext(Qt.ShortcutContext.WidgetShortcut)
        made.activated.connect(act)
        return made

    def _build_field(self) -> None:
        self.column.addSpacing(tokens.GAP_S)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Words or phrases that mean the same, separated by commas")
        self.field.setAccessibleName("Words of the group, separated by commas")
        self.field.textChanged.connect(self._settle)
        self.save = button("Add", "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._on_save_clicked)
        self.leave = button("Cancel")
        self.leave.setAccessibleName("Leave the group as it is")
        self.leave.clicked.connect(self._stop_editing)
        row.addWidget(self.field, 1)
        row.addWidget(self.save)
        row.addWidget(self.leave)
        self.column.addLayout(row)

    def _build_said(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self.said = label("", "caption", wrap=True)
        self.undo = button("Undo", "link")
        self.undo.setAccessibleName("Bring the removed group back")
        self.undo.clicked.connect(self._on_undo_clicked)
        row.addWidget(self.said, 1)
        row.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def _build_buttons(self) -> None:
        self.bring = button("Import…")
        self.bring.setAccessibleName("Import groups from a text file")
        self.bring.clicked.connect(
            lambda: choose_files(self, "Import groups of words", self.import_files, FILES)
        )
        self.write = button("Export…")
        self.write.setAccessibleName("Export all groups to a text file")
        self.write.clicked.connect(
            lambda: choose_new_file(self, "Export groups of words", FILE_NAME, self.export_files)
        )
        close = button("Close")
        close.clicked.connect(self.accept)
        for made in (self.bring, self.write, close):
            self.buttons.addWidget(made)

    # ── what the user does ──────────────────────────────────────────────────

    @property
    def chosen(self) -> Ways | None:
        """The group that is chosen in the list."""
        items = self.list.selectedItems()
        return tuple(items[0].data(_WAYS)) if items else None

    def edit(self) -> None:
        """Put the chosen group into the field."""
        self.editing = self.chosen
        if self.editing is not None:
            self._tell("")
            self.field.setText(line_of(self.editing))
            self.field.setFocus()
            self._settle()

    def remove(self) -> None:
        """Take the chosen group off; it can be brought back."""
        ways = self.chosen
        if ways is not None:
            self._deliver(self._glossary.remove(ways), partial(self._on_removed, ways))

    def import_files(self, paths: list[Path]) -> None:
        """Take the groups of these files."""
        for path in paths:
            self._bridge.deliver(
                self._glossary.import_file(path), self._on_imported, self._on_failed
            )

    def export_files(self, paths: list[Path]) -> None:
        """Write all groups to a file; the dialog that named it asked about one that is there."""
        for path in paths:
            future = self._glossary.export_file(path, replace=True)
            self._bridge.deliver(future, partial(self._on_exported, path), self._on_failed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape first ends the change of a group."""
        if event.key() == Qt.Key.Key_Escape and self.editing is not None:
            self._stop_editing()
            return
        super().keyPressEvent(event)

    def _on_save_clicked(self) -> None:
        text = self.field.text()
        if text.strip():
            self._deliver(self._glossary.put(text, self.editing), self._on_put)

    def _on_undo_clicked(self) -> None:
        if self._removed is not None:
            self._deliver(self._glossary.put(line_of(self._removed)), self._on_back)

    def _deliver(
        self,
        future: Future[tuple[Ways, ...]],
        then: Callable[[Sequence[Ways]], None],
    ) -> None:
        self._bridge.deliver(future, then, self._on_failed)

    # ── what came of it ─────────────────────────────────────────────────────

    def _on_put(self, groups: Sequence[Ways]) -> None:
        said = "Added." if self.editing is None else "Changed."
        self._stop_editing()
        self._show(groups)
        self._tell(f"{said} It counts from the next search on.")

    def _on_back(self, groups: Sequence[Ways]) -> None:
        self._show(groups)
        self._tell("It is back.")

    def _on_removed(self, ways: Ways, groups: Sequence[Ways]) -> None:
        if self.editing == ways:
            self._stop_editing()
        self._show(groups)
        self._tell(f"Removed: {visible(line_of(ways))}", removed=ways)

    def _on_imported(self, imported: Imported) -> None:
        known = f", {imported.known:,} were there already" if imported.known else ""
        self._tell(f"{words.count(imported.added, 'group')} added{known}.")
        self._bridge.deliver(self._glossary.groups(), self._show, self._on_failed)

    def _on_exported(self, path: Path, count: int) -> None:
        self._tell(f"{words.count(count, 'group')} written to {visible(path.name)}.")

    def _on_failed(self, failure: Failure) -> None:
        self._tell(f"{failure.reason} {failure.remedy}")

    def _stop_editing(self) -> None:
        self.editing = None
        self.field.clear()
        self.field.setFocus()
        self._settle()

    def _tell(self, text: str, *, removed: Ways | None = None) -> None:
        self._removed = removed
        self.said.setText(text)
        self.undo.setVisible(removed is not None)
        self.fit()

    def _show(self, groups: Sequence[Ways]) -> None:
        self.list.clear()
        for ways in groups:
            item = QListWidgetItem(visible(line_of(ways)))
            item.setToolTip(item.text())
            item.setData(_WAYS, ways)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
        self.list.setFixedHeight(min(LIST_HEIGHT, max(1, len(groups)) * ROW_HEIGHT))
        self.list.setVisible(bool(groups))
        self.none.setVisible(not groups)
        self.write.setEnabled(bool(groups))
        self._settle()
        self.fit()

    def _settle(self) -> None:
        """What can be done now."""
        self.change.setVisible(self.list.count() > 0)
        self.off.setVisible(self.list.count() > 0)
        self.change.setEnabled(self.chosen is not None)
        self.off.setEnabled(self.chosen is not None)
        self.save.setText("Add" if self.editing is None else "Save")
        self.save.setAccessibleName("Add the group" if self.editing is None else "Save the group")
        self.save.setEnabled(bool(self.field.text().strip()))
        self.leave.setVisible(self.editing is not None)
        self.undo.setVisible(self._removed is not None)
