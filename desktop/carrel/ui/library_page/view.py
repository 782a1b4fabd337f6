"""The documents page as widgets: renders `LibraryState`, sends commands to the app.

Must not know other pages; what leads there leaves as a signal.
"""

import time
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, DocumentState, Removal
from carrel.domain.events import AddingFinished, Event, RemovalsChanged, Tally
from carrel.domain.ids import DocumentId, JobId
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.library_page import state as library
from carrel.ui.library_page.choosing import Chosen, possible
from carrel.ui.library_page.delegate import ACTIONS_WIDTH, LibraryDelegate, LibraryHead, columns
from carrel.ui.library_page.document_list import DocumentList, RowActions
from carrel.ui.library_page.item_model import LibraryItemModel
from carrel.ui.library_page.keeping import Keeping
from carrel.ui.library_page.menus import Entry, show_choices, show_entries
from carrel.ui.library_page.progress import ProgressCard, SummaryCard
from carrel.ui.library_page.removed import removed_rows
from carrel.ui.library_page.state import LibraryState, Row
from carrel.ui.library_page.watched import WatchedDialog
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.empty import DropCard
from carrel.ui.widgets.header import PageHeader
from carrel.ui.widgets.labels import tip

ROOMY = 780
"""Pixels the page needs to show all of its actions."""

FORMATS = "PDF, Word, Excel, HTML, e-mail, CSV, Markdown, text and archives of them"


SHOW_EVERY_SECONDS: Final = 0.2
"""Seconds between two redraws while documents are added: ten thousand rows take some
milliseconds, and nobody reads faster."""

MAX_VARIED: Final = 300
"""Rows up to which each has its own height. With more, all have the same: the list would ask for
every single one after each change."""


