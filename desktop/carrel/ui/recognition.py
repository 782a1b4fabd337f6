"""How far text recognition has come, over all documents that wait. Plain Python: no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from carrel.domain.events import (
    Event,
    RecognitionFinished,
    RecognitionProgressed,
    RecognitionQueued,
)
from carrel.domain.ids import JobId
from carrel.ui import words


class _Pages(NamedTuple):
    done: int
    total: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class RecognitionState:
    """Jobs that wait or run; pages of finished ones count until the last has ended."""

    jobs: dict[JobId, _Pages] = field(default_factory=dict)
    finished: int = 0

    @property
    def said(self) -> str:
        """A line for the status bar; empty when nothing is recognised."""
        if not self.jobs:
            return ""
        done = self.finished + sum(pages.done for pages in self.jobs.values())
        total = self.finished + sum(pages.total for pages in self.jobs.values())
        left = [pages.seconds_left for pages in self.jobs.values() if pages.done]
        paced = sum(pages.done for pages in self.jobs.values())
        of = f"{done:,} of {words.count(total, 'page')}"
        if not left or paced < 2:
            return f"Recognising text: {of}"
        return f"Recognising text: {of}, {words.left(max(left))}"


def apply(state: RecognitionState, event: Event) -> RecognitionState:
    """The state after an event."""
    match event:
        case RecognitionQueued(job=job, total=total):
            return replace(state, jobs={**state.jobs, job: _Pages(0, total, 0.0)})
        case RecognitionProgressed(job=job) if job in state.jobs:
            pages = _Pages(event.done, event.total, event.seconds_left)
            return replace(state, jobs={**state.jobs, job: pages})
        case RecognitionFinished(job=job) if job in state.jobs:
            jobs = dict(state.jobs)
            done = jobs.pop(job).done
            return RecognitionState(jobs, state.finished + done) if jobs else RecognitionState()
    return state
