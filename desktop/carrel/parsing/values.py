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
    outline: tuple[OutlineEntry, ...] = ()
    properties: tuple[Property, ...] = ()
