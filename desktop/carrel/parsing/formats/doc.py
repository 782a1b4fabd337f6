"""Word documents of the old kind ([MS-DOC]): text, headings, tables, notes and comments.

Pictures, drawings and the instructions of fields are passed over. Must not
know how letters and formatting are stored.
"""

import re
from collections.abc import Iterator
from typing import Final

from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, Encrypted, NoText, UnsupportedOldWord
from carrel.parsing.formats.base import DraftUnit, Report, Source
from carrel.parsing.formats.compound import Compound
from carrel.parsing.formats.doc_pieces import Pieces
from carrel.parsing.formats.ole_properties import describe
from carrel.parsing.formats.sections import Line, heading_line, row_line, sections

HEAD_BYTES: Final = 0x200
"""Bytes of the directory at the start; everything looked up in it lies before this."""

_WORD_97: Final = 0xC1
_ENCRYPTED, _OTHER_TABLE = 0x0100, 0x0200
_COUNTS: Final = 0x4C
_STORIES: Final = (
    *("", "Footnotes", "Headers and footers", "Macros", "Comments", "Endnotes"),
    *("Text boxes", "Text boxes in headers"),
)
"""The stories of a document in the order of their text."""

_MARKS: Final = re.compile("[\x13\x14\x15]")
_ENDS: Final = re.compile("[\r\x07\x0c]")
_CHARACTERS: Final = {0x1E: "-", 0x1F: "", 0x0B: "\n", 0x0E: "\n", 0xA0: "\u00a0"}


class DocFormat:
    """DOC of Word 97 and later."""

    kinds = ("doc",)
    parser = "msdoc"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Sections of the body, then what stands beside it."""
        file = Compound(source.body)
        main = file.stream("WordDocument")
        if main is None or len(main) < HEAD_BYTES:
            raise Damaged
        flags = int.from_bytes(main[10:12], "little")
        if flags & _ENCRYPTED:
            raise Encrypted
        if int.from_bytes(main[2:4], "little") < _WORD_97:
            raise UnsupportedOldWord
        table = file.stream("1Table" if flags & _OTHER_TABLE else "0Table")
        if table is None:
            raise Damaged
        describe(file, report)
        pieces = Pieces(main, table)
        if pieces.has_deleted:
            report.remark(remarks.TRACKED_CHANGES)
        if pieces.has_hidden:
            report.remark(remarks.HIDDEN_TEXT)
        found = False
        for label, start, end in _stories(main, len(pieces.text)):
            lines = _lines(pieces, start, end)
            if label.startswith("Headers"):
                lines = iter(dict.fromkeys(lines))  # most repeat on every section
            for unit in sections(lines, title=label):
                found = True
                yield unit
        if not found:
            raise NoText


def _stories(main: bytes, length: int) -> Iterator[tuple[str, int, int]]:
    start = 0
    for number, label in enumerate(_STORIES):
        at = _COUNTS + number * 4
        end = min(start + int.from_bytes(main[at : at + 4], "little"), length)
        if label != "Macros":
            yield label, start, end
        start = end


def _lines(pieces: Pieces, start: int, end: int) -> Iterator[Line]:
    """Paragraphs and table rows of one story."""
    text = _results(pieces.text[start:end])
    parts: list[str] = []
    in_table = False
    at = 0
    for found in _ENDS.finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
        said = pieces.paragraph(start + found.start())
        if said.in_table and found[0] == "\x07" and not said.ends_row:
            parts.append("\t")
        elif said.in_table and found[0] == "\r":
            parts.append(" ")
        else:
            line = _line(parts, 0 if found[0] == "\x07" else said.level)
            is_row = said.in_table and found[0] == "\x07"
            yield row_line(line.text, first=not in_table) if is_row else line
            in_table = is_row
            parts = []
    yield _line([*parts, text[at:]], 0)


def _line(parts: list[str], level: int) -> Line:
    raw = "".join(parts).translate(_CHARACTERS).encode("utf-16-le", "surrogatepass")
    text = clean(raw.decode("utf-16-le", "replace")).rstrip("\t ")
    heading = level if text.strip() else 0
    return heading_line(text, heading) if heading else Line(text)


def _results(text: str) -> str:
    """The text with NULs in place of the instructions of fields; their results stay."""
    parts: list[str] = []
    at = 0
    open_fields: list[bool] = []  # whether the result of each has begun
    for found in _MARKS.finditer(text):
        piece = text[at : found.start()]
        parts.append(piece if all(open_fields) else "\0" * len(piece))
        at = found.start()
        if found[0] == "\x13":
            open_fields.append(False)
        elif found[0] == "\x14" and open_fields:
            open_fields[-1] = True
        elif found[0] == "\x15" and open_fields:
            open_fields.pop()
    # A field that is never closed must not swallow the rest.
    return "".join([*parts, text[at:]])
