"""The main window: puts the panes together and turns their signals into each other.

Knows every page; no page knows another. Must not know the store or the engine.
"""

import time
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from carrel.domain.answers import Chat, Citation
from carrel.domain.documents import Document, Failure
from carrel.domain.events import AddingFinished, AnswerFinished, ChatsChanged, Event, QuestionAsked
from carrel.domain.ids import ChatId, DocumentId
from carrel.settings import GEOMETRY, SPLITTER, THEME
from carrel.ui import words
from carrel.ui.answer_keeping import AnswerKeeping
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.catalog_page.state import (
    CatalogState,
    is_model_file,
    loading_words,
    split_models,
    work_words,
)
from carrel.ui.catalog_page.view import CatalogPage
from carrel.ui.chat_keeping import ChatKeeping
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_files, choose_folder
from carrel.ui.dialogs.help import HelpDialog
from carrel.ui.dialogs.seal import SealDialog, WorkspaceDialog
from carrel.ui.drop import DropOverlay, DropTarget
from carrel.ui.engine_chip import EngineChip
from carrel.ui.keys import bind
from carrel.ui.library_page.state import failures
from carrel.ui.library_page.view import LibraryPage
from carrel.ui.notice import Notice
from carrel.ui.panes import Panes, focus_first
from carrel.ui.search.view import SearchPanel
from carrel.ui.settings_page.meaning_card import MeaningCard
from carrel.ui.settings_page.planning_card import PlanningCard
from carrel.ui.settings_page.recognition_card import RecognitionCard
from carrel.ui.settings_page.view import SettingsPage
from carrel.ui.settings_page.words_card import WordsCard
from carrel.ui.sidebar.state import PageName, with_chats
from carrel.ui.sidebar.view import Sidebar, find_chat
from carrel.ui.statusbar import StatusBar
from carrel.ui.theme import Theme, ThemeChoice
from carrel.ui.viewer.quoting import Selected
from carrel.ui.viewer.state import Place
from carrel.ui.viewer.view import ViewerPane
from carrel.ui.widgets.buttons import enter_presses, icon_button
from carrel.ui.widgets.header import PageHeader
from carrel.ui.workbench.tool import Equipment
from carrel.ui.workbench.view import Workbench

WIDTH: Final = 1440
HEIGHT: Final = 900
"""Size of the first window, pixels; the screen may be smaller."""
VIEWER_PAGES: Final = frozenset({PageName.CHATS, PageName.DOCUMENTS, PageName.TOOLS})


