"""An answer by the engine, shown the best passages, every quote of it checked.

The engine's words reach the reader with numbers in place of marks; a number
stands only for a quote that was checked before it was shown. Must not know the
store or the window.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from carrel.answering.citing import Citer, Sources
from carrel.answering.errors import ContextTooSmall
from carrel.answering.marks import MarkParser, Piece, Quoted
from carrel.answering.marks import Said as Words
from carrel.answering.prompt import Prompt, Turn, build_prompt
from carrel.domain.answers import Citation, Exchange, TokenCount
from carrel.domain.documents import Hit
from carrel.engine.client import Speaker
from carrel.engine.encoding import Message, Role, Thinking
from carrel.engine.protocol import Finish, Prefilled, Said, Sampling, SpeechEvent, Thought

if TYPE_CHECKING:
    from carrel.answering.ask import Progress

MAX_ANSWER_TOKENS: Final = 2_048
"""Tokens; a page and a half. Marks with their quotes take about half of it."""

RESERVED_TOKENS: Final = 64
"""Tokens kept free for the chat format around prompt and answer."""

DEFAULT_SAMPLING: Final = Sampling(temperature=0.0, top_p=1.0, seed=1)
"""The likeliest word always: the same question on the same documents gives the same answer."""


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


class PassagesAnswer:
    """One answer being told.

    Args:
        engine: loaded.
        sources: canonical texts, to check quotes against.
        progress: where events go.
        fence: a word no document can know.
    """

    def __init__(
        self, *, engine: Speaker, sources: Sources, progress: Progress, fence: str
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._progress = progress
        self._fence = fence
        self._marks = MarkParser()
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._check_seconds = 0.0
        self._begun = 0.0
        self._kept = 0.0

    def tell(self, question: str, hits: Sequence[Hit], earlier: Sequence[Exchange]) -> Told:
        """Prompt the engine and pass on what it says.

        Raises:
            EngineError: it failed; what was said until then is lost with the exchange's answer,
                the question is not.
            ContextTooSmall: not even one passage fits.
        """
        room = self._engine.info.context_tokens - RESERVED_TOKENS
        answer_tokens = min(MAX_ANSWER_TOKENS, room // 2)
        prompt = build_prompt(
            question,
            hits,
            history=_turns(earlier),
            budget=room - answer_tokens,
            count=self._engine.count_tokens,
            fence=self._fence,
        )
        if hits and not prompt.hits:
            raise ContextTooSmall
        citer = Citer(prompt.hits, self._sources, self._progress.cite)
        self._progress.step("reading")
        self._begun = time.perf_counter()
        generated = self._engine.generate(
            _conversation(prompt),
            DEFAULT_SAMPLING,
            max_tokens=answer_tokens,
            thinking=Thinking.OFF,
            on_event=lambda event: self._pass_on(event, citer),
        )
        self._settle(self._marks.finish(), citer)
        timing = self._progress.timing
        timing["prefill"] = generated.tally.prefill_seconds * 1000
        timing["decode"] = generated.tally.decode_seconds * 1000
        timing["check"] = self._check_seconds * 1000
        return Told(
            text="".join(self._text).strip(),
            thinking="".join(self._thinking).strip(),
            citations=citer.citations,
            units_used=len({(hit.passage.document, hit.place.number) for hit in prompt.hits}),
            tokens=TokenCount(
                prompt=generated.tally.prompt_tokens, answer=generated.tally.answer_tokens
            ),
            sampling={
                "temperature": DEFAULT_SAMPLING.temperature,
                "top_p": DEFAULT_SAMPLING.top_p,
                "seed": DEFAULT_SAMPLING.seed,
                "thinking": Thinking.OFF.value,
                "max_tokens": answer_tokens,
                "finish": generated.tally.finish.value,
            },
            stopped=generated.tally.finish is Finish.CANCELLED,
        )

    def _pass_on(self, event: SpeechEvent, citer: Citer) -> None:
        if self._progress.stopped():
            self._engine.cancel()
        match event:
            case Prefilled(done=done, total=total):
                spent = time.perf_counter() - self._begun
                left = spent * (total - done) / done if done else None
                self._progress.step("reading", done, total, left)
            case Thought(text=text):
                self._thinking.append(text)
                self._progress.think(text)
            case Said(text=text):
                self._settle(self._marks.feed(text), citer)
        self._keep()

    def _keep(self) -> None:
        now = time.perf_counter()
        if now - self._kept > KEEP_EVERY_SECONDS and (self._text or self._thinking):
            self._kept = now
            self._progress.keep("".join(self._text), "".join(self._thinking))

    def _settle(self, pieces: Sequence[Piece], citer: Citer) -> None:
        for piece in pieces:
            match piece:
                case Words(text=text):
                    self._say(text)
                case Quoted(passage_number=number, quote=quote):
                    begun = time.perf_counter()
                    cited = citer.cite_quote(number, quote)
                    self._check_seconds += time.perf_counter() - begun
                    self._say(f"[{cited.n}]")

    def _say(self, text: str) -> None:
        if text:
            self._text.append(text)
            self._progress.say(text)


def _turns(earlier: Sequence[Exchange]) -> list[Turn]:
    return [
        Turn(question=exchange.question, answer=_unmarked(exchange.answer.text))
        for exchange in earlier
        if exchange.answer is not None
    ]


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
