"""Cited words in a text that was read anew: at their place, or found at another. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

from carrel.answering.quotes import check_quote, proves_something
from carrel.domain.answers import Verdict
from carrel.domain.documents import Span
from carrel.language.literal import LONGEST_WORDS, occurrences, pattern_of
from carrel.workspace.rereading import CitedWords

NEAR_UNITS: Final = 20
"""Units, the nearest first, that are taken apart word by word: another parser may move a line to
the next page, but not to another chapter; each takes some milliseconds."""

TELLING_WORDS: Final = 4
"""Words that are looked for in other units, too; fewer stand in many places that mean others."""


def at_place(cited: CitedWords, text: str) -> bool:
    """Whether the same words stand in the same place, however they are spaced."""
    return text[cited.start : cited.end].split() == cited.words.split()


def find_again(cited: CitedWords, texts: Mapping[int, str]) -> tuple[int, Span] | None:
    """Where cited words stand now: number of the unit and span; None when nowhere.

    Args:
        texts: of the document's units, by number.
    """
    if not cited.words.strip():
        return None
    if at_place(cited, texts.get(cited.number, "")):
        return cited.number, Span(cited.start, cited.end)
    telling = len(cited.words.split()) >= TELLING_WORDS and proves_something(cited.words)
    nearest = sorted(texts, key=lambda number: (abs(number - cited.number), number))
    wanted = [number for number in nearest if telling or number == cited.number]
    for number in wanted:
        spans = _spans(cited.words, texts[number])
        if spans:
            return number, min(spans, key=lambda span: abs(span.start - cited.start))
    for number in islice(wanted, NEAR_UNITS):
        found = check_quote(cited.words, texts[number])
        if found.verdict is Verdict.EXACT:
            return number, Span(found.start, found.end)
    return None


def still_found(cited: CitedWords, earlier: str, texts: Mapping[int, str]) -> bool:
    """Whether cited words can be shown in the new texts, and no others that only read the same.

    Args:
        earlier: the text of their unit as it was.
    """
    if at_place(cited, texts.get(cited.number, "")):
        return True
    found = find_again(cited, texts)
    if found is None:
        return False
    number, span = found
    if number != cited.number:
        return sum(len(_spans(cited.words, text)) for text in texts.values()) <= 1
    before, after = _spans(cited.words, earlier), _spans(cited.words, texts[number])
    if len(before) != len(after):
        return False
    return not after or before.index(Span(cited.start, cited.end)) == after.index(span)


def _spans(words: str, text: str) -> list[Span]:
    pattern = pattern_of(words) if len(words) <= LONGEST_WORDS else None
    return [] if pattern is None else list(occurrences(pattern, text))
