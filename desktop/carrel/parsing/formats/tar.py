"""TAR archives, plain or packed, and single files packed by GZIP, BZIP2 or XZ.

Packed ones are read once from front to end; nothing is kept but the piece at hand.
Must not know what the members mean.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from typing import IO, Final

from carrel.domain.errors import ParseError
from carrel.parsing import limits, remarks
from carrel.parsing.charset import decode
from carrel.parsing.errors import Bomb, Damaged, UnsupportedArchive
from carrel.parsing.formats.base import Bytes, DraftMember, Report, Source
from carrel.parsing.formats.mapped import MappedFile
from carrel.parsing.formats.members import Gathering

BLOCK: Final = 512

_BROKEN: Final = (
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    OverflowError,
)

_SUFFIXES: Final = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar"}


class TarFormat:
    """TAR by the standard library, made to say so when it ends at a broken header."""

    kinds = ("tar", "gz", "bz2", "xz")
    parser = "tar"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftMember]:
        """The members in their order, or the one file that was packed."""
        gathering = Gathering(source, report)
        if source.kind == "tar":
            yield from _members(MappedFile(source.body), "r:", gathering, report)
        else:
            stream = _Unpacked(source)
            if is_tar(stream.head):
                yield from _members(stream, "r|", gathering, report)
                stream.drain()
            else:
                yield from gathering.member(
                    _inner_name(source),
                    size=max(1, len(stream.head)),
                    packed=len(source.body),
                    open_=partial(_pieces, stream),
                )
        gathering.finish()


class _Unpacked(io.RawIOBase):
    """What a packed stream holds, never more than an honest one would.

    Attributes:
        head: its first block, which is read again with the rest.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._raw = MappedFile(source.body)
        self._stream = _unpacking(source.kind, io.BufferedReader(self._raw))
        self._out = 0
        self._most = min(source.room.size, limits.MAX_UNPACKED_BYTES)
        self.head = b""
        self.head = self.read(BLOCK)
        self._ahead = self.head

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes.

        Raises:
            Bomb: it unpacks to too much.
            Damaged: it does not unpack.
        """
        size = limits.MAX_PIECE_BYTES if size < 0 else min(size, limits.MAX_PIECE_BYTES)
        if self.head and self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        try:
            got: bytes = self._stream.read(size)
        except _BROKEN as error:
            raise Damaged from error
        self._out += len(got)
        ratio = limits.MAX_UNPACK_RATIO * max(1, self._raw.position)
        if self._out > self._most or (self._out > limits.RATIO_FREE_BYTES and self._out > ratio):
            raise Bomb
        return got

    def drain(self) -> None:
        """Read to the end, so that a wrong checksum is found."""
        while self.read():
            pass


def _unpacking(kind: str, packed: io.BufferedReader) -> io.BufferedIOBase:
    match kind:
        case "gz":
            return gzip.GzipFile(fileobj=packed)
        case "bz2":
            return bz2.BZ2File(packed)
    return lzma.LZMAFile(packed)


@contextmanager
def _said_when_broken() -> Iterator[None]:
    try:
        yield
    except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
        raise
    except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
        raise _NoEnd from error
    except tarfile.HeaderError as error:
        raise Damaged from error


class _Header(tarfile.TarInfo):
    """A member's header. Broken ones are said instead of taken for the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        """Read a header.

        Raises:
            Damaged: it is none.
        """
        with _said_when_broken():
            return super().frombuf(buf, encoding, errors)

    @classmethod
    def _frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str, **how: bool) -> "_Header":
        # Newer and patched versions of the library read headers here and pass `frombuf` by.
        with _said_when_broken():
            return super()._frombuf(buf, encoding, errors, **how)  # type: ignore[misc, no-any-return]

    def _block(self, count: int) -> int:
        # A negative size would send the reader back for ever (CVE-2025-8194).
        if count < 0:
            raise Damaged
        return super()._block(count)  # type: ignore[misc, no-any-return]


class _NoEnd(Exception):
    """The bytes end without two empty blocks."""


def _members(
    stream: io.RawIOBase, mode: str, gathering: Gathering, report: Report
) -> Iterator[DraftMember]:
    try:
        archive = tarfile.open(  # noqa: SIM115 - nothing to close: it is all in memory
            fileobj=stream,
            mode=mode,
            tarinfo=_Header,
            errors="surrogateescape",  # type: ignore[call-overload]
        )
        while not gathering.is_full and (entry := archive.next()) is not None:
            name = _name(entry.name)
            archive.members = []  # else every header is kept
            if entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                gathering.skip_link(name)
                continue
            yield from gathering.member(
                name, size=entry.size, packed=0, open_=partial(_entry_pieces, archive, entry)
            )
    except _NoEnd:
        report.remark(remarks.NO_END_MARK)
    except ParseError:
        raise
    except _BROKEN as error:
        raise Damaged from error


def _entry_pieces(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[bytes]:
    found = archive.extractfile(entry)
    if found is None:
        raise UnsupportedArchive
    left = entry.size
    for piece in _pieces(found):
        left -= len(piece)
        yield piece
    if left:
        raise Damaged


def _pieces(stream: IO[bytes] | io.RawIOBase) -> Iterator[bytes]:
    try:
        while piece := stream.read(limits.MAX_PIECE_BYTES):
            yield piece
    except _BROKEN as error:
        raise Damaged from error


def _name(untrusted_name: str) -> str:
    """Names that are not UTF-8 come with half surrogates in the place of bytes."""
    raw = untrusted_name.encode("utf-8", "surrogateescape")
    return raw.decode(decode(raw).charset, "replace")


def _inner_name(source: Source) -> str:
    """``report.pdf.gz`` holds ``report.pdf``."""
    path = PurePath(source.name.replace("\\", "/"))
    suffix = path.suffix.lower()
    if suffix == f".{source.kind}":
        return path.stem
    return path.stem + _SUFFIXES.get(suffix, "") if suffix in _SUFFIXES else path.name


def is_tar(head: Bytes) -> bool:
    """Whether a first block is a header: its checksum is right (older ones have no magic)."""
    block = bytes(head[:BLOCK])
    if len(block) < BLOCK or not block[0]:
        return False
    try:
        announced = int(block[148:156].split(b"\0")[0].strip() or b"x", 8)
    except ValueError:
        return False
    return announced == sum(block[:148]) + 8 * 32 + sum(block[156:])
