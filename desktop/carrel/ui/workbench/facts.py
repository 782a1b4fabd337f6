"""What three tools have in common: documents are chosen, facts listed, filtered and exported.

Must not know how facts are found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.events import Event, FactsProgressed
from carrel.domain.fact_sheet import FactSheet
from carrel.domain.facts import (
    Contradictions,
    Entities,
    FactsKind,
    Mention,
    Summary,
    Timeline,
    When,
)
from carrel.domain.ids import DocumentId
from carrel.domain.refined import RefinedEntities, RefinedTimeline
from carrel.ui import words
from carrel.ui.chat_page.scope import ScopePopup, scope_words
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.theme import tokens
from carrel.ui.viewer.state import Place
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.workbench.compare_delegate import columns
from carrel.ui.workbench.fact_list import LINE_ROLE, LINES, FactDelegate, FactLines, Line
from carrel.ui.workbench.fact_rows import FactRow, Names, sheet_of_rows
from carrel.ui.workbench.tool import Equipment, ToolView

UNREAD: Final = " Not all of the documents was read; what was not read is not here."
PERIOD_WIDTH: Final = 110
SINCE_WIDTH: Final = 190
FILTER_WIDTH: Final = 240

Found = TypeVar(
    "Found", Timeline, Entities, Contradictions, Summary, RefinedTimeline, RefinedEntities
)


class FactsView(ToolView):
    """One of the tools.

    Attributes:
        kind: what is looked for.
        title: of the tool.
        noun: what was found, in the plural.
        start_words: what is said before anything was looked for.
        groups: the filters.
        heads: of the columns of an export, before those of the places.
        paired: whether each fact has two places that belong side by side.
        dated: whether facts can be cut by a period.
        least: documents that are needed.
        folded: groups that are shown under their filter only.
        lines: of a sentence that are shown.
    """

    kind: FactsKind
    title: str
    noun: str
    start_words: str
    groups: tuple[str, ...]
    heads: tuple[str, ...]
    paired = False
    dated = False
    least = 1
    folded: frozenset[str] = frozenset()
    lines = LINES

    def __init__(self, equipment: Equipment) -> None:
        """Nothing is looked for yet."""
        super().__init__(equipment, self.title)
        self._documents: tuple[Document, ...] = ()
        self._chosen: tuple[DocumentId, ...] = ()
        self._asked = 0
        self._working = False
        self._more = False
        self._names: dict[DocumentId, str] = {}
        self._only = ""
        self.rows: tuple[FactRow, ...] = ()
        self.scope = button("", "chip", theme=self.theme, icon="files")
        self.scope.clicked.connect(self._open_scope)
        self.popup = ScopePopup(self.theme, self)
        self.popup.scope_changed.connect(self._on_scope)
        self.start = button("Start", "primary")
        self.start.clicked.connect(self._on_start)
        self.filter = self._field("Filter by words", FILTER_WIDTH)
        self.since = self._field("From, such as 2019-03", SINCE_WIDTH)
        self.until = self._field("To", PERIOD_WIDTH)
        self.export = button("Export…", "small", theme=self.theme, icon="file-spreadsheet")
        self.export.clicked.connect(self._on_export)
        self.header.add(self.export)
        self.said = label(self.start_words, "meta", wrap=True)
        self.column.addWidget(self._head())
        self.column.addWidget(hairline())
        self.items = FactLines(self)
        self.list = self._list()
        self.column.addWidget(self.list, 1)
        self.bridge.event_published.connect(self._on_event)
        self._say()

    def _field(self, words_: str, width: int) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(words_)
        made.setAccessibleName(words_)
        made.setProperty("kind", "filter")
        made.setFixedWidth(width)
        made.setClearButtonEnabled(True)
        made.textChanged.connect(self._show_rows)
        return made

    def _head(self) -> QWidget:
        chosen = QHBoxLayout()
        chosen.setSpacing(tokens.GAP_S)
        for widget in (self.scope, *self.switches(), self.start):
            chosen.addWidget(widget)
        chosen.addStretch(1)
        for field in (self.since, self.until) if self.dated else ():
            chosen.addWidget(field)
        chosen.addWidget(self.filter)
        kinds = QHBoxLayout()
        kinds.setSpacing(tokens.GAP_XS)
        self.filters = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for group in ("", *self.groups):
            made = button(group or "All", "segment")
            made.setCheckable(True)
            made.setChecked(not group)
            made.hide()
            made.clicked.connect(partial(self._show_only, group))
            self.filters.addButton(made)
            self.buttons[group] = made
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

    def switches(self) -> list[QWidget]:
        """Controls of the tool’s own, before Start."""
        return []

    def _list(self) -> QListView:
        made = QListView()
        made.setAccessibleName(self.title)
        made.setModel(self.items)
        self.delegate = FactDelegate(
            self.theme, self.items, made, paired=self.paired, lines=self.lines
        )
        made.setItemDelegate(self.delegate)
        made.setUniformItemSizes(True)
        made.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        made.viewport().installEventFilter(self)
        made.installEventFilter(self)
        self.theme.changed.connect(made.viewport().update)
        return made

    # ── what comes ──────────────────────────────────────────────────────────

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the documents there are."""
        states = (DocumentState.READ, DocumentState.PARTIAL)
        self._documents = tuple(one for one in documents if one.state in states)
        ids = {one.id for one in self._documents}
        self._chosen = tuple(one for one in self._chosen if one in ids)
        self._names |= {one.id: one.name for one in self._documents}
        self._say()

    def open(self) -> None:
        """Focus the facts, or what is to be chosen first."""
        (self.list if self.rows else self.scope).setFocus()

    def find_in(self, documents: tuple[DocumentId, ...]) -> None:
        """Look for facts in these documents; empty means all."""
        self._chosen = documents
        self._say()
        self._start()

    @property
    def scoped(self) -> tuple[Document, ...]:
        """The documents that would be looked through."""
        return tuple(
            one
            for one in self._documents
            if (one.id in self._chosen if self._chosen else not one.old)
        )

    def _open_scope(self) -> None:
        self.popup.open_above(self.scope, self._documents, self._chosen)
        self.popup.move(self.scope.mapToGlobal(QPoint(0, self.scope.height() + 6)))

    def _on_scope(self, documents: object) -> None:
        if isinstance(documents, tuple):
            self._chosen = documents
            self._say()

    def _on_start(self) -> None:
        if self._working:
            self._stop()
        else:
            self._start()

    def _stop(self) -> None:
        self._asked += 1
        self.app.facts.stop(self.kind)
        self._working = False
        self._say()

    def _start(self) -> None:
        documents = [one.id for one in self.scoped]
        if len(documents) < self.least:
            return
        self._asked += 1
        self._working = True
        self._say(f"Reading {words.count(len(documents), 'document')}…")
        self._look(documents, self._asked)

    def _look(self, _documents: Sequence[DocumentId], _asked: int) -> None:
        """Ask the core; each tool asks for its own facts, and calls `_wait`."""

    def _wait(
        self,
        asked: int,
        future: Future[Found],
        rows_of: Callable[[Found, Names], tuple[FactRow, ...]],
    ) -> None:
        self.bridge.deliver(
            future, partial(self._on_found, asked, rows_of), partial(self._on_failed, asked)
        )

    def _on_event(self, event: Event) -> None:
        if self._working and isinstance(event, FactsProgressed) and event.kind == self.kind.value:
            self.said.setText(f"{event.done:,} of {words.count(event.total, 'document')} read…")

    def _on_found(
        self,
        asked: int,
        rows_of: Callable[[Found, Names], tuple[FactRow, ...]],
        found: Found,
    ) -> None:
        if asked == self._asked:
            self._more = found.more
            made = self.threads.submit(rows_of, found, dict(self._names))
            self.bridge.deliver(made, partial(self._on_rows, asked))

    def _on_rows(self, asked: int, rows: tuple[FactRow, ...]) -> None:
        if asked == self._asked:
            self._working = False
            self.rows = rows
            self._only = ""
            self._show_rows()
            self.list.setFocus()

    def _on_failed(self, asked: int, failure: Failure) -> None:
        if asked == self._asked:
            self._working = False
            self._say()
            self.told.emit(f"{failure.reason} {failure.remedy}")

    # ── what is shown ───────────────────────────────────────────────────────

    def shown(self) -> tuple[FactRow, ...]:
        """The facts that pass all filters."""
        since, until = (_when(field.text()) for field in (self.since, self.until))
        wanted = self.filter.text().casefold().split()
        return tuple(
            row
            for row in self.rows
            if (row.group == self._only if self._only else row.group not in self.folded)
            and all(word in row.sought for word in wanted)
            and (not (since or until) or row.between(since, until))
        )

    def _show_only(self, group: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self._only = group
        self._show_rows()

    def _show_rows(self, _text: str = "") -> None:
        rows = self.shown()
        self.items.show_rows(rows, dict(self._names))
        if rows:
            self.list.setCurrentIndex(self.items.index(0, 0))
        self._say()

    def _say(self, words_: str = "") -> None:
        """What is chosen, what can be done, and how much was found."""
        total = sum(not one.old for one in self._documents)
        self.scope.setText(f" {scope_words(total, len(self._chosen))}")
        self.scope.setAccessibleName(scope_words(total, len(self._chosen)))
        self.scope.setEnabled(bool(self._documents))
        self.start.setText(self.stop_words if self._working else self.begin_words)
        self.start.setAccessibleName(self.start.text())
        self.start.setEnabled(self._working or len(self.scoped) >= self.least)
        shown = self.items.rowCount() if hasattr(self, "items") else 0
        self.export.setEnabled(bool(shown))
        counts = Counter(row.group for row in self.rows)
        folded = [group for group in self.folded if group in counts]
        for group, made in self.buttons.items():
            count = counts[group] if group else len(self.rows) - sum(counts[one] for one in folded)
            made.setVisible(count > 0)
            made.setText(f"{group or 'All'} {count:,}")
            made.setAccessibleName(made.text())
            made.setChecked(group == self._only)
        self.said.setText(words_ or self._summary())

    @property
    def begin_words(self) -> str:
        """What the button says before something is looked for."""
        return "Start"

    @property
    def stop_words(self) -> str:
        """What it says meanwhile."""
        return "Stop"

    def _summary(self) -> str:
        if not self.rows:
            return self.start_words if not self._asked else "Nothing was found by rules."
        partly = any(one.state is not DocumentState.READ for one in self.scoped)
        more = " There are more than are listed." if self._more else ""
        all_ = sum(row.group not in self.folded for row in self.rows)
        told = f"{len(self.shown()):,} of {all_:,} {self.noun}."
        return told + more + (UNREAD if partly else "")

    # ── opening a place, and exporting ──────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click or Enter opens a place, or shows the places of a fact that has several."""
        if watched is self.list.viewport() and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonRelease:
                at = event.position().toPoint()
                index = self.list.indexAt(at)
                if index.isValid():
                    right = columns(self.list.visualRect(index))[1]
                    self._open(index, second=at.x() >= right.left())
        elif (
            watched is self.list
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._open(self.list.currentIndex(), second=True)
            return True
        return super().eventFilter(watched, event)

    def _open(self, index: QModelIndex, *, second: bool) -> None:
        line = index.data(LINE_ROLE)
        if not isinstance(line, Line):
            return
        if self.paired:
            self._show_place(line.row.mentions[second])
        elif not line.row.mentions:
            return
        elif line.mention is None and len(line.row.mentions) > 1:
            self.items.toggle(index.row())
        else:
            self._show_place(line.mention or line.row.mentions[0])

    def _show_place(self, mention: Mention) -> None:
        self.place_wanted.emit(
            Place(
                document=mention.document,
                document_name=self._names.get(mention.document, ""),
                number=mention.place.number,
                marks=(mention.span,),
            )
        )

    def _on_export(self) -> None:
        sheet = self.sheet()

        def chosen(paths: list[Path]) -> None:
            self.bridge.deliver(
                self.app.facts.export(sheet, paths[0]), self._on_written, self._on_not_written
            )

        self.dialog = choose_new_file(
            self, "Export as CSV, XLSX or DOCX", f"{self.kind.value}.csv", chosen
        )

    def sheet(self) -> FactSheet:
        """What is shown now, for an export."""
        return self.made_sheet()

    def made_sheet(self, note: str = "") -> FactSheet:
        """The same.

        Args:
            note: who made it, in a sentence.
        """
        rows, names = self.shown(), dict(self._names)
        return sheet_of_rows(
            self.title, self.sheet_heads, rows, names, paired=self.paired, note=note
        )

    @property
    def sheet_heads(self) -> tuple[str, ...]:
        """Of the columns of an export, before those of the places."""
        return self.heads

    def _on_written(self, path: Path) -> None:
        self.told.emit(f"Written: {path.name}")

    def _on_not_written(self, failure: Failure) -> None:
        self.told.emit(f"{failure.reason} {failure.remedy}")


def _when(text: str) -> When | None:
    """A date in a field; what is none yet, while one types, filters nothing."""
    try:
        return When.parse(text)
    except ValueError:
        return None
