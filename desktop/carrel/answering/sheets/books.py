"""What is known of a workbook's sheets before anything is asked: columns, what they hold, totals.

Made of the cells alone. Must not know questions, the store or the window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

import regex

from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.domain.sheets import (
    Cell,
    CellKind,
    QueryResult,
    SheetPart,
    SheetTable,
    address,
    column_letters,
    named,
)
from carrel.language.folding import fold

MOST_CELLS: Final = 500_000
"""Cells of a workbook that is looked through for an answer: more take above a second."""

MOST_VALUES: Final = 20_000
"""Different texts of one column that a question may name; a column of more is no list of kinds."""

MOST_VALUE: Final = 120
"""Characters of a text that a question may name."""

MOST_TOTALS: Final = 200
"""Rows of totals in one sheet; a sheet of more is a report, not a table."""

MOST_PLACES: Final = 6
"""Digits behind the point of a number without a format; what follows is noise of computing."""

NUMERIC: Final = 0.8
"""Share of numbers among what a column holds from which it is a column of numbers."""

_WORD: Final = regex.compile(r"\p{N}+(?:[.,]\p{N}+)*|[\p{L}\p{M}\p{N}]+")
_ISO: Final = regex.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:[T ][0-9:.]+)?)?\Z")
_MONEY: Final = regex.compile(r"[$€£¥₹₽]")
_PLACES: Final = regex.compile(r"[.,]([0-9]{1,2})(?![0-9.,])")
_TOTAL: Final = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub total", "sum", "overall", "all"),
        *("summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "total général"),
        *("sous total", "suma", "totale", "итого", "всего", "合计", "总计", "小计", "合計", "小計"),
        *("toplam", "genel toplam", "المجموع", "الإجمالي", "कुल", "รวม"),
    )
)
_TOTAL_BEGINS: Final = ("total", "subtotal", "grand", "sub", "summe", "zwischensumme", "gesamt",
                        "итого", "всего")  # fmt: skip
_OVER: Final = regex.compile(
    r"(?i)(?:SUM|SUBTOTAL|AGGREGATE|AVERAGE|COUNTA?|MIN|MAX|PRODUCT)\((?:[0-9]+[,;])?"
    r"\[?\.?\$?([A-Z]{1,3})\$?[0-9]+\]?:\[?\.?\$?([A-Z]{1,3})\$?[0-9]+"
)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text with their case folded; signs between them do not count."""
    return tuple(_WORD.findall(fold(text, case=True).text))


class Part(Protocol):
    """The cells of one unit with its canonical text."""

    @property
    def number(self) -> int:
        """Of the unit, counted from 1."""

    @property
    def label(self) -> str:
        """What the document calls the unit."""

    @property
    def text(self) -> str:
        """Canonical."""

    def cells(self) -> SheetPart:
        """Unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A workbook that is open.

    Attributes:
        parts: in order.
        tables: what can be selected from.
        select: runs one SELECT; QueryError when it cannot be run.
    """

    document: DocumentId
    name: str
    parts: Sequence[Part]
    tables: Sequence[SheetTable]
    select: Callable[[str], QueryResult]


class Books(Protocol):
    """The workbooks of a workspace."""

    def listed(self, documents: tuple[DocumentId, ...]) -> Sequence[tuple[DocumentId, str]]:
        """Those in scope with their names; of the whole workspace when no documents are given."""

    def opened(self, document: DocumentId) -> AbstractContextManager[Book | None]:
        """One of them, until the block ends; None when it is gone or too large."""


class NoBooks:
    """A workspace without workbooks."""

    def listed(self, documents: tuple[DocumentId, ...]) -> Sequence[tuple[DocumentId, str]]:
        """None."""
        del documents
        return ()

    def opened(self, document: DocumentId) -> AbstractContextManager[Book | None]:
        """There is nothing to open."""
        raise LookupError(document)


@dataclass(slots=True)
class Column:
    """A column of a sheet's table.

    Attributes:
        number: in the sheet, counted from 1.
        name: in the table that is selected from.
        title: as the sheet has it; empty where no header names it.
        held: cells below the header, by what they hold.
        spellings: folded words of a text to the ways it is written in cells.
        days: cells whose value begins with a date.
        different: whether no two cells hold the same.
        percent: cells that are shown with a per cent sign.
        money: the signs of money that cells are shown with.
        places: most digits behind the point that are shown.
    """

    number: int
    name: str
    title: str
    held: Counter[CellKind] = field(default_factory=Counter)
    spellings: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    days: int = 0
    percent: int = 0
    money: Counter[str] = field(default_factory=Counter)
    places: int = 0
    whole_years: bool = True
    different: bool = True
    merged: bool = False
    seen: set[object] = field(default_factory=set)

    @property
    def filled(self) -> int:
        """Cells that hold anything."""
        return self.held.total()

    @property
    def numeric(self) -> bool:
        """Whether it can be added up."""
        numbers = self.held[CellKind.NUMBER]
        return numbers > 0 and numbers >= NUMERIC * self.filled and not self.held[CellKind.BOOLEAN]

    @property
    def dated(self) -> bool:
        """Whether it holds dates."""
        return self.days > 0 and self.days >= NUMERIC * self.filled

    @property
    def yearly(self) -> bool:
        """Whether it holds years as numbers."""
        return self.numeric and self.whole_years

    @property
    def varied(self) -> bool:
        """Whether one text is written in several ways, so that counting them says little."""
        return any(len(ways) > 1 for ways in self.spellings.values())

    @property
    def letters(self) -> str:
        """``C``."""
        return column_letters(self.number)


