"""The chat page: gives questions to the app and shows what comes back.

All decisions are in `state`; this widget asks, listens and redraws. Must not
know how answers are made.
"""

import time
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from carrel.domain.answers import AnswerMode, Chat, Exchange, Section
from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.events import (
    AddingFinished,
    ChatsChanged,
    DocumentChanged,
    DocumentRemoved,
    EngineChanged,
    Event,
    FileAdded,
    JobFailed,
    ModelChanged,
    ModelImported,
    ModelRemoved,
)
from carrel.domain.ids import ChatId, DocumentId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.sections import Proposal
from carrel.settings import ANSWER_MODE, CHOSEN_MODEL
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.chat_page import state as states
from carrel.ui.chat_page.composer import Composer, caption
from carrel.ui.chat_page.exchange_text import TOO_LONG, ExchangeText
from carrel.ui.chat_page.modes import MODES
from carrel.ui.chat_page.sections_panel import SectionsPanel
from carrel.ui.chat_page.start import StartCard
from carrel.ui.chat_page.state import ChatState, Live
from carrel.ui.chat_page.transcript import COLUMN, Transcript
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import COLUMN_WIDTH, GAP_L, GAP_S, GAP_XL

NEW_CHAT = "New chat"


NOTED_MILLISECONDS: Final = 250
"""Least time between two looks at all documents while some are added."""


