"""Numbers as a spreadsheet shows them: its format codes, in the English (US) manner.

ECMA-376 part 1, 18.8.30 and 18.8.31. Separators are those of English, because a
file does not say in which country it will be opened. Must not know cells.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import Final

MAX_CODE: Final = 255
"""Code points of a format; programs take no longer ones."""

MAX_PLACES: Final = 30
"""Digits after the point that are shown; programs stop there."""

MAX_SCALES: Final = 10
"""Signs of percent, or commas that divide by a thousand, that count; real formats have one."""

_EXACT: Final = Context(prec=400)
"""Room for all digits of the largest number, scaled, with its places."""

LAST_SERIAL: Final = 2_958_466.0
"""Days: the first that is no date any more (1 January 10000)."""

GENERAL: Final = "General"

BUILT_IN: Final = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)", 41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Formats every file may name without spelling them out."""

_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<clock>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+|b+|e+|g+)|(?P<digits>[0#?]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\Z")
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August",
                  "September", "October", "November", "December")  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None
    is_date: bool


def shown(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as the cell shows it.

    Args:
        code: format code; an unknown or damaged one shows the number as it is.
        from_1904: whether days count from 1904, as old Macintosh files do.
    """
    sections = _sections(code)
    if not sections:
        return general(value)
    section, unsigned = _chosen(sections, value)
    if section.is_date:
        if value < 0 or value >= LAST_SERIAL:
            return general(value)
        return _date(section, value, from_1904=from_1904)
    return _number(section, abs(value) if unsigned else value)


def is_date(code: str) -> bool:
    """Whether numbers of this format are dates, times or spans of time."""
    sections = _sections(code)
    return bool(sections) and sections[0].is_date


def shows_text(text: str, code: str) -> str:
    """A text in a cell of this format: what stands around ``@``, if the format has a place."""
    sections = _sections(code)
    last = sections[-1] if sections else None
    if last is None or not any(token.kind == "text" for token in last.tokens):
        return text
    parts = [
        text if token.kind == "text" else _literal(token)
        for token in last.tokens
    ]  # fmt: skip
    return "".join(parts).strip() or text


def moment(value: float, *, from_1904: bool = False) -> datetime | None:
    """The moment a serial number of days means; None if it is no date of this calendar."""
    if not 0 <= value < LAST_SERIAL:
        return None
    # 1900 is a leap year to spreadsheets: days before its 29 February lie one off.
    first = (1904, 1, 1) if from_1904 else (1899, 12, 31 if value < 60 else 30)
    start = datetime(*first)  # noqa: DTZ001 - sheets know no time zones
    try:
        return start + timedelta(milliseconds=round(value * 86_400_000))
    except OverflowError:
        return None


def iso(value: float, code: str, *, from_1904: bool = False) -> str | None:
    """A date, time or span of time as ISO 8601; None if the number is none of them."""
    tokens = [token for section in _sections(code)[:1] for token in section.tokens]
    if any(token.kind == "elapsed" for token in tokens):
        seconds = value * 86_400
        return span(seconds) if isfinite(seconds) else None
    found = moment(value, from_1904=from_1904)
    if found is None:
        return None
    letters = {token.text[:1].lower() for token in tokens if token.kind == "date"}
    has_day, has_time = bool(letters & set("ydeg")), bool(letters & set("hs"))
    if not has_day and not has_time:
        has_day = True  # months alone
    if has_day and not has_time and not value % 1:
        return found.date().isoformat()
    if not has_day and value < 1:
        return found.time().isoformat()
    return found.isoformat()


def span(seconds: float) -> str:
    """A span of time in ISO 8601, in seconds."""
    return f"PT{general(round(seconds, 3))}S"


def general(value: float) -> str:
    """A number without a format, with the 11 digits a cell has room for."""
    if value == int(value) and abs(value) < 1e11:
        return str(int(value))
    if 1e-4 <= abs(value) < 1e11:
        whole = len(str(int(abs(value))))
        text = f"{value:.{max(0, 10 - whole)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = f"{value:.5E}".partition("E")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').zfill(2)}"


@lru_cache(maxsize=2_000)
def _sections(code: str) -> tuple[_Section, ...]:
    if not code or len(code) > MAX_CODE:
        return ()
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition: tuple[str, float] | None = None
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup or "other"
        text = found[kind]
        if kind == "other" and text == ";":
            sections.append(_section(tokens, condition))
            tokens, condition = [], None
            continue
        if kind == "bracket":
            token, condition = _bracket(text, condition)
            if token is not None:
                tokens.append(token)
        elif kind == "other":
            tokens.append(_Token({"@": "text", "%": "percent", ".": "point", ",": "comma",
                                  "/": "slash"}.get(text, "literal"), text))  # fmt: skip
        elif kind in {"quoted", "escaped"}:
            tokens.append(_Token("literal", text))
        else:
            tokens.append(_Token(kind, text))
    sections.append(_section(tokens, condition))
    return tuple(sections[:4])


def _bracket(
    text: str, condition: tuple[str, float] | None
) -> tuple[_Token | None, tuple[str, float] | None]:
    """A colour (nothing to show), a condition, a currency, or elapsed time."""
    lowered = text.lower()
    if lowered and lowered.strip(lowered[0]) == "" and lowered[0] in "hms":
        return _Token("elapsed", lowered), condition
    if text.startswith("$"):
        return _Token("literal", text[1:].partition("-")[0]), condition
    if found := _CONDITION.match(text):
        return None, (found[1], float(found[2]))
    return None, condition


def _section(tokens: list[_Token], condition: tuple[str, float] | None) -> _Section:
    is_date = any(token.kind in {"date", "clock", "elapsed"} for token in tokens)
    return _Section(tuple(tokens), condition, is_date)


def _chosen(sections: tuple[_Section, ...], value: float) -> tuple[_Section, bool]:
    """The section for a number, and whether it stands for the minus sign by itself."""
    numeric = [s for s in sections if not any(token.kind == "text" for token in s.tokens)]
    if not numeric:
        return sections[0], False
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(section.condition, value):
                return section, section.condition is None and value < 0 and len(numeric) > 1
        return numeric[-1], False
    if value < 0 and len(numeric) > 1:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], False


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "<>": value != limit,
    }[sign]  # fmt: skip


def _literal(token: _Token) -> str:
    match token.kind:
        case "blank":
            return " "
        case "fill":
            return ""
        case "percent" | "literal" | "slash" | "comma" | "point":
            return token.text
    return ""


# ── numbers ─────────────────────────────────────────────────────────────────


def _number(section: _Section, value: float) -> str:
    tokens = section.tokens
    if any(token.kind in {"general", "text"} for token in tokens):
        parts = [
            general(value) if token.kind in {"general", "text"} else _literal(token)
            for token in tokens
        ]
        return "".join(parts).strip()
    digits = [at for at, token in enumerate(tokens) if token.kind == "digits"]
    if not digits:
        return "".join(map(_literal, tokens)).strip()
    first, last = digits[0], digits[-1]
    if any(token.kind == "slash" for token in tokens[first:last]) and len(digits) > 1:
        return _around(tokens, first, last, _fraction(tokens[first : last + 1], value), value)
    exponent = next((at for at, token in enumerate(tokens) if token.kind == "exponent"), None)
    if exponent is not None and first < exponent < last:
        return _around(tokens, first, last, _scientific(tokens, first, exponent, value), value)
    scaled = Decimal(repr(abs(value)))
    percents = sum(token.kind == "percent" for token in tokens)
    scaled *= 100 ** min(percents, MAX_SCALES)
    last, commas = _thousands(tokens, last)
    scaled /= 1000 ** min(commas, MAX_SCALES)
    return _around(tokens, first, last, _decimal(tokens[first : last + 1], scaled), value)


def _thousands(tokens: tuple[_Token, ...], last: int) -> tuple[int, int]:
    """Commas right after the last digit divide by a thousand each."""
    commas = 0
    while last + 1 < len(tokens) and tokens[last + 1].kind == "comma":
        last, commas = last + 1, commas + 1
    return last, commas


def _around(tokens: tuple[_Token, ...], first: int, last: int, body: str, value: float) -> str:
    before = "".join(map(_literal, tokens[:first]))
    after = "".join(map(_literal, tokens[last + 1 :]))
    is_zero = not any(sign in "123456789" for sign in body)
    sign = "-" if value < 0 and not is_zero else ""
    return " ".join(f"{sign}{before.lstrip()}{body}{after}".split())


def _decimal(tokens: tuple[_Token, ...], value: Decimal) -> str:
    """Digits, grouped if there is a comma among them, with literals where they stand."""
    point = next((at for at, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    before = "".join(token.text for token in tokens[:point] if token.kind == "digits")
    after = "".join(token.text for token in tokens[point:] if token.kind == "digits")
    after = after[:MAX_PLACES]
    rounded = value.quantize(Decimal(1).scaleb(-len(after)), ROUND_HALF_UP, _EXACT)
    whole, _, rest = f"{rounded:f}".partition(".")
    whole = whole.lstrip("0").rjust(before.count("0"), "0")
    digit_places = [at for at, token in enumerate(tokens[:point]) if token.kind == "digits"]
    inner = tokens[digit_places[0] : digit_places[-1]] if digit_places else ()
    if any(token.kind == "comma" for token in inner):
        whole = _grouped(whole)
    elif any(token.kind == "literal" for token in inner):
        whole = _interleaved(tokens[:point], whole)
    kept = rest
    for place in reversed(after):
        if place == "0" or not kept.endswith("0"):
            break
        kept = kept[:-1]
    has_point = point < len(tokens)
    tail = "".join(_literal(token) for token in tokens[point:] if token.kind == "literal")
    return f"{whole}.{kept}{tail}" if has_point and (kept or "0" in after) else f"{whole}{tail}"


def _grouped(whole: str) -> str:
    groups = []
    while len(whole) > 3:
        groups.append(whole[-3:])
        whole = whole[:-3]
    return ",".join([whole, *reversed(groups)])


def _interleaved(tokens: tuple[_Token, ...], whole: str) -> str:
    """Digits with literals among them, as in telephone numbers: filled from the right."""
    parts: list[str] = []
    rest = whole
    for token in reversed(tokens):
        if token.kind == "digits":
            count = len(token.text)
            parts.append(rest[-count:] if count <= len(rest) else rest)
            rest = rest[:-count] if count < len(rest) else ""
        else:
            parts.append(_literal(token))
    return rest + "".join(reversed(parts))


def _scientific(tokens: tuple[_Token, ...], first: int, exponent: int, value: float) -> str:
    mantissa_tokens = tokens[first:exponent]
    before = sum(
        len(token.text)
        for token in mantissa_tokens[: next(
            (at for at, token in enumerate(mantissa_tokens) if token.kind == "point"),
            len(mantissa_tokens),
        )]
        if token.kind == "digits"
    )  # fmt: skip
    number = Decimal(repr(abs(value)))
    power = number.adjusted() if number else 0
    step = max(before, 1)
    power = power // step * step if step > 1 else power
    mantissa = _decimal(mantissa_tokens, number.scaleb(-power))
    if mantissa.startswith("10") and step == 1:  # rounded up over a power of ten
        power += 1
        mantissa = _decimal(mantissa_tokens, number.scaleb(-power))
    places = len(tokens[exponent + 1].text) if tokens[exponent + 1].kind == "digits" else 1
    sign = "-" if power < 0 else "+" if tokens[exponent].text.endswith("+") else ""
    return f"{mantissa}E{sign}{str(abs(power)).zfill(places)}"


def _fraction(tokens: tuple[_Token, ...], value: float) -> str:
    """``2 1/3``: the closest fraction with as many digits below as the format has."""
    slash = next(at for at, token in enumerate(tokens) if token.kind == "slash")
    below = next((token.text for token in tokens[slash + 1 :] if token.text.strip()), "?")
    above = [token for token in tokens[:slash] if token.kind == "digits"]
    number = Fraction(Decimal(repr(abs(value))))
    whole = int(number) if len(above) > 1 else 0
    rest = number - whole
    if below.isdecimal() and int(below) > 0:
        top, bottom = round(rest * int(below)), int(below)
    else:
        closest = rest.limit_denominator(10 ** min(len(below), 4) - 1)
        top, bottom = closest.numerator, closest.denominator
    if len(above) > 1 and top == bottom:
        whole, top = whole + 1, 0
    if len(above) > 1 and top == 0:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"


# ── dates ───────────────────────────────────────────────────────────────────


def _date(section: _Section, value: float, *, from_1904: bool) -> str:
    tokens = section.tokens
    places = _second_places(tokens)
    has_seconds = any(t.kind in {"date", "elapsed"} and t.text[0] in "sS" for t in tokens)
    grain = 10**places if has_seconds else 1
    seconds = Fraction(Decimal(repr(value))) * 86_400
    seconds = Fraction(round(seconds * grain), grain)
    found = moment(float(seconds / 86_400), from_1904=from_1904)
    if found is None:
        return general(value)
    twelve = any(token.kind == "clock" for token in tokens)
    parts: list[str] = []
    skip = False
    for at, token in enumerate(tokens):
        if skip:
            skip = False
            continue
        if token.kind == "point" and at + 1 < len(tokens) and tokens[at + 1].kind == "digits":
            count = min(len(tokens[at + 1].text), 3)
            parts.append("." + str(int(seconds % 1 * 10**count)).zfill(count))
            skip = True
        elif token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            parts.append(str(int(seconds // unit)).zfill(len(token.text)))
        elif token.kind == "clock":
            half = "AM" if found.hour < 12 else "PM"
            parts.append(half if token.text.upper() == "AM/PM" else half[0])
        elif token.kind == "date":
            parts.append(_date_part(tokens, at, found, twelve=twelve))
        else:
            parts.append(_literal(token))
    return " ".join("".join(parts).split())


def _second_places(tokens: tuple[_Token, ...]) -> int:
    for at, token in enumerate(tokens[:-1]):
        if token.kind == "point" and tokens[at + 1].kind == "digits":
            return min(len(tokens[at + 1].text), 3)
    return 0


def _date_part(tokens: tuple[_Token, ...], at: int, found: datetime, *, twelve: bool) -> str:
    letter, count = tokens[at].text[0].lower(), len(tokens[at].text)
    match letter:
        case "y" | "e":
            return f"{found.year:04d}" if count > 2 or letter == "e" else f"{found.year % 100:02d}"
        case "d":
            if count > 2:
                return _DAYS[found.weekday()][: 3 if count == 3 else None]
            return f"{found.day:0{count}d}"
        case "h":
            hour = (found.hour - 1) % 12 + 1 if twelve else found.hour
            return f"{hour:0{min(count, 2)}d}"
        case "s":
            return f"{found.second:0{min(count, 2)}d}"
        case "m" if count <= 2 and _is_minute(tokens, at):
            return f"{found.minute:0{count}d}"
        case "m":
            name = _MONTHS[found.month - 1]
            if count > 2:
                return {3: name[:3], 5: name[0]}.get(count, name)
            return f"{found.month:0{count}d}"
    return ""


def _is_minute(tokens: tuple[_Token, ...], at: int) -> bool:
    """Right after hours or right before seconds, an m means minutes."""
    marks = [
        (place, token.text[0].lower())
        for place, token in enumerate(tokens)
        if token.kind in {"date", "elapsed"}
    ]
    own = next(n for n, (place, _) in enumerate(marks) if place == at)
    return (own > 0 and marks[own - 1][1] == "h") or (
        own + 1 < len(marks) and marks[own + 1][1] == "s"
    )
