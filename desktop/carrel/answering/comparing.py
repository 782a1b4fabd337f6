"""Two documents side by side: which sentences are the same, and what differs in the others.

Sentences are compared as words; numbers are kept apart, so a changed figure does not hide
behind equal words. Layout does not count: lines, pages, running heads and feet. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Final, NamedTuple

import regex
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from carrel.domain.comparing import Change, ChangeKind, Comparison, FigureChange, Side
from carrel.domain.documents import Unit
from carrel.language.folding import fold
from carrel.language.numbers import normal_number
from carrel.language.running import RunningText

ALIKE: Final = 60.0
"""Of 100: the least likeness of two sentences that count as one that was changed. Below it a
reader sees two different sentences."""

ROWS_ALIKE: Final = 85.0
"""The same for the words of rows that are mostly figures: “Net income” is not “Operating income”,
however alike their columns look."""

MOST_CELLS: Final = 4_000_000
"""Pairs of sentences looked at in one stretch without a sentence in common: some tens of
megabytes. Larger stretches are looked through in squares along their diagonal."""

MOST_PERCENT: Final = 1_000.0
"""Beyond, two figures stand in the same place that are not the same quantity."""

MOVED_WORDS: Final = 4
"""Words of a sentence that counts as moved; shorter ones recur by chance."""

_TOKEN: Final = regex.compile(
    r"(?P<number>(?>[0-9]+(?:[.,'][0-9]+)*))|[\p{L}\p{M}]+|[$€£¥%§]|\S", regex.VERSION1
)
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{Nd}]+")
_CURRENCY: Final = frozenset(["$", "€", "£", "¥", "usd", "eur", "gbp", "chf"])
_SCALES: Final = frozenset(
    ["%", "percent", "million", "billion", "thousand", "mio", "mrd", "bn", "m", "tsd", "days"]
)
_QUANTITY: Final = regex.compile(r"[.,'’]|[0-9]{5}")
_YEAR: Final = regex.compile(r"(?:19|20)\d\d\Z")

Stopped = Callable[[], bool]


class Stop(Exception):
    """Somebody does not want the result any more."""


class _Sentence(NamedTuple):
    side: Side
    tokens: tuple[str, ...]
    key: str
    """All tokens, each number as ``#``."""
    whole: str
    """All tokens, each number in its one form."""
    words: str
    """The tokens that are words."""
    row: bool
    """Whether it has as many figures as words."""


def compare(
    before: Sequence[Unit],
    after: Sequence[Unit],
    *,
    stopped: Stopped = lambda: False,
) -> Comparison:
    """What differs between two documents, or two versions of one.

    Args:
        before, after: their units, in order.
        stopped: asked many times a second.

    Raises:
        Stop: `stopped` said so.
    """
    old = _take_apart(before, stopped)
    new = _take_apart(after, stopped)
    unchanged = 0
    pairs: list[tuple[_Sentence, _Sentence]] = []
    removed: list[_Sentence] = []
    added: list[_Sentence] = []
    for a, b in _aligned(old, new, stopped):
        if len(a) == len(b) and all(old[i].key == new[j].key for i, j in zip(a, b, strict=True)):
            for i, j in zip(a, b, strict=True):
                if old[i].whole == new[j].whole:
                    unchanged += 1
                else:
                    pairs.append((old[i], new[j]))
            continue
        gone, come = _pair_up([old[i] for i in a], [new[j] for j in b], pairs, stopped)
        removed += gone
        added += come
    moved = _moved(removed, added)
    changes = [_changed(one, other) for one, other in pairs]
    unchanged += sum(change is None for change in changes)
    found = [change for change in changes if change is not None] + moved
    found += [
        Change(kind=ChangeKind.ADDED, before=None, after=side) for side in _joined(added, new)
    ]
    found += [
        Change(kind=ChangeKind.REMOVED, before=side, after=None) for side in _joined(removed, old)
    ]
    found.sort(key=_rank)
    return Comparison(changes=tuple(found), unchanged=unchanged)


