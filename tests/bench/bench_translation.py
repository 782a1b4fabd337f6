"""How well numbers of a translation are compared: false alarms, and changed digits that are missed.

Each piece of real text (CARREL_FINANCE, a folder of PDFs; otherwise made ones) is written as
another language would write its numbers, words left alone: German and French separators,
Arabic-Indic and Devanagari digits, million as 百万, dates as 年月日. Whatever is told then is a
false alarm. Then one digit is changed in each; what is not told is missed.
"""

import random
import re
import time
from collections.abc import Callable
from datetime import date

from bench_facts import _documents
from carrel.answering.pieces import all_pieces, flowing, has_words
from carrel.answering.translated_numbers import compare_numbers
from carrel.app.translations import about_tokens
from run import Row

MOST_PIECES = 4_000
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d)")
_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_DATE = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})\b")
_MILLIONS = re.compile(r"(?<=\d) (million|billion)\b")
Render = Callable[[str], str]


def separators(group: str, point: str) -> Render:
    """English digits with other separators."""
    table = str.maketrans({",": group, ".": point})
    return lambda text: _NUMBER.sub(lambda found: found[0].translate(table), text)


def digits(zero: str, group: str, point: str) -> Render:
    """Digits of another script."""
    marks = separators(group, point)
    table = {ord("0") + n: chr(ord(zero) + n) for n in range(10)}
    return lambda text: marks(text).translate(table)


def chinese(text: str) -> str:
    """Dates and scales as Chinese writes them."""
    text = _DATE.sub(lambda d: f"{d[3]}年{_MONTHS.index(d[1]) + 1}月{d[2]}日", text)
    return _MILLIONS.sub(lambda scale: "百万" if scale[1] == "million" else "十亿", text)


STYLES: dict[str, Render] = {
    "as it is": lambda text: text,
    "1.234,5": separators(".", ","),
    "1 234,5": separators("\u202f", ","),
    "١٬٢٣٤٫٥": digits("٠", "٬", "٫"),
    "१,२३४.५": digits("०", ",", "."),
    "百万, 年月日": chinese,
}


def main() -> list[Row]:
    """Measure."""
    pieces = [
        flowing(unit.text[span.start : span.end])
        for _, units in _documents()
        for unit, span in all_pieces(units, about_tokens)
    ]
    pieces = [one for one in pieces if has_words(one) and any(map(str.isdigit, one))]
    chance = random.Random(7)
    chance.shuffle(pieces)
    pieces = pieces[:MOST_PIECES]
    rows: list[Row] = []
    for name, render in STYLES.items():
        alarms = 0
        for piece in pieces:
            found = compare_numbers(piece, render(piece))
            alarms += bool(found.missing or found.added)
        share = 100 * alarms / len(pieces)
        rows.append(
            Row(what=f"false alarms, {name}, of {len(pieces)}", value=share, unit="%", gate=1)
        )
    missed = changed = 0
    begun = time.perf_counter()
    for piece in pieces:
        other = _changed(piece, chance)
        if other:
            changed += 1
            missed += not compare_numbers(piece, separators(".", ",")(other)).missing
    each = (time.perf_counter() - begun) / max(1, changed) * 1000
    missing = 100 * missed / max(1, changed)
    return [
        *rows,
        Row(what=f"changed digits not told, of {changed}", value=missing, unit="%", gate=1),
        Row(what="to compare a piece", value=each, unit="ms", gate=20),
    ]


def _changed(piece: str, chance: random.Random) -> str:
    """A piece with one digit of one number another one; empty if it has no fitting number."""
    found = [one for one in _NUMBER.finditer(piece) if len(one[0]) > 1]
    if not found:
        return ""
    number = chance.choice(found)
    at = chance.choice([n for n in range(*number.span()) if piece[n].isdigit()])
    digit = chance.choice([one for one in "123456789" if one != piece[at]])
    return f"{piece[:at]}{digit}{piece[at + 1 :]}"
