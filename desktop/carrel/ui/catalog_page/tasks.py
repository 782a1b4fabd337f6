"""Work on models that takes minutes, and what came of it: importing, verifying, testing.

Plain Python: no Qt, no app.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from carrel.domain.documents import Failure
from carrel.domain.events import ImportProgressed
from carrel.domain.ids import JobId
from carrel.domain.installed import InstalledModel
from carrel.domain.self_tests import CheckState, Feature, SelfTest
from carrel.ui import words

MARK_SECONDS: Final = 1.0
"""Least time between two marks a rate is taken from."""
MARKS: Final = 8
"""Marks kept: a rate over about as many seconds is steady and still follows a slower disk."""
CHECKS: Final = "testing"
"""The step whose unit is checks, not bytes."""
CANCELLED: Final = "engine.cancelled"
"""Code of the failure of what the user stopped."""

_STEPS: Final = {
    "hashing": "Checking",
    "copying": "Copying and checking",
    "verifying": "Comparing every byte",
}
FEATURE_WORDS: Final = {
    Feature.ANSWERS: "It does not answer until the self-test passes.",
    Feature.CAPSULES: "What it has read is not kept: each document is read again.",
}
"""What is off while a check fails, in a sentence."""


class TaskKind(StrEnum):
    """What is done with a model."""

    IMPORT = "import"
    VERIFY = "verify"
    TEST = "test"


_DOING: Final = {
    TaskKind.IMPORT: "Importing",
    TaskKind.VERIFY: "Verifying",
    TaskKind.TEST: "Testing",
}
_FAILED: Final = {
    TaskKind.IMPORT: "could not be imported",
    TaskKind.VERIFY: "could not be verified",
    TaskKind.TEST: "could not be tested",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far something was at a moment: seconds of a monotonic clock, and units done."""

    at: float
    done: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job under way.

    Attributes:
        name: of the installed model; empty for an import.
        path: of an import, to try again; None else.
        title: what is shown: the file's name, or the model's title.
        step, done, total, seconds_left: as `ImportProgressed` says.
        marks: to take a rate from, oldest first; of this step only.
        cancelling: the user asked to stop.
    """

    job: JobId
    kind: TaskKind
    title: str
    name: str = ""
    path: Path | None = None
    step: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    marks: tuple[Mark, ...] = ()
    cancelling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTask:
    """A job that ended without its result, until the user has read it or tries again."""

    job: JobId
    kind: TaskKind
    title: str
    name: str
    path: Path | None
    failure: Failure

    @property
    def head(self) -> str:
        """``“x.gguf” could not be imported``."""
        return f"“{self.title}” {_FAILED[self.kind]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a verification or a self-test found, until it has been read.

    Attributes:
        tone: ``ok`` or ``bad``.
        head: the result in a sentence.
        lines: more sentences: each damage, or each failed check.
        remedy: what to do; empty when nothing has to be done.
    """

    name: str
    kind: TaskKind
    tone: str
    head: str
    lines: tuple[str, ...] = ()
    remedy: str = ""


def marked(marks: tuple[Mark, ...], now: float, done: float) -> tuple[Mark, ...]:
    """The marks with this moment, if the last one is old enough."""
    if marks and now - marks[-1].at < MARK_SECONDS:
        return marks
    return (*marks, Mark(at=now, done=done))[-MARKS:]


def rate(marks: tuple[Mark, ...], now: float, done: float) -> float:
    """Units a second over the marks; 0 while there is nothing to tell."""
    if not marks or now - marks[0].at < MARK_SECONDS or done <= marks[0].done:
        return 0.0
    return (done - marks[0].done) / (now - marks[0].at)


def progressed(task: Task, event: ImportProgressed, now: float) -> Task:
    """The task after a report; a new step starts its rate anew."""
    marks = task.marks if task.step == event.step and event.done >= task.done else ()
    return replace(
        task,
        step=event.step,
        done=event.done,
        total=event.total,
        seconds_left=event.seconds_left,
        marks=marked(marks, now, event.done),
    )


def failed(task: Task, failure: Failure) -> FailedTask:
    """The same as a failure that can be tried again."""
    return FailedTask(
        job=task.job,
        kind=task.kind,
        title=task.title,
        name=task.name,
        path=task.path,
        failure=failure,
    )


def head(task: Task) -> str:
    """``Importing “x.gguf”``."""
    return f"{_DOING[task.kind]} “{task.title}”"


def detail(task: Task, now: float) -> str:
    """``Copying and checking: 34.2 of 80.8 GB · 212 MB/s · about 3 min left``."""
    if task.cancelling:
        return "Stopping…"
    if not task.step:
        return "Waiting for its turn…"
    if task.step == CHECKS:
        return (
            f"Check {min(task.done + 1, task.total)} of {task.total}" if task.total else "Testing"
        )
    said = _STEPS.get(task.step, "Working")
    if not task.total:
        return f"{said}…"
    parts = [f"{said}: {words.part(task.done, task.total)}"]
    speed = rate(task.marks, now, task.done)
    if speed:
        parts.append(f"{words.size(round(speed))}/s")
    if task.seconds_left is not None:
        parts.append(words.left(task.seconds_left))
    return " · ".join(parts)


def share(task: Task) -> float:
    """How much is done, 0 to 1."""
    return min(1.0, task.done / task.total) if task.total else 0.0


def verified(found: InstalledModel, damage: tuple[str, ...], now: float) -> Outcome:
    """The result of a verification.

    Args:
        found: the model.
        damage: sentences that name what differs.
        now: seconds since the epoch.
    """
    if damage:
        return Outcome(
            name=found.name,
            kind=TaskKind.VERIFY,
            tone="bad",
            head=f"“{found.title}” is damaged: it is not as it was imported.",
            lines=damage,
            remedy="Do not use it. Connect the drive it came from and import it again; "
            "only what is damaged is copied.",
        )
    when = words.day(found.verified_at or now, now)
    return Outcome(
        name=found.name,
        kind=TaskKind.VERIFY,
        tone="ok",
        head=f"“{found.title}”: every byte is as imported. Verified {when}.",
    )


def tested(found: InstalledModel, test: SelfTest) -> Outcome:
    """The result of a self-test."""
    bad = [check for check in test.checks if check.state is CheckState.FAILED]
    if not bad:
        ran = words.count(len(test.checks), "check")
        return Outcome(
            name=found.name,
            kind=TaskKind.TEST,
            tone="ok",
            head=f"“{found.title}” passed its self-test: {ran} in {words.seconds(test.seconds)}.",
        )
    return Outcome(
        name=found.name,
        kind=TaskKind.TEST,
        tone="bad",
        head=f"“{found.title}” failed {len(bad)} of {words.count(len(test.checks), 'check')}.",
        lines=tuple(f"{check.title}: {check.detail}" for check in bad),
        remedy=" ".join(off_words(test)) or "It can be used; the details say what was seen.",
    )


def off_words(test: SelfTest) -> tuple[str, ...]:
    """What is off because of failed checks, a sentence each."""
    return tuple(FEATURE_WORDS[feature] for feature in FEATURE_WORDS if feature in test.off)
