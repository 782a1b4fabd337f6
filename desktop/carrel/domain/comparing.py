"""What differs between two documents. Must not know how it is found or shown."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class ChangeKind(StrEnum):
    """What became of a passage; in the order a reader wants them."""

    NUMBERS = "numbers"
    """Figures differ, and perhaps words."""
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


class Side(NamedTuple):
    """A passage of one of the two documents.

    Attributes:
        unit: number, counts from 1.
        start, end: code points of the unit's text; of a passage that goes on in the next unit,
            the part in the first.
        text: all of it, spacing as one space.
    """

    unit: int
    start: int
    end: int
    text: str


class FigureChange(NamedTuple):
    """A number that is another one now, as printed.

    Attributes:
        unit: what both are counted in, such as ``$`` or ``%``; empty where it is not the same
            or not known.
        percent: of the old one; None where that says nothing (dates, another unit, zero).
    """

    old: str
    new: str
    unit: str
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference.

    Attributes:
        before, after: None for what was added, or removed.
    """

    kind: ChangeKind
    before: Side | None
    after: Side | None
    figures: tuple[FigureChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences: by kind, then as they stand.

    Attributes:
        unchanged: sentences that are the same in both.
    """

    changes: tuple[Change, ...]
    unchanged: int

    def count(self, kind: ChangeKind) -> int:
        """How many there are of a kind."""
        return sum(change.kind is kind for change in self.changes)
