"""An answer by the engine, shown the best passages, every quote of it checked.

The engine's words reach the reader with numbers in place of marks; a number
stands only for a quote that was checked before it was shown. Must not know the
store or the window.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from carrel.answering.citing import Citer, Sources
from carrel.answering.errors import ContextTooSmall, EffortNotOffered
from carrel.answering.making import record_of
from carrel.answering.marks import MarkParser, Piece
from carrel.answering.marks import Said as Words
from carrel.answering.progress import Progress
from carrel.answering.prompt import Prompt, Turn, build_prompt
from carrel.domain.answers import (
    AnswerRecord,
    Citation,
    Effort,
    Exchange,
    ExchangeState,
    TokenCount,
)
from carrel.domain.documents import Hit
from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.files.profiles import SamplingDefaults, profile_of
from carrel.engine.speaker import Generated, Speaker
from carrel.engine.wire.protocol import (
    MAX_SEED,
    Finish,
    Prefilled,
    Restart,
    Restarted,
    Said,
    Sampling,
    SpeechEvent,
    Tally,
    Thought,
)

MAX_ANSWER_TOKENS: Final = 2_048
"""Tokens; a page and a half. Marks with their quotes take about half of it."""

RESERVED_TOKENS: Final = 64
"""Tokens kept free for the chat format around prompt and answer."""

THINKING_TOKENS: Final = {
    Effort.OFF: 0,
    Effort.LOW: 2_048,
    Effort.HIGH: 8_192,
    Effort.MAX: 24_576,
}
"""Tokens of thinking at most, where the context has room for them. Two thousand take a minute and a
half at 25 tokens a second."""

SUREST: Final = 0.05
"""Words less likely than this share of the likeliest are never taken: what the makers recommend for
chatting lets one through in fifty, and a quote with one other word is no quote."""

NO_RECORD: Final = AnswerRecord()

LOOP_NOTE: Final = (
    "*The engine began to repeat itself, also at a second try. The repetition was cut off here; "
    "what stands above may be incomplete.*"
)

RESTART_REASONS: Final = {
    Restart.LOOP: "The engine began to repeat itself and begins anew.",
    Restart.NUMBERS: "The engine computed values that are not numbers and begins anew.",
}

KEEP_EVERY_SECONDS: Final = 1.0
"""Seconds between two savings of what was said so far: what a crash may take from the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the engine said, checked."""

    text: str
    thinking: str
    citations: tuple[Citation, ...]
    units_used: int
    tokens: TokenCount
    sampling: dict[str, float | int | str]
    stopped: bool
    record: AnswerRecord = NO_RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Tokens of the context, by use."""

    prompt: int
    answer: int
    thinking: int


