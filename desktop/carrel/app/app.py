"""The core with one workspace open: what both front ends stand on.

Reads like a list of what exists. Every method returns at once; results come by
a future or as events from any thread. Must not know who calls.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from carrel.answering.ask import Answering
from carrel.app.adding import Adding
from carrel.app.asking import Asking
from carrel.app.contents import Contents
from carrel.app.engine_host import EngineHost
from carrel.app.facts import Facts
from carrel.app.finding import Finding
from carrel.app.importing import Importing
from carrel.app.library import StoredChats, StoredDocuments, StoredSources
from carrel.app.meaning import Meaning
from carrel.app.offering import Offering
from carrel.app.opening import Opening
from carrel.app.own_words import Glossary
from carrel.app.pages import Pages
from carrel.app.planning import Planner
from carrel.app.publisher import Publisher
from carrel.app.questionnaires import Questionnaires
from carrel.app.recognising import Recognising
from carrel.app.refining import Refining
from carrel.app.remembering import Remembering
from carrel.app.replaying import bundle_of, write_bundle
from carrel.app.searching import Searching
from carrel.app.sectioning import Sectioning
from carrel.app.shelf import Shelf
from carrel.app.speaking import efforts_of
from carrel.app.translations import Translations
from carrel.app.trying import Trying
from carrel.app.watching import Watching
from carrel.app.workbooks import StoredBooks
from carrel.app.writing import Writing
from carrel.catalog.built_in import built_in
from carrel.catalog.installed import Catalog
from carrel.domain.answers import Chat, Citation, Effort, Exchange
from carrel.domain.documents import Document, Hit, PageImage, Span, UnitView
from carrel.domain.errors import KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingPaused,
    ChatsChanged,
    DocumentChanged,
    Event,
    FileAdded,
    ModelRemoved,
)
from carrel.domain.ids import ChatId, DocumentId, JobId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.offers import ModeOffer
from carrel.domain.plans import FitPlan
from carrel.domain.searching import Found, Why
from carrel.domain.sections import Proposal
from carrel.domain.self_tests import CheckState, Feature
from carrel.domain.workspaces import Kept, Seal, WorkspaceInfo
from carrel.engine.files.profiles import profile_of
from carrel.engine.fit.verdict import WANTED_TOKENS
from carrel.ingest.pipeline import Pipeline
from carrel.parsing.client import read_document
from carrel.parsing.starting import Parsers
from carrel.settings import CAPSULE_GB, CHOSEN_MODEL, PLAN_SEARCHES, Settings, models_folder
from carrel.workspace.committing import Committed
from carrel.workspace.store import Workspace

READING_THREADS: Final = 2
"""Threads that search and fetch pages: one may wait for a page while the other searches."""

INFO_EVERY_SECONDS: Final = 1.0
"""Seconds between two looks at how many documents there are, while some are added."""

GIGABYTE: Final = 10**9
"""Bytes, as disks are sold."""

_log = logging.getLogger(__name__)


class App:
    """The core with one workspace open.

    Args:
        workspace: open; closed with this object.
        seal: what the egress lock does in this process.
        settings: what the user chose.
        models: the folder of the list of installed models.
    """

    def __init__(
        self, workspace: Workspace, seal: Seal, settings: Settings, models: Path | None = None
    ) -> None:
        self.seal = seal
        self.settings = settings
        self._workspace = workspace
        self._ids = itertools.count(1)
        self._publisher = Publisher()
        self._catalog = Catalog(models or models_folder(), built_in())
        publish = self._publisher.publish
        self._planner = Planner(self._catalog)
        self._engines = EngineHost(
            self._catalog,
            publish,
            trying=Trying(self._catalog, publish),
            choose=self._planner.choose,
            folder=models or models_folder(),
        )
        self.contents = Contents(workspace)
        self.facts = Facts(workspace, publish)
        self._sources = StoredSources(workspace)
        self._opening = Opening(workspace, self._sources)
        self._pages = Pages(workspace)
        self._reads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="look")
        self._importing = Importing(self._catalog, self._publisher.publish, self._ids)
        self.meaning = Meaning(workspace, self._publisher)
        self._finding = Finding(workspace, self.meaning.meant)
        self._searching = Searching(workspace, self._finding)
        self.glossary = Glossary(workspace.own_words, self._finding)
        self._parsers = Parsers()
        told = (self._finding.add, self._came_back, self._aged, self._replaced, self._begun)
        stored = StoredDocuments(workspace, *told)
        pipeline = Pipeline(stored, partial(read_document, start=self._parsers.start))
        waits = (workspace.drops, workspace.documents)
        self.adding = Adding(pipeline, *waits, self._publish_added, self._ids, self._parsers.rest)
        self.watching = Watching(workspace, self.adding, publish)
        self.shelf = Shelf(
            workspace,
            self._finding,
            (self._sources, self._pages),
            publish=publish,
            resume=self.adding.read_stored,
            counted=self._refresh_info,
        )
        self.recognising = Recognising(
            workspace, self._publisher, self._ids, (self._finding, self._sources), settings
        )
        self._remembering = Remembering(
            workspace, lambda: self.settings.get(CAPSULE_GB) * GIGABYTE, self._capsules_off
        )
        self._open_line()
        self._info = workspace.info().result()
        self._info_at = time.monotonic()
        self._loaded = self._reads.submit(self._finding.load)
        self.recognising.start()
        self.meaning.open()

    def _open_line(self) -> None:
        """What waits for the engine: questions, cells of questionnaires, pieces of translations."""
        publish = self._publisher.publish
        make = partial(
            Answering,
            finder=self._finding,
            sources=self._sources,
            engines=self._engines,
            memory=self._remembering,
            books=StoredBooks(self._workspace),
        )
        answering = make(chats=StoredChats(self._workspace), publish=publish)
        host = (self._engines, self._catalog)
        self.asking = Asking(answering, *host, self.settings, self._publisher, self._ids)
        self.questionnaires = Questionnaires(
            self._workspace,
            self.asking,
            self._engines,
            lambda cells, hear: make(chats=cells, publish=hear),
            publish,
            lambda documents, model, effort: self.offers(
                documents, model=model, effort=effort
            ).result(),
        )
        self.translations = Translations(
            self._workspace, self.asking, self._engines, self._catalog, publish
        )

        parts = (self._workspace, self._sources, self.asking, *host, publish)
        self.writing = Writing(*parts)
        self.refining = Refining(self.facts, self.asking, self._engines, publish)

    # ── what there is ────────────────────────────────────────────────────────

    @property
    def info(self) -> WorkspaceInfo:
        """The workspace, with counts as of the last change."""
        return self._info

    def engine_state(self) -> tuple[EngineState, str]:
        """What the engine does, and with which installed model."""
        return self._engines.state

    def documents(self) -> Future[tuple[Document, ...]]:
        """All documents, newest first."""
        return self._workspace.documents.list()

    def chats(self) -> Future[tuple[Chat, ...]]:
        """All chats, newest first."""
        return self._workspace.chats.list()

    def exchanges(self, chat: ChatId) -> Future[tuple[Exchange, ...]]:
        """A chat's exchanges, oldest first."""
        return self._workspace.chats.exchanges(chat)

    def save_answer(self, exchange: Exchange, path: Path) -> Future[Path]:
        """Write an answer with what it was made from, for `carrel answer replay`.

        Raises (in the future):
            KnownError: there is no answer, or it cannot be written.
        """

        def save() -> Path:
            before = [one.id for one in self.exchanges(exchange.chat).result()]
            earlier = before.index(exchange.id) if exchange.id in before else 0
            write_bundle(bundle_of(exchange, self.documents().result(), earlier), path)
            return path

        return self._reads.submit(save)

    def installed_models(self) -> Future[tuple[InstalledModel, ...]]:
        """The GGUF files this machine can run."""
        return self._reads.submit(lambda: tuple(self._catalog.list()))

    def plan_model(self, name: str, *, wanted: int = WANTED_TOKENS) -> Future[FitPlan]:
        """Whether and how an installed model fits this machine; takes some seconds.

        Args:
            wanted: tokens of context somebody needs; no larger one is recommended.
        """
        return self._planner.submit(name, wanted)

    def efforts(self) -> Future[dict[str, tuple[Effort, ...]]]:
        """How hard each installed model can be made to think, by its name; the least first."""
        return self._reads.submit(
            lambda: {one.name: efforts_of(one.profile) for one in self._catalog.list()}
        )

    def offers(
        self, documents: tuple[DocumentId, ...], *, model: str, effort: Effort
    ) -> Future[tuple[ModeOffer, ...]]:
        """What each way of answering would take for a question about these documents.

        Args:
            documents: empty means all.
            model: name of the installed model that would answer; empty for none.
        """
        return self._reads.submit(self._offering().offers, documents, model, effort)

    def sections(
        self, question: str, documents: tuple[DocumentId, ...], *, model: str, effort: Effort
    ) -> Future[Proposal]:
        """What of these documents can be read whole for a question, and what search proposes.

        Args:
            model: name of the installed model that would read; empty for the one used else.
        """

        def propose() -> Proposal:
            name = model or self.asking.choose_model()
            search = self._finding.search
            return Sectioning(
                self._workspace,
                self._offering(),
                lambda words, limit, scope: search(words, limit=limit, documents=scope),
                self.asking.count,
            ).propose(question, documents, name, effort)

        return self._reads.submit(propose)

    def _offering(self) -> Offering:
        plans = self.settings.get(PLAN_SEARCHES)
        return Offering(self._workspace, self._catalog, self._engines.state, plans=plans)

    def search(
        self, query: str, *, documents: tuple[DocumentId, ...] = (), limit: int = 20
    ) -> Future[tuple[Hit, ...]]:
        """The best passages for a query, best first."""
        return self._reads.submit(
            lambda: self._searching.search(query, limit=limit, documents=documents).hits
        )

    def look_for(
        self, query: str, *, documents: tuple[DocumentId, ...] = (), limit: int = 20
    ) -> Future[Found]:
        """The same, with what was looked for beside the words of the query."""
        return self._reads.submit(self._searching.search, query, limit=limit, documents=documents)

    def explain(
        self, query: str, hit: Hit, *, documents: tuple[DocumentId, ...] = ()
    ) -> Future[Why | None]:
        """Why a hit of `look_for` stands where it does; None when it is found no more."""
        return self._reads.submit(self._searching.explain, query, hit, documents=documents)

    def view_unit(
        self, document: DocumentId, number: int, *, marks: tuple[Span, ...] = ()
    ) -> Future[UnitView]:
        """One unit with words marked."""
        return self._reads.submit(self._opening.unit, document, number, marks)

    def view_cited(self, citation: Citation) -> Future[UnitView]:
        """The unit a citation leads to, its words marked where they stand now."""
        return self._reads.submit(self._opening.cited, citation)

    def render_page(self, document: DocumentId, number: int, *, scale: float) -> Future[PageImage]:
        """One page as an image; ``scale`` 1.0 is 72 dpi."""
        return self._reads.submit(self._pages.render, document, number, scale)

    # ── events ───────────────────────────────────────────────────────────────

    def subscribe(self, receive: Callable[[Event], None]) -> Callable[[], None]:
        """Hear every event from now on, on the thread where it happens; returns how to stop."""
        return self._publisher.subscribe(receive)

    def listen(self) -> AbstractContextManager[Iterator[Event]]:
        """The events from now on, for a caller that waits for them."""
        return self._publisher.listen()

    # ── commands that take time: events carry the job ────────────────────────

    def add_paths(self, paths: Sequence[Path]) -> JobId:
        """Add files and folders."""
        return self.adding.submit(paths)

    def import_model(self, path: Path) -> JobId:
        """Check a GGUF file or a pack and list it; ends with `ModelImported` or `JobFailed`."""
        return self._importing.import_path(path)

    def verify_model(self, name: str) -> JobId:
        """Compare every byte of an installed model; ends with `ModelVerified` or `JobFailed`."""
        return self._importing.verify(name)

    def cancel(self, job: JobId) -> None:
        """Stop a job; what was done until then is kept where it can be used."""
        queues = (self.adding, self._importing, self.recognising, self.asking)
        any(queue.cancel(job) for queue in queues)

    # ── short commands ───────────────────────────────────────────────────────

    def capsules(self) -> Future[Kept]:
        """What the engine keeps of documents it read."""
        return self._reads.submit(self._remembering.kept)

    def clear_capsules(self) -> Future[None]:
        """Remove all the engine keeps of documents it read."""
        return self._remembering.clear()

    def rename_chat(self, chat: ChatId, title: str) -> Future[None]:
        """Give a chat another title."""
        return self._then_chats_changed(self._workspace.chats.rename(chat, title))

    def remove_chat(self, chat: ChatId) -> Future[None]:
        """Remove a chat with its answers."""
        return self._then_chats_changed(self._workspace.chats.remove(chat))

    def load_engine(self, name: str, *, context_tokens: int = 0) -> Future[None]:
        """Load an installed model; progress comes as `EngineChanged`.

        Args:
            name: of the installed model.
            context_tokens: a smaller context, say, after a load that did not fit; 0 for the usual.
        """
        self.settings.put(CHOSEN_MODEL, name)
        return self.asking.soon(lambda: self._engines.load(name, context_tokens))

    def stop_loading(self) -> None:
        """Give up the load under way; the engine is off then."""
        self._engines.stop_loading()

    def unload_engine(self) -> Future[None]:
        """End the engine and give its memory back."""
        return self.asking.soon(self._engines.unload)

    def remove_model(self, name: str) -> Future[None]:
        """Take an installed model off the list; its file stays where it is."""
        return self._importing.run(lambda: self._remove_model(name))

    def close(self, *, keep_removed: bool = False) -> None:
        """Stop all jobs, end all children, and close the workspace.

        Args:
            keep_removed: what was removed can come back later; a command is no end of the work.
        """
        self.asking.stop()
        self.questionnaires.close()
        self.writing.close()
        self.refining.close()
        self.translations.close()
        self._planner.close()
        self.watching.close()
        self.adding.close()
        self.recognising.close()
        self.meaning.close()
        self._parsers.close()
        self._importing.close()
        self.asking.close()
        self._reads.shutdown(cancel_futures=True)
        self._remembering.close()
        self.shelf.close(shred=not keep_removed)
        self.glossary.close()
        self._finding.close()
        self._engines.close()
        self._pages.close()
        self.contents.close()
        self.facts.close()
        self._workspace.close()

    # ── how ──────────────────────────────────────────────────────────────────

    def _publish_added(self, event: Event) -> None:
        match event:
            case AddingPaused(paused=False):
                self.watching.resumed()
            case AddingFinished() | DocumentChanged():
                self._refresh_info()
            case FileAdded() if time.monotonic() - self._info_at > INFO_EVERY_SECONDS:
                self._refresh_info()  # it counts all documents, so not for each of ten thousand
        self._publisher.publish(event)

    def _came_back(self, documents: Sequence[DocumentId]) -> None:
        self.shelf.came_back(documents)

    def _replaced(self, document: DocumentId, commit: Callable[[], Committed]) -> Committed:
        committed = self._finding.replace(document, commit)
        self._sources.forget(document)
        return committed

    def _begun(self, document: Document) -> None:
        self._publisher.publish(DocumentChanged(document=document))

    def _aged(self) -> None:
        self.shelf.aged()

    def _refresh_info(self) -> None:
        self._info_at = time.monotonic()
        with suppress(KnownError):
            self._info = self._workspace.info().result()

    def _capsules_off(self, name: str) -> str:
        """Why what a model read may not be kept; empty if it may."""
        installed = self._catalog.get(name)
        if profile_of(installed.profile).generic:
            return "What a generic model read is not kept; it reads documents anew."
        test = installed.self_test
        if test is None or Feature.CAPSULES not in test.off:
            return ""
        failed = (check for check in test.checks if check.switches_off is Feature.CAPSULES)
        return next((check.detail for check in failed if check.state is CheckState.FAILED), "")

    def _remove_model(self, name: str) -> None:
        if self._engines.state[1] == name:
            self._engines.unload()
        self._catalog.remove(name)
        self._publisher.publish(ModelRemoved(name=name))

    def _then_chats_changed(self, future: Future[None]) -> Future[None]:
        future.add_done_callback(self._tell_chats)
        return future

    def _tell_chats(self, done: Future[None]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._publisher.publish(ChatsChanged())
