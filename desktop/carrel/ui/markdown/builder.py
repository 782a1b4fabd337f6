"""Write blocks of markdown onto a text document.

No HTML is made or read: formats and plain characters only, so nothing a text
says can load a resource, set a link or leave its place. Blocks are appended at
a cursor; those of the tail can be taken back. Must not know where text comes
from.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, zip_longest
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QTextTable,
)

from carrel.domain.answers import Citation
from carrel.ui.markdown.blocks import (
    Block,
    Break,
    Cite,
    CodeLine,
    CodeStart,
    Heading,
    Inline,
    Item,
    Paragraph,
    Quote,
    Rule,
    Run,
    Style,
    TableHead,
    TableRow,
)
from carrel.ui.markdown.chips import chip_format
from carrel.ui.markdown.colouring import Coloured, colour_line, colour_lines
from carrel.ui.markdown.looks import (
    CODE_FOOT,
    CODE_HEAD_HEIGHT,
    CODE_LINE_HEIGHT,
    GROUND_RULE,
    LIST_INDENT,
    PARAGRAPH_GAP,
    PROPERTY_CODE,
    PROPERTY_GROUND,
    PROPERTY_MARKER,
    PROPERTY_QUOTE,
    PROPERTY_RIGHT_TAB,
    QUOTE_INDENT,
    SIZE_HEADINGS,
    Looks,
    right_tab,
)
from carrel.ui.markdown.places import moving, remove_between, staying
from carrel.ui.markdown.visible import visible
from carrel.ui.theme.tokens import SIZE_ANSWER

OBJECT: Final = "\ufffc"
"""The character an inline object stands on. `visible` keeps it out of all text."""

_CODE_NUMBERS: Final = count(1)
"""Names code blocks, so that “Copy” finds its own."""

ITEM_GAP: Final = 4
"""Pixels between the items of a list."""

_NUMERIC: Final = re.compile(r"[-+−–(≈~<>≤≥]?\s?[\d.,'’\u00a0\u202f ]*\d[\d.,'’\u00a0\u202f ]*\)?"
                             r"\s?(?:%|‰|pp|bp|bps|[€$£¥₽]|[A-Za-z]{1,3})?")  # fmt: skip
"""A cell that reads as one figure, with its sign and unit."""

_CURRENCY: Final = re.compile(r"^(?:[€$£¥₽]|EUR|USD|GBP|CHF|CNY|JPY)\s?")


@dataclass(slots=True)
class _Table:
    """The table rows are appended to."""

    grid: QTextTable
    aligns: tuple[str, ...]
    numeric: list[bool]
    rows_kept: int = 1


@dataclass(slots=True)
class _Code:
    """The code block lines are appended to."""

    language: str
    head: QTextCursor
    lines: list[str] = field(default_factory=list)
    spans: list[list[Coloured]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Around:
    """What a block stands in."""

    left: float = 0.0
    quotes: tuple[float, ...] = ()
    marker: str = ""
    marker_left: float = 0.0
    gap: float = PARAGRAPH_GAP


class Builder:
    """Appends the blocks of one answer to a document.

    Args:
        cursor: where to write: at the end of the block the answer follows.
        looks: the formats.
        citation: the checked citation of a number, or None if there is none.
        href: the link of a citation's chip.
        column: width of the text column, pixels.
    """

    def __init__(
        self,
        cursor: QTextCursor,
        looks: Looks,
        citation: Callable[[int], Citation | None],
        href: Callable[[int], str],
        column: Callable[[], float],
    ) -> None:
        self._at = moving(cursor)
        self._looks = looks
        self._citation = citation
        self._href = href
        self._column = column
        self._table: _Table | None = None
        self._code: _Code | None = None
        self._kept = staying(cursor)
        self._kept_code: tuple[_Code, int] | None = None
        self._kept_table: _Table | None = None
        self._kept_format = self._at.blockFormat()

    @property
    def cursor(self) -> QTextCursor:
        """A cursor behind everything written."""
        return moving(self._at)

    def commit(self, blocks: Sequence[Block]) -> None:
        """Write blocks that stay."""
        self.take_back()
        for block in blocks:
            self._write(block, _Around())
        self._keep()

    def show_tail(self, blocks: Sequence[Block]) -> None:
        """Write blocks that the next call takes back."""
        for block in blocks:
            self._write(block, _Around())

    def finish(self) -> None:
        """The answer is whole: colour what is still open."""
        self._close_code()
        self._keep()

    # ── what stays and what goes ────────────────────────────────────────────

    def _keep(self) -> None:
        self._kept = staying(self._at)
        self._kept_table = self._table
        if self._table is not None:
            self._table.rows_kept = self._table.grid.rows()
        self._kept_code = None if self._code is None else (self._code, len(self._code.lines))
        self._kept_format = self._at.blockFormat()

    def take_back(self) -> None:
        """Remove everything written after the last commit, up to the cursor's present place."""
        table = self._kept_table
        if table is not None and table.grid.rows() > table.rows_kept:
            table.grid.removeRows(table.rows_kept, table.grid.rows() - table.rows_kept)
            self._kept.setPosition(_behind(table.grid))
        remove_between(self._kept, self._at.position())
        self._at = moving(self._kept)
        self._at.setBlockFormat(self._kept_format)
        self._table = self._kept_table
        self._code = None
        if self._kept_code is not None:
            self._code, kept = self._kept_code
            del self._code.lines[kept:]
            del self._code.spans[kept:]

    # ── blocks ──────────────────────────────────────────────────────────────

    def _write(self, block: Block, around: _Around) -> None:
        if not isinstance(block, CodeLine):
            self._close_code()
        if not isinstance(block, TableRow):
            self._table = None
        match block:
            case Paragraph():
                format_ = self._looks.paragraph(left=around.left, top=around.gap, bottom=around.gap)
                self._open(format_, around, rtl=_reads_leftwards(block.inlines))
                self._write_inlines(block.inlines)
            case Heading():
                self._write_heading(block, around)
            case Rule():
                format_ = self._looks.spacer(13)
                format_.setProperty(PROPERTY_GROUND, GROUND_RULE)
                format_.setLeftMargin(around.left)
                format_.setBottomMargin(PARAGRAPH_GAP)
                format_.setTopMargin(PARAGRAPH_GAP)
                self._open(format_, around)
            case CodeStart():
                self._write_code_start(block, around)
            case CodeLine():
                self._write_code_line(block)
            case Item():
                self._write_item(block, around)
            case Quote():
                self._write_quote(block, around)
            case TableHead():
                self._write_table_head(block, around)
            case TableRow():
                self._write_table_row(block)

    def _open(
        self,
        format_: QTextBlockFormat,
        around: _Around,
        characters: QTextCharFormat | None = None,
        *,
        rtl: bool = False,
    ) -> None:
        """Begin a block behind everything written."""
        if around.quotes:
            format_.setProperty(PROPERTY_QUOTE, [str(left) for left in around.quotes])
        marker = around.marker
        if marker:
            indent = format_.leftMargin() - around.marker_left
            format_.setTextIndent(-indent)
            format_.setTabPositions([QTextOption.Tab(indent, QTextOption.TabType.LeftTab)])
            format_.setProperty(PROPERTY_MARKER, len(marker) + 1)
        if rtl:
            format_.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            format_.setRightMargin(format_.leftMargin())
            format_.setLeftMargin(0)
        self._at.insertBlock(format_, characters or self._looks.body)
        if marker:
            # Tabs count from the left in right-to-left lines as well.
            gap = "\u2002" if rtl else "\t"
            self._at.insertText(f"{marker}{gap}", characters or self._looks.body)

    def _write_heading(self, block: Heading, around: _Around) -> None:
        size = SIZE_HEADINGS[block.level - 1]
        top = 0.0 if self._at.block().blockNumber() == 0 else size * 0.7
        format_ = self._looks.paragraph(
            size=size, left=around.left, top=top + 4, bottom=6, tight=True
        )
        format_.setHeadingLevel(block.level)
        self._open(format_, around, rtl=_reads_leftwards(block.inlines))
        self._write_inlines(block.inlines, size=size, weight=600)

    def _write_item(self, item: Item, around: _Around) -> None:
        marker = "•" if item.number is None else f"{item.number}."
        wide = max(0, len(marker) - 2) * 8
        inside = _Around(
            left=around.left + LIST_INDENT + wide,
            quotes=around.quotes,
            marker=marker,
            marker_left=around.left + (4 if item.number is None else 0),
            gap=ITEM_GAP,
        )
        blocks: Sequence[Block] = item.blocks or (Paragraph(()),)
        if not isinstance(blocks[0], Paragraph | Heading):
            blocks = (Paragraph(()), *blocks)
        for block in blocks:
            self._write(block, inside)
            inside = _Around(left=inside.left, quotes=inside.quotes, gap=ITEM_GAP)

    def _write_quote(self, quote: Quote, around: _Around) -> None:
        inside = _Around(
            left=around.left + QUOTE_INDENT,
            quotes=(*around.quotes, around.left),
            gap=around.gap,
        )
        for block in quote.blocks:
            self._write(block, inside)

    # ── code ────────────────────────────────────────────────────────────────

    def _write_code_start(self, block: CodeStart, around: _Around) -> None:
        number = next(_CODE_NUMBERS)
        top = self._looks.code_block(left=around.left, top=PARAGRAPH_GAP + 5)
        top.setLineHeight(CODE_HEAD_HEIGHT, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        top.setProperty(PROPERTY_CODE, number)
        top.setProperty(PROPERTY_RIGHT_TAB, True)  # noqa: FBT003 - a property's value
        top.setTabPositions([right_tab(self._column(), top)])
        self._open(top, _Around(quotes=around.quotes), self._looks.caps)
        self._at.insertText(visible(block.language[:24]) or "text", self._looks.caps)
        copy = QTextCharFormat(self._looks.meta)
        copy.setAnchor(True)
        copy.setAnchorHref(f"code:{number}")
        self._at.insertText("\t", self._looks.caps)
        self._at.insertText("Copy", copy)
        self._code = _Code(block.language, staying(self._at))

    def _write_code_line(self, block: CodeLine) -> None:
        code = self._code
        if code is None:
            return
        text = visible(block.text.expandtabs(4))
        format_ = QTextBlockFormat(code.head.blockFormat())
        for name in (PROPERTY_CODE, PROPERTY_RIGHT_TAB):
            format_.clearProperty(name)
        format_.setTopMargin(0)
        format_.setBottomMargin(PARAGRAPH_GAP + CODE_FOOT)
        format_.setLineHeight(
            CODE_LINE_HEIGHT, int(QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        )
        if code.lines:
            _set_bottom(self._at.block(), 0)
        self._at.insertBlock(format_, self._looks.code)
        spans = colour_line(code.language, text)
        code.lines.append(text)
        code.spans.append(spans)
        self._write_coloured(text, spans)

    def _write_coloured(self, text: str, spans: Sequence[Coloured]) -> None:
        done = 0
        for start, length, token in spans:
            self._at.insertText(text[done:start], self._looks.code)
            coloured = QTextCharFormat(self._looks.code)
            coloured.setForeground(QBrush(self._looks.colour(token)))
            self._at.insertText(text[start : start + length], coloured)
            done = start + length
        self._at.insertText(text[done:], self._looks.code)

    def _close_code(self) -> None:
        """Colour a whole code block once more: now strings over several lines come right."""
        code, self._code = self._code, None
        if code is None:
            return
        together = colour_lines(code.language, code.lines)
        block = code.head.block().next()
        for before, after in zip(code.spans, together, strict=True):
            if before != after:
                self._recolour(block, after)
            block = block.next()

    def _recolour(self, block: QTextBlock, spans: Sequence[Coloured]) -> None:
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(self._looks.code)
        for start, length, token in spans:
            cursor.setPosition(block.position() + start)
            cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
            coloured = QTextCharFormat()
            coloured.setForeground(QBrush(self._looks.colour(token)))
            cursor.mergeCharFormat(coloured)

    # ── tables ──────────────────────────────────────────────────────────────

    def _write_table_head(self, head: TableHead, around: _Around) -> None:
        columns = max(1, len(head.cells))
        grid = self._at.insertTable(1, columns, self._looks.table(left=around.left))
        aligns = (*head.aligns, *("",) * (columns - len(head.aligns)))
        self._table = _Table(grid, aligns, [False] * columns)
        self._fill_row(0, head.cells)
        self._at.setPosition(_behind(grid))
        self._at.setBlockFormat(self._looks.spacer(PARAGRAPH_GAP + 2))
        small = QTextCharFormat(self._looks.body)
        small.setFontPointSize(1)
        self._at.setBlockCharFormat(small)

    def _write_table_row(self, row: TableRow) -> None:
        table = self._table
        if table is None:
            return
        if table.grid.rows() == 1:
            table.numeric = [_is_figure(_plain(cell)) for cell in row.cells]
            table.numeric += [False] * (len(table.aligns) - len(table.numeric))
            self._align_row(0)
        table.grid.appendRows(1)
        self._fill_row(table.grid.rows() - 1, row.cells)
        self._at.setPosition(_behind(table.grid))

    def _fill_row(self, row: int, cells: Sequence[tuple[Inline, ...]]) -> None:
        table = self._table
        if table is None:
            return
        columns = table.grid.columns()
        here = self._at
        for column, inlines in enumerate(cells[:columns]):
            cell = table.grid.cellAt(row, column)
            cell.setFormat(
                self._looks.cell(head=row == 0, first=column == 0, last=column == columns - 1)
            )
            self._at = cell.firstCursorPosition()
            self._at.setBlockFormat(self._looks.paragraph(bottom=0, tight=True))
            self._write_inlines(inlines, weight=600 if row == 0 else 400)
        self._at = here
        self._align_row(row)

    def _align_row(self, row: int) -> None:
        table = self._table
        if table is None:
            return
        for column, (align, numeric) in enumerate(zip(table.aligns, table.numeric, strict=True)):
            cursor = table.grid.cellAt(row, column).firstCursorPosition()
            format_ = QTextBlockFormat()
            format_.setAlignment(_ALIGNMENTS.get(align or ("right" if numeric else ""), _LEFT))
            cursor.mergeBlockFormat(format_)

    # ── inlines ─────────────────────────────────────────────────────────────

    def _write_inlines(
        self, inlines: Sequence[Inline], *, size: int = SIZE_ANSWER, weight: int = 400
    ) -> None:
        for inline, after in zip_longest(inlines, inlines[1:]):
            match inline:
                case Run():
                    format_ = self._looks.styled(inline.style, size=size, weight=weight)
                    text = visible(inline.text)
                    if isinstance(after, Cite):
                        text = _held(text)
                    self._at.insertText(text, format_)
                case Cite():
                    self._write_citation(inline.number, size=size, weight=weight)
                case Break():
                    self._at.insertText("\u2028", self._looks.body)

    def _write_citation(self, number: int, *, size: int, weight: int) -> None:
        citation = self._citation(number)
        if citation is None:
            format_ = self._looks.styled(Style.PLAIN, size=size, weight=weight)
            self._at.insertText(f"[{number}]", format_)
            return
        self._at.insertText(OBJECT, chip_format(citation, self._href(number), self._looks))


_LEFT: Final = Qt.AlignmentFlag.AlignLeft
_ALIGNMENTS: Final = {
    "left": Qt.AlignmentFlag.AlignLeft,
    "right": Qt.AlignmentFlag.AlignRight,
    "center": Qt.AlignmentFlag.AlignHCenter,
}


def _behind(grid: QTextTable) -> int:
    """The position of the block that follows a table."""
    return grid.lastPosition() + 1


def _set_bottom(block: QTextBlock, margin: float) -> None:
    format_ = QTextBlockFormat()
    format_.setBottomMargin(margin)
    QTextCursor(block).mergeBlockFormat(format_)


def _plain(inlines: Sequence[Inline]) -> str:
    return "".join(inline.text for inline in inlines if isinstance(inline, Run)).strip()


def _reads_leftwards(inlines: Sequence[Inline]) -> bool:
    """Whether the first letter with a direction belongs to a right-to-left script."""
    for letter in _plain(inlines):
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _held(text: str) -> str:
    """Keep a citation on the line of the word it follows."""
    return f"{text[:-1]}\u00a0" if text.endswith(" ") else f"{text}\u2060"


def _is_figure(text: str) -> bool:
    return bool(_NUMERIC.fullmatch(_CURRENCY.sub("", text)))
