"""What comes out of a document. Frozen values; must not know frames or formats."""

from dataclasses import dataclass

from carrel.domain.documents import DocumentState, UnitKind
from carrel.language.passages import PassageSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedUnit:
    """A unit with its passages, as `carrel.domain.documents.Unit` will hold it.

    Attributes:
        number: counts from 1.
        width, height: points, 0 where there is no page.
        char_boxes: compressed boxes, empty where there is no page.
    """

    kind: UnitKind
    number: int
    label: str
    text: str
    width: float
    height: float
    char_boxes: bytes
    passages: tuple[PassageSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseSummary:
    """What came of reading a document.

    Attributes:
        kind: as detected by content.
        state: read, or partial when a warning tells of something that was not read.
        units, passages: how many were handed over.
        warnings: sentences ready to be shown.
    """

    kind: str
    parser: str
    parser_version: int
    state: DocumentState
    units: int
    passages: int
    warnings: tuple[str, ...]
