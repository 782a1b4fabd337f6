"""OLE compound files ([MS-CFB]): a file system inside a file, read with suspicion.

Every chain is followed at most once around, every size is checked against the
file. Must not know what the streams mean.
"""

import struct
from collections.abc import Iterator
from typing import Final

from carrel.parsing.errors import Damaged
from carrel.parsing.formats.base import Bytes

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of every compound file."""

MAX_ENTRIES: Final = 100_000
"""Streams and storages; a message with a thousand guests has some ten thousand."""

MAX_DEPTH: Final = 32
"""Storages inside one another; each attached message adds two."""

_LAST: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""

_HEADER_SECTORS: Final = 109
_ENTRY_BYTES: Final = 128
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class Compound:
    """The streams of a compound file by path, such as ``storage/stream``; names as they stand.

    Raises:
        Damaged: the header or the directory makes no sense.
    """

    def __init__(self, body: Bytes) -> None:
        self._body = body
        try:
            self._read_header()
            self._streams = dict(self._directory())
        except (struct.error, IndexError) as error:
            raise Damaged from error

    def names(self) -> tuple[str, ...]:
        """Paths of all streams."""
        return tuple(self._streams)

    def stream(self, path: str) -> bytes | None:
        """A stream's bytes, or None if there is none; cut short where its chain breaks."""
        found = self._streams.get(path)
        if found is None:
            return None
        start, size = found
        if size < self._small_limit:
            return self._small_sectors(start, size)
        return self._sectors(start, size)

    def _read_header(self) -> None:
        head = bytes(self._body[:512])
        if len(head) < 512 or not head.startswith(SIGNATURE):
            raise Damaged
        shift, small_shift = struct.unpack_from("<HH", head, 30)
        if shift not in {9, 12} or small_shift != 6:
            raise Damaged
        self._size, self._small_size = 1 << shift, 1 << small_shift
        (tables, self._first, _, self._small_limit, small_first, small_count, more, more_count) = (
            struct.unpack_from("<IIIIIIII", head, 44)
        )
        if self._small_limit > 1 << 16:
            raise Damaged
        most = len(self._body) // self._size + 1
        numbers = list(struct.unpack_from(f"<{_HEADER_SECTORS}I", head, 76))
        for _ in range(min(more_count, most)):
            if more >= _LAST:
                break
            sector = self._sector(more)
            if len(sector) < self._size:
                break
            *further, more = struct.unpack(f"<{self._size // 4}I", sector)
            numbers.extend(further)
        table = b"".join(self._sector(n) for n in numbers[: min(tables, most)] if n < _LAST)
        self._table = _numbers(table)
        small = self._sectors(small_first, small_count * self._size) if small_count else b""
        self._small_table = _numbers(small)
        self._small = b""

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return bytes(self._body[at : at + self._size])

    def _sectors(self, start: int, size: int) -> bytes:
        """The bytes of a chain of sectors."""
        parts: list[bytes] = []
        left, number = min(size, len(self._body)), start
        while left > 0 and number < len(self._table):
            piece = self._sector(number)[:left]
            if not piece:
                break
            parts.append(piece)
            left -= len(piece)
            number = self._table[number]
        return b"".join(parts)

    def _small_sectors(self, start: int, size: int) -> bytes:
        """The bytes of a chain of small sectors inside the root's stream."""
        table, body, grain = self._small_table, self._small, self._small_size
        parts: list[bytes] = []
        left, number = size, start
        while left > 0 and number < len(table):
            piece = body[number * grain : (number + 1) * grain][:left]
            if not piece:
                break
            parts.append(piece)
            left -= len(piece)
            number = table[number]
        return b"".join(parts)

    def _directory(self) -> Iterator[tuple[str, tuple[int, int]]]:
        body = self._sectors(self._first, len(self._body))
        entries = [_Entry(body, at) for at in range(0, len(body) - _ENTRY_BYTES + 1, _ENTRY_BYTES)]
        if not entries or entries[0].kind != _ROOT:
            raise Damaged
        entries = entries[:MAX_ENTRIES]
        self._small = self._sectors(entries[0].start, entries[0].size)
        seen = {0}
        pending = [(entries[0].child, "", 0)]
        while pending:
            number, folder, depth = pending.pop()
            if number >= len(entries) or number in seen or depth > MAX_DEPTH:
                continue
            seen.add(number)
            entry = entries[number]
            pending.extend((other, folder, depth) for other in (entry.left, entry.right))
            path = folder + entry.name
            if entry.kind == _STREAM:
                yield path, (entry.start, entry.size)
            elif entry.kind == _STORAGE:
                pending.append((entry.child, f"{path}/", depth + 1))


class _Entry:
    """One entry of the directory."""

    def __init__(self, body: bytes, at: int) -> None:
        raw, length, self.kind = struct.unpack_from("<64sHB", body, at)
        name: str = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        self.name = name.replace("/", "_")
        self.left, self.right, self.child = struct.unpack_from("<III", body, at + 68)
        self.start, self.size = struct.unpack_from("<II", body, at + 116)


def _numbers(body: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(body) // 4}I", body[: len(body) // 4 * 4])
