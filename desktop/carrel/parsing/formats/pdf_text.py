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

MAX_UNREAD: Final = 1_000_000
"""Code points of pages that wait to be looked through for words: some 300 pages."""

MAX_SEEN: Final = 400_000
"""Strings between blanks of one document that were looked through for words; figures are among
them. They are only remembered to save time."""

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

_LETTER: Final = 0
_BLANK: Final = 1
_LINE_END: Final = 2
_DROPPED: Final = 3
_MARK: Final = 4

_KINDS: Final = np.zeros(0x110000, dtype=np.uint8)
"""What each code point is. Anything but a letter, a blank or a line end is left out."""
_KINDS[:0x20] = _DROPPED
_KINDS[0x7F:0xA0] = _DROPPED
_KINDS[[0xAD, 0xFEFF, 0xFFFF]] = _DROPPED
_KINDS[0xD800:0xE000] = _DROPPED
_KINDS[0xFDD0:0xFDF0] = _DROPPED
_KINDS[[ord(mark) for mark in MARKS]] = _MARK
_KINDS[[0x09, 0x0C, 0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x3000]] = _BLANK
_KINDS[0x2000:0x200B] = _BLANK
_KINDS[[0x0A, 0x0D]] = _LINE_END

_NEWLINE: Final = 0x0A
_SPACE: Final = 0x20
_HYPHEN: Final = 0x2D


class Vocabulary:
    """Words of the pages read so far: they tell what a hyphen at a line end means."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._seen: set[str] = set()
        self._unread: list[str] = []
        self._unread_characters = 0

    def learn(self, raw: str) -> None:
        """Add a page's words, but no halves of broken ones."""
        # Hyphens at line ends are rare: pages wait until one asks.
        self._unread.append(raw)
        self._unread_characters += len(raw)
        if self._unread_characters > MAX_UNREAD:
            self._read()

    def _read(self) -> None:
        if len(self._words) < MAX_VOCABULARY:
            # Most of a page was on pages before; no word goes beyond a blank.
            new = set("\n".join(self._unread).lower().split()) - self._seen
            self._words.update(_WORD.findall("\n".join(new)))
            self._seen |= new
            if len(self._seen) > MAX_SEEN:
                self._seen.clear()
        self._unread.clear()
        self._unread_characters = 0

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether the hyphen between two halves belongs to the word."""
        left, right = before.lower(), after.lower()
        if not left or not right:
            return True
        self._read()
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
    kinds = _KINDS.take(codes)
    marks: list[int] = (kinds == _MARK).nonzero()[0].tolist()
    if marks:
        codes = codes.copy()
        _mend_words(raw, codes, kinds, marks, vocabulary)
    chosen = (kinds < _DROPPED).nonzero()[0]
    if len(chosen) < len(codes):
        codes, kinds = codes.take(chosen), kinds.take(chosen)
    real = _without_supposed_blanks(codes, boxes, chosen)
    if len(real) < len(codes):
        codes, kinds, chosen = codes.take(real), kinds.take(real), chosen.take(real)
    kept = _without_doubled_blanks(kinds)
    codes, kinds, chosen = codes.take(kept), kinds.take(kept), chosen.take(kept)
    codes[kinds == _BLANK] = _SPACE
    line_ends = (kinds == _LINE_END).nonzero()[0]
    codes[line_ends] = _NEWLINE
    boxes = boxes.take(chosen, axis=0)
    boxes[line_ends] = np.nan
    return _text(codes), boxes, chosen if places is None else places[chosen]


def _mend_words(
    raw: str,
    codes: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    marks: list[int],
    vocabulary: Vocabulary,
) -> None:
    """Join what was broken at line ends: marks become hyphens, or stay and are left out."""
    for place in marks:
        before = _BEFORE.search(raw[max(place - 60, 0) : place])
        after = _AFTER.match(raw[place + 1 : place + 61].lstrip("\r\n"))
        if vocabulary.keeps_hyphen(before[0] if before else "", after[0] if after else ""):
            codes[place], kinds[place] = _HYPHEN, _LETTER
        if before and after:
            following = place + 1
            while following < len(codes) and kinds[following] == _LINE_END:
                kinds[following] = _DROPPED
                following += 1


def _text(codes: NDArray[np.uint32]) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _joined_surrogates(
    codes: NDArray[np.uint32], boxes: Boxes
) -> tuple[NDArray[np.uint32], Boxes, Places | None]:
    """UTF-16 halves become one character with the box of both; lone ones are dropped later.

    Returns:
        Where each character was, too, if that is not where it is.
    """
    high = (codes >= 0xD800) & (codes < 0xDC00)
    if not high.any():
        return codes, boxes, None
    places = np.arange(len(codes))
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


def _without_supposed_blanks(codes: NDArray[np.uint32], boxes: Boxes, chosen: Places) -> Places:
    """All but blanks that are not in the file (they have no height) and stand in no gap.

    PDFium supposes one wherever a run of text ends later than the next begins,
    which cuts “Income” into “Incom e” in files with untrue character widths.

    Args:
        chosen: for each code the row of its box.
    """
    inner = (codes[1:-1] == _SPACE).nonzero()[0] + 1
    blanks = boxes.take(chosen[inner], axis=0)
    inner = inner[blanks[:, 3] <= blanks[:, 1]]
    if not len(inner):
        return np.arange(len(codes))
    before, after = boxes.take(chosen[inner - 1], axis=0), boxes.take(chosen[inner + 1], axis=0)
    height = np.minimum(before[:, 3] - before[:, 1], after[:, 3] - after[:, 1])
    shared = np.minimum(before[:, 3], after[:, 3]) - np.maximum(before[:, 1], after[:, 1])
    gap = np.maximum(after[:, 0] - before[:, 2], before[:, 0] - after[:, 2])
    touching = (height > 0) & (shared > 0.7 * height)
    touching &= (gap < SUPPOSED_GAP * height) & (gap > -0.5 * height)
    stays: NDArray[np.bool_] = np.ones(len(codes), dtype=bool)
    stays[inner[touching]] = False
    return stays.nonzero()[0]


def _without_doubled_blanks(kinds: NDArray[np.uint8]) -> Places:
    """All but blanks and line ends that follow another: a line end stays if there is one.

    Args:
        kinds: letters, blanks and line ends.
    """
    places = (kinds != _LETTER).nonzero()[0]
    if not len(places):
        return np.arange(len(kinds))
    borders = (places[1:] - places[:-1] > 1).nonzero()[0] + 1
    starts = np.concatenate(([0], borders))
    ends = np.concatenate((borders, [len(places)])) - 1
    # Of each run the first line end, or its first blank. Of several for one run the last counts.
    line_ends = (kinds.take(places) == _LINE_END).nonzero()[0][::-1]
    first = starts.copy()
    first[np.searchsorted(starts, line_ends, side="right") - 1] = line_ends
    # Blanks at the very start and end say nothing.
    inside = (places[starts] > 0) & (places[ends] < len(kinds) - 1)
    keep = kinds == _LETTER
    keep[places[first[inside]]] = True
    kept: Places = keep.nonzero()[0]
    return kept
