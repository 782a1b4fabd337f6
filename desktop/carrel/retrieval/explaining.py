"""The scores of blocks for one query, and what the score of a passage is made of.

Must not know documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from carrel.domain.searching import Reason, ReasonKind, Why
from carrel.language.segment import term_hash
from carrel.language.terms import locate
from carrel.retrieval.meaning import Meant
from carrel.retrieval.part import Part
from carrel.retrieval.query import Query
from carrel.retrieval.scoring import (
    BLOCK,
    PASSAGE,
    Runs,
    Scores,
    Statistics,
    Wanted,
    score_blocks,
    score_passages,
)

BLOCK_SHARE: Final = 0.6
"""How much of a block's score its passages get. Between 0.3 and 1.0 little changes."""


class Boost(NamedTuple):
    """A run of passages that the question names, and how much: 0 to about 2."""

    first: int
    size: int
    share: float


NOISE: Final = 1_000
"""Of a score in single precision, what is no reason but rounding."""


@dataclass(slots=True)
class Portion:
    """What one term adds to the score of a passage.

    Attributes:
        passages: that have it in their text.
        text, heading: by the passage itself.
        page: by its block.
    """

    passages: int
    text: float
    heading: float
    page: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the score of a passage is made of; all of it together is the score.

    Attributes:
        portions: of terms that add anything; pieces of words begin with ``#``.
        figures: because an amount is asked for and the block is full of figures.
        named: because the query names the document.
        passages: that were searched.
        alike: because it means much the same as the query.
    """

    portions: dict[str, Portion]
    figures: float
    named: float
    passages: int
    alike: float = 0.0

    @property
    def score(self) -> float:
        """The score of the passage."""
        parts = (one.text + one.heading + one.page for one in self.portions.values())
        return sum(parts) + self.figures + self.named + self.alike


def best_of(values: Scores) -> float:
    """The best score that words give; 0 where they give none."""
    return float(values.max(initial=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBlocks:
    """The blocks of all parts that are searched, with their scores.

    Attributes:
        terms, wanted: what is looked for, in the same order.
        searched: where it lies, by part.
        scores: by part and block, before documents are named.
    """

    terms: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    statistics: Statistics
    searched: tuple[Runs, ...]
    scores: tuple[Scores, ...]

    @property
    def best(self) -> float:
        """The best score of a block."""
        return max(float(score.max(initial=0.0)) for score in self.scores)

    def named(self, boosts: Sequence[Boost]) -> list[Scores]:
        """The scores with what naming its document adds to a block; changes them."""
        best = self.best if boosts else 0.0
        for run, score in zip(self.searched, self.scores, strict=True):
            for boost in boosts:
                low, high = run.part.blocks_of(boost.first, boost.size)
                # Pages without any word of the question stay out, whatever their document.
                named = score[low:high]
                named[named > 0] += BLOCK.named * boost.share * best
        return list(self.scores)

    def candidates(
        self, boosts: Sequence[Boost], most: int, near: npt.NDArray[np.int64] | None
    ) -> tuple[npt.NDArray[np.int64], Scores]:
        """The passages of the best blocks, and the scores their words give them.

        Args:
            boosts: passages of documents the question names.
            most: blocks, beside those of ``near``.
            near: ids of passages that are looked at, too, whatever their words.
        """
        scores = self.named(boosts)
        ids: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        values: list[Scores] = [np.zeros(0, np.float32)]
        chosen = _best_blocks(scores, most)
        for run, score, blocks in zip(self.searched, scores, chosen, strict=True):
            part = run.part
            if near is not None:
                here = near[(near >= part.first) & (near < part.end)] - part.first
                blocks = np.union1d(blocks, part.block_of[here[part.alive[here]]])
            ordinals = part.ordinals_of(blocks)
            if not len(ordinals):
                continue
            own = score_passages(run, ordinals, self.wanted, self.statistics)
            whole = own + BLOCK_SHARE * score[part.block_of[ordinals]]
            whole[own <= 0] *= PASSAGE.silent
            ids.append(ordinals + part.first)
            values.append(whole)
        return np.concatenate(ids), np.concatenate(values)

    def alike(
        self,
        ids: npt.NDArray[np.int64],
        best: float,
        meant: Meant,
        boosts: Sequence[Boost],
    ) -> Scores:
        """What likeness adds to the scores of passages.

        Nothing outside documents that the question names, and nothing to a passage that lacks the
        numbers of the question if others have them: what is exact comes first. Where no word is
        found anywhere, only what is as alike as a sentence and its own passage counts.

        Args:
            best: the best score that words give.
        """
        shares = meant.shares(ids)
        if best <= 0:
            shares[shares < np.float32(meant.trust.weight)] = 0
        shares[self._without_numbers(ids)] = 0
        if boosts:
            most = max(boost.share for boost in boosts)
            named = np.zeros(len(ids), np.float32)
            for boost in boosts:
                inside = (ids >= boost.first) & (ids < boost.first + boost.size)
                named[inside] = boost.share / most if most > 0 else 0.0
            shares = shares * named
        return shares * np.float32(best if best > 0 else 1.0)

    def _without_numbers(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Passages that lack a number of the question which any passage has."""
        lacking = np.zeros(len(ids), dtype=bool)
        for at, term in enumerate(self.terms):
            if term.startswith("#") or not any(map(str.isdigit, term)):
                continue
            having = [
                run.part.first
                + run.part.segment.body.ordinals[run.passage_body[at]].astype(np.int64)
                for run in self.searched
            ]
            found = np.concatenate(having) if having else np.zeros(0, np.int64)
            if any(_living(run, at) for run in self.searched):
                lacking |= ~np.isin(ids, found)
        return lacking

    def account(self, passage: int, boosts: Sequence[Boost]) -> Account | None:
        """What the score of a passage is made of; None when nothing of it is searched."""
        for run, score in zip(self.searched, self.scores, strict=True):
            part = run.part
            ordinal = passage - part.first
            if not 0 <= ordinal < len(part.alive) or not part.alive[ordinal]:
                continue
            block = int(part.block_of[ordinal])
            portions = {
                term: self._portion(run, at, ordinal, block) for at, term in enumerate(self.terms)
            }
            own = sum(one.text + one.heading for one in portions.values())
            kept = BLOCK_SHARE * (1.0 if own > 0 else PASSAGE.silent)
            plain = sum(one.page for one in portions.values())
            extra = float(score[block]) - plain
            for one in portions.values():
                one.page *= kept
            adds = sum(
                BLOCK.named * boost.share * self.best
                for boost in boosts
                if part.blocks_of(boost.first, boost.size)[0]
                <= block
                < part.blocks_of(boost.first, boost.size)[1]
            )
            return Account(
                portions={
                    term: one
                    for term, one in portions.items()
                    if one.text or one.heading or one.page
                },
                figures=kept * extra if extra > plain / NOISE else 0.0,
                named=kept * adds,
                passages=sum(int(run.part.alive.sum()) for run in self.searched),
            )
        return None

    def _portion(self, run: Runs, at: int, ordinal: int, block: int) -> Portion:
        """What one term adds; its page still in full."""
        alone = Runs(
            run.part,
            run.body[at : at + 1],
            run.heading[at : at + 1],
            run.passage_body[at : at + 1],
            run.passage_heading[at : at + 1],
        )
        rarities = replace(
            self.statistics,
            body_rarity=self.statistics.body_rarity[at : at + 1],
            heading_rarity=self.statistics.heading_rarity[at : at + 1],
        )
        hash_, body, heading = self.wanted[at]
        here = np.array([ordinal], dtype=np.int64)
        page = score_blocks(alone, [self.wanted[at]], rarities, wants_amount=False)
        return Portion(
            passages=sum(_living(one, at) for one in self.searched),
            text=float(score_passages(alone, here, [(hash_, body, 0.0)], rarities)[0]),
            heading=float(score_passages(alone, here, [(hash_, 0.0, heading)], rarities)[0]),
            page=float(page[block]),
        )


