"""Jobs that add files, as the documents page counts and lists them. Plain Python: no Qt, no app.

Ten thousand names come at once and are only kept; what is in hand is listed file by file.
"""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from carrel.domain.ids import JobId

MAX_WAITING: Final = 50
"""Files listed that wait for their turn; the line above them counts all."""

STEP_SHARES: Final = {"storing": (0.0, 0.2), "reading": (0.2, 0.7), "saving": (0.9, 0.1)}
"""Where each step of a file begins, and how much of the whole it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingFile:
    """One file of a job, in hand or waiting."""

    index: int
    name: str
    step: str = ""
    done: int = 0
    total: int = 0

    @property
    def share(self) -> float:
        """How far it is, 0 to 1."""
        inside = min(1.0, self.done / self.total) if self.total else 0.0
        start, length = STEP_SHARES.get(self.step, (0.0, 0.0))
        return start + length * inside


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingJob:
    """A job that adds files.

    Attributes:
        names: of all files found so far, by index.
        active: files in hand, in the order they were begun.
        finished: how many are through.
        untouched: index from which no file was begun ...
        early: ... but for these.
    """

    job: JobId
    names: tuple[str, ...] = ()
    active: tuple[AddingFile, ...] = ()
    finished: int = 0
    untouched: int = 0
    early: frozenset[int] = frozenset()
    seconds_left: float | None = None
    cancelling: bool = False

    @property
    def total(self) -> int:
        """Files found so far."""
        return len(self.names)

    @property
    def done(self) -> float:
        """How many files are through, those in hand by their share."""
        return self.finished + sum(file.share for file in self.active)

    def waiting(self, most: int = MAX_WAITING) -> list[AddingFile]:
        """The first files that nobody has begun."""
        indices = (at for at in range(self.untouched, self.total) if at not in self.early)
        return [AddingFile(index=at, name=self.names[at]) for at in islice(indices, most)]

    def found(self, first: int, names: tuple[str, ...]) -> "AddingJob":
        """With more files; those before `first` may be told later, by another thread."""
        gap = ("",) * max(0, first - self.total)
        after = self.names[first + len(names) :]
        return replace(self, names=(*self.names[:first], *gap, *names, *after))

    def moved(self, file: AddingFile, seconds_left: float | None) -> "AddingJob":
        """After a file in hand moved on."""
        if not 0 <= file.index < self.total:
            return self
        if any(one.index == file.index for one in self.active):
            active = tuple(file if one.index == file.index else one for one in self.active)
            return replace(self, active=active, seconds_left=seconds_left)
        if self._is_begun(file.index):
            return self  # it is through already
        begun = self._begun(file.index)
        return replace(begun, active=(*begun.active, file), seconds_left=seconds_left)

    def through(self, index: int) -> "AddingJob":
        """After a file is finished."""
        if not 0 <= index < self.total:
            return self
        rest = tuple(file for file in self.active if file.index != index)
        begun = self if self._is_begun(index) else self._begun(index)
        return replace(begun, active=rest, finished=begun.finished + 1)

    def _is_begun(self, index: int) -> bool:
        return index < self.untouched or index in self.early

    def _begun(self, index: int) -> "AddingJob":
        early = self.early | {index}
        untouched = self.untouched
        while untouched in early:
            early -= {untouched}
            untouched += 1
        return replace(self, untouched=untouched, early=early)
