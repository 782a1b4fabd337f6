"""Where a figure of an answer comes from: it stands in a source, or follows from cited figures.

A figure stands there when value and unit agree, however they are written. It follows when one
step gives it: rounding, a change of scale, a sum, a difference, a ratio, a change in per cent or
a mean of figures in the cited words. The step is told, so that the reader can judge it. Pure;
must not know answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation
from itertools import permutations
from typing import Final

from carrel.answering.figures import (
    DateFound,
    Figure,
    dates,
    figures,
    page_scales,
    plain,
    same_unit,
)
from carrel.domain.support import CheckedFigure, Fate

MAX_OPERANDS: Final = 6
"""Figures of the cited words that are computed with. Among more, two give any result by chance."""

MIN_DIGITS: Final = 2
"""Significant digits a rounded or computed figure must have; one digit follows from anything."""

TOLERANCE: Final = Decimal("0.51")
"""Of the last digit: what rounding may change, and a half rounded the other way."""

_SCALE_NAMES: Final = {3: "thousand", 6: "million", 9: "billion", 12: "trillion"}


@dataclass(frozen=True, slots=True)
class Material:
    """What a sentence may take its figures from.

    Attributes:
        quotes: the cited words, as the documents have them.
        pages: the texts of the units they stand in.
        context: the question, names of documents and places; years and figures of these are known.
        answer: all of the answer; what it states itself is computed with first.
    """

    quotes: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    context: str = ""
    answer: str = ""


def trace_figures(words: str, material: Material) -> list[CheckedFigure]:
    """What becomes of each figure and date of a sentence."""
    found = [_trace_date(date, material) for date in dates(words)]
    return found + [trace_figure(figure, material) for figure in figures(words)]


def trace_figure(figure: Figure, material: Material) -> CheckedFigure:
    """What becomes of one figure."""
    checked = _standing(figure, material)
    if checked is not None:
        return checked
    working = _rounded(figure, material) or _computed(figure, material)
    if working:
        return CheckedFigure(text=figure.text, fate=Fate.COMPUTED, working=working)
    return CheckedFigure(text=figure.text, fate=Fate.MISSING, working=_wrong(figure, material))


# ── standing ────────────────────────────────────────────────────────────────


def _standing(figure: Figure, material: Material) -> CheckedFigure | None:
    """A figure that stands in the quotes, on their pages, or is known from the question."""
    for text in material.quotes:
        if any(_equal(figure, other) for other in figures(text)):
            return CheckedFigure(text=figure.text, fate=Fate.STANDS)
    scales = {scale for page in material.pages for scale in page_scales(page)}
    places = [(other, page_scales(page)) for page in material.pages for other in figures(page)]
    quoted = [(other, scales) for text in material.quotes for other in figures(text)]
    for other, around in [*quoted, *places]:
        working = _through_scale(figure, other, around)
        if working is not None:
            fate = Fate.COMPUTED if working else Fate.STANDS
            return CheckedFigure(text=figure.text, fate=fate, working=working)
    if any(_equal(figure, other) for other, _ in places):
        return CheckedFigure(text=figure.text, fate=Fate.STANDS)
    if any(_equal(figure, other) for other in figures(material.context)):
        return CheckedFigure(text=figure.text, fate=Fate.STANDS)
    if figure.is_year and any(
        date.year == int(figure.number)
        for text in (*material.quotes, *material.pages, material.context)
        for date in dates(text)
    ):
        return CheckedFigure(text=figure.text, fate=Fate.STANDS)
    return None


def _equal(figure: Figure, other: Figure) -> bool:
    """Whether both count the same; a sign may be said in words instead (a loss, a decrease)."""
    if not same_unit(figure, other):
        return False
    values = {abs(figure.value), abs(figure.other_value or figure.value)}
    return bool(values & {abs(other.value), abs(other.other_value or other.value)})


def _through_scale(figure: Figure, other: Figure, scales: AbstractSet[int]) -> str | None:
    """A figure of a table that is in millions; empty when only the word was added.

    Returns:
        The working, or None when it is another figure.
    """
    if other.scale or other.unit in ("%", "bp", "pp", "x") or not same_unit(figure, other):
        return None
    for scale in sorted(scales):
        if figure.scale and abs(figure.value) == abs(other.value.scaleb(scale)):
            if figure.scale == scale:
                return ""
            return f"{other.text} ({_SCALE_NAMES.get(scale, scale)}) = {figure.text}"
    return None


def _trace_date(date: DateFound, material: Material) -> CheckedFigure:
    texts = (*material.quotes, *material.pages, material.context)
    if any(date.agrees(other) for text in texts for other in dates(text)):
        return CheckedFigure(text=date.text, fate=Fate.STANDS)
    named = date.text.casefold().replace(",", " ").replace(".", " ").split()
    # “June 30 and December 31, 2025” names both days, one of them in parts.
    if any(all(part in _parts(text) for part in named) for text in texts):
        return CheckedFigure(text=date.text, fate=Fate.STANDS)
    return CheckedFigure(text=date.text, fate=Fate.MISSING)


def _parts(text: str) -> set[str]:
    return set(text.casefold().replace(",", " ").replace(".", " ").split())


# ── following ───────────────────────────────────────────────────────────────


def _rounded(figure: Figure, material: Material) -> str:
    """``1,577 million → 1.6 billion``; of cited words only, since a page has figures for all."""
    if _digits(figure) < MIN_DIGITS:
        return ""
    scales = {0, *(scale for page in material.pages for scale in page_scales(page))}
    for text in material.quotes:
        for other in figures(text):
            if not same_unit(figure, other) or other.is_year:
                continue
            for scale in {0} if other.scale or other.unit == "%" else scales:
                value = abs(other.value.scaleb(scale))
                if other.step.scaleb(scale) < figure.step and _near(value, figure):
                    return f"{other.text} → {figure.text}, rounded"
    return ""


def _digits(figure: Figure) -> int:
    """Significant digits as written."""
    return len("".join(filter(str.isdigit, figure.number)).lstrip("0"))


def _near(value: Decimal, figure: Figure) -> bool:
    """Whether a value, rounded as the figure is, is the figure."""
    step = figure.step
    try:
        rounded = (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
    except InvalidOperation:
        return False
    return rounded == abs(figure.value) or abs(value - abs(figure.value)) <= TOLERANCE * step


def _computed(figure: Figure, material: Material) -> str:
    """One step from cited figures to this one, written out; empty when there is none.

    With the figures the answer itself names first; with others that are cited only where the
    result has enough digits not to be met by chance.
    """
    if _digits(figure) < MIN_DIGITS or figure.is_year or not material.quotes:
        return ""
    cited = [one for text in material.quotes for one in figures(text) if not one.is_year]
    stated = {abs(one.value) for one in figures(material.answer)}
    named = [one for one in cited if abs(one.value) in stated]
    telling = _digits(figure) > MIN_DIGITS or figure.places
    others = cited if telling and len(cited) <= MAX_OPERANDS else []
    for operands in (named[:MAX_OPERANDS], others):
        for working, value in _steps(_different(operands), figure):
            if _near(abs(value), figure) and value != 0:
                return f"{working} = {figure.text}"
    return ""


def _different(operands: Sequence[Figure]) -> list[Figure]:
    kept: list[Figure] = []
    for one in operands:
        if all((one.value, one.unit) != (other.value, other.unit) for other in kept):
            kept.append(one)
    return kept


def _steps(operands: Sequence[Figure], figure: Figure) -> Iterator[tuple[str, Decimal]]:
    """What two or more figures give, in the unit of the figure looked for."""
    alike = [one for one in operands if one.unit == figure.unit or not one.unit or not figure.unit]
    amounts = [one for one in operands if one.unit not in ("%", "bp", "pp", "x")]
    for one, other in permutations(operands, 2):
        first, second = one.value, other.value
        plainly = one in amounts and other in amounts and figure.unit in ("%", "x", "")
        if plainly or (figure.unit == "x" and one.unit == other.unit):
            yield from _ratios(one, other, figure)
        if figure.unit in ("pp", "bp") and one.unit == other.unit == "%":
            times = 100 if figure.unit == "bp" else 1
            yield f"{one.text} - {other.text}", (first - second) * times
    for unscaled in (False, True):
        for one, other in permutations(alike, 2):
            if figure.unit == "%" and one.unit != "%":
                continue
            first, second = _pair(one, other, unscaled=unscaled, figure=figure)
            yield f"{one.text} - {other.text}", first - second
            yield f"{one.text} + {other.text}", first + second
            yield f"({one.text} + {other.text}) ÷ 2", (first + second) / 2
    if 2 < len(alike) <= MAX_OPERANDS and figure.unit != "%":
        total = sum((one.value for one in alike), Decimal(0))
        yield " + ".join(one.text for one in alike), total
        yield f"({' + '.join(one.text for one in alike)}) ÷ {len(alike)}", total / len(alike)


def _pair(one: Figure, other: Figure, *, unscaled: bool, figure: Figure) -> tuple[Decimal, Decimal]:
    """Both values; where only the answer says “million”, in its scale."""
    if unscaled and figure.scale and not one.scale and not other.scale:
        return one.value.scaleb(figure.scale), other.value.scaleb(figure.scale)
    return one.value, other.value


def _ratios(one: Figure, other: Figure, figure: Figure) -> Iterator[tuple[str, Decimal]]:
    try:
        ratio = one.value / other.value
    except (DivisionByZero, InvalidOperation):
        return
    if figure.unit == "%":
        yield f"{one.text} ÷ {other.text} - 1", (ratio - 1) * 100
        yield f"{one.text} ÷ {other.text}", ratio * 100
    elif one.scale == other.scale:
        yield f"{one.text} ÷ {other.text}", ratio


# ── missing ─────────────────────────────────────────────────────────────────


def _wrong(figure: Figure, material: Material) -> str:
    """What is wrong with a figure whose digits stand there with another unit; else empty."""
    for text in material.quotes:
        for other in figures(text):
            if abs(other.mantissa) != abs(figure.mantissa):
                continue
            if other.scale != figure.scale or not same_unit(figure, other):
                return f"the document has {other.text}"
    return ""


def stands_in(figure: Figure, text: str) -> bool:
    """Whether a text has this figure."""
    return any(_equal(figure, other) for other in figures(text))


def shown(value: Decimal | float | int) -> str:
    """A number as the answer's reader would write it."""
    return plain(Decimal(str(value)))