def _best_blocks(
    scores: Sequence[npt.NDArray[np.float32]], limit: int
) -> list[npt.NDArray[np.intp]]:
    """The best blocks of all parts together, as block numbers per part."""
    tops: list[npt.NDArray[np.intp]] = []
    for score in scores:
        if len(score) > limit:
            top = np.argpartition(score, len(score) - limit)[-limit:]
        else:
            top = np.arange(len(score))
        tops.append(top[score[top] > 0])
    if sum(map(len, tops)) > limit:
        values = np.concatenate([score[top] for score, top in zip(scores, tops, strict=True)])
        least = np.partition(values, len(values) - limit)[-limit]
        tops = [top[score[top] >= least] for score, top in zip(scores, tops, strict=True)]
    return [np.sort(top) for top in tops]


def _living(run: Runs, at: int) -> int:
    """How many passages that are searched have a term in their text."""
    part = run.part
    return int(part.alive[part.segment.body.ordinals[run.passage_body[at]]].sum())


def score_all(query: Query, everything: Sequence[Part], parts: Sequence[Part]) -> ScoredBlocks:
    """Score the blocks of some parts.

    Args:
        everything: all parts: how rare words are does not depend on what is searched.
        parts: those searched, with some passages masked.
    """
    body = list(dict.fromkeys((*query.body, *query.heading)))
    wanted = [
        (term_hash(term), query.body.get(term, 0.0), query.heading.get(term, 0.0)) for term in body
    ]
    wanted += [(term_hash(term), weight, 0.0) for term, weight in query.grams.items()]
    runs = {part.first: Runs.of(part, wanted) for part in everything}
    statistics = Statistics.over(list(runs.values()))
    searched = tuple(replace(runs[part.first], part=part) for part in parts)
    return ScoredBlocks(
        terms=(*body, *query.grams),
        wanted=tuple(wanted),
        statistics=statistics,
        searched=searched,
        scores=tuple(
            score_blocks(run, wanted, statistics, wants_amount=query.wants_amount)
            for run in searched
        ),
    )


