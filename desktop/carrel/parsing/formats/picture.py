"""Pictures as documents: one unit for each page, to be read by text recognition.

Each page is decoded once here, so that a damaged one is known at once. Must not
know who recognises the text.
"""

from collections.abc import Iterator

from carrel.domain.documents import UnitKind
from carrel.domain.errors import ParseError
from carrel.parsing import remarks
from carrel.parsing.errors import Bomb, Damaged, OutOfMemory
from carrel.parsing.formats.base import DraftUnit, Report, Source
from carrel.parsing.formats.picture_document import KINDS, Picture
from carrel.parsing.limits import MAX_PAGE_PIXELS


class PictureFormat:
    """PNG, JPEG, TIFF, WebP, BMP and GIF by Pillow."""

    kinds = tuple(KINDS)
    parser = "pillow"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """One unit for each page, damaged ones included, so that numbers are page numbers."""
        picture = Picture(source.body)
        try:
            report.total = picture.pages
            if picture.moves:
                report.remark(remarks.MOVING_PICTURE)
            for page in range(1, picture.pages + 1):
                yield _unit(picture, page, report)
        finally:
            picture.close()


def _unit(picture: Picture, page: int, report: Report) -> DraftUnit:
    try:
        width, height = picture.points(page)
        _try(picture, page, report)
    except (Damaged, Bomb, OutOfMemory):
        if picture.pages == 1:
            raise
        report.remark(remarks.DAMAGED_PAGES, number=page)
        return DraftUnit(kind=UnitKind.PAGE, label="", text="")
    report.remark(remarks.PICTURES, number=page)
    return DraftUnit(kind=UnitKind.PAGE, label="", text="", width=width, height=height)


def _try(picture: Picture, page: int, report: Report) -> None:
    """Decode a page; one that breaks off is kept as far as it goes.

    Raises:
        ParseError: nothing of it can be decoded.
    """
    try:
        picture.decoded(page, MAX_PAGE_PIXELS)
    except Damaged as error:
        try:
            picture.decoded(page, MAX_PAGE_PIXELS, torn=True)
        except ParseError:
            raise error from None
        report.remark(remarks.TORN_PICTURES, number=page)
