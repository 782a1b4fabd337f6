"""Which lines of a PDF page are headings, by their looks. Pure.

PDF has no headings, only letters that are larger, bolder or all capitals. What
is found here ranks passages and labels them; nothing depends on it being right.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from carrel.language.passages import Heading
from carrel.parsing.boxes import Boxes

MAX_HEADINGS: Final = 40
"""Headings of one page; more are a table of contents."""

MAX_LINE: Final = 120
"""Code points of a heading line."""

HEADING_LINE: Final = 240
"""Code points of the words that name a page."""

LARGE: Final = 1.15
"""Times the size of the body text from which a line counts as large."""

RUNNING_AFTER: Final = 3
"""Pages on which a line must have stood at the top or bottom to be a running title."""

MARGIN_LINES: Final = 2
"""Lines at the top and bottom of a page where running titles stand."""

_FIRST_LETTERS: Final = np.arange(24)
"""Letters of a line whose heights tell its size."""

_NUMBERED: Final = re.compile(
    r"(?P<part>part|chapter|annex|appendix|book|title)\b|"
    r"(?P<item>item|article|section|schedule|exhibit|§)|(?P<note>note)\b",
    re.I,
)
_NUMBER_NEXT: Final = re.compile(r"\s*(?:[0-9]{1,3}[A-Z]?|[ivxlc]{1,6}|[A-Z])\b", re.I)
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGITS: Final = re.compile(r"\d+")
_AMOUNT: Final = re.compile(r"[$€£]|\d[\d,.]*\s*%?\s*$|\(\d")


class _Line(NamedTuple):
    start: int
    text: str
    size: float


class Headings:
    """Finds headings page after page; remembers what repeats on every page."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def find(
        self, text: str, boxes: Boxes, is_bold: Callable[[int], bool]
    ) -> tuple[tuple[Heading, ...], str]:
        """Headings of a page, and the words that name the page.

        Args:
            is_bold: asked about the first character of a few lines, by its offset in ``text``.
        """
        lines = _lines(text, boxes)
        running = self._running(lines)
        body = _body_size(lines)
        found: list[Heading] = []
        for line in lines:
            if len(found) >= MAX_HEADINGS:
                break
            level = _level(line, body, is_bold)
            if level and _key(line.text) not in running:
                found.append(Heading(start=line.start, level=level, text=line.text.strip()))
        if len(found) > max(len(lines) // 2, 8):
            found = [heading for heading in found if heading.level < 3]  # all bold: no contrast
        return tuple(found), _naming_line(found, lines, running)

    def _running(self, lines: list[_Line]) -> set[str]:
        margins = {_key(line.text) for line in (*lines[:MARGIN_LINES], *lines[-MARGIN_LINES:])}
        self._seen.update(margins)
        return {key for key in margins if self._seen[key] >= RUNNING_AFTER or not key}


def _lines(text: str, boxes: Boxes) -> list[_Line]:
    spans: list[tuple[int, str]] = []
    start = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            spans.append((start, line))
        start += len(line) + 1
    sizes = _sizes(
        boxes, [start for start, _ in spans], [start + len(line) for start, line in spans]
    )
    return [_Line(start, line, size) for (start, line), size in zip(spans, sizes, strict=True)]


def _sizes(boxes: Boxes, starts: Sequence[int], ends: Sequence[int]) -> list[float]:
    """The median height of the first letters of each line; 0 where none has a height."""
    if not starts:
        return []
    heights = boxes[:, 3] - boxes[:, 1]
    places = np.array(starts)[:, None] + _FIRST_LETTERS
    heights = heights.take(places, mode="clip")
    heights[(places >= np.array(ends)[:, None]) | ~(heights > 0)] = np.inf  # NaN is not > 0
    heights.sort(axis=1)
    known = np.isfinite(heights).sum(axis=1)
    middle = heights[np.arange(len(heights)), known // 2]
    found: list[float] = np.where(known > 0, middle, 0.0).tolist()
    return found


def _body_size(lines: list[_Line]) -> float:
    """The size most characters have."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _key(text: str) -> str:
    """A line without its numbers, so that running titles are the same on each page."""
    return _DIGITS.sub("", text).strip(" |-–—.").lower()


def _level(line: _Line, body: float, is_bold: Callable[[int], bool]) -> int:
    """1 to 3, or 0 for no heading."""
    text = line.text.strip()
    if not 3 <= len(text) <= MAX_LINE or text[-1] in ",;-" or text[0] in "•–-*(":
        return 0
    if text[-1] == "." and not _NUMBERED.match(text):
        return 0  # most lines of most pages end here
    ratio = line.size / body if body else 1.0
    capitals = text.isupper()
    numbered = _numbered_level(text)
    if not (ratio >= LARGE or capitals or numbered or text[0].isupper()):
        return 0  # and most of the rest: they go on with a small letter or a figure
    letters = len(_LETTER.findall(text))
    if letters < 3 or letters < 0.5 * len(text):
        return 0
    if ratio >= LARGE and not text.endswith(".") and not _AMOUNT.search(text):
        return 1 if ratio >= 1.5 else 2
    if numbered:
        return numbered if len(text) < 90 and (capitals or is_bold(line.start)) else 0
    if text[-1] == "." or _AMOUNT.search(text):
        return 0
    if capitals and letters > 5 and " " in text:
        return 3
    return 3 if text[0].isupper() and is_bold(line.start) else 0


def _numbered_level(text: str) -> int:
    """Level of ``Item 7. …``, ``PART II``, ``Note 3`` and the like, or 0."""
    named = _NUMBERED.match(text)
    if named is None or not _NUMBER_NEXT.match(text, named.end()):
        return 0
    return 1 if named["part"] else 2 if named["item"] else 3


def _naming_line(found: list[Heading], lines: list[_Line], running: set[str]) -> str:
    """The first headings of the page; without any, its first line that is not a running title."""
    words = [heading.text for heading in found[:4]]
    if not words:
        words = [line.text for line in lines[:6] if _key(line.text) not in running][:1]
    return " ".join(" ".join(words).split())[:HEADING_LINE]
