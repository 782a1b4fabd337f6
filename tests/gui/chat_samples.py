"""Exchanges and a small core for the tests of the chat page."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import count
from os import devnull
from pathlib import Path
from typing import Any

from carrel.app.offering import OFFERS, Situation
from carrel.domain.answers import (
    Answer,
    AnswerMode,
    AnswerStep,
    Chat,
    Citation,
    Coverage,
    Effort,
    Exchange,
    ExchangeState,
    Timing,
    TokenCount,
    Verdict,
)
from carrel.domain.documents import Document, DocumentState, Failure, UnitKind, UnitPlace
from carrel.domain.events import Event, QuestionAsked
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId
from carrel.domain.installed import NANO_PROFILE, EngineState, InstalledModel
from carrel.domain.sections import Proposal
from carrel.settings import Settings
from carrel.workspace.texts import TextSize

CHAT = ChatId(1)

FITS = Proposal(tokens=9, room=10, context=20, counted=True, sure=False, sections=())
"""Documents that can be read whole."""

_numbers = count(100)


def citation(
    n: int,
    verdict: Verdict = Verdict.EXACT,
    *,
    name: str = "Annual report FY25.pdf",
    place: UnitPlace | None = None,
    quote: str = "As at 30 September 2025 the liquidity buffer stood at 117.2% of outflows.",
    difference: str = "",
    cells: str = "",
) -> Citation:
    found = verdict is not Verdict.NOT_FOUND
    return Citation(
        n=n,
        verdict=verdict,
        quote=quote,
        document=DocumentId(n) if found else None,
        document_name=name if found else "",
        place=(place or UnitPlace(UnitKind.PAGE, 151, "")) if found else None,
        end=len(quote) if found else 0,
        source_text=quote if found else "",
        difference=difference,
        cells=cells,
    )


FOUR = (
    citation(1),
    citation(2, name="Facility agreement v4.docx", place=UnitPlace(UnitKind.SECTION, 21, "§ 21.2")),
    citation(
        3,
        name="Exposure register.csv",
        place=UnitPlace(UnitKind.SHEET, 1, "rows 1–75"),
        cells="A3:L3",
    ),
    citation(
        4,
        Verdict.NEAR,
        name="RE: waiver request.eml",
        place=UnitPlace(UnitKind.LINES, 12, "lines 12–40"),
        quote="A waiver was asked for on 4 September.",
        difference="asked for -> requested",
    ),
)


def exchange(
    text: str = "",
    *,
    question: str = "Did Northgate comply with the liquidity covenant throughout FY25?",
    citations: tuple[Citation, ...] = (),
    mode: AnswerMode = AnswerMode.PASSAGES,
    state: ExchangeState = ExchangeState.ANSWERED,
    thinking: str = "",
    failure: Failure | None = None,
    number: int | None = None,
    chat: ChatId = CHAT,
    steps: tuple[AnswerStep, ...] = (),
) -> Exchange:
    answer = Answer(
        mode=mode,
        text=text,
        citations=citations,
        coverage=Coverage(units_used=9, units_total=9_412),
        thinking=thinking,
        installed_model="v4-flash" if mode is AnswerMode.PASSAGES else "",
        tokens=TokenCount(prompt=3_100, answer=412 if mode is AnswerMode.PASSAGES else 0),
        timing=Timing(search=21, decode=17_900, total=24_000),
        steps=steps,
    )  # fmt: skip
    return Exchange(
        id=ExchangeId(number if number is not None else next(_numbers)),
        chat=chat,
        question=question,
        asked_at=1_790_000_000.0,
        state=state,
        mode=mode,
        answer=answer if text else None,
        failure=failure,
    )


def document(number: int, name: str) -> Document:
    return Document(
        id=DocumentId(number),
        sha256=f"{number:064x}",
        name=name,
        size=1000,
        kind="pdf",
        state=DocumentState.READ,
        added_at=0.0,
        units=12,
    )


DOCUMENTS = (
    document(1, "Annual report FY25.pdf"),
    document(2, "Facility agreement v4.docx"),
    document(3, "Exposure register.csv"),
    document(4, "RE: waiver request.eml"),
)

INSTALLED = InstalledModel(
    name="v4-flash",
    title="DeepSeek V4-Flash",
    path=Path("v4-flash.gguf"),
    size=1,
    architecture="deepseek4",
    layers=4,
    context_tokens=8192,
    quantisation="Q4_K_M",
    licence="MIT",
    sha256="0" * 64,
    added_at=0.0,
)

NANO_LABEL = "Carrel Nano, V4 architecture: finds and quotes sentences; it does not reason"
NANO = replace(
    INSTALLED,
    name=NANO_PROFILE,
    title="Carrel Nano",
    profile=NANO_PROFILE,
    profile_title=NANO_LABEL,
    built_in=True,
)


def done(value: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(value)
    return future


class ChatApp:
    """As much of the core as the chat page asks for; answers nothing on its own."""

    def __init__(
        self,
        documents: Sequence[Document] = (),
        models: Sequence[InstalledModel] = (),
        chats: dict[ChatId, tuple[Exchange, ...]] | None = None,
    ) -> None:
        self.held_documents = tuple(documents)
        self.models = tuple(models)
        self.stored = dict(chats or {})
        self.asked: list[dict[str, Any]] = []
        self.cancelled: list[JobId] = []
        self.offered: list[tuple[object, ...]] = []
        self.weighed: list[Any] = []
        self.proposal = FITS
        self.settings = Settings(Path(devnull) / "settings.json")  # kept in memory only
        self._receive: list[Callable[[Event], None]] = []
        self._jobs = count(1)

    def subscribe(self, receive: Callable[[Event], None]) -> Callable[[], None]:
        self._receive.append(receive)
        return lambda: self._receive.remove(receive)

    def publish(self, *events: Event) -> None:
        for event in events:
            for receive in tuple(self._receive):
                receive(event)

    @property
    def asking(self) -> "ChatApp":
        return self

    def ask(self, question: str, **how: Any) -> JobId:
        job = JobId(next(self._jobs))
        self.asked.append({"job": job, "question": question, **how})
        return job

    def start(self, job: JobId, chat: ChatId = CHAT, number: int = 1) -> QuestionAsked:
        """The event that follows a question."""
        asked = next(entry for entry in self.asked if entry["job"] == job)
        event = QuestionAsked(
            job=job,
            chat=chat,
            exchange=ExchangeId(number),
            chat_title="Liquidity covenant compliance",
            question=asked["question"],
            mode=asked["mode"],
        )
        self.publish(event)
        return event

    def cancel(self, job: JobId) -> None:
        self.cancelled.append(job)

    def documents(self) -> "Future[tuple[Document, ...]]":
        return done(self.held_documents)

    def installed_models(self) -> "Future[tuple[InstalledModel, ...]]":
        return done(self.models)

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
        return done(tuple(offer(found) for offer in OFFERS.values()))

    def sections(self, question, documents, *, model, effort):
        self.weighed.append((question, documents, model, effort))
        return done(self.proposal)

    def efforts(self) -> "Future[dict[str, tuple[Effort, ...]]]":
        return done({model.name: tuple(Effort) for model in self.models})

    def engine_state(self) -> tuple[EngineState, str]:
        return EngineState.OFF, ""

    def exchanges(self, chat: ChatId) -> "Future[tuple[Exchange, ...]]":
        return done(self.stored.get(chat, ()))

    def chats(self) -> "Future[tuple[Chat, ...]]":
        return done(())
