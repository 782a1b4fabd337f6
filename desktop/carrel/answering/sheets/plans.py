"""What is computed of a sheet, and as which statement.

Names are quoted as names, texts of cells as texts, numbers are written out: nothing that stands
in a document can become another part of a statement. Must not know how a question is understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from carrel.answering.sheets.books import Column, Sheet
from carrel.answering.sheets.wording import Aggregate, Word
from carrel.workspace.sheet_query import quoted

MOST_GROUPS: Final = 200
"""Groups that are listed; of more, the question is no table to read."""

MOST_TIES: Final = 10
"""Rows that share the largest figure and are told."""

NUMBERS: Final = "('integer', 'real')"


@dataclass(frozen=True, slots=True)
class Condition:
    """What rows must hold.

    Attributes:
        texts: of cells, one of which it is; empty for a comparison.
        sign: ``=``, ``>`` …, of a number.
        period: ISO months a date lies in, first and last; empty for none.
        told: as the question says it.
    """

    column: Column
    told: str
    texts: tuple[str, ...] = ()
    sign: str = "="
    number: Decimal = Decimal(0)
    period: tuple[str, str] = ("", "")

    @property
    def sql(self) -> str:
        """For a WHERE."""
        name = quoted(self.column.name)
        if self.texts:
            if len(self.texts) == 1:
                return f"{name} = {literal(self.texts[0])}"
            return f"{name} IN ({', '.join(map(literal, self.texts))})"
        if self.period[0]:
            low, high = map(literal, self.period)
            cut = f"substr({name}, 1, {len(self.period[0])})"
            return f"{cut} = {low}" if low == high else f"{cut} BETWEEN {low} AND {high}"
        return f"typeof({name}) IN {NUMBERS} AND {name} {self.sign} {self.number:f}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One figure, or one for each group.

    Attributes:
        target: what is added up; None where rows are counted.
        different: count different values of the target.
        group: by what rows are parted.
        period: length of the part of a date that names its group; 0 for the whole value.
        holder: the column that names who has the largest or smallest.
    """

    sheet: Sheet
    aggregate: Aggregate
    target: Column | None = None
    conditions: tuple[Condition, ...] = ()
    different: bool = False
    group: Column | None = None
    part: Word | None = None
    holder: Column | None = None
    named: bool = field(default=False, compare=False)

    @property
    def statement(self) -> str:
        """The SELECT that is shown."""
        if self.holder is not None and self.target is not None:
            told = f"{quoted(self.holder.name)}, {quoted(self.target.name)}, {self._at}"
            return self._select(told, self._extreme, f"LIMIT {MOST_TIES + 1}")
        figure = self._figure()
        if self.aggregate is not Aggregate.COUNT or self.different:
            figure += ', count(*) AS "rows"'
        if self.group is None:
            return self._select(figure, self._all)
        limit = f"GROUP BY 1 ORDER BY 1 LIMIT {MOST_GROUPS + 1}"
        return self._select(f'{self._key(self.group)} AS "group", {figure}', self._all, limit)

    @property
    def audit(self) -> str:
        """Rows that fit the conditions: all, those with a number, with a text, with nothing."""
        name = quoted(self.target.name) if self.target is not None else "1"
        kinds = f"total(typeof({name}) IN {NUMBERS}), total(typeof({name}) = 'text')"
        return self._select(f"count(*), {kinds}, total({name} IS NULL)", self._rows)

    @property
    def places(self) -> str:
        """The rows of a largest or smallest figure, by their ranges."""
        return self._select(self._at, self._extreme, f"LIMIT {MOST_TIES + 1}")

    @property
    def one_row(self) -> str:
        """The range of the first row that counts, to be shown."""
        return self._select(self._at, self._all, "LIMIT 1")

    @property
    def by_holder(self) -> str:
        """The same question of the sums of each holder, where one has several rows."""
        if self.target is None or self.holder is None:
            return ""
        order = "DESC" if self.aggregate is Aggregate.MOST else "ASC"
        order = f"GROUP BY 1 ORDER BY sum({quoted(self.target.name)}) {order} LIMIT 1"
        return self._select(quoted(self.holder.name), self._all, order)

    def _select(self, told: str, where: Sequence[str], rest: str = "") -> str:
        parts = ["SELECT", told, "FROM", quoted(self.sheet.table)]
        if where:
            parts += ["WHERE", " AND ".join(where)]
        return " ".join([*parts, rest]).strip()

    @property
    def _at(self) -> str:
        return quoted(self.sheet.address)

    @property
    def _extreme(self) -> list[str]:
        """Rows that hold the largest or smallest figure."""
        if self.target is None:
            return self._all
        name = quoted(self.target.name)
        inner = self._select(f"{self.aggregate}({name})", self._all)
        return [*self._all, f"{name} = ({inner})"]

    def _figure(self) -> str:
        if self.target is None:
            return 'count(*) AS "count"'
        name = quoted(self.target.name)
        if self.aggregate is Aggregate.COUNT:
            return f'count(DISTINCT {name}) AS "count"' if self.different else 'count(*) AS "count"'
        return f'{self.aggregate}({name}) AS "{self.aggregate}"'

    def _key(self, group: Column) -> str:
        name = quoted(group.name)
        match self.part:
            case Word.YEAR:
                return f"substr({name}, 1, 4)"
            case Word.MONTH:
                return f"substr({name}, 1, 7)"
            case Word.QUARTER:
                third = f"(substr({name}, 6, 2) + 2) / 3"
                return f"substr({name}, 1, 4) || '-Q' || {third}"
        return name

    @property
    def _rows(self) -> list[str]:
        """What rows must fit, whatever the target holds."""
        told = [one.sql for one in self.conditions]
        if self.sheet.totals:
            kept = ", ".join(map(literal, self.sheet.totals.values()))
            told.append(f"{quoted(self.sheet.address)} NOT IN ({kept})")
        return told

    @property
    def _all(self) -> list[str]:
        """The same, and a number in the target."""
        told = self._rows
        if self.target is not None:
            name = quoted(self.target.name)
            counted = self.aggregate is Aggregate.COUNT
            told.append(f"{name} IS NOT NULL" if counted else f"typeof({name}) IN {NUMBERS}")
        return told


def literal(text: str) -> str:
    """A text as SQL takes it, whatever stands in it."""
    return "'" + text.replace("'", "''") + "'"
