"""Records of old PowerPoint files ([MS-PPT] 2.3): a tree in a stream, and where its parts lie now.

Must not know what is done with the words.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from carrel.parsing.errors import Damaged, Encrypted, UnsupportedOldPresentation

MAX_DEPTH: Final = 32
"""Records inside one another; groups of shapes may be nested."""

MAX_RECORDS: Final = 500_000
"""Records of one slide, or of the document's own part."""

MAX_EDITS: Final = 2_000
"""Times a file was saved by adding to its end."""

MAX_PERSISTED: Final = 200_000
"""Parts of a file that are found by number; a slide with notes has two."""

_HEAD: Final = struct.Struct("<HHI")
_EDIT, _PERSISTED = 4085, 6002
_TOKEN_LOCKED: Final = 0xF3D1C4DF
_TOKEN_PLAIN: Final = 0xE391C05F


class Record(NamedTuple):
    """One record.

    Attributes:
        instance: what sets records of one type apart.
        start, end: of its content in the stream.
    """

    type: int
    instance: int
    start: int
    end: int
    is_container: bool


class Records:
    """The main stream of a file.

    Args:
        body: the stream “PowerPoint Document”.
        current: the stream “Current User”, which tells where the latest state begins.

    Raises:
        Encrypted: it needs a password.
        UnsupportedOldPresentation: it is from before PowerPoint 97.
        Damaged: the latest state is not found.
    """

    def __init__(self, body: bytes, current: bytes) -> None:
        self._body = body
        if len(current) < 20:
            raise UnsupportedOldPresentation
        token, edit = struct.unpack_from("<II", current, 12)
        if token == _TOKEN_LOCKED:
            raise Encrypted
        if token != _TOKEN_PLAIN:
            raise Damaged
        self._places: dict[int, int] = {}
        self._document = self._read_edits(edit)

    def document(self) -> Record:
        """The record that holds what is not on a slide."""
        return self.part(self._document)

    def part(self, number: int) -> Record:
        """A part by its number.

        Raises:
            Damaged: there is none.
        """
        found = next(self._records(self._places.get(number, -1), len(self._body)), None)
        if found is None:
            raise Damaged
        return found

    def children(self, record: Record) -> Iterator[Record]:
        """The records directly inside one."""
        return self._records(record.start, record.end)

    def below(self, record: Record) -> Iterator[tuple[Record, int]]:
        """All records inside one in their order, with how deep they lie."""
        pending = [(self.children(record), 0)]
        for _ in range(MAX_RECORDS):
            children, depth = pending[-1]
            child = next(children, None)
            if child is None:
                pending.pop()
                if not pending:
                    return
                continue
            yield child, depth
            if child.is_container and depth < MAX_DEPTH:
                pending.append((self.children(child), depth + 1))

    def inside(self, record: Record, *types: int) -> Iterator[Record]:
        """All records of these types somewhere inside one."""
        return (found for found, _ in self.below(record) if found.type in types)

    def content(self, record: Record) -> bytes:
        """The bytes of a record."""
        return self._body[record.start : record.end]

    def number(self, record: Record, at: int) -> int:
        """Four bytes of a record; 0 where it is too short."""
        raw = self._body[record.start + at : min(record.start + at + 4, record.end)]
        return int.from_bytes(raw, "little") if len(raw) == 4 else 0

    def _records(self, start: int, end: int) -> Iterator[Record]:
        at = start
        while 0 <= at <= end - _HEAD.size:
            shape, kind, length = _HEAD.unpack_from(self._body, at)
            begin = at + _HEAD.size
            at = begin + length
            yield Record(kind, shape >> 4, begin, min(at, end), shape & 0xF == 0xF)

    def _read_edits(self, at: int) -> int:
        document = -1
        for _ in range(MAX_EDITS):
            edit = next(self._records(at, len(self._body)), None)
            if edit is None or edit.type != _EDIT or edit.end - edit.start < 20:
                break
            _, _, before, directory, first, *_ = struct.unpack_from(
                "<IIIII", self._body, edit.start
            )
            document = first if document < 0 else document
            self._read_places(directory)
            if not 0 < before < at:  # earlier states lie further to the front
                break
            at = before
        if document < 0:
            raise Damaged
        return document

    def _read_places(self, at: int) -> None:
        """Numbers to places, of one edit; what a later one said stays."""
        record = next(self._records(at, len(self._body)), None)
        if record is None or record.type != _PERSISTED:
            return
        numbers = struct.unpack(
            f"<{(record.end - record.start) // 4}I",
            self._body[record.start : record.start + (record.end - record.start) // 4 * 4],
        )
        at = 0
        while at < len(numbers) and len(self._places) < MAX_PERSISTED:
            first, count = numbers[at] & 0xFFFFF, numbers[at] >> 20
            for offset, place in enumerate(numbers[at + 1 : at + 1 + count]):
                self._places.setdefault(first + offset, place)
            at += 1 + count
