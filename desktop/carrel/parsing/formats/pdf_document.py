"""Opening PDFs with PDFium: from mapped memory, with repair of a missing trailer.

Must not know text or pixels.
"""

import ctypes
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pypdfium2
import pypdfium2.raw

from carrel.parsing.errors import Damaged, Encrypted
from carrel.parsing.formats.base import Bytes

pdfium: Any = pypdfium2.raw

_CATALOG: Final = re.compile(rb"/Type\s*/Catalog\b")
_OBJECT: Final = re.compile(rb"(?:^|[\r\n \t])(\d{1,10})[ \t]+(\d{1,5})[ \t]+obj\b")

_document: Any = pypdfium2.PdfDocument

CATALOG_REACH: Final = 64 * 1024
"""Bytes before ``/Type /Catalog`` in which its object must begin."""


@contextmanager
def opened(body: Bytes, *, forms: bool = False) -> Iterator[tuple[Any, bool]]:
    """The document and whether it had to be repaired.

    Args:
        forms: also prepare form fields to be drawn and read.

    Raises:
        Encrypted: it needs a password, or a security handler PDFium lacks.
        Damaged: beyond repair.
    """
    repaired = False
    try:
        document = _open(body)
    except Damaged:
        whole = with_trailer(bytes(body))
        if whole is None:
            raise
        document, repaired = _open(whole), True
    try:
        if forms:
            with suppress(pypdfium2.PdfiumError):  # fields then stay as they are drawn
                document.init_forms()
        if len(document) < 1:
            raise Damaged
        yield document, repaired
    finally:
        document.close()


def _open(body: Bytes) -> Any:  # noqa: ANN401 - pypdfium2 has no types
    try:
        return _document(_buffer(body))
    except pypdfium2.PdfiumError as error:
        if error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
            raise Encrypted from error
        raise Damaged from error


def _buffer(body: Bytes) -> Any:  # noqa: ANN401
    """What PDFium reads from without a copy, if the memory allows it."""
    if isinstance(body, memoryview) and isinstance(body.obj, mmap.mmap) and not body.readonly:
        return (ctypes.c_ubyte * len(body)).from_buffer(body)
    return bytes(body)


def with_trailer(body: bytes) -> bytes | None:
    """A PDF that was cut off before its trailer, with one that names the last catalogue.

    PDFium rebuilds the table of objects itself but refuses a file whose trailer
    does not say where the document begins. None if there is no catalogue.
    """
    catalogues = list(_CATALOG.finditer(body))
    for catalogue in reversed(catalogues[-20:]):
        reach = max(catalogue.start() - CATALOG_REACH, 0)
        objects = list(_OBJECT.finditer(body, reach, catalogue.start()))
        if not objects:
            continue
        number, generation = (int(part) for part in objects[-1].groups())
        size = max((int(found[1]) for found in _OBJECT.finditer(body)), default=0) + 1
        trailer = f"\ntrailer<</Root {number} {generation} R/Size {size}>>\nstartxref\n0\n%%EOF\n"
        return body + trailer.encode("ascii")
    return None
