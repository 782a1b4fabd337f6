"""Binary workbooks (XLS, XLSB), through calamine: values, without formats and formulas.

What the library leaves out is told: formulas, comments, and how numbers are
formatted; dates are known as dates. Must not know units.
"""

import datetime
import io
from collections.abc import Iterator
from typing import Any, Final

import python_calamine

from carrel.domain.sheets import CellKind, Merge
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, Encrypted, NoText
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.number_format import general, span
from carrel.parsing.formats.package import Package
from carrel.parsing.formats.sheet_units import Aside, Budget, DraftCell, DraftRow, sheet_units

_library: Any = python_calamine

_ERRORS: Final = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
)


class CalamineFormat:
    """XLS since Excel 5, and XLSB."""

    kinds = ("xls", "xlsb")
    parser = "calamine"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Sheets in the order of their tabs, hidden ones too."""
        if source.kind == "xlsb":
            names = Package(source.body).names()  # its checks against bombs
            if any(name.endswith("vbaProject.bin") for name in names):
                report.remark(remarks.MACROS)
            if any("/externalLinks/" in name for name in names):
                report.remark(remarks.EXTERNAL_LINKS)
        elif "_VBA_PROJECT".encode("utf-16-le") in bytes(source.body):
            report.remark(remarks.MACROS)
        report.remark(remarks.VALUES_ONLY)
        book = _guarded(_library.CalamineWorkbook.from_filelike, io.BytesIO(source.body))
        sheets = list(book.sheets_metadata)
        report.total = len(sheets)
        budget = Budget()
        found = False
        for number, sheet in enumerate(sheets):
            hidden = "Hidden" in str(sheet.visible)
            aside = Aside()
            rows = _rows(book, number, sheet.name, aside, report)
            for unit in sheet_units(
                sheet.name, rows, report, budget=budget, aside=aside, hidden=hidden
            ):
                found = found or bool(unit.text)
                yield unit
            if hidden:
                report.remark(remarks.HIDDEN_SHEET, name=one_line(clean(sheet.name)))
        if not found:
            raise NoText


def _guarded(call: Any, *given: Any) -> Any:  # noqa: ANN401 - the library's own types
    """Call into the library; whatever it does with strange bytes, it ends in an error of ours.

    Raises:
        Encrypted: it needs a password.
        Damaged: anything else.
    """
    try:
        return call(*given)
    except _library.PasswordError as error:
        raise Encrypted from error
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of the library is no Exception; nothing else of that rank happens here.
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise Damaged from error


def _rows(
    book: Any,  # noqa: ANN401
    number: int,
    name: str,
    aside: Aside,
    report: Report,
) -> Iterator[DraftRow]:
    try:
        sheet = _guarded(book.get_sheet_by_index, number)
    except Damaged:
        report.remark(remarks.DAMAGED_PART, name=one_line(clean(name)))
        return
    for (row, column), (last_row, last_column) in sheet.merged_cell_ranges or ():
        if row <= last_row and column <= last_column:
            aside.merges.append(Merge(row + 1, column + 1, last_row + 1, last_column + 1))
    first_row, first_column = sheet.start or (0, 0)
    for at, values in enumerate(sheet.to_python(skip_empty_area=True), first_row + 1):
        cells = tuple(
            cell
            for column, value in enumerate(values, first_column + 1)
            if (cell := _cell(column, value)) is not None
        )
        if cells:
            yield DraftRow(at, cells)


def _cell(column: int, value: Any) -> DraftCell | None:  # noqa: ANN401 - whatever a cell holds
    match value:
        case bool():
            return DraftCell(column, "TRUE" if value else "FALSE", CellKind.BOOLEAN, value)
        case int() | float():
            whole = int(value) if value == int(value) and abs(value) < 1 << 53 else value
            return DraftCell(column, general(value), CellKind.NUMBER, whole)
        case datetime.datetime():
            text = value.isoformat(" ").removesuffix(" 00:00:00")
            return DraftCell(column, text, CellKind.DATE, text.replace(" ", "T"))
        case datetime.date() | datetime.time():
            return DraftCell(column, value.isoformat(), CellKind.DATE)
        case datetime.timedelta():
            seconds = value.total_seconds()
            return DraftCell(column, str(value), CellKind.DATE, span(seconds))
        case str() if value in _ERRORS:
            return DraftCell(column, value, CellKind.ERROR)
        case str() if value:
            return DraftCell(column, value)
    return None
