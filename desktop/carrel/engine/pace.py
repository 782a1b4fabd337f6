"""How fast the engine reads and writes, against the shortest loop around llama.cpp, in turn.

Both run in workers of their own with the same settings, one at a time, round
after round, so that a busy machine is busy for both; medians are compared. Must
not know where models are listed or how figures are shown.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from carrel.domain.errors import ProcessError
from carrel.domain.installed import InstalledModel
from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.client import Engine
from carrel.engine.errors import EngineCrashed, engine_error
from carrel.engine.files.parts import OpenParts, parts_of
from carrel.engine.wire.job import Task, job_argument
from carrel.engine.wire.pacing import Timed, TimeIt, parse_timed, time_it_frame
from carrel.engine.wire.protocol import EngineSettings, Prefilled, Said, Sampling, SpeechEvent
from carrel.system.child import Child, WorkerEnded
from carrel.system.frames import Frame

ROUNDS: Final = 7
"""Rounds; the median of seven is not moved by one disturbance."""
READ_TOKENS: Final = 512
"""Tokens of a prompt, about."""
WRITE_TOKENS: Final = 96
"""Tokens of an answer."""
LEAST_WRITTEN: Final = 32
"""Tokens; an answer that ended by itself before is asked for again with another seed."""
TRIES: Final = 40
"""Seeds tried for a long answer; the tiny file ends one in three early."""
CANCELS: Final = 3
"""Times a cancel is timed, reading and writing each."""
LOAD_SECONDS: Final = 600.0
"""Seconds the raw loop's worker may take to load; the engine has read the file just before."""

