"""Questions out of a text file, a CSV file or a workbook. Must not know what they are asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from carrel.domain.errors import KnownError, ParseError
from carrel.domain.questionnaires import MAX_QUESTION, MAX_QUESTIONS, clean_questions
from carrel.language.cells import unpack_cells
from carrel.parsing.client import ParsedUnit, read_document
from carrel.system.shared_memory import SealedCopy

MAX_FILE_BYTES: Final = 1 << 20
"""Bytes of text; two hundred long questions take a tenth of that."""

MAX_WORKBOOK_BYTES: Final = 32 << 20
"""Bytes of a workbook: with logos and old answers some have a few million."""

SUFFIXES: Final = frozenset((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"))
"""Of workbooks."""

HEAD_ROWS: Final = 30
"""Rows from the top in which a column may be headed; a title page stands above some tables."""

MAX_HEAD: Final = 40
"""Code points of a head of more words; what is longer is a sentence."""

_HEAD_LIST: Final = """
question questions frage fragen pregunta preguntas domanda domande вопрос вопросы soru sorular
问题 คำถาม سؤال प्रश्न
"""
_HEADS: Final = frozenset(_HEAD_LIST.split())

Row = Mapping[int, str]
"""What a row shows, by column from 1."""


class NoQuestions(KnownError):
    """A file holds no questions that can be used."""

    code = "questionnaire.import"
    sentence = "No questions were taken from “{name}”: {cause}."
    remedy = (
        "Save them as a text file, one question on each line, or as a CSV file or workbook with "
        "a column headed “Question”."
    )


def read_questions(path: Path) -> tuple[str, ...]:
    """The lines of a text file, or a column of a CSV file or of a workbook's sheet.

    The column is the one headed “Question”, else the first that has words. A workbook is read in
    a locked process; of its sheets that are not hidden the first with such a head, else the first
    with words, is taken.

    Raises:
        NoQuestions: it cannot be read, or has none, or too many.
    """
    is_workbook = path.suffix.lower() in SUFFIXES
    most = MAX_WORKBOOK_BYTES if is_workbook else MAX_FILE_BYTES
    try:
        with path.open("rb") as stream:
            untrusted_bytes = stream.read(most + 1)
    except OSError as error:
        raise NoQuestions(name=path.name, cause=error.strerror or "unknown") from error
    if len(untrusted_bytes) > most:
        raise NoQuestions(name=path.name, cause=f"it is larger than {most >> 20} MB")
    lines = _of_workbook if is_workbook else _of_text
    found = clean_questions(lines(untrusted_bytes, path))
    if not found:
        cause = "no sheet has words" if is_workbook else "it is empty"
        raise NoQuestions(name=path.name, cause=cause)
    if max(map(len, found)) > MAX_QUESTION:
        raise NoQuestions(name=path.name, cause=f"one is longer than {MAX_QUESTION:,} characters")
    if len(found) > MAX_QUESTIONS:
        cause = f"it has {len(found):,}, and {MAX_QUESTIONS} are the most"
        raise NoQuestions(name=path.name, cause=cause)
    return found


def _of_text(untrusted_bytes: bytes, path: Path) -> Sequence[str]:
    wide = untrusted_bytes.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in untrusted_bytes and not wide:
        raise NoQuestions(name=path.name, cause="it is no text")
    try:
        text = untrusted_bytes.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = untrusted_bytes.decode("cp1252", errors="replace")
    if path.suffix.lower() != ".csv":
        return text.splitlines()
    rows = list(_rows_of_csv(text))
    return _headed(rows) or _first_with_words(rows)


def _rows_of_csv(text: str) -> Iterator[Row]:
    sample = text[:4_096]
    separator = max(",;\t", key=sample.count)
    # One limit for the process: a cell as large as the file is a question too long, no broken CSV.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FILE_BYTES))
    for row in csv.reader(io.StringIO(text, newline=None), delimiter=separator):
        yield dict(enumerate(row, start=1))


def _of_workbook(untrusted_bytes: bytes, path: Path) -> Sequence[str]:
    sheets = _sheets(untrusted_bytes, path)
    for take in (_headed, _first_with_words):
        for rows in sheets:
            found = take(rows)
            if found:
                return found
    return ()


def _sheets(untrusted_bytes: bytes, path: Path) -> list[list[Row]]:
    """The rows of the sheets that are not hidden, from the top.

    Raises:
        NoQuestions: it cannot be read.
    """
    units: list[ParsedUnit] = []
    copy = SealedCopy()
    try:
        copy.write(untrusted_bytes)
        read_document(
            copy.seal(),
            name=path.name,
            size=copy.size,
            on_unit=units.append,
            on_segment=lambda _body, _first: None,
            on_progress=lambda _done, _total: None,
            cancelled=lambda: False,
        )
    except (OSError, ParseError) as error:
        raise NoQuestions(name=path.name, cause=_cause(error)) from error
    finally:
        copy.close()
    sheets: dict[str, dict[int, dict[int, str]]] = {}
    for unit in units:
        part = unpack_cells(unit.cells, len(unit.text)) if unit.cells else None
        if part is None or part.hidden:
            continue
        rows = sheets.setdefault(part.sheet, {})
        for cell in part.cells:
            rows.setdefault(cell.row, {})[cell.column] = unit.text[cell.start : cell.end]
    return [list(rows.values()) for rows in sheets.values()]


def _cause(error: Exception) -> str:
    said = str(error).rstrip(".")
    return f"{said[:1].lower()}{said[1:]}"


def _headed(rows: Sequence[Row]) -> list[str]:
    """What stands below a cell that says “Question”, or else “Question for the bank”."""
    for fits in (_is_head, _is_long_head):
        for at, row in enumerate(islice(rows, HEAD_ROWS), start=1):
            for column, shown in row.items():
                below = [lower[column] for lower in rows[at:] if column in lower]
                if fits(shown) and _has_words(below):
                    return below
    return []


def _is_head(shown: str) -> bool:
    return shown.strip().rstrip(":").casefold() in _HEADS


def _is_long_head(shown: str) -> bool:
    words = shown.casefold().split()
    return len(shown) <= MAX_HEAD and shown.find("?") < 0 and not _HEADS.isdisjoint(words)


def _first_with_words(rows: Sequence[Row]) -> list[str]:
    for column in sorted({column for row in rows for column in row}):
        cells = [row[column] for row in rows if column in row]
        if _has_words(cells):
            return cells
    return []


def _has_words(cells: Sequence[str]) -> bool:
    """Whether most of the cells that show something have a letter: numbers of questions do not."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(any(map(str.isalpha, cell)) for cell in filled) * 2 > len(filled)
