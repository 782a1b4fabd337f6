"""Which documents meet the conditions of a query. Must not know where documents are stored."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

import regex

from carrel.domain.documents import Document, Property
from carrel.domain.errors import KnownError
from carrel.domain.searching import Filter

KINDS: Final[dict[str, frozenset[str]]] = {
    "word": frozenset({"docx", "doc", "odt", "rtf"}),
    "excel": frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv"}),
    "sheet": frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv"}),
    "powerpoint": frozenset({"pptx", "ppt", "odp"}),
    "slides": frozenset({"pptx", "ppt", "odp"}),
    "mail": frozenset({"eml", "msg", "mbox", "pst"}),
    "web": frozenset({"html", "mhtml"}),
    "picture": frozenset({"png", "jpeg", "tiff", "webp", "jpg"}),
    "image": frozenset({"png", "jpeg", "tiff", "webp", "jpg"}),
    "text": frozenset({"txt", "md", "log"}),
}
"""Everyday names for several kinds of files."""

_DATES: Final = ("Created", "Date", "Start", "Saved", "Changed")
"""Properties that say when a document was made, the first that does counts."""

_AUTHORS: Final = ("Author", "From")

_DAY: Final = regex.compile(
    r"(?P<y>[0-9]{4})"
    r"(?:-?[qQ](?P<q>[1-4])|-(?P<m>[0-9]{1,2})(?:-(?P<d>[0-9]{1,2}))?)?"
)
_WRITTEN: Final = regex.compile(r"(?P<y>[12][0-9]{3})-(?P<m>[01][0-9])-(?P<d>[0-3][0-9])")
_NUMBERED: Final = regex.compile(
    r"\b(?P<d>[0-9]{1,2}) (?P<m>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* "
    r"(?P<y>[12][0-9]{3})\b"
)
_NO_WORD: Final = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_MONTHS: Final = {name: number for number, name in enumerate(calendar.month_abbr) if name}


class NoDate(KnownError):
    """A date filter that is none."""

    code = "search.date"
    sentence = "“{value}” is not a date that search understands."
    remedy = (
        "Write date:2024, date:2024-Q1, date:2024-03, date:2024-03-31, or a span: "
        "date:2023-10..2024-03."
    )


class NothingFits(KnownError):
    """No document meets the conditions of a query."""

    code = "search.filter"
    sentence = "No document fits {filters}."
    remedy = (
        "Leave a condition out, or look on the documents page what there is: types, tags, "
        "folders and names stand there."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A document with what conditions look at.

    Attributes:
        properties: what it says of itself; empty where nothing asks for it.
        paths: where it was found, and in which documents it lies.
    """

    document: Document
    properties: tuple[Property, ...] = ()
    paths: tuple[str, ...] = ()


def fitting(documents: Iterable[Described], filters: Sequence[Filter]) -> tuple[Document, ...]:
    """The documents that meet all conditions.

    Of several with one name one is enough, but all tags must be there; documents that meet one
    that is excluded are left out.

    Raises:
        NoDate: a value of ``date:`` is none.
        NothingFits: no document does.
    """
    wanted: dict[str, list[Callable[[Described], bool]]] = {}
    unwanted: list[Callable[[Described], bool]] = []
    for at, one in enumerate(filters):
        test = _one_of([_test(replace(one, value=value)) for value in one.values])
        if one.excluded:
            unwanted.append(test)
        else:
            name = f"tag {at}" if one.name == "tag" else one.name
            wanted.setdefault(name, []).append(test)
    found = tuple(
        one.document
        for one in documents
        if all(any(test(one) for test in tests) for tests in wanted.values())
        and not any(test(one) for test in unwanted)
    )
    if not found:
        raise NothingFits(filters=" ".join(f"“{one.words}”" for one in filters))
    return found


def _one_of(tests: Sequence[Callable[[Described], bool]]) -> Callable[[Described], bool]:
    return lambda one: any(test(one) for test in tests)


def _test(wanted: Filter) -> Callable[[Described], bool]:
    value = wanted.value.casefold()
    match wanted.name:
        case "type":
            kinds = KINDS.get(value.removesuffix("s"), KINDS.get(value, frozenset({value})))
            return lambda one: one.document.kind in kinds or _suffix(one.document) == value
        case "tag":
            return lambda one: value in {tag.casefold() for tag in one.document.tags}
        case "folder":
            return lambda one: _lies_in(one, value)
        case "author":
            return lambda one: any(
                value in said.value.casefold() for said in one.properties if said.name in _AUTHORS
            )
        case "date":
            first, last = _span(wanted.value)
            return lambda one: first <= _made(one) <= last
        case "added":
            first, last = _span(wanted.value)
            return lambda one: first <= _added(one) <= last
        case _ if set(value) & set("*?"):
            return lambda one: fnmatchcase(one.document.name.casefold(), value)
        case _:
            part = _squeezed(value)
            return lambda one: (
                bool(part)
                and any(
                    part in _squeezed(name) for name in (one.document.name, one.document.file_name)
                )
            )


def _squeezed(text: str) -> str:
    """Letters and digits alone: “10-K” and “10K”, “annual report” and “Annual_Report” are one."""
    return _NO_WORD.sub("", text.casefold())


def _suffix(document: Document) -> str:
    return (document.file_name or document.name).casefold().rpartition(".")[2]


def _lies_in(one: Described, value: str) -> bool:
    if value in {name.casefold() for name in one.document.collections}:
        return True
    wanted = value.strip("/\\").replace("\\", "/")
    for path in one.paths:
        folder = path.replace("\\", "/").casefold().rpartition("/")[0]
        if f"/{wanted}/" in f"/{folder.strip('/')}/":
            return True
    return False


def _made(one: Described) -> datetime.date:
    """When a document says it was made; otherwise when it was added."""
    for name in _DATES:
        for said in one.properties:
            if said.name == name and (day := _day_in(said.value)) is not None:
                return day
    return _added(one)


def _added(one: Described) -> datetime.date:
    """The day here, as the documents page shows it."""
    added = datetime.datetime.fromtimestamp(one.document.added_at, datetime.UTC)
    return added.astimezone().date()


def _day_in(text: str) -> datetime.date | None:
    found = _WRITTEN.search(text) or _NUMBERED.search(text)
    if found is None:
        return None
    month = _MONTHS.get(found["m"]) or int(found["m"])
    try:
        return datetime.date(int(found["y"]), month, int(found["d"]))
    except ValueError:
        return None


def _span(value: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that a value of ``date:`` means."""
    first, dots, last = value.partition("..")
    if not dots:
        return _days(value, value)
    if not (first or last):
        raise NoDate(value=value)
    begin = _days(first, value)[0] if first else datetime.date.min
    end = _days(last, value)[1] if last else datetime.date.max
    if begin > end:
        raise NoDate(value=value)
    return begin, end


def _days(text: str, whole: str) -> tuple[datetime.date, datetime.date]:
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month = int(found["y"]), int(found["m"] or 0)
        if found["d"]:
            day = datetime.date(year, month, int(found["d"]))
            return day, day
        if found["q"]:
            end = 3 * int(found["q"])
            last = calendar.monthrange(year, end)[1]
            return datetime.date(year, end - 2, 1), datetime.date(year, end, last)
        last = calendar.monthrange(year, month or 12)[1]
        return datetime.date(year, month or 1, 1), datetime.date(year, month or 12, last)
    except ValueError:
        raise NoDate(value=whole) from None
