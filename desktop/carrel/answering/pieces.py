"""A document's text cut into pieces that are translated one at a time.

Pieces follow paragraphs, then sentences and rows, and never cross a page or section. Every
character that is not white space lies in exactly one of them. Pure; must not know engines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import regex

from carrel.domain.documents import Span, Unit
from carrel.language.sentences import sentences

PIECE_TOKENS: Final = 320
"""Tokens of a piece, about: a paragraph of two hundred words. Longer ones make places hard to find
beside each other, shorter ones tell the engine too little of what the words mean."""

JOINED_TOKENS: Final = 110
"""Tokens up to which short paragraphs, headings and rows make one piece: beside each other, one
paragraph is found at a glance."""

_BLANK: Final = regex.compile(r"\n[ \t\r\f]*\n")
_HYPHEN: Final = regex.compile(
    r"(?<=\p{L})(?:[\u00AD\u0002\uFFFE]\s*|[-\u2010][ \t]*\r?\n[ \t]*)(?=\p{Ll})"
)
_WRAP: Final = regex.compile(r"[ \t\r\f\v\u00a0]*\n\s*")
_CONTROL: Final = regex.compile(r"[\p{Cc}\uFFFE--[\n\t]]", regex.VERSION1)
_WORDY: Final = regex.compile(r"\p{L}\p{M}*\p{L}|[\p{Han}\p{Hiragana}\p{Katakana}]")

Count = Callable[[str], int]
"""Tokens of a text, exactly or about."""


def cut(
    unit: Unit, count: Count, budget: int = PIECE_TOKENS, joined: int = JOINED_TOKENS
) -> Iterator[Span]:
    """The pieces of a unit, in order.

    Args:
        count: tokens of a text.
        budget: tokens of a piece; only a single character may be more.
        joined: tokens up to which paragraphs are joined.
    """
    text = unit.text
    begun: Span | None = None
    for paragraph in _paragraphs(text):
        whole = Span(paragraph[0].start, paragraph[-1].end)
        fits = count(text[whole.start : whole.end]) <= budget
        parts = [whole] if fits else _parts(text, paragraph, count, budget)
        for part in parts:
            if begun is not None and count(text[begun.start : part.end]) <= min(joined, budget):
                begun = Span(begun.start, part.end)
                continue
            if begun is not None:
                yield begun
            begun = part
    if begun is not None:
        yield begun


def _paragraphs(text: str) -> Iterator[list[Span]]:
    """Sentences that stand together without a blank line."""
    group: list[Span] = []
    for one in sentences(text):
        if group and _BLANK.search(text, group[-1].end, one.start):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _parts(text: str, paragraph: Sequence[Span], count: Count, budget: int) -> list[Span]:
    """A paragraph that is too long, in as few parts as its sentences allow."""
    made: list[Span] = []
    for sentence in paragraph:
        for part in _halved(text, sentence, count, budget):
            if made and count(text[made[-1].start : part.end]) <= budget:
                made[-1] = Span(made[-1].start, part.end)
            else:
                made.append(part)
    return made


def _halved(text: str, span: Span, count: Count, budget: int) -> list[Span]:
    """A sentence in as many parts as it takes, parted at white space where there is some."""
    start, end = span
    if end - start < 2 or count(text[start:end]) <= budget:
        return [span]
    middle = (start + end) // 2
    space = next((at for at in range(middle, end - 1) if text[at].isspace()), 0)
    if not space or space - middle > (end - start) // 4:
        space = middle
    first, last = space, space
    while first > start and text[first - 1].isspace():
        first -= 1
    while last < end and text[last].isspace():
        last += 1
    return [
        *_halved(text, Span(start, first), count, budget),
        *_halved(text, Span(last, end), count, budget),
    ]


def flowing(source: str) -> str:
    """A piece as it is read: words parted at line ends joined, one line for a paragraph or row."""
    made: list[str] = []
    spans = sentences(source)
    for at, one in enumerate(spans):
        if at:
            between = source[spans[at - 1].end : one.start]
            made.append("\n\n" if _BLANK.search(between) else "\n" if "\n" in between else " ")
        made.append(_WRAP.sub(" ", _HYPHEN.sub("", source[one.start : one.end])))
    return _CONTROL.sub("", "".join(made))


def has_words(source: str) -> bool:
    """Whether there is anything to translate; rows of figures stand as they are."""
    return _WORDY.search(source) is not None


def all_pieces(units: Sequence[Unit], count: Count) -> Iterator[tuple[Unit, Span]]:
    """The pieces of a document, in order."""
    for unit in units:
        for span in cut(unit, count):
            yield unit, span
