"""A sheet as a table: the cited cells marked, and what stands in a cell above it.

Plain text only: nothing a document writes can become markup or a link, and no
formula is ever computed. Must not know the app.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Span
from carrel.domain.sheets import Cell, SheetPart, covered
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.sheet_cells import SheetCells

WIDE: Final = 260
"""Pixels a column is made wide at most for what stands in it, at the usual size."""

SAMPLE: Final = 2_000
"""Cells looked at to find how wide columns should be."""

NOTES_HEIGHT: Final = 96
"""Pixels for comments and text boxes below the table."""

ROOM: Final = 5
"""Pixels above and below the words of a cell."""

ADDRESS_WIDTH: Final = 110
"""Pixels, enough for ``AB12345:AD12399``."""

MOST_FORMULAS: Final = 4
"""Formulas of cited cells told in one line; more do not fit a window."""


class _Table(QTableView):
    """Copies what is selected, a line a row, with tabs between; Ctrl and the wheel zoom."""

    zoom_wanted = Signal(int)
    copy_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned:
            self.zoom_wanted.emit(1 if turned > 0 else -1)
        else:
            super().wheelEvent(event)


class SheetView(QWidget):
    """Read-only table with a line for the address and the formula of the current cell.

    Signals:
        zoom_wanted: in (1) or out (-1).
        menu_wanted: carries a place on the screen.
        selection_changed: other cells are selected, or none.
    """

    zoom_wanted = Signal(int)
    menu_wanted = Signal(QPoint)
    selection_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Start empty."""
        super().__init__()
        self._theme = theme
        self._zoom = 1.0
        self.cells = SheetCells(theme, self)
        self.address = QLineEdit()
        self.formula = QLineEdit()
        for field, name in ((self.address, "Cells"), (self.formula, "Content of the cell")):
            field.setReadOnly(True)
            field.setProperty("kind", "page")
            field.setAccessibleName(name)
        self.address.setFixedWidth(ADDRESS_WIDTH)
        self.table = self._table()
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        self.notes.setFrameShape(QFrame.Shape.NoFrame)
        self.notes.document().setDocumentMargin(tokens.GAP_M)
        self.notes.setAccessibleName("Comments and text boxes of the sheet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        column.addLayout(bar)
        bar.setContentsMargins(tokens.GAP_M, tokens.GAP_S, tokens.GAP_M, tokens.GAP_S)
        bar.setSpacing(tokens.GAP_S)
        bar.addWidget(self.address)
        bar.addWidget(self.formula, 1)
        column.addWidget(self.table, 1)
        column.addWidget(self.notes)
        self.setFocusProxy(self.table)
        theme.changed.connect(self._on_theme_changed)
        self._set_face()

    def _table(self) -> _Table:
        made = _Table()
        made.setAccessibleName("Cells of the sheet")
        made.setProperty("kind", "sheet")
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setWordWrap(False)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setTabKeyNavigation(False)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.setModel(self.cells)
        corner = made.findChild(QAbstractButton)
        if corner is not None:
            corner.setAccessibleName("Select all cells")
            corner.setToolTip("Select all cells")
        made.zoom_wanted.connect(self.zoom_wanted)
        made.copy_wanted.connect(self._on_copy_wanted)
        made.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(made.viewport().mapToGlobal(at))
        )
        made.selectionModel().currentChanged.connect(self._on_current_changed)
        made.selectionModel().selectionChanged.connect(self._on_selection_changed)
        return made

    # ── what is shown ───────────────────────────────────────────────────────

    @property
    def marked(self) -> tuple[str, ...]:
        """The displayed values of the marked cells, by row, then column."""
        return tuple(self.cells.shown(cell) for cell in self.cells.marked)

    def show_sheet(
        self, part: SheetPart, text: str, marks: tuple[Span, ...], cells: str = ""
    ) -> None:
        """Show a sheet.

        Args:
            text: canonical text of its unit.
            marks: code points of it; the cells they touch are marked, the first is scrolled to.
            cells: a range that a figure goes over, marked instead.
        """
        self.table.clearSpans()
        self.cells.set_part(part, text, marks, cells)
        self._merge(part)
        self._fit_columns()
        rest = text[part.cells[-1].end :].lstrip() if part.cells else ""
        self.notes.setPlainText("\n".join(map(visible, rest.split("\n"))))
        lines = self.notes.blockCount() * self.notes.fontMetrics().lineSpacing()
        self.notes.setFixedHeight(min(lines + 2 * tokens.GAP_M + tokens.GAP_S, NOTES_HEIGHT))
        self.notes.setVisible(bool(rest))
        marked = self.cells.marked
        self._tell(marked)
        if marked:
            self._bring(marked[0])
        else:
            self.table.scrollToTop()

    def show_found(self, spans: Sequence[Span], current: int) -> None:
        """Colour the cells in which words were found.

        Args:
            spans: code points of the unit's text.
            current: index of the one that is looked at, -1 for none; it is scrolled to.
        """
        self.cells.set_found(spans, current)
        if 0 <= current < len(spans):
            found = self.cells.within(spans[current])
            if found:
                self._bring(found[0])

    def reveal_place(self, span: Span) -> None:
        """Scroll to a place of the text."""
        found = self.cells.within(span)
        if found:
            self._bring(found[0])

    def set_zoom(self, zoom: float) -> None:
        """Times the usual size."""
        if zoom != self._zoom:
            self._zoom = zoom
            self._set_face()

    def _bring(self, cell: Cell) -> None:
        self.table.scrollTo(
            self.cells.index_of(cell), QAbstractItemView.ScrollHint.PositionAtCenter
        )

    def _merge(self, part: SheetPart) -> None:
        for merge in part.merges:
            row, last = self.cells.row_of(merge.row), self.cells.row_of(merge.last_row)
            rows = min(last, self.cells.rowCount() - 1) - row + 1
            columns = min(merge.last_column, self.cells.columnCount()) - merge.column + 1
            if rows > 0 and columns > 0 and rows * columns > 1:
                self.table.setSpan(row, merge.column - 1, rows, columns)

    def _fit_columns(self) -> None:
        """Wide enough for what stands in the first rows, and not wider than a page can bear."""
        part = self.cells.part
        measure = QFontMetrics(self._theme.font(max(6, round(tokens.SIZE_UI * self._zoom))))
        merged = {(merge.row, merge.column) for merge in part.merges}
        widths: dict[int, int] = {}
        for cell in part.cells[:SAMPLE]:
            if (cell.row, cell.column) not in merged:
                wide = measure.horizontalAdvance(self.cells.shown(cell)[:80]) + tokens.GAP_L
                widths[cell.column] = max(widths.get(cell.column, 0), wide)
        for column, wide in widths.items():
            least, most = tokens.ROW_HEIGHT * 2, round(WIDE * self._zoom)
            self.table.setColumnWidth(column - 1, max(least, min(wide, most)))

    # ── selected cells ──────────────────────────────────────────────────────

    @property
    def selected(self) -> Span:
        """Code points of the unit's text that are selected; an empty span where none are.

        Cells that do not follow each other in the text, such as those of one column, are not one
        place of it: they can be copied, not quoted.
        """
        cells = self._selected_cells()
        if not cells:
            return Span(0, 0)
        whole = Span(min(cell.start for cell in cells), max(cell.end for cell in cells))
        return whole if len(self.cells.within(whole)) == len(cells) else Span(0, 0)

    def clear_selection(self) -> None:
        """Select nothing."""
        self.table.clearSelection()

    def _selected_cells(self) -> list[Cell]:
        chosen = self.table.selectedIndexes()
        found = [cell for index in chosen if (cell := self.cells.cell(index)) is not None]
        return sorted(found, key=lambda cell: (cell.row, cell.column))

    def _on_copy_wanted(self) -> None:
        chosen = sorted(self.table.selectedIndexes(), key=lambda i: (i.row(), i.column()))
        rows: dict[int, list[str]] = {}
        for index in chosen:
            cell = self.cells.cell(index)
            rows.setdefault(index.row(), []).append(self.cells.shown(cell) if cell else "")
        QApplication.clipboard().setText("\n".join("\t".join(row) for row in rows.values()))

    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        cell = self.cells.cell(current) if current.isValid() else None
        self._tell_content(cell)

    def _on_selection_changed(self, *_: QItemSelection) -> None:
        chosen = self.table.selectedIndexes()
        self.address.setText(
            covered(self._selected_cells()) or (self.cells.where(chosen[0]) if chosen else "")
        )
        self.selection_changed.emit()

    def _tell(self, cells: Sequence[Cell]) -> None:
        """Their range, and what the first holds; of several, the formulas among them."""
        self.address.setText(covered(cells))
        self._tell_content(cells[0] if cells else None)
        computed = [cell for cell in cells if cell.formula][:MOST_FORMULAS]
        if len(cells) > 1 and computed:
            told = (f"{cell.address}: {cell.formula}" for cell in computed)
            self.formula.setText(visible("   ".join(told)))
            self.formula.setCursorPosition(0)

    def _tell_content(self, cell: Cell | None) -> None:
        if cell is None:
            self.formula.clear()
            return
        raw = "" if cell.value is None else str(cell.value)
        self.formula.setText(visible(cell.formula or raw or self.cells.shown(cell)))
        self.formula.setCursorPosition(0)

    # ── face ────────────────────────────────────────────────────────────────

    def _on_theme_changed(self) -> None:
        self._set_face()
        self.cells.recolour()

    def _set_face(self) -> None:
        font = self._theme.font(max(6, round(tokens.SIZE_UI * self._zoom)))
        self.cells.set_font(font)
        high = QFontMetrics(font).height() + 2 * ROOM
        self.table.verticalHeader().setDefaultSectionSize(high)
        self.table.horizontalHeader().setFixedHeight(high)
        self._fit_columns()
