"""The whole of `AppApi` in memory, with made-up content. For tests and pictures."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import sample
from fake_meaning import FakeMeaning
from fake_shelf import FakeShelf
from fake_watching import FakeWatching
from fake_words import fake_glossary
from model_samples import MODELS, plan
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from carrel.app.offering import OFFERS, Situation
from carrel.domain.answers import (
    AnswerMode,
    Chat,
    Citation,
    Effort,
    Exchange,
    ExchangeState,
    Section,
)
from carrel.domain.documents import (
    Document,
    DocumentState,
    Failure,
    Hit,
    LedgerEntry,
    OutlineEntry,
    PageImage,
    Passage,
    Property,
    Span,
    Unit,
    UnitKind,
    UnitPlace,
    UnitView,
)
from carrel.domain.errors import KnownError, ParseError
from carrel.domain.events import (
    AddingPaused,
    AddingStarted,
    AnswerAdded,
    AnswerFinished,
    AnswerProgressed,
    ChatsChanged,
    CitationChecked,
    EngineChanged,
    Event,
    FileAdded,
    FileProgressed,
    ModelRemoved,
    QuestionAsked,
    ThinkingAdded,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId, PassageId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.matches import Match, Matches
from carrel.domain.plans import FitPlan
from carrel.domain.searching import Found, Reason, ReasonKind, Why
from carrel.domain.sections import Proposal
from carrel.domain.workspaces import Kept, Seal, WorkspaceInfo
from carrel.parsing.tessdata import Languages
from carrel.settings import Settings
from carrel.workspace.texts import TextSize


class FakeApp:
    """Answers every call of the window from `sample`."""

    def __init__(self, *, empty: bool = False) -> None:
        self._holder = tempfile.TemporaryDirectory(prefix="carrel-fake-")
        self.folder = Path(self._holder.name)
        self.settings = Settings(self.folder / "settings.json")
        self.stored: list[Document] = [] if empty else list(sample.DOCUMENTS)
        self.stored_chats: list[Chat] = [] if empty else list(sample.CHATS)
        self.models: list[InstalledModel] = []
        self.install(() if empty else MODELS)
        self.stored_exchanges: dict[int, tuple[Exchange, ...]] = (
            {} if empty else {1: (sample.EXCHANGE,)}
        )
        self.engine = (EngineState.OFF, "") if empty else (EngineState.READY, "tiny-v4")
        self.added: list[list[Path]] = []
        self.cancelled: list[JobId] = []
        self.files_cancelled: list[tuple[JobId, int]] = []
        self.again: list[tuple[DocumentId, ...]] = []
        self.paused = False
        self.carried_on = 0
        self.searched: list[str] = []
        self.imported: list[Path] = []
        self.loads: list[tuple[str, int]] = []
        self.loads_stopped = 0
        self.verified: list[tuple[JobId, str]] = []
        self.tested: list[tuple[JobId, str]] = []
        self.planned: list[str] = []
        self.plan_error: KnownError | None = None
        self.list_error: KnownError | None = None
        self.clear_error: KnownError | None = None
        self.looked_for: list[str] = []
        self.rendered: list[tuple[DocumentId, int, float]] = []
        self.efforts_asked: list[Effort] = []
        self.offered: list[tuple[tuple[DocumentId, ...], str, Effort]] = []
        self.kept = Kept(count=0 if empty else 3, size=1_840_000_000, seconds=2700.0)
        self.closed = False
        self.settings_changes = 0
        self._ids = itertools.count(1)
        self._receivers: list[Callable[[Event], None]] = []
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="fake-app")
        self.reread: Callable[[UnitView], UnitView] | None = None
        self.shelf = FakeShelf(self.stored, self._send, self._threads)
        self.watching = FakeWatching(self._send, self._threads)
        self.meaning = FakeMeaning(self._send, self._threads)
        self.glossary, self.words, self.spoken = fake_glossary(self._threads)
        self.seal = Seal(
            active=True,
            calls="Only local (AF_UNIX) sockets can be opened in this process.",
            files="Documents and models are read by helper processes that can open no socket, "
            "start no program and see no other file.",
            landlock_abi=7,
        )

    @property
    def recognising(self) -> FakeApp:
        return self

    def languages(self) -> Languages | None:
        return Languages(folder=self.folder, names=("eng", "deu"), oriented=True)

    def settings_changed(self) -> None:
        self.settings_changes += 1

    @property
    def contents(self) -> FakeApp:
        return self

    def ledger(self, document: DocumentId) -> Future[tuple[LedgerEntry, ...]]:
        return self._threads.submit(lambda: sample.LEDGERS.get(document, ()))

    def outline(self, document: DocumentId) -> Future[tuple[OutlineEntry, ...]]:
        return self._threads.submit(lambda: sample.OUTLINES.get(document, ()))

    def properties(self, document: DocumentId) -> Future[tuple[Property, ...]]:
        return self._threads.submit(lambda: sample.PROPERTIES.get(document, ()))

    def units(self, document: DocumentId) -> Future[tuple[UnitPlace, ...]]:
        known = next(d for d in (*self.stored, *sample.DOCUMENTS) if d.id == document)
        return self._threads.submit(
            lambda: tuple(
                UnitPlace(UnitKind.PAGE, number, "i" * number if number < 4 else str(number))
                for number in range(1, known.units + 1)
            )
        )

    def find(self, document: DocumentId, words: str) -> Future[Matches]:
        def find() -> Matches:
            known = next(d for d in (*self.stored, *sample.DOCUMENTS) if d.id == document)
            self.looked_for.append(words)
            matches = []
            for number in range(1, known.units + 1):
                unit = self._unit(known, number)
                matches += [
                    Match(number, found.start(), found.end())
                    for found in re.finditer(re.escape(words), unit.text, re.IGNORECASE)
                ]
            return Matches(words=words, matches=tuple(matches))

        return self._threads.submit(find)

    def _unit(self, known: Document, number: int) -> Unit:
        return sample.page_unit(number) if known.kind == "pdf" else sample.text_unit(known, number)

    def capsules(self) -> Future[Kept]:
        return self._threads.submit(lambda: self.kept)

    def clear_capsules(self) -> Future[None]:
        def clear() -> None:
            if self.clear_error is not None:
                raise self.clear_error
            self.kept = Kept(count=0, size=0, seconds=0.0)

        return self._threads.submit(clear)

    @property
    def asking(self) -> FakeApp:
        return self

    @property
    def adding(self) -> FakeApp:
        return self

    def carry_on(self) -> Future[tuple[JobId, ...]]:
        self.carried_on += 1
        return self._threads.submit(tuple)

    def pause(self, *, paused: bool) -> None:
        self.paused = paused
        self._threads.submit(self._send, AddingPaused(paused=paused))

    def cancel_file(self, job: JobId, index: int) -> bool:
        self.files_cancelled.append((job, index))
        return True

    def read_again(self, documents: Sequence[DocumentId]) -> JobId:
        self.again.append(tuple(documents))
        return self._job()

    def install(self, models: Sequence[InstalledModel]) -> None:
        """List these models only; their files are there, and empty."""
        placed = []
        for found in models:
            path = self.folder / "models" / found.path.name
            path.parent.mkdir(exist_ok=True)
            path.touch()
            placed.append(replace(found, path=path))
        self.models = placed

    @property
    def info(self) -> WorkspaceInfo:
        return WorkspaceInfo(
            name="Northgate merger review",
            folder=self.folder,
            created_at=sample.NOW,
            slots=("keyring", "passphrase", "recovery"),
            documents=len(self.stored),
            units=sum(d.units for d in self.stored),
        )

    def subscribe(self, receive: Callable[[Event], None]) -> Callable[[], None]:
        self._receivers.append(receive)
        return lambda: self._receivers.remove(receive)

    def publish(self, event: Event) -> None:
        """From another thread, as the real core does."""
        self._threads.submit(self._send, event).result()

    def _send(self, event: Event) -> None:
        for receive in list(self._receivers):
            receive(event)

    def _job(self) -> JobId:
        return JobId(next(self._ids))

    # ── commands ────────────────────────────────────────────────────────────

    def add_paths(self, paths: Sequence[Path]) -> JobId:
        self.added.append(list(paths))
        job = self._job()
        self._threads.submit(
            self._send, AddingStarted(job=job, names=tuple(path.name for path in paths))
        )
        return job

    def progress(self, job: JobId, index: int, name: str, step: str, done: int, total: int) -> None:
        self.publish(
            FileProgressed(
                job=job, index=index, name=name, step=step, done=done, total=total, seconds_left=38
            )
        )

    def finish_file(
        self, job: JobId, index: int, document: Document | None, **more: object
    ) -> None:
        failure = more.get("failure")
        assert failure is None or isinstance(failure, Failure)
        if document is not None:
            self.stored.insert(0, document)
        self.publish(
            FileAdded(
                job=job,
                index=index,
                path=str(more.get("path", "/in/file")),
                document=document,
                duplicate=False,
                failure=failure,
            )
        )

    def cancel(self, job: JobId) -> None:
        self.cancelled.append(job)

    def offers(self, documents, *, model, effort):
        self.offered.append((documents, model, effort))
        chosen = next((one for one in self.models if one.name == model), None)
        text = TextSize(characters=400_000, size=400_000, units=180)
        found = Situation(
            installed=chosen,
            context=131_072,
            effort=effort,
            chosen=bool(documents),
            text=text if documents else TextSize(),
        )
        return self._threads.submit(lambda: tuple(offer(found) for offer in OFFERS.values()))

    def sections(self, question, documents, *, model, effort) -> Future[Proposal]:
        del question, documents, model, effort
        return self._threads.submit(
            lambda: Proposal(tokens=9, room=10, context=20, counted=True, sure=False, sections=())
        )

    def efforts(self) -> Future[dict[str, tuple[Effort, ...]]]:
        return self._threads.submit(lambda: {model.name: tuple(Effort) for model in self.models})

    def ask(
        self,
        question: str,
        *,
        chat: ChatId | None,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...] = (),
        installed_model: str | None = None,
        effort: Effort = Effort.OFF,
        sections: tuple[Section, ...] = (),
    ) -> JobId:
        del sections
        self.efforts_asked.append(effort)
        job = self._job()
        self._threads.submit(self._answer, job, question, chat or ChatId(1), mode)
        return job

    def _answer(self, job: JobId, question: str, chat: ChatId, mode: AnswerMode) -> None:
        answer = sample.EXCHANGE.answer
        assert answer is not None
        asked = QuestionAsked(
            job=job,
            chat=chat,
            exchange=ExchangeId(90 + job),
            chat_title="Liquidity",
            mode=mode,
            question=question,
        )
        self._send(asked)
        self._send(AnswerProgressed(job=job, step="searching", done=0, total=0))
        self._send(ThinkingAdded(job=job, text=answer.thinking))
        for found in answer.citations:
            self._send(CitationChecked(job=job, citation=found))
        for word in answer.text.split(" "):
            self._send(AnswerAdded(job=job, text=word + " "))
        exchange = Exchange(
            id=ExchangeId(90 + job),
            chat=chat,
            question=question,
            asked_at=sample.NOW,
            state=ExchangeState.ANSWERED,
            mode=mode,
            answer=answer,
        )
        self._send(AnswerFinished(job=job, exchange=exchange))

    def import_model(self, path: Path) -> JobId:
        self.imported.append(path)
        return self._job()

    def verify_model(self, name: str) -> JobId:
        self.verified.append((self._job(), name))
        return self.verified[-1][0]

    def test_model(self, name: str) -> JobId:
        self.tested.append((self._job(), name))
        return self.tested[-1][0]

    def rename_chat(self, chat: ChatId, title: str) -> Future[None]:
        return self._threads.submit(self._send, ChatsChanged())

    def remove_chat(self, chat: ChatId) -> Future[None]:
        def remove() -> None:
            self.stored_chats = [c for c in self.stored_chats if c.id != chat]
            self._send(ChatsChanged())

        return self._threads.submit(remove)

    def stop_loading(self) -> None:
        self.loads_stopped += 1

    def load_engine(self, name: str, *, context_tokens: int = 0) -> Future[None]:
        self.loads.append((name, context_tokens))
        self.engine = (EngineState.READY, name)
        return self._threads.submit(
            self._send, EngineChanged(state=EngineState.READY, installed_model=name)
        )

    def unload_engine(self) -> Future[None]:
        self.engine = (EngineState.OFF, "")
        return self._threads.submit(
            self._send, EngineChanged(state=EngineState.OFF, installed_model="")
        )

    def remove_model(self, name: str) -> Future[None]:
        return self._threads.submit(self._send, ModelRemoved(name=name))

    # ── reads ───────────────────────────────────────────────────────────────

    def members(self, document: DocumentId) -> Future[tuple[Document, ...]]:
        inside = [d for d in self.stored if any(one.container == document for one in d.inside)]
        return self._threads.submit(lambda: tuple(inside))

    def documents(self) -> Future[tuple[Document, ...]]:
        return self._threads.submit(lambda: tuple(self.stored))

    def chats(self) -> Future[tuple[Chat, ...]]:
        return self._threads.submit(lambda: tuple(self.stored_chats))

    def exchanges(self, chat: ChatId) -> Future[tuple[Exchange, ...]]:
        return self._threads.submit(lambda: self.stored_exchanges.get(int(chat), ()))

    def installed_models(self) -> Future[tuple[InstalledModel, ...]]:
        def read() -> tuple[InstalledModel, ...]:
            if self.list_error is not None:
                raise self.list_error
            return tuple(self.models)

        return self._threads.submit(read)

    def plan_model(self, name: str) -> Future[FitPlan]:
        self.planned.append(name)

        def make() -> FitPlan:
            if self.plan_error is not None:
                raise self.plan_error
            return plan(next(found for found in self.models if found.name == name))

        return self._threads.submit(make)

    def engine_state(self) -> tuple[EngineState, str]:
        return self.engine

    def save_answer(self, exchange: Exchange, path: Path) -> Future[Path]:
        def save() -> Path:
            path.write_text(exchange.question, "utf-8")
            return path

        return self._threads.submit(save)

    def look_for(
        self, query: str, *, documents: tuple[DocumentId, ...] = (), limit: int = 20
    ) -> Future[Found]:
        self.searched.append(query)
        return self._threads.submit(lambda: Found(hits=_hits(query)))

    def explain(
        self, query: str, hit: Hit, *, documents: tuple[DocumentId, ...] = ()
    ) -> Future[Why | None]:
        word = Reason(kind=ReasonKind.WORD, words=query, text=2.0, page=1.0, passages=3)
        name = Reason(kind=ReasonKind.NAME, words=hit.document_name, page=1.0)
        why = Why(reasons=(word, name), score=4.0, passages=1204)
        return self._threads.submit(lambda: why)

    def view_unit(
        self, document: DocumentId, number: int, *, marks: tuple[Span, ...] = ()
    ) -> Future[UnitView]:
        def view() -> UnitView:
            known = next(d for d in (*self.stored, *sample.DOCUMENTS) if d.id == document)
            if known.state is DocumentState.FAILED:
                raise ParseError
            page_like = known.kind == "pdf"
            unit = self._unit(known, number)
            boxes = tuple(box for m in marks for box in sample.boxes(m.start, m.end))
            return UnitView(
                document=known,
                unit=unit,
                total=known.units,
                page_like=page_like,
                marks=marks,
                mark_boxes=boxes if page_like else (),
            )

        return self._threads.submit(view)

    def view_cited(self, citation: Citation) -> Future[UnitView]:
        assert citation.document is not None
        assert citation.place is not None
        marks = (Span(citation.start, citation.end),) if citation.end > citation.start else ()
        found = self.view_unit(citation.document, citation.place.number, marks=marks)
        return self._threads.submit(self.reread, found.result()) if self.reread else found

    def render_page(self, document: DocumentId, number: int, *, scale: float) -> Future[PageImage]:
        self.rendered.append((document, number, scale))
        return self._threads.submit(_draw_page, number, scale)

    def close(self) -> None:
        self.closed = True
        self.glossary.close()
        self._threads.shutdown(wait=True)
        self._holder.cleanup()


def _hits(query: str) -> tuple[Hit, ...]:
    texts = (
        (
            sample.REPORT,
            sample.PAGE_TEXT,
            UnitPlace(sample.UnitKind.PAGE, 151, "151"),
            "Notes › 23. Liquidity risk",
        ),
        (sample.MAIL, sample.MAIL_TEXT, UnitPlace(sample.UnitKind.MAIL_PART, 1, "body"), ""),
        (sample.MINUTES, sample.PAGE_TEXT[350:], UnitPlace(sample.UnitKind.PAGE, 4, "4"), "Item 6"),
    )
    found = []
    for rank, (known, text, place, heading) in enumerate(texts, start=1):
        spans, folded = [], text.casefold()
        for word in query.casefold().split():
            at = folded.find(word)
            while at >= 0:
                spans.append(Span(at, at + len(word)))
                at = folded.find(word, at + 1)
        if spans:
            passage = Passage(
                id=PassageId(rank),
                document=known.id,
                unit=sample.UnitId(1),
                start=0,
                end=len(text),
                heading=heading,
                text=text,
            )
            found.append(
                Hit(
                    rank=rank,
                    score=9.0 - rank,
                    passage=passage,
                    document_name=known.name,
                    document_sha256=known.sha256,
                    place=place,
                    spans=tuple(sorted(spans)),
                    boxes=(),
                )
            )
    return tuple(found)


def _draw_page(number: int, scale: float) -> PageImage:
    width, height = round(sample.WIDTH * scale), round(sample.HEIGHT * scale)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.setPen(QColor("#111111"))
    for line, top, size in sample.PAGE_LINES:
        font = QFont("Inter")
        font.setPointSizeF(100)
        font.setPixelSize(100)
        font.setBold(size > 10)
        painter.save()
        painter.setFont(font)
        advance = painter.fontMetrics().horizontalAdvance(line)
        painter.translate(QPointF(sample.LEFT, top))
        painter.scale(len(line) * size * 0.5 / advance, size / 100)
        painter.drawText(QPointF(0, 0), line)
        painter.restore()
    painter.end()
    return PageImage(width=width, height=height, pixels=bytes(image.constBits()))
