"""Comments, marks and form fields of a PDF page, as lines that say what they are.

They stand after the page's own text, each character with the box of the annotation, so that a
citation of a comment shows where it sits. Must not know how the page's text is read.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pypdfium2.raw
from numpy.typing import NDArray

from carrel.parsing.boxes import Boxes
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import one_line
from carrel.parsing.formats.pdf_attachments import Attached, copied
from carrel.parsing.formats.pdf_contents import readable_date

pdfium: Any = pypdfium2.raw

MAX_ANNOTATIONS: Final = 2_000
"""Annotations of one page that are looked at; a page of a large form has 500 fields."""

MAX_QUADS: Final = 500
"""Rectangles of one highlight: one for each line it covers."""

NOTE_CHARACTERS: Final = 5_000
"""Code points of one comment or value; what is longer is a document of its own."""

NAME_CHARACTERS: Final = 200
"""Code points of an author or of a field's name."""

_WORDS_MARKED: Final = {
    pdfium.FPDF_ANNOT_HIGHLIGHT: "Highlight",
    pdfium.FPDF_ANNOT_UNDERLINE: "Underlined",
    pdfium.FPDF_ANNOT_SQUIGGLY: "Underlined",
    pdfium.FPDF_ANNOT_STRIKEOUT: "Struck out",
    pdfium.FPDF_ANNOT_REDACT: "Marked for redaction",
}
_REMARKS: Final = {
    pdfium.FPDF_ANNOT_TEXT: "Comment",
    pdfium.FPDF_ANNOT_FREETEXT: "Typed note",
    pdfium.FPDF_ANNOT_CARET: "Insertion",
    pdfium.FPDF_ANNOT_STAMP: "Stamp",
    pdfium.FPDF_ANNOT_FILEATTACHMENT: "Attached file",
    **dict.fromkeys(
        (
            pdfium.FPDF_ANNOT_LINE,
            pdfium.FPDF_ANNOT_SQUARE,
            pdfium.FPDF_ANNOT_CIRCLE,
            pdfium.FPDF_ANNOT_POLYGON,
            pdfium.FPDF_ANNOT_POLYLINE,
            pdfium.FPDF_ANNOT_INK,
        ),
        "Comment",
    ),
}
_SHOWN_BY_THE_PAGE: Final = frozenset((pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT))
"""Annotations whose words are drawn on the page, once it is flattened."""

