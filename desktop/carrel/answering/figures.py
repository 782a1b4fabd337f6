"""Figures and dates of a text as values, whatever way they are written.

``1,577 million``, ``$1.577bn`` and ``1 577 000 000`` are one value; ``(4.2) %`` is minus 4.2
per cent. Pure; must not know answers or sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

import regex

from carrel.language.folding import fold
from carrel.language.months import MONTH_NAME, MONTHS
from carrel.language.numbers import normal_number

MAX_DIGITS: Final = 30
"""Digits of one figure; a longer run is a key or an account, and is no quantity."""

_SCALE_WORDS: Final[dict[int, str]] = {
    2: "hundred",
    3: "thousand thousands tausend tsd mille milliers miles mila тысяч тысяча тыс bin",
    4: "万 萬 만",
    6: "million millions millionen mio mn mln millones milhões milioni миллион миллионов млн"
    " milyon",
    8: "億 亿 억",
    9: "billion billions milliarde milliarden mrd milliard milliards mld bn bln миллиард"
    " миллиардов млрд milyar",
    12: "trillion trillions tn trn billionen bio триллион триллионов трлн",
}
_SCALES: Final = {word: power for power, words in _SCALE_WORDS.items() for word in words.split()}
_MONEY_SCALES: Final = {"k": 3, "m": 6, "mm": 6, "b": 9}
"""After an amount of money only: ``240 m`` are metres."""

_PERCENT: Final = frozenset(
    ["%", "percent", "pct", "prozent", "pourcent", "percentage", "процентов", "процента", "процент"]
)
_POINTS: Final = frozenset(("bp", "bps", "basispoints", "basispoint", "basispunkte"))
_SHARE_POINTS: Final = frozenset(("pp", "percentagepoints", "percentagepoint", "prozentpunkte"))
_CURRENCIES: Final = {
    "$": "$", "us$": "$", "usd": "$", "dollar": "$", "dollars": "$", "€": "€", "eur": "€",
    "euro": "€", "euros": "€", "£": "£", "gbp": "£", "pounds": "£", "¥": "¥", "jpy": "¥",
    "yen": "¥", "cny": "¥", "rmb": "¥", "chf": "CHF", "₽": "₽", "₹": "₹", "inr": "₹",
}  # fmt: skip

_WORDS_AFTER: Final = sorted(
    {*_SCALES, *_MONEY_SCALES, *_CURRENCIES, *_PERCENT, *_POINTS, "pp"}, key=len, reverse=True
)
_FIGURE: Final = regex.compile(
    r"(?P<open>\()?"
    r"(?P<before>(?i:us\$|usd|eur|gbp|chf|jpy|cny|inr)(?= ?-?[0-9])|[$€£¥₹₽])? ?"
    r"(?P<sign>(?<![\p{L}\p{N})\]])-[$€£¥]?)?"
    r"(?<![\p{L}\p{N}.,'])(?P<number>[0-9]++(?:[.,'][0-9]++)*+)"
    r"(?P<close>\))?"
    r"(?:(?P<points> ?(?i:percentage points?|basis points?|prozentpunkte[n]?|basispunkte[n]?))"
    r"|(?P<after>(?:[ -]?(?i:per cent|"
    + "|".join(regex.escape(word) for word in _WORDS_AFTER)
    + r")(?![\p{L}\p{N}])(?<![$€£¥₹₽](?= ?[0-9(-]))\.?){1,2})"
    r"|(?P<times> ?(?:x|×|times|-fold|fold)(?![\p{L}\p{N}])))?"
    r"(?P<ordinal>(?i:st|nd|rd|th)(?![\p{L}]))?",
    regex.VERSION1,
)
_GROUPED: Final = regex.compile(r"(?<=[0-9])[\u00a0\u202f\u2009](?=[0-9]{3}(?![0-9]))")
_POINTED: Final = regex.compile(r"[0-9]{1,3}[.][0-9]{3}\Z")
_YEAR: Final = regex.compile(r"(?:1[5-9]|20)[0-9]{2}\Z")
_FISCAL: Final = regex.compile(r"(?i)\bfy ?'?([0-9]{2}|[0-9]{4})(?:q[1-4])?\b")
_SCALED_PAGE: Final = regex.compile(
    r"(?i)\b(?:in|amounts in|en|expressed in|angaben in|\$|usd|eur|€) ?"
    r"(?:[$€£] ?|us ?|usd ?|eur ?)?"
    r"(?P<word>thousands?|millions?|billions?|tausend|tsd|mio|mrd|millionen|milliarden|milliers"
    r"|millones|миллионах|тысячах)\b"
    r"|\((?:[^()\n]{0,30}\b)?(?P<word>thousands|millions|billions)\b"
    r"|(?<![\p{L}])(?P<kilo>teur|t€|k€|k\$|\$ ?000s?|€ ?000s?|'000s?)(?![\p{L}\p{N}])"
)
_PAGE_SCALES: Final = {"миллионах": 6, "тысячах": 3, "thousand": 3, "million": 6, "billion": 9}

_DATE: Final = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?:"
    rf"(?P<day>[0-9]{{1,2}})(?:\.|st|nd|rd|th)? (?:of |de )?(?P<month>{MONTH_NAME})"
    rf",? (?:de )?(?P<year>[0-9]{{4}})(?![0-9])"
    rf"|(?P<month>{MONTH_NAME}) (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?, ?"
    rf"(?P<year>[0-9]{{4}})(?![0-9])"
    rf"|(?P<month>{MONTH_NAME}) (?:of |de )?(?P<year>[0-9]{{4}})(?![0-9])"
    rf"|(?P<year>(?:1[5-9]|20)[0-9]{{2}})-(?P<number>[0-9]{{2}})-(?P<day>[0-9]{{2}})(?![0-9-])"
    rf"|(?P<first>[0-9]{{1,2}})(?P<mark>[./])(?P<second>[0-9]{{1,2}})(?P=mark)"
    rf"(?P<year>(?:1[5-9]|20)[0-9]{{2}})(?![0-9])"
    rf"|(?P<year>(?:1[5-9]|20)[0-9]{{2}})年(?P<number>[0-9]{{1,2}})月(?:(?P<day>[0-9]{{1,2}})日)?"
    rf")",
    regex.VERSION1 | regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what stands around it.

    Attributes:
        text: as written, with its unit.
        start, end: code points of the text it was found in.
        number: as written, without its unit; ``mantissa`` is its value.
        scale: power of ten that a word such as million multiplies it by; 0 without one.
        unit: ``%``, ``pp``, ``bp``, ``x``, a currency, or empty.
        places: digits behind the point.
    """

    text: str
    start: int
    end: int
    number: str
    mantissa: Decimal
    scale: int = 0
    unit: str = ""
    places: int = 0

    @property
    def value(self) -> Decimal:
        """With its scale."""
        return self.mantissa.scaleb(self.scale)

    @property
    def step(self) -> Decimal:
        """How much its last digit counts."""
        return Decimal(1).scaleb(self.scale - self.places)

    @property
    def is_year(self) -> bool:
        """Whether it reads as a year."""
        return not self.unit and not self.scale and bool(_YEAR.match(self.number))

    @property
    def other_value(self) -> Decimal | None:
        """What ``1.577`` means where the point parts thousands; None elsewhere."""
        return self.value * 1000 if _POINTED.match(self.number) else None


