"""What must, and what must not, stand in a passage: words and phrases, joined by logic.

Decided by the postings alone where that is possible, and by texts where the order of
words counts. Must not know how it was written down, or ranking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

from carrel.language.folding import fold
from carrel.language.segment import Postings, term_hash
from carrel.language.terms import terms
from carrel.retrieval.part import Part

Kept = npt.NDArray[np.bool_]
"""For each passage of a part whether it is kept."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word, which may be several terms: all stand in the text or in the headings above it.

    Attributes:
        said: as it was typed.
        terms: without those that only stand for the exact form of an inflected word.
    """

    said: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand in the text as they are, apart from case, spacing and typography."""

    said: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    of: Demand


@dataclass(frozen=True, slots=True)
class AllOf:
    """All must be so."""

    of: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One must be so, at least."""

    of: tuple[Demand, ...]


Demand = Words | Phrase | Not | AllOf | AnyOf


def word(said: str) -> Words:
    """What a word asks for; without any terms when there is no word in it."""
    found = list(dict.fromkeys(terms(said)))
    beginnings = [term.removesuffix("*") for term in found if term.endswith("*")]
    # Any form of an inflected word will do, and its beginning stands for all of them.
    kept = [
        term
        for term in found
        if term.endswith("*") or not any(term.startswith(one) for one in beginnings)
    ]
    return Words(said, tuple(kept))


def all_of(demands: Sequence[Demand]) -> Demand | None:
    """All of some demands; None when there are none."""
    if len(demands) <= 1:
        return demands[0] if demands else None
    return AllOf(tuple(demands))


def wanted_in(demand: Demand) -> Iterator[Words | Phrase]:
    """The words and phrases that are wanted rather than shut out."""
    return (leaf for leaf, wanted in _leaves(demand) if wanted)


def needs_texts(demand: Demand) -> bool:
    """Whether the postings alone cannot decide."""
    return any(isinstance(leaf, Phrase) for leaf, _ in _leaves(demand))


def _leaves(demand: Demand, *, wanted: bool = True) -> Iterator[tuple[Words | Phrase, bool]]:
    match demand:
        case Not(of):
            yield from _leaves(of, wanted=not wanted)
        case AllOf(several) | AnyOf(several):
            for one in several:
                yield from _leaves(one, wanted=wanted)
        case _:
            yield demand, wanted


def possible(part: Part, demand: Demand) -> Kept:
    """The passages of a part that may be meant; texts decide where there are phrases."""
    match demand:
        case Words(_, wanted):
            return _with_terms(part, wanted)
        case Phrase(said):
            return _with_terms(part, terms(said))
        case Not(of):
            return ~_certain(part, of)
        case AllOf(several):
            return reduce(np.logical_and, (possible(part, one) for one in several))
        case AnyOf(several):
            nothing = np.zeros(part.segment.passages, dtype=bool)
            return reduce(np.logical_or, (possible(part, one) for one in several), nothing)


def _certain(part: Part, demand: Demand) -> Kept:
    """The passages for which the postings alone say that it is so."""
    match demand:
        case Phrase():
            return np.zeros(part.segment.passages, dtype=bool)
        case Not(of):
            return ~possible(part, of)
        case AllOf(several):
            return reduce(np.logical_and, (_certain(part, one) for one in several))
        case AnyOf(several):
            nothing = np.zeros(part.segment.passages, dtype=bool)
            return reduce(np.logical_or, (_certain(part, one) for one in several), nothing)
        case _:
            return possible(part, demand)


def _with_terms(part: Part, wanted: Sequence[str]) -> Kept:
    """The passages with all these terms; none when there are no terms."""
    kept = np.full(part.segment.passages, bool(wanted))
    hashes = [term_hash(term) for term in wanted]
    found = zip(part.segment.body.find(hashes), part.segment.heading.find(hashes), strict=True)
    for body, heading in found:
        here = np.zeros(part.segment.passages, dtype=bool)
        for field, run in ((part.segment.body, body), (part.segment.heading, heading)):
            here[_ordinals(field, run)] = True
        kept &= here
    return kept


def _ordinals(field: Postings, run: slice) -> npt.NDArray[np.uint16]:
    return field.ordinals[run]


def holds(demand: Demand, text: str, heading: str) -> bool:
    """Whether a passage is as demanded.

    Args:
        text: of the passage.
        heading: the headings above it.
    """
    by_words = any(isinstance(leaf, Words) for leaf, _ in _leaves(demand))
    found = frozenset(terms(text) + terms(heading)) if by_words else frozenset()
    return _holds(demand, fold(text, case=True).text, found)


def _holds(demand: Demand, folded: str, found: frozenset[str]) -> bool:
    match demand:
        case Words(_, wanted):
            return bool(wanted) and found.issuperset(wanted)
        case Phrase(said):
            return phrase_pattern(said).search(folded) is not None
        case Not(of):
            return not _holds(of, folded, found)
        case AllOf(several):
            return all(_holds(one, folded, found) for one in several)
        case AnyOf(several):
            return any(_holds(one, folded, found) for one in several)


@lru_cache(maxsize=64)
def phrase_pattern(phrase: str) -> regex.Pattern[str]:
    """Finds a phrase in folded text, as whole words."""
    words = regex.escape(fold(phrase, case=True).text.strip())
    before = r"(?<![\p{L}\p{N}])" if _IS_WORD.match(phrase[:1]) else ""
    after = r"(?![\p{L}\p{N}])" if _IS_WORD.match(phrase[-1:]) else ""
    return regex.compile(before + words + after)


_IS_WORD: Final = regex.compile(
    r"[\p{L}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]",
    regex.VERSION1,
)