WORDS: Final = (
    "The committee considered the report of the auditors on the accounts of the year, the notes "
    "to the accounts and the opinion of the board, and resolved to recommend their approval. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was measured; medians over the rounds.

    Attributes:
        prompt_tokens, written_tokens: of one round.
        read_rate, raw_read_rate: tokens a second.
        write_rate, raw_write_rate: tokens a second.
        read_ratio, write_ratio: ours to the raw loop's, round by round; 1 is as fast.
        first_seconds, raw_first_seconds: from the question to the first word.
        cancel_reading, cancel_writing: seconds from a cancel to its end, the slowest.
    """

    title: str
    rounds: int
    prompt_tokens: int
    written_tokens: int
    read_rate: float
    raw_read_rate: float
    read_ratio: float
    write_rate: float
    raw_write_rate: float
    write_ratio: float
    first_seconds: float
    raw_first_seconds: float
    cancel_reading: float
    cancel_writing: float

    @property
    def first_overhead(self) -> float:
        """Seconds the first word comes later than with the raw loop."""
        return self.first_seconds - self.raw_first_seconds


@dataclass(slots=True)
class _Rounds:
    """Figures of each round: ours, then the raw loop's."""

    read: list[tuple[float, float]] = field(default_factory=list)
    write: list[tuple[float, float]] = field(default_factory=list)
    first: list[tuple[float, float]] = field(default_factory=list)
    tokens: list[tuple[int, int]] = field(default_factory=list)


class RawLoop:
    """A worker that only times. Made by `start`."""

    def __init__(self, child: Child) -> None:
        self._child = child

    @classmethod
    def start(cls, model: InstalledModel | Path, settings: EngineSettings) -> Self:
        """Load the same file with the same settings.

        Raises:
            FileError, EngineError: as `Engine.start`.
        """
        path = model if isinstance(model, Path) else model.path
        overrides = {} if isinstance(model, Path) else model.kv_overrides or {}
        with OpenParts(parts_of(path)) as parts:
            argument = job_argument(Task.TIME, parts, settings, overrides)
            made = cls(Child("engine", [argument], pass_fds=parts.descriptors))
        try:
            made._receive(LOAD_SECONDS)
        except BaseException:
            made.close()
            raise
        return made

    def time(self, request: TimeIt) -> Timed:
        """Read and write once.

        Raises:
            EngineError: EngineCrashed, PromptTooLong, DecodeFailed, BadRequest.
        """
        try:
            self._child.send(time_it_frame(request))
        except WorkerEnded as error:
            raise EngineCrashed(cause=self._child.ending()) from error
        return parse_timed(self._receive(LOAD_SECONDS))

    def _receive(self, seconds: float) -> Frame:
        try:
            untrusted_frame = self._child.receive(seconds)
        except WorkerEnded as error:
            raise EngineCrashed(cause=self._child.ending()) from error
        except ProcessError as error:
            raise EngineCrashed(cause="it did not answer") from error
        if untrusted_frame.get("event") == "failed":
            raise engine_error(untrusted_frame.get("code"), untrusted_frame.get("fields"))
        return untrusted_frame

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.close()


def measure(
    model: InstalledModel | Path,
    settings: EngineSettings,
    *,
    rounds: int = ROUNDS,
    read_tokens: int = READ_TOKENS,
    write_tokens: int = WRITE_TOKENS,
    on_round: Callable[[int, int], None] = lambda _done, _total: None,
) -> Pace:
    """Measure; blocks for as long as it takes to read and write so many times.

    Raises:
        FileError, EngineError: as `Engine.start` and `Engine.generate`.
    """
    found = _Rounds()
    with Engine.start(model, settings) as engine:
        raw = RawLoop.start(model, settings)
        try:
            text = _text(engine, read_tokens)
            on_round(0, rounds)
            _round(engine, raw, f"0 {text}", write_tokens, _Rounds())  # both are warm afterwards
            for number in range(1, rounds + 1):
                _round(engine, raw, f"{number} {text}", write_tokens, found)
                on_round(number, rounds)
        finally:
            raw.close()
        reading = max(_cancel(engine, text, n, while_writing=False) for n in range(CANCELS))
        writing = max(_cancel(engine, text, n, while_writing=True) for n in range(CANCELS))
        return _pace(engine.info.title, found, reading, writing)


def _text(engine: Engine, tokens: int) -> str:
    (each,) = engine.count_tokens([WORDS])
    return WORDS * max(1, tokens // each)


def _question(text: str) -> tuple[Message, ...]:
    return (Message(role=Role.USER, text=text),)


def _round(engine: Engine, raw: RawLoop, text: str, tokens: int, found: _Rounds) -> None:
    """Time both with the same prompt, sampling and number of tokens."""
    for seed in range(1, TRIES + 1):
        # A number at the front of the prompt: nothing of an earlier one can be reused.
        question = _question(f"{seed} {text}")
        sampling = Sampling(seed=seed)
        times: dict[str, float] = {}

        def note(event: SpeechEvent, times: dict[str, float] = times) -> None:
            now = time.monotonic()
            if isinstance(event, Prefilled):
                times["read"] = now
            else:
                times.setdefault("first", now)

        began = time.monotonic()
        answer = engine.generate(question, sampling, max_tokens=tokens, on_event=note)
        ended = time.monotonic()
        written = answer.tally.answer_tokens
        if written >= min(tokens, LEAST_WRITTEN) and "first" in times:
            break
    else:
        raise EngineCrashed(cause="it always ends its answers at once")
    timed = raw.time(
        TimeIt(conversation=question, thinking=Thinking.OFF, sampling=sampling, tokens=written)
    )
    found.read.append((times["read"] - began, timed.read_seconds))
    found.write.append((ended - times["read"], timed.write_seconds))
    found.first.append((times["first"] - began, timed.first_seconds))
    found.tokens.append((timed.prompt_tokens, written))


def _cancel(engine: Engine, text: str, number: int, *, while_writing: bool) -> float:
    """Seconds from a cancel, in the middle of reading or after the first word, to the end."""
    asked: list[float] = []

    def stop(event: SpeechEvent) -> None:
        reading = isinstance(event, Prefilled) and 0 < event.done < event.total
        if not asked and (isinstance(event, Said) if while_writing else reading):
            asked.append(time.monotonic())
            engine.cancel()

    # Several times the text, so that reading goes on for a while after its first report.
    question = _question(f"{number} {while_writing} {text * (1 if while_writing else 4)}")
    engine.generate(question, Sampling(seed=number), max_tokens=4096, on_event=stop)
    return time.monotonic() - asked[0] if asked else 0.0


def _pace(title: str, found: _Rounds, reading: float, writing: float) -> Pace:
    mid = statistics.median
    read = [
        (p / ours, p / raw) for (ours, raw), (p, _) in zip(found.read, found.tokens, strict=True)
    ]
    write = [
        (w / ours, w / raw) for (ours, raw), (_, w) in zip(found.write, found.tokens, strict=True)
    ]
    return Pace(
        title=title,
        rounds=len(found.tokens),
        prompt_tokens=round(mid(prompt for prompt, _ in found.tokens)),
        written_tokens=round(mid(written for _, written in found.tokens)),
        read_rate=mid(ours for ours, _ in read),
        raw_read_rate=mid(raw for _, raw in read),
        read_ratio=mid(ours / raw for ours, raw in read),
        write_rate=mid(ours for ours, _ in write),
        raw_write_rate=mid(raw for _, raw in write),
        write_ratio=mid(ours / raw for ours, raw in write),
        first_seconds=mid(ours for ours, _ in found.first),
        raw_first_seconds=mid(raw for _, raw in found.first),
        cancel_reading=reading,
        cancel_writing=writing,
    )
