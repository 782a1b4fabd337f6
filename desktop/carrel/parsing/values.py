"""What comes out of a document. Frozen values; must not know frames or formats."""

from dataclasses import dataclass

from carrel.domain.documents import DocumentState, LedgerEntry, OutlineEntry, Property, UnitKind
from carrel.language.passages import PassageSpan
from carrel.system.shared_memory import SealedCopy


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedUnit:
    """A unit with its passages, as `carrel.domain.documents.Unit` will hold it.

    Attributes:
        number: counts from 1.
        width, height: points, 0 where there is no page.
        char_boxes: compressed boxes, empty where there is no page.
        cells: packed cells of a sheet, see `carrel.language.cells`; empty for everything else.
        blocks: what its lines are, packed, see `carrel.language.blocks`; may be empty.
    """

    kind: UnitKind
    number: int
    label: str
    text: str
    width: float
    height: float
    char_boxes: bytes
    passages: tuple[PassageSpan, ...]
    cells: bytes = b""
    blocks: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMember:
    """A document out of a container, whole.

    Attributes:
        path: inside the container: relative, without ``..``.
        sha256: lower-case hexadecimal.
        copy: its bytes, sealed; closed once it was handed over.
    """

    path: str
    size: int
    sha256: str
    copy: SealedCopy

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturedUnit:
    """A unit whose text has to be recognised in its picture.

    Attributes:
        number: of the unit, counts from 1.
        replaces: whether the text it has is worthless and gives way to what is recognised.
        entry: what the ledger says until then.
    """

    number: int
    replaces: bool
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """What was recognised on one page.

    Attributes:
        text: canonical; empty when there is none.
        char_boxes: compressed, one for each code point.
        confidences: one byte for each code point, 0 to 100.
        languages: as Tesseract names them, joined by ``+``.
        turned: degrees the page had been turned clockwise.
        segment: posting segment over the passages; empty without any.
    """

    text: str
    char_boxes: bytes
    confidences: bytes
    languages: str
    turned: int
    passages: tuple[PassageSpan, ...]
    segment: bytes

    @property
    def confidence(self) -> float:
        """Mean over the characters, 0 to 100."""
        return sum(self.confidences) / max(len(self.confidences), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseSummary:
    """What came of reading a document.

    Attributes:
        kind: as detected by content.
        state: read, or partial when a warning tells of something that was not read.
        units, passages: how many were handed over.
        warnings: sentences ready to be shown.
        ledger: what was not read, or not well, by unit.
        members: documents that were handed over.
        outline: the table of contents, in order.
        properties: what the document says of itself.
        sketch: of its words; see `carrel.language.likeness`.
        cut: whether the reading ended before the document did, because its process died.
    """

    kind: str
    parser: str
    parser_version: int
    state: DocumentState
    units: int
    passages: int
    warnings: tuple[str, ...]
    ledger: tuple[LedgerEntry, ...] = ()
    members: int = 0
    pictured: tuple[PicturedUnit, ...] = ()
    outline: tuple[OutlineEntry, ...] = ()
    properties: tuple[Property, ...] = ()
    sketch: bytes = b""
    cut: bool = False
