"""Draws a text with headings, items and tables into a Qt document, and knows every place in it.

No word is drawn that does not stand in the text. Must not know views or the app.
"""

import re
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
    QTextTableCellFormat,
)

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Span
from carrel.ui.markdown.looks import Looks
from carrel.ui.theme.tokens import SIZE_ANSWER, SIZE_META, SIZE_UI
from carrel.ui.viewer.reading_layout import ASIDE_LEVEL, SLIDES, Grid, Header, Stretch, laid_out
from carrel.ui.viewer.shown_text import ShownText

SIZES: Final = (20, 17, 15)
"""Type sizes of headings, pixels; deeper ones are as large as the text, and heavier."""
GAP: Final = 9
INDENT: Final = 22
CARD_GAP: Final = 26
"""Pixels between a card and what stands above and below."""
SUBJECT_GAP: Final = 8
"""Pixels between the subject of a mail and the other fields."""
CAPTION: Final = 20
"""Pixels for the number of a slide, on its card above its words."""
SLIDE_GAP: Final = 38
"""Pixels between the words of a slide and the card of the next one."""
FIELD_WIDTH: Final = 88
"""Pixels of the names of a mail's fields."""
_FIGURE: Final = re.compile(r"[-–−+(]?[^\w\s]{0,2}\s?\d[\d.,  ' ]*\)?\s?[%‰°]?[^\W\d]{0,3}")


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of the text as they stand in the document."""

    at: int
    source: int
    shown: ShownText

    @property
    def end(self) -> int:
        return self.at + self.shown.shown(self.shown.length)


@dataclass(slots=True)
class Places:
    """From places of the text to places of the document, counted from its first one, and back.

    Attributes:
        cards: where in the document something stands that is drawn as a card.
    """

    cards: list[tuple[int, int]] = field(default_factory=list)
    _runs: list[_Run] = field(default_factory=list)
    _at: list[int] = field(default_factory=list)
    _by_source: list[_Run] = field(default_factory=list)

    def add(self, at: int, source: int, shown: ShownText) -> None:
        """Words of the text were drawn here: in the order of the document."""
        run = _Run(at, source, shown)
        self._runs.append(run)
        self._at.append(at)
        insort(self._by_source, run, key=_source)  # at the end, as a rule

    def pieces(self, span: Span) -> list[tuple[int, int]]:
        """Where a span stands, in as many pieces as the layout made of it."""
        found = []
        row = max(bisect_right(self._by_source, span.start, key=_source) - 1, 0)
        for run in self._by_source[row:]:
            if run.source >= span.end:
                break
            start = run.at + run.shown.shown(span.start - run.source)
            end = run.at + run.shown.shown(span.end - run.source)
            if start < end:
                found.append((start, end))
        return found

    def source(self, position: int, *, up: bool = False) -> int:
        """The code point at a place of the document; between two pieces the one before, or after.

        Args:
            up: whether the next piece is meant.
        """
        row = bisect_right(self._at, position) - 1
        if row < 0:
            return self._runs[0].source if self._runs else 0
        run = self._runs[row]
        if position >= run.end and up and row + 1 < len(self._runs):
            return self._runs[row + 1].source
        return run.source + run.shown.source(position - run.at)

    def covered(self, start: int, end: int) -> Span | None:
        """From the first to the last code point drawn in a stretch of the document."""
        found: list[Span] = []
        for run in self._runs[max(bisect_right(self._at, start) - 1, 0) :]:
            if run.at >= end:
                break
            first, last = max(start, run.at) - run.at, min(end, run.end) - run.at
            if last > first:
                behind = run.shown.source(last - 1) + 1
                found.append(Span(run.source + run.shown.source(first), run.source + behind))
        if not found:
            return None
        return Span(min(one.start for one in found), max(one.end for one in found))


def _source(run: _Run) -> int:
    return run.source


class ReadingBuilder:
    """Fills a document from a place on; made anew for each text, theme and zoom.

    Args:
        cursor: in an empty block.

    Attributes:
        lead: pixels to be left free above what was written first, once something stands there.
    """

    def __init__(self, cursor: QTextCursor, looks: Looks, zoom: float) -> None:
        self._looks, self._zoom = looks, zoom
        self._cursor = cursor
        self.lead = 0
        self._base = 0
        self._fresh = True
        self._above = self._started = False
        self._kind = ""
        self._places = Places()
        self._cells: dict[tuple[bool, bool, bool], QTextTableCellFormat] = {}

    @property
    def position(self) -> int:
        """Where the next text begins in the document."""
        return self._cursor.position() + (0 if self._fresh else 1)

    def open_card(self) -> None:
        """Leave room for the number of a slide, which is painted above its words."""
        block = self._looks.spacer(1)
        bare = self._started and not self._above  # the slide before has no words
        gap = round((SLIDE_GAP + CAPTION if bare else SLIDE_GAP) * self._zoom)
        self.lead = self.lead if self._started else gap
        block.setTopMargin(gap if self._started else 0)
        block.setBottomMargin(round(CAPTION * self._zoom))
        self._open_block(block, QTextCharFormat())
        self._shrink(keep=True)
        self._above, self._started = False, True

    def close(self) -> None:
        """Nothing follows but what stands there already."""
        if self._fresh and self._started:
            self._shrink()

    def write(self, text: str, blocks: tuple[Block, ...], kind: str, base: int) -> Places:
        """Draw a text below what is there and return where everything stands.

        Args:
            base: the place of the document that places are counted from.
        """
        self._places, self._kind, self._base = Places(), kind, base
        self._cursor.beginEditBlock()
        for one in laid_out(text, blocks, kind):
            if isinstance(one, Grid):
                self._table(text, one)
            elif isinstance(one, Header):
                self._header(text, one)
            else:
                self._stretch(text, one)
            self._above = self._started = True
        self._cursor.endEditBlock()
        return self._places

    def _gap(self, pixels: float) -> int:
        """Room above something; where nothing stands above, it is only noted."""
        room = round(pixels * self._zoom)
        if not self._started:
            self.lead = room
        return room if self._above else 0

    def _size(self, pixels: float) -> int:
        return max(6, round(pixels * self._zoom))

    def _stretch(self, text: str, one: Stretch) -> None:
        block, characters = self._formats(one)
        self._open_block(block, characters)
        if one.kind in {BlockKind.ITEM, BlockKind.NUMBERED}:
            self._cursor.createList(self._list(one))
        elif self._cursor.currentList() is not None:
            self._cursor.currentList().remove(self._cursor.block())
            self._cursor.setBlockFormat(block)
        last = None
        for span in one.spans:
            if last is not None:
                lines = text.count("\n", last, span.start)
                between = "\u2028" * lines if one.kind is BlockKind.CODE else " "
                self._cursor.insertText(between, characters)
            self._words(text, span, characters)
            last = span.end

    def _open_block(self, block: QTextBlockFormat, characters: QTextCharFormat) -> None:
        """Begin a block below the others, or take the empty one that is there."""
        if self._fresh:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(characters)
        else:
            self._cursor.insertBlock(block, characters)
        self._fresh = False

    def _words(self, text: str, span: Span, characters: QTextCharFormat) -> None:
        shown = ShownText(text[span.start : span.end])
        self._places.add(self._cursor.position() - self._base, span.start, shown)
        self._cursor.insertText(shown.text, characters)

    def _formats(self, one: Stretch) -> tuple[QTextBlockFormat, QTextCharFormat]:
        looks, gap = self._looks, 0 if one.tight else round(GAP * self._zoom)
        size = self._size(SIZE_ANSWER)
        if one.kind is BlockKind.HEADING:
            level = min(max(one.level, 1), len(SIZES) + 1)
            size = self._size(SIZES[level - 1]) if level <= len(SIZES) else size
            top = self._gap(22 - 3 * level)
            block = looks.paragraph(size=size, top=top, bottom=round(gap * 0.7), tight=True)
            block.setHeadingLevel(min(one.level, 6))
            colour = "text"
            if self._kind in SLIDES and one.level >= ASIDE_LEVEL:
                size, colour = self._size(SIZE_META), "text2"
            return block, looks.characters(size, weight=600, colour=colour)
        if one.kind is BlockKind.CODE:
            small = self._size(SIZE_UI)
            block = looks.paragraph(size=small, left=10, bottom=gap, tight=True)
            block.setRightMargin(10)
            block.setBackground(QBrush(looks.colour("code")))
            characters = QTextCharFormat()
            characters.setFont(looks.theme.code_font(small))
            characters.setForeground(QBrush(looks.colour("text")))
            return block, characters
        if one.kind is BlockKind.QUOTE:
            block = looks.paragraph(size=size, left=INDENT, bottom=gap)
            return block, looks.characters(size, colour="text2")
        close = one.kind is not None or self._kind in SLIDES
        gap = round(gap * 0.5) if close else gap
        return looks.paragraph(size=size, bottom=gap), looks.characters(size)

    def _list(self, one: Stretch) -> QTextListFormat:
        made = QTextListFormat()
        numbered = one.kind is BlockKind.NUMBERED
        style = QTextListFormat.Style.ListDecimal if numbered else QTextListFormat.Style.ListDisc
        made.setStyle(style)
        made.setIndent(1 if numbered else min(one.level, 6))
        if numbered:
            made.setStart(one.level)
        return made

    # ── tables ──────────────────────────────────────────────────────────────

    def _table(self, text: str, grid: Grid) -> None:
        looks, cursor = self._looks, self._cursor
        if self._fresh:  # Qt keeps an empty block before a table
            self._shrink()
        form = looks.table(left=0)
        form.setTopMargin(0 if self._fresh else 4)
        form.setHeaderRowCount(1 if grid.rows[0].head else 0)
        table = cursor.insertTable(len(grid.rows), grid.columns, form)
        size = self._size(SIZE_UI)
        left, right = (looks.paragraph(size=size, bottom=0, tight=True) for _ in range(2))
        right.setAlignment(Qt.AlignmentFlag.AlignRight)
        letters = {head: looks.characters(size, weight=600 if head else 400)
                   for head in (True, False)}  # fmt: skip
        named = grid.rows[0].head or _names_columns(text, grid)
        for at, row in enumerate(grid.rows):
            head = row.head or (at == 0 and named)
            for column in range(grid.columns):
                cell = table.cellAt(at, column)
                cell.setFormat(self._cell(head, column == 0, column == grid.columns - 1))
                if column >= len(row.cells):
                    continue
                span = row.cells[column]
                words = text[span.start : span.end]
                figure = _is_figure(words) or (head and _figures_below(text, grid, column))
                self._cursor = cell.firstCursorPosition()
                self._cursor.setBlockFormat(right if column and figure else left)
                self._words(text, span, letters[head])
        self._leave(cursor, table, GAP + 3)

    def _leave(self, cursor: QTextCursor, table: QTextTable, gap: float) -> None:
        """Go on below a table, after a gap in pixels."""
        self._cursor = cursor
        cursor.setPosition(table.lastPosition() + 1)
        self._fresh = True
        below = self._looks.spacer(1)
        below.setBottomMargin(round(gap * self._zoom))
        cursor.setBlockFormat(below)
        self._shrink(keep=True)
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())

    def _header(self, text: str, one: Header) -> None:
        """The subject, below it the other fields of a mail, on a card."""
        looks, start = self._looks, self.position
        gap = self._gap(CARD_GAP)
        if one.subject is not None:
            size = self._size(SIZES[1])
            self._open_block(
                looks.paragraph(size=size, top=gap, bottom=0, tight=True),
                looks.characters(size, weight=600),
            )
            self._words(text, one.subject, looks.characters(size, weight=600))
            gap = round(SUBJECT_GAP * self._zoom)
        end = self._cursor.position()
        if one.fields:
            end = self._fields(text, one, gap)
        self._places.cards.append((start - self._base, end - self._base))

    def _fields(self, text: str, one: Header, gap: int) -> int:
        """Names and values in two columns; returns where the last one ends."""
        looks, cursor = self._looks, self._cursor
        if self._fresh:
            self._shrink()
        form = looks.table(left=0)
        form.setTopMargin(gap)
        width = FIELD_WIDTH * self._zoom
        form.setColumnWidthConstraints(
            [
                QTextLength(QTextLength.Type.FixedLength, width),
                QTextLength(QTextLength.Type.VariableLength, 0),
            ]
        )
        table = cursor.insertTable(len(one.fields), 2, form)
        size = self._size(SIZE_META if one.quiet else SIZE_UI)
        block = looks.paragraph(size=size, bottom=0, tight=True)
        names = looks.characters(size, colour="text3")
        values = looks.characters(size, colour="text2" if one.quiet else "text")
        for at, field_ in enumerate(one.fields):
            for column, (span, form_) in enumerate(zip(field_, (names, values), strict=True)):
                cell = table.cellAt(at, column)
                cell.setFormat(self._looks.plain_cell())
                self._cursor = cell.firstCursorPosition()
                self._cursor.setBlockFormat(block)
                self._words(text, span, form_)
        end = table.lastPosition()
        self._leave(cursor, table, CARD_GAP)
        return end

    def _cell(self, *place: bool) -> QTextTableCellFormat:
        """The format of a cell: of the head, the first, the last column."""
        head, first, last = place
        if place not in self._cells:
            self._cells[head, first, last] = self._looks.cell(head=head, first=first, last=last)
        return self._cells[head, first, last]

    def _shrink(self, *, keep: bool = False) -> None:
        """Make an empty block as low as it can be."""
        if not keep:
            self._cursor.setBlockFormat(self._looks.spacer(1))
        small = QTextCharFormat()
        small.setProperty(QTextFormat.Property.FontPixelSize, 1)
        self._cursor.setBlockCharFormat(small)


def _is_figure(words: str) -> bool:
    return len(words) <= 30 and bool(_FIGURE.fullmatch(words.strip()))


def _figures_below(text: str, grid: Grid, column: int) -> bool:
    """Whether the first row that has something in a column has a figure there."""
    for row in grid.rows[1:]:
        if column < len(row.cells) and (words := text[slice(*row.cells[column])].strip()):
            return _is_figure(words)
    return False


def _names_columns(text: str, grid: Grid) -> bool:
    """Whether the first row looks like names of columns: words above figures."""
    first = [text[slice(*cell)].strip() for cell in grid.rows[0].cells]
    if len(grid.rows) < 2 or len(first) < grid.columns or not all(first[1:]):
        return False
    above = not any(_is_figure(words) for words in first)
    return above and any(_figures_below(text, grid, column) for column in range(grid.columns))
