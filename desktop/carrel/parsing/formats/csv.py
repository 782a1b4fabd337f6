"""Tables as text: delimiter found out, each row one line of ``Header: value; …``.

Cell text is kept verbatim apart from line ends inside cells, so it can be
quoted; the header in each line lets a row be found by what its cells mean.
Must not know spreadsheets.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from carrel.domain.documents import UnitKind
from carrel.domain.sheets import MAX_COLUMNS, MAX_ROWS, Cell, CellKind, SheetPart, Value
from carrel.parsing import remarks
from carrel.parsing.charset import decode
from carrel.parsing.errors import Damaged, EmptyFile
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.sheet_units import MAX_CELLS
from carrel.parsing.formats.text import note_charset

UNIT_ROWS: Final = 200
"""Rows of one unit, labelled with the row numbers a spreadsheet program shows."""

UNIT_CHARACTERS: Final = 20_000
"""Code points after which a unit ends early."""

SAMPLE_ROWS: Final = 50
"""Rows looked at to find the delimiter and the header."""

MAX_CELL: Final = 1_000_000
"""Code points of one cell; an unclosed quotation mark would swallow the rest of the file."""

MAX_ROW_LINES: Final = 1_000
"""Lines one row may take; cells that hold a whole letter have a hundred."""

MAX_UNCLOSED: Final = 20
"""Quotation marks without an end after which none is taken for the start of a cell any more."""

MAX_NUMBER: Final = 40
"""Signs of a number; longer rows of digits are names of something."""

SHEET: Final = "table"
"""What the only table of such a file is called."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_NUMBER: Final = re.compile(r"[(+\-]?\s*[$€£¥]?\s*\d[\d\s.,'’]*(?:[eE][+-]?\d+)?\s*[%)]?$")

_PLAIN: Final = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII
)
"""A number as programs write it; none with leading zeros, which belong to codes."""
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\Z", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?(?:0|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d*),\d+\Z", re.ASCII)


class CsvFormat:
    """Comma- and otherwise separated values, by the standard library's reader."""

    kinds = ("csv",)
    parser = "csv"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Blocks of rows."""
        decoded = decode(source.text_bytes())
        note_charset(decoded, report)
        text = decoded.text.lstrip("\n")
        if not text.strip():
            raise EmptyFile
        delimiter, text = _delimiter(text)
        csv.field_size_limit(MAX_CELL)
        try:
            sample = list(islice(_rows(text, delimiter), SAMPLE_ROWS))
            header = _header(sample)
            typed = _Typing(decimal_comma=delimiter == ";")
            yield from _blocks(_rows(text, delimiter, report), header, report, typed)
        except csv.Error as error:
            raise Damaged from error


def _rows(text: str, delimiter: str, report: Report | None = None) -> Iterator[list[str]]:
    """The rows. A quotation mark that nothing closes opens no cell: its line stands for itself."""
    lines = _Lines(text)
    failures = 0
    while failures < MAX_UNCLOSED:
        start = lines.at
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            for row in reader:
                if lines.count > MAX_ROW_LINES:
                    raise csv.Error
                yield row
                start, lines.count = lines.at, 0
            return
        except csv.Error:
            if report is not None:
                report.remark(remarks.UNCLOSED_QUOTE)
            failures += 1
            lines.at = start
            yield next(lines, "").rstrip("\n").split(delimiter)
            lines.count = 0
    for line in lines:
        yield line.rstrip("\n").split(delimiter)


class _Lines:
    """The lines of a text, which can be taken again from an earlier place.

    Attributes:
        at: where the next one begins.
        count: lines taken since somebody set it to 0.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = self.count = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.at >= len(self._text):
            raise StopIteration
        end = self._text.find("\n", self.at) + 1 or len(self._text)
        line = self._text[self.at : end]
        self.at = end
        self.count += 1
        return line


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter that cuts the first rows most evenly, and the text without a ``sep=`` line."""
    declared = re.match(r"sep=(.)\n", text)
    if declared:
        return declared[1], text[declared.end() :]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in islice(_rows(text, delimiter), SAMPLE_ROWS) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count)
        score = widths.count(common) / len(widths) * min(common - 1, 5)
        if score > best_score:
            best, best_score = delimiter, score
    return best, text


def _header(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first row, if it names columns; else nothing.

    It does if its cells are short, different and no numbers, and the rows below
    do not repeat one of them in the same column.
    """
    if len(rows) < 2:
        return []
    names = [one_line(cell, 80) for cell in rows[0]]
    filled = [name for name in names if name]
    if len(filled) < max(2, len(names) * 0.6) or len(set(filled)) < len(filled):
        return []
    if any(_NUMBER.match(name) or len(name) >= 80 for name in filled):
        return []
    for row in rows[1:]:
        if any(
            cell.strip() and cell.strip() == name for cell, name in zip(row, names, strict=False)
        ):
            return []
    return names


