"""The text of a document as it is read on: pages joined, without the lines that recur on them.

Must not know what is looked for in it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final

import regex

from carrel.domain.comparing import Side
from carrel.domain.documents import Unit, UnitKind
from carrel.language.sentences import sentences

EDGE_LINES: Final = 3
"""Lines at the top and at the bottom of a page that may be running heads or feet."""

LEAST_PAGES: Final = 3
"""Pages a line recurs on before it counts as running; two may share a line by chance."""

LEAST_SHARE: Final = 0.3
"""Of all pages: left and right pages, and chapters, have lines of their own."""

_DIGITS: Final = regex.compile(r"\d+")
_ROMAN: Final = regex.compile(r"\b[ivxlc]+\b")


class RunningText:
    """The joined text of units, and the way back to them.

    Args:
        units: of one document, in order.
    """

    def __init__(self, units: Sequence[Unit]) -> None:
        running = _running_lines(units)
        pieces: list[str] = []
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        length = 0
        for unit in units:
            paged = unit.kind is UnitKind.PAGE
            lines = _lines(unit.text)
            edges = _edges(lines)
            for at, (start, line) in enumerate(lines):
                blank_end = at == len(lines) - 1 or at == 0
                if paged and (
                    (at in edges and _mask(line) in running) or (blank_end and not line.strip())
                ):
                    continue
                self._starts.append(length)
                self._places.append((unit.number, start))
                pieces.append(line)
                length += len(line) + 1
            if not paged:
                self._starts.append(length)
                self._places.append((unit.number, len(unit.text)))
                pieces.append("")
                length += 1
        self.text = "\n".join(pieces)

    def sides(self) -> list[Side]:
        """The sentences in order, each with its place."""
        return [self.side(start, end) for start, end in sentences(self.text)]

    def side(self, start: int, end: int) -> Side:
        """The place of a range of the joined text; not empty."""
        unit, first = self._place(start)
        last_unit, last = self._place(end - 1)
        line = bisect_right(self._starts, end - 1) - 1
        while last_unit != unit:
            line -= 1
            last_unit, last = self._place(self._starts[line + 1] - 2)
        words = " ".join(self.text[start:end].split())
        return Side(unit, first, max(first, last) + 1, words)

    def _place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._starts, at) - 1
        unit, start = self._places[line]
        return unit, start + at - self._starts[line]


def _running_lines(units: Sequence[Unit]) -> frozenset[str]:
    pages = [unit for unit in units if unit.kind is UnitKind.PAGE]
    seen: Counter[str] = Counter()
    for page in pages:
        lines = _lines(page.text)
        seen.update({_mask(lines[at][1]) for at in _edges(lines)})
    least = max(LEAST_PAGES, LEAST_SHARE * len(pages))
    return frozenset(line for line, count in seen.items() if count >= least)


def _lines(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    start = 0
    for line in text.split("\n"):
        found.append((start, line))
        start += len(line) + 1
    return found


def _edges(lines: Sequence[tuple[int, str]]) -> frozenset[int]:
    filled = [at for at, (_, line) in enumerate(lines) if line.strip()]
    return frozenset([*filled[:EDGE_LINES], *filled[-EDGE_LINES:]])


def _mask(line: str) -> str:
    """A line without what differs from page to page."""
    return _ROMAN.sub("#", _DIGITS.sub("#", " ".join(line.casefold().split())))
