"""Filters in a search: which documents are meant, by type, date, tag, folder, author or name.

Pure: reads them and says what they mean; others know the documents. Must not know the index.
"""

from __future__ import annotations

import calendar
import difflib
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

import regex

QUARTER_MONTHS: Final = 3
LIKE_A_NAME: Final = 0.75
"""Likeness, 0 to 1, from which an unknown name before a colon is told as a misspelt filter."""

DATES: Final = "2023, 2023-05, 2023-05-17, 2023-Q1, 2023.. or 2023-01..2023-06"
"""How dates are written, for sentences."""


class FilterName(StrEnum):
    """The filters there are, as they are typed before the colon, in small letters."""

    TYPE = "type"
    DATE = "date"
    """The document's own date: when it says it was made, sent or created."""
    ADDED = "added"
    """When it was added to the workspace."""
    TAG = "tag"
    FOLDER = "folder"
    """A collection, or a folder on the disk or in an archive."""
    AUTHOR = "author"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from first to last, both counted."""

    first: date
    last: date

    def meets(self, other: Period) -> bool:
        """Whether they have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter.

    Attributes:
        said: as typed.
        values: any of them fits.
        periods: the same as days, for dates only.
        shuts_out: whether documents that fit are left out instead.
    """

    name: FilterName
    said: str
    values: tuple[str, ...]
    periods: tuple[Period, ...] = ()
    shuts_out: bool = False

    def joined(self, other: Filter) -> Filter:
        """What fits one of two filters of the same name."""
        return Filter(
            name=self.name,
            said=f"{self.said} OR {other.said}",
            values=self.values + other.values,
            periods=self.periods + other.periods,
            shuts_out=self.shuts_out,
        )

    def turned(self) -> Filter:
        """The same, shutting out what it let in, or the other way round."""
        said = self.said.removeprefix("-") if self.shuts_out else f"-{self.said}"
        return replace(self, said=said, shuts_out=not self.shuts_out)


_NAMES: Final = "|".join(FilterName)
_OPENING: Final = '"“„«'
_CLOSING: Final = '"”“»'
_QUOTED: Final = rf"[{_OPENING}][^{_OPENING}{_CLOSING}\n]+[{_CLOSING}]"
PATTERN: Final = rf"-?(?:{_NAMES}):(?:{_QUOTED}|[^\s{_OPENING}{_CLOSING}])+"
"""A filter: its name in small letters, a colon, and its values without a blank between."""

_PARTS: Final = regex.compile(rf"(?P<minus>-?)(?P<name>{_NAMES}):(?P<values>.+)", regex.DOTALL)
_VALUE: Final = regex.compile(rf"(?:{_QUOTED}|[^,{_OPENING}{_CLOSING}])+")
_MISSPELT: Final = regex.compile(r"-?(?P<name>[a-z]{3,12}):[^\s/]+")
_DAY: Final = regex.compile(
    r"(?P<year>[0-9]{4})(?:-?[qQ](?P<quarter>[1-4])|-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?"
)


def read_filter(token: str) -> Filter | str:
    """One filter of a search.

    Args:
        token: what `PATTERN` found.

    Returns:
        The filter, or the sentence why it is none; then its words are searched.
    """
    parts = _PARTS.fullmatch(token)
    if parts is None:
        return ""
    name = FilterName(parts["name"])
    values = [_bare(value) for value in _VALUE.findall(parts["values"].rstrip(".,;:!?)"))]
    values = [value for value in values if value]
    if not values:
        return f"“{token}” names nothing; it was searched as words."
    periods: list[Period] = []
    if name in {FilterName.DATE, FilterName.ADDED}:
        for value in values:
            period = read_period(value)
            if period is None:
                return f"“{token}” holds no date; it was searched as words. Dates are {DATES}."
            periods.append(period)
    return Filter(
        name=name,
        said=token.rstrip(".,;:!?)"),
        values=tuple(values),
        periods=tuple(periods),
        shuts_out=bool(parts["minus"]),
    )


def misspelt(token: str) -> str:
    """What is said of a word that looks like a filter and is none; empty for other words."""
    found = _MISSPELT.fullmatch(token)
    if found is None or found["name"] in set(FilterName):
        return ""
    meant = difflib.get_close_matches(found["name"], list(FilterName), 1, LIKE_A_NAME)
    if not meant:
        return ""
    return f"“{token}” was searched as words; did you mean “{meant[0]}:”?"


def read_period(text: str) -> Period | None:
    """The days that ``2023``, ``2023-05``, ``2023-Q1`` or ``2023-01..2023-06`` mean.

    Either end of two may be left open. None for what is no date.
    """
    first, dots, last = text.partition("..")
    if not dots:
        return _days(text)
    if not (first or last):
        return None
    begins = _days(first) if first else Period(date.min, date.min)
    ends = _days(last) if last else Period(date.max, date.max)
    if begins is None or ends is None or ends.last < begins.first:
        return None
    return Period(begins.first, ends.last)


def _days(text: str) -> Period | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year = int(found["year"])
    months = (1, 12)
    if found["quarter"]:
        last = int(found["quarter"]) * QUARTER_MONTHS
        months = (last - QUARTER_MONTHS + 1, last)
    elif found["month"]:
        months = (int(found["month"]), int(found["month"]))
    try:
        if found["day"]:
            day = date(year, months[0], int(found["day"]))
            return Period(day, day)
        end = calendar.monthrange(year, months[1])[1]
        return Period(date(year, months[0], 1), date(year, months[1], end))
    except ValueError:  # a thirteenth month, the year 0
        return None


def _bare(value: str) -> str:
    return " ".join(regex.sub(rf"[{_OPENING}{_CLOSING}]", "", value).split())
