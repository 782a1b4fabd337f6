"""A unit's text is split into passages: what is indexed, retrieved and cited.

Passages are about 1,200 characters long, end where a paragraph, sentence or
line ends, begin at headings where they can, and together hold every character
that is not white space. Must not know documents or the index.
"""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from carrel.language.sentences import sentences

TARGET: Final = 1_200
"""Characters. Of sizes between 600 and 2,400, about 1,200 found most within one text budget."""

LONGEST: Final = 1_800
"""Characters a passage may have where no better end is found."""

SHORTEST: Final = 400
"""Characters before a heading or paragraph may end a passage early."""

DENSE_WEIGHT: Final = 3
"""Characters of Latin text that one Chinese, Japanese or Korean character counts for."""

MAX_PATH: Final = 500
"""Characters of a heading path."""

_DENSE: Final = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]", regex.VERSION1
)
_PARAGRAPH: Final = re.compile(r"\n[ \t\r\f]*\n\s*")
_LINE: Final = re.compile(r"\n\s*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where it stands.

    Attributes:
        start: code points into the unit's text.
        level: 1 is the highest.
    """

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage stands in its unit's text, and the headings above it, joined by `` › ``."""

    start: int
    end: int
    heading: str


def split_passages(
    text: str, *, headings: Sequence[Heading] = (), running: Sequence[Heading] = ()
) -> list[PassageSpan]:
    """Split one unit's text.

    Args:
        text: the canonical text.
        headings: the headings in this text, in order of their places.
        running: headings of earlier units that still hold, highest first.
    """
    if not text.strip():
        return []
    weight = _weight(text)
    target, longest, shortest = (max(1, int(size / weight)) for size in (TARGET, LONGEST, SHORTEST))
    borders = _Borders(text, headings)
    spans: list[PassageSpan] = []
    start = _skip_space(text, 0)
    while start < len(text):
        left = len(text) - start
        if left <= longest:
            end = borders.first_heading(start + shortest, len(text)) or len(text)
        else:
            # Equal shares of what is left, so that no crumb remains at the end.
            share = left / max(1, round(left / target))
            end = borders.best(start, int(share), shortest, longest)
        last = end
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            spans.append(PassageSpan(start, last, heading_path(running, headings, start)))
        start = _skip_space(text, max(end, start + 1))
    return spans


def heading_path(running: Sequence[Heading], headings: Sequence[Heading], at: int) -> str:
    """The headings that hold at a place, highest first.

    Args:
        running: from before the text.
        headings: in the text, in order.
        at: the place; a heading that starts there holds.
    """
    return " › ".join(
        " ".join(heading.text.split()) for heading in open_headings(running, headings, at)
    )[:MAX_PATH]


def open_headings(
    running: Sequence[Heading], headings: Sequence[Heading], at: int
) -> tuple[Heading, ...]:
    """The headings that hold at a place; at the text's end they run on into the next unit."""
    path: list[Heading] = list(running)
    for heading in headings:
        if heading.start > at:
            break
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    return tuple(path)


def _weight(text: str) -> float:
    """How many characters of Latin text one character of this text counts for, on average."""
    if text.isascii():
        return 1.0
    dense = len(_DENSE.findall(text))
    return 1.0 + (DENSE_WEIGHT - 1) * dense / len(text)


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


class _Borders:
    """The places where a passage may end, by how good they are."""

    def __init__(self, text: str, headings: Sequence[Heading]) -> None:
        self._text = text
        self._headings = sorted({heading.start for heading in headings if heading.start > 0})
        self._kinds: tuple[tuple[float, list[int]], ...] = (
            (0.0, self._headings),
            (0.15, [found.end() for found in _PARAGRAPH.finditer(text)]),
            (0.30, [span.end for span in sentences(text)]),
            (0.55, [found.end() for found in _LINE.finditer(text)]),
        )

    def first_heading(self, low: int, high: int) -> int | None:
        """The first heading between two places."""
        at = bisect.bisect_left(self._headings, low)
        if at < len(self._headings) and self._headings[at] < high:
            return self._headings[at]
        return None

    def best(self, start: int, share: int, shortest: int, longest: int) -> int:
        """The end of a passage: near the share wanted, at as good a border as there is."""
        wanted = start + share
        low, high = start + shortest, min(start + longest, len(self._text))
        heading = self.first_heading(low, wanted)
        if heading is not None:
            return heading
        best, lowest = 0, 2.0
        for cost, places in self._kinds:
            for at in places[bisect.bisect_left(places, low) : bisect.bisect_right(places, high)]:
                whole = cost + abs(at - wanted) / max(1, share)
                if whole < lowest:
                    best, lowest = at, whole
        if best:
            return best
        space = self._text.rfind(" ", low, min(wanted, high))
        return space if space > start else min(wanted, high)
