"""One segment made ready to be searched: its blocks, and which passages are alive.

A block is a unit, or a run of at most `BLOCK_PASSAGES` passages of a longer one.
Parts are immutable; masking makes a new one that shares the arrays. Must not
know ranking.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from carrel.language.segment import Postings, Segment

BLOCK_PASSAGES: Final = 4
"""Passages of a block at most: about a dense page, the size that found most on annual reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A segment ready to be searched.

    Attributes:
        first: id of its first passage.
        alive: passages that may be found.
        block_of: the block of each passage.
        block_starts: first passage of each block, and the number of passages at the end.
        body, heading: postings by block; the terms are the segment's own.
        body_lengths, heading_lengths: terms per block.
        digit_shares: digits among the characters, per block, 0 to 1.
    """

    first: int
    segment: Segment
    alive: npt.NDArray[np.bool_]
    block_of: npt.NDArray[np.int32]
    block_starts: npt.NDArray[np.int64]
    body: Postings
    heading: Postings
    body_lengths: npt.NDArray[np.float32]
    heading_lengths: npt.NDArray[np.float32]
    digit_shares: npt.NDArray[np.float32]

    @property
    def end(self) -> int:
        """Id after its last passage."""
        return self.first + self.segment.passages

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return len(self.block_starts) - 1

    def touches(self, ranges: Iterable[tuple[int, int]]) -> bool:
        """Whether any of its passages lies in these runs of ids."""
        return any(first < self.end and first + count > self.first for first, count in ranges)

    def without(self, first: int, count: int) -> "Part":
        """The same with a run of ids masked."""
        low, high = self._clip(first, count)
        if low >= high:
            return self
        alive = self.alive.copy()
        alive[low:high] = False
        return replace(self, alive=alive)

    def again(self, first: int, count: int) -> "Part":
        """The same with a run of ids that was masked alive again."""
        low, high = self._clip(first, count)
        if low >= high:
            return self
        alive = self.alive.copy()
        alive[low:high] = True
        return replace(self, alive=alive)

    def only(self, ranges: Sequence[tuple[int, int]]) -> "Part":
        """The same with everything outside these runs of ids masked."""
        chosen = np.zeros(len(self.alive), dtype=bool)
        for first, count in ranges:
            low, high = self._clip(first, count)
            chosen[low:high] = True
        return self if bool(chosen.all()) else replace(self, alive=self.alive & chosen)

    def gone(self) -> list[tuple[int, int]]:
        """Runs of ordinals that are masked."""
        edges = np.flatnonzero(
            np.diff(np.concatenate(([True], self.alive, [True])).astype(np.int8))
        )
        return [(int(low), int(high)) for low, high in edges.reshape(-1, 2)]

    def blocks_of(self, first: int, count: int) -> tuple[int, int]:
        """The range of blocks that a run of ids touches."""
        low, high = self._clip(first, count)
        if low >= high:
            return 0, 0
        return int(self.block_of[low]), int(self.block_of[high - 1]) + 1

    def ordinals_of(self, blocks: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """The living passages of some blocks, ascending if the blocks are."""
        if not len(blocks):
            return np.zeros(0, dtype=np.int64)
        starts, ends = self.block_starts[blocks], self.block_starts[blocks + 1]
        runs = [np.arange(low, high) for low, high in zip(starts, ends, strict=True)]
        ordinals = np.concatenate(runs)
        living: npt.NDArray[np.int64] = ordinals[self.alive[ordinals]]
        return living

    def _clip(self, first: int, count: int) -> tuple[int, int]:
        low = max(first, self.first) - self.first
        return low, min(first + count, self.end) - self.first


def make_part(first: int, segment: Segment) -> Part:
    """Make a segment ready.

    Args:
        first: id of its first passage.
        segment: checked.
    """
    passages = segment.passages
    starts = _block_starts(segment)
    block_of = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    lengths = segment.body_lengths.astype(np.float32)
    body_lengths = _reduced(np.add, lengths, starts)
    digits = _reduced(
        np.add, segment.digit_shares.astype(np.float32) * np.float32(1 / 255) * lengths, starts
    )
    return Part(
        first=first,
        segment=segment,
        alive=np.ones(passages, dtype=bool),
        block_of=block_of,
        block_starts=starts,
        body=_by_block(segment.body, block_of, np.add),
        heading=_by_block(segment.heading, block_of, np.maximum),
        body_lengths=body_lengths,
        heading_lengths=_reduced(np.maximum, segment.heading_lengths.astype(np.float32), starts),
        digit_shares=np.divide(digits, np.maximum(body_lengths, 1), dtype=np.float32),
    )


def _reduced(
    combine: np.ufunc, values: npt.NDArray[np.float32], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """One value for each block."""
    if not len(values):
        return values
    reduced: npt.NDArray[np.float32] = combine.reduceat(values, starts[:-1])
    return reduced


def _block_starts(segment: Segment) -> npt.NDArray[np.int64]:
    """Where blocks start: at each unit, and every BLOCK_PASSAGES passages of a unit."""
    passages = segment.passages
    opens = segment.starts_unit.astype(bool)
    if passages:
        opens[0] = True
    unit_starts = np.flatnonzero(opens)
    within = np.arange(passages) - np.repeat(unit_starts, np.diff(np.append(unit_starts, passages)))
    return np.append(np.flatnonzero(within % BLOCK_PASSAGES == 0), passages).astype(np.int64)


def _by_block(field: Postings, block_of: npt.NDArray[np.int32], combine: np.ufunc) -> Postings:
    """Postings of passages become postings of blocks."""
    size = len(field.ordinals)
    if not size:
        return field
    blocks = block_of[field.ordinals]
    first = np.ones(size, dtype=bool)
    first[1:] = blocks[1:] != blocks[:-1]
    first[field.offsets[:-1]] = True
    starts = np.flatnonzero(first)
    counts = combine.reduceat(field.counts.astype(np.uint16), starts)
    # Each old offset is the start of a run, so its new value is its rank among the starts.
    offsets = np.searchsorted(starts, field.offsets).astype(np.uint32)
    return Postings(
        field.hashes,
        offsets,
        blocks[starts].astype(np.uint16),
        np.minimum(counts, 255).astype(np.uint8),
    )