@dataclass(frozen=True, slots=True)
class DateFound:
    """A date in a text.

    Attributes:
        day: 0 where only month and year are named.
        swapped: the month, read as the day; 0 where the order is plain.
    """

    text: str
    start: int
    end: int
    year: int
    month: int
    day: int
    swapped: int = 0

    def agrees(self, other: "DateFound") -> bool:
        """Whether both may mean one day, or the same month where one names no day."""
        if self.year != other.year:
            return False
        return any(
            month == that and (not day or not another or day == another)
            for month, day in self.readings
            for that, another in other.readings
        )

    @property
    def readings(self) -> list[tuple[int, int]]:
        """Month and day, in each order they may be meant in."""
        plain = [(self.month, self.day)]
        return [*plain, (self.day, self.month)] if self.swapped else plain


@lru_cache(maxsize=64)
def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in order; those inside of dates are left out."""
    folded = fold(_GROUPED.sub("'", text))
    taken = [(found.start, found.end) for found in dates(text)]
    found: list[Figure] = []
    for match in _FIGURE.finditer(folded.text):
        start, _ = folded.original(*match.span("number"))
        if any(low <= start < high for low, high in taken):
            continue
        figure = _figure(match, text, folded.original(*match.span()), start)
        if figure is not None:
            found.append(figure)
    for match in _FISCAL.finditer(folded.text):
        digits = match[1] if len(match[1]) == 4 else f"20{match[1]}"
        place = folded.original(*match.span())
        found.append(Figure(match[0], place.start, place.end, digits, Decimal(digits)))
    return tuple(sorted(found, key=lambda one: one.start))


def _figure(
    match: "regex.Match[str]", text: str, place: tuple[int, int], start: int
) -> Figure | None:
    number = normal_number(match["number"])
    if not regex.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number) or len(number) > MAX_DIGITS:
        return None
    scale, unit = _around(match)
    low = place[0] if match["open"] and match["close"] else _without_bracket(text, place[0])
    end = place[1]
    mantissa = Decimal(number)
    if match["sign"] or (match["open"] and match["close"]):
        mantissa = -mantissa
    words = " ".join(text[low:end].split()).rstrip(" .")
    if match["close"] and not match["open"]:
        words = words.replace(")", "")
    *_, last = regex.split("[.,']", match["number"])
    grouped = regex.sub("[.,']", "", match["number"]).lstrip("0") == number.lstrip("0")
    places = 0 if grouped else len(last)
    return Figure(words, min(low, start), end, match["number"], mantissa, scale, unit, places)


def _without_bracket(text: str, at: int) -> int:
    return at + 1 if text[at : at + 1] == "(" else at


def _around(match: "regex.Match[str]") -> tuple[int, str]:
    """The power of ten and the unit that the words beside a number say."""
    scale, unit = 0, _CURRENCIES.get((match["before"] or "").lower().replace(" ", ""), "")
    if not unit and match["sign"] and match["sign"][-1] in _CURRENCIES:
        unit = _CURRENCIES[match["sign"][-1]]
    if match["points"]:
        said = match["points"].lower().replace(" ", "").rstrip("n")
        return 0, "bp" if said.startswith("basis") else "pp"
    if match["times"]:
        return 0, "x"
    after = (match["after"] or "").lower().replace("per cent", "percent")
    for raw in regex.findall(r"%|[$€£¥₹₽]|[\p{L}$]+", after):
        word = raw.strip(".")
        if word in _SCALES:
            scale = _SCALES[word]
        elif word in _PERCENT:
            unit = "%"
        elif word in _POINTS:
            unit = "bp"
        elif word in _SHARE_POINTS:
            unit = "pp"
        elif word in _CURRENCIES:
            unit = unit or _CURRENCIES[word]
        elif word in _MONEY_SCALES and unit:
            scale = _MONEY_SCALES[word]
    return scale, unit


@lru_cache(maxsize=64)
def dates(text: str) -> tuple[DateFound, ...]:
    """The dates of a text, in order."""
    folded = fold(text)
    found: list[DateFound] = []
    for match in _DATE.finditer(folded.text):
        named = match.groupdict()
        swapped = 0
        if named["month"]:
            month = MONTHS[named["month"].lower().rstrip(".")]
            day = int(named["day"] or 0)
        elif named["number"]:
            month, day = int(named["number"]), int(named["day"] or 0)
        else:
            first, second = int(named["first"]), int(named["second"])
            # With points the day comes first; with strokes either may.
            day, month = (first, second) if named["mark"] == "." else (second, first)
            if named["mark"] == "/" and month > 12:
                day, month = month, day
            elif named["mark"] == "/" and day <= 12 and day != month:
                swapped = day
        if not 1 <= month <= 12 or day > 31:
            continue
        place = folded.original(*match.span())
        words = " ".join(text[place.start : place.end].split())
        found.append(
            DateFound(words, place.start, place.end, int(named["year"]), month, day, swapped)
        )
    return tuple(found)


@lru_cache(maxsize=64)
def page_scales(text: str) -> frozenset[int]:
    """The powers of ten that a page says its tables are in, as ``(in millions)`` does."""
    found: set[int] = set()
    for match in _SCALED_PAGE.finditer(fold(text).text):
        if match["kilo"]:
            found.add(3)
            continue
        word = match["word"].lower()
        found.add(_PAGE_SCALES.get(word) or _SCALES.get(word) or _SCALES.get(word.rstrip("s"), 0))
    return frozenset(found - {0})


def same_unit(one: Figure, other: Figure) -> bool:
    """Whether two figures may count the same: equal units, or one says none."""
    return not one.unit or not other.unit or one.unit == other.unit


def plain(value: Decimal) -> str:
    """A value as one would write it: ``1,577.5``."""
    shown = f"{value.normalize():,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def written(figure_list: Sequence[Figure], join: str) -> str:
    """Figures as they stand, joined."""
    return join.join(figure.text for figure in figure_list)
