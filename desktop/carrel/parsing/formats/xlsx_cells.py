"""Cells of an Excel sheet: their value, format and formula, out of XML.

ECMA-376 part 1, 18.3.1.4. Must not know packages' relations or units.
"""

import math
from typing import Final

from carrel.domain.sheets import MAX_COLUMNS, MAX_ROWS, CellKind, place
from carrel.parsing.formats.number_format import BUILT_IN, GENERAL, is_date, iso, shown, shows_text
from carrel.parsing.formats.opc import attribute, local
from carrel.parsing.formats.package import Element, Package
from carrel.parsing.formats.sheet_units import DraftCell, DraftRow
from carrel.parsing.formats.shifting import moved

MAX_STYLES: Final = 70_000
"""Formats of cells; programs stop at 65,490."""

MAX_SHARED: Final = 100_000
"""Formulas of one sheet that several cells share."""


class Styles:
    """The number format of each style."""

    def __init__(self, package: Package, part: str) -> None:
        tree = package.tree(part) if part else None
        codes = dict(BUILT_IN)
        self._codes: list[str] = []
        for element in tree if tree is not None else ():
            for child in element:
                number = attribute(child, "numFmtId")
                if not (number.isdecimal() and len(number) < 10):
                    number = "0"
                if local(child) == "numFmt":
                    codes[int(number)] = attribute(child, "formatCode")
                elif local(element) == "cellXfs" and len(self._codes) < MAX_STYLES:
                    self._codes.append(codes.get(int(number), GENERAL))

    def code(self, style: str | None) -> str:
        """The format of a cell's style."""
        if style and style.isdecimal() and len(style) < 7 and int(style) < len(self._codes):
            return self._codes[int(style)]
        return GENERAL


class Cells:
    """What the cells of all sheets of a workbook need."""

    def __init__(self, styles: Styles, strings: list[str], *, from_1904: bool) -> None:
        self.styles, self.strings, self.from_1904 = styles, strings, from_1904

    def sheet(self) -> "Rows":
        """For the rows of one sheet."""
        return Rows(self)

    def number(self, column: int, raw: str, style: str | None, formula: str) -> DraftCell:
        """A number, a date or a span of time."""
        try:
            value = float(raw)
        except ValueError:
            return DraftCell(column, raw, CellKind.TEXT, None, formula)
        if not math.isfinite(value):
            return DraftCell(column, raw, CellKind.TEXT, None, formula)
        code = self.styles.code(style)
        text = shown(value, code, from_1904=self.from_1904)
        # A format may show nothing at all (;;;); what is there can still be asked for.
        text = text or shown(value, GENERAL)
        if is_date(code) and (day := iso(value, code, from_1904=self.from_1904)):
            return DraftCell(column, text, CellKind.DATE, day, formula)
        whole = int(value) if value == int(value) and abs(value) < 1 << 53 else value
        return DraftCell(column, text, CellKind.NUMBER, whole, formula)


class Rows:
    """Gathers the cells of one row after another."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._shared: dict[str, tuple[str, int, int]] = {}
        self._row = 0
        self._column = 0
        self._found: dict[int, DraftCell] = {}

    def begin(self, element: Element) -> None:
        """A row starts; without a number of its own it is the next one."""
        number = element.get("r", "")
        known = number.isdecimal() and len(number) < 8 and self._row < int(number) <= MAX_ROWS
        self._row = int(number) if known else self._row + 1
        self._column = 0
        self._found = {}

    def add(self, element: Element) -> None:
        """A cell of the row; one that names another row is taken as standing in this one."""
        where = place(element.get("r", ""))
        self._column = where[1] if where else self._column + 1
        if self._column <= MAX_COLUMNS and self._row <= MAX_ROWS:
            cell = self._cell(element, self._column)
            if cell is not None:
                self._found[self._column] = cell

    def finish(self) -> DraftRow | None:
        """The row, if there is anything in it."""
        found, self._found = self._found, {}
        if not found:
            return None
        return DraftRow(self._row, tuple(found[column] for column in sorted(found)))

    def _cell(self, element: Element, column: int) -> DraftCell | None:
        raw, formula, inline = "", "", None
        for part in element:
            match local(part):
                case "v":
                    raw = part.text or ""
                case "f":
                    formula = self._formula(part, column)
                case "is":
                    inline = part
        kind, style = element.get("t", "n"), element.get("s")
        if inline is not None:
            raw = "".join(p.text or "" for p in inline.iter() if local(p) == "t")
        if not raw:
            return DraftCell(column, formula, CellKind.TEXT, "", formula) if formula else None
        match kind:
            case "s":
                at = int(raw) if raw.strip().isdecimal() and len(raw) < 10 else -1
                strings = self._cells.strings
                raw = strings[at] if 0 <= at < len(strings) else ""
            case "b":
                truth = raw.strip() == "1"
                word = "TRUE" if truth else "FALSE"
                return DraftCell(column, word, CellKind.BOOLEAN, truth, formula)
            case "e":
                return DraftCell(column, raw, CellKind.ERROR, None, formula)
            case "d":
                return DraftCell(column, raw, CellKind.DATE, None, formula)
            case "n":
                return self._cells.number(column, raw.strip(), style, formula)
        text = shows_text(raw, self._cells.styles.code(style)) if raw else ""
        return DraftCell(column, text, CellKind.TEXT, None if text == raw else raw, formula)

    def _formula(self, element: Element, column: int) -> str:
        text = element.text or ""
        if element.get("t") == "shared":
            index = element.get("si", "")
            if text:
                if len(self._shared) < MAX_SHARED:
                    self._shared[index] = (text, self._row, column)
            elif index in self._shared:
                master, row, first = self._shared[index]
                text = moved(master, self._row - row, column - first)
        return f"={text}" if text else ""