class ChatPage(QWidget):
    """One chat at a time.

    Signals:
        citation_activated: carries a `Citation` and the list of all of its answer with a place.
        title_changed: the title of the chat shown.
        chat_changed: the chat shown, a `ChatId` or None; also when a first question made one.
        add_files_requested: the user wants to choose files.
        add_folder_requested: the user wants to choose a folder.
        models_wanted: the user wants to see why a model does not answer.
        place_wanted: carries the `Place` of a part below an answer, to be opened.
    """

    place_wanted = Signal(object)

    citation_activated = Signal(object, object)
    title_changed = Signal(str)
    chat_changed = Signal(object)
    add_files_requested = Signal()
    add_folder_requested = Signal()
    models_wanted = Signal()

    def __init__(
        self, app: AppApi, bridge: EventBridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        """Show a new chat.

        Args:
            app: the core.
            bridge: brings its events and results.
            theme: colours and fonts.
            parent: as in Qt.
        """
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._state = ChatState()
        self._drafts: dict[ChatId | None, str] = {}
        self._documents: dict[DocumentId, Document] = {}
        self._noted = QTimer(self)
        self._noted.setSingleShot(True)
        self._noted.setInterval(NOTED_MILLISECONDS)
        self._noted.timeout.connect(lambda: self._hold_documents(self._documents))
        self.setProperty("surface", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.transcript = Transcript(theme)
        self.composer = Composer(theme)
        self.sections = SectionsPanel(theme)
        self.sections.hide()
        self._weighing = False
        self._start = StartCard(theme)
        self._lay_out()
        self.setFocusProxy(self.composer.field)
        self._connect()
        self._read_documents()
        self._read_models()
        self.open_chat(None)

    def _lay_out(self) -> None:
        upper = QWidget()
        self._stack = QStackedLayout(upper)
        self._stack.addWidget(self._start)
        self._stack.addWidget(self.transcript)
        foot = self._foot_column = QVBoxLayout()
        foot.setSpacing(GAP_S)
        foot.setContentsMargins(0, GAP_S, 0, GAP_S)
        foot.addWidget(self.sections)
        foot.addWidget(self.composer)
        self._caption = caption()
        foot.addWidget(self._caption)
        self._foot = QWidget()
        self._foot.setLayout(foot)
        middle = QHBoxLayout()
        middle.setContentsMargins(GAP_XL, 0, GAP_XL, 0)
        middle.addStretch(1)
        middle.addWidget(self._foot, 1000)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(upper, 1)
        column.addLayout(middle)

    def _connect(self) -> None:
        self._bridge.event_published.connect(self._on_event)
        self.composer.question_sent.connect(self._on_question_sent)
        self.composer.stop_wanted.connect(self.stop)
        self.composer.files_wanted.connect(self.add_files_requested)
        self.composer.mode_picked.connect(self._on_mode_picked)
        self.composer.model_picked.connect(self._on_model_picked)
        self.composer.offers_wanted.connect(self._read_offers)
        self.composer.scope_changed.connect(self._read_offers)
        self.sections.read_wanted.connect(self._on_sections_chosen)
        self.sections.passages_wanted.connect(self._on_passages_chosen)
        self.sections.closed.connect(self._give_question_back)
        self.transcript.sections_wanted.connect(self._on_sections_wanted)
        self._start.files_wanted.connect(self.add_files_requested)
        self._start.folder_wanted.connect(self.add_folder_requested)
        self.transcript.citation_chosen.connect(self.citation_activated)
        self.transcript.part_chosen.connect(self.place_wanted)
        self.transcript.models_wanted.connect(self.models_wanted)
        self.transcript.question_repeated.connect(self._on_question_repeated)
        for keys, call in (
            ("Ctrl+]", self.next_citation),
            ("Ctrl+[", self.previous_citation),
            ("Ctrl+Shift+C", self.transcript.copy_last_answer),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)

    # ── what the window may ask ─────────────────────────────────────────────

    @property
    def chat(self) -> ChatId | None:
        """The chat shown; None for a new one."""
        return self._state.chat

    @property
    def title(self) -> str:
        """Title of the chat shown."""
        return self._state.title or NEW_CHAT

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The stored questions and answers that are shown."""
        return self._state.exchanges

    @property
    def busy(self) -> bool:
        """Whether an answer is under way in the chat shown."""
        return self._state.busy

    def open_chat(self, chat: ChatId | None, title: str = "") -> None:
        """Show a chat, or a new one. An answer under way elsewhere goes on."""
        self._give_question_back()
        self._drafts[self._state.chat] = self.composer.text
        self._state = states.opened(self._state, chat, title)
        self.composer.set_text(self._drafts.get(chat, ""))
        self.transcript.clear_active()
        self._redraw(anew=True)
        self.title_changed.emit(self.title)
        self.chat_changed.emit(chat)
        if chat is not None:
            self._read_exchanges(chat)
            if not title:
                self._bridge.deliver(self._app.chats(), self._on_chats)

    def set_scope(self, documents: tuple[DocumentId, ...]) -> None:
        """Ask about these documents only; empty means all."""
        self.composer.set_scope(tuple(documents))

    def quote(self, quote: str, document: DocumentId) -> None:
        """Begin the question with a quote and ask its document only; a draft stays below."""
        self.composer.set_scope((document,))
        self.composer.put_before(f"{quote}\n\n")

    def focus_composer(self) -> None:
        """Put the keyboard into the question."""
        self.composer.field.setFocus()

    def stop(self) -> None:
        """Stop the answer of the chat shown; what was said so far is kept."""
        live = self._state.live
        if live is not None and live.failure is None and not live.stopping:
            self._state = states.stopping(self._state)
            self._app.cancel(live.job)
            self._redraw()

    def next_citation(self) -> None:
        """Open the next citation of the answer in use."""
        self.transcript.step_citation(1)

    def previous_citation(self) -> None:
        """Open the citation before."""
        self.transcript.step_citation(-1)

    def clear_citation(self) -> None:
        """The viewer was closed; no citation is open."""
        self.transcript.clear_active()

    # ── asking ──────────────────────────────────────────────────────────────

    def _on_question_sent(self, question: str) -> None:
        if self._state.busy or self._weighing:
            return
        self.composer.set_text("")
        self._drafts.pop(self._state.chat, None)
        self.sections.hide()
        if self.composer.mode is AnswerMode.WHOLE:
            self._weigh(question, self.composer.scope)
        else:
            self._ask(question, self.composer.scope)

    def _weigh(
        self, question: str, documents: tuple[DocumentId, ...], *, too_long: bool = False
    ) -> None:
        """Ask what can be read of the documents; then ask the question, or propose sections.

        Args:
            too_long: whether it is known that not all of them fit.
        """
        chat, composer = self._state.chat, self.composer
        self._weighing = True

        def show(proposal: Proposal) -> None:
            self._weighing = False
            if chat != self._state.chat:  # another one was opened meanwhile
                self._drafts.setdefault(chat, question)
            elif proposal.sections and (proposal.sure or too_long):
                self.sections.propose(question, documents, proposal)
            elif not too_long:
                self._ask(question, documents, AnswerMode.WHOLE)

        def fail(_failure: Failure) -> None:
            self._weighing = False
            if chat == self._state.chat and not too_long:
                self._ask(question, documents, AnswerMode.WHOLE)  # it fails the same way, in words

        future = self._app.sections(
            question, documents, model=composer.chosen_model, effort=composer.chosen_effort
        )
        self._bridge.deliver(future, show, fail)

    def _on_sections_chosen(self, sections: tuple[Section, ...]) -> None:
        if not self._state.busy:
            self.sections.hide()
            panel = self.sections
            self._ask(panel.question, panel.documents, AnswerMode.WHOLE, sections)

    def _on_passages_chosen(self) -> None:
        if not self._state.busy:
            self.sections.hide()
            self._ask(self.sections.question, self.sections.documents, AnswerMode.PASSAGES)

    def _give_question_back(self) -> None:
        """Propose nothing any more; the question is a draft again, unless it was asked already."""
        if self.sections.isHidden():
            return
        self.sections.hide()
        live = self._state.live
        if not self.composer.text and (live is None or live.question != self.sections.question):
            self.composer.set_text(self.sections.question)
        self.focus_composer()

    def _on_sections_wanted(self, text: ExchangeText) -> None:
        asked = text.exchange or text.live
        if not self._state.busy and not self._weighing and asked is not None:
            self._weigh(text.question, asked.documents, too_long=True)

    def _on_question_repeated(self, text: ExchangeText, from_passages: bool) -> None:  # noqa: FBT001 - a slot
        if self._state.busy:
            return
        asked = text.exchange or text.live
        documents = asked.documents if asked is not None else self.composer.scope
        sections: tuple[Section, ...] = ()
        mode = self.composer.mode
        if from_passages:
            mode = AnswerMode.PASSAGES
        elif asked is not None and asked.mode is AnswerMode.WHOLE and MODES[mode].speaks:
            # Paused reading goes on, whatever the scope is now.
            mode, sections = AnswerMode.WHOLE, asked.sections
        self.sections.hide()
        self._ask(text.question, documents, mode, sections)

    def _ask(
        self,
        question: str,
        documents: tuple[DocumentId, ...],
        mode: AnswerMode | None = None,
        sections: tuple[Section, ...] = (),
    ) -> None:
        mode = mode or self.composer.mode
        job = self._app.asking.ask(
            question,
            chat=self._state.chat,
            mode=mode,
            documents=documents,
            installed_model=self.composer.installed_model,
            effort=self.composer.effort,
            sections=sections,
        )
        live = Live(job=job, question=question, mode=mode, documents=documents, sections=sections)
        self._state = states.asked(self._state, live)
        self._redraw()

    # ── what comes back ─────────────────────────────────────────────────────

    def _on_event(self, event: Event) -> None:
        before = self._state
        self._state = states.apply(before, event, time.monotonic())
        if self._state is not before:
            self._redraw()
            if self._state.chat != before.chat:
                self._drafts.pop(None, None)
                self.title_changed.emit(self.title)
                self.chat_changed.emit(self._state.chat)
        self._propose_sections(event)
        match event:
            case DocumentChanged(document=document):
                self._note_document(document)
            case FileAdded(document=document) if document is not None:
                self._note_document(document)
            case DocumentRemoved(document=number):
                self._documents.pop(number, None)
                self._hold_documents(self._documents)
            case AddingFinished():
                self._read_documents()
            case ModelImported() | ModelRemoved() | ModelChanged():
                self._read_models()
            case EngineChanged(state=EngineState.READY, installed_model=name):
                self.composer.follow_engine(name)
            case ChatsChanged() if self._state.chat is not None:
                self._bridge.deliver(self._app.chats(), self._on_chats)

    def _propose_sections(self, event: Event) -> None:
        """Documents that were counted and are too long: say at once what can be read of them."""
        if not isinstance(event, JobFailed) or event.failure.code != TOO_LONG:
            return
        live = self._state.live
        if live is not None and live.job == event.job and live.documents:
            self._weigh(live.question, live.documents, too_long=True)

    def _on_mode_picked(self, mode: AnswerMode) -> None:
        self._app.settings.put(ANSWER_MODE, mode.value)

    def _on_model_picked(self, name: str) -> None:
        self._app.settings.put(CHOSEN_MODEL, name)

    def _read_offers(self) -> None:
        """Find out what each way of answering would take; some milliseconds, elsewhere."""
        composer = self.composer
        offers = self._app.offers(
            composer.scope, model=composer.chosen_model, effort=composer.chosen_effort
        )
        self._bridge.deliver(offers, composer.show_offers)

    def _read_documents(self) -> None:
        self._bridge.deliver(self._app.documents(), self._on_documents)

    def _on_documents(self, documents: tuple[Document, ...]) -> None:
        self._hold_documents({document.id: document for document in documents})

    def _note_document(self, document: Document) -> None:
        """Know it at once; what shows all of them follows, once for many."""
        self._documents[document.id] = document
        if not self._noted.isActive():
            self._noted.start()

    def _hold_documents(self, documents: dict[DocumentId, Document]) -> None:
        self._documents = documents
        self.composer.set_documents(tuple(documents.values()))
        self._redraw_start()

    def _read_models(self) -> None:
        self._bridge.deliver(self._app.installed_models(), self._on_models)
        self._bridge.deliver(self._app.efforts(), self.composer.set_efforts)

    def _on_models(self, models: tuple[InstalledModel, ...]) -> None:
        _state, loaded = self._app.engine_state()
        settings = self._app.settings
        self.composer.set_models(
            models,
            loaded=loaded or settings.get(CHOSEN_MODEL),
            mode=AnswerMode(settings.get(ANSWER_MODE)),
        )
        names = {found.name: words.answering_name(found) for found in models}
        self._state = states.named(self._state, names)
        self.transcript.show_state(self._state)

    def _read_exchanges(self, chat: ChatId) -> None:
        def show(exchanges: tuple[Exchange, ...]) -> None:
            self._on_exchanges(chat, exchanges)

        self._bridge.deliver(self._app.exchanges(chat), show)

    def _on_exchanges(self, chat: ChatId, exchanges: tuple[Exchange, ...]) -> None:
        if chat == self._state.chat:
            self._state = states.loaded(self._state, chat, exchanges)
            self._redraw(anew=True)

    def _on_chats(self, chats: tuple[Chat, ...]) -> None:
        for chat in chats:
            if chat.id == self._state.chat and chat.title != self._state.title:
                self._state = states.retitled(self._state, chat.title)
                self.title_changed.emit(self.title)

    # ── drawing ─────────────────────────────────────────────────────────────

    def _redraw(self, *, anew: bool = False) -> None:
        state = self._state
        is_empty = state.live is None and not state.exchanges and state.chat is None
        self._stack.setCurrentWidget(self._start if is_empty else self.transcript)
        self._fit_foot(start=is_empty)
        self._caption.setVisible(not is_empty)
        self.composer.set_answering(answering=state.busy)
        self.transcript.show_state(state, anew=anew)
        self._redraw_start()

    def _redraw_start(self) -> None:
        states_read = (DocumentState.READ, DocumentState.PARTIAL)
        count = sum(document.state in states_read for document in self._documents.values())
        self._start.set_documents(count)
        if self._state.live is not None or self._state.exchanges:
            self.composer.set_placeholder("Ask a follow-up about your documents…")
        elif count:
            self.composer.set_placeholder("Ask a question about your documents…")
        else:
            self.composer.set_placeholder("Add a document first, then ask…")

    def _fit_foot(self, *, start: bool) -> None:
        self._foot.setMaximumWidth(COLUMN_WIDTH if start else COLUMN + GAP_S)
        self._foot_column.setContentsMargins(0, GAP_S, 0, GAP_L if start else GAP_S)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape stops the answer wherever the keyboard is."""
        if event.key() == Qt.Key.Key_Escape and self._state.busy:
            self.stop()
            event.accept()
            return
        super().keyPressEvent(event)
