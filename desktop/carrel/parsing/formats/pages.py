"""Pages as pixels, of the two kinds of document that have any: PDFs and pictures.

Must not know processes.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Final

from carrel.parsing.formats import pdf_document
from carrel.parsing.formats.base import Bytes
from carrel.parsing.formats.pdf_render import draw as draw_pdf
from carrel.parsing.formats.picture_document import Picture, PictureDrawer

Draw = Callable[[int, float, Any], tuple[int, int]]
"""Draws a page into memory: number (from 1), pixels per point and the memory, to the width and
height in pixels; see `pdf_render.draw`."""

HEAD_BYTES: Final = 1024
"""Bytes in which a PDF says that it is one, as PDFium looks for it."""


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
