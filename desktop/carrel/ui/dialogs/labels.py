"""Tags or collections of documents, and the note on one. Must not know the app."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from carrel.domain.documents import Document
from carrel.domain.labels import MAX_NOTE, LabelKind, labels_of, labels_on
from carrel.ui import words
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

_NAME: Final = int(Qt.ItemDataRole.UserRole)
_STATE: Final = _NAME + 1

LIST_HEIGHT: Final = 190
"""Pixels: six labels; the list scrolls."""

ROW_GAP: Final = 4
ROW_HEIGHT: Final = 28
"""Pixels of one label, with the gaps around it."""

NOTE_HEIGHT: Final = 220

_ICONS: Final = {
    Qt.CheckState.Checked: ("circle-check", "accent_text", "on"),
    Qt.CheckState.PartiallyChecked: ("minus", "text2", "on some"),
    Qt.CheckState.Unchecked: ("circle", "text3", "off"),
}

_SAID: Final = {
    LabelKind.TAG: ("Tags", "New tags, separated by commas", "Tags in use"),
    LabelKind.COLLECTION: (
        "Collections",
        "New collections, separated by commas",
        "Collections in use",
    ),
}


class LabelsDialog(CardDialog):
    """One field for new labels, and a tick for each that is in use.

    Signals:
        changed: carries the labels to be put on and those to be taken off, as tuples of names.
    """

    changed = Signal(object, object)

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        kind: LabelKind,
        documents: Sequence[Document],
        known: Sequence[str],
    ) -> None:
        """Show what the documents have; `known` are the labels of that kind in use."""
        title, hint, listed = _SAID[kind]
        super().__init__(parent, theme, title, "list")
        count = len(documents)
        about = documents[0].name if count == 1 else words.count(count, "document")
        self.column.addWidget(label(about, "caption", wrap=True))
        self.field = QLineEdit()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(hint)
        self.column.addWidget(self.field)
        self.list = QListWidget()
        self.list.setAccessibleName(listed)
        self.list.setIconSize(QSize(16, 16))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._toggle)
        self._space = QShortcut(Qt.Key.Key_Space, self.list)
        self._space.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._space.activated.connect(self._on_key)
        self._before: dict[str, Qt.CheckState] = {}
        for name in known:
            having = sum(_has(document, kind, name) for document in documents)
            state = Qt.CheckState.PartiallyChecked if having else Qt.CheckState.Unchecked
            self._add(name, Qt.CheckState.Checked if having == count else state)
        self.list.setSpacing(ROW_GAP)
        self.list.setFixedHeight(min(LIST_HEIGHT, max(1, len(known)) * ROW_HEIGHT))
        self.list.setVisible(bool(known))
        self.column.addWidget(self.list)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        self.save = button("Save", "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._on_save_clicked)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.save)
        self.field.setFocus()

    def _add(self, name: str, state: Qt.CheckState) -> None:
        item = QListWidgetItem(visible(name))
        item.setData(_NAME, name)
        self.list.addItem(item)
        self._before[name] = state
        self._tick(item, state)

    def _tick(self, item: QListWidgetItem, state: Qt.CheckState) -> None:
        """Show a tick of our own; the style's box ignores the theme."""
        icon, colour, said = _ICONS[state]
        item.setData(_STATE, state)
        item.setIcon(self.theme.icon(icon, colour))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {said}")

    def _toggle(self, item: QListWidgetItem) -> None:
        checked = item.data(_STATE) == Qt.CheckState.Checked
        self._tick(item, Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked)

    def _on_key(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._toggle(item)

    def _on_save_clicked(self) -> None:
        add, remove = list(labels_of(self.field.text())), list[str]()
        for at in range(self.list.count()):
            item = self.list.item(at)
            name, state = item.data(_NAME), item.data(_STATE)
            if state == self._before[name]:
                continue
            (add if state == Qt.CheckState.Checked else remove).append(name)
        self.accept()
        if add or remove:
            self.changed.emit(tuple(add), tuple(remove))


class NoteDialog(CardDialog):
    """A note as plain text. It stays open until the note lies on the disk.

    Signals:
        wanted: the text is to be kept; carries it.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget, theme: Theme, document: Document) -> None:
        """Start from the note there is."""
        super().__init__(parent, theme, "Note", "pencil")
        self.column.addWidget(label(document.name, "caption", wrap=True))
        self.field = QPlainTextEdit(document.note)
        self.field.setProperty("kind", "field")
        self.field.setAccessibleName(f"Note on {document.name}")
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(NOTE_HEIGHT)
        self.field.textChanged.connect(self._on_text_changed)
        self.column.addWidget(self.field)
        self.said = label("Only in this workspace; the file stays as it is.", "caption", wrap=True)
        self.column.addWidget(self.said)
        self.column.addSpacing(tokens.GAP_S)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        self.save = button("Save", "primary")
        self.save.clicked.connect(lambda: self.wanted.emit(self.field.toPlainText()))
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.save)
        self.field.setFocus()

    def _on_text_changed(self) -> None:
        over = len(self.field.toPlainText()) - MAX_NOTE
        self.save.setEnabled(over <= 0)
        self.said.setText(
            f"{words.count(over, 'character')} too many."
            if over > 0
            else "Only in this workspace; the file stays as it is."
        )


def _has(document: Document, kind: LabelKind, name: str) -> bool:
    return name.casefold() in {one.casefold() for one in labels_on(document, kind)}
