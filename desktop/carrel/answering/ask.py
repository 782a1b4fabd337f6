"""The story of one question: store it, search, answer, check, store the answer.

Runs on the ask queue's thread, one question at a time. Everything that is shown
on the way goes out as events; what is acknowledged is stored first. Must not
know the window, SQL or llama.cpp.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

from carrel.answering.checking import Extent, checked
from carrel.answering.citing import Sources
from carrel.answering.compose import title_of
from carrel.answering.errors import DocumentsNotChosen, NoDocuments, QuestionEmpty, QuestionTooLong
from carrel.answering.making import with_engine
from carrel.answering.nano import NanoAnswer
from carrel.answering.passages import PassagesAnswer, Told, check_effort, earlier_turns
from carrel.answering.progress import Progress
from carrel.answering.research.desk import ResearchSources
from carrel.answering.research.talk import Research, Settings
from carrel.answering.sections import only, part_name
from carrel.answering.seeking import Seeker
from carrel.answering.sheets.books import Books, NoBooks
from carrel.answering.sheets.figuring import Figuring
from carrel.answering.sheets.recomputing import Recomputing
from carrel.answering.whole import Forgetful, Memory, WholeAnswer, WholeDocument
from carrel.answering.without_engine import evidence_answer
from carrel.domain.answers import (
    Answer,
    AnswerMode,
    Coverage,
    Effort,
    Exchange,
    ExchangeState,
    Section,
    Timing,
)
from carrel.domain.documents import Failure, Hit
from carrel.domain.errors import BUG_FAILURE, KnownError
from carrel.domain.events import (
    AnswerFinished,
    Event,
    JobFailed,
    QuestionAsked,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId
from carrel.domain.installed import NANO_PROFILE
from carrel.engine.speaker import Speaker
from carrel.engine.wire.protocol import MAX_SEED
from carrel.retrieval.glossary import Glossary

MAX_QUESTION_CHARACTERS: Final = 20_000
"""Characters; four times the longest question in our corpus with its instructions."""

EVIDENCE_HITS: Final = 30
"""Passages looked at for decisive sentences; more only adds ones that rank behind anyway."""

FEW_UNITS: Final = 8
"""Pages or sections up to which no searches are planned: they could hardly find anything else."""

TELLING_SECONDS: Final = 2.0
"""Seconds of loading before the time left is told; earlier guesses jump."""


class Chats(Protocol):
    """The stored chats, as far as answering needs them."""

    def start(
        self,
        chat: ChatId | None,
        title: str,
        question: str,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...],
        sections: tuple[Section, ...] = (),
    ) -> Exchange:
        """Store the question; a new chat is made when none is given."""

    def finish(self, exchange: ExchangeId, answer: Answer, state: ExchangeState) -> Exchange:
        """Store the answer with its citations in one transaction."""

    def fail(self, exchange: ExchangeId, failure: Failure) -> Exchange:
        """Store why there is no answer."""

    def save_partial(self, exchange: ExchangeId, text: str, thinking: str) -> None:
        """Keep what was said so far, in case the program ends in the middle."""

    def earlier(self, exchange: Exchange) -> Sequence[Exchange]:
        """The exchanges of the same chat before this one, oldest first."""

    def title(self, chat: ChatId) -> str:
        """A chat's title."""


class Finder(Extent, Protocol):
    """The search over all passages."""

    def search(
        self, question: str, *, limit: int, documents: tuple[DocumentId, ...]
    ) -> Sequence[Hit]:
        """The best passages, best first."""

    def units_total(self, documents: tuple[DocumentId, ...]) -> int:
        """Units in scope; all of the workspace when no documents are given."""

    @property
    def glossary(self) -> Glossary:
        """Words that stand for others."""


class WholeSources(Sources, Protocol):
    """Canonical texts, one by one and whole."""

    def whole(self, documents: tuple[DocumentId, ...]) -> Sequence[WholeDocument]:
        """These documents with all their text, in the order they were added."""