def _blocks(
    rows: Iterator[list[str]], header: Sequence[str], report: Report, typed: "_Typing"
) -> Iterator[DraftUnit]:
    lines: list[str] = []
    cells: list[Cell] = []
    left = MAX_CELLS
    first = last = size = 0
    for number, row in enumerate(rows, 1):
        if number == 1 and header:
            line, found = _line(number, header, (), typed)  # the header row can be quoted, too
        else:
            line, found = _line(number, row, header, typed)
            beyond = row[len(header) :] if header else ()
            if any(cell.strip() for cell in beyond):
                report.remark(remarks.RAGGED_ROWS)
        left -= len(found)
        if found and (len(line) > UNIT_CHARACTERS or left < 0 or number > MAX_ROWS):
            report.remark(remarks.TEXT_ROWS)
            found = []
        if not line:
            continue
        for start in range(0, len(line), UNIT_CHARACTERS):
            piece = line[start : start + UNIT_CHARACTERS]
            if lines and (len(lines) >= UNIT_ROWS or size + len(piece) > UNIT_CHARACTERS):
                yield _unit(first, last, lines, header, cells)
                lines, cells, size = [], [], 0
            first = number if not lines else first
            last = number
            lines.append(piece)
            cells.extend(
                cell._replace(start=cell.start + size, end=cell.end + size) for cell in found
            )
            size += len(piece) + 1
    if lines:
        yield _unit(first, last, lines, header, cells)


def _line(
    number: int, row: Sequence[str], header: Sequence[str], typed: "_Typing"
) -> tuple[str, list[Cell]]:
    """A row as a line, and where its cells stand in it."""
    texts = [" ".join(cell.split()) for cell in row]
    if not any(texts):
        return "", []
    while not texts[-1]:
        texts.pop()
    parts: list[str] = []
    cells: list[Cell] = []
    at = 0
    for column, text in enumerate(texts):
        if header and not text:
            continue
        before = "" if not column or (header and not parts) else "; " if header else "\t"
        if header and column < len(header) and header[column]:
            before = f"{before}{header[column]}: "
        at += len(before)
        parts.append(before + text)
        if text and column < MAX_COLUMNS:
            kind, value = typed.cell(text)
            cells.append(Cell(number, column + 1, at, at + len(text), kind, value))
        at += len(text)
    return "".join(parts), cells


class _Typing:
    """What a cell of a text file means: numbers are taken as such where nothing is lost by it."""

    def __init__(self, *, decimal_comma: bool) -> None:
        self._decimal_comma = decimal_comma

    def cell(self, text: str) -> tuple[CellKind, Value]:
        """Its kind, and its value where that is not the text."""
        plain = text
        if _GROUPED.match(text):
            plain = text.replace(",", "")
        elif self._decimal_comma and _COMMA.match(text):
            plain = text.replace(".", "").replace(",", ".")
        if not _PLAIN.match(plain) or len(plain) > MAX_NUMBER:
            return CellKind.TEXT, None
        value = float(plain)
        if not math.isfinite(value):
            return CellKind.TEXT, None
        if plain.lstrip("+-").isdecimal() and abs(int(plain)) < 1 << 53:
            return CellKind.NUMBER, int(plain)
        return CellKind.NUMBER, value


def _unit(
    first: int, last: int, lines: Sequence[str], header: Sequence[str], cells: Sequence[Cell]
) -> DraftUnit:
    return DraftUnit(
        kind=UnitKind.SHEET,
        label=f"row {first}" if first == last else f"rows {first}–{last}",
        text="\n".join(lines),
        heading_line=" ".join(header),
        cells=SheetPart(
            sheet=SHEET,
            header=1 if header else 0,
            names={column: name for column, name in enumerate(header, 1) if name},
            cells=tuple(cells),
        ),
    )