class LibraryPage(QWidget):
    """The list of documents.

    Signals:
        files_wanted, folder_wanted: the user wants to add something.
        document_opened: show this document; carries its id.
        document_asked: ask about this document; carries its id.
        documents_changed: carries all documents, newest first.
        progress_changed: carries one line about what is being added, empty when nothing is.
    """

    files_wanted = Signal()
    folder_wanted = Signal()
    document_opened = Signal(object)
    document_asked = Signal(object)
    documents_changed = Signal(object)
    progress_changed = Signal(str)

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Build the page and ask for the documents."""
        super().__init__()
        self._app, self._bridge, self._theme = app, bridge, theme
        self.state = LibraryState()
        self._acted = QModelIndex()
        self.menu: QMenu | None = None
        self._happened: list[Event] = []
        self._shown_at = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(round(1000 * SHOW_EVERY_SECONDS))
        self._later.timeout.connect(self._catch_up)
        self.keeping = Keeping(self, app, bridge, theme)
        self._head()
        self._build()
        self._undo_key = QShortcut(QKeySequence.StandardKey.Undo, self)
        self._undo_key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._undo_key.activated.connect(lambda: self.keeping.undo(self.state.removed))
        bridge.event_published.connect(self._on_event_published)
        bridge.deliver(app.documents(), self._on_documents_arrived)
        bridge.deliver(app.shelf.removed(), self._on_removed_arrived)

    @property
    def documents(self) -> tuple[Document, ...]:
        """All documents, newest first."""
        return self.state.documents

    # ── building ────────────────────────────────────────────────────────────

    def _head(self) -> None:
        self.header = PageHeader("Documents")
        self.filter = QLineEdit()
        self.filter.setProperty("kind", "filter")
        self.filter.setPlaceholderText("Filter by name")
        self.filter.setAccessibleName("Filter documents by name")
        self.filter.setClearButtonEnabled(True)
        for clear in self.filter.findChildren(QToolButton):
            clear.setAccessibleName("Clear the filter")
        self.filter.setMinimumWidth(90)
        self.filter.setMaximumWidth(180)
        self.filter.textChanged.connect(self._on_filter_changed)
        self.choose = button("Filter", "segment", theme=self._theme, icon="list")
        self.choose.setCheckable(True)
        self.choose.clicked.connect(self._on_choose_clicked)
        self.failed_only = button("Needs attention", "segment")
        self.failed_only.setCheckable(True)
        self.failed_only.toggled.connect(self._on_filter_changed)
        self.removed_only = button("Removed", "segment")
        self.removed_only.setCheckable(True)
        self.removed_only.toggled.connect(self._on_filter_changed)
        folder = button("Add folder…", theme=self._theme, icon="folder-plus")
        self._add_folder = folder
        files = button("Add files…", "primary", theme=self._theme, icon="plus")
        folder.clicked.connect(self._on_folder_clicked)
        files.clicked.connect(self.files_wanted)
        for widget in (
            self.filter,
            self.choose,
            self.failed_only,
            self.removed_only,
            folder,
            files,
        ):
            self.header.add(widget)

    def _build(self) -> None:
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        outside.addWidget(self.header)
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self._table_side())
        self._stack.addWidget(self._empty_side())
        self._stack.addWidget(QWidget())
        self._stack.setCurrentIndex(2)
        outside.addWidget(body, 1)

    def _table_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(tokens.GUTTER, 20, tokens.GUTTER, 20)
        column.setSpacing(tokens.GAP_L)
        self.progress = ProgressCard()
        self.progress.pause_wanted.connect(self._on_pause_wanted)
        self.progress.stop_wanted.connect(self._on_stop_wanted)
        self.summary = SummaryCard(self._theme)
        self.summary.shown.connect(self._on_state_wanted)
        self.summary.dismissed.connect(self._on_summary_dismissed)
        column.addWidget(self.progress)
        column.addWidget(self.summary)
        card = QFrame()
        card.setProperty("surface", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        self.head = LibraryHead(self._theme)
        inside.addWidget(self.head)
        self.list = DocumentList()
        self.list.setAccessibleName("Documents")
        self.list.setMouseTracking(True)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.items = LibraryItemModel(self.list)
        self.list.setModel(self.items)
        self.list.setItemDelegate(LibraryDelegate(self._theme, self.list))
        self.items.modelReset.connect(self._hide_actions)
        self.list.opened.connect(self._on_row_opened)
        self.list.doubleClicked.connect(self._on_row_opened)
        self.list.asked.connect(self._on_row_asked)
        self.list.folded.connect(self._on_row_folded)
        self.list.removed.connect(self._on_row_removed)
        self.list.renamed.connect(self._on_row_renamed)
        self.list.entered.connect(self._place_actions)
        self.list.resized.connect(self._on_list_resized)
        self.list.verticalScrollBar().valueChanged.connect(self._hide_actions)
        self.list.selectionModel().currentChanged.connect(self._place_actions)
        self.list.customContextMenuRequested.connect(self._on_menu_wanted)
        self.actions_bar = RowActions(self._theme, self.list.viewport())
        self.actions_bar.hide()
        self.actions_bar.ask.clicked.connect(lambda: self._on_row_asked(self._acted))
        self.actions_bar.more.clicked.connect(self._on_more_clicked)
        inside.addWidget(self.list, 1)
        column.addWidget(card, 1)
        return side

    def _empty_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(tokens.GUTTER, 0, tokens.GUTTER, 60)
        card = DropCard(
            self._theme,
            "No documents yet",
            "Drop files or a folder anywhere in this window. Everything stays on this computer.",
            FORMATS,
        )
        card.files_wanted.connect(self.files_wanted)
        card.folder_wanted.connect(self.folder_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card, 4)
        row.addStretch(1)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        return side

    # ── state ───────────────────────────────────────────────────────────────

    def _on_documents_arrived(self, documents: tuple[Document, ...]) -> None:
        self._catch_up()
        self._show(library.with_documents(self.state, documents))

    def _on_event_published(self, event: Event) -> None:
        """Show at once what happens now and then, and a few times a second what never stops."""
        self._happened.append(event)
        if self._later.isActive():
            if isinstance(event, AddingFinished):
                self._catch_up()
        elif time.monotonic() - self._shown_at > SHOW_EVERY_SECONDS:
            self._catch_up()
        else:
            self._later.start()
        if isinstance(event, AddingFinished):
            self._bridge.deliver(self._app.documents(), self._on_documents_arrived)
        if isinstance(event, RemovalsChanged):
            self._bridge.deliver(self._app.shelf.removed(), self._on_removed_arrived)

    def _on_removed_arrived(self, removed: tuple[Removal, ...]) -> None:
        self._show(library.with_removed(self.state, removed))

    def _catch_up(self) -> None:
        """Show all that has happened."""
        self._later.stop()
        happened, self._happened = self._happened, []
        if happened:
            state = library.apply_all(self.state, happened)
            if state is not self.state:
                self._show(state)

    def _on_filter_changed(self) -> None:
        found = library.filtered(
            self.state, self.filter.text(), failed_only=self.failed_only.isChecked()
        )
        narrowed = found.narrowed if found.failed_only else None
        removed_only = self.removed_only.isChecked()
        self._show(replace(found, removed_only=removed_only, narrowed=narrowed))

    def _on_choose_clicked(self) -> None:
        self.choose.setChecked(bool(self.state.chosen))
        below = self.choose.mapToGlobal(QPoint(0, self.choose.height()))
        offered = possible(self.state.documents)
        self.menu = show_choices(
            self, offered, self.state.chosen.only(offered), self._on_chosen, below
        )

    def _on_chosen(self, chosen: Chosen) -> None:
        self._show(replace(self.state, chosen=chosen))

    def _show(self, state: LibraryState) -> None:
        before, self.state = self.state, state
        self._shown_at = time.monotonic()
        rows = (
            removed_rows(state.removed, wanted=state.filter)
            if state.removed_only
            else library.rows(state)
        )
        self.list.setUniformItemSizes(len(rows) > MAX_VARIED)
        kept = self.items.row_at(self.list.currentIndex())
        self.items.show_rows(rows)
        if kept is not None and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.items.index_of(kept.key))
        nothing = not (
            state.documents or state.jobs or state.not_added or state.left_out or state.removed
        )
        self._stack.setCurrentIndex((1 if nothing else 0) if state.loaded or not nothing else 2)
        self.header.set_meta(words.count(len(state.documents), "document") if not nothing else "")
        failed = library.failures(state)
        self.failed_only.setVisible(failed > 0 or state.failed_only)
        self.failed_only.setText(f"Needs attention  {failed}")
        self.failed_only.setAccessibleName(f"Show only the {failed} that need attention")
        self.removed_only.setVisible(bool(state.removed))
        self.removed_only.setChecked(state.removed_only)
        self.removed_only.setText(f"Removed  {len(state.removed)}")
        self.removed_only.setAccessibleName(f"Show the {len(state.removed)} that were removed")
        self.filter.setVisible(not nothing)
        self.choose.setVisible(not nothing)
        self.choose.setChecked(bool(state.chosen))
        count = len(state.chosen.choices)
        self.choose.setText(f" Filter  {count}" if count else " Filter")
        by = state.chosen.spoken or "tag, collection, kind or state"
        self.choose.setAccessibleName(f"Filter by {by}")
        self.choose.setToolTip(tip(f"Filter by {by}"))
        self._show_progress()
        if before.documents != state.documents or before.loaded != state.loaded:
            self.documents_changed.emit(state.documents)

    def _show_progress(self) -> None:
        said = library.progress_words(self.state)
        self.progress.show_progress(
            said,
            library.progress_share(self.state),
            paused=self.state.paused,
            can_stop=any(not job.cancelling for job in self.state.jobs),
        )
        self.summary.show_tally(library.summary(self.state))
        self.progress_changed.emit(said)

    # ── rows ────────────────────────────────────────────────────────────────

    def _place_actions(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is None or row.progress is not None or row.state == "Waiting":
            self._hide_actions()
            return
        self._acted = index
        area = columns(self.list.visualRect(index))["actions"]
        self.actions_bar.ask.setVisible(row.can_be_asked)
        self.actions_bar.setGeometry(area.left(), area.center().y() - 15, ACTIONS_WIDTH, 30)
        self.actions_bar.show()

    def _on_list_resized(self) -> None:
        self.head.set_row_width(self.list.viewport().width())
        self._add_folder.setVisible(self.width() >= ROOMY)
        self._hide_actions()

    def _hide_actions(self) -> None:
        self.actions_bar.hide()

    def _on_row_opened(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is not None and row.readable:
            self.document_opened.emit(row.document)
        elif row is not None and row.is_open is not None:
            self._on_row_folded(index)

    def _on_row_folded(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is not None and row.document is not None:
            self._show(library.folded(self.state, row.document))
            self.list.setCurrentIndex(self.items.index_of(row.key))

    def _on_ledger_wanted(self, document: Document) -> None:
        self.keeping.show_panel(document, {known.id: known.name for known in self.state.documents})

    def _on_row_asked(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is not None and row.can_be_asked:
            self.document_asked.emit(row.document)

    def _on_row_removed(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is None:
            return
        if row.key.startswith(("not added ", "left out ")):
            self._show(library.dismissed(self.state, row.key.removeprefix("not added ")))
        elif row.key.startswith("adding "):
            job, _, file = row.key.removeprefix("adding ").partition("/")
            self._app.adding.cancel_file(JobId(int(job)), int(file))
        elif row.key.startswith("removed "):
            self.keeping.shred(
                tuple(r for r in self.state.removed if r.document.id == row.document)
            )
        elif documents := self._selected(index):
            self.keeping.remove(documents)

    def _on_row_renamed(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        if row is not None and (document := self._document(row)) is not None:
            self.keeping.rename(document)

    def _document(self, row: Row) -> Document | None:
        return next((d for d in self.state.documents if d.id == row.document), None)

    def _on_more_clicked(self) -> None:
        below = self.actions_bar.more.mapToGlobal(QPoint(0, self.actions_bar.more.height()))
        self._menu(self._acted, below)

    def _on_folder_clicked(self) -> None:
        menu = QMenu(self)
        menu.addAction("Add a folder…").triggered.connect(self.folder_wanted)
        menu.addAction("Watched folders…").triggered.connect(self.show_watched)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._add_folder.mapToGlobal(QPoint(0, self._add_folder.height())))

    def show_watched(self) -> None:
        """Open the dialog of watched folders."""
        self.watched = WatchedDialog(self, self._app, self._bridge, self._theme)
        self.watched.finished.connect(self.watched.deleteLater)
        self.watched.open()

    def _on_menu_wanted(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if not index.isValid():
            index = self.list.currentIndex()
        self._menu(index, self.list.viewport().mapToGlobal(at))

    def _menu(self, index: QModelIndex, at: QPoint) -> None:
        row = self.items.row_at(index)
        if row is None:
            return
        entries: list[Entry] = []
        documents = self._selected(index)
        remove = partial(self._on_row_removed, index)
        if row.key.startswith("adding "):
            entries.append(Entry("Stop this file", "Del", remove))
        elif row.key.startswith("removed "):
            back = DocumentId(row.document or 0)
            entries.append(Entry("Bring back", "", lambda: self.keeping.restore(back)))
            entries.append(Entry("Delete for good…", "Del", remove))
        elif len(documents) > 1:
            entries += self.keeping.entries(documents)
            count = words.count(len(documents), "document")
            entries.append(Entry(f"Remove {count}", "Del", remove))
        elif documents:
            opened, asked = partial(self._on_row_opened, index), partial(self._on_row_asked, index)
            read = partial(self._on_ledger_wanted, documents[0])
            entries.append(Entry("Open", "Return", opened, row.readable))
            entries.append(Entry("Ask about this document", "Ctrl+Return", asked, row.can_be_asked))
            entries.append(Entry("What was read…", "", read))
            if row.is_open is not None:
                fold = "Hide what is inside" if row.is_open else "Show what is inside"
                key = "Left" if row.is_open else "Right"
                entries.append(Entry(fold, key, partial(self._on_row_folded, index)))
            entries += self.keeping.entries(documents)
            entries.append(Entry("Remove", "Del", remove))
        elif row.state in {"Not added", "Left out"}:
            entries.append(Entry("Take off the list", "Del", remove))
        self.menu = show_entries(self, entries, at)

    def _selected(self, index: QModelIndex) -> list[Document]:
        """The documents that are meant: those selected if the row is one of them, else its own."""
        chosen = self.list.selectionModel().selectedIndexes()
        meant = chosen if index in chosen else [index]
        rows = [row for one in meant if (row := self.items.row_at(one)) is not None]
        ids = dict.fromkeys(row.document for row in rows if not row.key.startswith("removed "))
        known = {document.id: document for document in self.state.documents}
        return [known[id_] for id_ in ids if id_ in known]

    def _on_pause_wanted(self, paused: bool) -> None:  # noqa: FBT001 - a signal's value
        self._app.adding.pause(paused=paused)

    def _on_state_wanted(self, wanted: DocumentState) -> None:
        """Show only documents in this state, and what was not even added among those not read."""
        self.failed_only.setChecked(True)
        self._show(replace(self.state, narrowed=wanted))

    def _on_summary_dismissed(self) -> None:
        self._show(replace(self.state, tally=Tally()))

    def _on_stop_wanted(self) -> None:
        self._catch_up()
        for job in self.state.jobs:
            if not job.cancelling:
                self._app.cancel(job.job)
                self._show(library.cancelling(self.state, job.job))

    def minimumSizeHint(self) -> QSize:
        """The table gives way before the window does."""
        return QSize(360, 300)
