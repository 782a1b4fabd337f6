"""A text taken apart into what is drawn: paragraphs, tables, lines of code.

Only spans of the text are given out, never other words. Plain Python. Must not know Qt.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Span

READ: Final = frozenset(
    (
        *("docx", "doc", "odt", "rtf", "html", "mhtml", "epub", "md", "pptx", "ppt", "odp"),
        *("eml", "msg", "mbox", "ics", "vcf"),
    )
)
"""Kinds of document that are set for reading; all others are shown as they stand, in lines."""

SIMPLIFIED: Final = READ - {"md", "eml", "msg", "mbox", "ics", "vcf"}
"""Kinds whose author laid them out in a way that is not shown."""

SLIDES: Final = frozenset({"pptx", "ppt", "odp"})
"""Kinds of presentations."""

ASIDE_LEVEL: Final = 3
"""Level of the headings of a slide below which stands what the audience does not see."""

FLOWING: Final = frozenset({"md"})
"""Kinds of document whose line ends inside a paragraph mean nothing."""

MOST_CELLS: Final = 3_000
"""Cells of one table that is drawn as one; larger ones are shown as lines, since laying out more
takes over a tenth of a second."""

_ROWS: Final = frozenset({BlockKind.ROW, BlockKind.HEAD_ROW})
_FIELDS: Final = frozenset({BlockKind.FIELD, BlockKind.SUBJECT})
_NAME: Final = re.compile(r"([!-9;-~]{1,100}):[ \t]*")
"""The name of a field and what sets it apart from its value; RFC 5322, 2.2."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A paragraph, heading, item or line of code.

    Attributes:
        spans: of the text, drawn one after the other: lines of code below each other, those of a
            paragraph with a blank between.
        kind: None for a plain paragraph.
        level: see `BlockKind`.
        tight: whether the next one follows without a gap.
    """

    spans: tuple[Span, ...]
    kind: BlockKind | None = None
    level: int = 1
    tight: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row; `head` names the columns."""

    cells: tuple[Span, ...]
    head: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        columns: cells of the longest row.
    """

    rows: tuple[GridRow, ...]
    columns: int


@dataclass(frozen=True, slots=True)
class Header:
    """Fields of a mail's header.

    Attributes:
        subject: the value of the field that says what the mail is about.
        fields: name and value of each of the others; without a name, a value goes on.
        quiet: whether programs wrote them, for programs.
    """

    subject: Span | None
    fields: tuple[tuple[Span, Span], ...]
    quiet: bool = False


Drawn = Stretch | Grid | Header
"""What is drawn below each other."""


@dataclass(frozen=True, slots=True)
class _Line:
    span: Span
    kind: BlockKind | None
    level: int


def laid_out(text: str, blocks: Sequence[Block], kind: str) -> list[Drawn]:
    """What is drawn, in order.

    Args:
        text: canonical text of a unit, or the stretch of it that is shown.
        blocks: of that text, in order.
        kind: of the document.
    """
    found: list[Drawn] = []
    rows: list[_Line] = []
    blank = True
    for line in _lines(text, blocks):
        if line.kind in _ROWS or line.kind in _FIELDS:
            if rows and _begins(rows[-1], line):
                found += _joined(text, rows)
                rows = []
            rows.append(line)
            continue
        found += _joined(text, rows)
        rows = []
        if line.span.end <= line.span.start:
            blank = True
            continue
        last = found[-1] if found else None
        if isinstance(last, Stretch) and _goes_on(last, line, kind, blank=blank):
            found[-1] = Stretch((*last.spans, line.span), last.kind, last.level)
        else:
            found.append(Stretch((line.span,), line.kind, line.level))
        blank = False
    found += _joined(text, rows)
    return _tightened(text, found)


def _begins(last: _Line, line: _Line) -> bool:
    """Whether a row or field begins something new."""
    if line.kind in _FIELDS or last.kind in _FIELDS:
        return last.kind not in _FIELDS or line.kind not in _FIELDS or last.level != line.level
    return line.level == 1 and BlockKind.ROW in {line.kind, last.kind}


def _goes_on(last: Stretch, line: _Line, kind: str, *, blank: bool) -> bool:
    """Whether a line belongs to what was drawn last."""
    if line.kind is BlockKind.CODE:
        return last.kind is BlockKind.CODE
    flows = kind in FLOWING and line.kind is None and not blank
    return flows and last.kind in {None, BlockKind.ITEM, BlockKind.QUOTE}


def _lines(text: str, blocks: Sequence[Block]) -> Iterator[_Line]:
    """Lines with what they are; signs at their ends are cut off, lines of signs left out."""
    at, start = 0, 0
    for words in text.split("\n"):
        end = start + len(words)
        while at < len(blocks) and blocks[at].end <= start:
            at += 1
        first, last, kind, level, signs = start, end, None, 1, False
        for block in blocks[at:]:
            if block.start >= end:
                break
            if block.kind is not BlockKind.SIGN:
                kind, level = kind or block.kind, block.level
            elif block.start <= first:
                first, signs = max(first, block.end), True
            else:
                last, signs = min(last, block.start), True
        span = Span(first, last) if text[first:last].strip() else Span(first, first)
        if span.end > span.start or not signs:
            yield _Line(span, kind, level)
        start = end + 1


def _joined(text: str, rows: list[_Line]) -> list[Drawn]:
    """Rows as a table, or as lines where they have but one cell or too many; fields as a header."""
    if not rows:
        return []
    if rows[0].kind in _FIELDS:
        return [_header(text, rows)]
    made = []
    for row in rows:
        cells, start = [], row.span.start
        for words in text[row.span.start : row.span.end].split("\t"):
            cells.append(Span(start, start + len(words)))
            start += len(words) + 1
        made.append(GridRow(tuple(cells), row.kind is BlockKind.HEAD_ROW))
    grid = Grid(tuple(made), max(len(row.cells) for row in made))
    if grid.columns < 2 or grid.columns * len(made) > MOST_CELLS:
        return [Stretch((row.span,)) for row in rows]
    return [grid]


def _header(text: str, lines: list[_Line]) -> Header:
    subject: Span | None = None
    fields: list[tuple[Span, Span]] = []
    for line in lines:
        start, end = line.span
        named = _NAME.match(text, start, end)
        value = Span(named.end() if named else start, end)
        if line.kind is BlockKind.SUBJECT and subject is None and value.end > value.start:
            subject = value
        else:
            fields.append((Span(start, named.end(1) if named else start), value))
    return Header(subject, tuple(fields), quiet=lines[0].level > 1)


def _tightened(text: str, found: list[Drawn]) -> list[Drawn]:
    """Lines of code, items and lines that stood together in the text stay together."""
    with_blanks = "\n\n" in text
    made: list[Drawn] = []
    for at, one in enumerate(found):
        after = found[at + 1] if at + 1 < len(found) else None
        if isinstance(one, Stretch) and isinstance(after, Stretch):
            alike = one.kind is after.kind
            neighbours = text.count("\n", one.spans[-1].end, after.spans[0].start) == 1
            listed = one.kind in {BlockKind.ITEM, BlockKind.NUMBERED}
            plain = one.kind is None and with_blanks and neighbours
            tight = alike and (listed or plain)
            one = Stretch(one.spans, one.kind, one.level, tight)
        made.append(one)
    return made
