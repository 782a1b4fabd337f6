"""The index over all passages, in memory: posting segments, scored with BM25.

Passages are scored in two steps. First *blocks* (a unit, or about a page of a
longer one) by body, heading and what the question says about documents and
numbers; then the passages of the best blocks by their own words together with
their block's score. So a passage profits from its page, and common words cost
little.

One thread changes the index, any number search it: searches work on an
immutable tuple of parts that changes replace. Must not know documents, texts or
the store.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from carrel.language.segment import Segment, SegmentError, merge, term_hash
from carrel.retrieval.demands import Demands
from carrel.retrieval.explaining import Account, Boost, ScoredBlocks, best_of, score_all
from carrel.retrieval.meaning import Meant
from carrel.retrieval.part import Part, make_part
from carrel.retrieval.query import Query
from carrel.retrieval.scoring import Scores

CANDIDATE_BLOCKS: Final = 256
"""Blocks whose passages are scored. Ten times what is shown; deeper ones cannot come up."""

MERGE_WIDTH: Final = 8
"""Neighbouring segments of one size class that are merged into one; so a store of any size has
some twenty segments, and each passage is merged four times in its life."""

_FIRST_CLASS: Final = 1_024
"""Passages up to which a segment belongs to the smallest class, so that annual reports (300 to
900) are of one class and merge; each further class is MERGE_WIDTH times larger."""

MAX_MERGED: Final = 65_535
"""Passages of a merged segment, as many as one can hold."""

MAX_GAP: Final = 2_048
"""Missing passages between two segments that are still merged; they cost 6 bytes each."""


class Scored(NamedTuple):
    """A passage's id and score."""

    passage: int
    score: float