_PASSWORD_FIELD: Final = 1 << 13
"""Flag of a text field that hides what is typed (ISO 32000-1, table 228)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation, in user space of its page.

    Attributes:
        words: what it is called, by whom and when: ``Comment by Ada``.
        text: the comment or the field's value; may be empty for a mark.
        places: rows of left, top, right, bottom with y upwards; the first is the whole.
        marks: whether the rows after the first lie on words of the page.
        drawn: whether the page may show the text itself.
    """

    words: str
    text: str
    places: Boxes
    marks: bool = False
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a page's annotations say.

    Attributes:
        flatten: whether words of the page stand in annotations.
        attachments: files attached to the page.
    """

    found: tuple[Annotation, ...] = ()
    flatten: bool = False
    attachments: tuple[Attached, ...] = ()


def annotations_of(page: Any, form: Any | None, room: int) -> Annotations:  # noqa: ANN401
    """All that is worth reading.

    Args:
        form: PDFium's form environment, None for a document without fields.
        room: bytes that attached files may have.
    """
    count = min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
    if count <= 0:
        return Annotations()
    found: list[Annotation] = []
    attachments: list[Attached] = []
    flatten = False
    for index in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            flatten |= kind in _SHOWN_BY_THE_PAGE
            if kind == pdfium.FPDF_ANNOT_WIDGET:
                found.extend(_field(annotation, form) if form is not None else ())
            elif kind in _WORDS_MARKED or kind in _REMARKS:
                found.extend(_note(annotation, kind))
            if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT and (
                attachment := pdfium.FPDFAnnot_GetFileAttachment(annotation)
            ):
                # Copied at once: flattening the page takes its annotations away.
                file = copied(attachment, room)
                room -= len(file.body or b"")
                attachments.append(file)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return Annotations(tuple(found), flatten, tuple(attachments))


def _note(annotation: Any, kind: int) -> Iterator[Annotation]:  # noqa: ANN401
    if pdfium.FPDFAnnot_HasKey(annotation, b"StateModel"):
        return  # “accepted”, “completed”: said about another comment
    text = _entry(annotation, b"Contents", NOTE_CHARACTERS)
    marks = kind in _WORDS_MARKED
    if not (text or marks):
        return
    author = _entry(annotation, b"T", NAME_CHARACTERS)
    date = readable_date(_entry(annotation, b"M", NAME_CHARACTERS))
    reply = kind == pdfium.FPDF_ANNOT_TEXT and pdfium.FPDFAnnot_HasKey(annotation, b"IRT")
    words = "Reply" if reply else (_WORDS_MARKED if marks else _REMARKS)[kind]
    words += f" by {author}" if author else ""
    yield Annotation(
        words=words + (f" ({date})" if date else ""),
        text=text,
        places=_places(annotation),
        marks=marks,
        drawn=kind == pdfium.FPDF_ANNOT_FREETEXT,
    )


def _field(annotation: Any, form: Any) -> Iterator[Annotation]:  # noqa: ANN401
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON}:
        # The state it is shown in: PDFium answers whether it is checked only while it draws.
        value = _entry(annotation, b"AS", NAME_CHARACTERS)
        if value in {"", "Off"}:
            return
        value = "ticked" if kind == pdfium.FPDF_FORMFIELD_CHECKBOX else f"{value} (chosen)"
    elif kind in {
        pdfium.FPDF_FORMFIELD_TEXTFIELD,
        pdfium.FPDF_FORMFIELD_COMBOBOX,
        pdfium.FPDF_FORMFIELD_LISTBOX,
    }:
        if pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD_FIELD:
            return
        value = _of_form(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    else:
        return
    name = _of_form(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _of_form(
        pdfium.FPDFAnnot_GetFormFieldName, form, annotation
    )
    if value:
        words = f"Form field “{one_line(name, NAME_CHARACTERS)}”" if name else "Form field"
        yield Annotation(words=words, text=value, places=_places(annotation))


def _entry(annotation: Any, key: bytes, most: int) -> str:  # noqa: ANN401
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
    return one_line(clean(bytes(buffer)[: size - 2].decode("utf-16-le", "replace")), most)


def _of_form(ask: Any, form: Any, annotation: Any) -> str:  # noqa: ANN401
    size = ask(form, annotation, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(form, annotation, buffer, size)
    text = bytes(buffer)[: size - 2].decode("utf-16-le", "replace")
    return one_line(clean(text), NOTE_CHARACTERS)


def _places(annotation: Any) -> Boxes:  # noqa: ANN401
    whole = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, whole)
    rows = [(whole.left, whole.top, whole.right, whole.bottom)]
    quads = pdfium.FPDFAnnot_CountAttachmentPoints(annotation)
    for index in range(min(quads, MAX_QUADS)):
        quad = pdfium.FS_QUADPOINTSF()
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
            xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            rows.append((min(xs), max(ys), max(xs), min(ys)))
    return np.array(rows, np.float32)


def appended(
    text: str, boxes: Boxes, shown: Sequence[tuple[Annotation, Boxes]]
) -> tuple[str, Boxes]:
    """A page's text and boxes with its annotations after it, each on a line of its own.

    Args:
        shown: annotations, with their places on the displayed page.
    """
    lines: list[tuple[str, NDArray[np.float32]]] = []
    known = "".join(text.split())
    for annotation, places in shown:
        said = annotation.text
        if annotation.drawn and "".join(said.split()) in known:
            continue
        if annotation.marks:
            marked = _under(text, boxes, places[1:])
            if marked:
                said = f"“{marked}”" + (f": {said}" if said else "")
        if said:
            lines.append((f"{annotation.words}: {said}", places[0]))
    if not lines:
        return text, boxes
    first = "\n\n" if text else ""
    added = first + "\n".join(line for line, _ in lines)
    rows = np.full((len(added), 4), np.nan, np.float32)
    at = len(first)
    for line, place in lines:
        rows[at : at + len(line)] = place
        at += len(line) + 1
    return text + added, np.concatenate((boxes, rows))


def _under(text: str, boxes: Boxes, places: Boxes) -> str:
    """The words of the page whose characters' centres lie under a mark."""
    if not len(boxes) or not len(places):
        return ""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside = np.zeros(len(boxes), dtype=bool)
    for x0, y0, x1, y1 in places:
        inside |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)  # NaN is never inside
    found = np.flatnonzero(inside)
    if not len(found):
        return ""
    parts: list[str] = []
    last = 0
    for run in np.split(found, np.flatnonzero(np.diff(found) > 1) + 1):
        start, end = int(run[0]), int(run[-1]) + 1
        between = text[last:start] if parts else ""
        parts.append((" … " if between.strip() else " ") + text[start:end])
        last = end
    return one_line("".join(parts), NOTE_CHARACTERS)
