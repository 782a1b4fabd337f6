"""Documents, their units, passages and the places inside them.

Frozen values that cross layers, threads and processes. Must not know how they
are parsed, stored or shown.

Offsets count Unicode code points of a unit's *canonical text*, which is
immutable for one parser version. Boxes are in PDF points (1/72 inch) of the
page as displayed, rotation applied, with the origin in the top left corner.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from carrel.domain.blocks import Block
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.domain.recognition import PicturedPages, RecognisedPart
from carrel.domain.sheets import SheetPart

_NUMBERED: Final = re.compile(r"\d{1,3}\.(\d{1,3}\.?)*\s")
"""The start of a heading that is cited by its number, such as ``21.2 Liquidity``."""
UNDO_SECONDS: Final = 3600.0
"""Seconds a removed document can come back. Long enough to notice a mistake, short enough that
what was to be destroyed is destroyed the same day."""

OTHER_FIELDS: Final = "Other header fields"
"""Label of the unit that holds what the header of a mail says besides the usual."""

HIDDEN_SLIDE: Final = " (hidden slide)"
"""Put behind the label of a slide that is not shown."""

_ROWS: Final = re.compile(r"rows? \d")


class DocumentState(StrEnum):
    """How far a document has come."""

    QUEUED = "queued"
    """Its bytes are safely stored; it has not been read yet."""
    READ = "read"
    PARTIAL = "partial"
    """Some units were read; `warnings` say what is missing."""
    FAILED = "failed"


class UnitKind(StrEnum):
    """What one unit of a document is called by its readers."""

    PAGE = "page"
    SECTION = "section"
    SLIDE = "slide"
    SHEET = "sheet"
    MAIL_PART = "mail part"
    LINES = "lines"


class Flaw(StrEnum):
    """What is wrong with a part of a document, in the words of the ledger."""

    NO_TEXT = "no text"
    LOW_CONFIDENCE = "low confidence"
    """Text was recognised in a picture, and much of it may be wrong."""
    PASSWORD = "password"  # noqa: S105 - what is missing, not a secret
    DAMAGE = "damage"
    TRUNCATED = "truncated"
    """Only its beginning was read."""
    UNSUPPORTED = "unsupported"
    LEFT_OUT = "left out"
    """On purpose: a bomb, a link, files of version control."""
    NOTE = "note"
    """Nothing is missing, but the reader should know."""


class Box(NamedTuple):
    """A rectangle on a page: left, top, right, bottom, in points from the top left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something did not work, ready to be shown.

    Attributes:
        code: stable, machine readable, such as ``parse.encrypted``.
        reason: one sentence, what happened.
        remedy: one sentence, what the reader can do.
    """

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of a document's ledger: what was not read, or not well, and what to do.

    Attributes:
        unit: number of the unit, counts from 1; 0 for the document as a whole.
        why: a sentence.
        remedy: a sentence; empty where nothing needs to be done.
        loss: whether something in the document was not read.
        name: of a member or attachment it is about; may be empty.
    """

    unit: int
    what: Flaw
    why: str
    remedy: str
    loss: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineEntry:
    """One line of a document's table of contents, as its author made it.

    Attributes:
        title: on one line.
        level: counts from 1, the highest.
        unit: number of the unit it leads to, counts from 1; 0 where it leads nowhere.
    """

    title: str
    level: int
    unit: int


class Property(NamedTuple):
    """What a document says of itself: ``Title``, ``Author``, ``Created``."""

    name: str
    value: str


