"""ZIP archives: every member a document of its own, none ever written to the disk.

The directory is judged before anything is unpacked: members that share bytes are how a
small file becomes an endless one. Must not know what the members mean.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Final

from carrel.parsing import limits, remarks
from carrel.parsing.charset import decode
from carrel.parsing.errors import Bomb, Damaged, Encrypted, UnsupportedArchive
from carrel.parsing.formats.base import DraftMember, Report, Source
from carrel.parsing.formats.mapped import MappedFile
from carrel.parsing.formats.members import Gathering

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    struct.error,
)

_LOCAL: Final = struct.Struct("<4s22xHH")
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1 | 0x40
_UNICODE_PATH: Final = 0x7075
_LINK_TYPES: Final = frozenset((0o120000, 0o020000, 0o060000, 0o010000, 0o140000))
"""Links, devices, pipes and sockets, as Unix programs note them."""


class ZipFormat:
    """ZIP by the standard library, with the checks it leaves to its callers."""

    kinds = ("zip",)
    parser = "zip"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftMember]:
        """The members, in the order of the directory."""
        gathering = Gathering(source, report)
        try:
            archive = zipfile.ZipFile(io.BufferedReader(MappedFile(source.body)))
        except NotImplementedError as error:
            raise UnsupportedArchive from error
        except _BROKEN as error:
            raise Damaged from error
        entries = archive.infolist()
        _refuse_overlaps(source, entries)
        names = _names(entries, report)
        report.total = min(len(entries), limits.MAX_UNITS)
        for entry, name in zip(entries, names, strict=True):
            if gathering.is_full:
                break
            yield from _member(archive, entry, name, gathering)
        gathering.finish()


def _member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, gathering: Gathering
) -> Iterator[DraftMember]:
    if name.replace("\\", "/").endswith("/") and not entry.file_size:
        return
    if entry.create_system == 3 and (entry.external_attr >> 16) & 0o170000 in _LINK_TYPES:
        gathering.skip_link(name)
    elif entry.flag_bits & _ENCRYPTED or entry.compress_type == 99:
        gathering.refuse(name, Encrypted())
    else:
        yield from gathering.member(
            name,
            size=entry.file_size,
            packed=entry.compress_size,
            open_=partial(_pieces, archive, entry),
        )


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's bytes: never more than announced, and whole only if their checksum is right."""
    left = entry.file_size
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(limits.MAX_PIECE_BYTES):
                left -= len(piece)
                yield piece
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedArchive from error
    except _BROKEN as error:
        raise Damaged from error
    if left:
        raise Damaged


def _refuse_overlaps(source: Source, entries: list[zipfile.ZipInfo]) -> None:
    """Every member's bytes are its own.

    Raises:
        Bomb: two share some.
    """
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        start = entry.header_offset
        if start < end:
            raise Bomb
        header = bytes(source.body[start : start + _LOCAL.size])
        lengths = 0
        if len(header) == _LOCAL.size and header[:4] == b"PK\x03\x04":
            lengths = sum(_LOCAL.unpack(header)[1:])
        end = start + _LOCAL.size + lengths + entry.compress_size


def _names(entries: list[zipfile.ZipInfo], report: Report) -> list[str]:
    """What the members are called. Programs that do not name a character set used many."""
    unsure: dict[int, bytes] = {}
    names: list[str] = []
    for at, entry in enumerate(entries):
        names.append(entry.orig_filename or entry.filename)
        if entry.flag_bits & _UTF8 or names[at].isascii():
            continue
        raw = names[at].encode("cp437", "replace")
        names[at] = _unicode_path(entry.extra, raw) or names[at]
        if names[at] == (entry.orig_filename or entry.filename):
            unsure[at] = raw
    if unsure:
        together = decode(b"\n".join(unsure.values()))
        if together.guessed:
            report.remark(remarks.GUESSED_NAMES, name=together.charset)
        for at, raw in unsure.items():
            names[at] = raw.decode(together.charset, "replace")
    return names


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """The name in Info-ZIP's own field, if it belongs to this name."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind != _UNICODE_PATH or len(field) <= 5 or field[0] != 1:
            continue
        if struct.unpack_from("<I", field, 1)[0] == zlib.crc32(raw):
            return field[5:].decode("utf-8", "replace")
    return ""
