"""The numbers of a text with all that each may mean, whatever language wrote it.

``1.234`` is 1.234 or 1234, ``1.5亿`` and ``150 million`` are one value, ``1 234 567`` is one
number or three. For comparing an original with its translation; where a number has one meaning
only is for `carrel.language.numbers`. Must not know what is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Final

import regex

from carrel.language.folding import Folded, fold
from carrel.language.numbers import PLAIN_NUMBER, normal_number
from carrel.language.scales import SCALES, UNSPACED

MAX_DIGITS: Final = 30
"""Digits of a number that is understood; longer ones are compared as they are written."""

MOST_GROUPS: Final = 5
"""Groups of digits that make one number at most; five are hundreds of trillions."""

_SEPARATORS: Final = str.maketrans({"٫": ".", "٬": ",", "⁄": "/"})
"""Arabic signs between digits; one for one, so that places stay."""

_ONE_MARK: Final = regex.compile(r"[0-9]{1,3}[.,][0-9]{3}\Z")
_DECIMAL: Final = regex.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_SPACED: Final = regex.compile(
    r"(?<![0-9]|[0-9][.,'])[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?(?![0-9]|[.,'][0-9])"
)
_WORD: Final = regex.compile(r"[ -]?(?:de )?([\p{L}\p{M}]+\.?)")
_UNSPACED: Final = regex.compile(
    " ?((?:" + "|".join(sorted(map(regex.escape, UNSPACED), key=len, reverse=True)) + ")+)"
)
_UNSPACED_ONE: Final = regex.compile("|".join(sorted(UNSPACED, key=len, reverse=True)))
_MINUS: Final = regex.compile(r"(?<![\p{L}\p{N})\]%])-[$€£¥₹₽]?\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """A number as it stands in a text.

    Attributes:
        text: as written, with the words that multiply it.
        start, end: code points of the text, without those words.
        values: what it may mean, each in one form; one that is no number (``10.0.0.1``) is itself.
        negative: a minus sign stands before it.
        bracketed: it stands in brackets of its own, as accounts write what is negative.
        parts: indexes of the numbers it is made of.
    """

    text: str
    start: int
    end: int
    values: frozenset[str]
    negative: bool
    bracketed: bool
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """The numbers of a text.

    Attributes:
        single: each run of digits, in order.
        joined: several of them read as one, the longest first.
    """

    single: tuple[Reading, ...]
    joined: tuple[Reading, ...]


def read_numbers(text: str) -> Readings:
    """All numbers of a text, digits of any script."""
    folded = fold(text.translate(_SEPARATORS))
    found = list(PLAIN_NUMBER.finditer(folded.text))
    scales = [_scale(folded.text, one.end()) for one in found]
    single = tuple(
        _reading(text, folded, one.span(), scale, (at,))
        for at, (one, scale) in enumerate(zip(found, scales, strict=True))
    )
    spans = [(one.start(), one.end()) for one in found]
    joined = [*_spaced(text, folded, spans), *_summed(text, folded, found, scales)]
    joined.sort(key=lambda one: len(one.parts), reverse=True)
    return Readings(single=single, joined=tuple(joined))


def _reading(
    text: str,
    folded: Folded,
    span: tuple[int, int],
    scale: _Scale,
    parts: tuple[int, ...],
) -> Reading:
    start, end = folded.original(*span)
    told = folded.original(span[0], scale.end)
    before, behind = folded.text[: span[0]], folded.text[span[1] : span[1] + 1]
    return Reading(
        text=" ".join(text[told.start : told.end].split()),
        start=start,
        end=end,
        values=_values(folded.text[span[0] : span[1]].replace(" ", "'"), scale.powers),
        negative=_MINUS.search(before[-3:]) is not None,
        bracketed=before[-1:] == "(" and behind == ")",
        parts=parts,
    )


def _values(number: str, powers: frozenset[int]) -> frozenset[str]:
    forms = {normal_number(number)}
    if _ONE_MARK.match(number):
        forms |= {
            normal_number(number.replace(",", ".").replace(".", "")),
            number.replace(",", ".").lstrip("0").rstrip("0") or "0",
        }
    if "'" in number and number.count(",") + number.count(".") == 1:
        forms.add(normal_number(number.replace("'", "")))
    values: set[str] = set()
    for form in forms:
        if not _DECIMAL.match(f"0{form}") or len(form) > MAX_DIGITS:
            values.add(form)
            continue
        values.update(plain(Decimal(f"0{form}").scaleb(power)) for power in powers)
    return frozenset(values)


def plain(value: Decimal) -> str:
    """One form for equal values: no exponent, no zeros at the end."""
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@dataclass(frozen=True, slots=True)
class _Scale:
    """What the words behind a number multiply it by, and where they end."""

    powers: frozenset[int]
    end: int
    unspaced: bool = False


def _scale(text: str, at: int) -> _Scale:
    run = _UNSPACED.match(text, at)
    if run is not None:
        powers = frozenset({0})
        for sign in _UNSPACED_ONE.findall(run[1]):
            powers = frozenset(one + more for one in powers for more in SCALES[sign])
        return _Scale(powers, run.end(), unspaced=True)
    powers, end = frozenset({0}), at
    for _ in range(2):  # “mil millones”
        word = _WORD.match(text, end)
        known = SCALES.get(word[1].casefold().rstrip(".")) if word else None
        if word is None or known is None:
            break
        powers, end = frozenset(one + more for one in powers for more in known), word.end()
    return _Scale(powers, end)


def _spaced(text: str, folded: Folded, spans: Sequence[tuple[int, int]]) -> Iterator[Reading]:
    """Runs of digits in threes with spaces between them."""
    for run in _SPACED.finditer(folded.text):
        inside = [
            at for at, (start, end) in enumerate(spans) if run.start() <= start and end <= run.end()
        ]
        # In a row of a table the last digits of one number stand before those of the next.
        for first, last in combinations(range(len(inside)), 2):
            if last - first < MOST_GROUPS:
                span = (spans[inside[first]][0], spans[inside[last]][1])
                parts = tuple(inside[first : last + 1])
                yield _reading(text, folded, span, _scale(folded.text, span[1]), parts)


def _summed(
    text: str,
    folded: Folded,
    found: Sequence[regex.Match[str]],
    scales: Sequence[_Scale],
) -> Iterator[Reading]:
    """Numbers one directly behind the word of another: ``1億2,345万``."""
    chains: list[list[int]] = []
    for at, after in pairwise(range(len(found))):
        here, behind = scales[at], scales[after]
        touching = here.unspaced and here.end == found[after].start()
        if touching and max(behind.powers) < max(here.powers):
            if chains and chains[-1][-1] == at:
                chains[-1].append(after)
            else:
                chains.append([at, after])
    for chain in chains:
        total = Decimal(0)
        for at in chain:
            number = normal_number(found[at][0])
            if not _DECIMAL.match(number) or len(number) > MAX_DIGITS:
                break
            total += Decimal(number).scaleb(max(scales[at].powers))
        else:
            span = (found[chain[0]].start(), scales[chain[-1]].end)
            start, end = folded.original(*span)
            yield Reading(
                text=text[start:end],
                start=start,
                end=end,
                values=frozenset({plain(total)}),
                negative=_MINUS.search(folded.text[: span[0]][-3:]) is not None,
                bracketed=False,
                parts=tuple(chain),
            )
