"""What an answer in the making tells on its way, and whether it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from carrel.domain.answers import Citation
from carrel.domain.events import (
    AnswerAdded,
    AnswerProgressed,
    AnswerRestarted,
    CitationChecked,
    Event,
    ThinkingAdded,
)
from carrel.domain.ids import JobId


@dataclass(slots=True)
class Progress:
    """Where an answer's events go, and whether it was stopped.

    Attributes:
        keep: stores what was said and thought so far, in case the program ends in the middle.
        timing: milliseconds of the steps so far, by the names of `Timing`.
    """

    job: JobId
    publish: Callable[[Event], None]
    stopped: Callable[[], bool]
    keep: Callable[[str, str], None]
    timing: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, done: int = 0, total: int = 0, left: float | None = None) -> None:
        """Tell a step before the first word."""
        self.publish(
            AnswerProgressed(job=self.job, step=name, done=done, total=total, seconds_left=left)
        )

    def say(self, text: str) -> None:
        """Tell words of the answer."""
        self.publish(AnswerAdded(job=self.job, text=text))

    def think(self, text: str) -> None:
        """Tell what the engine thought."""
        self.publish(ThinkingAdded(job=self.job, text=text))

    def restart(self, reason: str) -> None:
        """Tell that what was told so far is void."""
        self.publish(AnswerRestarted(job=self.job, reason=reason))
        self.keep("", "")

    def cite(self, citation: Citation) -> None:
        """Tell a checked citation."""
        self.publish(CitationChecked(job=self.job, citation=citation))
