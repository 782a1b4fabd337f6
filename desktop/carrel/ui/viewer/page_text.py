"""The characters of a page as things that can be pointed at. Plain arithmetic, no Qt.

Places are code points of the page's canonical text; points and boxes are points
of the page as it is stored, origin top left. Must not know how a page is drawn.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import regex

from carrel.domain.documents import Box, Span
from carrel.parsing.boxes import merge_lines, unpack_boxes

OTHER_LINE: Final = 4.0
"""What a point's distance up or down counts for against the same distance sideways: whoever points
between two words of a line means that line."""

_WORD: Final = regex.compile(r"\w+(?:['’.,\-]\w+)*", regex.V1)
"""A word or a number as one would copy it: ``isn't``, ``1,234.50``, ``year-end``."""


_APART: Final = regex.compile(r"\S+")


class PageText:
    """The text of one page with the place of each character.

    Args:
        text: canonical text.
        char_boxes: as stored; a page without boxes has nothing to select.
    """

    def __init__(self, text: str = "", char_boxes: bytes = b"") -> None:
        self.text = text
        try:
            boxes = unpack_boxes(char_boxes, len(text)) if char_boxes else _NOTHING
        except ValueError:
            boxes = _NOTHING
        drawn = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        self._boxes = boxes
        self._places = np.flatnonzero(drawn)
        self._drawn = boxes[drawn]

    @property
    def selectable(self) -> bool:
        """Whether any character has a place."""
        return len(self._places) > 0

    @property
    def whole(self) -> Span:
        """From the first character with a place to the last."""
        if not self.selectable:
            return Span(0, 0)
        return Span(int(self._places[0]), int(self._places[-1]) + 1)

    def boxes(self, span: Span) -> tuple[Box, ...]:
        """One box for each line of a span."""
        return merge_lines(self._boxes[max(0, span.start) : span.end])

    def words(self, start: int) -> Iterator[Span]:
        """The words from a code point on, as they are set apart by blanks."""
        for found in _APART.finditer(self.text, start):
            yield Span(found.start(), found.end())

    def line_start(self, box: Box) -> float:
        """The left edge of the line a box is part of."""
        if not self.selectable:
            return box.x0
        middle = (box.y0 + box.y1) / 2
        for line in self.boxes(self.line(box.x0 + 0.5, middle)):
            if line.x0 <= box.x0 + 0.5 <= line.x1 and line.y0 <= middle <= line.y1:
                return min(line.x0, box.x0)
        return box.x0

    def caret(self, x: float, y: float) -> int:
        """The border between two characters that is nearest to a point."""
        if not self.selectable:
            return 0
        at = self._nearest(x, y)
        left, _, right, _ = self._drawn[at]
        return int(self._places[at]) + int(x > (left + right) / 2)

    def over(self, x: float, y: float) -> bool:
        """Whether a point lies on a character or close beside one."""
        if not self.selectable:
            return False
        left, top, right, bottom = self._drawn[self._nearest(x, y)].tolist()
        high = bottom - top
        return bool(left - high <= x <= right + high and top - high / 4 <= y <= bottom + high / 4)

    def word(self, x: float, y: float) -> Span:
        """The word under a point, or the one character where there is no word."""
        if not self.selectable:
            return Span(0, 0)
        place = int(self._places[self._nearest(x, y)])
        start = self.text.rfind("\n", 0, place) + 1
        end = self.text.find("\n", place)
        for found in _WORD.finditer(self.text, start, len(self.text) if end < 0 else end):
            if found.start() <= place < found.end():
                return Span(found.start(), found.end())
        return Span(place, place + 1)

    def line(self, x: float, y: float) -> Span:
        """The line of the text under a point."""
        if not self.selectable:
            return Span(0, 0)
        place = int(self._places[self._nearest(x, y)])
        end = self.text.find("\n", place)
        return Span(self.text.rfind("\n", 0, place) + 1, len(self.text) if end < 0 else end)

    def _nearest(self, x: float, y: float) -> int:
        boxes = self._drawn
        aside = np.maximum(np.maximum(boxes[:, 0] - x, x - boxes[:, 2]), 0.0)
        off = np.maximum(np.maximum(boxes[:, 1] - y, y - boxes[:, 3]), 0.0)
        return int(np.argmin(aside + OTHER_LINE * off))


_NOTHING: Final = np.empty((0, 4), np.float32)
