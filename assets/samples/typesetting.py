"""Sets a marked-up text as a PDF report: paragraphs, tables, figures, charts, running heads.

Used by build.py for the sample report only. Must not know what the report says.

All lengths are PDF points (1/72 inch); the origin is the top left corner.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

DOTS: Final = 1200
"""Dots per inch of the writer: fine enough that rounding of advances is invisible."""
UNIT: Final = DOTS / 72
WIDTH: Final = 595.276
HEIGHT: Final = 841.89
LEFT: Final = 104.0
RIGHT: Final = WIDTH - 70.0
TOP: Final = 102.0
BOTTOM: Final = HEIGHT - 76.0
GUTTER: Final = 20.0
KEPT: Final = 280.0
"""A table no taller than this is not divided between pages."""

INK: Final = "#1B2430"
SOFT: Final = "#5A6675"
NAVY: Final = "#14314F"
TEAL: Final = "#0F7480"
TINT: Final = "#EDF3F5"
RULE: Final = "#C9D2DA"

_INLINE: Final = re.compile(r"\*\*(.+?)\*\*|_\((.+?)\)_")


@dataclass(frozen=True)
class Style:
    """A type style: size and leading in points."""

    size: float
    leading: float
    weight: int = 400
    colour: str = INK
    italic: bool = False
    before: float = 0.0
    after: float = 0.0


BODY: Final = Style(10.2, 16.0, after=8.2)
LEAD: Final = Style(12.6, 19, colour=NAVY, after=14)
NARROW: Final = Style(9.2, 13.8, after=6.6)
TITLE: Final = Style(25, 30, 600, NAVY, after=20)
HEAD: Final = Style(13, 18, 600, NAVY, before=10, after=5)
MINOR: Final = Style(10.2, 15.4, 600, TEAL, before=5, after=2)
BULLET: Final = Style(10.2, 16.0, after=4.4)
CELL: Final = Style(8.9, 12.6)
SMALL: Final = Style(7.8, 11.4, colour=SOFT, after=6)

CELL_STYLES: Final = {
    "h": Style(8.5, 12.6, 600, NAVY),
    "*": Style(8.9, 12.6, 600),
    "=": Style(8.9, 12.6, 600),
    "_": Style(8.9, 12.6, 600, TEAL),
}
"""Styles of table rows by their marks."""


@dataclass
class Section:
    """One section of the report: starts on a new page."""

    title: str
    part: str
    name: str
    columns: int = 1
    blocks: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A table: widths of its columns in points, their alignments, its rows with their marks."""

    shares: tuple[float, ...]
    aligns: str
    rows: list[tuple[str, list[str]]]

    def place(self, number: int, mark: str, text: str) -> tuple[float, float]:
        """Where a cell's text begins, from the left of the table, and how wide it may be."""
        start = sum(self.shares[:number])
        if mark == "_":
            return start, sum(self.shares)
        if self.aligns[number] == "r":
            # Figures without a closing bracket keep its room, so that digits stand in columns.
            bracketed = any(
                cells[number].endswith(")") for _, cells in self.rows if number < len(cells)
            )
            return start, self.shares[number] - (
                3.2 if bracketed and not text.endswith(")") else 0.0
            )
        # Words keep away from figures in the column before them.
        left = 0.0 if number == 0 else 16.0 if self.aligns[number - 1] == "r" else 5.0
        return start + left, self.shares[number] - left - 8


def read_sections(text: str) -> list[Section]:
    """Sections of a marked-up text; blocks are separated by blank lines."""
    sections: list[Section] = []
    part = ""
    for raw in re.split(r"\n\s*\n", text.strip()):
        lines = raw.strip().split("\n")
        if lines[0].startswith("=="):
            part = lines[0].removeprefix("==").strip()
        elif lines[0].startswith("# "):
            found = re.fullmatch(r"# (.+?) \{#([a-z0-9-]+)( two)?\}", lines[0])
            if found is None:
                raise ValueError(lines[0])
            sections.append(Section(found[1], part, found[2], 2 if found[3] else 1))
        else:
            sections[-1].blocks.append(lines)
    return sections


