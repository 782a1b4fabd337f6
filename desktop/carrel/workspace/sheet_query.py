"""One SELECT over one workbook, by a database of its own that holds nothing else.

The cells are put into a database in memory that knows neither the workspace's
file nor its key: what is not in it cannot be read, whatever a statement says. An
authorizer lets nothing pass but reading these tables, limits bound time, rows and
memory. The standard library's SQLite is used because it can set those limits;
SQLCipher's cannot. Must not know documents or how a result is shown.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from carrel.domain.sheets import (
    CellKind,
    QueryResult,
    SheetPart,
    SheetTable,
    Value,
    address,
    column_letters,
)
from carrel.workspace.errors import QueryForbidden, QueryTooLarge, QueryTooSlow, QueryWrong

MAX_ROWS: Final = 10_000
"""Rows of a result; who needs more wants the file itself."""

MAX_RESULT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of all values of a result, about."""

MAX_SECONDS: Final = 10.0
"""Seconds one statement may run; a pass over two million cells takes one."""

MAX_STATEMENT: Final = 100_000
"""Bytes of a statement."""

MAX_VALUE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one value, also of those made on the way: a text a hundred times a cell's."""

MAX_MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Bytes this SQLite (not the workspace's) may take in all; two million cells take 200 MB."""

MAX_TABLE_COLUMNS: Final = 1_500
"""Columns of a sheet's table. SQLite takes 2,000; `cells` has those of wider sheets."""

STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock, under a millisecond."""

CELLS: Final = "cells"
ADDRESS: Final = "address"

_FUNCTIONS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        abs avg ceil ceiling coalesce count cume_dist date datetime dense_rank first_value floor
        glob group_concat hex ifnull iif instr julianday lag last_value lead length like lower
        ltrim max min mod nth_value ntile nullif percent_rank pow power rank replace round
        row_number rtrim sign sqrt strftime substr substring sum time timediff total trim typeof
        unicode unixepoch upper
        """,
    )
)
"""What a statement may call: none of them writes, loads or reads anything else."""
_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)


@dataclass(slots=True)
class _Sheet:
    """A sheet while its table is made.

    Attributes:
        columns: column of the sheet to its name in the table.
    """

    table: str
    header: int
    columns: dict[int, str]
    hidden: bool


class Packed(Protocol):
    """The cells of one unit with its canonical text."""

    @property
    def text(self) -> str:
        """Canonical."""

    def cells(self) -> SheetPart:
        """Unpacked."""


class Workbook:
    """The tables of one workbook; belongs to the thread that made it. Use with ``with``.

    Args:
        parts: in order.

    Raises:
        QueryTooLarge: the tables do not fit the memory they may take.
    """

    def __init__(self, parts: Sequence[Packed]) -> None:
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._database.execute("PRAGMA temp_store = MEMORY")
            self._database.execute(f"PRAGMA hard_heap_limit = {MAX_MEMORY_BYTES}")
            # Twice unpacked rather than held: the cells of a large workbook take a gigabyte.
            self._sheets = _sheets(part.cells() for part in parts)
            self._fill(parts)
        except (MemoryError, sqlite3.Error) as error:
            self._database.close()
            raise QueryTooLarge from error

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @property
    def tables(self) -> tuple[SheetTable, ...]:
        """What can be selected from: a table for each sheet, then `CELLS`."""
        found = [
            SheetTable(
                name=sheet.table,
                sheet=name,
                columns=(*sheet.columns.values(), _address_column(sheet)),
                hidden=sheet.hidden,
                numbers=tuple(sheet.columns),
            )
            for name, sheet in self._sheets.items()
        ]
        return (*found, SheetTable(name=CELLS, sheet="", columns=_CELL_COLUMNS))

    def select(self, statement: str) -> QueryResult:
        """The rows of one SELECT.

        Raises:
            QueryWrong: SQLite does not understand it, or a name in it.
            QueryForbidden: it is more than one statement, or does anything else than select.
            QueryTooSlow, QueryTooLarge: it goes beyond the limits.
        """
        if len(statement.encode(errors="replace")) > MAX_STATEMENT:
            raise QueryTooLarge
        for limit, most in _LIMITS:
            self._database.setlimit(limit, most)
        allowed = {sheet.table for sheet in self._sheets.values()} | {CELLS}
        guard = _Guard(allowed)
        started = time.monotonic()
        self._database.set_authorizer(guard)
        self._database.set_progress_handler(lambda: time.monotonic() - started > MAX_SECONDS, STEPS)
        try:
            cursor = self._database.execute(statement)
            columns = tuple(column[0] for column in cursor.description or ())
            rows, cut = _bounded(cursor)
        except sqlite3.Warning as error:  # more than one statement, on older Pythons
            raise QueryForbidden from error
        except MemoryError as error:
            raise QueryTooLarge from error
        except sqlite3.Error as error:
            raise self._told(error, guard, started) from error
        finally:
            self._database.set_authorizer(None)
            self._database.set_progress_handler(None, 0)
        return QueryResult(columns=columns, rows=rows, cut=cut, seconds=time.monotonic() - started)

    def _told(self, error: sqlite3.Error, guard: _Guard, started: float) -> Exception:
        name = getattr(error, "sqlite_errorname", "")
        if guard.denied or "one statement" in str(error):
            return QueryForbidden()
        if name == "SQLITE_INTERRUPT" or time.monotonic() - started > MAX_SECONDS:
            return QueryTooSlow(seconds=f"{MAX_SECONDS:.0f}")
        if name in {"SQLITE_TOOBIG", "SQLITE_NOMEM"}:
            return QueryTooLarge()
        tables = ", ".join(f'"{table.name}"' for table in self.tables[:20])
        return QueryWrong(cause=" ".join(str(error).split())[:300], tables=tables)

    def _fill(self, parts: Sequence[Packed]) -> None:
        for sheet in self._sheets.values():
            names = ", ".join(map(quoted, (*sheet.columns.values(), _address_column(sheet))))
            self._database.execute(f"CREATE TABLE {quoted(sheet.table)} ({names})")
        columns = ", ".join(map(quoted, _CELL_COLUMNS))
        self._database.execute(f"CREATE TABLE {CELLS} ({columns})")
        self._database.execute("BEGIN")
        for packed in parts:
            part, text = packed.cells(), packed.text
            sheet = self._sheets[part.sheet]
            marks = ", ".join("?" * (len(sheet.columns) + 1))
            self._database.executemany(
                f"INSERT INTO {quoted(sheet.table)} VALUES ({marks})",  # noqa: S608 - quoted
                _rows(part, text, sheet),
            )
            self._database.executemany(
                f"INSERT INTO {CELLS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                _cells(part, text),
            )
        self._database.execute("COMMIT")


