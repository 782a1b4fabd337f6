"""The sentences of each section that say most of what it is about.

After SumBasic (Nenkova and Vanderwende, “The Impact of Frequency on Summarization”, 2005): a
sentence counts by how frequent its words are in its section, and words that were said already
count less.
Nothing is written anew, so nothing can be made up. Pure; must not know where documents come from.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import regex

from carrel.answering.facts.sentences import Stop, Stopped, Told, told_sentences
from carrel.domain.documents import OutlineEntry, Span, Unit, UnitKind
from carrel.domain.facts import Mention, Section, Summary
from carrel.domain.ids import DocumentId
from carrel.language.terms import terms
from carrel.retrieval.words import STOP_TERMS

LEAST_WORDS: Final = 8
"""Words of a sentence that says something by itself."""

MOST_WORDS: Final = 70
"""Words; what is longer is a row of a table or a list."""

MOST_FIGURES: Final = 0.35
"""Share of words that are figures; with more it is a row of a table."""

EACH: Final = 12
"""Sentences of a section for which one is chosen ..."""

LEAST_CHOSEN: Final = 2
MOST_CHOSEN: Final = 5
"""... but so many at least, and at most."""

MOST_SECTIONS: Final = 200
"""Sections of a document; finer ones are joined to the one above."""

PAGES_TOGETHER: Final = 10
"""Pages that make a section where a document has no headings."""

MOST_LEVEL: Final = 2
"""Level of headings that begin a section."""

_WORD: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}.,'’-]*")
_LETTERS: Final = regex.compile(r"\p{Ll}{2,}")
_FIGURE: Final = regex.compile(r"[^\p{L}]*[0-9][^\p{L}]*")

Outlines = Mapping[DocumentId, Sequence[OutlineEntry]]
Heard = Callable[[int], None]


def summary(
    documents: Iterable[Sequence[Unit]], outlines: Outlines, *, stopped: Stopped, heard: Heard
) -> Summary:
    """What the sections of some documents say, in the documents' own sentences.

    Args:
        documents: the units of each.
        outlines: their headings, where they have any.
        heard: told how many documents are done.

    Raises:
        Stop: `stopped` said so.
    """
    sections: list[Section] = []
    for done, units in enumerate(documents, start=1):
        if units:
            outline = outlines.get(units[0].document, ())
            sections += _sections(units, outline, stopped)
        heard(done)
    return Summary(sections=tuple(sections))


class Extent(NamedTuple):
    """A section as a run of units.

    Attributes:
        first, last: their numbers.
    """

    title: str
    first: int
    last: int


def extents(units: Sequence[Unit], outline: Sequence[OutlineEntry]) -> list[Extent]:
    """The sections of a document that say something in sentences, in order."""
    if not units:
        return []
    titles = _titles(units, outline)
    speaking = {
        one.text.side(one.at, one.at + 1).unit
        for one in told_sentences(units, lambda: False)
        if _says_something(one)
    }
    begins = sorted({units[0].number, *titles})
    ends = [*(begin - 1 for begin in begins[1:]), units[-1].number]
    return [
        Extent(titles.get(first, ""), first, last)
        for first, last in zip(begins, ends, strict=True)
        if any(first <= number <= last for number in speaking)
    ]


def _sections(
    units: Sequence[Unit], outline: Sequence[OutlineEntry], stopped: Stopped
) -> list[Section]:
    titles = _titles(units, outline)
    told = [one for one in told_sentences(units, stopped) if _says_something(one)]
    counted: list[tuple[Told, frozenset[str]]] = []
    for one in told:
        if stopped():
            raise Stop
        own = frozenset(term for term in terms(one.raw) if term not in STOP_TERMS)
        counted.append((one, own))
    groups: dict[int, list[tuple[Told, frozenset[str]]]] = {}
    for one, own in counted:
        unit = one.text.side(one.at, one.at + 1).unit
        begins = max((at for at in titles if at <= unit), default=units[0].number)
        groups.setdefault(begins, []).append((one, own))
    return [
        Section(
            document=units[0].document,
            title=titles.get(begins, ""),
            mentions=tuple(_chosen(groups[begins])),
            sentences=len(groups[begins]),
        )
        for begins in sorted(groups)
    ]


def _titles(units: Sequence[Unit], outline: Sequence[OutlineEntry]) -> dict[int, str]:
    """The titles of sections, by the unit each begins with."""
    found: dict[int, str] = {}
    for entry in outline:
        if entry.unit and entry.level <= MOST_LEVEL and len(found) < MOST_SECTIONS:
            found.setdefault(entry.unit, entry.title)
    if found:
        return found
    if units[0].kind is UnitKind.PAGE:
        last = units[-1].number
        return {
            first: _pages(first, min(last, first + PAGES_TOGETHER - 1))
            for first in range(units[0].number, last + 1, PAGES_TOGETHER)
        }
    return {unit.number: unit.label for unit in units[:MOST_SECTIONS]}


def _pages(first: int, last: int) -> str:
    return f"Pages {first}–{last}" if last > first else f"Page {first}"


def _says_something(one: Told) -> bool:
    """Whether it is a sentence rather than a heading, a row of a table, or code."""
    if one.kind is UnitKind.SHEET or set(one.raw) & set("{}"):
        return False
    words = _WORD.findall(one.raw)
    if not LEAST_WORDS <= len(words) <= MOST_WORDS:
        return False
    figures = sum(_FIGURE.fullmatch(word) is not None for word in words)
    small = sum(_LETTERS.search(word) is not None for word in words)
    return figures <= MOST_FIGURES * len(words) and small * 2 >= len(words)


def _chosen(group: Sequence[tuple[Told, frozenset[str]]]) -> list[Mention]:
    """The sentences that say most of a section, in the order in which they stand."""
    frequency = Counter(term for _, own in group for term in own)
    weight = {term: count / len(group) for term, count in frequency.items()}
    left = dict(enumerate(group))
    wanted = min(MOST_CHOSEN, max(LEAST_CHOSEN, len(group) // EACH))
    chosen: list[int] = []
    while left and len(chosen) < wanted:
        best = max(left, key=lambda at: _says(left[at][1], weight))
        chosen.append(best)
        for term in left.pop(best)[1]:
            weight[term] *= weight[term]  # it was said: saying it once more tells little
    return [one.mention(Span(0, 0), whole=True) for one, _ in (group[at] for at in sorted(chosen))]


def _says(own: frozenset[str], weight: Mapping[str, float]) -> float:
    """How much a sentence says; the root of its length, for the mean would prefer short ones."""
    return sum(weight[term] for term in own) / math.sqrt(max(LEAST_WORDS, len(own)))
