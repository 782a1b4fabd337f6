"""BM25 over the postings of a part. Must not know how parts came to be or what questions mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from carrel.language.segment import Postings
from carrel.retrieval.part import Part

K1: Final = 1.2
B: Final = 0.75
"""The usual parameters; others changed the figures by less than 0.03."""

HEADING_K1: Final = 1.2
HEADING_B: Final = 0.4
"""A heading is short whatever it says; its length matters less."""


@dataclass(frozen=True, slots=True)
class _BlockWeights:
    heading: float
    """Of a word found in a heading rather than in the text."""
    numbers: float
    """How much more a page full of figures counts where the answer is a number ..."""
    full_of_numbers: float
    """... and the share of digits from which it is full of them."""
    named: float
    """What naming its document adds to a block, of the best block's score."""


@dataclass(frozen=True, slots=True)
class _PassageWeights:
    heading: float
    silent: float
    """Of its score, what a passage keeps that has no word of the question itself."""


BLOCK: Final = _BlockWeights(heading=0.8, numbers=0.35, full_of_numbers=0.20, named=0.5)
PASSAGE: Final = _PassageWeights(heading=0.3, silent=0.5)

Wanted = tuple[int, float, float]
"""A term's hash, its weight in the body, its weight in headings."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 needs to know about all parts together.

    Attributes:
        body_rarity, heading_rarity: by term hash; how much finding the term says.
    """

    body_rarity: dict[int, float]
    heading_rarity: dict[int, float]
    block_length: float
    heading_length: float
    passage_length: float

    @classmethod
    def over(cls, parts: Sequence[Part], hashes: Sequence[int]) -> Self:
        """Count over all parts, so that a filter does not change how much a word says.

        Args:
            hashes: terms.
        """
        blocks = max(1, sum(part.blocks for part in parts))
        passages = max(1, sum(part.segment.passages for part in parts))
        body_total = sum(float(part.body_lengths.sum()) for part in parts)
        heading_total = sum(float(part.heading_lengths.sum()) for part in parts)
        body = {hash_: _count([part.body for part in parts], hash_) for hash_ in hashes}
        heading = {hash_: _count([part.heading for part in parts], hash_) for hash_ in hashes}
        return cls(
            {hash_: _rarity(count, blocks) for hash_, count in body.items()},
            {hash_: _rarity(count, blocks) for hash_, count in heading.items()},
            max(1.0, body_total / blocks),
            max(1.0, heading_total / blocks),
            max(1.0, body_total / passages),
        )


def _count(fields: Sequence[Postings], hash_: int) -> int:
    count = 0
    for field in fields:
        run = field.find(hash_)
        count += run.stop - run.start
    return count


def _rarity(count: int, total: int) -> float:
    return float(np.log1p((total - count + 0.5) / (count + 0.5)))


def score_blocks(
    part: Part,
    wanted: Sequence[Wanted],
    statistics: Statistics,
    wants_amount: bool,  # noqa: FBT001
) -> npt.NDArray[np.float32]:
    """A score for every block of a part; 0 where no word is found.

    Args:
        wanted: terms with their weights.
        statistics: over all parts.
        wants_amount: whether pages full of figures are preferred.
    """
    scores = np.zeros(part.blocks, dtype=np.float32)
    body_norm = _norm(part.body_lengths, statistics.block_length, K1, B)
    heading_norm = _norm(part.heading_lengths, statistics.heading_length, HEADING_K1, HEADING_B)
    for hash_, body_weight, heading_weight in wanted:
        if body_weight:
            weight = body_weight * statistics.body_rarity[hash_]
            _add(scores, part.body, hash_, weight, body_norm, K1)
        if heading_weight:
            weight = BLOCK.heading * heading_weight * statistics.heading_rarity[hash_]
            _add(scores, part.heading, hash_, weight, heading_norm, HEADING_K1)
    if wants_amount:
        scores *= 1 + BLOCK.numbers * np.minimum(part.digit_shares / BLOCK.full_of_numbers, 1)
    dead = _dead_blocks(part)
    if dead is not None:
        scores[dead] = 0
    return scores


def score_passages(
    part: Part,
    ordinals: npt.NDArray[np.int64],
    wanted: Sequence[Wanted],
    statistics: Statistics,
) -> npt.NDArray[np.float32]:
    """A score for some passages of a part, by their own words.

    Args:
        ordinals: ascending.
    """
    scores = np.zeros(len(ordinals), dtype=np.float32)
    segment = part.segment
    norm = _norm(
        segment.body_lengths[ordinals].astype(np.float32), statistics.passage_length, K1, B
    )
    small = ordinals.astype(np.uint16)
    for hash_, body_weight, heading_weight in wanted:
        for field, weight, rarity in (
            (segment.body, body_weight, statistics.body_rarity),
            (segment.heading, PASSAGE.heading * heading_weight, statistics.heading_rarity),
        ):
            if not weight:
                continue
            run = field.find(hash_)
            postings = field.ordinals[run]
            if not len(postings):
                continue
            at = np.minimum(np.searchsorted(postings, small), len(postings) - 1)
            here = np.flatnonzero(postings[at] == small)
            counts = field.counts[run][at[here]].astype(np.float32)
            scores[here] += weight * rarity[hash_] * counts * (K1 + 1) / (counts + norm[here])
    return scores


def _norm(
    lengths: npt.NDArray[np.float32], average: float, k1: float, b: float
) -> npt.NDArray[np.float32]:
    return np.float32(k1 * (1 - b)) + np.float32(k1 * b / average) * lengths


def _add(
    scores: npt.NDArray[np.float32],
    field: Postings,
    hash_: int,
    weight: float,
    norm: npt.NDArray[np.float32],
    k1: float,
) -> None:
    run = field.find(hash_)
    if run.start == run.stop:
        return
    blocks = field.ordinals[run]
    counts = field.counts[run].astype(np.float32)
    # A block occurs once per term, so adding by position is safe.
    scores[blocks] += np.float32(weight * (k1 + 1)) * counts / (counts + norm[blocks])


def _dead_blocks(part: Part) -> npt.NDArray[np.bool_] | None:
    if bool(part.alive.all()):
        return None
    living: npt.NDArray[np.bool_] = np.logical_or.reduceat(part.alive, part.block_starts[:-1])
    return ~living
