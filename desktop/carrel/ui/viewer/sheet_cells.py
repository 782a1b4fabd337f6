"""The cells of one unit as a table's rows and columns, marked and found ones coloured.

Must not know how the table is shown.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from carrel.domain.documents import Span
from carrel.domain.sheets import (
    Cell,
    CellKind,
    SheetPart,
    address,
    column_letters,
    covered,
    rectangle,
)
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import FOUND_OPACITY, MARK_OPACITY, NOW_OPACITY

MOST_ROWS: Final = 100_000
"""Rows shown with the empty ones between them; of longer sheets only rows with cells are shown."""

_Index = QModelIndex | QPersistentModelIndex
_Place = tuple[int, int]


class SheetCells(QAbstractTableModel):
    """Rows and columns are counted from 0 as a table does; cells have the sheet's own numbers.

    Attributes:
        part: whose cells are shown.
        rows: number in the sheet of each row here.
    """

    def __init__(self, theme: Theme, parent: QObject) -> None:
        """Start without cells."""
        super().__init__(parent)
        self._theme = theme
        self.part, self._text = SheetPart(sheet=""), ""
        self._cells: dict[_Place, Cell] = {}
        self._columns = 0
        self._marked: set[_Place] = set()
        self._found: set[_Place] = set()
        self._now: set[_Place] = set()
        self._font = QFont()
        self.rows: list[int] = []

    def set_part(self, part: SheetPart, text: str, marks: Sequence[Span], cells: str = "") -> None:
        """Show the cells of another unit.

        Args:
            text: canonical text of the unit.
            marks: code points of it; the cells they touch are marked.
            cells: a range to mark instead where it is another than the one they touch; a figure
                is computed from more cells than are quoted.
        """
        self.beginResetModel()
        self.part, self._text = part, text
        self._cells = {(cell.row, cell.column): cell for cell in part.cells}
        rows = sorted({cell.row for cell in part.cells})
        if rows and rows[-1] - rows[0] < MOST_ROWS:
            rows = list(range(1 if rows[0] <= MOST_ROWS else rows[0], rows[-1] + 1))
        self.rows = rows
        self._columns = max((cell.column for cell in part.cells), default=0)
        self._marked = self._ranged(marks, cells) or _filled(
            self._touched((mark,)) for mark in marks
        )
        self._found, self._now = set(), set()
        self.endResetModel()

    def set_found(self, spans: Sequence[Span], current: int) -> None:
        """Colour the cells in which words were found; `current` is the one looked at, or -1."""
        self._found = self._touched(spans)
        self._now = self._touched(spans[current : current + 1]) if current >= 0 else set()
        self.recolour()

    def set_font(self, font: QFont) -> None:
        """Show cells and heads in another font; a view's own loses to the style sheet."""
        self._font = font
        self.layoutChanged.emit()

    def recolour(self) -> None:
        """Other colours hold."""
        if self.rows and self._columns:
            last = self.index(len(self.rows) - 1, self._columns - 1)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.BackgroundRole])

    def _touched(self, spans: Sequence[Span]) -> set[_Place]:
        return {(c.row, c.column) for span in spans for c in self.part.within(*span)}

    def _ranged(self, marks: Sequence[Span], cells: str) -> set[_Place]:
        """The cells of a range that a figure goes over; none where words in cells are cited."""
        box = rectangle(cells)
        quoted = covered(cell for mark in marks for cell in self.part.within(*mark))
        if box is None or box == rectangle(quoted):
            return set()
        return {
            (row, column)
            for row in self.rows[
                bisect_left(self.rows, box.row) : bisect_right(self.rows, box.last_row)
            ]
            for column in range(box.column, min(box.last_column, self._columns) + 1)
        }

    @property
    def marked(self) -> list[Cell]:
        """The marked cells, by row, then column."""
        return [self._cells[place] for place in sorted(self._marked) if place in self._cells]

    def within(self, span: Span) -> tuple[Cell, ...]:
        """The cells that a span of the text touches."""
        return self.part.within(*span)

    def row_of(self, number: int) -> int:
        """Where a row of the sheet stands here."""
        return bisect_left(self.rows, number)

    def index_of(self, cell: Cell) -> QModelIndex:
        """Where a cell stands here."""
        return self.index(self.row_of(cell.row), cell.column - 1)

    def cell(self, index: _Index) -> Cell | None:
        """The cell there, if there is anything in it."""
        return self._cells.get((self.rows[index.row()], index.column() + 1))

    def where(self, index: _Index) -> str:
        """``B3``."""
        return address(self.rows[index.row()], index.column() + 1)

    def shown(self, cell: Cell) -> str:
        """What the cell displays."""
        return visible(self._text[cell.start : cell.end])

    def rowCount(self, parent: _Index | None = None) -> int:
        """Rows of the sheet, the empty ones between them too."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Columns up to the last in which anything stands."""
        return 0 if parent is not None and parent.isValid() else self._columns

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own
        """What the cell displays, its font, its side, its colour."""
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._background((self.rows[index.row()], index.column() + 1))
        cell = self.cell(index)
        if cell is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown(cell)
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = cell.kind in {CellKind.NUMBER, CellKind.DATE}
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _background(self, place: _Place) -> QColor | None:
        for places, token, opacity in (
            (self._now, "accent", NOW_OPACITY),
            (self._found, "accent", FOUND_OPACITY),
            (self._marked, "mark", MARK_OPACITY),
        ):
            if place in places:
                colour = QColor(self._theme.colour(token))
                colour.setAlphaF(opacity)
                return colour
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's own
        """Letters of columns and numbers of rows, as in the program that made it."""
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return column_letters(section + 1)
        return str(self.rows[section])


def _filled(groups: Iterable[set[_Place]]) -> set[_Place]:
    """Cited cells, and the empty ones between them in their rows: a range has no holes."""
    filled: set[_Place] = set()
    for places in groups:
        for row in {row for row, _ in places}:
            columns = [column for at, column in places if at == row]
            filled |= {(row, column) for column in range(min(columns), max(columns) + 1)}
    return filled
