"""The citations a model writes in research, taken out of its words as they stream.

It was trained to write ``【3†L10-L12】``; models also write ``【3†L10】``, ``【3†L10–12】``,
``【3†L10-L12, L20】``, square brackets, and ids without lines. Every character comes out again, in
order, and how the stream was cut into pieces makes no difference. Pure; must not know documents:
whether a citation holds is checked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

MAX_MARK: Final = 120
"""Characters of one mark, held back at most; a citation of six ranges of lines has sixty."""

MAX_RANGES: Final = 6
"""Ranges of lines in one mark."""

_RANGE: Final = r"[Ll]\s?(?P<first>[0-9]{1,9})(?:\s?[-–—‑]\s?[Ll]?\s?(?P<last>[0-9]{1,9}))?"
_LINES: Final = regex.compile(_RANGE)
_MARK: Final = regex.compile(
    r"[【\[［]\s?(?P<id>[0-9]{1,9})\s?†\s?"
    rf"(?P<lines>{_RANGE}(?:\s?[,;，、]\s?{_RANGE}){{0,{MAX_RANGES - 1}}})?"
    r"(?P<rest>[^\n【】\[\]［］]{0,80})[】\]］]",
    regex.VERSION1,
)
_OPENING: Final = "【[［"


@dataclass(frozen=True, slots=True)
class Said:
    """Words that are no mark."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A mark.

    Attributes:
        id: number of a document.
        first, last: lines said to prove it; 0, 0 where none are named.
        raw: the mark as written; of several made of one mark only the first has it.
    """

    id: int
    first: int
    last: int
    raw: str


Piece = Said | Cited


class LineMarks:
    """Takes a stream apart. One stream, one parser, one thread."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain now; what may still become a mark is held back."""
        return self._take(text, final=False)

    def finish(self) -> list[Piece]:
        """The rest, at the end of the stream; the parser can then be used again."""
        return self._take("", final=True)

    def _take(self, text: str, *, final: bool) -> list[Piece]:
        buffer = self._held + text
        pieces: list[Piece] = []
        words: list[str] = []
        at = 0
        while at < len(buffer):
            start = min((p for sign in _OPENING if (p := buffer.find(sign, at)) >= 0), default=-1)
            if start < 0:
                words.append(buffer[at:])
                at = len(buffer)
                break
            words.append(buffer[at:start])
            at = start
            window = buffer[at : at + MAX_MARK]
            certain = final or len(window) == MAX_MARK
            found = _MARK.match(window, partial=not certain)
            if found is not None and found.partial:
                break
            if found is None:
                words.append(buffer[at])
                at += 1
                continue
            if said := "".join(words):
                pieces.append(Said(said))
            words.clear()
            pieces += _cited(found)
            at += found.end()
        self._held = buffer[at:]
        if said := "".join(words):
            pieces.append(Said(said))
        return pieces


def _cited(found: regex.Match[str]) -> list[Piece]:
    id_ = int(found["id"])
    if not found["lines"]:
        return [Cited(id_, 0, 0, found[0])]
    cited: list[Piece] = []
    for one in _LINES.finditer(found["lines"]):
        first = int(one["first"])
        last = int(one["last"]) if one["last"] else first
        cited.append(Cited(id_, min(first, last), max(first, last), "" if cited else found[0]))
    return cited
