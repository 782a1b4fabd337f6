"""PDF pages drawn by PDFium into memory somebody else gives. Must not know text or processes."""

import ctypes
from typing import Any, Final

import pypdfium2.raw

from carrel.parsing.errors import Damaged
from carrel.parsing.limits import MAX_PAGE_PIXELS

pdfium: Any = pypdfium2.raw

WHITE: Final = 0xFFFFFFFF
_FLAGS: Final = pdfium.FPDF_ANNOT


def draw(document: Any, page_number: int, scale: float, memory: Any) -> tuple[int, int]:  # noqa: ANN401
    """Draw a page as it is displayed: turned, cropped, with annotations and filled-in fields.

    Args:
        document: as `pdf_document.opened` gives it, with forms.
        page_number: counts from 1.
        scale: pixels per point; made smaller if a side would have more than MAX_PAGE_PIXELS.
        memory: writable, at least 4 x width x height bytes; gets BGRx rows without gaps.

    Returns:
        Width and height in pixels.

    Raises:
        Damaged: there is no such page, or it cannot be loaded.
    """
    if not 1 <= page_number <= len(document):
        raise Damaged
    page = pdfium.FPDF_LoadPage(document, page_number - 1)
    if not page:
        raise Damaged
    try:
        width, height = _size(page, scale)
        first = ctypes.c_ubyte.from_buffer(memory)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            width, height, pdfium.FPDFBitmap_BGRx, ctypes.addressof(first), width * 4
        )
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE)
            place = (0, 0, width, height, 0, _FLAGS)
            pdfium.FPDF_RenderPageBitmap(bitmap, page, *place)
            if document.formenv is not None:
                pdfium.FPDF_FFLDraw(document.formenv, bitmap, page, *place)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
            del first
        return width, height
    finally:
        pdfium.FPDF_ClosePage(page)


def _size(page: Any, scale: float) -> tuple[int, int]:  # noqa: ANN401
    points = (
        max(float(pdfium.FPDF_GetPageWidthF(page)), 1.0),
        max(float(pdfium.FPDF_GetPageHeightF(page)), 1.0),
    )
    scale = min(scale, MAX_PAGE_PIXELS / max(points))
    width, height = (min(max(round(side * scale), 1), MAX_PAGE_PIXELS) for side in points)
    return width, height
