"""Which documents meet the conditions of a query. Must not know where documents are stored."""

from __future__ import annotations

import calendar
import datetime
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice
from typing import Final

import regex

from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.labels import LabelKind
from carrel.domain.searching import Filed, Filter
from carrel.language.folding import fold

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
    "archive": frozenset({"zip", "7z", "tar", "gz", "bz2", "xz"}),
    "jpg": frozenset({"jpeg", "jpg"}),
    "tif": frozenset({"tiff"}),
    "htm": frozenset({"html"}),
    "markdown": frozenset({"md"}),
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
_Days = tuple[datetime.date, datetime.date]
"""The first and the last day of a span."""
_Folders = tuple[str, ...]
_Test = Callable[[Filed], bool]

MAX_PLACES: Final = 64
"""Places of one document whose folders count; files that lie in more are copies of a logo."""

PARSED: Final = 65_536
"""Dates whose meaning is remembered, some 200 bytes each: most documents share theirs."""

_COMPACT: Final = regex.compile(r"\s*(?P<y>[12][0-9]{3})(?P<m>[01][0-9])(?P<d>[0-3][0-9])(?![0-9])")
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


def properties_of(names: Collection[str]) -> tuple[str, ...]:
    """What of all that documents say of themselves conditions of these names look at."""
    return (*(_AUTHORS if "author" in names else ()), *(_DATES if "date" in names else ()))


def fitting(
    filed: Mapping[DocumentId, Filed], filters: Sequence[Filter], scope: Collection[DocumentId]
) -> tuple[DocumentId, ...]:
    """The documents that meet all conditions.

    Of several with one name one is enough, but all tags must be there; documents that meet one
    that is excluded are left out.

    Args:
        filed: all documents, containers among them.
        scope: only these; all but old ones when there are none.

    Raises:
        NoDate: a value of ``date:`` is none.
        NothingFits: no document does; names the conditions that none meets by itself, if any.
    """
    around = _Around(filed)
    tests = [_any_of([_test(one, value, around) for value in one.values]) for one in filters]
    wanted: dict[str, list[_Test]] = {}
    unwanted: list[_Test] = []
    for at, (one, test) in enumerate(zip(filters, tests, strict=True)):
        if one.excluded:
            unwanted.append(test)
        else:
            wanted.setdefault(f"tag {at}" if one.name == "tag" else one.name, []).append(test)
    needed = [_any_of(several) for several in wanted.values()]
    chosen = frozenset(scope)
    left = [one for one in filed.values() if (one.id in chosen if chosen else not one.old)]
    found = tuple(
        one.id
        for one in left
        if all(test(one) for test in needed) and not any(test(one) for test in unwanted)
    )
    if not found:
        blamed = [
            one
            for one, test in zip(filters, tests, strict=True)
            if all(test(document) is one.excluded for document in left)
        ]
        raise NothingFits(filters=" ".join(f"“{one.words}”" for one in blamed or filters))
    return found


def _any_of(tests: Sequence[_Test]) -> _Test:
    return tests[0] if len(tests) == 1 else lambda one: any(test(one) for test in tests)


def _test(wanted: Filter, value: str, around: _Around) -> _Test:
    value = value.casefold()
    match wanted.name:
        case "type":
            value = value.removeprefix(".")
            kinds = KINDS.get(value.removesuffix("s"), KINDS.get(value, frozenset({value})))
            return lambda one: one.kind in kinds or _suffix(one) == value
        case "tag":
            return lambda one: around.is_labelled(one, (LabelKind.TAG, value))
        case "folder":
            parts, label = _folded(value), (LabelKind.COLLECTION, value)
            known: dict[str, bool] = {}
            return lambda one: around.is_labelled(one, label) or around.is_under(one, parts, known)
        case "author":
            return lambda one: any(
                name in _AUTHORS and value in said.casefold() for name, said in one.properties
            )
        case "date":
            span = _span(value)
            return lambda one: _meet(span, _made(one))
        case "added":
            first, last = _span(value)
            return lambda one: first <= _added(one) <= last
        case _ if set(value) & set("*?"):
            return lambda one: fnmatchcase(one.name.casefold(), value)
        case _:
            part = _squeezed(value)
            return lambda one: (
                bool(part) and (part in _squeezed(one.name) or part in _squeezed(one.file_name))
            )


