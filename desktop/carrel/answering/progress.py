"""What an answer in the making tells on its way, and whether it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from carrel.answering.sheets.figuring import Found
from carrel.domain.answers import AnswerStep, Citation
from carrel.domain.documents import Hit
from carrel.domain.events import (
    AnswerAdded,
    AnswerProgressed,
    AnswerRestarted,
    AnswerSetAside,
    CitationChecked,
    Event,
    StepTaken,
    ThinkingAdded,
)
from carrel.domain.ids import JobId
from carrel.domain.sheet_figures import SheetFigure


@dataclass(slots=True)
class Progress:
    """Where an answer's events go, and whether it was stopped.

    Attributes:
        keep: stores what was said and thought so far, in case the program ends in the middle.
        timing: milliseconds of the steps so far, by the names of `Timing`.
        steps: what was done so far, to be kept with the answer.
        shown: the passages the engine was shown, or that are cited.
        found: figures that the question asks of workbooks.
        proposed: those that statements of the model gave.
    """

    job: JobId
    publish: Callable[[Event], None]
    stopped: Callable[[], bool]
    keep: Callable[[str, str], None]
    timing: dict[str, float] = field(default_factory=dict)
    steps: list[AnswerStep] = field(default_factory=list)
    shown: Sequence[Hit] = ()
    found: Sequence[Found] = ()
    proposed: Sequence[SheetFigure] = ()
    _thought: int = 0

    def step(
        self,
        name: str,
        done: int = 0,
        total: int = 0,
        left: float | None = None,
        *,
        detail: str = "",
    ) -> None:
        """Tell a step before the first word.

        Args:
            detail: what is done, for the reader; empty where the step's name says it.
        """
        told = AnswerProgressed(
            job=self.job, step=name, done=done, total=total, seconds_left=left, detail=detail
        )
        self.publish(told)

    def took(self, words: str, since: float = 0.0) -> None:
        """Tell what was done; it is kept with the answer.

        Args:
            words: one line for the reader.
            since: when it was begun, on the clock of `time.perf_counter`; 0 for no time to tell.
        """
        seconds = round(time.perf_counter() - since, 3) if since else 0.0
        step = AnswerStep(words=words, thought=self._thought, seconds=seconds)
        self.steps.append(step)
        self.publish(StepTaken(job=self.job, step=step))

    def say(self, text: str) -> None:
        """Tell words of the answer."""
        self.publish(AnswerAdded(job=self.job, text=text))

    def think(self, text: str) -> None:
        """Tell what the engine thought."""
        self._thought += len(text)
        self.publish(ThinkingAdded(job=self.job, text=text))

    def set_aside(self, said: str) -> None:
        """Tell that words told as the answer were said on the way; they count as thoughts.

        Args:
            said: all that was told of an answer, as it was told.
        """
        self._thought += len(said)
        self.publish(AnswerSetAside(job=self.job))

    def restart(self, reason: str) -> None:
        """Tell that what was told so far is void."""
        self._thought = 0
        self.steps = [replace(step, thought=0) for step in self.steps]
        self.publish(AnswerRestarted(job=self.job, reason=reason))
        self.keep("", "")

    def cite(self, citation: Citation) -> None:
        """Tell a checked citation."""
        self.publish(CitationChecked(job=self.job, citation=citation))
