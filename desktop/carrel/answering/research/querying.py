"""A model's SELECT over a workbook: run behind the workbook's own lock, and told in lines.

What it gives is remembered, so that a figure of the answer that is one of these values is shown
with the statement it came from. Must not know the engine, the store or the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from carrel.answering.figures import plain
from carrel.answering.research.calls import CallRefused, Query
from carrel.answering.sheets.books import Book, Books
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import Asked, SheetFigure
from carrel.domain.sheets import QueryResult, Value
from carrel.workspace.sheet_query import quoted

MAX_ROWS: Final = 60
"""Rows of a result that the model is shown; whoever needs more sums up in the statement."""

MAX_CELL: Final = 120
"""Characters shown of a value."""

MAX_TABLES: Final = 20
"""Tables that are named to the model."""

MAX_COLUMNS: Final = 40
"""Columns of each that are named."""

MAX_KEPT: Final = 400
"""Numbers of one result that a figure of the answer may be."""


@dataclass(frozen=True, slots=True)
class Queried:
    """What a statement gave.

    Attributes:
        head: one line: how many rows.
        rows: for the model, the names of the columns first.
        words: one line for the reader.
    """

    head: str
    rows: tuple[str, ...]
    words: str


class Queries:
    """The SELECTs of one research.

    Args:
        books: the workbooks of the workspace.

    Attributes:
        figures: what they gave, number by number, in order.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self.figures: list[SheetFigure] = []

    def any_in(self, scope: tuple[DocumentId, ...]) -> bool:
        """Whether there is a workbook to ask."""
        return bool(self._books.listed(scope))

    def values(self, document: DocumentId) -> str:
        """The numbers that statements gave of a workbook, one on each line."""
        return "\n".join(one.value for one in self.figures if one.document == document)

    def run(self, wish: Query, document: DocumentId, name: str) -> Queried:
        """Run a statement, or tell of the tables where there is none.

        Raises:
            CallRefused: it cannot be run; says why.
        """
        with self._books.opened(document) as book:
            if book is None:
                raise CallRefused(f"“{name}” is no workbook that can be queried")
            if not wish.statement:
                rows = tuple(_tables(book))
                return Queried("Its tables and their columns", rows, f"Looked at tables of {name}")
            try:
                result = book.select(wish.statement)
            except KnownError as error:
                why = error.failure.reason.rstrip(".")
                told = f"{why}; without a statement, query tells its tables and columns"
                raise CallRefused(told) from error
            self._keep(book, wish.statement, result)
        told = _told(result)
        asked = " ".join(wish.statement.split())
        return Queried(told, tuple(_rows(result)), f"Queried {name}: {told}; {asked}")

    def _keep(self, book: Book, statement: str, result: QueryResult) -> None:
        numbers = [
            (column, value)
            for row in result.rows
            for column, value in zip(result.columns, row, strict=True)
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        for column, value in numbers[:MAX_KEPT]:
            shown = plain(Decimal(repr(value)))
            figure = SheetFigure(
                asked=Asked.PROPOSED,
                document=book.document,
                document_name=book.name,
                working=f"{_cell(column)} = {shown}",
                value=shown,
                statement=statement,
                counted=len(result.rows),
            )
            if figure not in self.figures:
                self.figures.append(figure)


def _tables(book: Book) -> list[str]:
    return [
        f"{quoted(table.name)} ({', '.join(map(quoted, table.columns[:MAX_COLUMNS]))})"
        for table in book.tables[:MAX_TABLES]
    ]


def _rows(result: QueryResult) -> list[str]:
    names = " | ".join(map(_cell, result.columns))
    return [names, *(" | ".join(map(_value, row)) for row in result.rows[:MAX_ROWS])]


def _told(result: QueryResult) -> str:
    count = len(result.rows)
    told = "1 row" if count == 1 else f"{count:,} rows"
    more = " and more" if result.cut else ""
    return f"{told}{more}" + (f", the first {MAX_ROWS} shown" if count > MAX_ROWS else "")


def _value(value: Value) -> str:
    if isinstance(value, float):
        return plain(Decimal(repr(value))).replace(",", "")
    return "" if value is None else _cell(str(value))


def _cell(text: str) -> str:
    """On one line, with nothing that parts columns."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text).replace("|", "/")
    return f"{shown[:MAX_CELL]}…" if len(shown) > MAX_CELL else shown
