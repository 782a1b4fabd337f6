"""BM25 over the postings of a part. Must not know how parts came to be or what questions mean."""

import math
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

Scores = npt.NDArray[np.float32]

Wanted = tuple[int, float, float]
"""A term's hash, its weight in the body, its weight in headings."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Where the postings of the wanted terms lie in one part, in the order of the terms."""

    part: Part
    body: Sequence[slice]
    heading: Sequence[slice]
    passage_body: Sequence[slice]
    passage_heading: Sequence[slice]

    @classmethod
    def of(cls, part: Part, wanted: Sequence[Wanted]) -> Self:
        """Look the terms up."""
        hashes = [hash_ for hash_, _, _ in wanted]
        segment = part.segment
        return cls(
            part,
            part.body.find(hashes),
            part.heading.find(hashes),
            segment.body.find(hashes),
            segment.heading.find(hashes),
        )


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 needs to know about all parts together.

    Attributes:
        body_rarity, heading_rarity: how much finding each wanted term says.
        block_length, heading_length, passage_length: averages, in terms.
    """

    body_rarity: Sequence[float]
    heading_rarity: Sequence[float]
    block_length: float
    heading_length: float
    passage_length: float

    @classmethod
    def over(cls, all_runs: Sequence[Runs]) -> Self:
        """Count over all parts, so that a filter does not change how much a word says."""
        parts = [runs.part for runs in all_runs]
        blocks = max(1, sum(part.blocks for part in parts))
        passages = max(1, sum(part.segment.passages for part in parts))
        body_total = sum(float(part.body_lengths.sum()) for part in parts)
        heading_total = sum(float(part.heading_lengths.sum()) for part in parts)
        return cls(
            _rarities([runs.body for runs in all_runs], blocks),
            _rarities([runs.heading for runs in all_runs], blocks),
            max(1.0, body_total / blocks),
            max(1.0, heading_total / blocks),
            max(1.0, body_total / passages),
        )


def _rarities(found: Sequence[Sequence[slice]], total: int) -> list[float]:
    counts = [sum(run.stop - run.start for run in runs) for runs in zip(*found, strict=True)]
    return [math.log1p((total - count + 0.5) / (count + 0.5)) for count in counts]


def score_blocks(
    runs: Runs, wanted: Sequence[Wanted], statistics: Statistics, *, wants_amount: bool
) -> Scores:
    """A score for every block of a part; 0 where no word is found.

    Args:
        runs: where the wanted terms lie.
        wanted: terms with their weights.
        statistics: over all parts.
        wants_amount: whether pages full of figures are preferred.
    """
    part = runs.part
    scores: Scores = np.zeros(part.blocks, dtype=np.float32)
    body_norm = _norm(part.body_lengths, statistics.block_length, K1, B)
    heading_norm = _norm(part.heading_lengths, statistics.heading_length, HEADING_K1, HEADING_B)
    for at, (_, body_weight, heading_weight) in enumerate(wanted):
        if body_weight:
            weight = body_weight * statistics.body_rarity[at] * (K1 + 1)
            _add(scores, part.body, runs.body[at], weight, body_norm)
        if heading_weight:
            weight = heading_weight * statistics.heading_rarity[at] * (HEADING_K1 + 1)
            _add(scores, part.heading, runs.heading[at], BLOCK.heading * weight, heading_norm)
    if wants_amount:
        scores *= 1 + BLOCK.numbers * np.minimum(part.digit_shares / BLOCK.full_of_numbers, 1)
    if not bool(part.alive.all()):
        scores[~np.logical_or.reduceat(part.alive, part.block_starts[:-1])] = 0
    return scores


def score_passages(
    runs: Runs,
    ordinals: npt.NDArray[np.int64],
    wanted: Sequence[Wanted],
    statistics: Statistics,
) -> Scores:
    """A score for some passages of a part, by their own words.

    Args:
        ordinals: ascending.
    """
    segment = runs.part.segment
    scores: Scores = np.zeros(len(ordinals), dtype=np.float32)
    lengths = segment.body_lengths[ordinals].astype(np.float32)
    norm = _norm(lengths, statistics.passage_length, K1, B)
    small = ordinals.astype(np.uint16)
    for at, (_, body_weight, heading_weight) in enumerate(wanted):
        weight = body_weight * statistics.body_rarity[at] * (K1 + 1)
        _pick(scores, segment.body, runs.passage_body[at], weight, norm, small)
        weight = PASSAGE.heading * heading_weight * statistics.heading_rarity[at] * (K1 + 1)
        _pick(scores, segment.heading, runs.passage_heading[at], weight, norm, small)
    return scores


def _norm(lengths: Scores, average: float, k1: float, b: float) -> Scores:
    return np.float32(k1 * (1 - b)) + np.float32(k1 * b / average) * lengths


def _add(scores: Scores, field: Postings, run: slice, weight: float, norm: Scores) -> None:
    if run.start == run.stop:
        return
    blocks = field.ordinals[run]
    counts = field.counts[run].astype(np.float32)
    # A block occurs once per term, so adding by position is safe.
    scores[blocks] += np.float32(weight) * counts / (counts + norm[blocks])


def _pick(
    scores: Scores,
    field: Postings,
    run: slice,
    weight: float,
    norm: Scores,
    wanted: npt.NDArray[np.uint16],
) -> None:
    if not weight or run.start == run.stop:
        return
    postings = field.ordinals[run]
    at = postings.searchsorted(wanted)
    at[at == len(postings)] = 0
    here = (postings[at] == wanted).nonzero()[0]
    if len(here):
        counts = field.counts[run][at[here]].astype(np.float32)
        scores[here] += np.float32(weight) * counts / (counts + norm[here])
