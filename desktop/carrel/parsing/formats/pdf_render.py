"""PDF pages drawn by PDFium into memory somebody else gives. Must not know text or processes."""

import ctypes
import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pypdfium2.raw

from carrel.parsing.errors import Damaged
from carrel.parsing.limits import MAX_PAGE_PIXELS

pdfium: Any = pypdfium2.raw

_Result = TypeVar("_Result")

WHITE: Final = 0xFFFFFFFF

MAX_GREY_PIXELS: Final = 7_000
"""Pixels of the longer side of a page drawn to be read: A2 at 300 dots per inch, 35 MB."""

MAX_OBJECTS: Final = 200
"""Objects of a page among which its scan is looked for; a scan is one of the first."""

COVERS: Final = 0.8
"""Share of a page that a picture covers that is a scan of it."""

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

    def show(page: Any) -> tuple[int, int]:  # noqa: ANN401
        width, height = _size(page, scale, MAX_PAGE_PIXELS)
        _fill(document, page, width, height, memory, pdfium.FPDFBitmap_BGRx, 4)
        return width, height

    return _on_page(document, page_number, show)


def draw_grey(document: Any, page_number: int, scale: float) -> tuple[bytearray, int, int]:  # noqa: ANN401
    """Draw a page in grey, to be read; see `draw` for the meanings.

    Returns:
        One byte for each pixel, and width and height in pixels.
    """

    def show(page: Any) -> tuple[bytearray, int, int]:  # noqa: ANN401
        width, height = _size(page, scale, MAX_GREY_PIXELS)
        memory = bytearray(width * height)
        _fill(document, page, width, height, memory, pdfium.FPDFBitmap_Gray, 1)
        return memory, width, height

    return _on_page(document, page_number, show)


def page_points(document: Any, page_number: int) -> tuple[float, float]:  # noqa: ANN401
    """Width and height of a page as displayed, in points."""
    return _on_page(document, page_number, _points)


def scanned_dots(document: Any, page_number: int) -> float:  # noqa: ANN401
    """Dots per inch of the picture that covers a page; 0 if none does."""

    def look(page: Any) -> float:  # noqa: ANN401
        whole = math.prod(_points(page))
        for at in range(min(pdfium.FPDFPage_CountObjects(page), MAX_OBJECTS)):
            one = pdfium.FPDFPage_GetObject(page, at)
            if pdfium.FPDFPageObj_GetType(one) != pdfium.FPDF_PAGEOBJ_IMAGE:
                continue
            sides = [ctypes.c_float() for _ in range(4)]
            across, down = ctypes.c_uint(), ctypes.c_uint()
            if pdfium.FPDFPageObj_GetBounds(one, *sides) and (
                pdfium.FPDFImageObj_GetImagePixelSize(one, across, down)
            ):
                left, foot, right, top = (side.value for side in sides)
                area = abs((right - left) * (top - foot))
                if area >= COVERS * whole:
                    return 72.0 * math.sqrt(across.value * down.value / area)
        return 0.0

    return _on_page(document, page_number, look)


def _on_page(document: Any, page_number: int, use: Callable[[Any], _Result]) -> _Result:  # noqa: ANN401
    if not 1 <= page_number <= len(document):
        raise Damaged
    page = pdfium.FPDF_LoadPage(document, page_number - 1)
    if not page:
        raise Damaged
    try:
        return use(page)
    finally:
        pdfium.FPDF_ClosePage(page)


def _fill(
    document: Any,  # noqa: ANN401
    page: Any,  # noqa: ANN401
    width: int,
    height: int,
    memory: Any,  # noqa: ANN401
    form: int,
    pixel_bytes: int,
) -> None:
    """Draw a page into memory, on white."""
    first = ctypes.c_ubyte.from_buffer(memory)
    bitmap = pdfium.FPDFBitmap_CreateEx(
        width, height, form, ctypes.addressof(first), width * pixel_bytes
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


def _points(page: Any) -> tuple[float, float]:  # noqa: ANN401
    return (
        max(float(pdfium.FPDF_GetPageWidthF(page)), 1.0),
        max(float(pdfium.FPDF_GetPageHeightF(page)), 1.0),
    )


def _size(page: Any, scale: float, most: int) -> tuple[int, int]:  # noqa: ANN401
    points = _points(page)
    scale = min(scale, most / max(points))
    width, height = (min(max(round(side * scale), 1), most) for side in points)
    return width, height
