"""Rows of the documents page for Qt's list view.

Changes what changed: as long as the keys stay, selection and scroll stay too.
Must not know the app.
"""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from carrel.ui.library_page.state import Row

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

Index = QModelIndex | QPersistentModelIndex


class LibraryItemModel(QAbstractListModel):
    """The rows, as drawn by `carrel.ui.library_page.delegate`."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show other rows."""
        old, self_keys = self._rows, [row.key for row in rows]
        if [row.key for row in old] == self_keys:
            self._rows = rows
            changed = [at for at, row in enumerate(rows) if row != old[at]]
            if changed:
                self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row_at(self, index: Index) -> Row | None:
        """The row at an index, or None."""
        at = index.row()
        return self._rows[at] if index.isValid() and 0 <= at < len(self._rows) else None

    def index_of(self, key: str) -> QModelIndex:
        """Where the row with this key is; invalid if it is gone."""
        for at, row in enumerate(self._rows):
            if row.key == key:
                return self.index(at)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """The row, or what assistive technology reads of it."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None
