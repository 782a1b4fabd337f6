"""The differences of a comparison for Qt's list view: each is made into words when it is asked for.

Must not know the app.
"""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from carrel.domain.comparing import Change
from carrel.ui.workbench.compare_delegate import CHANGE_ROLE
from carrel.ui.workbench.compared import KINDS, figures_words

_ROOT = QModelIndex()


class ChangeRows(QAbstractListModel):
    """The differences shown, as drawn by `carrel.ui.workbench.compare_delegate`."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._changes: tuple[Change, ...] = ()

    def show_changes(self, changes: tuple[Change, ...]) -> None:
        """Show other differences."""
        self.beginResetModel()
        self._changes = changes
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """As many as there are."""
        return 0 if parent.isValid() else len(self._changes)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """The difference to be drawn, or its words to be heard."""
        if not index.isValid():
            return None
        change = self._changes[index.row()]
        if role == CHANGE_ROLE:
            return change
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            return _spoken(change)
        return None


def _spoken(change: Change) -> str:
    sides = [side.text for side in (change.before, change.after) if side is not None]
    return ". ".join(filter(None, (KINDS[change.kind], figures_words(change.figures), *sides)))
