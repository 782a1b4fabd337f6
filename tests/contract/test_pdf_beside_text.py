"""What stands beside the text of a PDF: comments, marks, fields, attached files."""

import numpy as np
import pytest

from carrel.domain.documents import Room
from format_reading import attached, read
from made_files import lines, pdf

PAGE = lines("Rent is 1,200 a month.", "It rises each year.", x=100, y=700, size=10)


def annotated(*annotations: bytes, forms: bytes = b"", extra: tuple[bytes, ...] = ()) -> bytes:
    """A page with these annotations; they have the numbers from 7 on."""
    numbers = b" ".join(b"%d 0 R" % (7 + at) for at in range(len(annotations)))
    return pdf(
        [PAGE],
        page_entries=b">>/Annots[" + numbers + b"]/X<<",
        catalogue=forms,
        extra=(*annotations, *extra),
    )


def note(kind: str, entries: str, rect: str = "300 690 320 710") -> bytes:
    return f"<</Type/Annot/Subtype/{kind}/Rect[{rect}]{entries}>>".encode("latin-1")


def text_and_boxes(body: bytes):
    ((unit, *_), remarks) = read(body)
    assert unit.boxes.shape == (len(unit.text), 4)
    return unit.text, unit.boxes, remarks


def test_a_comment_says_who_wrote_it_and_has_the_place_of_its_mark():
    text, boxes, remarks = text_and_boxes(
        annotated(note("Text", "/Contents(Ask the landlord.)/T(Ada)/M(D:20240131120500Z)"))
    )
    line = "Comment by Ada (2024-01-31 12:05): Ask the landlord."
    assert text.endswith("It rises each year.\n\n" + line)
    assert np.allclose(boxes[-len(line) :], [300, 842 - 710, 320, 842 - 690])
    assert remarks == {("annotated_pages", ""): [1]}


def test_a_mark_gives_the_words_under_it():
    quads = "/QuadPoints[100 709 200 709 100 697 200 697 100 696 200 696 100 684 200 684]"
    text, _, _ = text_and_boxes(
        annotated(
            note("Highlight", quads + "/Contents(Check.)"),
            note("StrikeOut", quads),
            note("Ink", ""),
        )
    )
    marked = "“Rent is 1,200 a month. It rises each year.”"
    assert text.splitlines()[-2:] == [f"Highlight: {marked}: Check.", f"Struck out: {marked}"]


def test_what_nobody_wrote_is_no_comment():
    text, _, remarks = text_and_boxes(
        annotated(
            note("Popup", "/Contents(again)"),
            note("Text", "/Contents(Accepted)/StateModel(Review)/State(Accepted)"),
            note("Link", "/Contents(a link)"),
            note("Highlight", "/QuadPoints[400 300 410 300 400 290 410 290]"),
        )
    )
    assert text == "Rent is 1,200 a month.\nIt rises each year."
    assert remarks == {}


def test_a_typed_note_without_a_picture_of_its_own_is_read():
    text, _, _ = text_and_boxes(annotated(note("FreeText", "/Contents(Signed by both.)")))
    assert text.endswith("Typed note: Signed by both.")


def field(entries: str) -> bytes:
    return note("Widget", "/P 5 0 R" + entries)


FORMS = b"/AcroForm<</Fields[7 0 R 8 0 R 9 0 R 10 0 R 11 0 R 12 0 R]/NeedAppearances true>>"


def test_fields_are_lines_with_their_names_and_values():
    text, boxes, _ = text_and_boxes(
        annotated(
            field("/FT/Tx/T(tenant)/TU(Name of tenant)/V(Ada Byron)"),
            field("/FT/Btn/T(pets)/V/Yes/AS/Yes/AP<</N<</Yes 13 0 R/Off 13 0 R>>>>"),
            field("/FT/Btn/T(garage)/V/Off/AS/Off/AP<</N<</Yes 13 0 R/Off 13 0 R>>>>"),
            field("/FT/Ch/Ff 131072/T(term)/Opt[(one year)(two years)]/V(two years)"),
            field("/FT/Tx/T(pin)/Ff 8192/V(1234)"),
            field("/FT/Tx/T(empty)"),
            forms=FORMS,
            extra=(b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 0>>stream\n\nendstream",),
        )
    )
    assert text.splitlines()[-3:] == [
        "Form field “Name of tenant”: Ada Byron",
        "Form field “pets”: ticked",
        "Form field “term”: two years",
    ]
    assert np.allclose(boxes[-1], [300, 132, 320, 152])


@pytest.mark.parametrize("rotate", [0, 90])
def test_comments_lie_where_the_page_shows_them_when_it_is_turned(rotate):
    body = annotated(note("Text", "/Contents(Here.)", rect="500 800 520 820"))
    body = body.replace(b"/Rotate 0", b"/Rotate %d" % rotate)
    _, boxes, _ = text_and_boxes(body)
    expected = {0: [500, 22, 520, 42], 90: [800, 500, 820, 520]}[rotate]
    assert np.allclose(boxes[-1], expected)


FILE = b"<</Type/EmbeddedFile/Length 9>>stream\nyear,rent\nendstream"
NAMED = b"/Names<</EmbeddedFiles<</Names[(a)7 0 R]>>>>"


def test_attached_files_come_out_as_documents():
    body = pdf(
        [PAGE],
        catalogue=NAMED,
        extra=[b"<</Type/Filespec/F(rent.csv)/UF(rent.csv)/EF<</F 8 0 R>>>>", FILE],
    )
    assert attached(body) == ({"rent.csv": b"year,rent"}, {})
    found, remarks = attached(body, room=Room(depth=0, members=1, size=1))
    assert (found, remarks) == ({}, {("not_opened", ""): []})


def test_files_attached_to_a_page_come_out_too_also_when_it_is_flattened():
    body = annotated(
        note("FileAttachment", "/FS<</Type/Filespec/F(..\\\\rent.csv)/EF<</F 9 0 R>>>>"),
        note("FreeText", "/Contents(x)"),
        extra=(FILE,),
    )
    found, _ = attached(body)
    assert list(found.values()) == [b"year,rent"]
    assert all(".." not in path for path in found)


def test_a_file_that_is_not_there_is_said():
    body = pdf([PAGE], catalogue=NAMED, extra=[b"<</Type/Filespec/F(rent.csv)/EF<<>>>>"])
    assert attached(body) == ({}, {("embedded", "rent.csv"): []})


def test_page_attachments_beyond_what_is_kept_are_said(monkeypatch):
    monkeypatch.setattr("carrel.parsing.formats.pdf.MAX_KEPT_BYTES", 8)
    body = annotated(
        note("FileAttachment", "/FS<</Type/Filespec/F(rent.csv)/EF<</F 8 0 R>>>>"), extra=(FILE,)
    )
    assert attached(body) == ({}, {("embedded", "rent.csv"): []})


def test_a_form_made_by_a_program_is_said():
    body = pdf([PAGE], catalogue=b"/AcroForm<</Fields[]/XFA 7 0 R>>/NeedsRendering true",
               extra=[b"<</Length 0>>stream\n\nendstream"])  # fmt: skip
    _, remarks = read(body)
    assert ("xfa_form", "") in remarks


def test_the_limits_of_annotations_hold():
    many = annotated(*[note("Text", "/Contents(" + "x" * 20 + ")")] * 2_100)
    text, _, _ = text_and_boxes(many)
    assert text.count("Comment: ") == 2_000
