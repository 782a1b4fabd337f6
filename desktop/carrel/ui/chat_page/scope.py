"""The list from which one chooses which documents a question is about.

Must not know questions or the app; it holds documents and a selection.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
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
        self._list.setStyleSheet(
            "QListView::indicator { width: 1px; height: 1px; image: none; border: none;"
            " background: transparent; } QListView::item { padding: 3px 2px; }"
        )
        self._list.setIconSize(QSize(16, 16))
        self._theme = theme
        self._list.itemChanged.connect(self._on_item_changed)
        self._list.itemClicked.connect(self._on_item_clicked)
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
        """Show the readable documents above a widget, with the chosen ones ticked."""
        ticked = set(chosen) if isinstance(chosen, tuple) else set()
        self._filter.clear()
        self._list.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self._list.clear()
        for document in documents:
            if document.state not in (DocumentState.READ, DocumentState.PARTIAL):
                continue
            item = QListWidgetItem(visible(document.name))
            item.setData(Qt.ItemDataRole.UserRole, int(document.id))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            state = Qt.CheckState.Checked if document.id in ticked else Qt.CheckState.Unchecked
            item.setCheckState(state)
            self._mark(item)
            self._list.addItem(item)
        self._list.blockSignals(False)  # noqa: FBT003 - Qt's signature
        self._say()
        self.move(anchor.mapToGlobal(QPoint(0, -POPUP_HEIGHT - 6)))
        self.show()
        self._filter.setFocus()

    @property
    def chosen(self) -> tuple[DocumentId, ...]:
        """The ticked documents; empty means all."""
        return tuple(
            DocumentId(item.data(Qt.ItemDataRole.UserRole))
            for item in self._items()
            if item.checkState() == Qt.CheckState.Checked
        )

    def _items(self) -> list[QListWidgetItem]:
        return [self._list.item(row) for row in range(self._list.count())]

    def _on_filtered(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.casefold() not in item.text().casefold())

    def _mark(self, item: QListWidgetItem) -> None:
        """Show the tick; the style's own box ignores the theme."""
        ticked = item.checkState() == Qt.CheckState.Checked
        item.setIcon(self._theme.icon("circle-check" if ticked else "circle", _TICK[ticked]))

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        ticked = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        self._list.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self._mark(item)
        self._list.blockSignals(False)  # noqa: FBT003 - Qt's signature
        self._say()
        self.scope_changed.emit(self.chosen)

    def _on_all(self) -> None:
        for item in self._items():
            item.setCheckState(Qt.CheckState.Unchecked)

    def _say(self) -> None:
        count = len(self.chosen)
        self._said.setText(f"{count:,} chosen" if count else "Nothing chosen means all")
        self._all.setEnabled(count > 0)