def _take_apart(units: Sequence[Unit], stopped: Stopped) -> list[_Sentence]:
    found: list[_Sentence] = []
    for side in RunningText(units).sides():
        if stopped():
            raise Stop
        matches = list(_TOKEN.finditer(fold(side.text, case=True).text))
        tokens = tuple(match[0] for match in matches)
        if not tokens:
            continue
        numbers = [match["number"] is not None for match in matches]
        parts = list(zip(tokens, numbers, strict=True))
        key = " ".join("#" if is_number else one for one, is_number in parts)
        whole = " ".join(normal_number(one) if is_number else one for one, is_number in parts)
        words = [one for one, is_number in parts if not is_number and one[0].isalpha()]
        row = 0 < len(words) <= sum(numbers)
        found.append(_Sentence(side, tokens, key, whole, " ".join(words), row))
    return found


def _aligned(
    old: Sequence[_Sentence], new: Sequence[_Sentence], stopped: Stopped
) -> Iterator[tuple[range, range]]:
    """Stretches in order: equal keys one by one, or what stands between them."""
    i = j = 0
    for a, b in [*_anchors(old, new), (len(old), len(new))]:
        yield from _between(old, new, range(i, a), range(j, b), stopped)
        if a < len(old):
            yield range(a, a + 1), range(b, b + 1)
        i, j = a + 1, b + 1


def _anchors(old: Sequence[_Sentence], new: Sequence[_Sentence]) -> list[tuple[int, int]]:
    """Pairs of sentences that stand once in either document, in the same order (patience)."""
    once_old, once_new = (_once(side) for side in (old, new))
    common = [(i, once_new[key]) for key, i in once_old.items() if key in once_new]
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for at, (_, j) in enumerate(common):
        place = bisect_left(tails, j)
        previous.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [j]
        ends[place : place + 1] = [at]
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(common[at])
        at = previous[at]
    return chain[::-1]


def _once(sentences: Sequence[_Sentence]) -> dict[str, int]:
    counts = Counter(one.whole for one in sentences)
    return {one.whole: i for i, one in enumerate(sentences) if counts[one.whole] == 1}


def _between(
    old: Sequence[_Sentence], new: Sequence[_Sentence], a: range, b: range, stopped: Stopped
) -> Iterator[tuple[range, range]]:
    for part_a, part_b in _squares(a, b):
        if stopped():
            raise Stop
        keys_a = [old[i].key for i in part_a]
        keys_b = [new[j].key for j in part_b]
        i = j = 0
        equal = [code for code in LCSseq.opcodes(keys_a, keys_b) if code.tag == "equal"]
        for code in equal:
            yield part_a[i : code.src_start], part_b[j : code.dest_start]
            i, j = code.src_end, code.dest_end
            yield part_a[code.src_start : i], part_b[code.dest_start : j]
        yield part_a[i:], part_b[j:]


