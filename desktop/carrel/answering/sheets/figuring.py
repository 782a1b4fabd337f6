"""A figure that a question asks of a workbook: found, computed by a SELECT, and told.

Only where one sheet alone fits the question and nothing in it is left to doubt. Must not know
the store or the window.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from carrel.answering.compose import literal
from carrel.answering.figures import plain
from carrel.answering.sheets.books import Book, Books, Sheet, sheets_of, words_of
from carrel.answering.sheets.plans import MOST_GROUPS, MOST_TIES, Plan
from carrel.answering.sheets.understanding import plan_of
from carrel.answering.sheets.wording import PHRASES, Aggregate
from carrel.domain.documents import Hit
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import MOST_STATEMENT, Asked, SheetFigure
from carrel.domain.sheets import CellKind, QueryResult, Value, address, named, rectangle
from carrel.retrieval.glossary import Glossary

MOST_BOOKS: Final = 12
"""Workbooks that are opened for one question; each takes some 50 ms for a thousand rows."""

MOST_SHOWN: Final = 40
"""Groups that are told in the answer; all of them come out of the statement."""

MOST_SECONDS: Final = 5.0
"""Seconds that workbooks are looked through for one question; then the documents answer alone."""

MEAN_PLACES: Final = 2
"""Digits behind the point of an average at least."""

FEW_NAMED: Final = 5
"""Rows that are named by their address."""

_AGGREGATES: Final = frozenset(
    words for words, meanings in PHRASES.items() if any(isinstance(m, Aggregate) for m in meanings)
)


@dataclass(frozen=True, slots=True)
class Cited:
    """Words of a sheet that a figure is cited with.

    Attributes:
        unit: its number, counted from 1.
        start, end: code points of its text, a row that counts.
        cells: all that the figure goes over.
    """

    document: DocumentId
    unit: int
    start: int
    end: int
    cells: str


@dataclass(frozen=True, slots=True)
class Found:
    """A figure, as the answer tells it.

    Attributes:
        head: what was asked for, Markdown.
        said: a sentence on how it was found, Markdown, without its full stop.
        rows: of the table of groups: name, figure, rows; the first is its head.
        cited: what it is cited with.
    """

    figure: SheetFigure
    head: str
    said: str
    cited: Cited
    rows: tuple[tuple[str, str, str], ...] = ()

    def markdown(self, n: int) -> str:
        """The answer, every sentence of it with its mark.

        Args:
            n: number of its citation.
        """
        lines = [f"**{self.head}** [{n}]", "", f"{self.said} [{n}]", ""]
        if self.rows:
            (title, what, counted), *groups = self.rows
            lines += [f"| {title} | {what} | {counted} |", "| --- | ---: | ---: |"]
            lines += [f"| {key} [{n}] | {value} | {rows} |" for key, value, rows in groups]
            lines.append("")
        fence = "`" * max(3, 1 + _longest_run(self.figure.statement))
        return "\n".join([*lines, f"{fence}sql", self.figure.statement, fence])


def asks_for_figure(question: str) -> bool:
    """Whether a question says that something is to be counted or added up; takes no time."""
    words = words_of(question)
    longest = max(map(len, _AGGREGATES))
    return any(
        words[at : at + length] in _AGGREGATES
        for at in range(len(words))
        for length in range(1, longest + 1)
    )


class Figuring:
    """Finds figures of workbooks.

    Args:
        books: of the workspace.
        glossary: words that stand for others.
    """

    def __init__(self, books: Books, glossary: Glossary | None = None) -> None:
        self._books = books
        self._glossary = glossary

    def figure(
        self, question: str, documents: tuple[DocumentId, ...], hits: Sequence[Hit] = ()
    ) -> Found | None:
        """The figure a question asks for; None where it asks for none, or in doubt.

        Args:
            question: as asked.
            documents: in scope; empty means all.
            hits: passages that a search for the question found, the best first.
        """
        if not asks_for_figure(question):
            return None
        found: list[tuple[Plan, Found | None]] = []
        begun = time.monotonic()
        for document in self._looked_at(documents, hits):
            if time.monotonic() - begun > MOST_SECONDS:
                return None  # one that was not looked at may fit as well
            with self._books.opened(document) as book:
                if book is not None:
                    asked = plans(question, book, self._glossary)
                    found += [(plan, told(book, plan, Asked.QUESTION)) for plan in asked]
        return _only(found)

    def _looked_at(
        self, documents: tuple[DocumentId, ...], hits: Sequence[Hit]
    ) -> list[DocumentId]:
        listed = [document for document, _ in self._books.listed(documents)]
        if len(listed) <= MOST_BOOKS:
            return listed
        likely = dict.fromkeys(hit.passage.document for hit in hits)
        return [one for one in likely if one in set(listed)][:MOST_BOOKS]


def plans(question: str, book: Book, glossary: Glossary | None) -> list[Plan]:
    """What a question asks of each sheet of a workbook that fits it."""
    found: list[Plan] = []
    stem = book.name.rpartition(".")[0] or book.name
    for sheet in sheets_of(book):
        plan = plan_of(question, sheet, (stem, sheet.name), glossary)
        if plan is not None:
            found.append(plan)
    return found


def _only(found: Sequence[tuple[Plan, Found | None]]) -> Found | None:
    """The one that is meant: the only one, among those that are seen or that are named."""
    seen = [one for one in found if not one[0].sheet.hidden] or list(found)
    called = [one for one in seen if one[0].named] or seen
    return called[0][1] if len(called) == 1 else None


# ── computing ───────────────────────────────────────────────────────────────


def told(book: Book, plan: Plan, asked: Asked) -> Found | None:
    """Run a plan and tell what comes out; None where it gives nothing, or cannot be run."""
    if len(plan.statement) > MOST_STATEMENT:
        return None
    try:
        result = book.select(plan.statement)
        audit = [int(float(value or 0)) for value in book.select(plan.audit).rows[0]]
        return _Telling(book, plan, asked, audit).found(result)
    except KnownError:
        return None


class _Telling:
    """Tells one result."""

    def __init__(self, book: Book, plan: Plan, asked: Asked, audit: Sequence[int]) -> None:
        self._book, self._plan, self._asked = book, plan, asked
        self._rows, self._numbers, self._texts, self._empty = audit

    def found(self, result: QueryResult) -> Found | None:
        """What is told of it."""
        plan = self._plan
        if not result.rows:
            return None
        if plan.holder is not None:
            return self._holding(result)
        if plan.group is not None:
            return self._grouped(result)
        value, counted = result.rows[0][0], result.rows[0][-1]
        if value is None or (plan.target is not None and not counted):
            return None
        shown = self._value(value)
        places: tuple[str, ...] = ()
        if plan.aggregate in (Aggregate.LEAST, Aggregate.MOST):
            ranges = [str(row[0]) for row in self._book.select(plan.places).rows]
            places = tuple(self._in_row(one) for one in ranges)
        return self._made(shown, literal(shown), int(counted or 0), places)

    def _holding(self, result: QueryResult) -> Found | None:
        """Who has the most: in one row, and, where several rows are theirs, also in all."""
        plan = self._plan
        if len(result.rows) > MOST_TIES or any(row[0] is None for row in result.rows):
            return None
        holders = list(dict.fromkeys(str(row[0]) for row in result.rows))
        if plan.holder is not None and not plan.holder.different:
            most = [str(row[0]) for row in self._book.select(plan.by_holder).rows]
            if most != holders:
                return None  # the largest row is another's than the largest sum
        shown = self._value(result.rows[0][1])
        places = tuple(self._in_row(str(row[2])) for row in result.rows)
        head = f"{literal(' and '.join(holders))}: {literal(shown)}"
        return self._made(shown, head, self._numbers, places)

    def _grouped(self, result: QueryResult) -> Found | None:
        plan = self._plan
        if len(result.rows) > MOST_GROUPS or plan.group is None:
            return None
        counted = sum(int(row[-1] or 0) for row in result.rows)
        by = literal(plan.part.value if plan.part else plan.group.title)
        rows = [(by.capitalize() if plan.part else by, plan.aggregate.words, "Rows")]
        for row in result.rows[:MOST_SHOWN]:
            said = "(empty)" if row[0] is None else _key(row[0])
            rows.append((literal(said), literal(self._value(row[1])), f"{row[-1]:,}"))
        more = len(result.rows) - MOST_SHOWN
        shown = f"{len(result.rows):,} groups"
        head = f"{plan.aggregate.words} by {by}" + (f", the first {MOST_SHOWN}" * (more > 0))
        made = self._made(shown, head, counted, ())
        return made and replace(made, rows=tuple(rows))

    def _made(self, shown: str, head: str, counted: int, places: Sequence[str]) -> Found | None:
        plan = self._plan
        cells = self._cells()
        cited = self._cited(places[0] if len(places) == 1 else cells)
        if cited is None:
            return None
        left_out = self._left_out(counted)
        if places:
            left_out.append(f"it stands in {_listed(places)}")
        figure = SheetFigure(
            asked=self._asked,
            document=self._book.document,
            document_name=self._book.name,
            working=f"{plan.aggregate.function}({cells}{_where(plan)}) = {shown}",
            value=shown,
            statement=plan.statement,
            cells=cells,
            counted=counted,
            skipped=max(0, self._rows - counted),
            remarks=tuple(left_out),
        )
        said = f"{self._what(cells)}: {literal('; '.join(left_out))}"
        return Found(figure=figure, head=head, said=said, cited=cited)

    # ── words ───────────────────────────────────────────────────────────────

    def _what(self, cells: str) -> str:
        """As in: Sum of “Revenue” in Sales!C4:C6, where Region is “North”."""
        plan = self._plan
        what = "Number of different values" if plan.different else plan.aggregate.words
        of = f" of “{literal(plan.target.title)}”" if plan.target is not None else ""
        return f"{what}{of} in {literal(cells)}{literal(_where(plan))}"

    def _left_out(self, counted: int) -> list[str]:
        """What counts, and what does not, in a few words each."""
        plan = self._plan
        told = [f"{counted:,} {'row counts' if counted == 1 else 'rows count'}"]
        if plan.target is not None:
            if self._texts and plan.aggregate is not Aggregate.COUNT:
                told.append(f"left out: {_rows(self._texts)} with a text in place of a number")
            if self._empty:
                told.append(f"left out: {_rows(self._empty)} with nothing there")
        totals = list(plan.sheet.totals)
        if totals:
            noun = "a total: row" if len(totals) == 1 else "totals: rows"
            more = "" if len(totals) <= FEW_NAMED else " and more"
            at = ", ".join(map(str, totals[:FEW_NAMED]))
            told.append(f"left out as {noun} {at}{more}")
        if plan.sheet.hidden:
            told.append("the sheet is hidden in the program that made it")
        return told

    def _value(self, value: Value) -> str:
        """As the sheet shows such figures."""
        plan = self._plan
        if not isinstance(value, int | float):
            return "" if value is None else str(value)
        number = Decimal(repr(value))
        column = plan.target
        if column is None or plan.aggregate is Aggregate.COUNT:
            return f"{int(value):,}"
        places = (
            max(column.places, MEAN_PLACES) if plan.aggregate is Aggregate.MEAN else column.places
        )
        if column.percent:
            return f"{plain(round(number * 100, max(1, places)))} %"
        shown = round(number, places) or Decimal(0)  # a sum of nothing much is no “-0”
        text = f"{shown:,f}" if column.places and column.money else plain(shown)
        money = next(iter(column.money), "")
        if money and column.money[money] == column.held[CellKind.NUMBER]:
            return f"-{money}{text[1:]}" if text.startswith("-") else f"{money}{text}"
        return text

    def _cells(self) -> str:
        plan = self._plan
        if plan.target is not None:
            return plan.sheet.cells(plan.target)
        asked = [one.column for one in plan.conditions]
        if plan.group is not None:
            asked.append(plan.group)
        return plan.sheet.cells(*(asked or plan.sheet.columns.values()))

    def _in_row(self, row: str) -> str:
        """The target's cell in a row that is told by its range."""
        box = rectangle(row)
        if box is None or self._plan.target is None:
            return row
        return named(self._plan.sheet.shown, address(box.row, self._plan.target.number))

    def _cited(self, cells: str) -> Cited | None:
        """The first row that counts, in the unit it stands in."""
        box = rectangle(cells)
        rows = self._book.select(self._plan.one_row).rows
        first = rectangle(str(rows[0][0])) if rows else None
        if box is None or first is None:
            return None
        row = box.row if box.row == box.last_row else first.row
        return row_cited(self._book, self._plan.sheet, row, cells)


