"""Rows of cells become units: a line for each row, with its header in it, and every cell's place.

A sheet is one unit, or several when it is long. Must not know where rows come from.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from carrel.domain.documents import UnitKind
from carrel.domain.sheets import Cell, CellKind, Merge, SheetPart, Value, address
from carrel.language.cells import MAX_FORMULA, MAX_MERGES, MAX_NAME
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import DraftUnit, Report, one_line

UNIT_ROWS: Final = 5_000
"""Rows of one unit; a table of more is no reading matter."""

UNIT_CHARACTERS: Final = 150_000
"""Code points after which a unit ends early; well within what one unit may hold."""

MAX_CELLS: Final = 2_000_000
"""Cells of one document. A cell takes some 40 bytes here and 20 in the database; the largest
workbook in our corpus has 40,000."""

MAX_CELL: Final = 32_767
"""Code points of one cell, as many as spreadsheet programs take."""

SAMPLE_ROWS: Final = 50
"""Rows looked at to find the header, and at most so many are held back for it."""

HEADER_ROWS: Final = 10
"""Rows with anything in them among which the header is looked for; titles stand above it."""

MAX_NOTES: Final = 20_000
"""Comments and lines of text boxes of one sheet."""

_SPACE: Final = re.compile(r"\s+")


class DraftCell(NamedTuple):
    """A cell as a format gives it.

    Attributes:
        text: as displayed; any white space.
        value: as stored; None where that is the text.
        formula: with its ``=``; empty if there is none.
    """

    column: int
    text: str
    kind: CellKind = CellKind.TEXT
    value: Value = None
    formula: str = ""


class DraftRow(NamedTuple):
    """A row with at least one cell, those by column."""

    number: int
    cells: tuple[DraftCell, ...]


@dataclass(slots=True)
class Budget:
    """What may still come out of the document."""

    cells: int = MAX_CELLS


@dataclass(slots=True)
class Aside:
    """What belongs to a sheet besides its rows; complete when the rows are through.

    Attributes:
        notes: lines: comments with the address of their cell, words of text boxes.
    """

    merges: list[Merge] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def sheet_units(
    name: str,
    rows: Iterable[DraftRow],
    report: Report,
    *,
    budget: Budget,
    aside: Aside | None = None,
    hidden: bool = False,
) -> Iterator[DraftUnit]:
    """The units of one sheet; one without text for an empty sheet.

    Args:
        rows: by number.
        budget: shared by the sheets of a document; what goes beyond is not read, and that is told.
        aside: filled while rows are read.
    """
    sheet = one_line(clean(name), MAX_NAME)
    aside = aside or Aside()
    kept = _within_budget(rows, sheet, budget, report)
    sample = _sample(kept)
    header, names = header_of(sample)
    block = _Block(sheet, header, names, hidden=hidden)
    parts = 0
    for row in _chained(sample, kept):
        if block.is_full and block.size:
            parts += 1
            yield block.finish()
            block = _Block(sheet, header, names, hidden=hidden, is_first=False)
        block.add(row)
    for note in aside.notes[:MAX_NOTES]:
        block.note(note)
    if len(aside.notes) > MAX_NOTES:
        report.remark(remarks.CUT_SHEET, name=sheet)
    if block.size or not parts:
        yield block.finish(aside.merges)


def _chained(sample: Sequence[DraftRow], rest: Iterator[DraftRow]) -> Iterator[DraftRow]:
    yield from sample
    yield from rest


def _sample(rows: Iterator[DraftRow]) -> list[DraftRow]:
    sample: list[DraftRow] = []
    for row in rows:
        sample.append(row)
        if len(sample) >= SAMPLE_ROWS:
            break
    return sample


def _within_budget(
    rows: Iterable[DraftRow], sheet: str, budget: Budget, report: Report
) -> Iterator[DraftRow]:
    for row in rows:
        cells: list[DraftCell] = []
        for cell in row.cells:
            text = _SPACE.sub(" ", clean(cell.text)).strip()
            if not text:
                continue
            if len(text) > MAX_CELL:
                report.remark(remarks.CUT_CELLS, name=sheet)
                text = text[:MAX_CELL]
            value = clean(cell.value)[:MAX_CELL] if isinstance(cell.value, str) else cell.value
            formula = clean(cell.formula)[:MAX_FORMULA]
            cells.append(DraftCell(cell.column, text, cell.kind, value, formula))
        if len(cells) > budget.cells:
            report.remark(remarks.CUT_SHEET, name=sheet)
            budget.cells = 0
            return
        budget.cells -= len(cells)
        report.on_progress()
        if cells:
            yield DraftRow(row.number, tuple(cells))


def header_of(rows: Sequence[DraftRow]) -> tuple[int, dict[int, str]]:
    """The row that names the columns and the names, or 0 and nothing.

    It is the first row that fills most of the table's width with short, different
    texts, and is followed by a row that does not repeat one of them.
    """
    width = max((len(row.cells) for row in rows), default=0)
    for at, row in enumerate(rows[:HEADER_ROWS]):
        names = {cell.column: cell.text for cell in row.cells}
        if len(names) < max(2, width * 0.6) or len(set(names.values())) < len(names):
            continue
        if any(cell.kind is not CellKind.TEXT or len(cell.text) >= 80 for cell in row.cells):
            continue
        below = rows[at + 1 :]
        if not below or any(
            names.get(cell.column) == cell.text for other in below for cell in other.cells
        ):
            continue
        return row.number, names
    return 0, {}


class _Block:
    """A unit in the making."""

    def __init__(
        self,
        sheet: str,
        header: int,
        names: dict[int, str],
        *,
        hidden: bool,
        is_first: bool = True,
    ) -> None:
        self._sheet, self._header, self._names, self._hidden = sheet, header, names, hidden
        self._is_first = is_first
        self._lines: list[str] = []
        self._cells: list[Cell] = []
        self._first = self._last = 0
        self._rows = 0
        self.size = 0

    @property
    def is_full(self) -> bool:
        return self._rows >= UNIT_ROWS or self.size >= UNIT_CHARACTERS

    def add(self, row: DraftRow) -> None:
        """A line for a row: ``Header: value; …`` below the header, else values between tabs."""
        named = self._header and row.number > self._header
        parts: list[str] = []
        at = self.size
        for cell in row.cells:
            if parts:
                between = "; " if named else "\t"
                parts.append(between)
                at += len(between)
            if named and (name := self._names.get(cell.column)):
                parts.append(f"{name}: ")
                at += len(name) + 2
            end = at + len(cell.text)
            self._cells.append(
                Cell(row.number, cell.column, at, end, cell.kind, cell.value, cell.formula)
            )
            parts.append(cell.text)
            at = end
        self._first = self._first or row.number
        self._last = row.number
        self._rows += 1
        self._line("".join(parts))

    def note(self, text: str) -> None:
        """A line that is no row."""
        if line := one_line(clean(text), MAX_CELL):
            self._line(line)

    def _line(self, line: str) -> None:
        self._lines.append(line)
        self.size += len(line) + 1

    def finish(self, merges: Sequence[Merge] = ()) -> DraftUnit:
        label = f"{self._sheet} (hidden)" if self._hidden else self._sheet
        whole = self._is_first and not self.is_full
        if not whole and self._first:
            label = f"{label}, rows {self._first}–{self._last}"
        text = "\n".join(self._lines)
        heading = Heading(start=0, level=1, text=one_line(self._sheet))
        return DraftUnit(
            kind=UnitKind.SHEET,
            label=label,
            text=text,
            headings=(heading,) if text and self._sheet else (),
            heading_line=one_line(" ".join((self._sheet, *self._names.values())), 500),
            cells=SheetPart(
                sheet=self._sheet,
                hidden=self._hidden,
                header=self._header,
                names={column: one_line(name, MAX_NAME) for column, name in self._names.items()},
                merges=tuple(merges[:MAX_MERGES]),
                cells=tuple(self._cells),
            ),
        )


def comment(row: int, column: int, author: str, text: str) -> str:
    """A comment as a line of its own."""
    by = f" by {one_line(clean(author), 80)}" if author.strip() else ""
    return f"Comment on {address(row, column)}{by}: {text}"
