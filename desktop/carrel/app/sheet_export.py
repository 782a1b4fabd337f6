"""The answers of a questionnaire as a table (CSV, XLSX) or a document (DOCX), with their sources.

Text of documents and models is text wherever it goes: nothing that looks like a formula becomes
one. Must not know how cells are answered.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import docx
import xlsxwriter

from carrel.domain.answers import Citation
from carrel.domain.errors import KnownError
from carrel.domain.questionnaires import Cell, Finding, Sheet
from carrel.domain.tables import harmless
from carrel.system.files import write_atomically

COLUMNS: Final = (
    *("Document", "Question", "Finding", "Answer", "Source", "Place", "Quote", "Verdict"),
    *("Difference", "Mode", "Model", "Answered (UTC)", "Not read"),
)

WIDTHS: Final = (28, 40, 12, 60, 28, 16, 60, 12, 24, 12, 18, 18, 30)
"""Of the columns in a workbook, in characters."""

MAX_CELL: Final = 32_767
"""Characters of a workbook's cell (Excel specifications and limits)."""


class OutputFailed(KnownError):
    """The answers are stored, but the file of them could not be written."""

    code = "questionnaire.output"
    sentence = "“{name}” cannot be written: {cause}."
    remedy = "All answers are kept; choose another place or name, and write it again."


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Write all answers, whole or not at all.

    Args:
        path: its suffix says how: one of `FORMATS`.

    Raises:
        OutputFailed: it cannot be written, or there is no such format.
    """
    made = FORMATS.get(path.suffix.lower())
    if made is None:
        raise OutputFailed(name=path.name, cause=f"its name has to end in {' or '.join(FORMATS)}")
    try:
        write_atomically(path, made(sheet))
    except OSError as error:
        raise OutputFailed(name=path.name, cause=error.strerror or "unknown") from error


def rows(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """One row for each quote, and one for each answer without; in the order of `COLUMNS`."""
    listed = sheet.questionnaire
    names = {one.n: one.name for one in sheet.documents}
    for cell in sheet.cells:
        answer = cell.exchange.answer if cell.exchange else None
        question = listed.questions[cell.question - 1]
        for cited in (answer.citations if answer else ()) or (None,):
            yield (
                names[cell.document], question, cell.finding.value, said(cell),
                *_source(cited), *_making(cell),
            )  # fmt: skip


def said(cell: Cell) -> str:
    """What was answered, or why it was not."""
    if cell.exchange is None:
        return ""
    if cell.exchange.failure is not None:
        return f"{cell.exchange.failure.reason} {cell.exchange.failure.remedy}"
    return cell.exchange.answer.text.strip() if cell.exchange.answer else ""


def csv_bytes(sheet: Sheet) -> bytes:
    """As CSV; UTF-8 with a mark for Excel."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows(sheet):
        table.writerow([harmless(part) for part in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode(errors="replace")


def xlsx_bytes(sheet: Sheet) -> bytes:
    """As a workbook: every answer with its quotes, and an overview of documents by questions."""
    stream = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, {"in_memory": True, **plain}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        answers = book.add_worksheet("Answers")
        answers.freeze_panes(1, 1)
        for at, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            answers.set_column(at, at, width, wrapped)
            answers.write_string(0, at, name, bold)
        last = 0
        for last, row in enumerate(rows(sheet), start=1):
            for at, part in enumerate(row):
                answers.write_string(last, at, cell_text(part), wrapped)
        answers.autofilter(0, 0, last, len(COLUMNS) - 1)
        overview = book.add_worksheet("Overview")
        overview.freeze_panes(1, 1)
        overview.set_column(0, 0, 28, wrapped)
        overview.set_column(1, len(sheet.questionnaire.questions), 40, wrapped)
        overview.write_string(0, 0, "Document", bold)
        for at, question in enumerate(sheet.questionnaire.questions, start=1):
            overview.write_string(0, at, cell_text(question), bold)
        for one in sheet.documents:
            overview.write_string(one.n, 0, cell_text(one.name), wrapped)
        for cell in sheet.cells:
            text = f"[{cell.finding.value}] {said(cell)}".strip()
            overview.write_string(cell.document, cell.question, cell_text(text), wrapped)
    return stream.getvalue()


def docx_bytes(sheet: Sheet) -> bytes:
    """As a document: a heading for each document, below it questions, answers and sources."""
    made = docx.Document()
    made.core_properties.author = ""
    made.core_properties.title = clean(sheet.questionnaire.name)
    made.add_heading(clean(sheet.questionnaire.name), 0)
    names = {one.n: one.name for one in sheet.documents}
    shown = 0
    for cell in sheet.cells:
        if cell.document != shown:
            shown = cell.document
            made.add_heading(clean(names[shown]), 1)
        made.add_heading(clean(sheet.questionnaire.questions[cell.question - 1]), 2)
        paragraph = made.add_paragraph()
        paragraph.add_run(f"{cell.finding.value.capitalize()}. ").bold = True
        if cell.finding is not Finding.OPEN:
            paragraph.add_run(clean(said(cell)))
        answer = cell.exchange.answer if cell.exchange else None
        for cited in answer.citations if answer else ():
            name, place, quote, verdict, difference = _source(cited)
            where = ", ".join(part for part in (name, place) if part)
            differs = f"; {difference}" if difference else ""
            source = made.add_paragraph(style="List Bullet")
            source.add_run(f"[{cited.n}] “{clean(quote)}”")
            source.add_run(clean(f" ({where}; {verdict}{differs})")).italic = True
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


FORMATS: Final[dict[str, Callable[[Sheet], bytes]]] = {
    ".xlsx": xlsx_bytes,
    ".csv": csv_bytes,
    ".docx": docx_bytes,
}
"""By the suffix of the file."""


_KEPT: Final = "\n\t\u00a0"


def _source(cited: Citation | None) -> tuple[str, str, str, str, str]:
    if cited is None:
        return ("", "", "", "", "")
    place = cited.cells or (cited.place.words if cited.place else "")
    quote = " ".join(cited.quote.split())
    return (cited.document_name, place, quote, cited.verdict.value, cited.difference)


def _making(cell: Cell) -> tuple[str, str, str, str]:
    """How an answer was made, and what of its document was not read."""
    if cell.exchange is None:
        return ("", "", "", "")
    answer = cell.exchange.answer
    asked = time.strftime("%Y-%m-%d %H:%M", time.gmtime(cell.exchange.asked_at))
    unread = [part.why for part in answer.coverage.unread] if answer else []
    if answer and answer.coverage.unread_more:
        unread.append("and more")
    model = answer.installed_model if answer else ""
    return (cell.exchange.mode.value, model, asked, "; ".join(unread))


def cell_text(text: str) -> str:
    """A text as a workbook's cell takes it."""
    return clean(text)[:MAX_CELL]


def clean(text: str) -> str:
    """Without signs that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in _KEPT)