@dataclass(slots=True)
class Sheet:
    """A sheet as a table.

    Attributes:
        table: its name in SQL.
        name: of the sheet.
        shown: the same; empty for the table of a text file.
        address: the column that has the range of each row.
        totals: ranges of rows that only add up others.
        doubtful: whether it is more than one plain table, so that no figure of it is sure.
    """

    table: str
    name: str
    shown: str
    hidden: bool
    address: str
    header: int
    columns: dict[int, Column]
    first: int = 0
    last: int = 0
    rows: int = 0
    totals: dict[int, str] = field(default_factory=dict)
    doubtful: bool = False

    def cells(self, *columns: Column) -> str:
        """The range that columns take below the header, without the totals at its end."""
        low, high = min(c.number for c in columns), max(c.number for c in columns)
        first, last = address(self.first, low), address(self.last, high)
        return named(self.shown, first if first == last else f"{first}:{last}")


def sheets_of(book: Book) -> list[Sheet]:
    """The sheets that have a header, each looked through once; none of a workbook too large."""
    found: dict[str, Sheet] = {}
    by_sheet = {table.sheet: table for table in book.tables if table.numbers}
    cells = 0
    for packed in book.parts:
        part = packed.cells()
        cells += len(part.cells)
        if cells > MOST_CELLS:
            return []
        table = by_sheet.get(part.sheet)
        if table is None or not part.header:
            continue
        if part.sheet not in found:
            found[part.sheet] = _begun(table, part, packed)
        _look(found[part.sheet], part, packed.text)
    for sheet in found.values():
        while sheet.last in sheet.totals:
            sheet.last -= 1
        sheet.doubtful |= len(sheet.totals) > MOST_TOTALS or sheet.last < sheet.first
    return list(found.values())


def _begun(table: SheetTable, part: SheetPart, packed: Part) -> Sheet:
    *names, at = table.columns
    place = UnitPlace(UnitKind.SHEET, packed.number, packed.label)
    pairs = zip(table.numbers, names, strict=True)
    return Sheet(
        table=table.name,
        name=part.sheet,
        shown=part.sheet if place.has_sheet else "",
        hidden=part.hidden,
        address=at,
        header=part.header,
        columns={
            number: Column(number, name, part.names.get(number, "")) for number, name in pairs
        },
    )


def _look(sheet: Sheet, part: SheetPart, text: str) -> None:
    for merge in part.merges:
        if merge.last_row > merge.row > sheet.header:
            for number in range(merge.column, merge.last_column + 1):
                if number in sheet.columns:
                    sheet.columns[number].merged = True
    # A sheet that goes on in another unit may end a total at its edge; rows are never parted.
    for row in _rows(part.cells, sheet):
        sheet.first = sheet.first or row[0].row
        sheet.last = row[-1].row
        if _adds_up(row, text, sheet):
            sheet.totals[row[0].row] = _range(row)
            continue
        sheet.rows += 1
        for cell in row:
            _count(sheet.columns[cell.column], cell, text[cell.start : cell.end])


def _rows(cells: Iterable[Cell], sheet: Sheet) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    for cell in cells:
        if cell.row <= sheet.header or cell.column not in sheet.columns:
            continue
        if row and cell.row != row[0].row:
            yield row
            row = []
        row.append(cell)
    if row:
        yield row


def _range(row: Sequence[Cell]) -> str:
    first, last = row[0].address, row[-1].address
    return first if first == last else f"{first}:{last}"


def _adds_up(row: Sequence[Cell], text: str, sheet: Sheet) -> bool:
    """Whether a row adds up others: it says so, or a formula goes over its own column.

    A row that begins like a total, a “Total Energies” say, makes the sheet doubtful.
    """
    if any(cell.formula and _over_own(cell) for cell in row):
        return True
    first = row[0]
    if first.kind is not CellKind.TEXT:
        # A figure without anything that says what it is of stands below those it adds up.
        bare = all(cell.kind is CellKind.NUMBER for cell in row)
        labelled = any(c.held[CellKind.TEXT] or c.days for c in sheet.columns.values())
        sheet.doubtful |= bare and labelled and first.column > min(sheet.columns)
        return False
    words = " ".join(words_of(text[first.start : first.end][:MOST_VALUE]))
    if words in _TOTAL:
        return True
    sheet.doubtful |= words.split(" ")[0] in _TOTAL_BEGINS
    return False


def _over_own(cell: Cell) -> bool:
    own = column_letters(cell.column)
    return any(one.upper() == own == two.upper() for one, two in _OVER.findall(cell.formula))


def _count(column: Column, cell: Cell, shown: str) -> None:
    column.held[cell.kind] += 1
    column.first = column.first or cell.row
    column.last = cell.row
    value = shown if cell.value is None else cell.value
    if len(column.seen) <= MOST_VALUES:
        column.different = column.different and value not in column.seen
        column.seen.add(value)
    else:
        column.different = False
    if isinstance(value, str) and cell.kind is not CellKind.ERROR:
        column.days += bool(_ISO.match(value))
        if len(value) <= MOST_VALUE and len(column.spellings) < MOST_VALUES:
            # What stands in the table is the value, where that differs from what is shown.
            for said in {value, shown}:
                if words := words_of(said):
                    column.spellings.setdefault(words, set()).add(value)
    if cell.kind is CellKind.NUMBER:
        column.percent += shown.rstrip().endswith("%")
        column.money.update(set(_MONEY.findall(shown)))
        column.places = max(column.places, _places(shown, value))
        year = isinstance(value, int | float) and value == int(value) and 1900 <= value <= 2100
        column.whole_years = column.whole_years and year


def _places(shown: str, value: object) -> int:
    """Digits behind the point, as shown; of a number without a format as stored."""
    if shown == str(value):
        return min(MOST_PLACES, len(shown.partition(".")[2]))
    digits = _PLACES.search(shown)
    return len(digits[1]) if digits else 0
