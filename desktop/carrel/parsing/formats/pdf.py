"""PDF pages: text with a box for every character, labels, and what could not be read.

Boxes are turned and moved into points of the page as displayed, origin top
left. Must not know passages, frames or pixels.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pypdfium2.raw
from numpy.typing import NDArray

from carrel.domain.documents import UnitKind
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.boxes import Boxes
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.pdf_annotations import Annotation, annotations_of, appended
from carrel.parsing.formats.pdf_attachments import MAX_KEPT_BYTES, Attached, attached
from carrel.parsing.formats.pdf_characters import boxes_of, codes_of
from carrel.parsing.formats.pdf_contents import describe
from carrel.parsing.formats.pdf_document import opened
from carrel.parsing.formats.pdf_headings import Headings
from carrel.parsing.formats.pdf_text import Vocabulary, canonical
from carrel.parsing.limits import MAX_PAGE_POINTS, MAX_UNIT_CHARACTERS, MAX_UNITS

pdfium: Any = pypdfium2.raw

PICTURE_SHARE: Final = 0.3
"""Share of the page a picture must cover to be taken for a scan."""

STAMP_CHARACTERS: Final = 60
"""Code points of text up to which a page under a full picture is a scan all the same (a stamp, a
page number)."""

STAMP_SHARE: Final = 0.8
"""Share of the page the picture must cover then."""

MAX_OBJECTS: Final = 500
"""Page objects looked at for pictures; a scan has a handful."""

UNKNOWN_SHARE: Final = 0.4
"""Share of characters without a known letter from which a page counts as unreadable."""

MAX_FORMS: Final = 3
"""Groups inside groups that are searched for a picture."""

FONT_NAME_BYTES: Final = 128
"""Bytes of a font's name; bold ones say so within these."""

FORCE_BOLD: Final = 1 << 18
"""Font descriptor flag (ISO 32000-1, table 123)."""

_UNKNOWN: Final = re.compile("[\ue000-\uf8ff\ufffd]")


class PdfFormat:
    """PDF by PDFium."""

    kinds = ("pdf",)
    parser = "pdfium"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """One unit per page, so numbers are page numbers; then what is attached.

        Blank and damaged pages are units, too.
        """
        with opened(source.body, forms=True) as (document, repaired):
            if repaired:
                report.remark(remarks.REPAIRED)
            count = len(document)
            if count > MAX_UNITS:
                report.remark(remarks.CUT_DOCUMENT)
            report.total = min(count, MAX_UNITS)
            describe(document, report)
            if document.get_formtype() == pdfium.FORMTYPE_XFA_FULL:
                report.remark(remarks.XFA_FORM)
            reader = _Reader(document, report)
            for index in range(report.total):
                yield reader.page(index)
            yield from attached(document, reader.attachments, source, report)


