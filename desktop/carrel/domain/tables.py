"""Tables as they stand on a page: rows of cells, each with its place.

Must not know how they are found.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

import regex

from carrel.domain.documents import Span


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell.

    Attributes:
        text: as it is written, a sign of money or a bracket beside its number included.
        spans: code points of the unit's text that it is made of, in order.
    """

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of one unit.

    Attributes:
        unit: its number, from 1.
        rows: of equal length; None where nothing stands.
        heads: of these, the first ones that name the columns.
    """

    unit: int
    rows: tuple[tuple[TableCell | None, ...], ...]
    heads: int = 0

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self.rows[0]) if self.rows else 0

    def texts(self) -> list[list[str]]:
        """The words of all cells."""
        return [[cell.text if cell else "" for cell in row] for row in self.rows]


DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet program takes for a formula."""

_NUMBER: Final = regex.compile(
    r"[-+]\s?(?:US\$|[$€£¥₹])?\s?[0-9.][0-9.,'’ ]*(?:\s?(?:%|x|bps|pp))?|-+"
)


def csv_of(table: Table) -> str:
    """A table as CSV; a text that looks like a formula gets an apostrophe, a number never."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    for row in table.texts():
        rows.writerow([harmless(cell) for cell in row])
    return text.getvalue()


def tsv_of(table: Table) -> str:
    """A table for the clipboard: cells set apart by tabs."""
    return "\n".join("\t".join(harmless(cell) for cell in row) for row in table.texts())


def harmless(text: str) -> str:
    """A cell of a CSV file that no spreadsheet program takes for a formula.

    A text that looks like one gets an apostrophe; a negative number stays a number.
    """
    bare = text.lstrip(" ")
    dangerous = bare.startswith(DANGEROUS) and _NUMBER.fullmatch(bare) is None
    return f"'{text}" if dangerous else text
