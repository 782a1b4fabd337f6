"""A sheet as a table, with the cited cells selected and what stands in a cell above it.

Plain text only: nothing a document writes can become markup or a link, and no
formula is ever computed. Must not know the app.
"""

from bisect import bisect_left
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Span
from carrel.domain.sheets import Cell, CellKind, SheetPart, address, column_letters, covered
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens

MOST_ROWS: Final = 100_000
"""Rows shown with the empty ones between them; of longer sheets only rows with cells are shown."""

WIDE: Final = 260
"""Pixels a column is made wide at most for what stands in it."""

SAMPLE: Final = 200
"""Cells looked at to find how wide columns should be."""

NOTES_HEIGHT: Final = 96
"""Pixels for comments and text boxes below the table."""

ADDRESS_WIDTH: Final = 110
"""Pixels, enough for ``AB12345:AD12399``."""

_Index = QModelIndex | QPersistentModelIndex


class _Cells(QAbstractTableModel):
    """The cells of one unit."""

    def __init__(self, part: SheetPart, text: str) -> None:
        super().__init__()
        self._text = text
        self._cells = {(cell.row, cell.column): cell for cell in part.cells}
        self._header = part.header
        rows = sorted({cell.row for cell in part.cells})
        if rows and rows[-1] - rows[0] < MOST_ROWS:
            rows = list(range(1 if rows[0] <= MOST_ROWS else rows[0], rows[-1] + 1))
        self.rows = rows
        self._columns = max((cell.column for cell in part.cells), default=0)

    def row_of(self, number: int) -> int:
        """Where a row of the sheet stands here."""
        return bisect_left(self.rows, number)

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
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._columns

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own
        cell = self.cell(index)
        if cell is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown(cell)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = cell.kind in {CellKind.NUMBER, CellKind.DATE}
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's own
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return column_letters(section + 1)
        return str(self.rows[section])