class _Reader:
    def __init__(self, document: Any, report: Report) -> None:  # noqa: ANN401
        self._document = document
        self._report = report
        self._vocabulary = Vocabulary()
        self._headings = Headings()
        self._form = document.formenv
        self.attachments: list[Attached] = []
        self._room = MAX_KEPT_BYTES

    def page(self, index: int) -> DraftUnit:
        label = self._label(index)
        page = pdfium.FPDF_LoadPage(self._document, index)
        if not page:
            self._report.remark(remarks.DAMAGED_PAGES, number=index + 1)
            return DraftUnit(kind=UnitKind.PAGE, label=label, text="")
        try:
            notes = annotations_of(page, self._form, self._room)
            self.attachments += notes.attachments
            self._room -= sum(len(file.body or b"") for file in notes.attachments)
            if notes.flatten and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == (
                pdfium.FLATTEN_SUCCESS
            ):
                # Filled-in fields become part of the page; it has to be loaded again for that.
                pdfium.FPDF_ClosePage(page)
                page = pdfium.FPDF_LoadPage(self._document, index)
            return self._read(page, index, label, notes.found)
        finally:
            pdfium.FPDF_ClosePage(page)

    def _read(
        self,
        page: Any,  # noqa: ANN401
        index: int,
        label: str,
        notes: Sequence[Annotation],
    ) -> DraftUnit:
        width = min(float(pdfium.FPDF_GetPageWidthF(page)), MAX_PAGE_POINTS)
        height = min(float(pdfium.FPDF_GetPageHeightF(page)), MAX_PAGE_POINTS)
        text, heading_line = "", ""
        boxes: Boxes = np.empty((0, 4), np.float32)
        headings: tuple[Heading, ...] = ()
        text_page = pdfium.FPDFText_LoadPage(page)
        if text_page:
            try:
                codes, raw_boxes = _characters(text_page, index, self._report)
                shown = displayed(raw_boxes, page_box(page), pdfium.FPDFPage_GetRotation(page))
                codes[_outside(shown, width, height)] = 0
                text, boxes, places = canonical(codes, shown, self._vocabulary)
                if text:
                    headings, heading_line = self._headings.find(
                        text, boxes, lambda start: _is_bold(text_page, int(places[start]))
                    )
            finally:
                pdfium.FPDFText_ClosePage(text_page)
        else:
            self._report.remark(remarks.DAMAGED_PAGES, number=index + 1)
        self._judge(page, text, index + 1)
        if notes:
            text, boxes = self._annotated(page, text, boxes, notes, index + 1)
        return DraftUnit(
            kind=UnitKind.PAGE,
            label=label,
            text=text,
            width=width,
            height=height,
            boxes=boxes,
            headings=headings,
            heading_line=heading_line,
        )

    def _annotated(
        self,
        page: Any,  # noqa: ANN401
        text: str,
        boxes: Boxes,
        notes: Sequence[Annotation],
        number: int,
    ) -> tuple[str, Boxes]:
        frame, quarters = page_box(page), pdfium.FPDFPage_GetRotation(page)
        shown = [(note, displayed(note.places, frame, quarters)) for note in notes]
        whole = appended(text, boxes, shown)
        if len(whole[0]) > len(text):
            self._report.remark(remarks.ANNOTATED_PAGES, number=number)
        return whole

    def _judge(self, page: Any, text: str, number: int) -> None:  # noqa: ANN401
        """Say so if there is more on the page than its text."""
        if len(text) <= STAMP_CHARACTERS:
            share, drawn = picture_share(page)
            if share >= (STAMP_SHARE if text else PICTURE_SHARE):
                self._report.remark(remarks.PICTURE_PAGES, number=number)
            elif drawn and not text:
                self._report.remark(remarks.DRAWING_PAGES, number=number)
        unknown = 0 if text.isascii() else len(_UNKNOWN.findall(text))
        if unknown > UNKNOWN_SHARE * max(len(text), 1):
            self._report.remark(remarks.UNREADABLE_FONTS, number=number)

    def _label(self, index: int) -> str:
        size = pdfium.FPDF_GetPageLabel(self._document, index, None, 0)
        if not 2 < size <= 1024:
            return ""
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDF_GetPageLabel(self._document, index, buffer, size)
        return one_line(clean(buffer.raw[:-2].decode("utf-16-le", "replace")), 40)


def _characters(
    text_page: Any,  # noqa: ANN401
    index: int,
    report: Report,
) -> tuple[NDArray[np.uint32], Boxes]:
    """Code points and boxes in user space: left, top, right, bottom with y upwards."""
    count = max(pdfium.FPDFText_CountChars(text_page), 0)
    if count > MAX_UNIT_CHARACTERS:
        report.remark(remarks.CUT_UNITS, number=index + 1)
        count = MAX_UNIT_CHARACTERS
    return codes_of(text_page, count), boxes_of(text_page, count)


