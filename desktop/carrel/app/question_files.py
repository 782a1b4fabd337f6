"""Questions out of a text or CSV file. Must not know what they are asked for."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from carrel.domain.errors import KnownError
from carrel.domain.questionnaires import MAX_QUESTION, MAX_QUESTIONS, clean_questions

MAX_FILE_BYTES: Final = 1 << 20
"""Bytes; two hundred long questions take a tenth of that."""


class NoQuestions(KnownError):
    """A file holds no questions that can be used."""

    code = "questionnaire.import"
    sentence = "No questions were taken from “{name}”: {cause}."
    remedy = "Save them as a text file, one question on each line, or as CSV in the first column."


def read_questions(path: Path) -> tuple[str, ...]:
    """The lines of a text file, or the first column of a CSV file.

    Raises:
        NoQuestions: it cannot be read, or has none, or too many.
    """
    try:
        with path.open("rb") as stream:
            untrusted_bytes = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise NoQuestions(name=path.name, cause=error.strerror or "unknown") from error
    if len(untrusted_bytes) > MAX_FILE_BYTES:
        raise NoQuestions(name=path.name, cause="it is larger than 1 MB")
    if b"\0" in untrusted_bytes and not untrusted_bytes.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NoQuestions(name=path.name, cause="it is no text")
    wide = untrusted_bytes.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = untrusted_bytes.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = untrusted_bytes.decode("cp1252", errors="replace")
    lines = _column(text) if path.suffix.lower() == ".csv" else text.splitlines()
    found = clean_questions(lines)
    if not found:
        raise NoQuestions(name=path.name, cause="it is empty")
    if max(map(len, found)) > MAX_QUESTION:
        raise NoQuestions(name=path.name, cause=f"one is longer than {MAX_QUESTION:,} characters")
    if len(found) > MAX_QUESTIONS:
        cause = f"it has {len(found):,}, and {MAX_QUESTIONS} are the most"
        raise NoQuestions(name=path.name, cause=cause)
    return found


def _column(text: str) -> list[str]:
    """The first cells of the rows; a single one that says so is the head."""
    sample = text[:4_096]
    separator = max(",;\t", key=sample.count)
    # One limit for the process: a cell as large as the file is a question too long, no broken CSV.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FILE_BYTES))
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    cells = [row[0] for row in rows if row]
    if cells and cells[0].strip().casefold() in {"question", "questions", "frage", "fragen"}:
        return cells[1:]
    return cells