class MainWindow(QMainWindow):
    """One workspace in a window."""

    def __init__(self, app: AppApi, theme: Theme) -> None:
        """Build all panes and ask the app for what they show."""
        super().__init__()
        self.app, self.theme = app, theme
        self.bridge = EventBridge(app.subscribe)
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="window")
        self.setWindowTitle(f"{app.info.name} – Carrel")
        self.setMinimumSize(640, 480)
        self._build()
        self._connect()
        self.keys = bind(self)
        self._restore()
        self._refresh_chats()
        self.show_page(PageName.CHATS)

    # ── building ────────────────────────────────────────────────────────────

    def _build(self) -> None:
        app, bridge, theme = self.app, self.bridge, self.theme
        self.sidebar = Sidebar(theme, app.info.name)
        self.status = StatusBar(theme, app.seal)
        self.chat = ChatPage(app, bridge, theme)
        self.library = LibraryPage(app, bridge, theme)
        made_with = Equipment(app=app, bridge=bridge, theme=theme, threads=self.threads)
        self.workbench = Workbench(made_with)
        self.catalog = CatalogPage(app, bridge, theme, self.threads)
        self.settings = SettingsPage(theme, app.info, app.seal)
        self.settings.add_card(RecognitionCard(app))
        self.settings.add_card(PlanningCard(app.settings))
        self.words_card = WordsCard(app, bridge, theme)
        self.settings.add_card(self.words_card)
        self.settings.add_card(MeaningCard(app, bridge, theme))
        self.pages = QStackedWidget()
        self.pages.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        sides = (self._chat_side(), self.library, self.workbench, self.catalog, self.settings)
        for page in sides:
            page.setProperty("surface", "bg")
            page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self.pages.addWidget(page)
        self.viewer = ViewerPane(app, bridge, theme)
        self.panes = Panes(self.sidebar, self.pages, self.viewer)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panes, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)
        self.notice = Notice(theme, self.pages)
        self.search = SearchPanel(app, bridge, theme, central)
        self.chat_keeping = ChatKeeping(
            app, bridge, theme, sidebar=self.sidebar, parent=self, left=self.new_chat
        )
        self.overlay = DropOverlay(theme, app.info.name, self.panes)
        self.drops = DropTarget(self, self.overlay, bridge, self.threads, self._are_models)

    def _chat_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.chat_header = PageHeader("New chat")
        self.chip = EngineChip(self.theme)
        self.find_button = icon_button(
            self.theme, "search", "Search all documents", shortcut="Ctrl+K"
        )
        self.viewer_button = icon_button(
            self.theme, "panel-right", "Show or hide the viewer", shortcut="Ctrl+Alt+B"
        )
        self.viewer_button.setCheckable(True)
        for widget in (self.chip, self.find_button, self.viewer_button):
            self.chat_header.add(widget)
        column.addWidget(self.chat_header)
        column.addWidget(self.chat, 1)
        return side

    def _connect(self) -> None:
        side = self.sidebar
        side.page_chosen.connect(self.show_page)
        side.workspace_wanted.connect(self._on_workspace_wanted)
        side.chat_chosen.connect(self.open_chat)
        side.new_chat_wanted.connect(self.new_chat)
        side.files_wanted.connect(self.add_files)
        side.document_chosen.connect(self.open_document)
        self.chat.citation_activated.connect(self._on_citation_activated)
        self.chat.place_wanted.connect(self.open_place)
        self.chat.title_changed.connect(self.chat_header.set_title)
        self.chat.chat_changed.connect(self._on_chat_changed)
        self.chat.add_files_requested.connect(self.add_files)
        self.chat.add_folder_requested.connect(self.add_folder)
        self._answers = AnswerKeeping(self.app, self.bridge, self, self.notice.say)
        self.chat.transcript.answer_saved.connect(self._answers.save)
        self.chat.models_wanted.connect(lambda: self.show_page(PageName.MODELS))
        self.chip.load_wanted.connect(self.catalog.load)
        self.chip.unload_wanted.connect(self._on_unload_wanted)
        self.chip.stop_wanted.connect(self.catalog.stop_loading)
        self.chip.page_wanted.connect(lambda: self.show_page(PageName.MODELS))
        self.find_button.clicked.connect(self.search.open)
        self.viewer_button.clicked.connect(self.toggle_viewer)
        self.library.files_wanted.connect(self.add_files)
        self.library.folder_wanted.connect(self.add_folder)
        self.library.document_opened.connect(self.open_document)
        self.library.document_asked.connect(self._on_document_asked)
        self.library.documents_changed.connect(self._on_documents_changed)
        self.library.progress_changed.connect(self.status.show_adding)
        self.library.keeping.told.connect(
            lambda words_, action, act: self.notice.say(words_, action=action, act=act)
        )
        tools = self.workbench
        tools.citation_activated.connect(self._on_citation_activated)
        tools.place_wanted.connect(self.open_place)
        tools.models_wanted.connect(lambda: self.show_page(PageName.MODELS))
        tools.help_wanted.connect(self.show_help)
        tools.told.connect(self.notice.say)
        self.catalog.state_changed.connect(self._on_catalog_changed)
        self.catalog.help_wanted.connect(self.show_help)
        self.catalog.machine_seen.connect(self.status.show_machine)
        self._on_catalog_changed(self.catalog.state)
        self.settings.forget_wanted.connect(self._on_forget_wanted)
        self.settings.theme_chosen.connect(self.choose_theme)
        self.settings.help_wanted.connect(self.show_help)
        self.settings.seal_wanted.connect(self._on_seal_wanted)
        self.status.seal_wanted.connect(self._on_seal_wanted)
        self.status.models_wanted.connect(lambda: self.show_page(PageName.MODELS))
        self.status.adding_wanted.connect(lambda: self.show_page(PageName.DOCUMENTS))
        self.viewer.close_wanted.connect(self.close_viewer)
        self.viewer.step_wanted.connect(self.step_citation)
        self.viewer.ask_wanted.connect(self._on_selection_asked)
        self.search.hit_chosen.connect(self.open_place)
        self.drops.dropped.connect(self._on_dropped)
        self.notice.action_taken.connect(lambda: self.show_page(PageName.DOCUMENTS))
        self.bridge.event_published.connect(self._on_event_published)
        self.bridge.event_published.connect(self.status.hear)
        self.bridge.failed.connect(self._on_failed)

    # ── pages ───────────────────────────────────────────────────────────────

    @property
    def page(self) -> PageName:
        """The page shown."""
        return self.sidebar.state.page

    def show_page(self, page: PageName) -> None:
        """Show a page."""
        self.pages.setCurrentIndex(int(page))
        self.sidebar.show_state(replace(self.sidebar.state, page=page))
        wanted = self.viewer.state.place is not None and page in VIEWER_PAGES
        self.panes.show_viewer(wanted=wanted and self.viewer_button.isChecked())
        if page is PageName.CHATS:
            self.chat.focus_composer()
        elif page is PageName.DOCUMENTS:
            self.library.list.setFocus()
        elif page is PageName.TOOLS:
            self.workbench.take_focus()
        else:
            self.pages.setFocus()
        if page is PageName.SETTINGS:
            self._refresh_kept()

    def new_chat(self) -> None:
        """Start a chat."""
        self.open_chat(None)

    def open_chat(self, chat: ChatId | None) -> None:
        """Show a chat, or an empty one."""
        self.show_page(PageName.CHATS)
        found = find_chat(self.sidebar.state.chats, chat)
        self.chat.open_chat(chat, found.title if found else "")
        self.chat.focus_composer()

    # ── viewer ──────────────────────────────────────────────────────────────

    def open_place(self, place: Place) -> None:
        """Show a place in the viewer."""
        self._reveal_viewer()
        self.viewer.open_place(place)

    def open_document(self, document: DocumentId) -> None:
        """Show a document from its beginning."""
        found = next((d for d in self.library.documents if d.id == document), None)
        if found is not None:
            self.open_place(Place(document=found.id, document_name=found.name, number=1))

    def _on_citation_activated(
        self, citation: Citation, citations: tuple[Citation, ...] | list[Citation] = ()
    ) -> None:
        self._reveal_viewer()
        self.viewer.open_citation(citation, tuple(citations))

    def _reveal_viewer(self) -> None:
        if self.page not in VIEWER_PAGES:
            self.show_page(PageName.CHATS)
        self.viewer_button.setChecked(True)
        self.panes.show_viewer(wanted=True)

    def _on_selection_asked(self, selected: Selected) -> None:
        """Begin a question with the quote, about its document only."""
        self.show_page(PageName.CHATS)
        self.chat.quote(selected.question, selected.document)

    def close_viewer(self) -> None:
        """Hide the viewer."""
        self.viewer_button.setChecked(False)
        self.panes.show_viewer(wanted=False)
        self.chat.clear_citation()
        focus_first(self.pages)

    def toggle_viewer(self) -> None:
        """Show or hide the viewer."""
        if self.panes.viewer_open:
            self.close_viewer()
        else:
            self._reveal_viewer()

    # ── adding ──────────────────────────────────────────────────────────────

    def add_files(self) -> None:
        """Let the user choose files to add."""
        choose_files(self, "Add files", self.add_paths)

    def add_folder(self) -> None:
        """Let the user choose a folder to add."""
        choose_folder(self, "Add a folder", self.add_paths)

    def add_paths(self, paths: list[Path]) -> None:
        """Add these files and folders; the documents page shows how far it is."""
        if paths:
            self.app.add_paths(paths)

    def _are_models(self, paths: list[Path]) -> bool:
        """Whether these would be imported; on the models page a folder may be a pack."""
        on_page = self.page is PageName.MODELS
        return all(is_model_file(path) or (on_page and not path.suffix) for path in paths)

    def _on_dropped(self, paths: list[Path]) -> None:
        if self.page is PageName.MODELS:
            self.bridge.deliver(self.threads.submit(split_models, paths), self._on_split)
            return
        models = [path for path in paths if is_model_file(path)]
        self._on_split((models, [path for path in paths if path not in models]))

    def _on_split(self, split: tuple[list[Path], list[Path]]) -> None:
        """Import the models, add the rest."""
        models, others = split
        if models:
            self.show_page(PageName.MODELS)
            self.catalog.import_paths(models)
        elif others and self.page is PageName.MODELS:
            self.notice.say("That is no model, so it is added to the documents.", action="Show")
        self.add_paths(others)

    def _on_documents_changed(self, documents: tuple[Document, ...]) -> None:
        self.sidebar.show_state(replace(self.sidebar.state, documents=documents))
        self.status.show_documents(documents)
        self.workbench.show_documents(documents)

    def _on_catalog_changed(self, state: CatalogState) -> None:
        now = time.monotonic()
        self.chip.show_state(state, loading_words(state, now))
        self.status.show_models(work_words(state, now))

    def _on_document_asked(self, document: DocumentId) -> None:
        self.open_chat(None)
        self.chat.set_scope((document,))

    # ── events ──────────────────────────────────────────────────────────────

    def _on_event_published(self, event: Event) -> None:
        match event:
            case ChatsChanged():
                self._refresh_chats()
            case QuestionAsked():
                self._refresh_chats()
            case AnswerFinished():
                spoken = QAccessibleAnnouncementEvent(self, "Answer complete")
                QAccessible.updateAccessibility(spoken)
                self._refresh_chats()
            case AddingFinished():
                self._say_added()

    def _say_added(self) -> None:
        state = self.library.state
        if state.jobs or self.page is PageName.DOCUMENTS:
            return
        bad = failures(state)
        same = state.duplicates
        if bad:
            self.notice.say(
                f"{words.count(bad, 'file needs', 'files need')} attention.", action="Show"
            )
        elif same:
            self.notice.say(
                f"{words.count(same, 'file was', 'files were')} in this workspace already."
            )

    def _refresh_chats(self) -> None:
        self.bridge.deliver(self.app.chats(), self._on_chats_arrived)

    def _on_chats_arrived(self, chats: tuple[Chat, ...]) -> None:
        self.sidebar.show_state(with_chats(self.sidebar.state, chats))

    def _on_failed(self, failure: Failure) -> None:
        self.notice.say(f"{failure.reason} {failure.remedy}", bad=True)

    def _on_chat_changed(self, chat: ChatId | None) -> None:
        self.sidebar.show_state(replace(self.sidebar.state, chat=chat))

    # ── what engines read ───────────────────────────────────────────────────

    def _refresh_kept(self) -> None:
        self.bridge.deliver(self.app.capsules(), self.settings.show_kept)

    def _on_forget_wanted(self) -> None:
        confirm(
            self,
            self.theme,
            title="Delete what models have read?",
            words="Documents, chats and answers stay. But a model that is asked about whole "
            "documents again has to read them again, which can take long. This cannot be undone.",
            action="Delete",
            accepted=self._forget_read,
        )

    def _forget_read(self) -> None:
        self.bridge.deliver(self.app.clear_capsules(), lambda _: self._refresh_kept())

    # ── dialogs and choices ─────────────────────────────────────────────────

    def _on_seal_wanted(self) -> None:
        SealDialog(self, self.theme, self.app.seal).open()

    def show_help(self) -> None:
        """Show the help sheet."""
        HelpDialog(self, self.theme).open()

    def _on_workspace_wanted(self) -> None:
        WorkspaceDialog(self, self.theme, self.app.info).open()

    def _on_unload_wanted(self) -> None:
        self.bridge.deliver(self.app.unload_engine(), _nothing)

    def choose_theme(self, choice: str) -> None:
        """Take a theme and keep the choice."""
        self.theme.choose(ThemeChoice(choice))
        self.threads.submit(self.app.settings.put, THEME, choice)

    def toggle_theme(self) -> None:
        """Take the other of light and dark."""
        self.choose_theme("light" if self.theme.dark else "dark")

    def zoom(self, steps: int) -> None:
        """Zoom the viewer: 1 in, -1 out, 0 fits the width."""
        if self.panes.viewer_open:
            self.viewer.zoom(steps)

    def find_in_viewer(self) -> None:
        """Look for words in the document shown, or in all when none is."""
        if self.panes.viewer_open and self.viewer.state.place is not None:
            self.viewer.open_find()
        else:
            self.search.open()

    def step_citation(self, step: int) -> None:
        """The next (1) or previous (-1) citation."""
        if self.page is not PageName.CHATS:
            self.viewer.step_citation(step)
        elif step > 0:
            self.chat.next_citation()
        else:
            self.chat.previous_citation()

    def focus_pane(self, step: int) -> None:
        """Move the focus to the next (1) or previous (-1) pane."""
        panes = (self.sidebar, self.pages, self.viewer, self.status)
        shown: list[QWidget] = [pane for pane in panes if pane.isVisible()]
        focused = QApplication.focusWidget()
        here = next(
            (at for at, pane in enumerate(shown) if focused and pane.isAncestorOf(focused)), -1
        )
        focus_first(shown[(here + step) % len(shown)])

    # ── Qt ──────────────────────────────────────────────────────────────────

    def _restore(self) -> None:
        self.resize(WIDTH, HEIGHT)
        with suppress(Base64Error, ValueError):
            kept = b64decode(self.app.settings.get(GEOMETRY), validate=True)
            if kept:
                self.restoreGeometry(QByteArray(kept))
            self.panes.restore(b64decode(self.app.settings.get(SPLITTER), validate=True))

    def close_window(self) -> None:
        """Close the window, and with it the program."""
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus."""
        if not enter_presses(QApplication.focusWidget(), event):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep size and widths, take no more events."""
        settings = self.app.settings
        settings.put(GEOMETRY, b64encode(self.saveGeometry().data()).decode())
        settings.put(SPLITTER, b64encode(self.panes.state()).decode())
        self.shut()
        super().closeEvent(event)

    def shut(self) -> None:
        """Take no more events and start no more work; a second call does nothing."""
        self.catalog.stop_looking()
        self.bridge.close()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _nothing(_result: object) -> None:
    """The event that follows redraws the panes."""
