"""How far one research may go: steps, tokens to read, seconds; counted down and shown.

Pure but for the clock it is given; must not know engines or documents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MAX_STEPS: Final = 24
"""Searches, openings and looks for a text. Questions over several reports take ten or so; a model
that has not found it in twice as many does not know where to look."""

MAX_READING: Final = 48_000
"""Tokens of results put before the model: about 80 pages. Ten minutes of reading at 80 a second."""

MAX_SECONDS: Final = 1_200.0
"""Seconds until the model is told to answer. Longer work is better put into several questions."""

MAX_FAULTS: Final = 3
"""Calls in a row that could not be done; a model that does not learn from three will not."""

RESULT_TOKENS: Final = 2_400
"""Tokens of one result: three pages."""

LEAST_RESULT: Final = 160
"""Tokens below which a result would hold nothing."""


@dataclass(slots=True)
class Budget:
    """What is left of one research.

    Attributes:
        clock: seconds, rising.
        context: tokens of the engine's context that results may take; shrinks with each turn.
        steps, read, faults: used so far; faults in a row.
    """

    clock: Callable[[], float]
    context: int
    begun: float = 0.0
    steps: int = 0
    read: int = 0
    faults: int = 0

    def __post_init__(self) -> None:
        """The clock runs from here on."""
        self.begun = self.clock()

    @property
    def reading(self) -> int:
        """Tokens of results that may still come."""
        return max(0, min(self.context, MAX_READING - self.read))

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return self.clock() - self.begun

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self.seconds >= MAX_SECONDS

    @property
    def spent(self) -> str:
        """Why the model has to answer now, in half a sentence; empty while it may go on."""
        if self.faults >= MAX_FAULTS:
            return f"{MAX_FAULTS} calls in a row could not be done"
        if self.steps >= MAX_STEPS:
            return f"all {MAX_STEPS} steps are taken"
        if self.reading < LEAST_RESULT:
            return "no more can be read"
        return "the time is up" if self.late else ""

    def room(self, waiting: int) -> int:
        """Tokens the next result may take.

        Args:
            waiting: results that are to come in the same turn, this one included.
        """
        return min(RESULT_TOKENS, self.reading // max(1, waiting))

    def took(self, tokens: int) -> None:
        """A result of so many tokens was given out."""
        self.steps += 1
        self.read += tokens
        self.context -= tokens
        self.faults = 0

    def failed(self, tokens: int) -> None:
        """A call could not be done; the sentence that says so has so many tokens."""
        self.steps += 1
        self.context -= tokens
        self.faults += 1

    @property
    def left_for_engine(self) -> str:
        """What the model is told after each result; no time, so that it can be repeated."""
        steps = max(0, MAX_STEPS - self.steps)
        return f"Left: {steps} steps, about {self.reading:,} tokens of reading."

    @property
    def told(self) -> str:
        """What the reader is shown: ``21 steps, 42,790 tokens, 18:40 left``."""
        steps = max(0, MAX_STEPS - self.steps)
        named = "1 step" if steps == 1 else f"{steps} steps"
        seconds = max(0.0, MAX_SECONDS - self.seconds)
        return f"{named}, {self.reading:,} tokens, {_minutes(seconds)} left"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
