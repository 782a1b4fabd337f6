"""OpenDocument spreadsheets: each cell with the text it shows, its value and its formula.

OpenDocument 1.3 part 3, section 9. Rows and cells that repeat are written out as
far as the limits go. Must not know units.
"""

import math
from collections.abc import Iterator
from typing import Final

from carrel.domain.sheets import MAX_COLUMNS, MAX_ROWS, CellKind, Merge, Value
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, Encrypted, NoText
from carrel.parsing.formats import odf
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import attribute, local
from carrel.parsing.formats.package import Element, Package, etree
from carrel.parsing.formats.sheet_units import (
    Aside,
    Budget,
    DraftCell,
    DraftRow,
    comment,
    sheet_units,
)

MAX_STYLES: Final = 100_000
"""Styles of tables that are remembered because they hide something."""

_KINDS: Final = {
    "float": CellKind.NUMBER,
    "percentage": CellKind.NUMBER,
    "currency": CellKind.NUMBER,
    "date": CellKind.DATE,
    "time": CellKind.DATE,
    "boolean": CellKind.BOOLEAN,
}
_HIDDEN: Final = frozenset(("collapse", "filter"))


class OdsFormat:
    """ODS and OTS."""

    kinds = ("ods",)
    parser = "opendocument-sheets"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Sheets in the order of their tabs, hidden ones too, then properties and pictures."""
        package = Package(source.body)
        manifest = package.bytes_of("META-INF/manifest.xml", odf.MANIFEST_BYTES) or b""
        if b"encryption-data" in manifest:
            raise Encrypted
        if any(name.startswith(("Basic/", "Scripts/")) for name in package.names()):
            report.remark(remarks.MACROS)
        stream = package.open("content.xml")
        if stream is None:
            raise Damaged
        book = _Book(stream, report)
        budget = Budget()
        found = False
        try:
            for sheet in book.sheets():
                for unit in sheet_units(
                    sheet.name,
                    sheet.rows(),
                    report,
                    budget=budget,
                    aside=sheet.aside,
                    hidden=sheet.hidden,
                ):
                    found = found or bool(unit.text)
                    yield unit
                sheet.skip()
        except etree.XMLSyntaxError as error:
            raise Damaged from error
        if found:
            yield from odf.about(package, report)
        pictures = InnerPictures(source, report)
        for name in package.names():
            if name.startswith("Pictures/"):
                pictures.add_part(package, name)
        yield from pictures.members()
        if not (found or pictures.listed):
            raise NoText


class _Book:
    """Walks through the content once; sheets must be read in order."""

    def __init__(self, stream: object, report: Report) -> None:
        self.report = report
        self.hidden: set[str] = set()
        self.events = iter(
            etree.iterparse(
                stream,
                events=("start", "end"),
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
        )

    def sheets(self) -> "Iterator[_Sheet]":
        """The tables right inside the spreadsheet."""
        for event, element in self.events:
            name = local(element)
            if event == "end" and name == "style" and len(self.hidden) < MAX_STYLES:
                if any(attribute(part, "display") == "false" for part in element):
                    self.hidden.add(attribute(element, "name"))
            elif event == "start" and name == "table":
                yield _Sheet(self, element)
            elif event == "start" and name == "table-source":
                self.report.remark(remarks.EXTERNAL_LINKS)


class _Sheet:
    """One sheet while its rows are read."""

    def __init__(self, book: _Book, element: Element) -> None:
        self._book, self._element = book, element
        self.name = attribute(element, "name")
        self.hidden = attribute(element, "style-name") in book.hidden
        self.aside = Aside()
        self._row = 0
        self._done = False
        if self.hidden:
            book.report.remark(remarks.HIDDEN_SHEET, name=one_line(clean(self.name)))

    def rows(self) -> Iterator[DraftRow]:
        """Rows with anything in them."""
        depth = 0
        for event, element in self._book.events:
            name = local(element)
            if event == "start":
                depth += name == "table"  # a table inside a cell belongs to the cell
                if name == "table-source":
                    self._book.report.remark(remarks.EXTERNAL_LINKS)
                continue
            if name == "table":
                if element is self._element:
                    self._done = True
                    element.clear()
                    return
                depth -= 1
            elif name == "table-row" and not depth:
                yield from self._rows_of(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def skip(self) -> None:
        """Go on to the end of the sheet, when its rows were not wanted to the end."""
        if not self._done:
            for _ in self.rows():
                pass

    def _rows_of(self, element: Element) -> Iterator[DraftRow]:
        repeated = _count(element, "number-rows-repeated")
        first = self._row + 1
        self._row += repeated
        if attribute(element, "visibility") in _HIDDEN:
            self._book.report.remark(remarks.HIDDEN_ROWS, name=one_line(clean(self.name)))
        cells = tuple(self._cells(element, first))
        if cells:
            for number in range(first, min(first + repeated, MAX_ROWS + 1)):
                yield DraftRow(number, cells)

    def _cells(self, row: Element, number: int) -> Iterator[DraftCell]:
        column = 1
        for element in row:
            if local(element) not in {"table-cell", "covered-table-cell"}:
                continue
            repeated = _count(element, "number-columns-repeated")
            cell = self._cell(element, number, column)
            if cell is not None and cell.text.strip():
                for at in range(column, min(column + repeated, MAX_COLUMNS + 1)):
                    yield cell._replace(column=at)
            rows, columns = (_count(element, f"number-{x}-spanned") for x in ("rows", "columns"))
            if (rows, columns) != (1, 1):
                last = min(number + rows - 1, MAX_ROWS), min(column + columns - 1, MAX_COLUMNS)
                if number <= last[0] and column <= last[1]:
                    self.aside.merges.append(Merge(number, column, *last))
            column += repeated

    def _cell(self, element: Element, row: int, column: int) -> DraftCell | None:
        parts: list[str] = []
        for child in element:
            if local(child) == "annotation":
                self._comment(child, row, column)
            elif local(child) == "p":
                parts.append(_words(child))
        text = "\n".join(parts)
        formula = attribute(element, "formula").partition(":=")[2]
        formula = f"={formula}" if formula else ""
        kind = _KINDS.get(attribute(element, "value-type"), CellKind.TEXT)
        value = _value(element, kind)
        if kind is not CellKind.TEXT and value is None:
            kind = CellKind.TEXT
        if not text and value is not None:
            text = str(value)
        if not text and formula:
            return DraftCell(column, formula, CellKind.TEXT, "", formula)
        if kind is CellKind.TEXT and formula and text.startswith(("#", "Err:")):
            kind = CellKind.ERROR
        return DraftCell(column, text, kind, value, formula) if text else None

    def _comment(self, element: Element, row: int, column: int) -> None:
        author = next((part.text or "" for part in element if local(part) == "creator"), "")
        text = " ".join(_words(part) for part in element if local(part) in {"p", "list"})
        if text.strip():
            self.aside.notes.append(comment(row, column, author, text))


def _count(element: Element, name: str) -> int:
    number = attribute(element, name)
    return max(int(number), 1) if number.isdecimal() and len(number) < 8 else 1


def _value(element: Element, kind: CellKind) -> Value:
    if kind is CellKind.NUMBER:
        try:
            value = float(attribute(element, "value"))
        except ValueError:
            return None
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) and abs(value) < 1 << 53 else value
    if kind is CellKind.DATE:
        return attribute(element, "date-value") or attribute(element, "time-value") or None
    if kind is CellKind.BOOLEAN:
        word = attribute(element, "boolean-value")
        return word == "true" if word in {"true", "false"} else None
    return None


def _words(element: Element) -> str:
    """The words of a paragraph, blanks and line breaks included, comments left out."""
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "s":
            parts.append(" " * min(_count(child, "c"), odf.MAX_SPACES))
        elif name in {"tab", "line-break"}:
            parts.append(" ")
        elif name != "annotation":
            parts.append(_words(child))
        parts.append(child.tail or "")
    return "".join(parts)
