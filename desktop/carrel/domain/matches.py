"""Where words stand in one document, letter by letter. Must not know who looks for them."""

from dataclasses import dataclass
from typing import NamedTuple


class Match(NamedTuple):
    """One place: number of the unit, and code points of its canonical text."""

    unit: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """All places of some words in a document.

    Attributes:
        words: as they were looked for.
        matches: in the order of the document.
        more: whether there are further ones; these are only the first.
    """

    words: str
    matches: tuple[Match, ...] = ()
    more: bool = False