def in_words(
    account: Account,
    question: str,
    text: str,
    names: Sequence[str],
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Why:
    """An account as reasons, the weightiest first.

    Args:
        question: as asked.
        text: of the passage.
        names: words of the question that name its document.
        beside: words of the question that a term was put beside, by term.
    """
    asked: dict[str, str] = {}
    for start, end, term in locate(question):
        asked.setdefault(term, question[start:end])
    here: dict[str, str] = {}
    for start, end, term in locate(text, among=account.portions.keys()):
        here.setdefault(term, text[start:end])
    reasons: list[Reason] = []
    pieces = Portion(0, 0.0, 0.0, 0.0)
    for term, one in account.portions.items():
        if term.startswith("#"):
            pieces.text, pieces.page = pieces.text + one.text, pieces.page + one.page
            continue
        reasons.append(
            Reason(
                kind=ReasonKind.WORD if term in asked else ReasonKind.OTHER,
                words=here.get(term) or asked.get(term) or term,
                text=one.text,
                heading=one.heading,
                page=one.page,
                passages=one.passages,
                beside="" if term in asked else beside.get(term, ""),
            )
        )
    for kind, words, own, page in (
        (ReasonKind.PIECES, "", pieces.text, pieces.page),
        (ReasonKind.FIGURES, "", 0.0, account.figures),
        (ReasonKind.NAME, " ".join(names), 0.0, account.named),
        (ReasonKind.MEANING, "", account.alike, 0.0),
    ):
        if own or page:
            reasons.append(Reason(kind=kind, words=words, text=own, page=page))
    reasons.sort(key=lambda one: -one.score)
    return Why(reasons=tuple(reasons), score=account.score, passages=account.passages)
