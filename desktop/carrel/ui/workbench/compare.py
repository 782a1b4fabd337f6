"""Two documents side by side: what differs, changed numbers first.

Must not know how documents are compared.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.comparing import Change, ChangeKind, Comparison, Side
from carrel.domain.documents import Document, DocumentState, Failure, Span
from carrel.domain.ids import DocumentId
from carrel.ui.theme import tokens
from carrel.ui.viewer.state import Place
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.workbench.change_rows import ChangeRows
from carrel.ui.workbench.compare_delegate import CHANGE_ROLE, ChangeDelegate, columns
from carrel.ui.workbench.compared import KINDS, NOUNS, ComparedState, summary
from carrel.ui.workbench.picking import DocumentPicker
from carrel.ui.workbench.tool import Equipment, ToolView

START: Final = (
    "Choose two documents, or two versions of one. Layout, page numbers and running heads do not "
    "count; nothing is sent to a model."
)
UNREAD: Final = " Not all of them was read; what was not read was not compared."


class CompareView(ToolView):
    """The tool."""

    def __init__(self, equipment: Equipment) -> None:
        """Nothing is compared yet."""
        super().__init__(equipment, "Compare")
        self.state = ComparedState()
        self._documents: dict[DocumentId, Document] = {}
        self._asked = 0
        self.first = DocumentPicker(self.theme, "First document")
        self.second = DocumentPicker(self.theme, "Second document")
        self.swap = icon_button(self.theme, "refresh-cw", "Swap the two documents")
        self.swap.clicked.connect(self._on_swap)
        for picker in (self.first, self.second):
            picker.picked.connect(self._compare)
        self.said = label(START, "meta", wrap=True)
        self.column.addWidget(self._head())
        self.column.addWidget(hairline())
        self.items = ChangeRows(self)
        self.list = QListView()
        self.list.setAccessibleName("Differences")
        self.list.setModel(self.items)
        self.delegate = ChangeDelegate(self.theme, self.list)
        self.list.setItemDelegate(self.delegate)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.viewport().installEventFilter(self)
        self.list.installEventFilter(self)
        self.theme.changed.connect(self.list.viewport().update)
        self.column.addWidget(self.list, 1)

    def _head(self) -> QWidget:
        chosen = QHBoxLayout()
        chosen.setSpacing(tokens.GAP_S)
        for widget in (self.first, self.swap, self.second):
            chosen.addWidget(widget)
        chosen.addStretch(1)
        kinds = QHBoxLayout()
        kinds.setSpacing(tokens.GAP_XS)
        self.filters = QButtonGroup(self)
        for kind in (None, *KINDS):
            made = button("All" if kind is None else KINDS[kind], "segment")
            made.setCheckable(True)
            made.setChecked(kind is None)
            made.hide()
            made.clicked.connect(partial(self._show_only, kind))
            self.filters.addButton(made)
            kinds.addWidget(made)
        kinds.addStretch(1)
        head = QWidget()
        head.setProperty("surface", "clear")
        column = QVBoxLayout(head)
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(tokens.GAP_S)
        column.addLayout(chosen)
        column.addWidget(self.said)
        column.addLayout(kinds)
        return head

    # ── what comes ──────────────────────────────────────────────────────────

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the documents there are."""
        self._documents = {one.id: one for one in documents}
        for picker in (self.first, self.second):
            picker.show_documents(documents)

    def open(self) -> None:
        """Focus the differences, or what is to be chosen first."""
        if self.items.rowCount():
            self.list.setFocus()
        else:
            (self.second if self.first.chosen else self.first).button.setFocus()

    def compare(self, first: DocumentId, second: DocumentId) -> None:
        """Compare two documents."""
        self.first.pick(first)
        self.second.pick(second)
        self._compare()

    def _on_swap(self) -> None:
        first, second = self.first.chosen, self.second.chosen
        self.first.pick(second)
        self.second.pick(first)
        self._compare()

    def _compare(self, _picked: int = 0) -> None:
        first, second = self.first.chosen, self.second.chosen
        if first is None or second is None:
            return
        self._asked += 1
        kinds = [self._documents[one].kind for one in (first, second)]
        self.delegate.nouns = (NOUNS.get(kinds[0], "Part"), NOUNS.get(kinds[1], "Part"))
        self._show(ComparedState(only=self.state.only, working=True))
        self.bridge.deliver(
            self.app.contents.compare(first, second),
            partial(self._on_compared, self._asked),
            partial(self._on_failed, self._asked),
        )

    def _on_compared(self, asked: int, comparison: Comparison) -> None:
        if asked == self._asked:
            self._show(ComparedState(comparison=comparison))
            self.list.setFocus()

    def _on_failed(self, asked: int, failure: Failure) -> None:
        if asked == self._asked:
            self._show(ComparedState())
            self.told.emit(f"{failure.reason} {failure.remedy}")

    def _show_only(self, kind: ChangeKind | None, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self._show(replace(self.state, only=kind))

    # ── what is shown ───────────────────────────────────────────────────────

    def _show(self, state: ComparedState) -> None:
        self.state = state
        comparison = state.comparison
        for made, kind in zip(self._buttons(), (None, *KINDS), strict=True):
            count = 0 if comparison is None else len(comparison.changes)
            if comparison is not None and kind is not None:
                count = comparison.count(kind)
            made.setVisible(count > 0)
            made.setText(f"{'All' if kind is None else KINDS[kind]} {count:,}")
            made.setAccessibleName(made.text())
            made.setChecked(kind is state.only)
        self.said.setText(self._words())
        self.items.show_changes(state.shown)
        if self.items.rowCount():
            self.list.setCurrentIndex(self.items.index(0, 0))

    def _buttons(self) -> list[QPushButton]:
        return [made for made in self.filters.buttons() if isinstance(made, QPushButton)]

    def _words(self) -> str:
        if self.state.working:
            return "Comparing…"
        if self.state.comparison is None:
            return START
        sides = [self._documents.get(one.chosen) for one in (self.first, self.second) if one.chosen]
        partly = any(one is None or one.state is not DocumentState.READ for one in sides)
        return summary(self.state.comparison) + (UNREAD if partly else "")

    # ── opening a place ─────────────────────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click opens the side it is on; Enter the second, or the only one."""
        if watched is self.list.viewport() and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonRelease:
                self._on_clicked(event)
        elif (
            watched is self.list
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._open(self.list.currentIndex(), first=False)
            return True
        return super().eventFilter(watched, event)

    def _on_clicked(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.list.indexAt(at)
        if index.isValid():
            right = columns(self.list.visualRect(index))[1]
            self._open(index, first=at.x() < right.left())

    def _open(self, index: QModelIndex, *, first: bool) -> None:
        change = index.data(CHANGE_ROLE)
        if not isinstance(change, Change):
            return
        if change.before is None or change.after is None:
            first = change.after is None
        side = change.before if first else change.after
        chosen = (self.first if first else self.second).chosen
        document = self._documents.get(chosen) if chosen is not None else None
        if side is not None and document is not None:
            self.place_wanted.emit(_place(document, side))


def _place(document: Document, side: Side) -> Place:
    return Place(
        document=document.id,
        document_name=document.name,
        number=side.unit,
        marks=(Span(side.start, side.end),),
    )
