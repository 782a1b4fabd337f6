"""A button with the name of a document, and the list from which another is picked.

Must not know what the document is wanted for.
"""

from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import tip

POPUP_WIDTH: Final = 380
POPUP_HEIGHT: Final = 320
BUTTON_WIDTH: Final = 260
"""Pixels a name may take before its middle is left out."""
_ID: Final = int(Qt.ItemDataRole.UserRole)


class DocumentPicker(QWidget):
    """Says which document is picked; a click opens the list.

    Signals:
        picked: another one was chosen; carries its `DocumentId`.
    """

    picked = Signal(int)

    def __init__(self, theme: Theme, what: str) -> None:
        """Nothing is picked.

        Args:
            what: which document this is, such as “First document”.
        """
        super().__init__()
        self._theme, self._what = theme, what
        self._documents: tuple[Document, ...] = ()
        self.chosen: DocumentId | None = None
        self.button = button(f"{what}…", "chip", theme=theme, icon="file")
        self.button.clicked.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button)
        self.popup = _Popup(self)
        self.popup.list.itemClicked.connect(self._on_item)
        self.popup.filter.returnPressed.connect(self._on_key)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            shortcut = QShortcut(key, self.popup.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self._on_key)

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer these, old versions, too; what was picked stays if it is among them."""
        states = (DocumentState.READ, DocumentState.PARTIAL)
        self._documents = tuple(one for one in documents if one.state in states)
        if all(one.id != self.chosen for one in self._documents):
            self.chosen = None
        self._say()

    def pick(self, document: DocumentId | None) -> None:
        """Pick a document without a click."""
        self.chosen = document
        self._say()

    def _say(self) -> None:
        found = next((one for one in self._documents if one.id == self.chosen), None)
        name = visible(found.name) if found else f"{self._what}…"
        shown = self.button.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideMiddle, BUTTON_WIDTH
        )
        self.button.setText(" " + shown.replace("&", "&&"))
        self.button.setAccessibleName(f"{self._what}: {name}")
        self.button.setToolTip(tip(name))
        self.button.setEnabled(bool(self._documents))

    def _open(self) -> None:
        self.popup.fill(self._documents, self.chosen, self._theme)
        self.popup.move(self.button.mapToGlobal(QPoint(0, self.button.height() + 6)))
        self.popup.show()
        self.popup.filter.setFocus()

    def _on_key(self) -> None:
        item = self.popup.list.currentItem()
        if item is not None:
            self._on_item(item)

    def _on_item(self, item: QListWidgetItem) -> None:
        self.popup.hide()
        self.pick(DocumentId(item.data(_ID)))
        self.picked.emit(int(item.data(_ID)))


class _Popup(QFrame):
    """The documents by name, with a filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        self.setFixedSize(POPUP_WIDTH, POPUP_HEIGHT)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter documents")
        self.filter.setAccessibleName("Filter documents")
        self.filter.setProperty("kind", "filter")
        self.filter.textChanged.connect(self._on_filtered)
        self.list = QListWidget()
        self.list.setAccessibleName("Documents")
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(tokens.GAP_S)
        column.addWidget(self.filter)
        column.addWidget(self.list, 1)

    def fill(
        self, documents: tuple[Document, ...], chosen: DocumentId | None, theme: Theme
    ) -> None:
        """List them, the one that is picked in front of the reader."""
        self.filter.clear()
        self.list.clear()
        for document in documents:
            old = " (older version)" if document.old else ""
            item = QListWidgetItem(f"{visible(document.name)}{old}")
            item.setData(_ID, int(document.id))
            item.setIcon(theme.icon(words.kind_icon(document.kind), on="text2"))
            self.list.addItem(item)
            if document.id == chosen:
                self.list.setCurrentItem(item)

    def _on_filtered(self, text: str) -> None:
        """Show what fits; Enter in the filter takes the first of them."""
        items = [self.list.item(row) for row in range(self.list.count())]
        for item in items:
            item.setHidden(text.casefold() not in item.text().casefold())
        if text:
            first = next((item for item in items if not item.isHidden()), None)
            self.list.setCurrentItem(first)  # type: ignore[arg-type] # Qt takes None for nothing
