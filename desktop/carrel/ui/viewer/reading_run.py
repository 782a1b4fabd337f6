"""Units that follow each other, drawn one below the other as far as they have been read.

Begins with one unit and grows at both ends; so the first words are there at once, however
long the document is. Must not know views or the app.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument

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
        self._first: ReadingBuilder | None = None
        self._looks: Looks | None = None
        self._zoom = 1.0
        self.parts: list[Part] = []

    def begin(self, view: UnitView, place: int, looks: Looks, zoom: float) -> None:
        """Draw a unit anew, from its beginning or some way before a place, to behind the place."""
        text = view.unit.text
        start = max(0, place - LEAD)
        if start:
            start = text.rfind("\n", 0, start) + 1
        self.parts = []
        self._begin(looks, zoom)
        self._write(view, start, place + CHUNK)

    def draw_again(self, looks: Looks, zoom: float) -> None:
        """The same parts in another size or theme."""
        parts, self.parts = self.parts, []
        self._begin(looks, zoom)
        for part in parts:
            self._write(part.view, part.span.start, part.span.end)

    def _begin(self, looks: Looks, zoom: float) -> None:
        self._document.clear()
        self._looks, self._zoom = looks, zoom
        self._first = self._builder = ReadingBuilder(QTextCursor(self._document), looks, zoom)

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

    def take(self, view: UnitView) -> None:
        """Draw the beginning of the unit that follows, or the end of the one before."""
        if self.parts and view.unit.number == self.parts[-1].number + 1:
            self._write(view, 0, CHUNK)
        elif self.parts and view.unit.number == self.parts[0].number - 1:
            self._write_above(view, len(view.unit.text))

    def grow_up(self) -> bool:
        """Draw more of the first unit, above; False when it is drawn from its beginning."""
        if not self.parts or not self.parts[0].span.start:
            return False
        self._write_above(self.parts[0].view, self.parts[0].span.start)
        return True

    @property
    def following(self) -> int:
        """Number of the unit that follows; 0 when there is none, or the run is long enough."""
        if not self.parts or self._is_long:
            return 0
        last = self.parts[-1]
        return last.number + 1 if last.number < last.view.total else 0

    @property
    def preceding(self) -> int:
        """Number of the unit before; 0 when there is none, or the run is long enough."""
        return 0 if not self.parts or self._is_long else self.parts[0].number - 1

    @property
    def _is_long(self) -> bool:
        return sum(part.span.end - part.span.start for part in self.parts) >= LONGEST

    def part_at(self, position: int) -> Part | None:
        """The part at a place of the document."""
        row = bisect_right([part.at for part in self.parts], position) - 1
        return self.parts[max(row, 0)] if self.parts else None

    def pieces(self, number: int, span: Span) -> list[tuple[int, int]]:
        """Where a span of a unit stands in the document, as far as it is drawn."""
        return [
            (part.at + start, part.at + end)
            for part in self.of(number)
            for start, end in part.places.pieces(
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
        return part.number, part.span.start + part.places.source(position - part.at, up=up)

    def covered(self, start: int, end: int) -> tuple[UnitView, Span] | None:
        """What is drawn in a stretch of the document: of the unit it begins in, code points."""
        first, last = self.part_at(start), self.part_at(end - 1)
        if first is None or last is None:
            return None
        found = []
        for part in self.of(first.number):
            inside = part.places.covered(start - part.at, end - part.at)
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
        self.parts.append(_drawn(self._builder, view, Span(start, end)))

    def _write_above(self, view: UnitView, end: int) -> None:
        """Draw what stands before a border of lines, above all that is drawn."""
        if self._first is None or self._looks is None:
            return
        text, start = view.unit.text, max(0, end - CHUNK)
        start = text.rfind("\n", 0, start) + 1
        start = _behind_long_table(view, start, end)
        if not text[start:end].strip() and view.unit.kind is not UnitKind.SLIDE:
            self.parts.insert(0, Part(view, Span(start, end), 0, Places()))
            return
        before = self._document.characterCount()
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        below = cursor.blockFormat()
        below.setTopMargin(max(below.topMargin(), self._first.lead))
        cursor.insertBlock(below, cursor.blockCharFormat())
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        cursor.setBlockFormat(QTextBlockFormat())
        self._first = ReadingBuilder(cursor, self._looks, self._zoom)
        part = _drawn(self._first, view, Span(start, end))
        self._first.close()
        cursor.endEditBlock()
        added = self._document.characterCount() - before
        self.parts = [part, *(replace(one, at=one.at + added) for one in self.parts)]


def _drawn(builder: ReadingBuilder, view: UnitView, span: Span) -> Part:
    blocks = tuple(
        block._replace(start=block.start - span.start, end=block.end - span.start)
        for block in view.blocks
        if block.start >= span.start and block.end <= span.end
    )
    at = builder.position
    if not span.start and view.unit.kind is UnitKind.SLIDE:
        builder.open_card()
    words = view.unit.text[span.start : span.end]
    return Part(view, span, at, builder.write(words, blocks, view.document.kind, at))


def _behind_long_table(view: UnitView, start: int, end: int) -> int:
    """A later start where a table has more rows than are laid out at once."""
    rows = 0
    for block in reversed(view.blocks):
        if start <= block.start < end and block.kind in ROWS:
            rows += 1
            if rows > MOST_ROWS:
                return min(view.unit.text.find("\n", block.start) + 1 or end, end - 1)
    return start


def _without_long_table(view: UnitView, start: int, end: int) -> int:
    """An earlier end where a table has more rows than are laid out at once."""
    rows = 0
    for block in view.blocks:
        if start <= block.start < end and block.kind in ROWS:
            rows += 1
            if rows > MOST_ROWS:
                return max(block.start, start + 1)
    return end
