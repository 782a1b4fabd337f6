"""A text as a Qt document holds it, with the way from places of one to places of the other.

Qt counts UTF-16 units, and characters made to be invisible are written out; so places
move. Must not know Qt.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

import regex

from carrel.domain.documents import Span
from carrel.ui.markdown.visible import hidden_places, visible

_ASTRAL = regex.compile("[\U00010000-\U0010ffff]")


def utf16(text: str) -> int:
    """Length in the units Qt counts in."""
    return len(text) + sum(character > "\uffff" for character in text)


def melted(spans: Iterable[Span], length: int) -> list[Span]:
    """Spans inside a text of this length, in order; those that touch become one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        start, end = min(max(start, 0), length), min(max(end, 0), length)
        if end <= start:
            continue
        if found and start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(end, found[-1].end))
        else:
            found.append(Span(start, end))
    return found


class ShownText:
    """A text made visible.

    Attributes:
        text: as it is to be shown.
    """

    def __init__(self, source: str) -> None:
        """Find the characters that take more than one unit."""
        hidden = set(hidden_places(source))
        self.length = len(source)
        self._at: list[int] = []
        sizes: list[int] = []
        if not source.isascii() or hidden:
            wide = {found.start() for found in _ASTRAL.finditer(source)}
            self._at = sorted(hidden | wide)
            sizes = [len(visible(source[at])) if at in hidden else 2 for at in self._at]
        self._shift = [0, *accumulate(size - 1 for size in sizes)]
        self._sizes = sizes
        self._shown = [at + shift for at, shift in zip(self._at, self._shift, strict=False)]
        parts, last = [], 0
        for at in sorted(hidden):
            parts += [source[last:at], visible(source[at])]
            last = at + 1
        self.text = "".join([*parts, source[last:]])

    def shown(self, place: int) -> int:
        """Where a code point of the source begins, in units of the shown text."""
        place = min(max(place, 0), self.length)
        return place + self._shift[bisect_left(self._at, place)]

    def source(self, position: int) -> int:
        """The code point of the source that a unit of the shown text belongs to."""
        row = bisect_right(self._shown, position) - 1
        if row < 0:
            return min(max(position, 0), self.length)
        inside = position - self._shown[row]
        if inside < self._sizes[row]:
            return self._at[row]
        return min(self._at[row] + 1 + inside - self._sizes[row], self.length)
