"""Sheets as data: cells with address, displayed and raw value, and the formula behind it.

Rows and columns count from 1, so that row 3 of column 2 is B3. Must not know
how a sheet is read, stored or shown.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Final, NamedTuple

MAX_ROWS: Final = 1_048_576
"""Rows of a sheet; every spreadsheet program stops there."""

MAX_COLUMNS: Final = 16_384
"""Columns of a sheet, up to XFD."""


_PLAIN: Final = re.compile(r"[^\W\d]\w*")
"""Names of sheets that stand without quotes in front of a range."""


class CellKind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """A date, a time or both, as ISO 8601; a span of time as ``PT…S``."""
    BOOLEAN = "boolean"
    ERROR = "error"


Value = str | int | float | bool | None


class Cell(NamedTuple):
    """One cell that shows something.

    Attributes:
        start, end: where the displayed value stands in the unit's canonical text, code points.
        value: as stored in the file; None where that is the displayed text itself.
        formula: with its leading ``=``; empty if there is none.
    """

    row: int
    column: int
    start: int
    end: int
    kind: CellKind
    value: Value = None
    formula: str = ""

    @property
    def address(self) -> str:
        """``B3``."""
        return address(self.row, self.column)


class Merge(NamedTuple):
    """A rectangle of cells shown as one: first and last row and column, all included."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPart:
    """The cells of one unit: a sheet, or a stretch of its rows.

    Attributes:
        sheet: its name.
        hidden: whether the program that made it hides the sheet.
        header: row that names the columns, 0 if none does.
        names: column to its name in that row.
        cells: by row, then column.
    """

    sheet: str
    hidden: bool = False
    header: int = 0
    names: dict[int, str] = field(default_factory=dict)
    merges: tuple[Merge, ...] = ()
    cells: tuple[Cell, ...] = ()

    def within(self, start: int, end: int) -> tuple[Cell, ...]:
        """The cells whose displayed value lies at least partly in a span of the unit's text."""
        first = bisect_left(self.cells, start + 1, key=attrgetter("end"))
        last = bisect_left(self.cells, end, key=attrgetter("start"))
        return self.cells[first:last]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """A table that can be selected from.

    Attributes:
        sheet: the sheet it holds; empty for the table of all cells.
        columns: in order; the last column of a sheet's table is the range of the row.
        numbers: of the columns in the sheet, in the same order; the last has none.
    """

    name: str
    sheet: str
    columns: tuple[str, ...]
    hidden: bool = False
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What a SELECT over a workbook gave.

    Attributes:
        cut: whether there are more rows than one result may have.
        seconds: it took.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    cut: bool
    seconds: float


def column_letters(column: int) -> str:
    """``A`` for 1, ``AA`` for 27."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """``B3`` for row 3 of column 2."""
    return f"{column_letters(column)}{row}"


def place(text: str) -> tuple[int, int] | None:
    """Row and column of an address such as ``B3`` or ``$B$3``; None if it is none."""
    plain = text.replace("$", "")
    digits = plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    letters = plain[: len(plain) - len(digits)].upper()
    if not 1 <= len(letters) <= 3 or not (digits.isascii() and digits.isdecimal()):
        return None
    if len(digits) > 7:
        return None
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(digits)
    return (row, column) if 0 < row <= MAX_ROWS and column <= MAX_COLUMNS else None


def named(sheet: str, cells: str) -> str:
    """A range with its sheet, as formulas write it: ``Rents!B4:D4``, ``'May 2025'!B4``.

    Args:
        sheet: empty for a table that has no sheets.
    """
    if not cells or not sheet:
        return cells
    plain = _PLAIN.fullmatch(sheet) is not None
    return f"{sheet}!{cells}" if plain else "'" + sheet.replace("'", "''") + f"'!{cells}"


def covered(cells: Iterable[Cell]) -> str:
    """The smallest range around cells: ``B3`` or ``A2:C5``; empty for no cells."""
    found = tuple(cells)
    if not found:
        return ""
    first = address(min(c.row for c in found), min(c.column for c in found))
    last = address(max(c.row for c in found), max(c.column for c in found))
    return first if first == last else f"{first}:{last}"


def rectangle(cells: str) -> Merge | None:
    """The rectangle that a range names, with or without its sheet; None if it is none.

    Args:
        cells: ``Rents!B4:D9``, ``C3``.
    """
    first, _, last = cells.rpartition("!")[2].partition(":")
    low, high = place(first), place(last or first)
    if low is None or high is None or low[0] > high[0] or low[1] > high[1]:
        return None
    return Merge(*low, *high)
