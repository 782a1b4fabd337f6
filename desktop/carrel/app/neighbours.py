"""Hits that stand side by side are shown as one. Pure; must not know how they were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from carrel.domain.documents import Hit, Span

MAX_GAP: Final = 2
"""Code points between two passages that touch: a line end, or one and a blank."""


def joined(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Hits of which those that touch in one unit are one, at the place of the better one.

    Rows of sheets stay apart: each leads to its own cells. Ranks count anew.

    Args:
        hits: best first.
    """
    kept: list[Hit] = []
    for hit in hits:
        touching = [at for at, other in enumerate(kept) if _touch(other, hit)]
        for at in reversed(touching):  # at most two: the one before it and the one after it
            hit = _both(kept.pop(at), hit)
        kept.insert(touching[0] if touching else len(kept), hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1))


def _touch(one: Hit, other: Hit) -> bool:
    mine, theirs = one.passage, other.passage
    return (
        mine.unit == theirs.unit
        and not one.cells
        and not other.cells
        and theirs.start <= mine.end + MAX_GAP
        and mine.start <= theirs.end + MAX_GAP
    )


def _both(better: Hit, other: Hit) -> Hit:
    """One hit of two that touch: the better one's score and passage, the text of both."""
    first, second = sorted((better, other), key=lambda hit: hit.passage.start)
    start, end = first.passage.start, max(first.passage.end, second.passage.end)
    missing = second.passage.start - first.passage.end
    gap = "\n" * max(missing, 0)
    text = f"{first.passage.text}{gap}{second.passage.text[max(-missing, 0) :]}"
    shift = second.passage.start - start
    moved = (Span(span.start + shift, span.end + shift) for span in second.spans)
    spans = sorted({*first.spans, *moved})
    boxes = (*first.boxes, *(box for box in second.boxes if box not in first.boxes))
    return replace(
        better,
        passage=replace(better.passage, start=start, end=end, text=text),
        spans=tuple(spans),
        boxes=boxes,
    )
