"""What the chat page shows, as plain values, and how events change it.

Answers under way are kept for every chat, so that leaving a chat and coming
back loses no word. Must not know Qt, nor how anything is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from carrel.answering import notes
from carrel.domain.answers import (
    WORTH_TELLING,
    AnswerMode,
    AnswerStep,
    Citation,
    Exchange,
    ExchangeState,
    Section,
)
from carrel.domain.documents import Failure
from carrel.domain.events import (
    AnswerAdded,
    AnswerFinished,
    AnswerProgressed,
    AnswerRestarted,
    AnswerSetAside,
    CitationChecked,
    Event,
    JobFailed,
    QuestionAsked,
    StepTaken,
    ThinkingAdded,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId
from carrel.ui import words
from carrel.ui.chat_page.modes import mode_name

INTERRUPTED = Failure(
    code="ask.interrupted",
    reason="This answer was interrupted when the program or the engine ended.",
    remedy="Your question is kept. Ask it again to get a whole answer.",
)
UNANSWERED = Failure(
    code="ask.unanswered",
    reason="This question has no answer.",
    remedy="Ask it again.",
)


class Step(Enum):
    """How far an answer under way has come."""

    SENT = auto()
    SEARCHING = auto()
    LOADING = auto()
    TESTING = auto()
    READING = auto()
    WORKING = auto()
    THINKING = auto()
    WRITING = auto()


LEAST_SECONDS = 1.0
"""Of a load, before which no time left is named: it would be a guess."""

STEPS = {
    "searching": Step.SEARCHING,
    "loading": Step.LOADING,
    "testing": Step.TESTING,
    "reading": Step.READING,
    "working": Step.WORKING,
}
"""Names of steps in events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """An answer under way, or one that failed and is still on the page.

    Attributes:
        chat: None until the core has named the chat of a first question.
        done, total: of the step's own unit; total 0 if unknown.
        step_since, step_done: when the step began, in the clock given to `apply`, and how far it
            was then; to tell the time left of a load, which nobody else does.
        detail: what the step does, in words; empty where its name says it.
        steps: what was done so far.
        thinking_since: when the first thought came, in the clock given to `apply`; 0 before.
        thinking_seconds: how long it thought; 0 until the first word after it.
        anew: why it was begun anew, a sentence; empty if it was not.
        stopping: the user asked to stop; later words are not shown.
    """

    job: JobId
    question: str
    mode: AnswerMode
    chat: ChatId | None = None
    exchange: ExchangeId | None = None
    documents: tuple[DocumentId, ...] = ()
    sections: tuple[Section, ...] = ()
    step: Step = Step.SENT
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    step_since: float = 0.0
    step_done: int = 0
    detail: str = ""
    steps: tuple[AnswerStep, ...] = ()
    thinking: str = ""
    thinking_since: float = 0.0
    thinking_seconds: float = 0.0
    answer: str = ""
    citations: tuple[Citation, ...] = ()
    anew: str = ""
    stopping: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatState:
    """The page.

    Attributes:
        chat: the chat shown; None for a new one.
        title: of the chat shown.
        adopting: the job whose chat becomes the one shown when it is named.
        exchanges: of the chat shown, as stored, oldest first.
        lives: answers under way of any chat, by job, in the order asked.
        thought: seconds of thinking seen in this session, by exchange.
        names: what installed models are called where they answer, by their name.
    """

    chat: ChatId | None = None
    title: str = ""
    adopting: JobId | None = None
    exchanges: tuple[Exchange, ...] = ()
    lives: dict[JobId, Live] = field(default_factory=dict)
    thought: dict[ExchangeId, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def live(self) -> Live | None:
        """The newest unfinished or failed answer of the chat shown."""
        shown = [
            live
            for live in self.lives.values()
            if (live.chat == self.chat if self.chat is not None else live.job == self.adopting)
        ]
        return shown[-1] if shown else None

    @property
    def busy(self) -> bool:
        """Whether an answer is under way in the chat shown."""
        return self.live is not None and self.live.failure is None

    @property
    def settled(self) -> tuple[Exchange, ...]:
        """The stored exchanges that are not shown as the live one."""
        live = self.live
        return tuple(e for e in self.exchanges if live is None or e.id != live.exchange)


def opened(state: ChatState, chat: ChatId | None, title: str = "") -> ChatState:
    """Show another chat; its exchanges come with `loaded`. Failed answers elsewhere are dropped."""
    lives = {job: live for job, live in state.lives.items() if live.failure is None}
    return replace(state, chat=chat, title=title, adopting=None, exchanges=(), lives=lives)


def loaded(state: ChatState, chat: ChatId, exchanges: tuple[Exchange, ...]) -> ChatState:
    """Take the stored exchanges of a chat, if it is still the one shown.

    They were read some time ago: an answer that finished since is newer.
    """
    if chat != state.chat:
        return state
    finished = {e.id: e for e in state.exchanges if e.state is not ExchangeState.ASKED}
    read = {e.id for e in exchanges}
    merged = [finished.get(e.id, e) if e.state is ExchangeState.ASKED else e for e in exchanges]
    merged += [e for number, e in finished.items() if number not in read and e.chat == chat]
    return replace(state, exchanges=tuple(merged))


def retitled(state: ChatState, title: str) -> ChatState:
    """The chat shown has another title."""
    return replace(state, title=title)


def named(state: ChatState, names: dict[str, str]) -> ChatState:
    """What installed models are called is known, or has changed."""
    return state if names == state.names else replace(state, names=names)


def asked(state: ChatState, live: Live) -> ChatState:
    """A question was handed to the core; show it at once.

    A failed answer shown in the same chat gives way to it.
    """
    lives = {
        job: other
        for job, other in state.lives.items()
        if other.failure is None or other.chat != state.chat
    }
    lives[live.job] = replace(live, chat=state.chat)
    adopting = live.job if state.chat is None else state.adopting
    return replace(state, lives=lives, adopting=adopting)


def stopping(state: ChatState) -> ChatState:
    """The user asked to stop the answer of the chat shown."""
    live = state.live
    if live is None or live.failure is not None:
        return state
    return _with(state, replace(live, stopping=True))


def apply(state: ChatState, event: Event, now: float) -> ChatState:
    """The state after an event; events of unknown jobs change nothing.

    Args:
        state: before.
        event: what happened.
        now: seconds of a monotonic clock, to measure how long the engine thought.
    """
    job = getattr(event, "job", None)
    live = state.lives.get(job) if job is not None else None
    if live is None:
        return state
    match event:
        case QuestionAsked():
            return _question_asked(state, live, event)
        case AnswerFinished():
            return _finished(state, live, event.exchange)
        case JobFailed():
            return _with(state, replace(live, failure=event.failure))
        case _ if live.stopping:
            return state
        case AnswerProgressed():
            return _with(state, _progressed(live, event, now))
        case ThinkingAdded():
            since = live.thinking_since or now
            thinking = live.thinking + event.text
            return _with(
                state, replace(live, step=Step.THINKING, thinking=thinking, thinking_since=since)
            )
        case AnswerAdded():
            seconds = live.thinking_seconds
            if live.thinking_since and not seconds:
                seconds = now - live.thinking_since
            answer = live.answer + event.text
            return _with(
                state,
                replace(
                    live, step=Step.WRITING, answer=answer, thinking_seconds=seconds, detail=""
                ),
            )
        case StepTaken():
            return _with(state, replace(live, steps=(*live.steps, event.step)))
        case AnswerRestarted():
            return _with(state, _begun_anew(live, event.reason))
        case AnswerSetAside():
            return _with(state, _set_aside(live))
        case CitationChecked():
            return _with(state, replace(live, citations=(*live.citations, event.citation)))
        case _:
            return state


def _set_aside(live: Live) -> Live:
    """What was said on the way stands among the thoughts."""
    return replace(
        live,
        step=Step.THINKING,
        thinking=live.thinking + live.answer,
        thinking_seconds=0.0,
        answer="",
        citations=(),
    )


def _begun_anew(live: Live, reason: str) -> Live:
    return replace(
        live,
        step=Step.READING,
        done=0,
        total=0,
        seconds_left=None,
        detail="",
        steps=tuple(replace(step, thought=0) for step in live.steps),
        thinking="",
        thinking_since=0.0,
        thinking_seconds=0.0,
        answer="",
        citations=(),
        anew=reason,
    )


def _progressed(live: Live, event: AnswerProgressed, now: float) -> Live:
    step = STEPS.get(event.step, live.step)
    if step is not live.step:
        live = replace(live, step=step, step_since=now, step_done=event.done)
    left, gained, passed = event.seconds_left, event.done - live.step_done, now - live.step_since
    if left is None and step is Step.LOADING and gained > 0 and passed >= LEAST_SECONDS:
        left = (event.total - event.done) * passed / gained
    return replace(live, done=event.done, total=event.total, seconds_left=left, detail=event.detail)


def _question_asked(state: ChatState, live: Live, event: QuestionAsked) -> ChatState:
    state = _with(state, replace(live, chat=event.chat, exchange=event.exchange))
    if state.chat is None and state.adopting == event.job:
        return replace(state, chat=event.chat, title=event.chat_title, adopting=None)
    return state


def _finished(state: ChatState, live: Live, exchange: Exchange) -> ChatState:
    lives = {job: other for job, other in state.lives.items() if job != live.job}
    thought = {**state.thought}
    if live.thinking_seconds:
        thought[exchange.id] = live.thinking_seconds
    exchanges = state.exchanges
    if exchange.chat == state.chat:
        exchanges = (*(e for e in exchanges if e.id != exchange.id), exchange)
    return replace(state, lives=lives, thought=thought, exchanges=exchanges)


def _with(state: ChatState, live: Live) -> ChatState:
    return replace(state, lives={**state.lives, live.job: live})


# ── sentences ───────────────────────────────────────────────────────────────


def status_line(live: Live) -> str:
    """What the answer is doing before its first word."""
    if live.stopping:
        return "Stopping…"
    if live.detail:
        return f"{live.detail}{_seconds_left(live.seconds_left)}"
    match live.step:
        case Step.SENT:
            return "Sending…"
        case Step.SEARCHING:
            return "Searching your documents…"
        case Step.LOADING:
            if not live.total:
                return "Loading the model…"
            share = f"{live.done * 100 // live.total} %"
            left = words.left(live.seconds_left)
            return f"Reading weights {share} · {left}" if left else f"Reading weights {share}"
        case Step.TESTING:
            share = f", {live.done} of {live.total} checks" if live.total else ""
            return f"Testing the model, this once{share}"
        case Step.READING:
            read = f" {live.done:,} of {live.total:,} tokens" if live.total else " the passages…"
            anew = f"{live.anew} " if live.anew else ""
            return f"{anew}Reading{read}{_seconds_left(live.seconds_left)}"
        case Step.WORKING:
            return "Working…"
        case Step.THINKING:
            return ""  # the line that folds says so
        case Step.WRITING:
            return ""


def _seconds_left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds >= 90:
        return f" · {round(seconds / 60)} min left"
    return f" · {max(1, round(seconds))} s left"


def on_the_way(thinking: str, steps: Sequence[AnswerStep]) -> str:
    """Thoughts and steps in the order they came, a line for each step.

    Grows at its end only, as thoughts and steps do.
    """
    told: list[str] = []
    at = 0
    for step in steps:
        told += [thinking[at : step.thought], f"✓ {step.words}"]
        at = step.thought
    return "\n".join(part for part in (*told, thinking[at:]) if part)


def way_line(seconds: float, thinking: str, steps: Sequence[AnswerStep], *, over: bool) -> str:
    """The line one can open to read what was done and thought before the answer."""
    if not steps:
        return thinking_line(seconds, over=over)
    done = words.count(len(steps), "step")
    if not over:
        return "Working…"
    if not thinking:
        return f"{done} · {steps[-1].words}"
    return f"{done} · {thinking_line(seconds, over=True).lower()}"


def thinking_line(seconds: float, *, over: bool) -> str:
    """What is said of thinking."""
    if not over:
        return "Thinking…"
    if seconds >= 90:
        return f"Thought for {round(seconds / 60)} min"
    return f"Thought for {max(1, round(seconds))} s" if seconds else "Thought before answering"


def read_line(exchange: Exchange) -> str:
    """How much was shown: ``saw parts of 9 pages and sections · cites 4 documents``."""
    answer = exchange.answer
    if answer is None or not answer.coverage.units_used:
        return ""
    documents = {c.document for c in answer.citations if c.document is not None}
    cites = f" · cites {words.count(len(documents), 'document')}" if documents else ""
    unread = len(answer.coverage.unread)
    more = "more than " if answer.coverage.unread_more else ""
    missing = f" · {more}{words.count(unread, 'part')} could not be read" if unread else ""
    return f"{notes.shown_words(answer)}{cites}{missing}"


def meta_line(exchange: Exchange, model: str = "") -> str:
    """What the answer rests on and what it took: ``2 sources · 0.1 s``.

    Args:
        exchange: with its answer.
        model: what the model that answered is called; it comes after the way of answering.

    Short, since it shares a line with the actions; how much was read stands above it.
    """
    answer = exchange.answer
    if answer is None:
        return ""
    found = [c for c in answer.citations if c.document is not None]
    parts = [words.count(len(found), "source")] if found else ["no sources"]
    if answer.tokens.answer:
        parts.append(words.count(answer.tokens.answer, "token"))
        if answer.timing.decode > 0:
            speed = answer.tokens.answer / (answer.timing.decode / 1000)
            parts.append(f"{speed:.0f} tok/s" if speed >= 10 else f"{speed:.1f} tok/s")
        if answer.tokens.known >= WORTH_TELLING:
            parts.append(f"{answer.tokens.known:,} tokens known from before")
    elif answer.timing.total:
        seconds = answer.timing.total / 1000
        parts.append(f"{seconds:.1f} s" if seconds >= 0.1 else "< 0.1 s")
    if model:
        parts.insert(0, model)
    parts.insert(0, mode_name(answer.mode))
    if exchange.state is ExchangeState.STOPPED:
        parts.insert(0, "Stopped")
    return " · ".join(parts)
