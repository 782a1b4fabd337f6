"""Whether a figure is the one that is meant: its value as written, its sentence about the same.

Pure; must not know the engine, the store or the window.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from carrel.answering.figures import Figure, dates, figures
from carrel.answering.sheets.books import Sheet, words_of
from carrel.answering.sheets.plans import Plan
from carrel.answering.sheets.wording import PHRASES, PLAIN, Aggregate
from carrel.language.months import MONTHS
from carrel.language.terms import terms

HALF: Final = Decimal("0.5")
"""Of the last digit that is written: what rounding may change."""

LONGEST: Final = 8
"""Words of a cell that is looked for in a sentence."""


def same(value: str, wanted: Figure) -> bool:
    """Whether a computed value, rounded as the figure is written, is that figure.

    A sign may be said in words, as in a decrease.
    """
    return any(
        same_value(one.value, wanted)
        for one in figures(value)
        if not (one.unit and wanted.unit) or one.unit == wanted.unit
    )


def same_value(value: Decimal, wanted: Figure) -> bool:
    """The same of a plain number."""
    return abs(abs(value) - abs(wanted.value)) <= HALF * wanted.step


def agrees(plan: Plan, sentence: str, question: str) -> bool:
    """Whether a sentence is about what the question asks, and about nothing else of the sheet.

    What names other rows, another column, another time or another kind of figure than the
    question does makes it another figure.
    """
    said, asked = _runs(sentence), _runs(question)
    for column in plan.sheet.columns.values():
        title = " ".join(_stems(column.title))
        if title in _stemmed(said) and title not in _stemmed(asked):
            return False
        for spelled in column.spellings:
            if spelled in said and spelled not in asked and spelled not in PLAIN:
                return False
    kinds = {
        meaning
        for words in said
        for meaning in PHRASES.get(words, ())
        if isinstance(meaning, Aggregate)
    }
    if kinds - {plan.aggregate}:
        return False
    times = {word for words in said for word in words if _is_time(word)}
    return times <= {word for words in asked for word in words} and not (
        dates(sentence) and not dates(question) and not times
    )


def names_other_rows(sheet: Sheet, sentence: str, held: set[str]) -> bool:
    """Whether a sentence names cells of the sheet that do not stand in some rows.

    Args:
        held: folded texts of these rows.
    """
    said = _runs(sentence)
    return any(
        spelled in said and spelled not in PLAIN and " ".join(spelled) not in held
        for column in sheet.columns.values()
        for spelled in column.spellings
    )


def names(text: str, title: str) -> bool:
    """Whether a text names a column by its title, a remark in brackets left out."""
    stems = _stems(title.partition("(")[0].partition("[")[0])
    return bool(stems) and " ".join(stems) in _stemmed(_runs(text))


def _runs(text: str) -> set[tuple[str, ...]]:
    """All stretches of words of a text, up to `LONGEST`."""
    words = words_of(text)
    return {
        words[at : at + length]
        for at in range(len(words))
        for length in range(1, LONGEST + 1)
        if at + length <= len(words)
    }


def _stems(text: str) -> list[str]:
    return ["".join(terms(word)) or word for word in words_of(text)]


def _stemmed(runs: set[tuple[str, ...]]) -> set[str]:
    return {" ".join("".join(terms(word)) or word for word in words) for words in runs}


def _is_time(word: str) -> bool:
    year = len(word) == 4 and word.isdecimal() and word[:2] in ("19", "20")
    return year or (word in MONTHS and word != "may") or word in ("q1", "q2", "q3", "q4")
