"""What every format is: draft units out of bytes, with remarks on what it left out.

Must not know frames, passages or the window.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from carrel.domain.blocks import Block
from carrel.domain.documents import OutlineEntry, Room, UnitKind
from carrel.domain.sheets import SheetPart
from carrel.language.passages import Heading
from carrel.parsing.boxes import Boxes
from carrel.parsing.charset import clean
from carrel.parsing.errors import TooLarge
from carrel.parsing.limits import ALONE, MAX_PROPERTIES, MAX_PROPERTY, MAX_TEXT_BYTES

Bytes = bytes | bytearray | memoryview
"""A document's bytes; a memoryview of the mapped memory in the worker."""

LABEL_CHARACTERS: Final = 120
"""Code points of a heading used as a label; longer ones do not fit a side bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document to be read.

    Attributes:
        name: the file's name, only ever a hint.
        kind: as sniffed, one of the format's `kinds`.
        room: what may come out of it.
    """

    body: Bytes
    name: str
    kind: str
    room: Room = ALONE

    def text_bytes(self) -> bytes:
        """The bytes of a text-like document, as one object.

        Raises:
            TooLarge: beyond what is decoded whole.
        """
        if len(self.body) > MAX_TEXT_BYTES:
            raise TooLarge
        return bytes(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftUnit:
    """A unit before it is split into passages.

    Attributes:
        width, height: points, 0 where there is no page.
        boxes: one row per code point, or None where there is no page.
        headings: where in the text headings stand.
        heading_line: the words that name this unit best; they weigh more in the index.
        blocks: what its lines are, in order and apart from each other.
        cells: of a sheet; their places are offsets into the text.
    """

    kind: UnitKind
    label: str
    text: str
    width: float = 0.0
    height: float = 0.0
    boxes: Boxes | None = None
    headings: tuple[Heading, ...] = ()
    heading_line: str = ""
    blocks: tuple[Block, ...] = ()
    cells: SheetPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMember:
    """A document inside the document, to become one of its own.

    Attributes:
        path: checked, see `carrel.parsing.formats.members`.
        pieces: its bytes; a ParseError while iterating means that this member cannot be had.
    """

    path: str
    pieces: Iterator[bytes]


@dataclass(slots=True)
class Report:
    """Where a format says what it found besides units.

    Attributes:
        total: units to come, 0 if unknown.
        remarks: code and name, to unit numbers.
        outline: the table of contents its author made; where there is none, headings take its
            place.
        properties: name to value.
    """

    total: int = 0
    remarks: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    on_progress: Callable[[], None] = lambda: None
    outline: list[OutlineEntry] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)

    def remark(self, code: str, *, number: int | None = None, name: str = "") -> None:
        """Note something; the same remark about several units becomes one."""
        numbers = self.remarks.setdefault((code, name), [])
        if number is not None and number not in numbers[-1:]:
            numbers.append(number)

    def describe(self, name: str, untrusted_value: str) -> None:
        """Note what the document says of itself; the first value of a name counts."""
        value = one_line(clean(untrusted_value), MAX_PROPERTY)
        if value and len(self.properties) < MAX_PROPERTIES:
            self.properties.setdefault(name, value)


class Format(Protocol):
    """A way to read documents of some kinds.

    Attributes:
        kinds: of documents it reads.
        parser: name of what does the work, stored with each document.
        version: raised whenever the canonical text of any document could change.
    """

    @property
    def kinds(self) -> tuple[str, ...]:
        """As `sniff` names them."""
        ...

    @property
    def parser(self) -> str:
        """Lower case, stable."""
        ...

    @property
    def version(self) -> int:
        """Counts from 1."""
        ...

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """The document's units in order, and the documents inside of it.

        Raises:
            ParseError: it cannot be read (further).
        """
        ...


def one_line(text: str, limit: int = LABEL_CHARACTERS) -> str:
    """Text as one short line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
