"""A document as numbered lines: what is opened, looked through and cited in research.

Text in lines keeps the numbers an editor shows; elsewhere the lines of all units are numbered
through, blank ones left out and long ones parted where sentences end. Pure; must not know where
texts come from or who reads them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.domain.documents import Span, Unit, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.language.sentences import sentences

MAX_LINE: Final = 400
"""Characters of a line of prose; a longer one is parted between sentences, so that a citation of
lines names a few sentences and no whole chapter."""

MAX_LINES: Final = 1_000_000
"""Lines of one document that can be opened; a log of 100 MB has about as many."""

_FIRST: Final = re.compile(r"lines? ([0-9]{1,9})\b")
"""How the label of a run of lines begins."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line.

    Attributes:
        number: as shown and cited; pieces of one very long line share it.
        unit: number of its unit, counts from 1.
        start, end: code points of the unit's canonical text.
    """

    number: int
    unit: int
    start: int
    end: int


class NumberedText:
    """All lines of a document.

    Args:
        units: all of it, in order.

    Attributes:
        cut: there are more lines, which cannot be opened.
    """

    def __init__(self, document: DocumentId, units: Sequence[Unit]) -> None:
        self.document = document
        self._units = {unit.number: unit for unit in units}
        counted = bool(units) and all(unit.kind is UnitKind.LINES for unit in units)
        found: list[Line] = []
        self.cut = False
        for line in _counted(units) if counted else _running(units):
            if len(found) == MAX_LINES:
                self.cut = True
                break
            found.append(line)
        self._lines = found
        self._numbers = [line.number for line in found]
        self._starts = [(line.unit, line.start) for line in found]

    @property
    def last(self) -> int:
        """The highest number; 0 without lines."""
        return self._numbers[-1] if self._numbers else 0

    def between(self, first: int, last: int) -> Sequence[Line]:
        """The lines with these numbers, both included, in order."""
        low = bisect_left(self._numbers, first)
        return self._lines[low : bisect_right(self._numbers, last)]

    def number_at(self, unit: int, offset: int) -> int:
        """The number of the line a place of a unit lies in; 0 where there is none before it."""
        place = bisect_right(self._starts, (unit, offset)) - 1
        if place < 0 or self._lines[place].unit != unit:
            place += 1  # before the first line of its unit
        return self._numbers[place] if place < len(self._numbers) else self.last

    def text(self, line: Line) -> str:
        """The words of a line."""
        return self._units[line.unit].text[line.start : line.end]

    def unit(self, number: int) -> Unit:
        """A unit by its number."""
        return self._units[number]

    def place(self, number: int) -> UnitPlace:
        """Where a unit lies."""
        unit = self._units[number]
        return UnitPlace(unit.kind, unit.number, unit.label)

    def all(self) -> Sequence[Line]:
        """Every line, in order."""
        return self._lines


def _counted(units: Sequence[Unit]) -> Iterator[Line]:
    """Lines with the numbers of their file; blank ones, too, since they are counted."""
    last = 0
    for unit in units:
        found = _FIRST.match(unit.label)
        number = max(int(found[1]) if found else last + 1, last)
        for span in _raw_lines(unit.text):
            yield Line(number, unit.number, span.start, span.end)
            last = number
            number += 1


def _running(units: Sequence[Unit]) -> Iterator[Line]:
    number = 0
    for unit in units:
        for span in _raw_lines(unit.text):
            if not unit.text[span.start : span.end].strip():
                continue
            for part in _parted(unit.text, span):
                number += 1
                yield Line(number, unit.number, part.start, part.end)


def _raw_lines(text: str) -> Iterator[Span]:
    start = 0
    while True:
        end = text.find("\n", start)
        if end < 0:
            yield Span(start, len(text))
            return
        yield Span(start, end)
        start = end + 1


def _parted(text: str, span: Span) -> Iterator[Span]:
    """A line, or several where it is long: as many whole sentences in each as fit."""
    if span.end - span.start <= MAX_LINE:
        yield span
        return
    start = end = span.start
    for found in sentences(text[span.start : span.end]):
        stop = span.start + found.end
        if end > start and stop - start > MAX_LINE:
            yield Span(start, end)
            start = span.start + found.start
        end = stop
    if end > start:
        yield Span(start, end)
