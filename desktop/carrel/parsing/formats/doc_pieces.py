"""Where an old Word document keeps its letters and its formatting ([MS-DOC] 2.4 to 2.9).

Positions count UTF-16 units, as the format does. Every offset is checked
against the file. Must not know lines, headings or notes.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from carrel.parsing.errors import Damaged, TooLarge
from carrel.parsing.limits import MAX_DOCUMENT_CHARACTERS

MAX_RUNS: Final = 2_000_000
"""Paragraphs or runs of letters; a thousand pages have some 100,000."""

_PIECES: Final = 0x1A2
_PARAGRAPHS: Final = 0x102
_LETTERS: Final = 0xFA
"""Where the file's directory tells of the piece table, paragraphs and letters."""

_PAGE: Final = 512
_OPERAND: Final = (1, 1, 2, 4, 2, 2, 0, 3)
"""Bytes of a property's operand by the top three bits of its code; 0 counts itself."""

_DELETED, _HIDDEN = 0x0800, 0x083C
_IN_TABLE, _ROW_END, _OUTLINE = 0x2416, 0x2417, 0x2640


class _Piece(NamedTuple):
    start: int
    end: int
    at: int
    width: int


@dataclass(slots=True)
class Paragraph:
    """What the formatting says of a paragraph; level 0 is no heading."""

    level: int = 0
    in_table: bool = False
    ends_row: bool = False


