"""Rows of tables put together again: figures that stand beside their words join their line.

Page layout takes the columns of some tables for blocks of their own, and reads all words
before all figures. A line of figures goes to the line of words at the same height on its
left; columns of prose are left alone. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from carrel.parsing.formats.recognition import Word

FIGURE_SHARE: Final = 0.6
"""Share of digits and the signs that go with them from which a line holds figures."""

LEAST_COLUMN: Final = 2
"""Lines of figures above each other that make a column; one alone may end a paragraph."""

SAME_HEIGHT: Final = 0.5
"""Share of the lower line's height two lines must share to be one row."""

_FIGURE: Final = re.compile(r"[\d$€£¥%(),.\-–—+§*|'’]")
_TELLING: Final = re.compile(r"[\d–—-]")


@dataclass(slots=True)
class _Line:
    words: list[Word]

    @property
    def left(self) -> int:
        return min(word.box[0] for word in self.words)

    @property
    def right(self) -> int:
        return max(word.box[2] for word in self.words)

    @property
    def top(self) -> int:
        return min(word.box[1] for word in self.words)

    @property
    def bottom(self) -> int:
        return max(word.box[3] for word in self.words)

    @property
    def is_figures(self) -> bool:
        text = "".join(word.text for word in self.words)
        figures = len(_FIGURE.findall(text))
        return figures >= FIGURE_SHARE * len(text) and bool(_TELLING.search(text))


def in_rows(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a page, with figures moved to the lines they belong to."""
    lines: list[_Line] = []
    for word in words:
        if word.begins_line or not lines:
            lines.append(_Line([]))
        lines[-1].words.append(word)
    figures = [line for line in lines if line.is_figures]
    columns = [line for line in figures if _beside_others(line, figures)]
    for line in sorted(columns, key=lambda line: line.left):
        home = _home(line, lines)
        if home is not None:
            lines.remove(line)
            home.words += line.words
    return tuple(
        word._replace(begins_line=place == 0)
        for line in lines
        for place, word in enumerate(line.words)
    )


def _beside_others(line: _Line, figures: list[_Line]) -> bool:
    """Whether other lines of figures stand above or below it."""
    return (
        sum(other.left < line.right and line.left < other.right for other in figures)
        >= LEAST_COLUMN
    )


def _home(line: _Line, lines: list[_Line]) -> _Line | None:
    """The line whose row the figures belong to: the nearest on their left at their height."""
    best: _Line | None = None
    for other in lines:
        if other is line or other.right > line.left:
            continue
        shared = min(other.bottom, line.bottom) - max(other.top, line.top)
        lower = min(other.bottom - other.top, line.bottom - line.top)
        if shared >= SAME_HEIGHT * lower and (best is None or other.right > best.right):
            best = other
    return best
