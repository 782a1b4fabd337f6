"""What every format promises, asked of each with real files; then what each promises alone."""

import io
import time
import zipfile

import docx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.domain.documents import Room, UnitKind
from carrel.domain.errors import ParseError
from carrel.language.passages import split_passages
from carrel.parsing import errors
from carrel.parsing.boxes import line_boxes, pack_boxes
from format_reading import attached, read, text_of
from made_files import encrypted_pdf, lines, mail, pdf, repacked, scan, word
from made_office import open_document, presentation, shape, slide, zipped


def some_mail() -> bytes:
    message = mail(Subject="Lease")
    message.set_content("The rent is 1,200 a month.\n")
    message.add_attachment("year,rent\n2024,1100\n2025,1200\n", "csv", filename="rent.csv")
    message.add_attachment(b"\x89PNG", "image", "png", filename="plan.png")
    return message.as_bytes()


SAMPLES = {
    "pdf": pdf([lines("First page."), lines("Second page.")]),
    "docx": word(("Heading 1", "Terms"), "Paid in euros.", rows=[["a", "b"], ["1", "2"]]),
    "txt": b"One line.\nAnother.\n",
    "md": b"# Title\n\nSome *text*.\n",
    "py": b"def f():\n    return 1\n",
    "html": b"<!doctype html><title>T</title><h1>Top</h1><p>Words &amp; more.</p>",
    "csv": b"name;age\nAnna;34\nBert;29\n",
    "eml": some_mail(),
    "pptx": presentation([slide(shape("Costs", kind="title"), shape("They fell."))]),
    "rtf": rb"{\rtf1\ansi{\fonttbl{\f0 Times;}}\f0 Gr\'fc\'dfe \u8364?\par {\b Two}\par}",
    "epub": zipped(
        {
            "mimetype": "application/epub+zip",
            "a.opf": '<package><manifest><item id="a" href="a.html"/></manifest><spine>'
            '<itemref idref="a"/></spine></package>',
            "a.html": "<h1>One</h1><p>Some words.</p>",
        }
    ),
    "mht": b"From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    b"<h1>Top</h1><p>Some words.</p>",
    "mbox": (b"From a@b Mon Jun 01 04:28:28 2009\n" + some_mail() + b"\n\n") * 2,
    "vcf": b"BEGIN:VCARD\nFN:Ada\nTEL;HOME:1\nEND:VCARD\n",
    "json": b'{"rents": [{"year": 2025, "rent": 1200}]}\n',
    "yaml": b"rents:\n  - year: 2025\n    rent: 1200\n",
    "xml": b"<?xml version='1.0'?>\n<rents><year n='1'>2025</year></rents>\n",
    "odt": open_document("text", "<text:h>Terms</text:h><text:p>Paid in euros.</text:p>"),
    "odp": open_document(
        "presentation",
        "<draw:page><draw:frame><draw:text-box><text:p>Costs</text:p></draw:text-box></draw:frame>"
        "</draw:page>",
    ),
}


@pytest.mark.parametrize("suffix", SAMPLES)
def test_units_have_text_labels_and_boxes_in_step(suffix):
    units, _ = read(SAMPLES[suffix], f"sample.{suffix}")
    assert units
    for unit in units:
        unit.text.encode("utf-8")
        assert "\0" not in unit.text + unit.label
        assert unit.boxes is None or unit.boxes.shape == (len(unit.text), 4)
        assert all(0 <= heading.start < max(len(unit.text), 1) for heading in unit.headings)
        covered = "".join(
            unit.text[span.start : span.end]
            for span in split_passages(unit.text, headings=unit.headings)
        )
        assert "".join(covered.split()) == "".join(unit.text.split())


@pytest.mark.parametrize("suffix", SAMPLES)
def test_reading_twice_gives_the_same_text(suffix):
    first, second = (read(SAMPLES[suffix], f"sample.{suffix}")[0] for _ in range(2))
    assert [unit.text for unit in first] == [unit.text for unit in second]


