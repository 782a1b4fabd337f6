"""What the comparison of two documents shows. Plain Python: no Qt, no app."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

import regex

from carrel.domain.comparing import Change, ChangeKind, Comparison, FigureChange
from carrel.ui import words

MOST_WORDS: Final = 400
"""Words of a passage whose differences are marked; in longer ones all of it differs."""

KINDS: Final = {
    ChangeKind.NUMBERS: "Numbers",
    ChangeKind.CHANGED: "Changed",
    ChangeKind.ADDED: "Added",
    ChangeKind.REMOVED: "Removed",
    ChangeKind.MOVED: "Moved",
}
"""What a kind of change is called, in the order of the filter."""

_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}.,'’%-]*[\p{L}\p{M}\p{N}%])?|\S")

NOUNS: Final = {"pdf": "Page", "pptx": "Slide", "ppt": "Slide", "odp": "Slide"}
"""What the units of a kind of document are called; a part elsewhere."""

Pieces = tuple[tuple[str, bool], ...]
"""Words in order, and whether they differ from the other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedState:
    """A comparison, and which kind of change is shown of it.

    Attributes:
        only: None for all.
        working: whether one is being made.
    """

    comparison: Comparison | None = None
    only: ChangeKind | None = None
    working: bool = False

    @property
    def shown(self) -> tuple[Change, ...]:
        """The changes listed."""
        if self.comparison is None:
            return ()
        return tuple(
            change
            for change in self.comparison.changes
            if self.only is None or change.kind is self.only
        )


def summary(comparison: Comparison) -> str:
    """One line on all of it."""
    same = words.count(comparison.unchanged, "sentence or row", "sentences and rows")
    if not comparison.changes:
        return f"Nothing differs. The same in both: {same}."
    return f"{words.count(len(comparison.changes), 'difference')}. The same in both: {same}."


def figures_words(figures: tuple[FigureChange, ...]) -> str:
    """The numbers of a change, quantities before years: ``1,200 → 1,260 (+5.0 %)``."""
    return "   ".join(
        f"{one.old} → {one.new}" + ("" if one.percent is None else f" ({one.percent:+.1f} %)")
        for one in sorted(figures, key=lambda one: one.percent is None)
    )


@lru_cache(512)
def pieces(change: Change) -> tuple[Pieces, Pieces]:
    """Both sides in pieces, what differs apart; empty for a side there is not."""
    if change.before is None or change.after is None or change.kind is ChangeKind.MOVED:
        sides = (change.before, change.after)
        first, second = (((side.text, False),) if side else () for side in sides)
        return first, second
    olds, news = (list(_WORD.finditer(side.text)) for side in (change.before, change.after))
    if max(len(olds), len(news)) > MOST_WORDS:
        return ((change.before.text, True),), ((change.after.text, True),)
    matcher = SequenceMatcher(
        None,
        [one[0].casefold() for one in olds],
        [one[0].casefold() for one in news],
        autojunk=False,
    )
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for what, a, b, c, d in matcher.get_opcodes():
        if what != "equal":
            if b > a:
                spans[0].append((olds[a].start(), olds[b - 1].end()))
            if d > c:
                spans[1].append((news[c].start(), news[d - 1].end()))
    return (
        tuple(_cut(change.before.text, spans[0])),
        tuple(_cut(change.after.text, spans[1])),
    )


def _cut(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in spans:
        if start > at:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False
