"""The tables of a page, as a grid that can be copied, saved and traced to its place.

Must not know how tables are found.
"""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, Failure
from carrel.domain.ids import DocumentId
from carrel.domain.tables import Table, tsv_of
from carrel.ui import words
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import tokens
from carrel.ui.viewer.state import Place
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.workbench.picking import DocumentPicker
from carrel.ui.workbench.tool import Equipment, ToolView

START: Final = (
    "Choose a document and a page. Rows and columns are found by where the words stand; nothing is "
    "sent to a model. A click on a cell opens its place, so that every figure can be checked."
)
PAUSE_MILLISECONDS: Final = 200
"""A pause in changing the page this long starts the search for tables."""
WIDE: Final = 420
"""Pixels a column takes at most when the table comes."""
MOST_TABLES: Final = 12
"""Tables of a page that are offered by a button each."""

_ROOT = QModelIndex()


class Grid(QAbstractTableModel):
    """The cells of one table."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.table: Table | None = None
        self.bold = QFont()

    def show_table(self, table: Table | None, font: QFont) -> None:
        """Show another table, its heads in this font."""
        self.beginResetModel()
        self.table, self.bold = table, font
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Rows, heads included."""
        return len(self.table.rows) if self.table and not parent.isValid() else 0

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Columns, the labels included."""
        return self.table.columns if self.table and not parent.isValid() else 0

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """Words, side and weight of a cell."""
        if self.table is None or not index.isValid():
            return None
        cell = self.table.rows[index.row()][index.column()]
        if role == int(Qt.ItemDataRole.DisplayRole):
            return visible(cell.text) if cell else ""
        if role == int(Qt.ItemDataRole.TextAlignmentRole):
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == int(Qt.ItemDataRole.FontRole) and index.row() < self.table.heads:
            return self.bold
        return None


class ExtractView(ToolView):
    """The tool."""

    def __init__(self, equipment: Equipment) -> None:
        """No document is chosen yet."""
        super().__init__(equipment, "Extract table")
        self.tables: tuple[Table, ...] = ()
        self._documents: dict[DocumentId, Document] = {}
        self._asked = 0
        self.picker = DocumentPicker(self.theme, "Document")
        self.picker.picked.connect(self._on_picked)
        self.page = QSpinBox()
        self.page.setAccessibleName("Page")
        self.page.setMinimum(1)
        self.page.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.page.setEnabled(False)
        self.of = label(role="meta")
        self.said = label(START, "meta", wrap=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._find)
        self.page.valueChanged.connect(self._pause.start)
        self.copy = button("Copy", "chip", theme=self.theme, icon="copy")
        self.copy.clicked.connect(self._on_copy)
        self.save = button("Save as CSV…", "chip", theme=self.theme, icon="file-down")
        self.save.clicked.connect(self._on_save)
        for made in (self.copy, self.save):
            self.header.add(made)
        self.column.addWidget(self._head())
        self.column.addWidget(hairline())
        self.grid = Grid(self)
        self.view = QTableView()
        self.view.setAccessibleName("Table")
        self.view.setModel(self.grid)
        self.view.horizontalHeader().hide()
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(tokens.ROW_HEIGHT)
        self.view.setWordWrap(False)
        self.view.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        copying = QShortcut(QKeySequence.StandardKey.Copy, self.view)
        copying.setContext(Qt.ShortcutContext.WidgetShortcut)
        copying.activated.connect(self._on_copy)
        self.column.addWidget(self.view, 1)
        self._show(())

    def _head(self) -> QWidget:
        chosen = QHBoxLayout()
        chosen.setSpacing(tokens.GAP_S)
        chosen.addWidget(self.picker)
        chosen.addWidget(self.page)
        chosen.addWidget(self.of)
        chosen.addStretch(1)
        self.choices = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_XS)
        for at in range(MOST_TABLES):
            made = button(f"Table {at + 1}", "segment")
            made.setCheckable(True)
            made.hide()
            made.clicked.connect(partial(self._choose, at))
            self.choices.addButton(made, at)
            row.addWidget(made)
        row.addStretch(1)
        head = QWidget()
        head.setProperty("surface", "clear")
        column = QVBoxLayout(head)
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(tokens.GAP_S)
        column.addLayout(chosen)
        column.addWidget(self.said)
        column.addLayout(row)
        return head

    # ── what comes ──────────────────────────────────────────────────────────

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the documents there are."""
        self._documents = {one.id: one for one in documents}
        self.picker.show_documents(documents)

    def open(self) -> None:
        """Focus the table, or what is to be chosen first."""
        (self.view if self.tables else self.picker.button).setFocus()

    def extract(self, document: DocumentId, page: int) -> None:
        """Show the tables of a page."""
        self.picker.pick(document)
        self._on_picked(int(document))
        self.page.setValue(page)
        self._find()

    def _on_picked(self, _picked: int) -> None:
        document = self._documents.get(self.picker.chosen) if self.picker.chosen else None
        if document is not None:
            self.page.setEnabled(True)
            self.page.setMaximum(max(1, document.units))
            self.page.setValue(1)
            self.of.setText(f"of {document.units:,}")
            self._find()

    def _find(self) -> None:
        self._pause.stop()
        if self.picker.chosen is None:
            return
        self._asked += 1
        self.bridge.deliver(
            self.app.contents.page_tables(self.picker.chosen, self.page.value()),
            partial(self._on_found, self._asked),
            partial(self._on_failed, self._asked),
        )

    def _on_found(self, asked: int, tables: tuple[Table, ...]) -> None:
        if asked == self._asked:
            self._show(tables[:MOST_TABLES])

    def _on_failed(self, asked: int, failure: Failure) -> None:
        if asked == self._asked:
            self._show(())
            self.told.emit(f"{failure.reason} {failure.remedy}")

    # ── what is shown ───────────────────────────────────────────────────────

    def _show(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        for at, made in enumerate(self._buttons()):
            made.setVisible(at < len(tables) and len(tables) > 1)
        if self.picker.chosen is not None:
            found = words.count(len(tables), "table") if tables else "No table"
            self.said.setText(
                f"{found} on this page. Compare with the page before relying on a figure."
                if tables
                else f"{found} was found on this page."
            )
        self._choose(0)

    def _choose(self, at: int, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        table = self.tables[at] if at < len(self.tables) else None
        for place, made in enumerate(self._buttons()):
            made.setChecked(place == at)
        self.grid.show_table(table, self.theme.font(tokens.SIZE_UI, 600))
        self.view.setVisible(table is not None)
        for made in (self.copy, self.save):
            made.setVisible(table is not None)
        self.view.resizeColumnsToContents()
        for column in range(self.grid.columnCount()):
            width = min(WIDE, self.view.columnWidth(column) + tokens.GAP_M)
            self.view.setColumnWidth(column, width)

    def _buttons(self) -> list[QPushButton]:
        return [made for made in self.choices.buttons() if isinstance(made, QPushButton)]

    # ── what can be done with it ────────────────────────────────────────────

    def _on_copy(self) -> None:
        if self.grid.table is not None:
            QApplication.clipboard().setText(tsv_of(self.grid.table))
            self.told.emit("The table is on the clipboard.")

    def _on_save(self) -> None:
        table, chosen = self.grid.table, self.picker.chosen
        if table is None or chosen is None:
            return
        name = Path(self._documents[chosen].name).stem

        def save(paths: list[Path]) -> None:
            future = self.app.contents.save_table(table, paths[0])
            self.bridge.deliver(
                future,
                lambda path: self.told.emit(f"Saved as {path.name}."),
                lambda failure: self.told.emit(f"{failure.reason} {failure.remedy}"),
            )

        choose_new_file(self, "Save the table", f"{name}, page {table.unit}.csv", save)

    def _open(self, index: QModelIndex) -> None:
        table, chosen = self.grid.table, self.picker.chosen
        document = self._documents.get(chosen) if chosen is not None else None
        cell = table.rows[index.row()][index.column()] if table else None
        if table is not None and cell is not None and document is not None:
            self.place_wanted.emit(
                Place(
                    document=document.id,
                    document_name=document.name,
                    number=table.unit,
                    marks=cell.spans,
                )
            )