@pytest.mark.parametrize("suffix", SAMPLES)
@given(data=st.data())
@settings(max_examples=25)
def test_damaged_bytes_end_in_units_or_in_a_named_error(suffix, data):
    body = bytearray(SAMPLES[suffix])
    for _ in range(data.draw(st.integers(1, 12))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(body)), st.integers(0, len(body))))
    try:
        units, _ = read(bytes(body[:cut]), f"sample.{suffix}")
    except ParseError:
        return
    assert all(unit.boxes is None or len(unit.boxes) == len(unit.text) for unit in units)


# ── PDF ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (50.0, 100.0, 450.0, 800.0)])
def test_boxes_lie_where_the_page_shows_the_letters(rotate, crop):
    # “X” at (100, 700) in user space, 20 points large.
    body = pdf([lines("X", x=100, y=700, size=20)], crop=crop, rotate=rotate)
    (unit,), _ = read(body)
    left, bottom, right, top = crop or (0.0, 0.0, 595.0, 842.0)
    expected = {
        0: (100 - left, top - 700),
        90: (700 - bottom, 100 - left),
        180: (right - 100, 700 - bottom),
        270: (top - 700, right - 100),
    }[rotate]
    x0, y0, x1, y1 = unit.boxes[0].tolist()
    assert x0 - 6 <= expected[0] <= x1 + 6
    assert y0 - 6 <= expected[1] <= y1 + 6
    sides = (right - left, top - bottom)
    assert (unit.width, unit.height) == (sides if rotate % 180 == 0 else sides[::-1])


def test_lines_end_with_a_line_feed_that_has_no_place():
    (unit,), _ = read(pdf([lines("Net sales", "32,765")]))
    assert unit.text == "Net sales\n32,765"
    assert np.isnan(unit.boxes[9]).all()
    assert len(line_boxes(pack_boxes(unit.boxes), 0, len(unit.text))) == 2


def test_letters_off_the_page_are_not_read():
    (unit,), _ = read(pdf([lines("Seen.") + lines("Hidden.", x=700)]))
    assert unit.text == "Seen."


def test_page_labels_are_read():
    body = pdf(
        [lines("a"), lines("b"), lines("c")],
        catalogue=b"/PageLabels<</Nums[0<</S/r>>2<</S/D/St 7>>]>>",
    )
    assert [unit.label for unit in read(body)[0]] == ["i", "ii", "7"]


def test_large_and_bold_lines_are_headings():
    page = lines("Liquidity", size=24, y=780) + lines(*["Plain words go here."] * 8, y=700)
    page += lines("Debt", font="F2", y=500) + lines("More plain words.", y=480)
    (unit,), _ = read(pdf([page]))
    assert [heading.text for heading in unit.headings] == ["Liquidity", "Debt"]
    assert unit.heading_line == "Liquidity Debt"


def test_running_titles_are_no_headings():
    pages = [
        lines("ANNUAL REPORT 2025", size=20, y=800) + lines(f"Chapter {n}", size=18, y=700)
        + lines("Words and words and words.", y=600)
        for n in "ABCDEF"
    ]  # fmt: skip
    units, _ = read(pdf(pages))
    assert units[5].heading_line == "Chapter F"


def test_a_scanned_page_is_told():
    units, found = read(scan())
    assert [unit.text for unit in units] == [""]
    assert found == {("picture_pages", ""): [1]}


def test_a_missing_trailer_is_repaired():
    body = pdf([lines(f"Page {n}.") for n in range(5)])
    cut = body[: body.rindex(b"xref\n0")]
    units, found = read(cut)
    assert [unit.text for unit in units] == [f"Page {n}." for n in range(5)]
    assert ("repaired", "") in found


def test_a_password_is_named():
    with pytest.raises(errors.Encrypted):
        read(encrypted_pdf())


@pytest.mark.parametrize("body", [b"%PDF-1.7\nnothing", b"%PDF-1.4\n" + bytes(range(256)) * 9])
def test_no_document_in_a_pdf_is_damage(body):
    with pytest.raises(errors.Damaged):
        read(body)


# ── Word ────────────────────────────────────────────────────────────────────


def with_part(name: str, inner: str, body: bytes = SAMPLES["docx"]) -> bytes:
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return repacked(body, {name: f"<w:x {namespace}>{inner}</w:x>".encode()})


def document(inner: str, body: bytes = SAMPLES["docx"]) -> bytes:
    """A Word file whose body is the XML given."""
    namespaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    xml = f"<w:document {namespaces}><w:body>{inner}</w:body></w:document>"
    return repacked(body, {"word/document.xml": xml.encode()})


