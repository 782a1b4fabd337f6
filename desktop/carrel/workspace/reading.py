"""What the store needs of a document that was read, as protocols. Must not know who reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from carrel.domain.documents import DocumentState, LedgerEntry, OutlineEntry, Property, UnitKind


class ReadPassage(Protocol):
    """A span of a unit's text, with the headings above it."""

    @property
    def start(self) -> int:
        """Code points of the unit's text."""

    @property
    def end(self) -> int:
        """Code points of the unit's text."""

    @property
    def heading(self) -> str:
        """May be empty."""


class ReadUnit(Protocol):
    """A unit as a parser gives it; see `carrel.domain.documents.Unit` for the meanings."""

    @property
    def kind(self) -> UnitKind:
        """What it is called."""

    @property
    def number(self) -> int:
        """Counts from 1."""

    @property
    def label(self) -> str:
        """As printed."""

    @property
    def text(self) -> str:
        """Canonical."""

    @property
    def width(self) -> float:
        """Points."""

    @property
    def height(self) -> float:
        """Points."""

    @property
    def char_boxes(self) -> bytes:
        """Compressed."""

    @property
    def cells(self) -> bytes:
        """Packed cells of a sheet; empty for everything else."""

    @property
    def blocks(self) -> bytes:
        """Packed: what its lines are; empty where that is not known."""

    @property
    def passages(self) -> Sequence[ReadPassage]:
        """In order."""


class PicturedUnit(Protocol):
    """A unit whose text has to be recognised in its picture."""

    @property
    def number(self) -> int:
        """Counts from 1."""

    @property
    def replaces(self) -> bool:
        """Whether the text it has gives way to what is recognised."""

    @property
    def entry(self) -> LedgerEntry:
        """What the ledger says until then."""


class ReadStart(Protocol):
    """What a parser says about a document in the beginning."""

    @property
    def kind(self) -> str:
        """The detected type."""

    @property
    def parser(self) -> str:
        """Its name."""

    @property
    def parser_version(self) -> int:
        """Part of every citation."""


class ReadSummary(Protocol):
    """What a parser says about a document in the end."""

    @property
    def kind(self) -> str:
        """The detected type."""

    @property
    def parser(self) -> str:
        """Its name."""

    @property
    def parser_version(self) -> int:
        """Part of every citation."""

    @property
    def state(self) -> DocumentState:
        """Read or partial."""

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences."""

    @property
    def ledger(self) -> Sequence[LedgerEntry]:
        """What was not read, or not well."""

    @property
    def outline(self) -> Sequence[OutlineEntry]:
        """The table of contents, in order."""

    @property
    def properties(self) -> Sequence[Property]:
        """What the document says of itself."""

    @property
    def pictured(self) -> Sequence[PicturedUnit]:
        """Units whose text has to be recognised; the rest leaves them out."""

    @property
    def sketch(self) -> bytes:
        """Of its words; see `carrel.language.likeness`."""
