"""Remarks: what could not be read of a document that was read.

A worker sends a code, unit numbers and at most one name; the sentence is made
here, on our side. Must not know formats or frames.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MAX_RANGES: Final = 12
"""Ranges of page numbers spelt out in one sentence; more would fill the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to be said about a document.

    Attributes:
        numbers: unit numbers it is about, counted from 1; ascending.
        name: a name out of the document, such as an attachment's.
    """

    code: str
    numbers: tuple[int, ...] = ()
    name: str = ""

    @property
    def is_loss(self) -> bool:
        """Whether something in the document was not read."""
        return _WORDS[self.code].is_loss

    @property
    def sentence(self) -> str:
        """The remark in words."""
        words = _WORDS[self.code]
        chosen = words.many if len(self.numbers) > 1 and words.many else words.one
        return chosen.format(numbers=ranges(self.numbers), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    one: str
    many: str = ""
    is_loss: bool = True


PICTURE_PAGES: Final = "picture_pages"
DRAWING_PAGES: Final = "drawing_pages"
UNREADABLE_FONTS: Final = "unreadable_fonts"
DAMAGED_PAGES: Final = "damaged_pages"
CUT_UNITS: Final = "cut_units"
CUT_DOCUMENT: Final = "cut_document"
REPAIRED: Final = "repaired"
GUESSED_CHARSET: Final = "guessed_charset"
REPLACED_CHARACTERS: Final = "replaced_characters"
ATTACHMENT: Final = "attachment"
EMBEDDED: Final = "embedded"
DAMAGED_PART: Final = "damaged_part"
RAGGED_ROWS: Final = "ragged_rows"
NO_TEXT: Final = "no_text"
PICTURE_SLIDES: Final = "picture_slides"
DAMAGED_SLIDES: Final = "damaged_slides"
HIDDEN_SLIDES: Final = "hidden_slides"
HIDDEN_TEXT: Final = "hidden_text"
TRACKED_CHANGES: Final = "tracked_changes"

_WORDS: Final = {
    PICTURE_PAGES: _Words(
        one="Page {numbers} is a picture of text; it was not read.",
        many="Pages {numbers} are pictures of text; they were not read.",
    ),
    DRAWING_PAGES: _Words(
        one="Page {numbers} is a drawing without text.",
        many="Pages {numbers} are drawings without text.",
        is_loss=False,
    ),
    UNREADABLE_FONTS: _Words(
        one="The fonts of page {numbers} do not say which letters they show; it was not read well.",
        many="The fonts of pages {numbers} do not say which letters they show; "
        "they were not read well.",
    ),
    DAMAGED_PAGES: _Words(
        one="Page {numbers} is damaged and was not read.",
        many="Pages {numbers} are damaged and were not read.",
    ),
    CUT_UNITS: _Words(
        one="Part {numbers} is extremely long; only its beginning was read.",
        many="Parts {numbers} are extremely long; only their beginnings were read.",
    ),
    CUT_DOCUMENT: _Words(one="The document is extremely long; only its beginning was read."),
    REPAIRED: _Words(
        one="The file was cut short and has been repaired; its end may be missing.", is_loss=False
    ),
    GUESSED_CHARSET: _Words(
        one="The file does not name its character set; “{name}” was assumed.", is_loss=False
    ),
    REPLACED_CHARACTERS: _Words(
        one="Some characters do not fit the character set and are shown as “\ufffd”.",
        is_loss=False,
    ),
    ATTACHMENT: _Words(one="The attachment “{name}” was not read; add it as a file of its own."),
    EMBEDDED: _Words(one="The embedded file “{name}” was not read."),
    DAMAGED_PART: _Words(one="The part “{name}” is damaged and was not read completely."),
    RAGGED_ROWS: _Words(one="Some rows have more cells than the table has columns.", is_loss=False),
    PICTURE_SLIDES: _Words(
        one="Slide {numbers} holds nothing but pictures; they were not read.",
        many="Slides {numbers} hold nothing but pictures; they were not read.",
    ),
    DAMAGED_SLIDES: _Words(
        one="Slide {numbers} is damaged and was not read.",
        many="Slides {numbers} are damaged and were not read.",
    ),
    HIDDEN_SLIDES: _Words(
        one="Slide {numbers} is hidden in the presentation; it was read, too.",
        many="Slides {numbers} are hidden in the presentation; they were read, too.",
        is_loss=False,
    ),
    HIDDEN_TEXT: _Words(
        one="Some text is hidden in the document; it was read, too.", is_loss=False
    ),
    TRACKED_CHANGES: _Words(
        one="The document holds tracked changes; it was read as if all of them were accepted.",
        is_loss=False,
    ),
    NO_TEXT: _Words(one="No text was found in this document."),
}

CODES: Final = frozenset(_WORDS)
"""What a worker may send."""


def ranges(numbers: Iterable[int]) -> str:
    """``1–3, 7, 9–10``; the end is left out after MAX_RANGES ranges."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    words = [str(a) if a == b else f"{a}–{b}" for a, b in spans[:MAX_RANGES]]
    if len(spans) > MAX_RANGES:
        words.append("…")
    return ", ".join(words)