def paragraph(*runs: str) -> str:
    return "<w:p>" + "".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def test_headings_begin_sections_and_tables_are_lines():
    body = word(
        "Preamble.", ("Heading 1", "Terms"), "Paid in euros.", ("Heading 3", "Detail"), "Small.",
        ("Heading 2", "Dates"), rows=[["Due", "Sum"], ["1 May", "1,200"]],
    )  # fmt: skip
    units, _ = read(body)
    assert [unit.label for unit in units] == ["", "Terms", "Dates"]
    assert units[1].text == "Terms\nPaid in euros.\nDetail\nSmall."
    assert [heading.level for heading in units[1].headings] == [1, 3]
    assert units[2].text == "Dates\nDue\tSum\n1 May\t1,200"


def test_insertions_controls_and_text_boxes_are_read_deletions_are_not():
    inner = (
        "<w:p><w:ins><w:r><w:t>added </w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText>"
        "</w:r></w:del><w:r><w:t>kept</w:t><w:tab/><w:t>end</w:t></w:r></w:p>"
        f"<w:sdt><w:sdtContent>{paragraph('in a control')}</w:sdtContent></w:sdt>"
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>"
        f"{paragraph('in a box')}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f"<w:txbxContent>{paragraph('in a box')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert text_of(document(inner)) == "added kept\tend\nin a control\nin a box"


def test_footnotes_comments_and_margins_follow_the_body():
    body = with_part("word/footnotes.xml", f"<w:footnote>{paragraph('See annex.')}</w:footnote>")
    body = with_part(
        "word/comments.xml",
        f'<w:comment w:author="Ada">{paragraph("Check this.")}</w:comment>',
        body,
    )
    body = with_part("word/header1.xml", paragraph("Draft 3"), body)
    units, _ = read(with_part("word/header2.xml", paragraph("Draft 3"), body))
    assert [(unit.label, unit.text) for unit in units[1:]] == [
        ("Footnotes", "[1] See annex."),
        ("Comments", "Comment by Ada: Check this."),
        ("Headers and footers", "Draft 3"),
    ]


def test_a_zip_bomb_is_refused_before_it_is_inflated():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        archive.writestr("[Content_Types].xml", "x")
        with archive.open("word/document.xml", "w") as member:
            for _ in range(300):
                member.write(bytes(1 << 20))
    with pytest.raises(errors.Bomb):
        read(out.getvalue())


def test_a_member_that_lies_about_its_size_is_stopped():
    body = document(paragraph("x" * 50_000))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    lie = body.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with pytest.raises((errors.Bomb, errors.Damaged)):
        read(lie)


def test_an_entity_bomb_is_refused():
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(errors.Bomb):
        read(repacked(SAMPLES["docx"], {"word/document.xml": bomb}))


def test_too_many_members_are_refused():
    out = io.BytesIO(SAMPLES["docx"])
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"word/{number}", "")
    with pytest.raises(errors.Bomb):
        read(out.getvalue())


def test_an_empty_word_file_is_empty():
    out = io.BytesIO()
    docx.Document().save(out)
    with pytest.raises(errors.EmptyFile):
        read(out.getvalue())


# ── text ────────────────────────────────────────────────────────────────────


def test_units_of_text_name_the_lines_an_editor_shows():
    body = "\n".join(f"line {number}" for number in range(1, 451)).encode()
    units, _ = read(body, "a.txt")
    assert [unit.label for unit in units] == ["lines 1–200", "lines 201–400", "lines 401–450"]
    assert units[1].text.startswith("line 201\n")
    assert {unit.kind for unit in units} == {UnitKind.LINES}


def test_an_endless_line_is_cut_into_units_of_the_same_line():
    units, _ = read(b"word " * 20_000, "a.txt")
    assert len(units) == 5
    assert {unit.label for unit in units} == {"line 1"}


def test_markdown_headings_are_found_outside_code():
    body = b"# One\n\ntext\n\n```\n# no heading\n```\n\n## Two ##\n\nmore\n"
    (unit,), _ = read(body, "a.md")
    found = [(unit.text[heading.start], heading.level, heading.text) for heading in unit.headings]
    assert found == [("#", 1, "One"), ("#", 2, "Two")]


# ── web pages ───────────────────────────────────────────────────────────────


def test_only_what_a_reader_sees_is_read():
    body = (
        b"<!doctype html><head><title>T</title><style>p{}</style></head><body><script>x()</script>"
        b"<p>Seen <b>bold</b>\n words<br>next</p><p hidden>not</p><noscript>no</noscript>"
        b"<template>no</template><pre>a  b\n  c</pre></body>"
    )
    assert text_of(body) == "Seen bold words\nnext\na  b\n  c"


def test_headings_of_a_page_begin_sections_and_rows_are_lines():
    body = (
        b"<html><title>Report</title><p>Intro</p><h1>One <i>more</i></h1><table><tr><th>a<th>b"
        b"<tr><td><p>1</p><td>2</table><h2>Two</h2><ul><li>x<li>y</ul>"
    )
    units, _ = read(body)
    assert [unit.label for unit in units] == ["Report", "One more", "Two"]
    assert units[1].text == "One more\na\tb\n1\t2"
    assert units[2].text == "Two\nx\ny"


def test_the_declared_charset_of_a_page_counts():
    body = "<html><meta charset=iso-8859-2><p>Příliš žluťoučký".encode("iso8859-2")
    assert text_of(body) == "Příliš žluťoučký"


def test_deep_nesting_does_not_hurt():
    assert "deep" in text_of(b"<html>" + b"<div>" * 1_500 + b"deep")
    assert "deep" in text_of(b"<html>" + b"<p>unclosed" * 30_000 + b"<li>deep")
    with pytest.raises(errors.TooNested):
        read(b"<html><p>top</p>" + b"<b>" * 100_000 + b"deep", "a.html")


# ── tables ──────────────────────────────────────────────────────────────────


def test_each_row_says_what_its_cells_mean():
    units, _ = read(b'name;note;age\nAnna;"likes; ""this""\n and that";34\nBert;;29\n', "a.csv")
    assert units[0].label == "rows 1–3"
    assert units[0].kind is UnitKind.SHEET
    assert units[0].text.split("\n") == [
        "name\tnote\tage",
        'name: Anna; note: likes; "this" and that; age: 34',
        "name: Bert; age: 29",
    ]


def test_a_table_of_numbers_has_no_header():
    assert text_of(b"1,2,3\n4,5,6\n7,8,9\n", "a.csv") == "1\t2\t3\n4\t5\t6\n7\t8\t9"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(mark):
    rows = [["city", "people, in millions"], ["Rome", "2.8"], ["Bonn", "0.3"]]
    body = "\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
    assert "city: Bonn; people, in millions: 0.3" in text_of(body.encode(), "a.csv")


def test_long_tables_are_blocks_of_rows():
    body = "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(1, 500))
    units, _ = read(body.encode(), "a.csv")
    assert [unit.label for unit in units] == ["rows 1–200", "rows 201–400", "rows 401–500"]
    assert units[2].text.endswith("n: 499; square: 249001")


@pytest.mark.parametrize("rows", [3, 600, 2_000, 300_000])
def test_an_unclosed_quotation_mark_costs_its_row_not_the_table(rows):
    units, found = read(b'a,b\n1,"two\n' + b"x,y\n" * rows, "a.csv")
    text = "\n".join(unit.text for unit in units)
    if rows <= 600:  # so many lines may be one cell
        assert text.count("x,y") == rows
        assert found == {}
    else:
        assert text.startswith('a\tb\na: 1; b: "two\na: x; b: y\n')
        assert text.count("a: x; b: y") == rows
        assert ("unclosed_quote", "") in found


def test_a_table_of_nothing_but_unclosed_quotation_marks_is_read_in_time():
    began = time.process_time()
    units, _ = read(b"a,b\n" + b'"x,y\n' * 60_001, "a.csv")
    assert sum(unit.text.count("x") for unit in units) == 60_001
    assert time.process_time() - began < 10


# ── mail ────────────────────────────────────────────────────────────────────


def test_a_mail_is_its_fields_its_body_and_the_names_of_its_attachments():
    units, found = read(some_mail())
    assert [unit.label for unit in units] == ["Lease", "Lease"]
    assert units[0].text.split("\n") == [
        "From: a@example.org",
        "To: b@example.org",
        "Subject: Lease",
        "Attachments: rent.csv; plan.png",
    ]
    assert units[1].text == "The rent is 1,200 a month."
    assert found == {}


def test_attachments_are_documents_of_their_own_bit_by_bit():
    found, remarks = attached(some_mail())
    assert found == {"rent.csv": b"year,rent\n2024,1100\n2025,1200\n", "plan.png": b"\x89PNG"}
    assert remarks == {}


def test_attachments_of_mails_that_lie_too_deep_are_said():
    found, remarks = attached(some_mail(), room=Room(depth=0, members=9, size=999))
    assert (found, list(remarks)) == ({}, [("not_opened", "")])


def test_signatures_sealed_parts_and_pictures_in_the_text_are_said_not_listed():
    message = mail(Subject="x")
    message.set_content("plain")
    message.add_attachment(b"x", "application", "pkcs7-signature", filename="smime.p7s")
    message.add_attachment(b"x", "application", "pkcs7-mime", filename="smime.p7m")
    message.add_attachment(
        b"x", "image", "png", filename="logo.png", disposition="inline", cid="<1@x>"
    )
    found, remarks = attached(message.as_bytes())
    assert found == {}
    assert list(remarks) == [
        ("signature", ""), ("sealed_mail", ""), ("inline_picture", "logo.png"),
    ]  # fmt: skip


def test_a_delivery_report_is_attached_as_text():
    body = (
        b"From: a@b.c\nTo: d@e.f\nSubject: Undelivered\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/report; boundary="x"\n\n--x\n\nIt failed.\n--x\n'
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; m.example\n\n"
        b"Final-Recipient: rfc822; d@e.f\nStatus: 5.1.1\n\n--x--\n"
    )
    found, remarks = attached(body)
    assert remarks == {}
    (text,) = found.values()
    assert b"Reporting-MTA: dns; m.example" in text
    assert b"Status: 5.1.1" in text


def test_names_of_attachments_cannot_point_anywhere():
    message = mail(Subject="x")
    message.set_content("plain")
    message.add_attachment(b"x", "application", "x", filename="../../etc/passwd")
    assert list(attached(message.as_bytes())[0]) == [".._.._etc_passwd"]


def test_of_two_forms_of_a_body_the_plain_one_is_read():
    message = mail(Subject="x")
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    assert read(message.as_bytes())[0][1].text == "plain"


def test_a_body_in_html_becomes_text():
    message = mail(Subject="x")
    message.set_content("<p>Dear&nbsp;all,<p>it is <b>done</b>.", subtype="html")
    assert read(message.as_bytes())[0][1].text == "Dear all,\nit is done."


def test_a_mail_in_a_mail_is_a_document_of_its_own():
    outer = mail(Subject="Fwd")
    outer.set_content("see below")
    inner = mail(Subject="Original")
    inner.set_content("the words")
    outer.add_attachment(inner)
    found, _ = attached(outer.as_bytes())
    assert list(found) == ["Original.eml"]
    units, _ = read(found["Original.eml"])
    assert [unit.text for unit in units][-1] == "the words"
    assert units[0].text.startswith("From: a@example.org")


@pytest.mark.parametrize(
    "field",
    ["charset=no-such-set", 'charset="x-unknown"; format=flowed', "charset=", "charset=zip"],
)
def test_an_unknown_charset_still_gives_text(field):
    head = b"From: a@b.c\nTo: d@e.f\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/plain; "
    body = head + field.encode() + b"\n\nGr\xfc\xdfe aus K\xf6ln, es war sehr sch\xf6n bei euch.\n"
    assert "Grüße aus Köln" in text_of(body)


def test_a_date_beyond_the_calendar_is_kept_as_it_stands():
    body = b"From: a@b.c\nTo: d@e.f\nSubject: x\nDate: Sun, 8 May 2005 14.1115579351471--\n\nhi\n"
    assert "14.1115579351471" in text_of(body)


def test_broken_fields_do_not_stop_a_mail():
    body = (
        b"From: =?utf-8?q?broken\nTo: <<>>@,;:\nDate: never\nSubject: =?x-what?b?/w==?= \xfc\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: ;;;\n\nfound me\n--b--\n"
    )
    assert "found me" in text_of(body)
