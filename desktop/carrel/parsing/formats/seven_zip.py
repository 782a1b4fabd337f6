"""7z archives: every member a document of its own, none ever written to the disk.

Streams packed by LZMA, LZMA2, BZIP2 and DEFLATE, with the filters for programs where the standard
library has them; others are said. Must not know what the members mean.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from carrel.domain.errors import ParseError
from carrel.parsing import limits
from carrel.parsing.errors import Bomb, Damaged, Encrypted, TooLarge, UnsupportedArchive
from carrel.parsing.formats.base import Bytes, DraftMember, Report, Source
from carrel.parsing.formats.members import Gathering
from carrel.parsing.formats.seven_header import (
    START_BYTES,
    Coder,
    Directory,
    Entry,
    Folder,
    directory,
    place_of,
)

MAX_DIRECTORY_BYTES: Final = 64 * 1024 * 1024
"""Bytes of an unpacked directory: 300 for each of 200,000 members."""

MAX_DICTIONARY_BYTES: Final = 512 * 1024 * 1024
"""Bytes a stream may need to be unpacked. 7-Zip's strongest setting takes 64 MiB; a dictionary
is never larger than what comes out."""

PACKED_BYTES: Final = 256 * 1024
"""Packed bytes fed at a time."""

_BROKEN: Final = (lzma.LZMAError, zlib.error, EOFError, ValueError, OSError, OverflowError)

_LZMA2, _AES, _DELTA = b"\x21", b"\x06\xf1\x07\x01", b"\x03"
_FILTERS: Final = {
    b"\x04": lzma.FILTER_X86,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x06": lzma.FILTER_IA64,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x07": lzma.FILTER_ARM,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
}
"""Filters that make programs pack better; the library undoes them together with LZMA2."""

_LINK_TYPES: Final = frozenset((0o120000, 0o020000, 0o060000, 0o010000, 0o140000))
_HAS_UNIX, _IS_FOLDER = 0x8000, 0x10

_Step = Callable[[bytes, int], bytes]


class SevenZipFormat:
    """7z."""

    kinds = ("7z",)
    parser = "7z"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftMember]:
        """The members, in their order."""
        gathering = Gathering(source, report)
        found = _directory(source.body)
        report.total = min(len(found.entries), limits.MAX_UNITS)
        streams: dict[int, _Unpacked] = {}
        for entry in found.entries:
            if gathering.is_full:
                break
            if entry.is_folder or (entry.attributes & _IS_FOLDER and not entry.size):
                continue
            if (entry.attributes >> 16) & 0o170000 in _LINK_TYPES and (
                entry.attributes & _HAS_UNIX
            ):
                gathering.skip_link(entry.name)
                continue
            if entry.folder not in streams:
                streams.clear()  # members come stream by stream; an earlier one is through
            stream = streams.setdefault(entry.folder, _Unpacked(source.body, found, entry.folder))
            yield from gathering.member(
                entry.name, size=entry.size, packed=0, open_=partial(_pieces, stream, entry)
            )
        gathering.finish()


def _directory(body: Bytes) -> Directory:
    place, size = place_of(bytes(body[:START_BYTES]))
    if size > MAX_DIRECTORY_BYTES:
        raise Bomb
    raw = bytes(body[place : place + size])
    if len(raw) < size:
        raise Damaged
    if not raw:
        return Directory()
    found = directory(raw)
    for _ in range(2):  # packed directories are not packed again
        if found.encoded is None:
            return found
        if found.encoded.size > MAX_DIRECTORY_BYTES:
            raise Bomb
        stream = _Unpacked(body, Directory(folders=(found.encoded,)), 0)
        found = directory(b"".join(stream.read(0, found.encoded.size)))
    raise Damaged


def _pieces(stream: "_Unpacked", entry: Entry) -> Iterator[bytes]:
    crc = 0
    for piece in stream.read(entry.start, entry.size):
        crc = zlib.crc32(piece, crc)
        yield piece
    if entry.crc is not None and crc != entry.crc:
        raise Damaged


class _Unpacked:
    """One packed stream, unpacked from front to back while its members are read."""

    def __init__(self, body: Bytes, found: Directory, folder: int) -> None:
        self._body = body
        self._folder = found.folders[folder] if 0 <= folder < len(found.folders) else None
        self._source: Iterator[bytes] | None = None
        self._at = 0
        self._rest = b""
        self._error: ParseError | None = None

    def read(self, start: int, size: int) -> Iterator[bytes]:
        """The bytes of one member.

        Raises:
            ParseError: they cannot be had.
        """
        if self._folder is None or start < self._at:
            raise self._error or Damaged
        if self._source is None:
            self._source = _unpacking(self._body, self._folder)
        end = start + size
        try:
            while self._at < start:
                self._at += len(self._take(start - self._at))
            while self._at < end:
                piece = self._take(min(end - self._at, limits.MAX_PIECE_BYTES))
                self._at += len(piece)
                yield piece
        except ParseError as error:
            # What comes behind in the same stream cannot be had for the same reason.
            self._error = self._error or error
            raise self._error from error

    def _take(self, most: int) -> bytes:
        if not self._rest:
            self._rest = next(self._source or iter(()), b"")
            if not self._rest:
                raise Damaged
        piece, self._rest = self._rest[:most], self._rest[most:]
        return piece


def _unpacking(body: Bytes, folder: Folder) -> Iterator[bytes]:
    """The bytes of a stream in pieces, never more than an honest one would have.

    Raises:
        Bomb, Damaged, Encrypted, UnsupportedArchive, TooLarge: as said by their names.
    """
    if folder.size > limits.RATIO_FREE_BYTES and (
        folder.size > limits.MAX_UNPACK_RATIO * max(folder.packed, 1)
    ):
        raise Bomb
    unpack = _unpacker(folder)
    left, at, end = folder.size, folder.place, folder.place + folder.packed
    while left > 0:
        piece = bytes(body[at : min(at + PACKED_BYTES, end)])
        at += len(piece)
        moved = bool(piece)
        while left > 0:
            try:
                out = unpack(piece, min(left, limits.MAX_PIECE_BYTES))
            except _BROKEN as error:
                raise Damaged from error
            piece = b""
            if not out:
                break
            left -= len(out)
            moved = True
            yield out
        if not moved:
            raise Damaged  # it ends before its announced size


def _unpacker(folder: Folder) -> _Step:
    if any(coder.method == _AES for coder in folder.coders):
        raise Encrypted
    if not folder.coders:
        raise UnsupportedArchive
    first, *rest = folder.coders
    if first.method == _LZMA2:
        # The library undoes filters itself, and only for this packing to the last byte.
        filters = [_filter(coder) for coder in reversed(rest)]
        return _raw([*filters, _lzma2(first, folder.size)])
    if rest:
        raise UnsupportedArchive
    match first.method:
        case b"\x03\x01\x01":
            return _raw([_lzma1(first, folder.size)])
        case b"\x04\x01\x08":
            return _Deflated()
        case b"\x04\x02\x02":
            return _fed(bz2.BZ2Decompressor())
        case b"\x00":
            return _Copied()
    raise UnsupportedArchive


def _raw(filters: list[dict[str, Any]]) -> _Step:
    return _fed(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


def _fed(decoder: Any) -> _Step:  # noqa: ANN401 - of one of two libraries
    def run(piece: bytes, most: int) -> bytes:
        if decoder.eof or not (piece or not decoder.needs_input):
            return b""
        out: bytes = decoder.decompress(piece, most)
        return out

    return run


class _Deflated:
    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(-15)

    def __call__(self, piece: bytes, most: int) -> bytes:
        return self._decoder.decompress(self._decoder.unconsumed_tail + piece, most)


class _Copied:
    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, piece: bytes, most: int) -> bytes:
        whole = self._rest + piece
        self._rest = whole[most:]
        return whole[:most]


def _dictionary(wanted: int, size: int) -> int:
    """As large as the stream asks, but not larger than what comes out of it.

    Raises:
        TooLarge: more than a reader may take.
    """
    needed = max(min(wanted, size), 4096)
    if needed > MAX_DICTIONARY_BYTES:
        raise TooLarge
    return needed


def _lzma1(coder: Coder, size: int) -> dict[str, Any]:
    if len(coder.properties) != 5:
        raise Damaged
    packed = coder.properties[0]
    if packed >= 9 * 5 * 5:
        raise Damaged
    lc, rest = packed % 9, packed // 9
    wanted = int.from_bytes(coder.properties[1:5], "little")
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": _dictionary(wanted, size),
        "lc": lc,
        "lp": rest % 5,
        "pb": rest // 5,
    }


def _lzma2(coder: Coder, size: int) -> dict[str, Any]:
    if len(coder.properties) != 1 or coder.properties[0] > 40:
        raise Damaged
    bits = coder.properties[0]
    wanted = 0xFFFFFFFF if bits == 40 else (2 | bits & 1) << (bits // 2 + 11)
    return {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(wanted, size)}


def _filter(coder: Coder) -> dict[str, Any]:
    if coder.method == _DELTA and len(coder.properties) == 1:
        return {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}
    if coder.method not in _FILTERS or coder.properties:
        raise UnsupportedArchive
    return {"id": _FILTERS[coder.method]}
