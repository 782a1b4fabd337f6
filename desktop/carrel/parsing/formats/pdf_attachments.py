"""Files attached to a PDF: to the document, and to its pages.

Must not know text or annotations.
"""

import ctypes
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import pypdfium2.raw

from carrel.parsing import limits, remarks
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import DraftMember, Report, Source, one_line
from carrel.parsing.formats.members import Gathering

pdfium: Any = pypdfium2.raw

MAX_KEPT_BYTES: Final = 64 * 1024 * 1024
"""Bytes of files attached to pages that are kept until the pages are read."""

MAX_NAME_BYTES: Final = 4096
"""Bytes of a file's name."""


class Attached(NamedTuple):
    """A file, copied out of the document; None where it cannot be had."""

    name: str
    body: bytes | None


def attached(
    document: Any,  # noqa: ANN401
    of_pages: Sequence[Attached],
    source: Source,
    report: Report,
) -> Iterator[DraftMember]:
    """The files attached to a document, those of its pages last."""
    count = min(pdfium.FPDFDoc_GetAttachmentCount(document), limits.MAX_MEMBERS)
    if not (count or of_pages):
        return
    if source.room.depth <= 0 or not (source.room.members and source.room.size):
        report.remark(remarks.NOT_OPENED)
        return
    gathering = Gathering(source, report)
    for index in range(count):
        handle = pdfium.FPDFDoc_GetAttachment(document, index)
        if handle:
            yield from _member(copied(handle, limits.MAX_MEMBER_BYTES), gathering, report)
    for found in of_pages:
        yield from _member(found, gathering, report)


def copied(handle: Any, most: int) -> Attached:  # noqa: ANN401
    """An attachment's name and bytes.

    Args:
        most: bytes; a larger one is not copied.
    """
    name = _name(handle)
    size = ctypes.c_ulong(0)
    if not pdfium.FPDFAttachment_GetFile(handle, None, 0, size) or size.value > most:
        return Attached(name, None)
    buffer = ctypes.create_string_buffer(max(size.value, 1))
    if not pdfium.FPDFAttachment_GetFile(handle, buffer, size.value, size):
        return Attached(name, None)
    return Attached(name, buffer.raw[: size.value])


def _member(found: Attached, gathering: Gathering, report: Report) -> Iterator[DraftMember]:
    if found.body is None:
        report.remark(remarks.EMBEDDED, name=found.name)
        return
    yield from gathering.member(
        found.name.replace("/", "_"),
        size=len(found.body),
        packed=0,
        open_=partial(_pieces, found.body),
    )


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]


def _name(handle: Any) -> str:  # noqa: ANN401
    size = pdfium.FPDFAttachment_GetName(handle, None, 0)
    if not 2 < size <= MAX_NAME_BYTES:
        return "attachment"
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFAttachment_GetName(handle, buffer, size)
    name = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
    return one_line(clean(name), limits.MAX_REMARK_NAME) or "attachment"
