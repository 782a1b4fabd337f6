"""Files embedded in Office documents, out of their wrapping, to become documents of their own.

Must not know where in the document they were.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from carrel.parsing import limits, remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged
from carrel.parsing.formats.base import DraftMember, Report, Source, one_line
from carrel.parsing.formats.compound import SIGNATURE, Compound
from carrel.parsing.formats.members import Gathering
from carrel.parsing.formats.package import Package

MAX_NAMED: Final = 20
"""Embedded files named one by one that cannot be opened."""

NAME_BYTES: Final = 512
"""Bytes of a name inside the wrapping."""

_NATIVE: Final = "\x01Ole10Native"
_DOCUMENTS: Final = {
    "WordDocument": ".doc",
    "Workbook": ".xls",
    "Book": ".xls",
    "PowerPoint Document": ".ppt",
}
"""Streams of old Office documents: the wrapping itself is the document."""


def embedded_members(
    package: Package, names: Iterable[str], source: Source, report: Report
) -> Iterator[DraftMember]:
    """The embedded files of a package; those that cannot be had are told.

    Args:
        names: of the parts that hold them, in order.
    """
    parts = tuple(dict.fromkeys(names))
    if not parts:
        return
    if source.room.depth <= 0 or not (source.room.members and source.room.size):
        report.remark(remarks.NOT_OPENED)
        return
    gathering = Gathering(source, report)
    refused = 0
    for part in parts:
        body = package.bytes_of(part, limits.MAX_MEMBER_BYTES)
        name, inner = unwrapped(PurePosixPath(part).name, body or b"")
        if not inner:
            refused += 1
            if refused <= MAX_NAMED:
                report.remark(remarks.EMBEDDED, name=one_line(clean(name)))
            continue
        yield from gathering.member(
            name.replace("/", "_"), size=len(inner), packed=0, open_=partial(_pieces, inner)
        )


def unwrapped(name: str, body: bytes) -> tuple[str, bytes]:
    """A file's name and bytes out of an OLE wrapping ([MS-OLEDS]); no bytes if that holds none.

    Args:
        name: of the part; kept where the wrapping names nothing better.
    """
    if not body.startswith(SIGNATURE):
        return name, body
    try:
        file = Compound(body)
    except Damaged:
        return name, b""
    stem = PurePosixPath(name).stem
    for stream, suffix in _DOCUMENTS.items():
        if stream in file.names():
            return stem + suffix, body
    if inner := file.stream("Package"):
        return stem + ".zip", inner
    contents = file.stream("CONTENTS") or b""
    if contents.startswith(b"%PDF-"):
        return stem + ".pdf", contents
    return _native(file.stream(_NATIVE) or b"") or (name, b"")


def _native(body: bytes) -> tuple[str, bytes] | None:
    """A file put in by dragging: two names, a path, then its size and bytes."""
    at = 6
    names: list[str] = []
    for skipped in (0, 8):  # the label and the path; then marks and the length of a third name
        end = body.find(b"\0", at, at + NAME_BYTES)
        if end < 0:
            return None
        names.append(body[at:end].decode("cp1252", "replace"))
        at = end + 1 + skipped
    length = int.from_bytes(body[at - 4 : at], "little")
    at += length
    size = int.from_bytes(body[at : at + 4], "little")
    inner = body[at + 4 : at + 4 + size]
    label = clean(names[0].replace("\\", "/").rpartition("/")[2]).strip()
    return (one_line(label) or "object", inner) if inner and len(inner) == size else None


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]