class _Around:
    """Documents with all they lie in: what is said of a mail holds for its attachments."""

    def __init__(self, filed: Mapping[DocumentId, Filed]) -> None:
        self._filed = filed
        self._known: dict[DocumentId, tuple[_Folders, ...]] = {}
        self._split: dict[str, _Folders] = {}

    def is_labelled(self, document: Filed, label: tuple[str, str]) -> bool:
        """Whether a label is on a document or on anything it lies in."""
        if label in document.labels or not document.inside:
            return label in document.labels
        seen = {document.id}
        waiting = [document]
        while waiting:
            one = waiting.pop()
            if label in one.labels:
                return True
            for container, _ in one.inside:
                if container not in seen and container in self._filed:
                    seen.add(container)
                    waiting.append(self._filed[container])
        return False

    def is_under(self, document: Filed, wanted: _Folders, known: dict[str, bool]) -> bool:
        """Whether a document lies anywhere under these folders, which follow each other.

        Args:
            known: folders on the disk of which this is known; the others are added.
        """
        if document.inside:
            return any(_runs_through(one, wanted) for one in self._folders(document))
        for folder in document.folders:
            if folder not in known:
                known[folder] = _runs_through(self._parts(folder), wanted)
            if known[folder]:
                return True
        return False

    def _folders(self, document: Filed) -> tuple[_Folders, ...]:
        """The folders above a document; a container is one for what lies inside."""
        if not document.inside:
            return tuple(map(self._parts, document.folders))
        known = self._known.get(document.id)
        if known is not None:
            return known
        self._known[document.id] = ()  # containers never hold themselves
        found = dict.fromkeys(map(self._parts, document.folders))
        for container, path in document.inside:
            holder = self._filed.get(container)
            if holder is not None:
                inside = (*_folded(holder.name), *self._parts(path.rpartition("/")[0]))
                found |= dict.fromkeys((*one, *inside) for one in self._folders(holder) or ((),))
        known = self._known[document.id] = tuple(islice(found, MAX_PLACES))
        return known

    def _parts(self, folder: str) -> _Folders:
        known = self._split.get(folder)
        if known is None:
            known = self._split[folder] = _folded(folder)
        return known


def _runs_through(folders: _Folders, wanted: _Folders) -> bool:
    many = len(wanted)
    return bool(wanted) and any(
        wanted == folders[at : at + many] for at in range(len(folders) - many + 1)
    )


def _folded(path: str) -> _Folders:
    parts = fold(path, case=True).text.replace("\\", "/").split("/")
    return tuple(part for part in parts if part)


def _squeezed(text: str) -> str:
    """Letters and digits alone: “10-K” and “10K”, “annual report” and “Annual_Report” are one."""
    return "".join(filter(str.isalnum, text.casefold()))


def _suffix(one: Filed) -> str:
    return one.file_name.casefold().rpartition(".")[2]


def _made(one: Filed) -> _Days:
    """The days in which a document says it was made; otherwise when it was added."""
    for wanted in _DATES if one.properties else ():
        for name, said in one.properties:
            if name == wanted and (days := _days_in(said)) is not None:
                return days
    added = _added(one)
    return added, added


def _meet(one: _Days, other: _Days) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _added(one: Filed) -> datetime.date:
    """The day here, as the documents page shows it."""
    return datetime.date(*time.localtime(one.added_at)[:3])


@lru_cache(PARSED)
def _days_in(text: str) -> _Days | None:
    found = _WRITTEN.search(text) or _NUMBERED.search(text) or _COMPACT.match(text)
    try:
        if found is None:  # a book that tells only its year
            return _days(text.strip(), text) if _DAY.fullmatch(text.strip()) else None
        month = _MONTHS.get(found["m"]) or int(found["m"])
        day = datetime.date(int(found["y"]), month, int(found["d"]))
    except (ValueError, NoDate):
        return None
    return day, day


def _span(value: str) -> _Days:
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


def _days(text: str, whole: str) -> _Days:
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
