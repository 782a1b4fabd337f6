"""SELECT over a workbook: what it gives, and that it can do nothing else."""

import sqlite3
from dataclasses import dataclass

import pytest

from carrel.domain.sheets import Cell, CellKind, SheetPart
from carrel.workspace import sheet_query
from carrel.workspace.errors import QueryForbidden, QueryTooLarge, QueryTooSlow, QueryWrong
from carrel.workspace.sheet_query import Workbook


@dataclass(frozen=True)
class Part:
    part: SheetPart
    text: str

    def cells(self) -> SheetPart:
        return self.part


def made(name: str, rows: list[list[object]], *, header: bool = True, hidden: bool = False) -> Part:
    """A part with rows from row 1 on; texts are their own value."""
    text, cells = "", []
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is None:
                continue
            shown = str(value)
            kind = CellKind.TEXT if isinstance(value, str) else CellKind.NUMBER
            kind = CellKind.BOOLEAN if isinstance(value, bool) else kind
            kind = CellKind.ERROR if shown.startswith("#") else kind
            cells.append(
                Cell(number, column, len(text), len(text) + len(shown), kind,
                     None if isinstance(value, str) else value,
                     "=1+1" if value == 2 else "")
            )  # fmt: skip
            text += f"{shown}\t"
    names = {column: str(name) for column, name in enumerate(rows[0], 1)} if header else {}
    part = SheetPart(
        sheet=name, header=1 if header else 0, names=names, cells=tuple(cells), hidden=hidden
    )
    return Part(part, text)


SALES = made(
    "Q1 Sales",
    [["Region", "Amount", "Amount"], ["North", 10, 2], ["South", 2.5, None], ["#N/A", 1]],
)
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
NOTES = made("cells", [["just a note"], ["another", True]], header=False, hidden=True)


@pytest.fixture
def book():
    with Workbook([SALES, NOTES]) as opened:
        yield opened


def test_each_sheet_is_a_table_with_its_headers_and_addresses(book):
    sales, notes, cells = book.tables
    assert (sales.name, sales.columns) == ("Q1 Sales", ("Region", "Amount", "Amount_2", "address"))
    assert (notes.name, notes.sheet, notes.hidden) == ("cells_2", "cells", True)
    assert notes.columns == ("A", "B", "address")
    assert cells.name == "cells"
    found = book.select('SELECT * FROM "Q1 Sales"')
    assert found.columns == sales.columns
    assert found.rows == (
        ("North", 10, 2, "A2:C2"),
        ("South", 2.5, None, "A3:B3"),
        (None, 1, None, "A4:B4"),
    )


def test_sums_groups_and_names_of_ones_own_work(book):
    result = book.select(
        'WITH big AS (SELECT * FROM "q1 sales" WHERE Amount > 1)'
        " SELECT count(*), total(Amount), group_concat(Region, '+') FROM big"
    )
    assert result.rows == ((2, 12.5, "North+South"),)
    assert book.select("WITH a AS (SELECT 1) SELECT count(*) FROM a").rows == ((1,),)


def test_every_cell_has_its_address_formula_and_shown_value(book):
    result = book.select("SELECT sheet, address, value, shown FROM cells WHERE formula = '=1+1'")
    assert result.rows == (("Q1 Sales", "C2", 2, "2"),)
    assert book.select("SELECT kind, value FROM cells WHERE address = 'B2' AND sheet = 'cells'"
                       ).rows == (("boolean", 1),)  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1; SELECT 2",
        'DELETE FROM "Q1 Sales"',
        "INSERT INTO cells VALUES (1,2,3,4,5,6,7,8,9)",
        'UPDATE "Q1 Sales" SET Amount = 0',
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "DROP TABLE cells",
        "ATTACH DATABASE '/etc/passwd' AS other",
        "ATTACH DATABASE 'file::memory:?cache=shared' AS other",
        "PRAGMA database_list",
        "PRAGMA hard_heap_limit = 0",
        "VACUUM INTO '/tmp/carrel-copy.db'",
        "BEGIN",
        "SELECT load_extension('x')",
        "SELECT randomblob(1000000)",
        "SELECT zeroblob(1000000)",
        "SELECT printf('%1000000s', 'x')",
        "SELECT writefile('/tmp/carrel-copy', 'x')",
        "SELECT * FROM sqlite_schema",
        "SELECT count(*) FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each('[1]')",
        "EXPLAIN DELETE FROM cells",
        "SELECT 1 UNION SELECT sql FROM sqlite_schema",
        'SELECT (SELECT sql FROM sqlite_schema) FROM "Q1 Sales"',
    ],
)
def test_anything_but_reading_the_workbook_is_refused(book, statement):
    with pytest.raises((QueryForbidden, QueryWrong)):
        book.select(statement)
    assert book.select('SELECT count(*) FROM "Q1 Sales"').rows == ((3,),)
    assert book.select("SELECT count(*) FROM cells").rows == ((13,),)


@pytest.mark.parametrize(
    "name", ["documents", "units", "passages", "chats", "answers", "meta", "capsules", "main.meta"]
)
def test_tables_of_the_workspace_do_not_exist_there(book, name):
    with pytest.raises(QueryWrong, match="no such table"):
        book.select(f"SELECT * FROM {name}")  # noqa: S608 - that is the test


def test_nothing_is_ever_attached(book):
    listed = book._database.execute("PRAGMA database_list").fetchall()
    assert [(row[1], row[2]) for row in listed] == [("main", "")]


def test_an_endless_recursion_is_stopped(book, monkeypatch):
    monkeypatch.setattr(sheet_query, "MAX_SECONDS", 0.2)
    with pytest.raises(QueryTooSlow, match="after 0 seconds"):
        book.select(f"{ENDLESS} SELECT count(*) FROM n")  # noqa: S608 - that is the test
    assert book.select("SELECT 1").rows == ((1,),)


def test_a_long_result_is_cut_and_that_is_said(book, monkeypatch):
    monkeypatch.setattr(sheet_query, "MAX_ROWS", 100)
    result = book.select(f"{ENDLESS} SELECT x FROM n")  # noqa: S608 - that is the test
    assert (len(result.rows), result.cut) == (100, True)


def test_a_value_that_grows_too_long_is_refused(book):
    with pytest.raises(QueryTooLarge):
        book.select(
            "WITH RECURSIVE n(v) AS (SELECT 'xxxxxxxx' UNION ALL SELECT v || v FROM n LIMIT 40)"
            " SELECT max(length(v)) FROM n"
        )


def test_wrong_sql_is_told_with_the_tables_there_are(book):
    with pytest.raises(QueryWrong) as told:
        book.select("SELECT Amont FROM Sales")
    assert "no such table: Sales" in told.value.failure.reason
    assert '"Q1 Sales"' in told.value.failure.remedy


def test_this_sqlite_is_not_the_one_of_the_workspace():
    import sqlcipher3.dbapi2

    assert sqlcipher3.dbapi2.Connection is not sqlite3.Connection
