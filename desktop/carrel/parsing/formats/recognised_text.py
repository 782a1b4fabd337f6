"""From the words of a recognised page to canonical text with a box for every character.

The same rules as for the text of PDFs: one line feed where a line ends, words broken at a line
end joined. Must not know pixels or who recognised the words.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carrel.language.passages import Heading
from carrel.parsing.boxes import Boxes
from carrel.parsing.formats.pdf_headings import Headings
from carrel.parsing.formats.pdf_text import MARKS, Vocabulary, canonical
from carrel.parsing.formats.recognised_rows import in_rows
from carrel.parsing.formats.recognition import PageRead, Word

HYPHENS: Final = "-\u00ad\u2010\u00ac"
"""What may stand at the end of a line whose last word goes on in the next."""

UPRIGHT: Final = 1.5
"""Times its width from which a word of several letters runs down the page."""

_SPACE: Final = 0x20
_NEWLINE: Final = 0x0A


class RecognisedText(NamedTuple):
    """A page's text.

    Attributes:
        boxes: one row per code point, in points of the page.
        confidences: one byte per code point, 0 to 100; of blanks that of the word before.
        headings, heading_line: as `pdf_headings` finds them.
    """

    text: str
    boxes: Boxes
    confidences: bytes
    headings: tuple[Heading, ...]
    heading_line: str


class Composer:
    """Makes text out of pages, one after the other; learns the document's words and titles."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._headings = Headings()

    def compose(
        self, read: PageRead, scale: float, covered: Sequence[tuple[float, float, float, float]]
    ) -> RecognisedText:
        """The text of a page.

        Args:
            read: what was recognised.
            scale: pixels per point.
            covered: boxes in points, left, top, right, bottom, of text that is known already;
                words there are left out.
        """
        words = _uncovered(read, scale, np.array(covered, np.float64).reshape(-1, 4))
        if not words:
            return RecognisedText("", np.empty((0, 4), np.float32), b"", (), "")
        codes, upright, sure, rows = _characters(words)
        text, boxes, places = canonical(codes, upright, self._vocabulary)
        lines = boxes.copy()
        lines[:, 1::2] = rows[places]
        lines[np.isnan(boxes[:, 0])] = np.nan
        headings, heading_line = self._headings.find(text, lines, lambda _: False)
        return RecognisedText(
            text=text,
            boxes=_on_page(boxes, read, scale),
            confidences=sure[places].tobytes(),
            headings=headings,
            heading_line=heading_line,
        )


def _uncovered(
    read: PageRead, scale: float, covered: NDArray[np.float64]
) -> list[tuple[Word, bool]]:
    """The words that stand outside all known boxes, each with whether it begins a line."""
    kept: list[tuple[Word, bool]] = []
    begins = True
    for word in in_rows(read.words):
        begins = begins or word.begins_line
        middle = ((word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2, 1.0)
        x, y = read.to_page @ np.array(middle) / scale
        inside = (
            (covered[:, 0] <= x)
            & (x <= covered[:, 2])
            & (covered[:, 1] <= y)
            & (y <= covered[:, 3])
        )
        if not inside.any():
            kept.append((word, begins))
            begins = False
    return kept


def _characters(
    words: list[tuple[Word, bool]],
) -> tuple[NDArray[np.uint32], Boxes, NDArray[np.uint8], NDArray[np.float32]]:
    """Code points, their boxes, their confidences, and top and bottom of their lines."""
    codes: list[int] = []
    boxes: list[NDArray[np.float64]] = []
    sure: list[int] = []
    line_of: list[int] = []
    line = -1
    before: Word | None = None
    for word, begins in words:
        line += begins
        if before is not None:
            if begins and len(before.text) > 1 and before.text[-1] in HYPHENS:
                codes[-1] = ord(MARKS[0])  # canonical() judges whether it belongs to the word
            codes.append(_NEWLINE if begins else _SPACE)
            boxes.append(_between(before, word))
            sure.append(round(before.confidence))
            line_of.append(line)
        text = [ord(char) for char in word.text]
        codes += text
        boxes.append(_letters(word, len(text)))
        sure += [round(word.confidence)] * len(text)
        line_of += [line] * len(text)
        before = word
    every = np.concatenate(boxes).astype(np.float32)
    number = np.array(line_of)
    rows = np.empty((len(codes), 2), np.float32)
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    rows[:, 0] = np.minimum.reduceat(every[:, 1], starts)[number]
    rows[:, 1] = np.maximum.reduceat(every[:, 3], starts)[number]
    return np.array(codes, np.uint32), every, np.array(sure, np.uint8), rows


def _letters(word: Word, count: int) -> NDArray[np.float64]:
    """The word's box in equal parts, one for each letter."""
    left, top, right, bottom = word.box
    parts = np.empty((count, 4))
    if count > 1 and bottom - top > UPRIGHT * (right - left):
        edges = np.linspace(top, bottom, count + 1)
        parts[:, 0], parts[:, 2] = left, right
        parts[:, 1], parts[:, 3] = edges[:-1], edges[1:]
        return parts
    edges = np.linspace(left, right, count + 1)
    parts[:, 1], parts[:, 3] = top, bottom
    parts[:, 0], parts[:, 2] = edges[:-1], edges[1:]
    return parts[::-1].copy() if word.leftwards else parts


def _between(before: Word, after: Word) -> NDArray[np.float64]:
    """A blank's box: beside the end of a word, hardly wider than high, whatever gap follows."""
    _, top, right, bottom = before.box
    return np.array([[right, top, min(max(after.box[0], right), right + bottom - top), bottom]])


def _on_page(boxes: Boxes, read: PageRead, scale: float) -> Boxes:
    """Boxes of the upright picture, as the upright boxes around them on the page."""
    corners = np.stack([boxes[:, [x, y]] for x, y in ((0, 1), (2, 1), (2, 3), (0, 3))], axis=1)
    moved = (corners @ read.to_page[:, :2].T + read.to_page[:, 2]) / scale
    low, high = moved.min(axis=1), moved.max(axis=1)
    placed: Boxes = np.hstack((low, high)).astype(np.float32)
    return placed
