"""What stands under dates: one line for each event, however often it is told.

Pure; must not know where documents come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import regex
from rapidfuzz import fuzz

from carrel.answering.facts.dating import Found, dates_in, settled
from carrel.answering.facts.sentences import Stop, Stopped, Told, told_sentences
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.facts import Happening, Mention, Order, Precision, Timeline, When

SAME: Final = 88.0
"""Of 100: likeness of two sentences under one date that tell the same. A sentence in other words
stays a line of its own: two lines are a smaller harm than two events in one."""

MOST_HAPPENINGS: Final = 20_000
"""Lines of a timeline; some hundred reports have as many."""

MOST_LIKENED: Final = 200
"""Sentences under one date that another is compared with; those told last. A report names the end
of its year a thousand times."""

LEAST_WORDS: Final = 3
"""Words beside the date, of two letters and more, below which a line is a heading or the head of a
column."""

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}'’-]+")
_FIGURE: Final = regex.compile(r"\d(?:[\d.,']*\d)?")
_PRECISIONS: Final = tuple(Precision)

Heard = Callable[[int], None]


class _Raw(NamedTuple):
    found: Found
    told: Told
    words: int
    figures: int
    """Of the sentence, beside its dates."""


class _Line(NamedTuple):
    """A sentence under a date, before those that tell the same are joined."""

    when: When
    order: Order
    other: When | None
    mention: Mention
    key: str
    figures: frozenset[str]


def timeline(
    documents: Iterable[Sequence[Unit]],
    *,
    stopped: Stopped = lambda: False,
    heard: Heard = lambda _done: None,
) -> Timeline:
    """The timeline of some documents.

    Args:
        documents: the units of each, in order; taken one after another.
        stopped: asked many times a second.
        heard: told how many documents are done.

    Raises:
        Stop: `stopped` said so.
    """
    lines: list[_Line] = []
    for done, units in enumerate(documents, 1):
        lines += _lines_of(units, stopped)
        heard(done)
        if len(lines) > MOST_HAPPENINGS:
            break
    groups: dict[tuple[When, When | None], list[_Line]] = defaultdict(list)
    for line in lines[:MOST_HAPPENINGS]:
        groups[line.when, line.other].append(line)
    happenings: list[Happening] = []
    for group in groups.values():
        happenings += _joined(group, stopped)
    happenings.sort(key=_rank)
    return Timeline(happenings=tuple(happenings), more=len(lines) > MOST_HAPPENINGS)


def having_words(timeline: Timeline, words: str) -> tuple[Happening, ...]:
    """Those in which all the words stand, whatever their case."""
    wanted = words.casefold().split()
    return tuple(
        one
        for one in timeline.happenings
        if not wanted
        or any(all(word in mention.text.casefold() for word in wanted) for mention in one.mentions)
    )


def _lines_of(units: Sequence[Unit], stopped: Stopped) -> Iterator[_Line]:
    raws = list(_raws(units, stopped))
    styles = {raw.found.style for raw in raws}
    seen: set[tuple[When, str]] = set()
    for raw in raws:
        if stopped():
            raise Stop
        if not _tells(raw):
            continue
        when, order, other = settled(raw.found, styles)
        mention = raw.told.mention(raw.found.span, whole=True)
        if (when, mention.text) in seen:
            continue
        seen.add((when, mention.text))
        figures = frozenset(_FIGURE.findall(mention.text))
        yield _Line(when, order, other, mention, mention.text.casefold(), figures)


def _raws(units: Sequence[Unit], stopped: Stopped) -> Iterator[_Raw]:
    for told in told_sentences(units, stopped):
        found = dates_in(told.raw)
        if not found:
            continue
        pieces: list[str] = []
        at = 0
        for one in found:
            pieces.append(told.raw[at : one.span.start])
            at = one.span.end
        rest = " ".join([*pieces, told.raw[at:]])
        words, figures = len(_WORD.findall(rest)), len(_FIGURE.findall(rest))
        for one in found:
            yield _Raw(one, told, words, figures)


def _tells(raw: _Raw) -> bool:
    """Whether a sentence says something beside its dates: no heading, no row of figures."""
    if raw.told.kind is UnitKind.SHEET:
        return raw.words >= 1 and raw.found.when.precision is not Precision.YEAR
    return raw.words >= LEAST_WORDS and raw.words > raw.figures


def _joined(lines: Sequence[_Line], stopped: Stopped) -> Iterator[Happening]:
    """Lines under one date as events; sentences that say the same become one."""
    groups: list[list[_Line]] = []
    for line in lines:
        if stopped():
            raise Stop
        home = next((one for one in reversed(groups[-MOST_LIKENED:]) if _same(one[0], line)), None)
        if home is None:
            groups.append([line])
        else:
            home.append(line)
    for group in groups:
        first = group[0]
        yield Happening(
            when=first.when,
            order=first.order,
            other=first.other,
            mentions=tuple(line.mention for line in group),
        )


def _same(one: _Line, other: _Line) -> bool:
    """Sentences with other figures are not the same, however alike their words are."""
    if one.figures != other.figures:
        return False
    return fuzz.ratio(one.key, other.key, score_cutoff=SAME) > 0


def _rank(one: Happening) -> tuple[object, int, int, int]:
    """By date; under one day the longer time first, then as they stand."""
    mention = one.mentions[0]
    width = -_PRECISIONS.index(one.when.precision)
    return one.when.first, width, mention.document, mention.place.number
