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
        """Find a date: written as one that is understood, or in its parts."""
        for found in dates(self.text):
            inside = _inside(self.numbers, found)
            if found.agrees(wanted) and not self.used.issuperset(inside):
                self.used.update(inside)
                return True
        for month, day in wanted.readings:
            taken = self._take_parts(wanted.year, month, day)
            if taken is not None:
                self.used.update(taken)
                return True
        return False

    def _take_parts(self, year: int, month: int, day: int) -> set[int] | None:
        taken: set[int] = set()
        named = _MONTHS[month - 1].search(self.text.casefold()) is not None
        for number in (year, day, 0 if named else month):
            if not number:
                continue
            at = next(
                (
                    at
                    for at, one in enumerate(self.numbers.single)
                    if str(number) in one.values and at not in self.used and at not in taken
                ),
                None,
            )
            if at is None:
                return None
            taken.add(at)
        return taken


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
    for date in dates(source):
        inside = _inside(original, date)
        if inside and not inside & seen:
            seen |= inside
            if not said.take_date(date):
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
