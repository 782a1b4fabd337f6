"""Which numbers and dates of an original its translation does not have, and the other way round.

Pure; must not know how a translation is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

import regex

from carrel.answering.figures import DateFound, dates
from carrel.language.readings import Reading, Readings, read_numbers
from carrel.language.scales import MONTH_BEGINNINGS

TELLING: Final = 100
"""A whole number below this that stands only in the translation is not told: it may be a number
word of the original, a month, or the number of an item."""

NEAR: Final = 24
"""Characters between a year and the day and month of its date at most."""

MOST_NUMBERS: Final = 400
"""Numbers of a piece that are compared; a piece of text has a tenth of that. All further ones of an
original count as missing."""

MOST_TOLD: Final = 12
"""Numbers of each kind that are told."""

_MONTHS: Final = tuple(
    regex.compile(r"(?<![\p{L}\p{M}])(?:" + "|".join(map(regex.escape, words)) + ")")
    for words in MONTH_BEGINNINGS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What differs, as it is written; an original's order.

    Attributes:
        missing: numbers and dates of the original that the translation does not have.
        added: numbers the translation has only; see `TELLING`.
    """

    missing: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(slots=True)
class _Said:
    """The numbers of a translation, and which of them were found already."""

    text: str
    numbers: Readings
    used: set[int] = field(default_factory=set)

    def take(self, wanted: Reading) -> bool:
        """Find a number, and take it: once said does not count twice."""
        every = (*self.numbers.joined, *self.numbers.single)
        fitting = [
            one
            for one in every
            if not self.used.intersection(one.parts)
            and not wanted.values.isdisjoint(one.values)
            and (not wanted.negative or one.negative or one.bracketed)
        ]
        if not fitting:
            return False
        # What has the same sign goes first: “5” and “-5” may both stand there.
        best = min(fitting, key=lambda one: one.negative is not wanted.negative)
        self.used.update(best.parts)
        return True

    def take_date(self, wanted: DateFound) -> bool:
        """Find a date that is written as one that is understood."""
        for found in dates(self.text):
            inside = _inside(self.numbers, found)
            if _same_day(found, wanted) and self.used.isdisjoint(inside):
                self.used.update(inside)
                return True
        return False

    def take_parts(self, wanted: DateFound) -> bool:
        """Find a date in its parts, side by side."""
        for month, day in wanted.readings:
            for at, one in enumerate(self.numbers.single):
                if at not in self.used and str(wanted.year) in one.values:
                    taken = self._beside(at, month, day)
                    if taken is not None:
                        self.used.update({at, *taken})
                        return True
        return False

    def _beside(self, year: int, month: int, day: int) -> set[int] | None:
        """The numbers of day and month beside a year; None where they do not stand there."""
        low = max(0, self.numbers.single[year].start - NEAR)
        high = self.numbers.single[year].end + NEAR
        named = _MONTHS[month - 1].search(self.text[low:high].casefold()) is not None
        taken: set[int] = set()
        for number in (day, 0 if named else month):
            if not number:
                continue
            at = next(
                (
                    at
                    for at, one in enumerate(self.numbers.single)
                    if at not in {year, *taken, *self.used}
                    and low <= one.start
                    and one.end <= high
                    and str(number) in one.values
                ),
                None,
            )
            if at is None:
                return None
            taken.add(at)
        return taken


def _same_day(one: DateFound, other: DateFound) -> bool:
    return one.year == other.year and not set(one.readings).isdisjoint(other.readings)


def compare_numbers(source: str, translation: str) -> Differences:
    """Compare the numbers of an original with those of its translation, whatever the languages.

    Values count, not spellings: ``1.234,5`` and ``1,234.5``, ``1.5亿`` and ``150 million``.
    """
    original = read_numbers(source)
    said = _Said(translation, read_numbers(translation))
    if max(len(original.single), len(said.numbers.single)) > MOST_NUMBERS:
        # Not compared is not found: nobody writes so many numbers into a few sentences.
        return Differences(missing=tuple(one.text for one in original.single[:MOST_TOLD]), added=())
    missing: dict[int, str] = {}
    seen: set[int] = set()
    unfound: list[DateFound] = []
    for date in dates(source):
        inside = _inside(original, date)
        if inside and not inside & seen:
            seen |= inside
            if not said.take_date(date):
                unfound.append(date)
    for date in unfound:
        if not said.take_parts(date):
            missing[date.start] = date.text
    whole: dict[int, Reading] = {}
    for joined in original.joined:
        if seen.isdisjoint(joined.parts):
            if said.take(joined):
                seen.update(joined.parts)
            else:
                whole.update(dict.fromkeys(joined.parts, joined))
    for at, one in enumerate(original.single):
        if at not in seen and not said.take(one):
            shown = whole.get(at, one)
            missing[shown.start] = f"-{shown.text}" if shown.negative else shown.text
    return Differences(
        missing=tuple(missing[at] for at in sorted(missing))[:MOST_TOLD],
        added=tuple(_added(original, said))[:MOST_TOLD],
    )


def _inside(numbers: Readings, date: DateFound) -> set[int]:
    return {
        at
        for at, one in enumerate(numbers.single)
        if date.start <= one.start and one.end <= date.end
    }


def _added(original: Readings, said: _Said) -> Iterable[str]:
    known = {value for one in (*original.single, *original.joined) for value in one.values}
    for at, one in enumerate(said.numbers.single):
        if at in said.used or not known.isdisjoint(one.values):
            continue
        if any(at in joined.parts and not known.isdisjoint(joined.values)
               for joined in said.numbers.joined):  # fmt: skip
            continue
        if all(map(_telling, one.values)):
            yield one.text


def _telling(value: str) -> bool:
    try:
        return "." in value or Decimal(value) >= TELLING
    except InvalidOperation:
        return True
