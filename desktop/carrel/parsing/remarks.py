"""Remarks: what could not be read of a document that was read.

A worker sends a code, unit numbers and at most one name; the sentence is made
here, on our side. Must not know formats or frames.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from carrel.domain.documents import Flaw, LedgerEntry

MOST_NAMED: Final = 3
"""Members named in one sentence of a document's warnings; the ledger names each."""

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
    def is_quiet(self) -> bool:
        """Whether it belongs into the ledger only: nothing a reader must be told at once."""
        return _WORDS[self.code].is_quiet

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """The remark as lines of the ledger, one for each unit."""
        words = _WORDS[self.code]
        what, remedy = _FLAWS.get(self.code) or _flaw(words)
        return tuple(
            LedgerEntry(
                unit=number,
                what=what,
                why=words.one.format(numbers=number, name=self.name),
                remedy=remedy,
                loss=words.is_loss,
                name=self.name,
            )
            for number in self.numbers or (0,)
        )

    @property
    def sentence(self) -> str:
        """The remark in words."""
        words = _WORDS[self.code]
        chosen = words.many if len(self.numbers) > 1 and words.many else words.one
        return chosen.format(numbers=ranges(self.numbers), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is said of one unit or name, of several units, and of several names.

    Attributes:
        of_names: takes ``{count}`` and ``{names}``; empty where each name has its own sentence.
    """

    one: str
    many: str = ""
    is_loss: bool = True
    of_names: str = ""
    is_quiet: bool = False


PICTURE_PAGES: Final = "picture_pages"
DRAWING_PAGES: Final = "drawing_pages"
PICTURES: Final = "pictures"
TORN_PICTURES: Final = "torn_pictures"
MOVING_PICTURE: Final = "moving_picture"
UNREADABLE_FONTS: Final = "unreadable_fonts"
DAMAGED_PAGES: Final = "damaged_pages"
ANNOTATED_PAGES: Final = "annotated_pages"
XFA_FORM: Final = "xfa_form"
CUT_UNITS: Final = "cut_units"
CUT_DOCUMENT: Final = "cut_document"
REPAIRED: Final = "repaired"
GUESSED_CHARSET: Final = "guessed_charset"
REPLACED_CHARACTERS: Final = "replaced_characters"
ATTACHMENT: Final = "attachment"
EMBEDDED: Final = "embedded"
DAMAGED_PART: Final = "damaged_part"
RAGGED_ROWS: Final = "ragged_rows"
UNCLOSED_QUOTE: Final = "unclosed_quote"
NO_TEXT: Final = "no_text"
PICTURE_SLIDES: Final = "picture_slides"
DAMAGED_SLIDES: Final = "damaged_slides"
HIDDEN_SLIDES: Final = "hidden_slides"
HIDDEN_TEXT: Final = "hidden_text"
UNSEEN_TEXT: Final = "unseen_text"
TRACKED_CHANGES: Final = "tracked_changes"
LAID_OUT: Final = "laid_out"
EMPTY_UNITS: Final = "empty_units"
MEMBER_ENCRYPTED: Final = "member_encrypted"
MEMBER_DAMAGED: Final = "member_damaged"
MEMBER_BOMB: Final = "member_bomb"
MEMBER_TOO_LARGE: Final = "member_too_large"
MEMBER_UNSUPPORTED: Final = "member_unsupported"
MEMBERS_BEYOND: Final = "members_beyond"
MEMBER_CIRCULAR: Final = "member_circular"
MEMBER_LINK: Final = "member_link"
MEMBER_RENAMED: Final = "member_renamed"
MEMBER_EMPTY: Final = "member_empty"
MEMBERS_LEFT_OUT: Final = "members_left_out"
GUESSED_NAMES: Final = "guessed_names"
NO_END_MARK: Final = "no_end_mark"
NOT_OPENED: Final = "not_opened"
INLINE_PICTURE: Final = "inline_picture"
SIGNATURE: Final = "signature"
SEALED_MAIL: Final = "sealed_mail"
MACROS: Final = "macros"
EXTERNAL_LINKS: Final = "external_links"
HIDDEN_SHEET: Final = "hidden_sheet"
HIDDEN_ROWS: Final = "hidden_rows"
PICTURES_INSIDE: Final = "pictures_inside"
PICTURED_SLIDES: Final = "pictured_slides"
SMALL_PICTURES: Final = "small_pictures"
VECTOR_PICTURES: Final = "vector_pictures"
VECTOR_SLIDES: Final = "vector_slides"
BROKEN_PICTURES: Final = "broken_pictures"
HUGE_PICTURES: Final = "huge_pictures"
PICTURES_BEYOND: Final = "pictures_beyond"
CUT_SHEET: Final = "cut_sheet"
CUT_CELLS: Final = "cut_cells"
NO_CELLS: Final = "no_cells"
TEXT_ROWS: Final = "text_rows"
VALUES_ONLY: Final = "values_only"

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
    PICTURES: _Words(
        one="Page {numbers} is a picture; the text on it was not read.",
        many="Pages {numbers} are pictures; the text on them was not read.",
    ),
    TORN_PICTURES: _Words(
        one="The picture on page {numbers} is damaged; a part of it is missing.",
        many="The pictures on pages {numbers} are damaged; parts of them are missing.",
    ),
    MOVING_PICTURE: _Words(one="The picture moves; only its first frame was read.", is_loss=False),
    UNREADABLE_FONTS: _Words(
        one="The fonts of page {numbers} do not say which letters they show; it was not read well.",
        many="The fonts of pages {numbers} do not say which letters they show; "
        "they were not read well.",
    ),
    DAMAGED_PAGES: _Words(
        one="Page {numbers} is damaged and was not read.",
        many="Pages {numbers} are damaged and were not read.",
    ),
    ANNOTATED_PAGES: _Words(
        one="Comments, marks or form fields of page {numbers} stand after its text, "
        "each said to be one.",
        is_loss=False,
        is_quiet=True,
    ),
    XFA_FORM: _Words(
        one="The pages of this form are made by a program inside of it (XFA), which was not run; "
        "only what it shows without was read.",
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
    UNCLOSED_QUOTE: _Words(
        one="A quotation mark in the table is never closed; its row was taken as it stands.",
        is_loss=False,
    ),
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
    UNSEEN_TEXT: _Words(
        one="Some text is hidden in the page, so that nobody sees it; it was left out.",
        is_loss=False,
    ),
    LAID_OUT: _Words(
        one="The file holds all on one line; it was set on lines, and line numbers count those.",
        is_loss=False,
    ),
    TRACKED_CHANGES: _Words(
        one="The document holds tracked changes; it was read as if all of them were accepted.",
        is_loss=False,
    ),
    NO_TEXT: _Words(one="No text was found in this document."),
    EMPTY_UNITS: _Words(
        one="Part {numbers} has no text.",
        many="Parts {numbers} have no text.",
        is_loss=False,
        is_quiet=True,
    ),
    MEMBER_ENCRYPTED: _Words(
        one="“{name}” is protected by a password and was not unpacked.",
        of_names="{count} members are protected by a password and were not unpacked: {names}.",
    ),
    MEMBER_DAMAGED: _Words(
        one="“{name}” is damaged and was not unpacked.",
        of_names="{count} members are damaged and were not unpacked: {names}.",
    ),
    MEMBER_BOMB: _Words(
        one="“{name}” unpacks to far more than a document holds and was left out.",
        of_names="{count} members unpack to far more than documents hold and were left out: "
        "{names}.",
    ),
    MEMBER_TOO_LARGE: _Words(
        one="“{name}” is larger than one member may be and was not unpacked.",
        of_names="{count} members are larger than one member may be and were not unpacked: "
        "{names}.",
    ),
    MEMBER_UNSUPPORTED: _Words(
        one="“{name}” is packed in a way that cannot be read by this version.",
        of_names="{count} members are packed in a way that cannot be read by this version: "
        "{names}.",
    ),
    MEMBERS_BEYOND: _Words(
        one="What comes after “{name}” was not unpacked: one file may not hold more.",
    ),
    MEMBER_CIRCULAR: _Words(
        one="“{name}” is the archive it lies in; it was not opened again.",
        is_loss=False,
    ),
    MEMBER_LINK: _Words(
        one="“{name}” is a link or a device, not a file; it was not followed.",
        of_names="{count} members are links or devices, not files; they were not followed: "
        "{names}.",
        is_loss=False,
    ),
    MEMBER_RENAMED: _Words(
        one="The name of “{name}” pointed out of the archive or held signs no name has; "
        "it was changed.",
        of_names="The names of {count} members pointed out of the archive or held signs no name "
        "has; they were changed: {names}.",
        is_loss=False,
    ),
    MEMBER_EMPTY: _Words(
        one="“{name}” is empty.",
        of_names="{count} members are empty: {names}.",
        is_loss=False,
        is_quiet=True,
    ),
    MEMBERS_LEFT_OUT: _Words(
        one="Files of version control and of the system were left out: {name}.",
        is_loss=False,
    ),
    GUESSED_NAMES: _Words(
        one="The archive does not say in which character set its names are; “{name}” was assumed.",
        is_loss=False,
    ),
    NO_END_MARK: _Words(
        one="The archive ends without its end mark; members may be missing.",
        is_loss=False,
    ),
    NOT_OPENED: _Words(
        one="The attachments were not opened: this lies inside too many archives or mails.",
    ),
    SIGNATURE: _Words(one="The mail is signed; the signature was not checked.", is_loss=False),
    SEALED_MAIL: _Words(one="The mail is encrypted or sealed; what is inside was not read."),
    INLINE_PICTURE: _Words(
        one="The small picture “{name}” in the text of the mail was left out.",
        of_names="{count} small pictures in the text of the mail were left out: {names}.",
        is_loss=False,
        is_quiet=True,
    ),
    MACROS: _Words(one="The workbook holds macros; they were neither run nor read.", is_loss=False),
    EXTERNAL_LINKS: _Words(
        one="The workbook takes values from other files; those saved with it were read, "
        "and no link was followed.",
        is_loss=False,
    ),
    HIDDEN_SHEET: _Words(
        one="The sheet “{name}” is hidden in the workbook; it was read, too.",
        of_names="{count} sheets are hidden in the workbook; they were read, too: {names}.",
        is_loss=False,
    ),
    HIDDEN_ROWS: _Words(
        one="Some rows or columns of the sheet “{name}” are hidden; they were read, too.",
        of_names="Some rows or columns of {count} sheets are hidden; they were read, too: {names}.",
        is_loss=False,
    ),
    PICTURES_INSIDE: _Words(
        one="Pictures that may show words: {name}. Each is a document of its own inside this one, "
        "and the text in it is recognised there.",
        is_loss=False,
        is_quiet=True,
    ),
    PICTURED_SLIDES: _Words(
        one="Slide {numbers} holds nothing but pictures; they are documents of their own inside "
        "this one, and the text in them is recognised there.",
        many="Slides {numbers} hold nothing but pictures; they are documents of their own inside "
        "this one, and the text in them is recognised there.",
        is_loss=False,
        is_quiet=True,
    ),
    SMALL_PICTURES: _Words(
        one="Small or repeated pictures (icons, lines, logos) that were left out: {name}.",
        is_loss=False,
        is_quiet=True,
    ),
    VECTOR_PICTURES: _Words(
        one="The document holds drawings (EMF, WMF, SVG and the like): {name}. Words written in "
        "them were not read.",
        is_loss=False,
    ),
    VECTOR_SLIDES: _Words(
        one="Slide {numbers} holds drawings (EMF, WMF, SVG and the like); words written in them "
        "were not read.",
        many="Slides {numbers} hold drawings (EMF, WMF, SVG and the like); words written in them "
        "were not read.",
        is_loss=False,
    ),
    BROKEN_PICTURES: _Words(
        one="Pictures that are damaged, or of a kind that is not read: {name}.",
    ),
    HUGE_PICTURES: _Words(
        one="Pictures that claim far more pixels than any page has and were left out: {name}.",
    ),
    PICTURES_BEYOND: _Words(
        one="The document holds extremely many pictures; the last {name} were not read.",
    ),
    CUT_SHEET: _Words(
        one="The sheet “{name}” is extremely long; only its beginning was read.",
        of_names="{count} sheets come after more cells than one document may have, and were not "
        "read completely: {names}.",
    ),
    CUT_CELLS: _Words(
        one="Cells of the sheet “{name}” hold more text than a spreadsheet can show; "
        "only its beginning was read.",
    ),
    NO_CELLS: _Words(
        one="Part {numbers} has so many cells that it was read as text only; it cannot be "
        "queried as a table.",
        many="Parts {numbers} have so many cells that they were read as text only; they cannot "
        "be queried as tables.",
    ),
    TEXT_ROWS: _Words(
        one="Some rows are so long, or so far down, that they were read as text only; they cannot "
        "be queried as a table.",
        is_loss=False,
    ),
    VALUES_ONLY: _Words(
        one="Of this kind of workbook the values were read, not the formulas, comments and "
        "text boxes; numbers are shown without their format.",
        is_loss=False,
    ),
}

_FLAWS: Final = {
    PICTURE_PAGES: (Flaw.NO_TEXT, ""),
    DRAWING_PAGES: (Flaw.NO_TEXT, ""),
    PICTURES: (Flaw.NO_TEXT, ""),
    TORN_PICTURES: (Flaw.DAMAGE, "Get a complete copy and add that."),
    UNREADABLE_FONTS: (Flaw.DAMAGE, "Print the document to PDF in another program, and add that."),
    DAMAGED_PAGES: (Flaw.DAMAGE, "Get a complete copy and add that."),
    XFA_FORM: (
        Flaw.UNSUPPORTED,
        "Open it in the program it was made for, print it to PDF, and add that.",
    ),
    CUT_UNITS: (Flaw.TRUNCATED, "Split the document into smaller files and add those."),
    CUT_DOCUMENT: (Flaw.TRUNCATED, "Split the document into smaller files and add those."),
    REPAIRED: (Flaw.DAMAGE, "Get a complete copy and add that."),
    ATTACHMENT: (Flaw.UNSUPPORTED, "Save the attachment as a file and add that."),
    EMBEDDED: (Flaw.UNSUPPORTED, "Save the embedded file by itself and add that."),
    DAMAGED_PART: (Flaw.DAMAGE, "Get a complete copy and add that."),
    NO_TEXT: (
        Flaw.NO_TEXT,
        "If it shows text in pictures, run text recognition and add that.",
    ),
    EMPTY_UNITS: (Flaw.NO_TEXT, ""),
    UNSEEN_TEXT: (Flaw.LEFT_OUT, ""),
    MEMBER_ENCRYPTED: (Flaw.PASSWORD, "Unpack it with its password and add the files."),
    MEMBER_DAMAGED: (Flaw.DAMAGE, "Get a complete copy of the archive and add that."),
    MEMBER_BOMB: (Flaw.LEFT_OUT, "Do not unpack it unless you know where it comes from."),
    MEMBER_TOO_LARGE: (Flaw.UNSUPPORTED, "Unpack the archive and add this file by itself."),
    MEMBER_UNSUPPORTED: (Flaw.UNSUPPORTED, "Unpack the archive and add the files."),
    MEMBERS_BEYOND: (Flaw.TRUNCATED, "Unpack the archive and add the files you need."),
    MEMBER_CIRCULAR: (Flaw.LEFT_OUT, ""),
    MEMBER_LINK: (Flaw.LEFT_OUT, ""),
    MEMBER_EMPTY: (Flaw.NO_TEXT, ""),
    MEMBERS_LEFT_OUT: (Flaw.LEFT_OUT, "Unpack the archive and add them by name if you need them."),
    NO_END_MARK: (Flaw.DAMAGE, "Compare it with the original, if there is one."),
    NOT_OPENED: (Flaw.UNSUPPORTED, "Save the mail by itself and add that."),
    SEALED_MAIL: (Flaw.PASSWORD, "Open it in the mail program, save it unsealed, and add that."),
    INLINE_PICTURE: (Flaw.LEFT_OUT, "Save the picture and add it, if it says anything."),
    PICTURED_SLIDES: (Flaw.NOTE, ""),
    SMALL_PICTURES: (Flaw.LEFT_OUT, ""),
    VECTOR_PICTURES: (Flaw.UNSUPPORTED, "Save the document as PDF, or the drawing, and add that."),
    VECTOR_SLIDES: (Flaw.UNSUPPORTED, "Save the slides as PDF, or the drawing, and add that."),
    BROKEN_PICTURES: (Flaw.DAMAGE, "Save the document as PDF, or the picture, and add that."),
    HUGE_PICTURES: (Flaw.LEFT_OUT, "Save the picture with fewer pixels, and add that."),
    PICTURES_BEYOND: (Flaw.TRUNCATED, "Split the document into smaller files and add those."),
    CUT_SHEET: (Flaw.TRUNCATED, "Split the workbook into smaller files and add those."),
    CUT_CELLS: (Flaw.TRUNCATED, "Move the text of these cells to a text document and add that."),
    NO_CELLS: (Flaw.TRUNCATED, "Split the sheet into smaller ones and add the workbook again."),
}
"""What kind of flaw a remark tells, and what to do about it; others are told by `_flaw`."""


CODES: Final = frozenset(_WORDS)
"""What a worker may send."""


MEMBER_CODES: Final = {
    "parse.encrypted": MEMBER_ENCRYPTED,
    "parse.damaged": MEMBER_DAMAGED,
    "parse.bomb": MEMBER_BOMB,
    "parse.too_large": MEMBER_TOO_LARGE,
    "parse.memory": MEMBER_TOO_LARGE,
    "parse.no_room": MEMBER_TOO_LARGE,
}
"""What is said of a member that failed with an error; others are unsupported."""


def _flaw(words: _Words) -> tuple[Flaw, str]:
    if not words.is_loss:
        return Flaw.NOTE, ""
    return Flaw.UNSUPPORTED, "Open the original in the program that made it to see this part."


def sentences(remarks: Iterable[Remark]) -> list[str]:
    """Remarks in words, those about many names joined; quiet ones left out."""
    found: dict[str, list[Remark]] = {}
    for at, remark in enumerate(remarks):
        if not remark.is_quiet:
            joined = bool(_WORDS[remark.code].of_names)
            found.setdefault(remark.code if joined else f"{remark.code} {at}", []).append(remark)
    said: list[str] = []
    for alike in found.values():
        if len(alike) == 1:
            said.append(alike[0].sentence)
            continue
        names = [f"“{remark.name}”" for remark in alike[:MOST_NAMED]]
        more = len(alike) - len(names)
        words = ", ".join(names) + (f" and {more:,} more" if more else "")
        said.append(_WORDS[alike[0].code].of_names.format(count=f"{len(alike):,}", names=words))
    return said


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
