"""Tables as text: delimiter found out, each row one line of ``Header: value; …``.

Cell text is kept verbatim apart from line ends inside cells, so it can be
quoted; the header in each line lets a row be found by what its cells mean.
Must not know spreadsheets.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from carrel.domain.documents import UnitKind
from carrel.parsing import remarks
from carrel.parsing.charset import decode
from carrel.parsing.errors import Damaged, EmptyFile
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.text import note_charset

UNIT_ROWS: Final = 200
"""Rows of one unit, labelled with the row numbers a spreadsheet program shows."""

UNIT_CHARACTERS: Final = 20_000
"""Code points after which a unit ends early."""

SAMPLE_ROWS: Final = 50
"""Rows looked at to find the delimiter and the header."""

MAX_CELL: Final = 1_000_000
"""Code points of one cell; an unclosed quotation mark would swallow the rest of the file."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_NUMBER: Final = re.compile(r"[(+\-]?\s*[$€£¥]?\s*\d[\d\s.,'’]*(?:[eE][+-]?\d+)?\s*[%)]?$")


class CsvFormat:
    """Comma- and otherwise separated values, by the standard library's reader."""

    kinds = ("csv",)
    parser = "csv"
    version = 1

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
            yield from _blocks(_rows(text, delimiter), header, report)
        except csv.Error as error:
            raise Damaged from error


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


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
    rows: Iterator[list[str]], header: Sequence[str], report: Report
) -> Iterator[DraftUnit]:
    lines: list[str] = []
    first = last = size = 0
    for number, row in enumerate(rows, 1):
        if number == 1 and header:
            line = "\t".join(header)  # the header row can be quoted, too
        else:
            line = _line(row, header)
            if (
                header
                and len(row) > len(header)
                and any(cell.strip() for cell in row[len(header) :])
            ):
                report.remark(remarks.RAGGED_ROWS)
        if not line:
            continue
        for start in range(0, len(line), UNIT_CHARACTERS):
            piece = line[start : start + UNIT_CHARACTERS]
            if lines and (len(lines) >= UNIT_ROWS or size + len(piece) > UNIT_CHARACTERS):
                yield _unit(first, last, lines, header)
                lines, size = [], 0
            first = number if not lines else first
            last = number
            lines.append(piece)
            size += len(piece) + 1
    if lines:
        yield _unit(first, last, lines, header)


def _line(row: Sequence[str], header: Sequence[str]) -> str:
    cells = [" ".join(cell.split()) for cell in row]
    if not any(cells):
        return ""
    if not header:
        return "\t".join(cells).rstrip("\t")
    named = (
        f"{header[column]}: {cell}" if column < len(header) and header[column] else cell
        for column, cell in enumerate(cells)
        if cell
    )
    return "; ".join(named)


def _unit(first: int, last: int, lines: Sequence[str], header: Sequence[str]) -> DraftUnit:
    return DraftUnit(
        kind=UnitKind.SHEET,
        label=f"row {first}" if first == last else f"rows {first}–{last}",
        text="\n".join(lines),
        heading_line=" ".join(header),
    )
