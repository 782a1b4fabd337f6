"""A translation as a document of two columns (DOCX), as text (TXT) or side by side in Markdown.

Text of documents and models is text wherever it goes. Must not know how pieces are translated.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.oxml import OxmlElement

from carrel.answering.compose import literal
from carrel.answering.pieces import flowing
from carrel.domain.errors import KnownError
from carrel.domain.translating import (
    BY_CODE,
    DISCLAIMER,
    Piece,
    PieceState,
    TranslationSheet,
    remarks,
)
from carrel.system.files import write_atomically

if TYPE_CHECKING:
    from docx.table import _Cell

_KEPT: Final = "\n\t\u00a0\u200c\u200d"
"""Signs that are no letters and stay: Persian and Indic words are written with joiners."""


class TranslationOutputFailed(KnownError):
    """The translation is stored, but the file of it could not be written."""

    code = "translation.output"
    sentence = "“{name}” cannot be written: {cause}."
    remedy = "The translation is kept; choose another place or name, and write it again."


def write_translation(sheet: TranslationSheet, path: Path) -> None:
    """Write a translation, whole or not at all.

    Args:
        path: its suffix says how: one of `FORMATS`.

    Raises:
        TranslationOutputFailed: it cannot be written, or there is no such format.
    """
    made = FORMATS.get(path.suffix.lower())
    if made is None:
        cause = f"its name has to end in {' or '.join(FORMATS)}"
        raise TranslationOutputFailed(name=path.name, cause=cause)
    try:
        write_atomically(path, made(sheet))
    except OSError as error:
        raise TranslationOutputFailed(name=path.name, cause=error.strerror or "unknown") from error


def said(piece: Piece) -> str:
    """What stands for a piece: its translation, or in brackets why there is none."""
    if piece.result is None:
        return "[Not translated yet.]"
    if piece.result.failure is not None:
        return f"[Not translated: {piece.result.failure.reason}]"
    return _clean(piece.result.text)


def notes(sheet: TranslationSheet) -> Iterator[str]:
    """What is said of the whole, a sentence each."""
    listed = sheet.translation
    language = BY_CODE[listed.language].name
    yield f"{_line(listed.document_name)} in {language}, by {_line(listed.installed_model)}."
    yield DISCLAIMER
    states = [piece.state for piece in sheet.pieces]
    for state, words in (
        (PieceState.CHECK, "have remarks and need a look"),
        (PieceState.FAILED, "could not be translated"),
        (PieceState.OPEN, "are not translated yet"),
    ):
        if states.count(state):
            yield f"{states.count(state):,} of {len(states):,} pieces {words}."


def text_bytes(sheet: TranslationSheet) -> bytes:
    """The translation alone, page by page; UTF-8."""
    lines = [*notes(sheet), ""]
    for place, pieces in groupby(sheet.pieces, key=lambda one: one.place):
        lines += [f"--- {place.words} ---", ""]
        for piece in pieces:
            lines.append(said(piece))
            if piece.result and remarks(piece.result):
                lines.append(f"[{remarks(piece.result)}]")
            lines.append("")
    return "\n".join(lines).encode(errors="replace")


def markdown_bytes(sheet: TranslationSheet) -> bytes:
    """Each piece of the original as a quotation, below it the translation; UTF-8."""
    lines = [f"*{literal(note)}*\n" for note in notes(sheet)]
    for place, pieces in groupby(sheet.pieces, key=lambda one: one.place):
        lines.append(f"## {literal(place.words)}\n")
        for piece in pieces:
            lines += [f"> {literal(line)}  " for line in _rows(_clean(flowing(piece.source)))]
            lines.append("")
            lines += [f"{literal(line)}  " for line in _rows(said(piece))]
            if piece.result and remarks(piece.result):
                lines.append(f"\n**{literal(remarks(piece.result))}**")
            lines.append("")
    return "\n".join(lines).encode(errors="replace")


def docx_bytes(sheet: TranslationSheet) -> bytes:
    """A table of two columns: original and translation, a row for each piece."""
    language = BY_CODE[sheet.translation.language]
    made = docx.Document()
    made.core_properties.author = ""
    made.core_properties.title = _line(sheet.translation.document_name)
    made.add_heading(_line(sheet.translation.document_name), 0)
    for note in notes(sheet):
        made.add_paragraph().add_run(note).italic = True
    table = made.add_table(rows=1, cols=2)
    table.style = "Table Grid"
    heads = table.rows[0].cells
    for cell, words in zip(heads, ("Original", language.name), strict=True):
        cell.paragraphs[0].add_run(words).bold = True
    shown = None
    for piece in sheet.pieces:
        if piece.place != shown:
            shown = piece.place
            cells = table.add_row().cells
            cells[0].merge(cells[1]).paragraphs[0].add_run(_line(shown.words)).bold = True
        left, right = table.add_row().cells
        _fill(left, _clean(flowing(piece.source)))
        _fill(right, said(piece), right_to_left=language.right_to_left)
        if piece.result and remarks(piece.result):
            right.add_paragraph().add_run(_clean(remarks(piece.result))).italic = True
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


FORMATS: Final[dict[str, Callable[[TranslationSheet], bytes]]] = {
    ".docx": docx_bytes,
    ".txt": text_bytes,
    ".md": markdown_bytes,
}
"""By the suffix of the file."""


def _fill(cell: _Cell, text: str, *, right_to_left: bool = False) -> None:
    paragraph: Any = cell.paragraphs[0]
    run = paragraph.add_run(text)
    if right_to_left:
        # Word lays Arabic and Hebrew out rightly only where paragraph and run say so.
        paragraph.paragraph_format.element.get_or_add_pPr().append(OxmlElement("w:bidi"))
        run.font.element.get_or_add_rPr().append(OxmlElement("w:rtl"))


def _rows(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()] or [""]


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without signs that XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign in _KEPT)