def _squares(a: range, b: range) -> Iterator[tuple[range, range]]:
    count = 1
    while (len(a) // count + 1) * (len(b) // count + 1) > MOST_CELLS:
        count += 1
    for n in range(count):
        yield (
            a[len(a) * n // count : len(a) * (n + 1) // count],
            b[len(b) * n // count : len(b) * (n + 1) // count],
        )


def _pair_up(
    gone: list[_Sentence],
    come: list[_Sentence],
    pairs: list[tuple[_Sentence, _Sentence]],
    stopped: Stopped,
) -> tuple[list[_Sentence], list[_Sentence]]:
    """Add the most alike to the pairs; returns what is left of both."""
    if not gone or not come:
        return gone, come
    left_gone: list[_Sentence] = []
    left_come: list[_Sentence] = []
    for a, b in _squares(range(len(gone)), range(len(come))):
        if stopped():
            raise Stop
        part_a, part_b = [gone[i] for i in a], [come[j] for j in b]
        scores = process.cdist(
            [one.key for one in part_a],
            [one.key for one in part_b],
            scorer=fuzz.ratio,
            score_cutoff=ALIKE,
        )
        found = [
            (-scores[i, j], abs(i - j), i, j)
            for i, j in zip(*scores.nonzero(), strict=True)
            if _same_subject(part_a[i], part_b[j])
        ]
        used_a: set[int] = set()
        used_b: set[int] = set()
        for _, _, i, j in sorted(found):
            if i not in used_a and j not in used_b:
                used_a.add(i)
                used_b.add(j)
                pairs.append((part_a[i], part_b[j]))
        left_gone += [one for i, one in enumerate(part_a) if i not in used_a]
        left_come += [one for j, one in enumerate(part_b) if j not in used_b]
    return left_gone, left_come


def _same_subject(one: _Sentence, other: _Sentence) -> bool:
    """Whether the words alone are alike, too: figures and signs in columns always are."""
    least = ROWS_ALIKE if one.row or other.row else ALIKE
    return fuzz.ratio(one.words, other.words, score_cutoff=least) > 0 or one.words == other.words


def _moved(removed: list[_Sentence], added: list[_Sentence]) -> list[Change]:
    """Takes what stands elsewhere now out of both lists."""
    places: dict[str, list[_Sentence]] = {}
    for one in reversed(added):
        places.setdefault(one.whole, []).append(one)
    moved: list[Change] = []
    taken: set[int] = set()
    left: list[_Sentence] = []
    for one in removed:
        waiting = places.get(one.whole)
        if waiting and len(_WORD.findall(one.whole)) >= MOVED_WORDS:
            other = waiting.pop()
            taken.add(id(other))
            moved.append(Change(kind=ChangeKind.MOVED, before=one.side, after=other.side))
        else:
            left.append(one)
    removed[:] = left
    added[:] = [one for one in added if id(one) not in taken]
    return moved


def _joined(some: list[_Sentence], all_of_them: Sequence[_Sentence]) -> Iterator[Side]:
    """Sentences that follow one another in a unit as one passage."""
    number = {id(one): at for at, one in enumerate(all_of_them)}
    last = -2
    open_side: Side | None = None
    for one in sorted(some, key=lambda one: number[id(one)]):
        at, side = number[id(one)], one.side
        if open_side is not None and at == last + 1 and side.unit == open_side.unit:
            text = f"{open_side.text} {side.text}"
            open_side = Side(side.unit, open_side.start, side.end, text)
        else:
            if open_side is not None:
                yield open_side
            open_side = side
        last = at
    if open_side is not None:
        yield open_side


def _changed(one: _Sentence, other: _Sentence) -> Change | None:
    if one.whole == other.whole:
        return None
    figures = tuple(_figures(one.tokens, other.tokens))
    kind = ChangeKind.NUMBERS if figures else ChangeKind.CHANGED
    return Change(kind=kind, before=one.side, after=other.side, figures=figures)


def _figures(old: Sequence[str], new: Sequence[str]) -> Iterator[FigureChange]:
    """The numbers that were replaced, each by the one in its place."""
    one, other = (["#" if _is_number(token) else token for token in side] for side in (old, new))
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left = [i for i in range(a, b) if _is_number(old[i])]
        right = [j for j in range(c, d) if _is_number(new[j])]
        if tag not in ("equal", "replace") or len(left) != len(right):
            continue
        for i, j in zip(left, right, strict=True):
            if normal_number(old[i]) != normal_number(new[j]):
                unit = _unit(old, i) if _unit(old, i) == _unit(new, j) else ""
                yield FigureChange(old[i], new[j], unit, _percent(old, i, new, j))


def _is_number(token: str) -> bool:
    return token[0].isdigit()


def _unit(tokens: Sequence[str], at: int) -> str:
    """What a number is counted in: the sign before it and the word after it."""
    before = tokens[at - 1] if at and tokens[at - 1] in _CURRENCY else ""
    behind = tokens[at + 1] if at + 1 < len(tokens) else ""
    if behind not in _SCALES and not (behind.isalpha() and behind in _CURRENCY):
        behind = ""  # a sign belongs to the number after it
    return " ".join(filter(None, (before, behind)))


def _percent(old: Sequence[str], i: int, new: Sequence[str], j: int) -> float | None:
    one, other = normal_number(old[i]), normal_number(new[j])
    unit = _unit(old, i)
    if unit != _unit(new, j) or _YEAR.match(one) or _YEAR.match(other):
        return None
    if not unit and not any(map(_QUANTITY.search, (old[i], new[j]))):
        return None  # numbers of pages, notes and items change without a quantity having changed
    try:
        first, second = Decimal(one), Decimal(other)
    except InvalidOperation:
        return None
    percent = float((second - first) / first * 100) if first else None
    return percent if percent is not None and abs(percent) <= MOST_PERCENT else None


def _rank(change: Change) -> tuple[int, bool, tuple[int, int]]:
    """By kind, of changed numbers those that are quantities first, then as they stand."""
    telling = any(figure.percent is not None for figure in change.figures)
    order = list(ChangeKind).index(change.kind)
    return order, change.kind is ChangeKind.NUMBERS and not telling, _where(change)


def _where(change: Change) -> tuple[int, int]:
    sides: Iterable[Side | None] = (change.after, change.before)
    side = next(side for side in sides if side is not None)
    return side.unit, side.start
