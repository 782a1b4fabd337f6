"""Dates in the sentences of a document, with what is said of each and how sure it is.

Works on the text as it stands, so that places need no way back. Pure; must not know timelines.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final, NamedTuple

import regex

from carrel.domain.documents import Span
from carrel.domain.facts import Order, When
from carrel.language.months import MONTH_NAME, MONTHS

OLDEST: Final = 1500
NEWEST: Final = 2199
"""Years; other numbers of four digits are quantities."""

SHORT_YEARS_UNTIL: Final = 69
"""The last two digits of a year that belong to this century, as POSIX reads them: ``FY69``."""

_YEAR: Final = r"(?<!\d)(?:1[5-9]|2[01])\d\d(?![\p{L}\d])"
_DAY: Final = r"(?<![\p{L}\d.,/-])(?P<day>[0-3]?\d)(?:\.|st|nd|rd|th|er|-?го)?"
_RANGE: Final = (
    r"(?:\s?[-–—/]\s?[0-3]?\d(?:\.|st|nd|rd|th)?|\s(?:and|und|et|y|to|bis)\s[0-3]?\d\.?)?"
)
_OF: Final = r"\s(?:(?:day\s)?of\s|de\s|do\s)?"
_FISCAL: Final = (
    r"(?:fiscal(?:\syears?)?|FY|financial\syears?|Geschäftsjahr(?:e?s)?|GJ|exercices?(?:\sfiscal)?"
    r"|ejercicios?|année\sfiscale|финансов\p{L}+\sгод\p{L}*|экономический\sгод)"
)
_ORDINAL: Final = {
    **dict.fromkeys(("first", "ersten", "erstes", "premier", "primer", "первый", "первом"), 1),
    **dict.fromkeys(("i", "1st", "1er", "1-й", "1-м"), 1),
    **dict.fromkeys(("second", "zweiten", "zweites", "deuxième", "segundo", "второй", "втором"), 2),
    **dict.fromkeys(("ii", "2nd", "2e", "2-й", "2-м"), 2),
    **dict.fromkeys(("third", "dritten", "drittes", "troisième", "tercer", "третий", "третьем"), 3),
    **dict.fromkeys(("iii", "3rd", "3e", "3-й", "3-м"), 3),
    **dict.fromkeys(("fourth", "vierten", "viertes", "quatrième", "cuarto", "четвертый"), 4),
    **dict.fromkeys(("iv", "4th", "4e", "4-й", "4-м", "четвёртый", "четвертом", "четвёртом"), 4),
}
_ORDINALS: Final = "|".join(sorted(map(regex.escape, _ORDINAL), key=len, reverse=True))
_BEFORE_YEARS: Final = (
    "in|by|since|until|till|during|before|after|from|through|circa|around|as early as|as late as"
    "|im Jahre?|seit|bis|ab|vor|nach|Anfang|Mitte|Ende|en|depuis|jusqu'en|jusqu’en|dès|avant|après"
    "|desde|hasta|a partir de|antes de|después de|durante|em|nel|dal"
    "|в|с|до|после|к"
)

_COUNTED: Final = (
    "dollars?|euros?|notes?|bonds?|shares?|units?|hours?|days|people|employees|stores?|countries"
    "|locations?|met(?:er|re)s?|feet|miles|km|kg|MW|cases|prices|Stück|Mitarbeiter\\p{L}*|Tagen?"
    "|Stunden|employés|empleados|сотрудник\\p{L}*|Euro"
)
"""What is counted: ``by 2000 employees`` is no year."""

_DATE: Final = regex.compile(
    rf"{_DAY}{_RANGE}{_OF}?(?P<month>{MONTH_NAME}),?(?:\s(?:de\s|del\s)?)(?P<year>{_YEAR})"
    rf"|(?<![\p{{L}}\d])(?P<month>{MONTH_NAME})\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
    rf"(?:\s?[-–—]\s?[0-3]?\d)?(?:,\s?|\s)(?P<year>{_YEAR})"
    rf"|(?<![\p{{L}}\d])(?P<month>{MONTH_NAME}),?\s(?:of\s|de\s|del\s)?(?P<year>{_YEAR})"
    r"|(?<![\p{L}\d./-])(?P<year>(?:1[5-9]|2[01])\d\d)-(?P<number>\d\d)-(?P<day>\d\d)"
    r"(?=T\d\d:|(?![\p{L}\d-]))"
    r"|(?<![\p{L}\d./-])(?P<year>(?:1[5-9]|2[01])\d\d)/(?P<number>\d\d?)/(?P<day>\d\d?)(?![\d/])"
    r"|(?<![\p{L}\d./,-])(?P<first>\d\d?)(?P<mark>[./-])(?P<second>\d\d?)(?P=mark)"
    r"(?P<year>(?:1[5-9]|2[01])\d\d)(?![\d/])"
    r"|(?<=\b(?:am|vom|bis|zum|ab|seit|dated|datée?\sdu|du|от|le)\s)"
    r"(?P<first>\d\d?)(?P<mark>\.)(?P<second>\d\d?)\.(?P<short>\d\d)(?![\d.])"
    r"|(?P<year>(?:1[5-9]|20)\d\d)\s?年\s?(?P<number>\d\d?)\s?月(?:\s?(?P<day>\d\d?)\s?日)?"
    rf"|(?<![\p{{L}}\d])(?:Q|T)(?P<quarter>[1-4])(?:,?\s(?:of\s|{_FISCAL}\s)?|[’'/-]?)"
    rf"(?P<year>{_YEAR})"
    r"|(?<![\p{L}\d])(?P<quarter>[1-4])Q\s?(?:(?P<year>(?:19|20)\d\d)|[’']?(?P<short>\d\d))"
    r"(?![\p{L}\d])"
    r"|(?<![\p{L}\d])Q(?P<quarter>[1-4])\s?(?:[’'](?P<short>\d\d)|(?P<fy>FY)\s?[’']?(?P<short>\d\d))"
    r"(?![\p{L}\d])"
    rf"|(?<![\p{{L}}\d/-])(?P<year>{_YEAR})[\s/-]?Q(?P<quarter>[1-4])(?![\p{{L}}\d])"
    rf"|(?<![\p{{L}}\d])(?P<ordinal>{_ORDINALS}|(?P<quarter>[1-4])\.)"
    rf"\s(?:fiscal\s)?(?:quarter|quartals?|trimestre|квартал\p{{L}}*)(?:,?\s(?:of|de|du|del|des)"
    rf"(?:\s(?:the\s)?(?:year|année|Jahres))?)?\s(?P<fiscal>{_FISCAL}\s)?(?P<year>{_YEAR})"
    rf"|(?<![\p{{L}}\d])(?P<fiscal>{_FISCAL})(?:\s(?:of|de)\s|\s?)(?P<year>{_YEAR})"
    r"|(?<![\p{L}\d])(?P<fy>FY)\s?[’']?(?P<short>\d\d)(?![\p{L}\d])"
    rf"|(?<![\p{{L}}\d])(?P<year>{_YEAR})\s(?P<fiscal>fiscal|financial)\syear"
    r"|(?<![\p{L}\d./-])(?P<year>(?:19|2[01])\d\d)-(?P<number>0[1-9]|1[0-2])(?![\p{L}\d/-]|\.\d)"
    r"|(?<![\p{L}\d./-])(?P<number>0[1-9]|1[0-2])(?P<stroke>[/.])(?P<year>(?:19|20)\d\d)(?![\d/])"
    rf"|(?<![\p{{L}}\d])(?:{_BEFORE_YEARS})\s(?P<bare>(?P<year>(?:1[89]|20)\d\d))"
    rf"(?![\p{{L}}\d/%:-]|[.,]\d|\s?[%€$£]|\s(?:{_COUNTED})(?!\p{{L}}))",
    regex.VERSION1 | regex.IGNORECASE,
)
_HAS_YEAR: Final = regex.compile(
    r"(?:1[5-9]|2[01])\d\d|FY\s?[’']?\d\d|Q[1-4]\s?[’'F]|[1-4]Q|\.\d\d?\.\d\d", regex.IGNORECASE
)


class Found(NamedTuple):
    """A date in a text.

    Attributes:
        span: code points of the text.
        swapped: read the other way round, where either order is possible.
        style: ``dm`` or ``md`` where numbers show their order, else empty.
    """

    span: Span
    when: When
    swapped: When | None = None
    style: str = ""


def dates_in(text: str) -> list[Found]:
    """The dates of a text, in order; those no calendar has are left out."""
    if not _HAS_YEAR.search(text):
        return []
    found = []
    for match in _DATE.finditer(text):
        one = _found(match)
        if one is not None:
            found.append(one)
    return found


def settled(found: Found, styles: Iterable[str]) -> tuple[When, Order, When | None]:
    """What a date means in a document.

    Args:
        found: the date.
        styles: orders of day and month that the document's other dates show.

    Returns:
        The date, how sure its order is, and the other reading where it is ambiguous.
    """
    if found.swapped is None:
        return found.when, Order.PLAIN, None
    seen = set(styles) - {""}
    if seen == {"dm"}:
        return found.when, Order.DECIDED, None
    if seen == {"md"}:
        return found.swapped, Order.DECIDED, None
    early, late = sorted((found.when, found.swapped))
    return early, Order.AMBIGUOUS, late


def _found(match: regex.Match[str]) -> Found | None:
    named = match.groupdict()
    year = int(named["year"]) if named["year"] else _long_year(int(named["short"]))
    fiscal = bool(named["fiscal"] or named["fy"])
    start = match.start("bare") if named["bare"] else match.start()
    span = Span(start, match.end() - (match[0][-1] in ".,"))
    if named["first"]:
        return _numeric(span, year, int(named["first"]), int(named["second"]), named["mark"])
    quarter = int(named["quarter"] or 0)
    if named["ordinal"] and not quarter:
        quarter = _ORDINAL[named["ordinal"].lower()]
    month = int(named["number"] or 0)
    if named["month"]:
        month = MONTHS[named["month"].lower().rstrip(".")]
    if named["number"] and not named["day"] and not named["stroke"] and _may_be_years(match[0]):
        return None
    if (named["day"] and not int(named["day"])) or (named["number"] and not month):
        return None
    when = _when(When(year, month, int(named["day"] or 0), quarter, fiscal))
    return Found(span, when) if when is not None else None


def _numeric(span: Span, year: int, first: int, second: int, mark: str) -> Found | None:
    """A date in numbers: with points the day comes first, with strokes and dashes either may."""
    plain, swapped = _when(When(year, second, first)), _when(When(year, first, second))
    if not (first and second):
        return None
    if mark == ".":
        return Found(span, plain) if plain else None
    if plain and swapped:
        return Found(span, plain, swapped if plain != swapped else None)
    if plain:
        return Found(span, plain, style="dm")
    return Found(span, swapped, style="md") if swapped else None


def _when(wanted: When) -> When | None:
    """None when no calendar has it."""
    try:
        datetime.date(wanted.year, wanted.month or 1, wanted.day or 1)
    except ValueError:
        return None
    return wanted if OLDEST <= wanted.year <= NEWEST else None


def _may_be_years(text: str) -> bool:
    """Whether ``2009-10`` may be read as two years."""
    match = regex.match(r"\d\d(\d\d)-(\d\d)", text)
    return match is not None and int(match[2]) > int(match[1])


def _long_year(short: int) -> int:
    return short + (2000 if short <= SHORT_YEARS_UNTIL else 1900)
