"""The canonical text of a PDF page, and a box for each of its characters.

Pure: takes what PDFium extracted, knows nothing of PDFium itself. What is done
to the text, all of it with boxes kept in step:

* line ends become one line feed (with a NaN box); runs of blanks one space;
* control characters, soft hyphens and PDFium's fill-ins are dropped;
* blanks PDFium supposed between two letters that nearly touch are dropped;
* a word broken at a line end is joined. PDFium marks such places. The hyphen
  goes if the rest of the document says it only broke the word, and stays
  (“long-term”) if it belongs to it. No line feed remains in either case.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carrel.parsing.boxes import Boxes

MARKS: Final = "\ufffe\x02"
"""What PDFium puts in place of a hyphen at a line end, depending on the way it is asked."""

Places = NDArray[np.int64]
"""Indices of PDFium's characters."""

SUPPOSED_GAP: Final = 0.12
"""Gap in line heights below which a blank that is not in the file is none. The narrowest blanks
of justified text have 0.17."""

MAX_VOCABULARY: Final = 200_000
"""Words remembered of one document; a large book has 50,000."""

_WORD: Final = re.compile(rf"(?<![\w{MARKS}-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w{MARKS}-])")
_BEFORE: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*\Z")
_AFTER: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")

_PREFIXES: Final = frozenset(
    re.findall(
        r"\S+",
        """
        all anti co cross ex full half high inter long low mid multi near non off on part
        post pre pro quasi re self semi short single sub third first second two three four
        so well year after
        """,
    )
)
"""First parts of compounds that are usually written with a hyphen."""

_DROPPED: Final = np.zeros(0x110000, dtype=bool)
_DROPPED[:0x20] = True
_DROPPED[[0x09, 0x0A, 0x0C, 0x0D]] = False
_DROPPED[0x7F:0xA0] = True
_DROPPED[[0x85, 0xAD, 0xFEFF, 0xFFFE, 0xFFFF]] = True
_DROPPED[0xD800:0xE000] = True
_DROPPED[0xFDD0:0xFDF0] = True

_BLANK: Final = np.zeros(0x110000, dtype=bool)
_BLANK[[0x09, 0x0C, 0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x3000]] = True
_BLANK[0x2000:0x200B] = True

_NEWLINE: Final = 0x0A
_RETURN: Final = 0x0D
_SPACE: Final = 0x20
_HYPHEN: Final = 0x2D