class Inside(NamedTuple):
    """Where a document lies inside another: an archive's member, a mail's attachment.

    Attributes:
        path: inside the container, parts joined by ``/``; relative, without ``..``.
    """

    container: DocumentId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What may still come out of a container.

    Attributes:
        depth: containers that may still be opened inside each other, this one included.
        members: documents.
        size: bytes of all of them.
    """

    depth: int
    members: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file the user added, or one inside of it, known by the SHA-256 of its bytes.

    Attributes:
        name: what it is called: its file's name, or another the user gave it.
        kind: the detected type, as `carrel.parsing.sniff` names it (``pdf``), or ``unknown``.
        size: bytes of the original.
        added_at: seconds since the epoch, UTC.
        seconds: time it took to read, 0 while queued.
        warnings: sentences about what could not be read.
        own: whether the user added it by itself.
        inside: where it lies in other documents, in the order these were added.
        members: documents inside of it.
        file_name: of the file it came from; kept when the user calls it otherwise.
        old: whether something newer took its place; it is only searched when it is named.
        newer: what took its place; None for what lies in old containers only.
        replaces: the version before it, if there is one.
        pictured: how far text recognition has come; None where nothing is to be recognised.
        tags, collections: what the user put on it, and where the user put it; by name.
        note: the user's own words, as typed; may be empty.
        parser, parser_version: what read it; empty and 0 while it was not read.
        gone: nothing lies any more in any of its places, as far as they are watched.
    """

    id: DocumentId
    sha256: str
    name: str
    size: int
    kind: str
    state: DocumentState
    added_at: float
    units: int = 0
    passages: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()
    own: bool = True
    inside: tuple[Inside, ...] = ()
    members: int = 0
    file_name: str = ""
    old: bool = False
    newer: DocumentId | None = None
    replaces: DocumentId | None = None
    pictured: PicturedPages | None = None
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    note: str = ""
    parser: str = ""
    parser_version: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What lay at a path at some time.

    Attributes:
        seen_at: when it was found there first, seconds since the epoch, UTC.
        old: whether something newer took its place.
    """

    document: DocumentId
    name: str
    seen_at: float
    old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a document lies on the disk.

    Attributes:
        paths: where it was found, the last one first.
        versions: all that lay at the first of these paths, oldest first, itself among them.
    """

    paths: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()

    def number(self, document: DocumentId) -> int:
        """Which version a document is, counted from 1; 0 when it is none of them."""
        numbers = {one.document: number for number, one in enumerate(self.versions, 1)}
        return numbers.get(document, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """A document that is nearly the same as another.

    Attributes:
        share: of the runs of words in both, 0 to 1; an estimate.
    """

    document: DocumentId
    name: str
    share: float

    @property
    def percent(self) -> int:
        """The share in percent; never 100, because the bytes differ."""
        return min(99, round(100 * self.share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A document that was removed and can still come back.

    Attributes:
        documents: this one and those inside of it that went along.
        removed_at: seconds since the epoch, UTC.
    """

    document: Document
    documents: tuple[DocumentId, ...]
    removed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit of a document with its canonical text.

    Attributes:
        number: position in the document, counts from 1.
        label: as printed: ``iv``, ``Liquidity``, ``Attachment notes.txt``; may be empty.
        width, height: points, 0 where there is no page.
        char_boxes: little-endian float32 array of shape (len(text), 4), zlib-compressed;
            empty where the unit has no page. NaN rows belong to characters without a place
            (such as inserted line ends).
        parser_version: of the parser that made the text; part of every citation.
        recognised: what of the text was recognised in a picture; None when all is the document's.
    """

    id: UnitId
    document: DocumentId
    kind: UnitKind
    number: int
    label: str
    text: str
    width: float = 0.0
    height: float = 0.0
    char_boxes: bytes = b""
    parser_version: int = 1
    recognised: RecognisedPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A span of a unit: what is indexed, retrieved and cited.

    Attributes:
        start, end: code points of the unit's canonical text.
        heading: the headings above it, joined by `` › ``; may be empty.
    """

    id: PassageId
    document: DocumentId
    unit: UnitId
    start: int
    end: int
    heading: str
    text: str


class UnitPlace(NamedTuple):
    """Where a unit lies, without its text."""

    kind: UnitKind
    number: int
    label: str

    @property
    def has_sheet(self) -> bool:
        """Whether it lies on a sheet with a name, rather than in a table of a text file."""
        return bool(self.label) and not _ROWS.match(self.label.lstrip())

    @property
    def words(self) -> str:
        """The place as a reader says it: ``page 151``, ``§ 21. Covenants``, ``rows 1–75``."""
        label = " ".join(self.label.split())
        match self.kind:
            case UnitKind.PAGE:
                return f"page {label or self.number}"
            case UnitKind.SLIDE:
                return f"slide {self.number}" + (f" “{label}”" if label else "")
            case UnitKind.SECTION if _NUMBERED.match(label):
                return f"§ {label}"
            case UnitKind.SECTION:
                return label or f"section {self.number}"
            case UnitKind.MAIL_PART:
                return label or f"part {self.number}"
            case UnitKind.SHEET if self.has_sheet:
                return f"sheet “{label}”"
            case UnitKind.SHEET | UnitKind.LINES:
                return label or f"part {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found by a search.

    Attributes:
        rank: counts from 1.
        score: of the ranking function; only comparable within one result.
        spans: words of the query, as offsets into ``passage.text``.
        boxes: the passage's lines on its page; empty where there is no page.
        cells: of a sheet, those of the row with the most words found, as ``Rents!B4:D4``; of a
            passage found otherwise all of its cells; empty elsewhere.
    """

    rank: int
    score: float
    passage: Passage
    document_name: str
    document_sha256: str
    place: UnitPlace
    spans: tuple[Span, ...]
    boxes: tuple[Box, ...]
    cells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """What a viewer needs to show one unit with words marked.

    Attributes:
        total: units of the document.
        page_like: whether the unit can be rendered as a page image.
        marks: spans of the unit's text to be marked.
        mark_boxes: the same as line boxes on the page.
        blocks: what the lines of the unit's text are, as far as that is known.
        sheet: the cells of the unit, where it has any.
        earlier: whether the text is that of an earlier reading, kept for a citation.
    """

    document: Document
    unit: Unit
    total: int
    page_like: bool
    marks: tuple[Span, ...] = ()
    mark_boxes: tuple[Box, ...] = ()
    blocks: tuple[Block, ...] = ()
    sheet: SheetPart | None = None
    earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImage:
    """A rendered page: 32-bit BGRx rows without padding between them (4 x width bytes a row)."""

    width: int
    height: int
    pixels: bytes


def whole_ledger(document: Document, ledger: Sequence[LedgerEntry]) -> tuple[LedgerEntry, ...]:
    """A document's ledger, with a line for the failure of one that was not read at all."""
    failure = document.failure
    if failure is None:
        return tuple(ledger)
    flaw = {
        "parse.encrypted": Flaw.PASSWORD,
        "parse.damaged": Flaw.DAMAGE,
        "parse.crashed": Flaw.DAMAGE,
        "parse.empty": Flaw.NO_TEXT,
        "parse.no_text": Flaw.NO_TEXT,
        "parse.bomb": Flaw.LEFT_OUT,
        "parse.nested": Flaw.LEFT_OUT,
    }.get(failure.code, Flaw.UNSUPPORTED)
    whole = LedgerEntry(unit=0, what=flaw, why=failure.reason, remedy=failure.remedy, loss=True)
    return (whole, *ledger)


def nothing_missing(document: Document) -> str:
    """What is said of a document whose ledger has no lines."""
    if document.state is DocumentState.QUEUED:
        return "It waits for its turn to be read."
    if document.members and not document.units:
        return "Every file inside was unpacked; each says for itself what was read of it."
    return "All of it was read."