_INNER: Final = re.compile(r"sqlite_|pragma_|dbstat|json_|fts|bytecode|tables_used", re.IGNORECASE)


class _Guard:
    """Asked by SQLite for everything a statement would do.

    Attributes:
        denied: whether something was refused.
    """

    def __init__(self, tables: Iterable[str]) -> None:
        self._tables = frozenset(tables)
        self.denied = False

    def __call__(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE:
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_READ if first in self._tables:
                return sqlite3.SQLITE_OK
            case sqlite3.SQLITE_READ if not second and not _INNER.match(first or ""):
                return sqlite3.SQLITE_OK  # a name of the statement's own; nothing is read of it
            case sqlite3.SQLITE_FUNCTION if (second or "").lower() in _FUNCTIONS:
                return sqlite3.SQLITE_OK
        self.denied = True
        return sqlite3.SQLITE_DENY


def _bounded(cursor: sqlite3.Cursor) -> tuple[tuple[tuple[Value, ...], ...], bool]:
    rows: list[tuple[Value, ...]] = []
    size = 0
    for row in cursor:
        # Blobs can be made by a cast only; they are shown as their digits.
        kept = tuple(value.hex() if isinstance(value, bytes) else value for value in row)
        size += sum(len(value) if isinstance(value, str) else 8 for value in kept)
        if len(rows) >= MAX_ROWS or size > MAX_RESULT_BYTES:
            return tuple(rows), True
        rows.append(kept)
    return tuple(rows), False


# ── tables ──────────────────────────────────────────────────────────────────

_CELL_COLUMNS: Final = (
    *("sheet", ADDRESS, "row", "column", "name", "kind", "value", "shown", "formula"),
)


def _sheets(parts: Iterable[SheetPart]) -> dict[str, _Sheet]:
    """The sheets in order; a column that is used below the header gets a name."""
    sheets: dict[str, _Sheet] = {}
    used: dict[str, set[int]] = {}
    names: dict[str, dict[int, str]] = {}
    tables = {CELLS}
    for part in parts:
        if part.sheet not in sheets:
            table = _free(part.sheet or "sheet", tables)
            sheets[part.sheet] = _Sheet(table, part.header, {}, part.hidden)
            used[part.sheet], names[part.sheet] = set(part.names), part.names
        used[part.sheet].update(c.column for c in part.cells if c.row > part.header)
    for name, sheet in sheets.items():
        taken: set[str] = set()
        for column in sorted(used[name])[:MAX_TABLE_COLUMNS]:
            wished = names[name].get(column) or column_letters(column)
            sheet.columns[column] = _free(wished, taken)
    return sheets


def _free(wished: str, taken: set[str]) -> str:
    """A name not taken yet, whatever its case; taken from now on."""
    lowered = {name.lower() for name in taken}
    name = wished
    number = 1
    # SQLite keeps names with this beginning to itself.
    if name.lower().startswith("sqlite_"):
        name = wished = f"_{name}"
    while name.lower() in lowered:
        number += 1
        name = f"{wished}_{number}"
    taken.add(name)
    return name


def _address_column(sheet: _Sheet) -> str:
    return _free(ADDRESS, set(sheet.columns.values()))


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def _rows(part: SheetPart, text: str, sheet: _Sheet) -> Iterator[list[Value]]:
    """Rows below the header, each with the range it stands in."""
    at = {column: place for place, column in enumerate(sheet.columns)}
    row: list[Value] = []
    number = first = last = 0
    for cell in part.cells:
        if cell.row <= part.header or cell.column not in at:
            continue
        if cell.row != number:
            if row:
                yield [*row, _range(number, first, last)]
            row, number, first = [None] * len(at), cell.row, cell.column
        row[at[cell.column]] = _value(cell.kind, cell.value, text[cell.start : cell.end])
        last = cell.column
    if row:
        yield [*row, _range(number, first, last)]


def _range(row: int, first: int, last: int) -> str:
    return address(row, first) if first == last else f"{address(row, first)}:{address(row, last)}"


def _cells(part: SheetPart, text: str) -> Iterator[tuple[Value, ...]]:
    for cell in part.cells:
        shown = text[cell.start : cell.end]
        yield (
            part.sheet,
            cell.address,
            cell.row,
            column_letters(cell.column),
            part.names.get(cell.column) if cell.row > part.header else None,
            cell.kind.value,
            _value(cell.kind, cell.value, shown),
            shown,
            cell.formula or None,
        )


def _value(kind: CellKind, value: Value, shown: str) -> Value:
    """As SQL takes it: an error is nothing, a truth is 0 or 1, a date its ISO text."""
    if kind is CellKind.ERROR:
        return None
    if value is None:
        return shown
    return int(value) if isinstance(value, bool) else value
