"""Units that follow each other, drawn one below the other as far as they have been read.

Begins with one unit and grows at its end; so the first words are there at once, however
long the document is. Must not know views or the app.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QTextDocument

from carrel.domain.blocks import BlockKind
from carrel.domain.documents import Span, UnitKind, UnitView
from carrel.ui.markdown.looks import Looks
from carrel.ui.viewer.reading_builder import Places, ReadingBuilder

CHUNK: Final = 6_000
"""Characters drawn at a time: two screens, and some milliseconds of work."""
LEAD: Final = 24_000
"""Characters drawn before a place in the middle of a unit; units are no longer, as a rule."""
MOST_ROWS: Final = 60
"""Rows of tables drawn at a time; a row takes many times longer than a line."""
ROWS: Final = frozenset({BlockKind.ROW, BlockKind.HEAD_ROW, BlockKind.FIELD, BlockKind.SUBJECT})
LONGEST: Final = 240_000
"""Characters of one run; behind them a new one begins."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a unit that is drawn.

    Attributes:
        span: code points of the unit's text.
        at: where it begins in the document.
    """

    view: UnitView
    span: Span
    at: int
    places: Places

    @property
    def number(self) -> int:
        """Of the unit."""
        return self.view.unit.number


class Run:
    """The parts of a document that are drawn, in order."""

    def __init__(self, document: QTextDocument) -> None:
        """Nothing is drawn yet."""
        self._document = document
        self._builder: ReadingBuilder | None = None
        self.parts: list[Part] = []

    def begin(self, view: UnitView, place: int, looks: Looks, zoom: float) -> None:
        """Draw a unit anew, from its beginning or some way before a place, to behind the place."""
        text = view.unit.text
        start = max(0, place - LEAD)
        if start:
            start = text.rfind("\n", 0, start) + 1
        self.parts = []
        self._builder = ReadingBuilder(self._document, looks, zoom)
        self._write(view, start, place + CHUNK)

    def draw_again(self, looks: Looks, zoom: float) -> None:
        """The same parts in another size or theme."""
        parts, self.parts = self.parts, []
        self._builder = ReadingBuilder(self._document, looks, zoom)
        for part in parts:
            self._write(part.view, part.span.start, part.span.end)

    def grow(self) -> bool:
        """Draw more of the last unit; False when all of it is drawn."""
        if not self.unfinished:
            return False
        last = self.parts[-1]
        self._write(last.view, last.span.end, last.span.end + CHUNK)
        return True

    @property
    def unfinished(self) -> bool:
        """Whether the last unit has more text than is drawn."""
        return bool(self.parts) and self.parts[-1].span.end < len(self.parts[-1].view.unit.text)

    def append(self, view: UnitView) -> None:
        """Draw the beginning of the unit that follows."""
        if self.parts and view.unit.number == self.parts[-1].number + 1:
            self._write(view, 0, CHUNK)

    @property
    def following(self) -> int:
        """Number of the unit that follows; 0 when there is none, or the run is long enough."""
        if not self.parts:
            return 0
        last = self.parts[-1]
        drawn = sum(part.span.end - part.span.start for part in self.parts)
        return last.number + 1 if last.number < last.view.total and drawn < LONGEST else 0

    def part_at(self, position: int) -> Part | None:
        """The part at a place of the document."""
        row = bisect_right([part.at for part in self.parts], position) - 1
        return self.parts[max(row, 0)] if self.parts else None

    def pieces(self, number: int, span: Span) -> list[tuple[int, int]]:
        """Where a span of a unit stands in the document, as far as it is drawn."""
        return [
            piece
            for part in self.of(number)
            for piece in part.places.pieces(
                Span(
                    max(span.start, part.span.start) - part.span.start,
                    min(span.end, part.span.end) - part.span.start,
                )
            )
        ]

    def end_of(self, part: Part) -> int:
        """Where a part ends in the document."""
        row = self.parts.index(part) + 1
        if row < len(self.parts):
            return self.parts[row].at - 1
        return self._document.characterCount() - 1

    def of(self, number: int) -> Iterator[Part]:
        """The parts of a unit."""
        return (part for part in self.parts if part.number == number)

    def source(self, position: int, *, up: bool = False) -> tuple[int, int]:
        """Number of the unit and code point of its text at a place of the document."""
        part = self.part_at(position)
        if part is None:
            return 0, 0
        return part.number, part.span.start + part.places.source(position, up=up)

    def covered(self, start: int, end: int) -> tuple[UnitView, Span] | None:
        """What is drawn in a stretch of the document: of the unit it begins in, code points."""
        first, last = self.part_at(start), self.part_at(end - 1)
        if first is None or last is None:
            return None
        found = []
        for part in self.of(first.number):
            inside = part.places.covered(start, end)
            if inside is not None:
                at = part.span.start
                found.append(Span(at + inside.start, at + inside.end))
        if not found:
            return None
        behind = max(span.end for span in found)
        if last.number != first.number:
            behind = len(first.view.unit.text)
        return first.view, Span(min(span.start for span in found), behind)

    def _write(self, view: UnitView, start: int, end: int) -> None:
        """Draw from a border of lines to the next one behind the end."""
        if self._builder is None:
            return
        text = view.unit.text
        border = text.find("\n", max(end, start)) if end < len(text) else -1
        end = _without_long_table(view, start, len(text) if border < 0 else border + 1)
        blocks = tuple(
            block._replace(start=block.start - start, end=block.end - start)
            for block in view.blocks
            if block.start >= start and block.end <= end
        )
        at = self._builder.position
        if not start and view.unit.kind is UnitKind.SLIDE:
            self._builder.open_card()
        places = self._builder.write(text[start:end], blocks, view.document.kind)
        self.parts.append(Part(view, Span(start, end), at, places))


def _without_long_table(view: UnitView, start: int, end: int) -> int:
    """An earlier end where a table has more rows than are laid out at once."""
    rows = 0
    for block in view.blocks:
        if start <= block.start < end and block.kind in ROWS:
            rows += 1
            if rows > MOST_ROWS:
                return max(block.start, start + 1)
    return end