class Report:
    """Draws sections one after the other and remembers on which page each began."""

    def __init__(self, device: QIODevice, company: str, volume: str) -> None:
        """Open a PDF on this device; company and volume are for the running heads."""
        self._writer = QPdfWriter(device)
        self._writer.setResolution(DOTS)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        self._writer.setTitle(f"{company}: {volume}")
        self._writer.setCreator("Carrel sample documents")
        self._painter = QPainter(self._writer)
        self._company, self._volume = company, volume
        self._frames: list[tuple[float, float]] = [(LEFT, RIGHT)]
        self._frame, self._y, self._top = 0, TOP, TOP
        self._part, self._columns = "", 1
        self.pages = 1
        self.front = 0
        """Pages before page 1; they have roman numbers."""
        self.starts: dict[str, int] = {}
        self.titles: list[tuple[str, str, str]] = []
        self._known: dict[str, int] = {}

    def close(self) -> None:
        """Finish the file."""
        self._painter.end()

    # ---- primitives -------------------------------------------------------------------------

    def font(self, style: Style) -> QFont:
        """The face for a style, without ligatures, so that the text can be taken out again."""
        font = QFont("Inter")
        font.setPointSizeF(style.size)
        font.setWeight(QFont.Weight(style.weight))
        font.setItalic(style.italic)
        font.setFeature(QFont.Tag("calt"), 0)
        font.setFeature(QFont.Tag("liga"), 0)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def lay(self, text: str, style: Style, width: float, align: str = "l") -> QTextLayout:
        """Break a text into lines of this width."""
        plain, ranges = _inline(text)
        layout = QTextLayout(plain, self.font(style), self._writer)
        flag = {"l": Qt.AlignmentFlag.AlignLeft, "r": Qt.AlignmentFlag.AlignRight}
        option = QTextOption(flag.get(align, Qt.AlignmentFlag.AlignHCenter))
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        layout.setFormats(ranges)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width * UNIT)
        layout.endLayout()
        return layout

    def put(
        self, text: str, style: Style, x: float, y: float, width: float, align: str = "l"
    ) -> float:
        """Draw a text with its top at y; returns its height."""
        layout = self.lay(text, style, width, align)
        for number in range(layout.lineCount()):
            self._line(layout, number, style, x, y + number * style.leading)
        return layout.lineCount() * style.leading

    def _line(self, layout: QTextLayout, number: int, style: Style, x: float, y: float) -> None:
        line = layout.lineAt(number)
        slack = (style.leading - line.height() / UNIT) / 2
        self._painter.setPen(QColor(style.colour))
        line.draw(self._painter, QPointF(x * UNIT, (y + slack) * UNIT - line.y()))

    def rule(self, x0: float, y: float, x1: float, colour: str = RULE, thick: float = 0.5) -> None:
        """Draw a horizontal rule."""
        self._painter.setPen(QPen(QColor(colour), thick * UNIT))
        self._painter.drawLine(QPointF(x0 * UNIT, y * UNIT), QPointF(x1 * UNIT, y * UNIT))

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._painter.fillRect(
            QRectF(x * UNIT, y * UNIT, width * UNIT, height * UNIT), QColor(colour)
        )

    # ---- pages ------------------------------------------------------------------------------

    def blank_page(self) -> None:
        """Begin a page without running heads."""
        self._writer.newPage()
        self.pages += 1

    def label(self, page: int) -> str:
        """What is printed as the number of this page (counted from 1)."""
        romans = ("i", "ii", "iii", "iv", "v", "vi")
        return romans[page - 1] if page <= self.front else str(page - self.front)

    def _page(self) -> None:
        self.blank_page()
        self.running_heads()
        self._frame, self._y = 0, TOP
        self._top = TOP

    def running_heads(self) -> None:
        """Draw the head and the foot of the current page."""
        head = Style(7.6, 11, colour=SOFT)
        self.put(self._company, Style(7.6, 11, 600, NAVY), LEFT, 52, 220)
        self.put(self._part, head, RIGHT - 220, 52, 220, "r")
        self.rule(LEFT, 68, RIGHT)
        self.put(self._volume, head, LEFT, HEIGHT - 52, 220)
        folio = Style(8.6, 11, 600, NAVY)
        self.put(self.label(self.pages), folio, RIGHT - 60, HEIGHT - 52, 60, "r")

    def _next_frame(self) -> None:
        if self._frame + 1 < len(self._frames):
            self._frame += 1
            self._y = self._top
        else:
            self._page()

    def _need(self, height: float) -> None:
        if self._y + height > BOTTOM:
            self._next_frame()

    @property
    def _at_top(self) -> bool:
        return self._y <= self._top + 0.01

    # ---- sections ---------------------------------------------------------------------------

    def section(self, section: Section, known: dict[str, int]) -> None:
        """Set one section from a new page; known pages resolve ``{page:name}``."""
        self._known = known
        self._part = section.part
        self._frames = [(LEFT, RIGHT)]
        self._page()
        self.starts[section.name] = self.pages
        self.titles.append((section.part, section.title, section.name))
        self.box(LEFT, TOP - 16, 34, 3, TEAL)
        self._y += self.put(section.title, TITLE, LEFT, self._y, RIGHT - LEFT) + TITLE.after
        if section.columns == 2:
            middle = (LEFT + RIGHT) / 2
            self._frames = [(LEFT, middle - GUTTER / 2), (middle + GUTTER / 2, RIGHT)]
        self._top, self._columns = self._y, section.columns
        for number, block in enumerate(section.blocks):
            following = section.blocks[number + 1] if number + 1 < len(section.blocks) else None
            self._block(block, following)

    def _block(self, lines: list[str], following: list[str] | None) -> None:
        first = lines[0]
        setters: dict[str, Callable[[list[str]], None]] = {
            "table": self._table,
            "chart": self._chart,
            "tiles": self._tiles,
        }
        kind = first.split(" ", 1)[0].rstrip(":")
        body = BODY if self._columns == 1 else NARROW
        joined = " ".join(lines)
        if first.startswith(("table", "chart", "tiles")) and kind in setters:
            setters[kind](lines)
        elif first.startswith("### "):
            self._heading(joined[4:], MINOR, following)
        elif first.startswith("## "):
            self._heading(joined[3:], HEAD, following)
        elif first.startswith("- "):
            for item in re.split(r"\s*(?:^|(?<=\s))- ", joined)[1:]:
                self._paragraph(item, BULLET if self._columns == 1 else NARROW, bullet=True)
            self._y += 3
        elif first.startswith("! "):
            self._paragraph(joined[2:], LEAD)
        elif first.startswith("~ "):
            self._paragraph(joined[2:], SMALL)
        else:
            self._paragraph(joined, body)

    def _heading(self, text: str, style: Style, following: list[str] | None) -> None:
        room = 44.0
        if following is not None and following[0].startswith("table"):
            room = self._table_room(self._read_table(following)) + 8
        elif following is not None and following[0].startswith("chart"):
            room = 222.0
        if self._columns == 2:
            style = Style(
                style.size - 1, style.leading - 1, style.weight, style.colour, before=6, after=3
            )
        self._need(style.before + style.leading + room)
        self._paragraph(text, style)

    def _paragraph(self, text: str, style: Style, *, bullet: bool = False) -> None:
        text = re.sub(r"\{page:([a-z0-9-]+)\}", self._reference, text)
        x0, x1 = self._frames[self._frame]
        indent = 13.0 if bullet else 0.0
        layout = self.lay(text, style, x1 - x0 - indent)
        count = layout.lineCount()
        if not self._at_top:
            self._y += style.before
        self._need(min(count, 2) * style.leading)
        for number in range(count):
            keep = 2 if count - number == 2 and count > 2 else 1
            if number:
                self._need(keep * style.leading)
            x0, _ = self._frames[self._frame]
            if bullet and number == 0:
                self.put("•", Style(style.size, style.leading, 600, TEAL), x0, self._y, 12)
            self._line(layout, number, style, x0 + indent, self._y)
            self._y += style.leading
        self._y += style.after

    def _reference(self, match: re.Match[str]) -> str:
        return self.label(self._known.get(match[1], self.front + 10))

    # ---- tables -----------------------------------------------------------------------------

    def _table(self, lines: list[str]) -> None:
        """Set ``table 52 24 24 lrr`` and its rows: widths in per cent, alignment per column.

        The first row is the header. A row marked ``*`` is a total, ``=`` the last total,
        ``_`` a sub-heading.
        """
        table = self._read_table(lines)
        rows = table.rows
        self._y += 3
        self._need(self._table_room(table))
        self._row(table, "h", rows[0][1])
        for number, (mark, cells) in enumerate(rows[1:], start=1):
            height = self._row_height(table, mark, cells)
            # A sub-heading or the row before a total stays with the row that follows it.
            together = number + 1 < len(rows) and (mark == "_" or rows[number + 1][0] in "*=")
            if self._y + height * (2 if together else 1) > BOTTOM:
                self._next_frame()
                self._row(table, "h", rows[0][1])
            self._row(table, mark, cells)
        self._y += 13

    def _read_table(self, lines: list[str]) -> Table:
        *widths, aligns = lines[0].split()[1:]
        x0, x1 = self._frames[self._frame]
        shares = tuple(float(width) / 100 * (x1 - x0) for width in widths)
        return Table(shares, aligns, [_cells(line) for line in lines[1:]])

    def _table_room(self, table: Table) -> float:
        whole = sum(
            self._row_height(table, "h" if number == 0 else mark, cells)
            for number, (mark, cells) in enumerate(table.rows)
        )
        return whole if whole <= KEPT else 90.0

    def _row_height(self, table: Table, mark: str, cells: list[str]) -> float:
        style = CELL_STYLES.get(mark, CELL)
        lines = [
            self.lay(cell, style, table.place(number, mark, cell)[1]).lineCount()
            for number, cell in enumerate(cells)
            if cell
        ]
        return max(lines, default=1) * style.leading + (9 if mark == "_" else 6)

    def _row(self, table: Table, mark: str, cells: list[str]) -> None:
        style = CELL_STYLES.get(mark, CELL)
        x0, x1 = self._frames[self._frame]
        if mark in "*=":
            self.rule(x0, self._y, x1, NAVY, 0.6)
        y = self._y + (6 if mark == "_" else 3)
        for number, cell in enumerate(cells):
            left, width = table.place(number, mark, cell)
            self.put(cell, style, x0 + left, y, width, table.aligns[number])
        self._y += self._row_height(table, mark, cells)
        if mark in "h=":
            self.rule(x0, self._y, x1, NAVY, 1.0)
        elif mark != "_":
            self.rule(x0, self._y, x1, RULE, 0.35)

    # ---- figures ----------------------------------------------------------------------------

    def _tiles(self, lines: list[str]) -> None:
        """Set ``value | name | comparison`` rows as tiles, three in a row."""
        x0, x1 = self._frames[self._frame]
        gap, across, height = 10.0, 3, 82.0
        width = (x1 - x0 - gap * (across - 1)) / across
        for number, line in enumerate(lines[1:]):
            column = number % across
            if column == 0:
                self._need(height)
            value, name, comparison = (cell.strip() for cell in line.split("|"))
            x = x0 + column * (width + gap)
            self.box(x, self._y, width, height, TINT)
            self.box(x, self._y, 2.4, height, TEAL)
            self.put(name, Style(8, 11, 500, SOFT), x + 12, self._y + 11, width - 18)
            self.put(value, Style(15, 22, 600, NAVY), x + 12, self._y + 29, width - 14)
            self.put(comparison, Style(7.8, 11, colour=SOFT), x + 12, self._y + 58, width - 18)
            if column == across - 1 or number == len(lines) - 2:
                self._y += height + gap
        self._y += 8

    def _chart(self, lines: list[str]) -> None:
        """Set a bar chart: ``chart Title | Series``, rows ``label | value``, ``line 115 Name``."""
        title, *series = (cell.strip() for cell in lines[0].removeprefix("chart ").split("|"))
        limits = [line.split(" ", 2)[1:] for line in lines[1:] if line.startswith("line ")]
        rows = [
            [cell.strip() for cell in line.split("|")]
            for line in lines[1:]
            if not line.startswith("line ")
        ]
        self._need(214)
        x0, x1 = self._frames[self._frame]
        self.put(title, Style(9, 13, 600, NAVY), x0, self._y, x1 - x0)
        colours = (NAVY, TEAL, "#9DB6C4")
        x = x0
        for name, colour in zip(series, colours, strict=False):
            self.box(x, self._y + 20, 8, 8, colour)
            self.put(name, Style(7.8, 11, colour=SOFT), x + 12, self._y + 18.5, 150)
            x += 130
        base, tall = self._y + 182, 138.0
        highest = (
            max(
                [float(cell.replace(",", "")) for row in rows for cell in row[1:]]
                + [float(limit[0]) for limit in limits]
            )
            * 1.08
        )
        slot = (x1 - x0) / len(rows)
        bar = min(34.0, slot * 0.66 / len(series))
        for number, row in enumerate(rows):
            start = x0 + slot * number + (slot - bar * len(series)) / 2
            for column, cell in enumerate(row[1:]):
                if cell == "0":
                    continue
                size = float(cell.replace(",", "")) / highest * tall
                self.box(start + column * bar, base - size, bar - 3, size, colours[column])
                self.put(
                    cell,
                    Style(7.4, 10, 500),
                    start + column * bar - 14,
                    base - size - 11,
                    bar + 25,
                    "c",
                )
            self.put(row[0], Style(8, 11, colour=SOFT), x0 + slot * number, base + 5, slot, "c")
        for value, name in limits:
            y = base - float(value) / highest * tall
            self.rule(x0, y, x1, "#B4472E", 0.9)
            self.rule(x, self._y + 24, x + 9, "#B4472E", 1.2)
            self.put(name, Style(7.8, 11, colour=SOFT), x + 13, self._y + 18.5, 170)
            x += 180
        self.rule(x0, base, x1, NAVY, 0.8)
        self._y = base + 30


def _cells(line: str) -> tuple[str, list[str]]:
    mark = line[0] if line[0] in "*=_" else "-"
    return mark, [cell.strip() for cell in line.lstrip("*=_").split("|")]


def _inline(text: str) -> tuple[str, list[QTextLayout.FormatRange]]:
    """Split ``**bold**`` and ``_(italic)_`` from the text."""
    plain, ranges, done = "", [], 0
    for match in _INLINE.finditer(text):
        plain += text[done : match.start()]
        form = QTextLayout.FormatRange()
        form.start, form.length = len(plain), len(match[1] or match[2])
        look = QTextCharFormat()
        if match[1]:
            look.setFontWeight(600)
        else:
            look.setFontItalic(True)
        form.format = look
        ranges.append(form)
        plain += match[1] or match[2]
        done = match.end()
    return plain + text[done:], ranges
