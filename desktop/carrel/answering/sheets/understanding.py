"""A question as a plan over one sheet, where nothing in it is left to doubt.

Each word must be a column, a cell, a wording or the name of the workbook; one that is none of
them may change what is asked for, and then nothing is computed. Must not know statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from carrel.answering.sheets.books import Column, Sheet
from carrel.answering.sheets.matching import Item, Kind, Matcher
from carrel.answering.sheets.plans import Condition, Plan
from carrel.answering.sheets.wording import Aggregate, Word
from carrel.domain.sheets import CellKind
from carrel.retrieval.glossary import Glossary

YEARS: Final = (1900, 2100)
"""A number between these, alone, is a year."""

SPARSE: Final = 0.5
"""Share of rows that a column must fill to be asked for its cells: a table that names each group
once, above its rows, fills fewer."""

_ROWS: Final = frozenset(
    ("row", "rows", "record", "records", "entry", "entries", "line", "lines", "zeilen")
)
_EQUAL: Final = frozenset(("is", "are", "=", "equals", "equal"))
_COMPARED: Final = {
    Word.OVER: ">", Word.UNDER: "<", Word.AT_LEAST: ">=", Word.AT_MOST: "<="
}  # fmt: skip


class Doubt(Exception):
    """The question may mean something else."""


def plan_of(
    question: str, sheet: Sheet, names: Sequence[str], glossary: Glossary | None = None
) -> Plan | None:
    """What a question asks of a sheet; None where that is not sure.

    Args:
        question: as asked.
        sheet: looked through.
        names: what the workbook and the sheet are called.
        glossary: words that stand for others.
    """
    if sheet.doubtful:
        return None
    items = Matcher(sheet, names, glossary).items(question)
    if items is None:
        return None
    try:
        return _Reading(sheet, items).plan()
    except Doubt:
        return None


class _Reading:
    """Reads the items of one question from left to right."""

    def __init__(self, sheet: Sheet, items: list[Item]) -> None:
        self._sheet = sheet
        self._items = items
        self._used: set[int] = set()
        self._conditions: list[Condition] = []

    def plan(self) -> Plan:
        """Everything in it, or `Doubt`."""
        aggregates = [one.aggregate for one in self._items if one.kind is Kind.AGGREGATE]
        distinct = set(aggregates)
        if len(distinct) != 1:
            raise Doubt
        aggregate = aggregates[0]
        assert aggregate is not None  # noqa: S101 - items of this kind have one
        group, part = self._group()
        holder = self._holder(aggregate)
        self._values()
        self._numbers()
        counted = self._counted() if aggregate is Aggregate.COUNT else None
        target = self._target(aggregate, holder)
        self._nothing_left()
        different = any(one.means(Word.DIFFERENT) for one in self._items)
        if target is None and holder is not None:
            target, holder = holder, None  # “which amount is the largest”
        if counted is not None:
            if not different:
                self._check_rows(counted)
            target = counted if different else None
        if different and (counted is None or counted.varied):
            raise Doubt
        plan = Plan(
            sheet=self._sheet,
            aggregate=aggregate,
            target=target,
            conditions=tuple(self._merged()),
            different=different,
            group=group,
            part=part,
            holder=holder,
            named=any(one.kind is Kind.NAME for one in self._items),
        )
        self._check(plan, counted)
        return plan

    def _check(self, plan: Plan, counted: Column | None) -> None:
        if plan.target is not None and plan.aggregate is not Aggregate.COUNT:
            if not plan.target.numeric or plan.target.merged:
                raise Doubt
            if plan.target.percent not in (0, plan.target.held[CellKind.NUMBER]):
                raise Doubt  # per cent and plain numbers in one column
            if len(plan.target.money) > 1:
                raise Doubt  # amounts of several currencies
        elif plan.aggregate is Aggregate.COUNT:
            told = {word for one in self._items for word in one.said.split()}
            if not (plan.conditions or counted or plan.named or plan.group or told & _ROWS):
                raise Doubt
        elif plan.target is None:
            raise Doubt
        asked = [one.column for one in plan.conditions]
        asked += [one for one in (plan.group, plan.holder) if one is not None]
        for column in asked:
            if column.merged or column.filled < SPARSE * self._sheet.rows:
                raise Doubt
        if plan.holder is not None and plan.group is not None:
            raise Doubt

    # ── parts of a question ─────────────────────────────────────────────────

    def _group(self) -> tuple[Column | None, Word | None]:
        """``by Region``, ``per month``."""
        found: list[tuple[Column, Word | None]] = []
        for at, item in enumerate(self._items):
            if not item.means(Word.BY):
                continue
            after = self._next(at)
            if after is None:
                raise Doubt
            one = self._items[after]
            self._used.add(after)
            if one.kind is Kind.COLUMN:
                found.append((one.columns[0], None))
            elif one.means(Word.MONTH, Word.QUARTER, Word.YEAR):
                found.append((self._only_dated(), one.words[0]))
            else:
                raise Doubt
        if len(found) > 1:
            raise Doubt
        return found[0] if found else (None, None)

    def _holder(self, aggregate: Aggregate) -> Column | None:
        """``which customer has``; only where one is looked for that has most or least."""
        if aggregate not in (Aggregate.MOST, Aggregate.LEAST):
            return None
        for at, item in enumerate(self._items[:-1]):
            one = self._items[at + 1]
            if item.means(Word.WHICH) and one.kind is Kind.COLUMN and at + 1 not in self._used:
                self._used.add(at + 1)
                return one.columns[0]
        return None

    def _counted(self) -> Column | None:
        """``how many customers``."""
        for at, item in enumerate(self._items):
            if item.aggregate is not Aggregate.COUNT:
                continue
            after = self._next(at, Word.DIFFERENT)
            if after is not None and self._items[after].kind is Kind.COLUMN:
                if after in self._used:
                    return None
                self._used.add(after)
                return self._items[after].columns[0]
        return None

    def _values(self) -> None:
        """Cells that rows must hold, each with the name of its column where that is said."""
        for at, item in enumerate(self._items):
            if item.kind is not Kind.VALUE:
                continue
            column = item.columns[0]
            texts = (item.spellings or {})[column.number]
            self._used.add(at)
            self._conditions.append(Condition(column, item.said, texts=texts))
            for place in (self._before(at, values=True), at + 1):
                if place is None or place >= len(self._items):
                    continue
                label = self._items[place]
                if label.kind is Kind.COLUMN and label.columns == (column,):
                    self._used.add(place)

    def _numbers(self) -> None:
        for at, item in enumerate(self._items):
            if item.kind is not Kind.NUMBER or at in self._used:
                continue
            self._used.add(at)
            before = self._before(at)
            one = self._items[before] if before is not None else None
            if one is not None and one.kind is Kind.WORD and before is not None:
                sign = next((_COMPARED[w] for w in one.words if w in _COMPARED), "")
                place = self._before(before)
                if sign and place is not None and self._compared(place, sign, item):
                    continue
                if sign:
                    raise Doubt
            if before is not None and self._equals(before, at, item):
                continue
            self._dated(item, before)

    def _equals(self, before: int, at: int, item: Item) -> bool:
        """“Quantity 12”, “Year is 2024”; “amount in 2024” is a time, though."""
        between = {word for one in self._items[before + 1 : at] for word in one.said.split()}
        year = len(item.said) == 4 and YEARS[0] <= item.number <= YEARS[1]
        label = self._items[before]
        yearly = label.kind is Kind.COLUMN and label.columns[0].yearly
        if year and not yearly and not between & _EQUAL:
            return False
        return self._compared(before, "=", item)

    def _compared(self, place: int, sign: str, item: Item) -> bool:
        label = self._items[place]
        if label.kind is not Kind.COLUMN or not label.columns[0].numeric:
            return False
        column = label.columns[0]
        share = column.percent > 0
        if item.share and not share:
            raise Doubt
        if share and not item.share:
            raise Doubt  # 10 may mean 10 % or the tenfold
        number = item.number / 100 if share else item.number
        self._used.add(place)
        said = f"{sign} {item.said}{'%' if share else ''}"
        self._conditions.append(Condition(column, said, sign=sign, number=number))
        return True

    def _dated(self, item: Item, before: int | None) -> None:
        """A year, with the month or quarter before it."""
        if item.share or not YEARS[0] <= item.number <= YEARS[1] or len(item.said) != 4:
            raise Doubt
        dated = [c for c in self._sheet.columns.values() if c.dated]
        yearly = [c for c in self._sheet.columns.values() if c.yearly]
        one = self._items[before] if before is not None else None
        if one is not None and one.kind in (Kind.MONTH, Kind.QUARTER) and before is not None:
            self._used.add(before)
            first = last = int(one.number)
            if one.kind is Kind.QUARTER:
                first, last = 3 * first - 2, 3 * first
            low, high = f"{item.said}-{first:02}", f"{item.said}-{last:02}"
            said = f"{one.said} {item.said}"
            self._conditions.append(Condition(self._only_dated(), said, period=(low, high)))
            return
        if one is not None and one.kind is Kind.COLUMN and one.columns[0] in dated:
            dated, yearly = [one.columns[0]], []
            self._used.add(before or 0)
        if one is not None and one.means(Word.YEAR) and before is not None:
            self._used.add(before)
        if len(dated) + len(yearly) != 1:
            raise Doubt
        if dated:
            period = (item.said, item.said)
            self._conditions.append(Condition(dated[0], item.said, period=period))
        else:
            self._conditions.append(
                Condition(yearly[0], item.said, sign="=", number=Decimal(item.said))
            )

    def _target(self, aggregate: Aggregate, holder: Column | None) -> Column | None:
        """The column that is left."""
        left = [
            (at, one.columns[0])
            for at, one in enumerate(self._items)
            if one.kind is Kind.COLUMN and at not in self._used
        ]
        columns = {column.number: column for _, column in left}
        if len(columns) > 1 or (aggregate is Aggregate.COUNT and columns):
            raise Doubt
        self._used |= {at for at, _ in left}
        found = next(iter(columns.values()), None)
        if found is not None and holder is not None and found.number == holder.number:
            raise Doubt
        return found

    def _nothing_left(self) -> None:
        for at, item in enumerate(self._items):
            if at in self._used or item.kind in (Kind.AGGREGATE, Kind.NAME):
                continue
            fine = (Word.NEUTRAL, Word.FILLER, Word.BY, Word.DIFFERENT, Word.WHICH, Word.OR)
            if item.means(*fine):
                continue
            compares = item.kind is Kind.WORD and any(word in _COMPARED for word in item.words)
            if compares and self._conditions:
                continue
            raise Doubt

    def _check_rows(self, counted: Column) -> None:
        """How many customers there are is how many rows, where none is named twice."""
        if not counted.different or counted.filled != self._sheet.rows:
            raise Doubt

    def _merged(self) -> list[Condition]:
        """Texts of one column together: rows that hold one or the other."""
        kept: dict[int, Condition] = {}
        others: list[Condition] = []
        for one in self._conditions:
            known = kept.get(one.column.number)
            if not one.texts:
                others.append(one)
            elif known is None:
                kept[one.column.number] = one
            else:
                texts = tuple(dict.fromkeys((*known.texts, *one.texts)))
                told = known.told if one.told == known.told else f"{known.told} or {one.told}"
                kept[one.column.number] = Condition(one.column, told, texts=texts)
        return [*kept.values(), *others]

    # ── neighbours ──────────────────────────────────────────────────────────

    def _next(self, at: int, *more: Word) -> int | None:
        for place in range(at + 1, len(self._items)):
            one = self._items[place]
            if not (one.says_nothing or (more and one.means(*more))):
                return place
        return None

    def _before(self, at: int, *, values: bool = False) -> int | None:
        for place in range(at - 1, -1, -1):
            one = self._items[place]
            skipped = one.says_nothing or (
                values and (one.kind is Kind.VALUE or one.means(Word.OR))
            )
            if not skipped:
                return place
        return None

    def _only_dated(self) -> Column:
        dated = [column for column in self._sheet.columns.values() if column.dated]
        if len(dated) != 1:
            raise Doubt
        return dated[0]