class SheetView(QWidget):
    """Read-only table with a line for the address and the formula of the current cell."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._theme = theme
        self._zoom = 1.0
        self._cells: _Cells | None = None
        self.address = QLineEdit()
        self.formula = QLineEdit()
        for field, name in ((self.address, "Cells"), (self.formula, "Content of the cell")):
            field.setReadOnly(True)
            field.setProperty("kind", "page")
            field.setAccessibleName(name)
        self.address.setFixedWidth(ADDRESS_WIDTH)
        bar = QHBoxLayout()
        bar.setContentsMargins(tokens.GAP_M, tokens.GAP_S, tokens.GAP_M, tokens.GAP_S)
        bar.setSpacing(tokens.GAP_S)
        bar.addWidget(self.address)
        bar.addWidget(self.formula, 1)
        self.table = QTableView()
        self.table.setAccessibleName("Cells of the sheet")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setWordWrap(False)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(True)
        self.table.setTabKeyNavigation(False)
        corner = self.table.findChild(QAbstractButton)
        if corner is not None:
            corner.setAccessibleName("Select all cells")
            corner.setToolTip("Select all cells")
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        self.notes.setFrameShape(QFrame.Shape.NoFrame)
        self.notes.document().setDocumentMargin(tokens.GAP_M)
        self.notes.setAccessibleName("Comments and text boxes of the sheet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.notes)
        self.setFocusProxy(self.table)
        theme.changed.connect(self._set_face)

    @property
    def marked(self) -> tuple[str, ...]:
        """The displayed values that are selected, by row, then column."""
        if self._cells is None:
            return ()
        chosen = sorted(self.table.selectedIndexes(), key=lambda i: (i.row(), i.column()))
        cells = (self._cells.cell(index) for index in chosen)
        return tuple(self._cells.shown(cell) for cell in cells if cell is not None)

    def show_sheet(self, part: SheetPart, text: str, marks: tuple[Span, ...]) -> None:
        """Show a sheet.

        Args:
            text: canonical text of its unit.
            marks: code points of it; the cells they touch are selected.
        """
        self._cells = _Cells(part, text)
        self.table.setModel(self._cells)
        self.table.selectionModel().currentChanged.connect(self._on_current_changed)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._merge(part)
        self._set_face()
        self._fit_columns(part)
        rest = text[part.cells[-1].end :].lstrip() if part.cells else ""
        self.notes.setPlainText("\n".join(map(visible, rest.split("\n"))))
        lines = self.notes.blockCount() * self.notes.fontMetrics().lineSpacing()
        self.notes.setFixedHeight(min(lines + 2 * tokens.GAP_M + tokens.GAP_S, NOTES_HEIGHT))
        self.notes.setVisible(bool(rest))
        self._select([cell for mark in marks for cell in part.within(*mark)])

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        self._zoom = zoom
        self._set_face()

    def _merge(self, part: SheetPart) -> None:
        self.table.clearSpans()
        if self._cells is None:
            return
        for merge in part.merges:
            row, last = self._cells.row_of(merge.row), self._cells.row_of(merge.last_row)
            rows = min(last, self._cells.rowCount() - 1) - row + 1
            columns = min(merge.last_column, self._cells.columnCount()) - merge.column + 1
            if rows > 0 and columns > 0 and rows * columns > 1:
                self.table.setSpan(row, merge.column - 1, rows, columns)

    def _fit_columns(self, part: SheetPart) -> None:
        """Wide enough for what stands in the first rows, and not wider than a page can bear."""
        measure = self.table.fontMetrics()
        merged = {(merge.row, merge.column) for merge in part.merges}
        widths: dict[int, int] = {}
        for cell in part.cells[: SAMPLE * 10]:
            if self._cells is not None and (cell.row, cell.column) not in merged:
                wide = measure.horizontalAdvance(self._cells.shown(cell)[:80]) + tokens.GAP_L
                widths[cell.column] = min(max(widths.get(cell.column, 0), wide), WIDE)
        for column, wide in widths.items():
            self.table.setColumnWidth(column - 1, max(wide, tokens.ROW_HEIGHT * 2))

    def _select(self, cells: list[Cell]) -> None:
        if self._cells is None:
            return
        if not cells:
            self.table.clearSelection()
            self.address.clear()
            self.formula.clear()
            self.table.scrollToTop()
            return
        chosen = QItemSelection()
        for cell in cells:
            index = self._cells.index(self._cells.row_of(cell.row), cell.column - 1)
            chosen.select(index, index)
        first = self._cells.index(self._cells.row_of(cells[0].row), cells[0].column - 1)
        how = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(first, how.NoUpdate)
        self.table.selectionModel().select(chosen, how.ClearAndSelect)
        self.table.scrollTo(first, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        cell = self._cells.cell(current) if self._cells is not None and current.isValid() else None
        if self._cells is None or cell is None:
            self.formula.clear()
            return
        raw = "" if cell.value is None else str(cell.value)
        shown = self._cells.shown(cell)
        self.formula.setText(visible(cell.formula or raw or shown))
        self.formula.setCursorPosition(0)

    def _on_selection_changed(self, *_: QItemSelection) -> None:
        if self._cells is None:
            return
        chosen = self.table.selectedIndexes()
        cells = [cell for index in chosen if (cell := self._cells.cell(index)) is not None]
        alone = self._cells.where(chosen[0]) if chosen else ""
        self.address.setText(covered(cells) or alone)

    def _set_face(self) -> None:
        size = max(6, round(tokens.SIZE_UI * self._zoom))
        font = self._theme.font(size)
        for widget in (self.table, self.table.horizontalHeader(), self.table.verticalHeader()):
            widget.setFont(font)
        self.table.setStyleSheet(
            f"QTableView {{ font-size: {size}px; gridline-color: {self._theme.tokens.line}; }}"
        )
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 10)