class AllSources(WholeSources, ResearchSources, Protocol):
    """Canonical texts for every mode."""


class Engines(Protocol):
    """The one engine of this program, loaded when first needed."""

    def engine(
        self,
        installed_model: str,
        on_progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        *,
        on_test: Callable[[int, int], None],
    ) -> Speaker:
        """The engine with this model loaded, about to answer.

        Args:
            on_test: called with the checks done and all checks of its self-test, if it needs one.

        Raises:
            KnownError: it cannot be loaded.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A command to answer.

    Attributes:
        effort: of thinking before an answer by an engine.
        seed: of the engine's chance; None draws one, which the answer keeps.
        plans: the engine writes queries and chooses passages before it answers from passages.
        sections: of the documents to be read, where they are too long; empty for all of them.
    """

    job: JobId
    text: str
    chat: ChatId | None
    mode: AnswerMode
    documents: tuple[DocumentId, ...]
    installed_model: str
    effort: Effort = Effort.OFF
    seed: int | None = None
    plans: bool = True
    sections: tuple[Section, ...] = ()

    def with_model(self, name: str) -> Question:
        """The same question for this installed model."""
        return replace(self, installed_model=name)


class Answering:
    """Answers questions, one after another.

    Args:
        finder: search over all passages.
        sources: canonical texts.
        chats: where questions and answers are stored.
        engines: the engine, loaded when needed.
        publish: where events go; called on the thread that answers.
        memory: what the engine read before; by default nothing is kept.
        books: the workbooks; by default there are none.
    """

    def __init__(
        self,
        *,
        finder: Finder,
        sources: AllSources,
        chats: Chats,
        engines: Engines,
        publish: Callable[[Event], None],
        memory: Memory | None = None,
        books: Books | None = None,
    ) -> None:
        self._finder = finder
        self._books = books or NoBooks()
        self._memory = memory or Forgetful()
        self._sources = sources
        self._chats = chats
        self._engines = engines
        self._publish = publish

    def answer(self, question: Question, stopped: Callable[[], bool]) -> Exchange | None:
        """Answer one question; whatever happens is stored and published.

        Args:
            stopped: asked often; when it turns true, what was said so far is kept.

        Returns:
            The exchange as stored, or None when the question itself could not be stored.
        """
        exchange: Exchange | None = None
        try:
            stored = exchange = self._start(question)
            progress = Progress(
                question.job,
                self._publish,
                stopped,
                lambda text, thinking: self._chats.save_partial(stored.id, text, thinking),
            )
            answer, state = self._answer(question, exchange, progress)
            answer = self._checked(question, answer, progress)
            finished = self._chats.finish(exchange.id, answer, state)
            self._publish(AnswerFinished(job=question.job, exchange=finished))
        except KnownError as error:
            return self._fail(question, exchange, error.failure)
        except Exception:
            self._fail(question, exchange, BUG_FAILURE)
            raise
        return finished

    def _checked(self, question: Question, answer: Answer, progress: Progress) -> Answer:
        begun = time.perf_counter()
        answer = checked(
            answer,
            question.text,
            question.documents,
            progress.shown,
            extent=self._finder,
            sources=self._sources,
            recomputing=Recomputing(
                self._books,
                question.text,
                self._finder.glossary,
                progress.found,
                progress.proposed,
            ),
        )
        timing = replace(answer.timing, check=answer.timing.check + _since(begun))
        return replace(answer, timing=timing)

    def _start(self, question: Question) -> Exchange:
        if not question.text.strip():
            raise QuestionEmpty
        if len(question.text) > MAX_QUESTION_CHARACTERS:
            raise QuestionTooLong(length=len(question.text), limit=MAX_QUESTION_CHARACTERS)
        exchange = self._chats.start(
            question.chat,
            title_of(question.text),
            question.text,
            question.mode,
            question.documents,
            question.sections,
        )
        self._publish(
            QuestionAsked(
                job=question.job,
                chat=exchange.chat,
                exchange=exchange.id,
                chat_title=self._chats.title(exchange.chat),
                question=question.text,
                mode=question.mode,
            )
        )
        return exchange

    def _answer(
        self, question: Question, exchange: Exchange, progress: Progress
    ) -> tuple[Answer, ExchangeState]:
        if question.mode is AnswerMode.WHOLE:
            return self._whole(question, exchange, progress)
        if question.mode is AnswerMode.RESEARCH:
            return self._research(question, exchange, progress)
        started = time.perf_counter()
        units_total = self._finder.units_total(question.documents)
        if units_total == 0:
            raise NoDocuments
        progress.step("searching")
        hits = self._finder.search(question.text, limit=EVIDENCE_HITS, documents=question.documents)
        progress.timing["search"] = _since(started)
        if question.mode is AnswerMode.EVIDENCE:
            answer = self._evidence(question, hits, units_total, progress, started)
            return answer, ExchangeState.ANSWERED
        engine = self._engine(question, progress)
        plans = question.plans and units_total > FEW_UNITS
        told = self._told(engine, question, exchange, hits, progress, plans=plans)
        return self._summed_up(engine, question, told, units_total, progress, started)

    def _whole(
        self, question: Question, exchange: Exchange, progress: Progress
    ) -> tuple[Answer, ExchangeState]:
        started = time.perf_counter()
        if not question.documents:
            raise DocumentsNotChosen
        documents = self._sources.whole(question.documents)
        units_total = sum(len(document.units) for document in documents)
        part = ""
        if question.sections:
            documents, parts = only(documents, question.sections)
            ids = {document.sha256: document.id for document in documents}
            part = part_name((ids[one.document], one.first, one.last) for one in parts)
        if not any(unit.text.strip() for document in documents for unit in document.units):
            raise NoDocuments
        engine = self._engine(question, progress)
        if engine.info.profile == NANO_PROFILE:  # it reads sentences only
            hits = self._finder.search(
                question.text, limit=EVIDENCE_HITS, documents=question.documents
            )
            nano = self._nano(engine, progress)
            told = nano.tell(question.text, hits)
            return self._summed_up(engine, question, told, units_total, progress, started)
        told = WholeAnswer(
            engine=engine,
            sources=self._sources,
            progress=progress,
            fence="",  # each document has its own
            effort=question.effort,
            seed=question.seed,
        ).tell_whole(
            question.text,
            documents,
            self._chats.earlier(exchange),
            memory=self._memory,
            installed_model=question.installed_model,
            part=part,
        )
        return self._summed_up(engine, question, told, units_total, progress, started)

    def _research(
        self, question: Question, exchange: Exchange, progress: Progress
    ) -> tuple[Answer, ExchangeState]:
        started = time.perf_counter()
        units_total = self._finder.units_total(question.documents)
        if units_total == 0:
            raise NoDocuments
        engine = self._engine(question, progress)
        seed = secrets.randbelow(MAX_SEED + 1) if question.seed is None else question.seed
        settings = Settings(scope=question.documents, effort=question.effort, seed=seed)
        research = Research(engine, self._finder, self._sources, progress, settings, self._books)
        told = research.tell(question.text, self._chats.earlier(exchange))
        return self._summed_up(engine, question, told, units_total, progress, started)

    def _summed_up(
        self,
        engine: Speaker,
        question: Question,
        told: Told,
        units_total: int,
        progress: Progress,
        started: float,
    ) -> tuple[Answer, ExchangeState]:
        answer = Answer(
            mode=question.mode,
            text=told.text,
            thinking=told.thinking,
            citations=told.citations,
            coverage=Coverage(units_used=told.units_used, units_total=units_total),
            installed_model=question.installed_model,
            sampling=told.sampling,
            tokens=told.tokens,
            timing=_timing(progress, started),
            steps=tuple(progress.steps),
            record=with_engine(told.record, engine),
        )
        return answer, ExchangeState.STOPPED if told.stopped else ExchangeState.ANSWERED

    def _told(
        self,
        engine: Speaker,
        question: Question,
        exchange: Exchange,
        hits: Sequence[Hit],
        progress: Progress,
        *,
        plans: bool,
    ) -> Told:
        """What the engine says of the passages, in the way its model was made to be asked."""
        if engine.info.profile == NANO_PROFILE:
            nano = self._nano(engine, progress)
            return nano.tell(question.text, hits)
        seed = secrets.randbelow(MAX_SEED + 1) if question.seed is None else question.seed
        earlier = self._chats.earlier(exchange)
        stopped = False
        check_effort(engine, question.effort)
        if plans:
            seeker = Seeker(engine, partial(self._search, question.documents), progress)
            sought = seeker.seek(question.text, hits, earlier_turns(earlier))
            hits, stopped = sought.hits, sought.stopped
        teller = PassagesAnswer(
            engine=engine,
            sources=self._sources,
            progress=progress,
            fence=_fence(seed, question.text, hits),
            effort=question.effort,
            seed=seed,
        )
        return teller.stopped_early(0.0) if stopped else teller.tell(question.text, hits, earlier)

    def _search(self, documents: tuple[DocumentId, ...], words: str, limit: int) -> Sequence[Hit]:
        return self._finder.search(words, limit=limit, documents=documents)

    def _nano(self, engine: Speaker, progress: Progress) -> NanoAnswer:
        return NanoAnswer(
            engine=engine,
            sources=self._sources,
            progress=progress,
            glossary=self._finder.glossary,
        )

    def _evidence(
        self,
        question: Question,
        hits: Sequence[Hit],
        units_total: int,
        progress: Progress,
        started: float,
    ) -> Answer:
        begun = time.perf_counter()
        answer = evidence_answer(
            question.text,
            question.documents,
            hits,
            units_total,
            sources=self._sources,
            figuring=Figuring(self._books, self._finder.glossary),
            glossary=self._finder.glossary,
            progress=progress,
            search=lambda words: self._search(question.documents, words, EVIDENCE_HITS),
        )
        progress.timing["check"] = _since(begun)
        progress.say(answer.text)
        return replace(answer, timing=_timing(progress, started))

    def _engine(self, question: Question, progress: Progress) -> Speaker:
        begun = time.perf_counter()
        progress.step("loading")
        engine = self._engines.engine(
            question.installed_model,
            lambda done, total: progress.step("loading", done, total, _left(begun, done, total)),
            progress.stopped,
            on_test=lambda done, total: progress.step("testing", done, total),
        )
        progress.timing["load"] = _since(begun)
        return engine

    def _fail(
        self, question: Question, exchange: Exchange | None, failure: Failure
    ) -> Exchange | None:
        stored: Exchange | None = None
        if exchange is not None:
            try:
                stored = self._chats.fail(exchange.id, failure)
            except KnownError as error:
                # The store itself failed (a full disk, say): that is what the reader must know.
                failure = error.failure
        self._publish(JobFailed(job=question.job, failure=failure))
        return stored


def _fence(seed: int, question: str, hits: Sequence[Hit]) -> str:
    """A word no document can know, and the same one when everything is the same.

    It hashes all the passages, so a document that held it would hold its own hash.
    """
    digest = hashlib.sha256(f"{seed}\0{question}".encode(errors="surrogatepass"))
    for hit in hits:
        digest.update(hashlib.sha256(hit.passage.text.encode(errors="surrogatepass")).digest())
    return digest.hexdigest()[:16]


def _timing(progress: Progress, started: float) -> Timing:
    return Timing(**progress.timing, total=_since(started))


def _left(begun: float, done: int, total: int) -> float | None:
    """Seconds a steady step will still take; None while it is too early to say."""
    seconds = time.perf_counter() - begun
    return seconds * (total - done) / done if done and seconds >= TELLING_SECONDS else None


def _since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