class Vocabulary:
    """Words of the pages read so far: they tell what a hyphen at a line end means."""

    def __init__(self) -> None:
        self._words: set[str] = set()

    def learn(self, raw: str) -> None:
        """Add a page's words, but no halves of broken ones."""
        if len(self._words) < MAX_VOCABULARY:
            self._words.update(_WORD.findall(raw.lower()))

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether the hyphen between two halves belongs to the word."""
        left, right = before.lower(), after.lower()
        if not left or not right:
            return True
        if f"{left}-{right}" in self._words:
            return True
        if left + right in self._words:
            return False
        if not left.isalpha() or not right.isalpha() or after[0].isupper():
            return True
        first, last = left.split("-")[-1], right.split("-")[0]
        if first in _PREFIXES or "-" in left or "-" in right:
            return True
        return len(last) > 2 and first in self._words and last in self._words


def canonical(
    codes: NDArray[np.uint32], boxes: Boxes, vocabulary: Vocabulary
) -> tuple[str, Boxes, Places]:
    """Canonical text and boxes out of PDFium's characters.

    Args:
        codes: one code point per character.
        boxes: one row per character.
        vocabulary: learns this page's words, too.

    Returns:
        Text, and for each code point of it one box and the index of the character given.
    """
    codes, boxes, places = _joined_surrogates(np.minimum(codes, 0x10FFFF), boxes)
    raw = _text(codes)
    vocabulary.learn(raw)
    codes = codes.copy()
    drop = _DROPPED[codes]
    for place in _mark_places(codes):
        before = _BEFORE.search(raw[max(place - 60, 0) : place])
        after = _AFTER.match(raw[place + 1 : place + 61].lstrip("\r\n"))
        if vocabulary.keeps_hyphen(before[0] if before else "", after[0] if after else ""):
            codes[place], drop[place] = _HYPHEN, False
        if before and after:
            following = place + 1
            while following < len(codes) and codes[following] in (_RETURN, _NEWLINE):
                drop[following] = True
                following += 1
    codes, boxes, places = codes[~drop], boxes[~drop], places[~drop]
    real = ~_supposed_blanks(codes, boxes)
    codes, boxes, places = codes[real], boxes[real], places[real]
    codes[codes == _RETURN] = _NEWLINE
    codes[_BLANK[codes]] = _SPACE
    keep = _kept_blanks(codes)
    codes, boxes, places = codes[keep], boxes[keep].copy(), places[keep]
    boxes[codes == _NEWLINE] = np.nan
    return _text(codes), boxes, places


def _mark_places(codes: NDArray[np.uint32]) -> list[int]:
    found: list[int] = np.flatnonzero((codes == 0xFFFE) | (codes == 0x02)).tolist()
    return found


def _text(codes: NDArray[np.uint32]) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _joined_surrogates(
    codes: NDArray[np.uint32], boxes: Boxes
) -> tuple[NDArray[np.uint32], Boxes, Places]:
    """UTF-16 halves become one character with the box of both; lone ones are dropped later."""
    places = np.arange(len(codes))
    high = (codes >= 0xD800) & (codes < 0xDC00)
    if not high.any():
        return codes, boxes, places
    codes, boxes = codes.copy(), boxes.copy()
    keep = np.ones(len(codes), dtype=bool)
    for place in np.flatnonzero(high[:-1]).tolist():
        low = int(codes[place + 1])
        if 0xDC00 <= low < 0xE000:
            codes[place] = 0x10000 + ((int(codes[place]) - 0xD800) << 10) + (low - 0xDC00)
            both = boxes[place : place + 2]
            boxes[place] = (*both[:, :2].min(axis=0), *both[:, 2:].max(axis=0))
            keep[place + 1] = False
    return codes[keep], boxes[keep], places[keep]


def _supposed_blanks(codes: NDArray[np.uint32], boxes: Boxes) -> NDArray[np.bool_]:
    """Blanks that are not in the file (they have no height) and stand in no gap.

    PDFium supposes one wherever a run of text ends later than the next begins,
    which cuts “Income” into “Incom e” in files with untrue character widths.
    """
    found: NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    inner = np.flatnonzero((codes == _SPACE) & (boxes[:, 3] <= boxes[:, 1]))
    inner = inner[(inner > 0) & (inner < len(codes) - 1)]
    before, after = boxes[inner - 1], boxes[inner + 1]
    height = np.minimum(before[:, 3] - before[:, 1], after[:, 3] - after[:, 1])
    shared = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1])
    gap = np.maximum(after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
    touching = (height > 0) & (shared > 0.7 * height)
    touching &= (gap < SUPPOSED_GAP * height) & (gap > -0.5 * height)
    found[inner[touching]] = True
    return found


def _kept_blanks(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Of each run of blanks and line ends one stays: a line end if there is one."""
    blank = (codes == _SPACE) | (codes == _NEWLINE)
    keep: NDArray[np.bool_] = ~blank
    places = np.flatnonzero(blank)
    if not len(places):
        return keep
    borders = np.flatnonzero(np.diff(places) > 1) + 1
    starts = np.concatenate(([0], borders))
    newlines = codes[places] == _NEWLINE
    has_newline = np.logical_or.reduceat(newlines, starts)
    # The first line end of a run, or its first blank.
    run = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(places))))
    candidates = newlines | ~has_newline[run]
    first = np.unique(run[candidates], return_index=True)[1]
    chosen = places[candidates][first]
    inside = (
        (chosen > 0)
        & (places[starts] > 0)
        & (places[np.append(starts[1:] - 1, len(places) - 1)] < len(codes) - 1)
    )
    keep[chosen[inside]] = True  # blanks at the very start and end say nothing
    return keep
