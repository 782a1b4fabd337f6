"""Figures that a SELECT over a workbook gives, with the statement and the cells it went over.

Must not know how one is asked for, run or shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.ids import DocumentId

MOST_STATEMENT: Final = 8_000
"""Characters of a statement that is kept with an answer; ours have a few hundred."""


class Asked(StrEnum):
    """Why a figure was computed."""

    QUESTION = "question"
    """The question asks for it."""
    CHECK = "check"
    """The answer states it, and it stands nowhere."""
    PROPOSED = "proposed"
    """The model that answered asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFigure:
    """A figure computed from cells.

    Attributes:
        asked: why.
        document, document_name: the workbook.
        working: as a spreadsheet says it: ``SUM('Sales 2024'!C4:C6) = 2,135.25``.
        value: as a reader would write it.
        statement: the SELECT that gives it, as it can be run again.
        cells: it went over, as ``'Sales 2024'!C4:C6``.
        counted: rows that count.
        skipped: rows within the cells that hold no number there.
        remarks: sentences about what was left out, or lies on a hidden sheet.
    """

    asked: Asked
    document: DocumentId
    document_name: str
    working: str
    value: str
    statement: str
    cells: str = ""
    counted: int = 0
    skipped: int = 0
    remarks: tuple[str, ...] = ()
