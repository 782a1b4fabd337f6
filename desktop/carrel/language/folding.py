"""Variants of one text brought to one form, with the way back to every original place.

NFKC by characters with their marks, quotation marks, dashes, digits of all
scripts, runs of white space, invisible characters, words parted at line ends
(also by PDFium's hyphen markers U+0002 and U+FFFE). Must not know terms or
quotes; those build on it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from carrel.domain.documents import Span

_SINGLE_QUOTES: Final = "‘’‚‛′‵`´ʹʻʼʽ‹›＇"
_DOUBLE_QUOTES: Final = "“”„‟″‶«»〝〞〟＂「」『』"
_DASHES: Final = "‐‑‒–—―−﹘﹣－⁃"
_LITERAL: Final[dict[str, str]] = {
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    # Footnote marks: NFKC would glue them to the number before them.
    **{digit: digit for digit in "⁰¹²³⁴⁵⁶⁷⁸⁹"},
}

_SPECIAL: Final = regex.compile(
    r"(?P<joint>(?<=\p{L})(?:[\u00AD\u0002\uFFFE][ \t]*(?:\r?\n[ \t]*)?(?=\p{L})"
    r"|[-\u2010][ \t]*\r?\n[ \t]*(?=\p{Ll})))"
    r"|(?P<space>[\s\u200B]+)"
    r"|(?P<invisible>[\p{Cc}\u00AD\u200C-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFFE]+)"
    r"|(?P<kana>[\uFF66-\uFF9D][\uFF9E\uFF9F])"
    r"|(?P<jamo>[\u1100-\u11FF]+)"
    r"|(?P<cluster>[\P{M}--\s]\p{M}+|[^\x00-\x7F]|`)",
    regex.VERSION1,
)
"""Everything that does not stand for itself; the rest is ASCII and copied as it is."""

_CANDIDATE: Final = re.compile(r"[^ -_a-~]|[ -_a-~](?=[^\x00-\x7F])| (?=[ \t-\r])|-(?=[ \t]*\r?\n)")
"""Where `_SPECIAL` may match; the standard engine finds these ten times faster."""

_SINGLE_SPACE: Final = re.compile(r"(?:[!-_a-~]| (?! ))*\Z")
"""Printable ASCII (without the backtick) with single spaces: nothing to fold."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and where each of its characters came from.

    Attributes:
        starts, ends: for every folded character, the range of the original it stands for;
            both ascend.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> Span:
        """The range of the original that a range of the folded text stands for."""
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else 0
            return Span(place, place)
        return Span(self.starts[start], self.ends[end - 1])


def fold(text: str, *, case: bool = False) -> Folded:
    """Fold a text.

    Args:
        text: any text.
        case: also fold the case of letters.
    """
    if _SINGLE_SPACE.match(text):
        return Folded(text.lower() if case else text, range(len(text)), range(1, len(text) + 1))
    builder = _Builder(text, lower=case)
    for candidate in _CANDIDATE.finditer(text):
        at = candidate.start()
        if at < builder.position:
            continue
        found = _SPECIAL.match(text, at)
        if found is None:
            continue
        kind = found.lastgroup
        if kind in ("joint", "invisible"):
            new = ""
        elif kind == "space":
            new = " "
        else:
            new = fold_character(found[0])
            if case:
                new = new.casefold()
        builder.replace(at, found.end(), new)
    return builder.finish()


class _Builder:
    """Copies a text, replacing ranges, and keeps the places."""

    def __init__(self, text: str, *, lower: bool) -> None:
        self.position = 0
        self._text = text
        self._lower = lower
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def replace(self, start: int, end: int, new: str) -> None:
        """Copy up to start, then put new in the place of start to end."""
        self._copy(start)
        self._pieces.append(new)
        self._starts.extend([start] * len(new))
        self._ends.extend([end] * len(new))
        self.position = end

    def finish(self) -> Folded:
        """Copy the rest."""
        self._copy(len(self._text))
        return Folded("".join(self._pieces), self._starts, self._ends)

    def _copy(self, end: int) -> None:
        start = self.position
        if start < end:
            plain = self._text[start:end]
            self._pieces.append(plain.lower() if self._lower else plain)
            self._starts.extend(range(start, end))
            self._ends.extend(range(start + 1, end + 1))


def fold_character(character: str) -> str:
    """The folded form of one character with its combining marks."""
    literal = _LITERAL.get(character)
    if literal is not None:
        return literal
    composed = unicodedata.normalize("NFKC", character)
    if composed.isascii():
        return composed
    return "".join(_one(part) for part in composed)


def _one(character: str) -> str:
    literal = _LITERAL.get(character)
    if literal is not None:
        return literal
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
