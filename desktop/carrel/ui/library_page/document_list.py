"""The list of documents with its keys, and the buttons over one row. Must not know the app."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QWidget

from carrel.ui.library_page.delegate import columns
from carrel.ui.library_page.item_model import ROW_ROLE
from carrel.ui.library_page.state import Row
from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import button, icon_button


class RowActions(QWidget):
    """Real buttons that lie over the row under the pointer or the cursor."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Make the buttons; the page connects them."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addStretch(1)
        self.ask = button("Ask", "small")
        self.ask.setAccessibleName("Ask about this document")
        self.ask.setToolTip("Ask about this document (Ctrl+Enter)")
        self.more = icon_button(theme, "ellipsis", "More actions", size=28)
        self.ask.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(self.ask)
        row.addWidget(self.more)


class DocumentList(QListView):
    """The list, with keys of its own.

    Signals:
        opened, asked, renamed, removed: Enter, Ctrl+Enter, F2, Delete on a row; carry the index.
        folded: the arrow of a container, or Left and Right on its row.
    """

    opened = Signal(QModelIndex)
    folded = Signal(QModelIndex)
    asked = Signal(QModelIndex)
    renamed = Signal(QModelIndex)
    removed = Signal(QModelIndex)
    resized = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn keys into intents."""
        here = self.currentIndex()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and here.isValid():
            held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            (self.asked if held else self.opened).emit(here)
        elif event.key() == Qt.Key.Key_Delete and here.isValid():
            self.removed.emit(here)
        elif event.key() == Qt.Key.Key_F2 and here.isValid():
            self.renamed.emit(here)
        elif event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right} and _fold(here) is not None:
            if _fold(here) is (event.key() == Qt.Key.Key_Left):
                self.folded.emit(here)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press left of a container's icon opens or closes it."""
        index = self.indexAt(event.position().toPoint())
        row = index.data(ROW_ROLE)
        if isinstance(row, Row) and row.is_open is not None:
            icon = columns(self.visualRect(index), row.depth)["icon"]
            if event.position().x() < icon.left() and event.button() == Qt.MouseButton.LeftButton:
                self.folded.emit(index)
                return
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say so: the buttons over the row move."""
        super().resizeEvent(event)
        self.resized.emit()


def _fold(index: QModelIndex) -> bool | None:
    """Whether the container at an index is open; None where there is none."""
    row = index.data(ROW_ROLE)
    return row.is_open if isinstance(row, Row) else None
