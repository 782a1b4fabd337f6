"""Figures that follow from cited cells of a column that a sentence names.

What was done with the cells must be said in the sentence: a total, an average, a difference, a
change in per cent, how many times as much, a share. Must not know the engine or the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import regex

from carrel.answering.figures import Figure, plain
from carrel.answering.sheets.agreeing import names, names_other_rows, same_value
from carrel.answering.sheets.books import Book, Column, Sheet, sheets_of, words_of
from carrel.answering.sheets.plans import literal
from carrel.domain.errors import KnownError
from carrel.domain.sheet_figures import Asked, SheetFigure
from carrel.domain.sheets import CellKind, address, named, rectangle
from carrel.workspace.sheet_query import quoted

MOST_ROWS: Final = 2_000
"""Cited rows that are computed with."""

MOST_COLUMNS: Final = 6
"""Columns that one sentence names."""

SHOWN_DIGITS: Final = 6
"""Digits behind the point of a computed value."""

_TOTAL: Final = regex.compile(
    r"(?i)\b(?:total|totals|totalled|totaled|sum|sums|altogether|together|combined|add(?:s|ed)? up"
    r"|in all|summe|insgesamt|zusammen)\b"
)
_MEAN: Final = regex.compile(r"(?i)\b(?:average|averaged|averages|mean|durchschnitt\w*)\b")
_CHANGE: Final = regex.compile(
    r"(?i)\b(?:difference|differ\w*|more|less|fewer|higher|lower|larger|smaller|greater|increase\w*"
    r"|decrease\w*|rose|rise\w*|fell|fall\w*|grew|grow\w*|growth|declin\w*|drop\w*|chang\w*|gap"
    r"|exceed\w*|unterschied|mehr|weniger)\b"
)
_UP: Final = regex.compile(
    r"(?i)\b(?:more|higher|larger|greater|increase\w*|rose|rise\w*|grew|grow\w*|growth|exceed\w*"
    r"|up|mehr)\b"
)
_DOWN: Final = regex.compile(
    r"(?i)\b(?:less|fewer|lower|smaller|decrease\w*|fell|fall\w*|declin\w*|drop\w*|down|weniger)\b"
)
_TIMES: Final = regex.compile(r"(?i)\b(?:times|ratio|fold|twice|multiple)\b")
_SHARE: Final = regex.compile(r"(?i)(?:%|\bper ?cent)\s*of\b|\bshare\b|\bproportion\b|\bportion\b")


@dataclass(frozen=True, slots=True)
class _Step:
    """One way to compute: as a spreadsheet says it, and as SQL.

    Attributes:
        sign: that the value must have, where the sentence says so; 0 for any.
    """

    working: str
    sql: str
    rows: int
    percent: bool = False
    sign: int = 0


def figures_of_cited(
    book: Book, wanted: Figure, sentence: str, question: str, cells: Sequence[str]
) -> SheetFigure | None:
    """The figure as it follows from cited cells; None where it does not, or two ways differ.

    Args:
        wanted: as the sentence has it.
        cells: cited, with their sheets.
    """
    for sheet in sheets_of(book):
        rows = _rows_of(sheet, cells)
        if not 1 <= len(rows) <= MOST_ROWS or sheet.doubtful:
            continue
        held = _held(book, sheet, set(rows))
        if names_other_rows(sheet, sentence, held):
            continue
        for column in _columns(sheet, sentence, question):
            for step in _steps(sheet, column, rows, wanted, sentence):
                found = _run(book, sheet, column, step, wanted)
                if found is not None:
                    return found
    return None


def _rows_of(sheet: Sheet, cells: Sequence[str]) -> list[int]:
    """Rows below the header, no totals, that cited ranges of this sheet take."""
    rows: set[int] = set()
    for one in cells:
        box = rectangle(one)
        place = one.rpartition("!")[0]
        if box is None or place != named(sheet.shown, "A1").rpartition("!")[0]:
            continue
        first, last = max(box.row, sheet.first), min(box.last_row, sheet.last)
        if last - first <= MOST_ROWS:
            rows.update(range(first, last + 1))
    return sorted(rows - set(sheet.totals))


def _held(book: Book, sheet: Sheet, rows: set[int]) -> set[str]:
    """The folded texts that some rows hold."""
    found: set[str] = set()
    for packed in book.parts:
        part = packed.cells()
        if part.sheet == sheet.name:
            found |= {
                " ".join(words_of(text))
                for cell in part.cells
                if cell.row in rows
                for text in (packed.text[cell.start : cell.end], str(cell.value))
            }
    return found


def _columns(sheet: Sheet, sentence: str, question: str) -> list[Column]:
    """Columns of numbers that the sentence names; that the question does, where it names none."""
    numeric = [one for one in sheet.columns.values() if one.numeric and one.title]
    named_here = [one for one in numeric if names(sentence, one.title)]
    asked = [one for one in numeric if names(question, one.title)]
    return (named_here or asked)[:MOST_COLUMNS]


def _steps(
    sheet: Sheet, column: Column, rows: Sequence[int], wanted: Figure, sentence: str
) -> Iterator[_Step]:
    name, at = quoted(column.name), quoted(sheet.address)
    table = quoted(sheet.table)
    cells = [named(sheet.shown, address(row, column.number)) for row in rows]
    share = wanted.unit == "%"
    plainly = share == (column.percent > 0)
    where = f"{_of_rows(at, rows)} AND typeof({name}) IN ('integer', 'real')"
    if len(rows) > 1 and plainly:
        told = _range(sheet, column, rows)
        for function, called, word in (("sum", "SUM", _TOTAL), ("avg", "AVERAGE", _MEAN)):
            if word.search(sentence):
                sql = " ".join(["SELECT", f"{function}({name})", "FROM", table, "WHERE", where])
                yield _Step(f"{called}({told})", sql, len(rows))
    one = [_value(name, table, at, row) for row in rows[:2]]
    if len(rows) == 2:
        for a, b in ((0, 1), (1, 0)):
            if plainly and _CHANGE.search(sentence):
                yield _Step(f"{cells[a]} - {cells[b]}", f"SELECT {one[a]} - {one[b]}", 2, sign=1)
            if share and not column.percent and _CHANGE.search(sentence):
                sql = f"SELECT 100.0 * ({one[a]} - {one[b]}) / {one[b]}"
                told = f"({cells[a]} - {cells[b]}) / {cells[b]}"
                yield _Step(told, sql, 2, percent=True, sign=_direction(sentence))
            if not share and _TIMES.search(sentence):
                yield _Step(f"{cells[a]} / {cells[b]}", f"SELECT 1.0 * {one[a]} / {one[b]}", 2)
    if len(rows) == 1 and share and not column.percent and _SHARE.search(sentence):
        every = [row for row in range(sheet.first, sheet.last + 1) if row not in sheet.totals]
        keep = f" WHERE NOT ({_totals(at, sheet)})" if sheet.totals else ""
        total = " ".join(["SELECT", f"sum({name})", "FROM", table]) + keep
        sql = f"SELECT 100.0 * {one[0]} / ({total})"
        yield _Step(
            f"{cells[0]} / SUM({_range(sheet, column, every)})", sql, len(every), percent=True
        )


def _direction(sentence: str) -> int:
    """1 where a sentence says that something grew, -1 where it fell, 0 where neither or both."""
    return bool(_UP.search(sentence)) - bool(_DOWN.search(sentence))


def _value(name: str, table: str, at: str, row: int) -> str:
    return " ".join(["(SELECT", name, "FROM", table, "WHERE", _of_rows(at, [row]) + ")"])


def _of_rows(at: str, rows: Sequence[int]) -> str:
    """Rows by the number at the end of their range: ``A7:F7`` is row 7."""
    number = f"CAST(ltrim(substr({at}, instr({at}, ':') + 1), {literal(_LETTERS)}) AS INTEGER)"
    if len(rows) == 1:
        return f"{number} = {rows[0]}"
    if rows[-1] - rows[0] == len(rows) - 1:
        return f"{number} BETWEEN {rows[0]} AND {rows[-1]}"
    return f"{number} IN ({', '.join(map(str, rows))})"


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _totals(at: str, sheet: Sheet) -> str:
    return f"{at} IN ({', '.join(map(literal, sheet.totals.values()))})"


def _range(sheet: Sheet, column: Column, rows: Sequence[int]) -> str:
    """The cells of a column in some rows: ``Sales!C4:C6``, with commas where there are gaps."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    told = [
        address(first, column.number)
        + ("" if first == last else f":{address(last, column.number)}")
        for first, last in parts
    ]
    return ", ".join([named(sheet.shown, told[0]), *told[1:]])


def _run(
    book: Book, sheet: Sheet, column: Column, step: _Step, wanted: Figure
) -> SheetFigure | None:
    try:
        (row,) = book.select(step.sql).rows
    except KnownError:
        return None
    value = row[0]
    if not isinstance(value, int | float) or value == 0 or step.sign * value < 0:
        return None
    number = Decimal(repr(value))
    if column.percent and not step.percent and column.percent == column.held[CellKind.NUMBER]:
        number *= 100
    if not same_value(number, wanted):
        return None
    shown = plain(round(number, SHOWN_DIGITS)) + (" %" if wanted.unit == "%" else "")
    return SheetFigure(
        asked=Asked.CHECK,
        document=book.document,
        document_name=book.name,
        working=f"{step.working} = {shown}",
        value=shown,
        statement=step.sql,
        cells=sheet.cells(column),
        counted=step.rows,
    )
