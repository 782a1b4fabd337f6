"""Sections out of a row of lines and headings, shared by DOCX, HTML and mail bodies.

A unit begins at each heading of the first two levels, and wherever one grows
too long to be read in a viewer. Must not know where the lines come from.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import UnitKind
from carrel.language.passages import Heading
from carrel.parsing.formats.base import DraftUnit, one_line

UNIT_LEVELS: Final = 2
"""Heading levels that begin a unit; deeper ones stay inside."""

SECTION_CHARACTERS: Final = 20_000
"""Code points after which a section is continued in a new unit, at a line border."""


HEADING_CHARACTERS: Final = 2_000
"""Code points beyond which nothing is a heading, whatever the document says."""


class Line(NamedTuple):
    """A paragraph, table row or heading.

    Attributes:
        level: of a heading; 0 is none.
        kind: what it is if it is neither a heading nor a plain paragraph.
        rank: the level of that kind, see `BlockKind`.
    """

    text: str
    level: int = 0
    kind: BlockKind | None = None
    rank: int = 1


def heading_line(text: str, level: int) -> Line:
    """A heading on one line. What is far too long for one is a paragraph: nothing of it is cut."""
    line = " ".join(text.split())
    return Line(line, level) if 0 < len(line) <= HEADING_CHARACTERS else Line(text)


def row_line(text: str, *, first: bool, head: bool = False) -> Line:
    """A row of a table; cells are set apart by tabs.

    Args:
        first: it begins a table.
        head: it names the columns.
    """
    return Line(text, 0, BlockKind.HEAD_ROW if head else BlockKind.ROW, 1 if first else 2)


def field_line(text: str, *, rank: int = 1) -> Line:
    """A field of a mail's header: its name, a colon and its value; see `BlockKind.FIELD`."""
    about = rank == 1 and text.startswith("Subject: ")
    return Line(text, 0, BlockKind.SUBJECT if about else BlockKind.FIELD, rank)


def sections(
    lines: Iterable[Line], *, title: str = "", kind: UnitKind = UnitKind.SECTION
) -> Iterator[DraftUnit]:
    """Units out of lines.

    Args:
        title: label of what stands before the first heading.
    """
    draft = _Draft(title)
    for line in lines:
        text = line.text.strip("\n")
        if not text.strip():
            continue
        if 0 < line.level <= UNIT_LEVELS and draft.has_body:
            yield draft.finish(kind)
            draft = _Draft("")
        for piece in _pieces(text):
            if draft.size and draft.size + len(piece) > SECTION_CHARACTERS:
                yield draft.finish(kind)
                draft = _Draft(draft.label)
            draft.add(piece, line)
    if draft.size:
        yield draft.finish(kind)


def whole(lines: Iterable[Line], *, label: str, kind: UnitKind) -> DraftUnit:
    """One unit out of all the lines, however many headings are among them: a slide, a message."""
    draft = _Draft(label)
    for line in lines:
        text = line.text.strip("\n")
        if text.strip():
            draft.add(text, line)
    draft.label = label
    return draft.finish(kind)


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), SECTION_CHARACTERS):
        yield text[start : start + SECTION_CHARACTERS]


class _Draft:
    def __init__(self, label: str) -> None:
        self.label = label
        self.size = 0
        self.has_body = False
        self._parts: list[str] = []
        self._headings: list[Heading] = []
        self._blocks: list[Block] = []

    def add(self, text: str, line: Line) -> None:
        level = line.level
        kind = BlockKind.HEADING if level else line.kind
        if kind is not None:
            end = self.size + len(text)
            self._blocks.append(Block(self.size, end, kind, level or line.rank))
        if level:
            if not self.label or not (self.has_body or self._headings):
                self.label = one_line(text)
            heading = Heading(start=self.size, level=level, text=one_line(text))
            self._headings.append(heading)
        else:
            self.has_body = True
        self._parts.append(text)
        self.size += len(text) + 1

    def finish(self, kind: UnitKind) -> DraftUnit:
        return DraftUnit(
            kind=kind,
            label=self.label,
            text="\n".join(self._parts),
            headings=tuple(self._headings),
            blocks=tuple(self._blocks),
            heading_line=self.label,
        )