class PassagesAnswer:
    """One answer being told.

    Args:
        engine: loaded.
        sources: canonical texts, to check quotes against.
        progress: where events go.
        fence: a word no document can know.
        effort: of thinking.
        seed: of the engine's chance; None draws one.
    """

    def __init__(
        self,
        *,
        engine: Speaker,
        sources: Sources,
        progress: Progress,
        fence: str,
        effort: Effort = Effort.OFF,
        seed: int | None = None,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._progress = progress
        self._fence = fence
        self._effort = effort
        self._seed = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
        self._marks = MarkParser()
        self._hits: Sequence[Hit] = ()
        self._citer = Citer((), sources, progress.cite)
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._check_seconds = 0.0
        self._begun = 0.0
        self._known = -1
        self._kept = 0.0

    def tell(self, question: str, hits: Sequence[Hit], earlier: Sequence[Exchange]) -> Told:
        """Prompt the engine and pass on what it says.

        Raises:
            EngineError: it failed; what was said until then is lost with the exchange's answer,
                the question is not.
            ContextTooSmall: not even one passage fits.
            EffortNotOffered: the model does not think like this.
        """
        check_effort(self._engine, self._effort)
        limits = _limits(self._engine.info.context_tokens - RESERVED_TOKENS, self._effort)
        prompt = build_prompt(
            question,
            hits,
            history=earlier_turns(earlier),
            budget=limits.prompt,
            count=self._engine.count_tokens,
            fence=self._fence,
        )
        if hits and not prompt.hits:
            raise ContextTooSmall
        self.begin_reading(prompt.hits)
        return self.speak(_conversation(prompt), limits)

    def begin_reading(self, hits: Sequence[Hit]) -> None:
        """From here on time is counted as reading.

        Args:
            hits: what is shown to the engine, in the order of their numbers.
        """
        self._hits = self._progress.shown = hits
        self._citer = Citer(self._hits, self._sources, self._progress.cite)
        self._progress.step("reading")
        self._begun = time.perf_counter()
        self._known = -1

    def speak(
        self,
        conversation: tuple[Message, ...],
        limits: Limits,
        *,
        known: int | None = None,
        seconds: float = 0.0,
    ) -> Told:
        """Let the engine answer, pass on what it says, and sum up.

        Args:
            known: tokens of the prompt that were known from before; None as the engine says.
            seconds: of reading, spent before.

        Raises:
            EngineError: it failed.
        """
        sampling = _sampling(profile_of(self._engine.info.profile).sampling, self._seed)
        generated = self._engine.generate(
            conversation,
            sampling,
            max_tokens=limits.answer + limits.thinking,
            thinking=Thinking(self._effort),
            thinking_budget=limits.thinking,
            on_event=self.pass_on,
        )
        self._settle(self._marks.finish())
        if generated.tally.repeated:
            self._cut(generated)
        tally = generated.tally
        if known is not None:
            reused = known
            tally = replace(tally, prefill_seconds=seconds + tally.prefill_seconds)
        else:
            reused = tally.reused_tokens
        told = self._told(replace(tally, reused_tokens=reused), sampling, limits)
        record = record_of(conversation, self._effort, self._hits)
        return replace(told, record=record)

    def _told(self, tally: Tally, sampling: Sampling, limits: Limits) -> Told:
        timing = self._progress.timing
        timing["prefill"] = tally.prefill_seconds * 1000
        timing["decode"] = tally.decode_seconds * 1000
        timing["check"] = self._check_seconds * 1000
        text = "".join(self._text).strip()
        if tally.finish is Finish.LOOP:
            text = f"{text}\n\n{LOOP_NOTE}".strip()
        return Told(
            text=text,
            thinking="".join(self._thinking).strip(),
            citations=self._citer.citations,
            units_used=len({(hit.passage.document, hit.place.number) for hit in self._hits}),
            tokens=TokenCount(
                prompt=tally.prompt_tokens,
                answer=tally.answer_tokens + tally.thinking_tokens,
                known=tally.reused_tokens,
            ),
            sampling={
                **asdict(sampling),
                "thinking": self._effort.value,
                "thinking_budget": limits.thinking,
                "thinking_tokens": tally.thinking_tokens,
                "thinking_cut": int(tally.thinking_cut),
                "max_tokens": limits.answer + limits.thinking,
                "finish": tally.finish.value,
                "restarted": tally.restarted.value if tally.restarted else "",
            },
            stopped=tally.finish is Finish.CANCELLED,
        )

    def _cut(self, generated: Generated) -> None:
        """Tell the kept text again, without what only repeats; nobody hears it."""
        self._marks = MarkParser()
        self._text.clear()
        self._thinking[:] = [generated.thinking]
        self._citer = Citer(self._hits, self._sources, lambda _: None)
        for piece in [*self._marks.feed(generated.text), *self._marks.finish()]:
            self._text.append(self._words(piece))

    def reading_words(self, done: int, total: int) -> str:
        """What is read, for the reader; empty where tokens say enough."""
        del done, total
        return ""

    def stopped_early(self, seconds: float, note: str = "") -> Told:
        """Nothing was said: the answer was stopped while the engine read.

        Args:
            note: what becomes of what was read, in Markdown.
        """
        self._progress.timing["prefill"] = seconds * 1000
        return Told(
            text=note,
            thinking="",
            citations=(),
            units_used=0,
            tokens=TokenCount(),
            sampling={"finish": Finish.CANCELLED.value},
            stopped=True,
        )

    def pass_on(self, event: SpeechEvent) -> None:
        """Tell what the engine read, thought or said."""
        if self._progress.stopped():
            self._engine.cancel()
        match event:
            case Prefilled(done=done, total=total):
                if self._known < 0:  # what was there beforehand tells nothing about the pace
                    self._known, self._begun = done, time.perf_counter()
                read, spent = done - self._known, time.perf_counter() - self._begun
                left = spent * (total - done) / read if read > 0 else None
                detail = self.reading_words(done, total)
                self._progress.step("reading", done, total, left, detail=detail)
            case Thought(text=text):
                self._thinking.append(text)
                self._progress.think(text)
            case Said(text=text):
                self._settle(self._marks.feed(text))
            case Restarted(reason=reason):
                self._restart(reason)
        self._keep()

    def _restart(self, reason: Restart) -> None:
        self._marks = MarkParser()
        self._text.clear()
        self._thinking.clear()
        self._citer = Citer(self._hits, self._sources, self._progress.cite)
        self._begun = time.perf_counter()
        self._progress.restart(RESTART_REASONS[reason])

    def _keep(self) -> None:
        now = time.perf_counter()
        if now - self._kept > KEEP_EVERY_SECONDS and (self._text or self._thinking):
            self._kept = now
            self._progress.keep("".join(self._text), "".join(self._thinking))

    def _settle(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            text = self._words(piece)
            if text:
                self._text.append(text)
                self._progress.say(text)

    def _words(self, piece: Piece) -> str:
        """A piece as the reader sees it; a quote is checked and becomes a number."""
        if isinstance(piece, Words):
            return piece.text
        begun = time.perf_counter()
        cited = self._citer.cite_quote(piece.passage_number, piece.quote)
        self._check_seconds += time.perf_counter() - begun
        return f"[{cited.n}]"


def check_effort(engine: Speaker, effort: Effort) -> None:
    """Refuse an effort the model does not know.

    Raises:
        EffortNotOffered: the model does not think like this.
    """
    efforts = profile_of(engine.info.profile).efforts
    if Thinking(effort) not in efforts:
        raise EffortNotOffered(effort=effort, offered=", ".join(efforts))


def _limits(room: int, effort: Effort) -> Limits:
    """Share a context: half of it for the passages at least."""
    thinking = min(THINKING_TOKENS[effort], room // 3)
    answer = min(MAX_ANSWER_TOKENS, room // (6 if thinking else 2))
    return Limits(prompt=room - answer - thinking, answer=answer, thinking=thinking)


def _sampling(defaults: SamplingDefaults, seed: int) -> Sampling:
    """As the model's makers recommend, a little surer."""
    return Sampling(
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        min_p=max(defaults.min_p, SUREST),
        top_k=defaults.top_k,
        seed=seed,
    )


def sampling_of(profile: str, seed: int) -> Sampling:
    """How words are chosen where this card's model answers."""
    return _sampling(profile_of(profile).sampling, seed)


def earlier_turns(earlier: Sequence[Exchange]) -> list[Turn]:
    """Earlier questions with their answers, as far as there are."""
    return [
        Turn(question=exchange.question, answer=_unmarked(exchange.answer.text))
        for exchange in earlier
        if exchange.answer is not None and not _silent(exchange)
    ]


def _silent(exchange: Exchange) -> bool:
    """Whether it was stopped before the engine said anything."""
    answer = exchange.answer
    return exchange.state is ExchangeState.STOPPED and not (answer and answer.tokens.answer)


def _unmarked(text: str) -> str:
    """An earlier answer without numbers: they meant other passages then."""
    parser = MarkParser()
    pieces = [*parser.feed(text), *parser.finish()]
    return "".join(piece.text for piece in pieces if isinstance(piece, Words))


def _conversation(prompt: Prompt) -> tuple[Message, ...]:
    told = [Message(role=Role.SYSTEM, text=prompt.system)]
    for turn in prompt.turns:
        told.append(Message(role=Role.USER, text=turn.question))
        told.append(Message(role=Role.ASSISTANT, text=turn.answer))
    told.append(Message(role=Role.USER, text=prompt.request))
    return tuple(told)
