"""Rows of the documents page for Qt's list view.

Changes what changed: as long as the keys stay, selection and scroll stay too.
Must not know the app.
"""

from collections.abc import Sequence
from itertools import islice

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from carrel.domain.documents import Document
from carrel.ui.library_page.nesting import Shown
from carrel.ui.library_page.state import Place, Row, Rows

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

Index = QModelIndex | QPersistentModelIndex


class LibraryItemModel(QAbstractListModel):
    """The rows, as drawn by `carrel.ui.library_page.delegate`."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._rows = Rows((), _unmade)

    def show_rows(self, rows: Rows) -> None:
        """Show other rows; those that stay keep selection and place."""
        old, self._rows = self._rows, rows
        before, after = old.places, rows.places
        first = _common(before, after)
        last = _common(before, after, most=min(len(before), len(after)) - first, backwards=True)
        gone, new = len(before) - first - last, len(after) - first - last
        self._rows = old  # what the view asks for in between
        if gone and new and (gone == len(before) or new == len(after)):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        if gone:
            self.beginRemoveRows(QModelIndex(), first, first + gone - 1)
            self._rows = old.without(first, gone)
            self.endRemoveRows()
        if new:
            self.beginInsertRows(QModelIndex(), first, first + new - 1)
        self._rows = rows
        if new:
            self.endInsertRows()
        self._tell_changed(before[:first], 0)
        self._tell_changed(before[len(before) - last :], len(after) - last)

    def _tell_changed(self, before: Sequence[Place], at: int) -> None:
        """Rows that stayed and say something else now."""
        now = self._rows.places
        changed = [
            number
            for number, place in enumerate(before, start=at)
            if place is not now[number] and place != now[number]
        ]
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def row_at(self, index: Index) -> Row | None:
        """The row at an index, or None."""
        at = index.row()
        return self._rows[at] if index.isValid() and 0 <= at < len(self._rows) else None

    def index_of(self, key: str) -> QModelIndex:
        """Where the row with this key is; invalid if it is gone."""
        for at, place in enumerate(self._rows.places):
            if _is(place, key):
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


def _unmade(place: Shown) -> Row:
    raise AssertionError(f"an empty list has no {place.key}")


def _same(one: Place, other: Place) -> bool:
    """Whether two places are the same row, whatever it says."""
    if one is other:
        return True
    if isinstance(one, Document) or isinstance(other, Document):
        return isinstance(one, Document) and isinstance(other, Document) and one.id == other.id
    return one.key == other.key


def _is(place: Place, key: str) -> bool:
    if isinstance(place, Document):
        return key == f"document {place.id}"
    return place.key == key


def _common(
    before: Sequence[Place],
    after: Sequence[Place],
    *,
    most: int | None = None,
    backwards: bool = False,
) -> int:
    """How many rows both begin with, or end with."""
    most = min(len(before), len(after)) if most is None else most
    pairs = zip(reversed(before), reversed(after)) if backwards else zip(before, after)  # noqa: B905
    for number, (one, other) in enumerate(islice(pairs, most)):
        if not _same(one, other):
            return number
    return most
