"""Pages as pixels, of the two kinds of document that have any: PDFs and pictures.

For the eye in colour, for text recognition in grey. Must not know processes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PIL import Image

from carrel.parsing.formats import pdf_document
from carrel.parsing.formats.base import Bytes
from carrel.parsing.formats.clearing import cleared
from carrel.parsing.formats.pdf_render import draw as draw_pdf
from carrel.parsing.formats.pdf_render import draw_grey, page_points, scanned_dots
from carrel.parsing.formats.picture_document import Picture, PictureDrawer

Draw = Callable[[int, float, Any], tuple[int, int]]
"""Draws a page into memory: number (from 1), pixels per point and the memory, to the width and
height in pixels; see `pdf_render.draw`."""

HEAD_BYTES: Final = 1024
"""Bytes in which a PDF says that it is one, as PDFium looks for it."""

READING_DOTS: Final = 300.0
"""Dots per inch at which text is recognised best; Tesseract was trained on about as many."""

DENSE_DOTS: Final = 400.0
"""Dots per inch of a picture beyond which it is reduced: more only takes longer."""

SPARSE_DOTS: Final = 180.0
"""Dots per inch of a picture below which it is enlarged; screenshots have 96."""

SPARSEST_DOTS: Final = 72.0
"""Dots per inch below which nobody scans a page."""

MOST_ENLARGED: Final = 3.0
"""Times a picture is enlarged at most; beyond that letters are blots."""

MAX_READ_PIXELS: Final = 7_000
"""Pixels of the longer side of a picture that is read."""

_POINTS_PER_INCH: Final = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GreyPage:
    """A page to be read.

    Attributes:
        image: mode ``L``.
        scale: pixels per point.
        width, height: of the page, in points.
    """

    image: Image.Image
    scale: float
    width: float
    height: float


GreyPages = Callable[[int], GreyPage]
"""Draws a page, by its number from 1, to be read."""


@contextmanager
def opened(body: Bytes) -> Iterator[Draw]:
    """What draws the pages of a document.

    Raises:
        ParseError: it cannot be opened.
    """
    if b"%PDF-" in bytes(body[:HEAD_BYTES]):
        with pdf_document.opened(body, forms=True) as (document, _):
            yield partial(draw_pdf, document)
        return
    with closing(Picture(body)) as picture:
        yield PictureDrawer(picture).draw


@contextmanager
def opened_for_reading(body: Bytes) -> Iterator[GreyPages]:
    """What draws the pages of a document in grey.

    Raises:
        ParseError: it cannot be opened.
    """
    if b"%PDF-" in bytes(body[:HEAD_BYTES]):
        with pdf_document.opened(body, forms=True) as (document, _):
            yield partial(_pdf_page, document)
        return
    with closing(Picture(body)) as picture:
        yield partial(_picture_page, picture)


def _pdf_page(document: Any, number: int) -> GreyPage:  # noqa: ANN401
    points = page_points(document, number)
    dots = scanned_dots(document, number)
    image = None
    if SPARSEST_DOTS <= dots < READING_DOTS:
        # Specks of a scan are told by its own pixels; larger ones would blur into blots.
        scan = _drawn_grey(document, number, dots)
        clear = cleared(scan)
        if clear is not scan:
            factor = READING_DOTS / dots
            size = (round(scan.width * factor), round(scan.height * factor))
            image = clear.resize(size, Image.Resampling.BICUBIC)
    if image is None:
        image = cleared(_drawn_grey(document, number, READING_DOTS))
    scale = image.width / points[0]
    return GreyPage(image=image, scale=scale, width=points[0], height=points[1])


def _drawn_grey(document: Any, number: int, dots: float) -> Image.Image:  # noqa: ANN401
    memory, width, height = draw_grey(document, number, dots / _POINTS_PER_INCH)
    return Image.frombuffer("L", (width, height), memory, "raw", "L", 0, 1)


def _picture_page(picture: Picture, number: int) -> GreyPage:
    width, height = picture.points(number)
    longest = max(width, height)
    most = min(round(longest * DENSE_DOTS / _POINTS_PER_INCH), MAX_READ_PIXELS)
    image = cleared(picture.decoded(number, max(most, 1), torn=True).convert("L"))
    dots = max(image.width / width, image.height / height) * _POINTS_PER_INCH
    wanted = dots
    if dots < SPARSE_DOTS:
        wanted = min(READING_DOTS, dots * MOST_ENLARGED)
    elif dots > DENSE_DOTS:
        wanted = READING_DOTS
    scale = min(wanted / _POINTS_PER_INCH, MAX_READ_PIXELS / longest)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    return GreyPage(image=image, scale=scale, width=width, height=height)
