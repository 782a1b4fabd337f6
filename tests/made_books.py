"""Workbooks as answering sees them: read from real files in the test's own process."""

import io
from contextlib import contextmanager
from typing import NamedTuple

import xlsxwriter

from carrel.answering.sheets.books import Book
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId
from carrel.domain.sheets import SheetPart
from carrel.language.cells import pack_cells, unpack_cells
from carrel.workspace.sheet_query import Workbook
from format_reading import read


class ReadPart(NamedTuple):
    number: int
    label: str
    text: str
    packed: bytes

    def cells(self) -> SheetPart:
        return unpack_cells(self.packed, len(self.text))


def parts_of(body: bytes, name: str) -> list[ReadPart]:
    units, _ = read(body, name)
    return [
        ReadPart(number, unit.label, unit.text, pack_cells(unit.cells))
        for number, unit in enumerate(units, 1)
        if unit.cells
    ]


class ReadBooks:
    """What `answering.sheets` asks for, over files; documents are numbered from 1."""

    def __init__(self, **files: bytes) -> None:
        """Names have ``_dot_`` for their point."""
        named = {name.replace("_dot_", "."): body for name, body in files.items()}
        self.files = {
            DocumentId(number): (name, parts_of(body, name))
            for number, (name, body) in enumerate(named.items(), 1)
        }

    def listed(self, documents=()):
        return [
            (id_, name)
            for id_, (name, _) in self.files.items()
            if not documents or id_ in documents
        ]

    @contextmanager
    def opened(self, document):
        name, parts = self.files[document]
        with Workbook(parts) as workbook:
            yield Book(
                document=document,
                name=name,
                parts=parts,
                tables=workbook.tables,
                select=workbook.select,
            )

    def unit(self, document, number):
        """As the sources of citations give it."""
        _, parts = self.files[document]
        part = next(one for one in parts if one.number == number)
        return Unit(
            id=UnitId(number), document=document, kind=UnitKind.SHEET, number=number,
            label=part.label, text=part.text, parser_version=1,
        )  # fmt: skip


def xlsx(*sheets, hidden=(), **formats) -> bytes:
    """A workbook of sheets: name and rows; a text that begins with ``=`` is a formula.

    Args:
        hidden: names of sheets.
        formats: number format by the title of a column, spaces as underscores.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        titles = [str(title).replace(" ", "_") for title in rows[0]]
        made = [
            book.add_format({"num_format": formats[t]}) if t in formats else None for t in titles
        ]
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                form = made[x] if x < len(made) and y else None
                if value is None:
                    continue
                if isinstance(value, tuple):
                    sheet.write_formula(y, x, value[0], form, value[1])
                elif hasattr(value, "isoformat"):
                    sheet.write_datetime(y, x, value, form)
                elif isinstance(value, str):
                    sheet.write_string(y, x, value)
                else:
                    sheet.write(y, x, value, form)
        if name in hidden:
            sheet.hide()
    book.close()
    return out.getvalue()