def page_box(page: Any) -> tuple[float, float, float, float]:  # noqa: ANN401
    """What is displayed of a page, in user space: left, bottom, right, top."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, box):
        return 0.0, 0.0, 612.0, 792.0
    return box.left, box.bottom, box.right, box.top


def displayed(boxes: Boxes, frame: tuple[float, float, float, float], quarters: int) -> Boxes:
    """Boxes of user space as they lie on the displayed page.

    Args:
        boxes: left, top, right, bottom with y upwards.
        frame: left, bottom, right, top of what is displayed, in the same space.
        quarters: clockwise quarter turns of the page.

    Returns:
        left, top, right, bottom in points from the top left corner, y downwards.
    """
    left, bottom, right, top = frame
    x0, y1, x1, y0 = boxes.T  # y0 is the lower edge
    shown: Boxes = np.empty((len(boxes), 4), np.float32)
    low_x, low_y, high_x, high_y = shown.T
    match quarters % 4:
        case 0:
            np.subtract(x0, left, out=low_x)
            np.subtract(top, y1, out=low_y)
            np.subtract(x1, left, out=high_x)
            np.subtract(top, y0, out=high_y)
        case 1:
            np.subtract(y0, bottom, out=low_x)
            np.subtract(x0, left, out=low_y)
            np.subtract(y1, bottom, out=high_x)
            np.subtract(x1, left, out=high_y)
        case 2:
            np.subtract(right, x1, out=low_x)
            np.subtract(y0, bottom, out=low_y)
            np.subtract(right, x0, out=high_x)
            np.subtract(y1, bottom, out=high_y)
        case _:
            np.subtract(top, y1, out=low_x)
            np.subtract(right, x1, out=low_y)
            np.subtract(top, y0, out=high_x)
            np.subtract(right, x0, out=high_y)
    return shown if _is_sane(shown) else _made_sane(shown)


def _is_sane(boxes: Boxes) -> bool:
    """Whether all edges are numbers of a sensible size, and in order: nearly always."""
    return not len(boxes) or bool(
        (boxes[:, 0] <= boxes[:, 2]).all()
        and (boxes[:, 1] <= boxes[:, 3]).all()
        and boxes.min() >= -MAX_PAGE_POINTS
        and boxes.max() <= MAX_PAGE_POINTS
    )


def _made_sane(boxes: Boxes) -> Boxes:
    ordered = np.concatenate(
        (np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])), axis=1
    )
    np.nan_to_num(ordered, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    clipped: Boxes = np.clip(ordered, -MAX_PAGE_POINTS, MAX_PAGE_POINTS).astype(np.float32)
    return clipped


def _outside(boxes: Boxes, width: float, height: float) -> NDArray[np.bool_]:
    """Characters wholly off the displayed page: nobody can see them, so nobody shall cite them.

    Blanks and line ends that PDFium supposes have no height and lie anywhere; they stay.
    """
    outside: NDArray[np.bool_] = (boxes[:, 0] > width) | (boxes[:, 1] > height)
    if len(boxes) and boxes.min() < 0:
        outside |= (boxes[:, 2] < 0) | (boxes[:, 3] < 0)
    return outside & (boxes[:, 3] > boxes[:, 1]) if outside.any() else outside


def _is_bold(text_page: Any, place: int) -> bool:  # noqa: ANN401
    """Whether a character's font says it is bold, by its name or flags."""
    name = ctypes.create_string_buffer(FONT_NAME_BYTES)
    flags = ctypes.c_int(0)
    size = pdfium.FPDFText_GetFontInfo(text_page, place, name, FONT_NAME_BYTES, flags)
    if not size:
        return False
    words = name.value.lower()
    bold = b"bold" in words or b"black" in words or b"heavy" in words
    return bold or bool(flags.value & FORCE_BOLD)


def picture_share(page: Any) -> tuple[float, bool]:  # noqa: ANN401
    """Share of the page its largest picture covers, and whether anything is drawn at all."""
    left, bottom, right, top = page_box(page)
    area = max((right - left) * (top - bottom), 1.0)
    largest, count = 0.0, pdfium.FPDFPage_CountObjects(page)
    for index in range(min(count, MAX_OBJECTS)):
        thing = pdfium.FPDFPage_GetObject(page, index)
        if not thing or not _holds_picture(thing, nesting=0):
            continue
        edges = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(thing, *edges):
            x0, y0, x1, y1 = (edge.value for edge in edges)
            width = min(x1, right) - max(x0, left)
            height = min(y1, top) - max(y0, bottom)
            if width > 0 and height > 0:
                largest = max(largest, width * height / area)
    return largest, count > 0


def _holds_picture(thing: Any, *, nesting: int) -> bool:  # noqa: ANN401
    kind = pdfium.FPDFPageObj_GetType(thing)
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        return True
    if kind != pdfium.FPDF_PAGEOBJ_FORM or nesting >= MAX_FORMS:
        return False
    count = min(pdfium.FPDFFormObj_CountObjects(thing), MAX_OBJECTS)
    return any(
        _holds_picture(pdfium.FPDFFormObj_GetObject(thing, index), nesting=nesting + 1)
        for index in range(count)
    )