@dataclass(slots=True)
class _Runs:
    """Stretches of the file, ascending, each with what is said of it."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    said: list[Paragraph] = field(default_factory=list)


class Pieces:
    """The text of a document.

    Attributes:
        text: of all stories, one character per UTF-16 unit; deleted ones are NULs.
        has_deleted, has_hidden: whether such letters were found.

    Raises:
        Damaged: the piece table makes no sense.
        TooLarge: more letters than a document may have.
    """

    def __init__(self, main: bytes, table: bytes) -> None:
        self._main, self._table = main, table
        self.has_deleted = self.has_hidden = False
        try:
            self._pieces = list(self._read_pieces())
            deleted = list(self._deleted())
            self._paragraphs = self._read_paragraphs()
        except (struct.error, IndexError) as error:
            raise Damaged from error
        parts = [self._letters(piece) for piece in self._pieces]
        self.text = _without("".join(parts), self._spans(deleted))

    def paragraph(self, position: int) -> Paragraph:
        """What is said of the paragraph whose last character stands here."""
        at = self._place(position)
        found = bisect_right(self._paragraphs.starts, at) - 1
        if found < 0 or at >= self._paragraphs.ends[found]:
            return Paragraph()
        return self._paragraphs.said[found]

    def _block(self, place: int) -> bytes:
        at, size = struct.unpack_from("<II", self._main, place)
        return self._table[at : at + size]

    def _read_pieces(self) -> Iterator[_Piece]:
        body = self._block(_PIECES)
        at = 0
        while body[at] == 1:  # formatting that pieces refer to
            at += 3 + struct.unpack_from("<H", body, at + 1)[0]
        if body[at] != 2:
            raise Damaged
        (size,) = struct.unpack_from("<I", body, at + 1)
        body = body[at + 5 : at + 5 + size]
        count = (len(body) - 4) // 12
        places = struct.unpack_from(f"<{count + 1}I", body)
        if places[-1] > MAX_DOCUMENT_CHARACTERS:
            raise TooLarge
        for number in range(count):
            (raw,) = struct.unpack_from("<I", body, (count + 1) * 4 + number * 8 + 2)
            narrow = raw & 0x40000000
            start, width = (raw & 0x3FFFFFFF) // (2 if narrow else 1), 1 if narrow else 2
            if places[number + 1] < places[number]:
                raise Damaged
            yield _Piece(places[number], places[number + 1], start, width)

    def _letters(self, piece: _Piece) -> str:
        count = piece.end - piece.start
        body = self._main[piece.at : piece.at + count * piece.width]
        if piece.width == 1:
            text = body.decode("cp1252", "replace")
        else:
            units = struct.unpack(f"<{len(body) // 2}H", body[: len(body) // 2 * 2])
            text = "".join(map(chr, units))
        return text.ljust(count, "\0")

    def _place(self, position: int) -> int:
        """The byte of the file where a character lies."""
        found = bisect_right(self._pieces, position, key=lambda piece: piece.start) - 1
        if found < 0:
            return -1
        piece = self._pieces[found]
        return piece.at + (position - piece.start) * piece.width

    def _pages(self, place: int) -> Iterator[tuple[bytes, tuple[int, ...]]]:
        """Pages of formatting, each with the bytes of the file its runs begin and end at."""
        block = self._block(place)
        count = (len(block) - 4) // 8
        runs = 0
        for number in range(max(count, 0)):
            (page,) = struct.unpack_from("<I", block, (count + 1) * 4 + number * 4)
            body = self._main[(page & 0x3FFFFF) * _PAGE :][:_PAGE]
            if len(body) < _PAGE or (body[-1] + 1) * 4 >= _PAGE:
                continue
            runs += body[-1]
            if runs > MAX_RUNS:
                return
            yield body, struct.unpack_from(f"<{body[-1] + 1}I", body)

    def _deleted(self) -> Iterator[tuple[int, int]]:
        """Stretches of the file whose letters a tracked change deleted; notes hidden ones."""
        for page, edges in self._pages(_LETTERS):
            for number in range(len(edges) - 1):
                at = page[len(edges) * 4 + number] * 2
                if not at:
                    continue
                said = dict(_said(page[at + 1 : at + 1 + page[at]]))
                self.has_hidden |= said.get(_HIDDEN, b"\0") == b"\1"
                if said.get(_DELETED, b"\0") == b"\1":
                    self.has_deleted = True
                    yield edges[number], edges[number + 1]

    def _read_paragraphs(self) -> _Runs:
        found: list[tuple[int, int, Paragraph]] = []
        for page, edges in self._pages(_PARAGRAPHS):
            for number in range(len(edges) - 1):
                at = page[len(edges) * 4 + number * 13] * 2
                if not at:
                    continue
                start, size = (at + 1, page[at] * 2 - 1) if page[at] else (at + 2, page[at + 1] * 2)
                said = page[start : start + size]
                if len(said) >= 2:
                    found.append((edges[number], edges[number + 1], _paragraph(said)))
        found.sort(key=lambda run: run[0])
        return _Runs([x[0] for x in found], [x[1] for x in found], [x[2] for x in found])

    def _spans(self, deleted: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Stretches of the file as stretches of the text."""
        deleted.sort()
        starts = [start for start, _ in deleted]
        for piece in self._pieces:
            end = piece.at + (piece.end - piece.start) * piece.width
            first = max(bisect_right(starts, piece.at) - 1, 0)
            for start, stop in deleted[first : bisect_right(starts, end)]:
                low, high = max(start, piece.at), min(stop, end)
                if low < high:
                    yield (
                        piece.start + (low - piece.at) // piece.width,
                        piece.start + (high - piece.at) // piece.width,
                    )


def _without(text: str, spans: Iterator[tuple[int, int]]) -> str:
    """The text with NULs in place of some stretches, so that positions stay."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            parts += (text[at:start], "\0" * (end - start))
            at = end
    return "".join([*parts, text[at:]])


def _said(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Properties one after another: code and operand; the rest is left out where it breaks."""
    at = 0
    while at + 2 < len(body):
        (code,) = struct.unpack_from("<H", body, at)
        at += 2
        size = _OPERAND[code >> 13]
        if code in {0xD606, 0xD608} and at + 2 <= len(body):  # definitions of tables
            size = struct.unpack_from("<H", body, at)[0] + 1
        elif not size:
            size = body[at] + 1
        yield code, body[at : at + size]
        at += size


def _paragraph(body: bytes) -> Paragraph:
    (style,) = struct.unpack_from("<H", body)
    said = dict(_said(body[2:]))
    # The first nine styles are the built-in headings, whatever the user calls them.
    level = style if 1 <= style <= 9 else 0
    outline = said.get(_OUTLINE, b"\x09")
    if outline and outline[0] < 9:
        level = outline[0] + 1
    return Paragraph(
        level=level,
        in_table=said.get(_IN_TABLE, b"\0") == b"\1",
        ends_row=said.get(_ROW_END, b"\0") == b"\1",
    )