def row_cited(book: Book, sheet: Sheet, row: int, cells: str) -> Cited | None:
    """A row of a sheet as words to cite; None where it stands nowhere."""
    for packed in book.parts:
        part = packed.cells()
        if part.sheet != sheet.name:
            continue
        held = [cell for cell in part.cells if cell.row == row]
        if held:
            text = packed.text
            start = text.rfind("\n", 0, held[0].start) + 1
            return Cited(book.document, packed.number, start, held[-1].end, cells)
    return None


def _where(plan: Plan) -> str:
    if not plan.conditions:
        return ""
    told = []
    for one in plan.conditions:
        said = f"is {' or '.join(f'“{text}”' for text in one.texts[:FEW_NAMED])}"
        if not one.texts:
            said = f"in {one.told}" if one.period[0] else one.told
        told.append(f"{one.column.title or one.column.letters} {said}")
    return f", where {' and '.join(told)}"


def _key(value: Value) -> str:
    return plain(Decimal(repr(value))) if isinstance(value, float) else str(value)


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _listed(places: Sequence[str]) -> str:
    return " and ".join(places[:FEW_NAMED]) + (" and more" if len(places) > FEW_NAMED else "")


def _longest_run(text: str) -> int:
    """Of backticks: a name may hold what ends a block of code."""
    return max((len(run) for run in re.findall("`+", text)), default=0)