class Range(NamedTuple):
    """A run of passage ids."""

    first: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A segment made of several.

    Attributes:
        replaced: first passages of the segments it stands for.
    """

    first_passage: int
    passages: int
    body: bytes
    replaced: tuple[int, ...]


class Index:
    """All segments of the open workspace."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._parts: tuple[Part, ...] = ()
        self._hidden: tuple[Range, ...] = ()

    def __len__(self) -> int:
        """Passages that can be found."""
        return sum(int(part.alive.sum()) for part in self._parts)

    @property
    def segments(self) -> int:
        """Segments at this moment."""
        return len(self._parts)

    def add_segment(self, first_passage: int, untrusted_body: bytes) -> None:
        """Make a segment's passages searchable at once.

        Args:
            first_passage: id of its first passage.
            untrusted_body: as stored.

        Raises:
            SegmentError: it cannot be used; the index stays as it was.
        """
        part = make_part(first_passage, Segment.load(untrusted_body))
        with self._changing:
            self._replace((), part)

    def load(self, segments: Iterable[tuple[int, bytes]]) -> list[int]:
        """Take over stored segments at once.

        Args:
            segments: first passage and body of each.

        Returns:
            The first passages of those that cannot be used.
        """
        parts: list[Part] = []
        unusable: list[int] = []
        for first_passage, untrusted_body in segments:
            try:
                parts.append(make_part(first_passage, Segment.load(untrusted_body)))
            except SegmentError:
                unusable.append(first_passage)
        with self._changing:
            self._parts = tuple(sorted(parts, key=lambda part: part.first))
        return unusable

    def forget(self, first_passage: int, count: int) -> None:
        """Make passages unfindable, at once and for ever."""
        with self._changing:
            gone = Range(first_passage, count)
            self._hidden = tuple(run for run in self._hidden if run != gone)
            self._keep(part.without(first_passage, count) for part in self._parts)

    def hide(self, first_passage: int, count: int) -> None:
        """Make passages unfindable, at once, but keep them for `show`."""
        with self._changing:
            self._hidden = (*self._hidden, Range(first_passage, count))
            self._keep(part.without(first_passage, count) for part in self._parts)

    def show(self, first_passage: int, count: int) -> None:
        """Make hidden passages findable again."""
        with self._changing:
            back = Range(first_passage, count)
            self._hidden = tuple(run for run in self._hidden if run != back)
            self._keep(part.again(first_passage, count) for part in self._parts)

    def keep_only(self, ranges: Sequence[Range], hidden: Sequence[Range] = ()) -> None:
        """Mask every passage outside these runs; for segments that name removed documents.

        Args:
            hidden: runs that are masked, too, but can be shown again.
        """
        with self._changing:
            self._hidden = tuple(hidden)
            self._keep(part.only(ranges) for part in self._parts)

    def search(
        self,
        query: Query,
        limit: int,
        *,
        among: Sequence[Range] | None = None,
        boosts: Sequence[Boost] = (),
        demands: Demands | None = None,
        meant: Meant | None = None,
    ) -> list[Scored]:
        """The best passages, best first.

        Args:
            query: what to look for.
            limit: how many passages at most.
            among: only these; None for all.
            boosts: passages of documents the question names.
            demands: what else a passage must meet, as far as its terms tell.
            meant: what the question means; None for words alone.
        """
        scored = self._scored(query, among, demands) if limit > 0 else None
        if scored is None:
            return []
        near = None if meant is None else meant.nearest(among)
        ids, values = scored.candidates(boosts, max(CANDIDATE_BLOCKS, limit), near)
        if meant is not None and len(values):
            values = values + scored.alike(ids, best_of(values), meant, boosts)
        return _best(ids, values, limit)

    def explain(
        self,
        passage: int,
        query: Query,
        *,
        among: Sequence[Range] | None = None,
        boosts: Sequence[Boost] = (),
        demands: Demands | None = None,
        meant: Meant | None = None,
    ) -> Account | None:
        """What the score of a passage is made of; None when the search would not find it.

        Args:
            passage: its id.
            query, among, boosts, demands, meant: as of `search`.
        """
        scored = self._scored(query, among, demands)
        account = None if scored is None else scored.account(passage, boosts)
        if scored is None or account is None or meant is None:
            return account
        _, values = scored.candidates(boosts, CANDIDATE_BLOCKS, None)
        here = np.array([passage], np.int64)
        adds = scored.alike(here, best_of(values), meant, boosts)
        return replace(account, alike=float(adds[0]))

    def _scored(
        self, query: Query, among: Sequence[Range] | None, demands: Demands | None
    ) -> ScoredBlocks | None:
        """The scores of all blocks; None when nothing can be found."""
        everything = parts = self._parts
        if among is not None:
            parts = tuple(part.only(among) for part in parts if part.touches(among))
        if demands:
            parts = tuple(demands.restrict(part) for part in parts)
        parts = tuple(part for part in parts if part.alive.any())
        if not parts or not query.body:
            return None
        return score_all(query, everything, parts)

    def containing(
        self, terms: Sequence[str], limit: int, *, among: Sequence[Range] | None = None
    ) -> list[int]:
        """Ids of passages whose text has all these terms, in the order of ids.

        Args:
            terms: at least one.
            limit: how many at most.
            among: only these; None for all.
        """
        found: list[int] = []
        for part in self._parts:
            here = part if among is None else part.only(among)
            body = here.segment.body
            slices = body.find([term_hash(term) for term in set(terms)])
            slices.sort(key=lambda run: run.stop - run.start)
            common: npt.NDArray[np.uint16] | None = None
            for run in slices:
                ordinals = body.ordinals[run]
                common = (
                    ordinals
                    if common is None
                    else np.intersect1d(common, ordinals, assume_unique=True)
                )
            if common is not None:
                alive = common[here.alive[common]]
                found += (alive[: limit - len(found)].astype(np.int64) + here.first).tolist()
            if len(found) >= limit:
                break
        return found

    def present(
        self, terms: Iterable[str], *, among: Sequence[Range] | None = None
    ) -> frozenset[str]:
        """Those terms that stand in the text of any passage.

        Args:
            among: only these passages; None for all.
        """
        left = list(dict.fromkeys(terms))
        found: set[str] = set()
        for part in self._parts:
            if not left:
                break
            here = part if among is None else part.only(among)
            body, alive = here.segment.body, here.alive
            whole = bool(alive.all())
            for term, run in zip(left, body.find([term_hash(term) for term in left]), strict=True):
                if run.start < run.stop and (whole or bool(alive[body.ordinals[run]].any())):
                    found.add(term)
            left = [term for term in left if term not in found]
        return frozenset(found)

    def merge_once(self) -> Merged | None:
        """Merge one run of neighbouring segments, if there are enough of one size.

        Takes up to some seconds for large segments and is meant for a background thread; searches
        go on. The caller stores the result in the place of those it replaces.
        """
        run = _run_to_merge(self._parts)
        if not run:
            return None
        gaps = [after.first - before.end for before, after in pairwise(run)]
        whole = merge(
            [part.segment for part in run],
            gaps=gaps,
            kept=[_kept(part, self._hidden) for part in run],
        )
        merged = make_part(run[0].first, whole)
        with self._changing:
            current = {part.first: part for part in self._parts}
            if any(part.first not in current for part in run):
                return None
            for part in run:
                # What is hidden, or was forgotten meanwhile.
                for low, high in current[part.first].gone():
                    merged = merged.without(part.first + low, high - low)
            self._replace(run, merged)
        return Merged(
            first_passage=merged.first,
            passages=whole.passages,
            body=whole.to_bytes(),
            replaced=tuple(part.first for part in run),
        )

    def _replace(self, old: Sequence[Part], new: Part) -> None:
        gone = {part.first for part in old} | {new.first}
        kept = [part for part in self._parts if part.first not in gone]
        self._keep(sorted((*kept, new), key=lambda part: part.first))

    def _keep(self, parts: Iterable[Part]) -> None:
        """These from now on, without those in which nothing can be found any more."""
        self._parts = tuple(
            part for part in parts if part.alive.any() or part.touches(self._hidden)
        )


def _kept(part: Part, hidden: Sequence[Range]) -> npt.NDArray[np.bool_] | None:
    """The passages to keep when segments are merged; None for all."""
    for run in hidden:
        part = part.again(*run)
    return None if part.alive.all() else part.alive


def _best(ids: npt.NDArray[np.int64], values: Scores, limit: int) -> list[Scored]:
    """The best of all, best first; of equal ones the earlier passage first."""
    order = np.lexsort((ids, -values))[:limit]
    order = order[values[order] > 0]
    return [
        Scored(id_, value)
        for id_, value in zip(ids[order].tolist(), values[order].tolist(), strict=True)
    ]


def _run_to_merge(parts: Sequence[Part]) -> list[Part]:
    """The first run of MERGE_WIDTH neighbours of one size class that fit into one segment."""
    run: list[Part] = []
    for part in parts:
        size = _class(part)
        fits = (
            bool(run)
            and _class(run[-1]) == size
            and 0 <= part.first - run[-1].end <= MAX_GAP
            and part.end - run[0].first <= MAX_MERGED
        )
        run = [*run, part] if fits else [part]
        if len(run) == MERGE_WIDTH:
            return run
    return []


def _class(part: Part) -> int:
    size, limit = 0, _FIRST_CLASS
    while part.segment.passages > limit:
        size += 1
        limit *= MERGE_WIDTH
    return size
