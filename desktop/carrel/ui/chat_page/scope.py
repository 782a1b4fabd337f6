"""The list from which one chooses which documents a question is about.

Must not know questions or the app; it holds documents and a selection.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import GAP_S
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

_ID: Final = int(Qt.ItemDataRole.UserRole)
_TICKED: Final = _ID + 1
_GROUP: Final = _ID + 2
"""Of a line that stands for a collection or a tag: the ids of its documents."""
_TICK: Final = {True: "accent_text", False: "text3"}
"""Colour tokens of the ticks."""
POPUP_WIDTH: Final = 340
POPUP_HEIGHT: Final = 360


def scope_words(total: int, chosen: int) -> str:
    """What the scope button says."""
    if total == 0:
        return "No documents yet"
    if chosen:
        return words.count(chosen, "document")
    return "1 document" if total == 1 else f"All {total:,} documents"


def groups_of(documents: Sequence[Document]) -> list[tuple[str, frozenset[int]]]:
    """What stands above the documents: each collection and each tag with its documents' ids."""
    found: dict[str, set[int]] = {}
    for what in ("collection", "tag"):
        named: dict[str, set[int]] = {}
        for one in documents:
            for name in one.collections if what == "collection" else one.tags:
                said = f"Collection: {name}" if what == "collection" else f"#{name}"
                named.setdefault(said, set()).add(one.id)
        found.update(sorted(named.items(), key=lambda item: item[0].casefold()))
    return [
        (f"{name} · {words.count(len(ids), 'document')}", frozenset(ids))
        for name, ids in found.items()
    ]


class ScopePopup(QFrame):
    """Documents with a tick each, and a filter.

    Signals:
        scope_changed: carries a tuple of `DocumentId`; empty means all.
    """

    scope_changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """A closed popup."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        self.setFixedSize(POPUP_WIDTH, POPUP_HEIGHT)
        self.setAccessibleName("Documents to ask about")
        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Filter documents")
        self._filter.setAccessibleName("Filter documents")
        self._filter.setProperty("kind", "filter")
        self._filter.textChanged.connect(self._on_filtered)
        self._list = QListWidget()
        self._list.setAccessibleName("Documents")
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setStyleSheet("QListView::item { padding: 4px 2px; }")
        self._list.setIconSize(QSize(16, 16))
        self._theme = theme
        self._list.itemClicked.connect(self._toggle)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            shortcut = QShortcut(key, self._list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self._on_key)
        self._all = button("All documents", "small", theme=theme)
        self._all.clicked.connect(self._on_all)
        self._said = label(role="caption")
        foot = QHBoxLayout()
        foot.addWidget(self._said)
        foot.addStretch(1)
        foot.addWidget(self._all)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(GAP_S)
        column.addWidget(self._filter)
        column.addWidget(self._list, 1)
        column.addLayout(foot)

    def open_above(self, anchor: QWidget, documents: Sequence[Document], chosen: object) -> None:
        """Show the readable documents above a widget, with the chosen ones ticked.

        Old ones are only shown when they are chosen.
        """
        ticked = set(chosen) if isinstance(chosen, tuple) else set()
        self._filter.clear()
        self._list.clear()
        offered = [
            one
            for one in documents
            if one.state in (DocumentState.READ, DocumentState.PARTIAL)
            and (not one.old or one.id in ticked)
        ]
        for words_, ids in groups_of(offered):
            group = QListWidgetItem(visible(words_))
            group.setData(_GROUP, ids)
            self._list.addItem(group)
        for document in offered:
            item = QListWidgetItem(visible(document.name))
            item.setData(_ID, int(document.id))
            self._list.addItem(item)
            self._tick(item, ticked=document.id in ticked)
        self._say()
        self.move(anchor.mapToGlobal(QPoint(0, -POPUP_HEIGHT - 6)))
        self.show()
        self._filter.setFocus()

    @property
    def chosen(self) -> tuple[DocumentId, ...]:
        """The ticked documents; empty means all."""
        return tuple(DocumentId(item.data(_ID)) for item in self._items() if item.data(_TICKED))

    def _items(self) -> list[QListWidgetItem]:
        return [one for one in self._lines() if one.data(_GROUP) is None]

    def _lines(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _on_filtered(self, text: str) -> None:
        for item in self._lines():
            item.setHidden(text.casefold() not in item.text().casefold())

    def _tick(self, item: QListWidgetItem, *, ticked: bool) -> None:
        """Show a tick of our own; the style's box ignores the theme."""
        item.setData(_TICKED, ticked)
        item.setIcon(self._theme.icon("circle-check" if ticked else "circle", _TICK[ticked]))
        spoken = f"{item.text()}, {'chosen' if ticked else 'not chosen'}"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)

    def _toggle(self, item: QListWidgetItem) -> None:
        ticked = not item.data(_TICKED)
        ids = item.data(_GROUP)
        for one in [item] if ids is None else self._items():
            if ids is None or one.data(_ID) in ids:
                self._tick(one, ticked=ticked)
        self._say()
        self.scope_changed.emit(self.chosen)

    def _on_key(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self._toggle(item)

    def _on_all(self) -> None:
        for item in self._items():
            self._tick(item, ticked=False)
        self._say()
        self.scope_changed.emit(self.chosen)

    def _say(self) -> None:
        chosen = set(self.chosen)
        for item in self._lines():
            if (ids := item.data(_GROUP)) is not None:
                self._tick(item, ticked=chosen.issuperset(ids))
        count = len(chosen)
        self._said.setText(f"{count:,} chosen" if count else "Nothing chosen means all")
        self._all.setEnabled(count > 0)
