"""Facts as a table (CSV, XLSX) or a document (DOCX), each with its places.

Text of documents and models is text wherever it goes: nothing that looks like a formula becomes
one. Must not know how facts are found.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

import docx
import xlsxwriter

from carrel.app.sheet_export import cell_text, clean
from carrel.domain.errors import KnownError
from carrel.domain.fact_sheet import FactSheet
from carrel.domain.tables import harmless
from carrel.system.files import write_atomically

NARROW: Final = 16
"""Characters of a column's width in a workbook ..."""

WIDE: Final = 60
"""... and of one that holds sentences."""

_WIDE_HEADS: Final = ("Sentence", "What differs", "Written", "Why")


class FactsNotWritten(KnownError):
    """The file could not be written."""

    code = "facts.output"
    sentence = "“{name}” cannot be written: {cause}."
    remedy = "Nothing is lost; choose another place or name, and write it again."


def write_facts(sheet: FactSheet, path: Path) -> None:
    """Write facts, whole or not at all.

    Args:
        path: its suffix says how: one of `FORMATS`.

    Raises:
        FactsNotWritten: it cannot be written, or there is no such format.
    """
    made = FORMATS.get(path.suffix.lower())
    if made is None:
        cause = f"its name has to end in {' or '.join(FORMATS)}"
        raise FactsNotWritten(name=path.name, cause=cause)
    try:
        write_atomically(path, made(sheet))
    except OSError as error:
        raise FactsNotWritten(name=path.name, cause=error.strerror or "unknown") from error


def csv_bytes(sheet: FactSheet) -> bytes:
    """As CSV; UTF-8 with a mark for Excel."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(sheet.all_heads)
    for row in sheet.rows():
        table.writerow([harmless(part) for part in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode(errors="replace")


def xlsx_bytes(sheet: FactSheet) -> bytes:
    """As a workbook with one sheet that can be filtered."""
    stream = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, {"in_memory": True, **plain}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        page = book.add_worksheet("Facts")
        page.freeze_panes(1, 0)
        for at, head in enumerate(sheet.all_heads):
            wide = head.startswith(_WIDE_HEADS)
            page.set_column(at, at, WIDE if wide else NARROW, wrapped)
            page.write_string(0, at, head, bold)
        last = 0
        for last, row in enumerate(sheet.rows(), start=1):
            for at, part in enumerate(row):
                page.write_string(last, at, cell_text(part), wrapped)
        page.autofilter(0, 0, last, len(sheet.all_heads) - 1)
    return stream.getvalue()


def docx_bytes(sheet: FactSheet) -> bytes:
    """As a document: each fact, below it its places with their sentences."""
    made = docx.Document()
    made.core_properties.author = ""
    made.core_properties.title = clean(sheet.title)
    made.add_heading(clean(sheet.title), 0)
    if sheet.note:
        made.add_paragraph(clean(sheet.note))
    shown = ""
    for entry in sheet.entries:
        if entry.title != shown:
            shown = entry.title
            made.add_heading(clean(shown), 2)
        if entry.note:
            made.add_paragraph().add_run(clean(entry.note)).italic = True
        for one in entry.mentions:
            where = f"{sheet.names.get(one.document, 'A removed document')}, {one.place.words}"
            source = made.add_paragraph(style="List Bullet")
            source.add_run(f"“{clean(one.text)}”")
            source.add_run(clean(f" ({where})")).italic = True
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


FORMATS: Final[dict[str, Callable[[FactSheet], bytes]]] = {
    ".csv": csv_bytes,
    ".xlsx": xlsx_bytes,
    ".docx": docx_bytes,
}
"""By the suffix of the file."""
