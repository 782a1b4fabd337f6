"""Pictures inside documents come out as documents, so that their words can be recognised."""

import base64
import io
from email.message import EmailMessage
from functools import cache

import numpy as np
import openpyxl
import openpyxl.drawing.image
import pytest
from PIL import Image

from carrel.domain.documents import Room
from carrel.parsing.formats import inner_pictures
from carrel.parsing.pictures import MAX_PIXELS
from format_reading import attached, read, text_of
from made_files import repacked, word
from made_office import A, R, open_document, presentation, relations, shape, slide, zipped

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
NEWER = "http://schemas.microsoft.com/office/drawing/2014/chartex"
EMF = b"\x01\0\0\0" + b"\0" * 36 + b" EMF" + b"\0" * 200


@cache
def shot(seed: int = 1, form: str = "PNG", size: tuple[int, int] = (240, 100)) -> bytes:
    """A picture like no other."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0]), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, form)
    return out.getvalue()


def in_word(body: str, pictures: dict[str, bytes], **parts: str) -> bytes:
    """A Word file. Each picture is related to as its name; so is each part, as a chart."""
    found = [(name, "image", f"media/{name}") for name in pictures]
    found += [(name, "chart", f"charts/{name}.xml") for name in parts]
    document = (
        f'<w:document xmlns:w="{W}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:r="{R}" xmlns:c="{CHART}"'
        f' xmlns:cx="{NEWER}" xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{body}</w:body>'
        "</w:document>"
    )
    return repacked(
        word("x"),
        {
            "word/document.xml": document.encode(),
            "word/_rels/document.xml.rels": relations(*found).encode(),
            **{f"word/media/{name}": picture for name, picture in pictures.items()},
            **{f"word/charts/{name}.xml": text.encode() for name, text in parts.items()},
        },
    )


def drawn(name: str, about: str = "") -> str:
    """A paragraph with a picture."""
    return (
        f'<w:p><w:r><w:t>See here.</w:t><w:drawing><wp:inline><wp:docPr id="1" descr="{about}"/>'
        f'<a:graphic><a:blip r:embed="{name}"/></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


# ── where pictures lie ──────────────────────────────────────────────────────


def test_pictures_of_a_word_document_come_out_in_the_order_in_which_they_are_seen():
    body = in_word(
        drawn("b.png") + '<w:p><w:r><w:pict><v:imagedata r:id="a.jpg"/></w:pict></w:r></w:p>',
        {"a.jpg": shot(1, "JPEG"), "b.png": shot(2), "never shown.png": shot(3)},
    )
    found, remarks = attached(body, "lease.docx")
    assert found == {
        "lease.docx › picture 1.png": shot(2),
        "lease.docx › picture 2.jpg": shot(1, "JPEG"),
    }
    assert remarks == {("pictures_inside", "2"): []}


def test_the_looks_of_an_embedded_object_and_stand_ins_are_not_taken():
    body = in_word(
        '<w:p><w:r><w:object><v:shape><v:imagedata r:id="a.png"/></v:shape></w:object>'
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice/><mc:Fallback><a:blip r:embed="b.png"/></mc:Fallback></mc:AlternateContent>'
        "<w:t>Words</w:t></w:r></w:p>",
        {"a.png": shot(1), "b.png": shot(2)},
    )
    assert attached(body) == ({}, {})


def test_what_a_picture_shows_is_read_after_its_paragraph():
    about = "A map of the site&#10;&#10;Description automatically generated"
    assert text_of(in_word(drawn("a.png", about), {"a.png": shot()})) == (
        "See here.\nPicture: A map of the site"
    )


def test_pictures_of_slides_say_their_slide_and_fill_shapes_and_the_ground_too():
    ground = '<p:bg><p:bgPr><a:blipFill><a:blip r:embed="g"/></a:blipFill></p:bgPr></p:bg>'
    picture = (
        '<p:pic><p:nvPicPr><p:cNvPr id="3" name="x"/></p:nvPicPr><p:blipFill>'
        '<a:blip r:embed="p"/></p:blipFill></p:pic>'
    )
    second = slide(picture).replace("<p:spTree>", f"{ground}<p:spTree>")
    body = presentation(
        [slide(shape("Words")), second],
        {
            "ppt/slides/_rels/slide2.xml.rels": relations(
                ("p", "image", "../media/p.png"), ("g", "image", "../media/g.jpeg")
            )
        },
    )
    body = repacked(body, {"ppt/media/p.png": shot(1), "ppt/media/g.jpeg": shot(2, "JPEG")})
    found, remarks = attached(body, "deck.pptx")
    assert found == {
        "deck.pptx › slide 2, picture 1.jpg": shot(2, "JPEG"),
        "deck.pptx › slide 2, picture 2.png": shot(1),
    }
    assert remarks == {("pictures_inside", "2"): [], ("pictured_slides", ""): [2]}


def test_pictures_of_open_documents_come_out_once_in_the_form_that_can_be_recognised():
    frame = (
        '<draw:frame><draw:image xlink:href="Pictures/{}"/>'
        '<draw:image xlink:href="Pictures/{}"/></draw:frame>'
    )
    pictures = {"Pictures/a.svg": b"<svg/>", "Pictures/a.png": shot(1), "Pictures/b.svg": b"<svg/>"}
    text = f"<text:p>Words {frame.format('a.svg', 'a.png')}</text:p>"
    found, _ = attached(repacked(open_document("text", text), pictures), "a.odt")
    assert found == {"a.odt › picture 1.png": shot(1)}
    slides = (
        f"<draw:page>{frame.format('a.png', 'a.svg')}</draw:page>"
        f"<draw:page>{frame.format('b.svg', 'b.svg')}</draw:page>"
    )
    found, remarks = attached(
        repacked(open_document("presentation", slides), pictures | {"Pictures/b.svg": EMF}), "a.odp"
    )
    assert found == {"a.odp › slide 1, picture 1.png": shot(1)}
    assert remarks == {
        ("vector_slides", ""): [2],
        ("pictures_inside", "1"): [],
        ("pictured_slides", ""): [1],
        ("picture_slides", ""): [2],
    }


def test_pictures_on_sheets_say_their_sheet():
    book_ = openpyxl.Workbook()
    book_.active.title = "Rents"
    book_.active["A1"] = "Words"
    with Image.open(io.BytesIO(shot(1))) as picture:
        book_.active.add_image(openpyxl.drawing.image.Image(picture), "B2")
        out = io.BytesIO()
        book_.save(out)
    found, _ = attached(out.getvalue(), "a.xlsx")
    assert list(found) == ["a.xlsx › Rents, picture 1.png"]
    assert Image.open(io.BytesIO(*found.values())).size == (240, 100)
    sheet = "<table:table><table:table-row/></table:table>"
    body = repacked(open_document("spreadsheet", sheet), {"Pictures/a.png": shot(1)})
    found, _ = attached(body, "a.ods")
    assert found == {"a.ods › picture 1.png": shot(1)}


def test_pictures_of_books_are_those_of_their_chapters():
    items = "".join(f'<item id="{n}" href="{n}.xhtml"/>' for n in ("one", "two"))
    body = zipped(
        {
            "mimetype": "application/epub+zip",
            "OPS/book.opf": f"<package><manifest>{items}</manifest><spine>"
            '<itemref idref="one"/><itemref idref="two"/></spine></package>',
            "OPS/one.xhtml": '<p>Words</p><img src="i/a.png"/><img src="../cover%20art.jpg"/>',
            "OPS/two.xhtml": '<svg><image xlink:href="i/b.png"/></svg><img src="https://x.org/a"/>',
        }
    )
    pictures = {"OPS/i/a.png": shot(1), "cover art.jpg": shot(2, "JPEG"), "OPS/i/b.png": shot(3)}
    found, _ = attached(repacked(body, {**pictures, "OPS/i/unused.png": shot(4)}), "a.epub")
    assert list(found.values()) == list(pictures.values())


def test_pictures_written_into_a_page_come_out_and_their_descriptions_are_read():
    written = base64.b64encode(shot(1)).decode()
    spread = "\n".join(written[at : at + 76] for at in range(0, len(written), 76))
    page = (
        f'<p>Words <img alt="The site seen from above" src="data:image/png;base64,{spread}">'
        '<img alt="Search" src="https://x.example/a.png"><img src="data:image/png;base64,%%%">'
        f'<img hidden src="data:image/png;base64,{base64.b64encode(shot(2)).decode()}"></p>'
    )
    found, remarks = attached(page.encode(), "a.html")
    assert found == {"a.html › picture 1.png": shot(1)}
    assert remarks == {("pictures_inside", "1"): [], ("broken_pictures", "1"): []}
    assert text_of(page.encode(), "a.html") == "Words [Picture: The site seen from above]"


def test_pictures_saved_with_a_page_come_out():
    mail = EmailMessage()
    mail["From"] = "<Saved by Blink>"
    mail["Snapshot-Content-Location"] = "https://x.example/"
    mail.set_content('<html><p>Words</p><img src="cid:a"></html>', subtype="html")
    mail.add_related(shot(1), "image", "png", cid="<a>")
    found, _ = attached(mail.as_bytes(), "a.mhtml")
    assert found == {"a.mhtml › picture 1.png": shot(1)}


def test_pictures_of_rich_text_come_out_of_digits_and_bytes_and_only_once():
    one, two = shot(1), shot(2, "JPEG")
    lines = b"\n".join(one.hex().encode()[at : at + 127] for at in range(0, 2 * len(one), 127))
    body = (
        rb"{\rtf1 Words{\*\shppict{\pict{\*\picprop x 8950}\picw9\pngblip{\*\blipuid 89504e47}"
        b"\n" + lines + rb"}}{\nonshppict{\pict\wmetafile8 0100}}"
        rb"{\*\unknown{\pict\pngblip " + shot(3).hex().encode() + rb"}}"
        rb"{\shp{\*\shpinst{\sp{\sn pib}{\sv{\pict\jpegblip\bin" + b"%d " % len(two) + two +
        rb"}}}}{\shprslt{\pict\wmetafile8 0100}}}{\pict\emfblip 0100} more.\par}"
    )  # fmt: skip
    found, remarks = attached(body, "a.rtf")
    assert found == {"a.rtf › picture 1.png": one, "a.rtf › picture 2.jpg": two}
    assert remarks == {("pictures_inside", "2"): [], ("vector_pictures", "1"): []}
    assert text_of(body, "a.rtf") == "Words more."


# ── what stays behind ───────────────────────────────────────────────────────


def pictured(*pictures: bytes) -> bytes:
    named = {f"{at}.png": picture for at, picture in enumerate(pictures)}
    return in_word("".join(map(drawn, named)), named)


def huge() -> bytes:
    """A PNG that claims more pixels than anything has."""
    side = int(MAX_PIXELS**0.5) + 1
    return shot(1)[:16] + side.to_bytes(4, "big") * 2 + shot(1)[24:]


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (shot(1, size=(64, 64)), "small_pictures"),
        (shot(1, size=(2_000, 12)), "small_pictures"),
        (shot(1)[:100], "small_pictures"),
        (EMF, "vector_pictures"),
        (b'<?xml version="1.0"?><svg>' + b" " * 300 + b"</svg>", "vector_pictures"),
        (b"\x1f\x8b\x08" + b"\0" * 300, "vector_pictures"),
        (b"", "broken_pictures"),
        (b"PICT of a kind nobody knows" * 20, "broken_pictures"),
        (huge(), "huge_pictures"),
    ],
)
def test_what_shows_no_words_or_cannot_be_had_is_told(picture, code):
    found, remarks = attached(pictured(picture))
    assert (found, remarks) == ({}, {(code, "1"): []})


def test_a_picture_shown_twice_comes_out_once():
    body = in_word(drawn("a.png") * 3 + drawn("b.png"), {"a.png": shot(1), "b.png": shot(1)})
    found, remarks = attached(body)
    assert list(found.values()) == [shot(1)]
    assert remarks == {("pictures_inside", "1"): [], ("small_pictures", "1"): []}


def test_extremely_many_pictures_are_cut_and_told(monkeypatch):
    monkeypatch.setattr(inner_pictures, "MAX_PICTURES", 5)
    found, remarks = attached(pictured(*map(shot, range(9))))
    assert len(found) == 5
    assert remarks == {("pictures_inside", "5"): [], ("pictures_beyond", "4"): []}
    monkeypatch.setattr(inner_pictures, "MAX_LOOKED_BYTES", len(shot(0)) + 1)
    found, remarks = attached(pictured(*map(shot, range(9))))
    assert len(found) == 2
    assert remarks[("pictures_beyond", "7")] == []


def test_pictures_of_rich_text_beyond_what_is_held_are_told(monkeypatch):
    monkeypatch.setattr("carrel.parsing.formats.rtf_pictures.MAX_HELD_BYTES", len(shot(1)) + 9)
    pict = b"".join(rb"{\pict\pngblip " + shot(n).hex().encode() + b"}" for n in (1, 2, 3))
    found, remarks = attached(rb"{\rtf1 Words" + pict + b"}", "a.rtf")
    assert list(found.values()) == [shot(1)]
    assert remarks == {("pictures_inside", "1"): [], ("broken_pictures", "2"): []}


def test_pictures_of_what_lies_too_deep_stay_and_that_is_told():
    found, remarks = attached(pictured(shot(1)), room=Room(depth=0, members=9, size=10**9))
    assert (found, remarks) == ({}, {("not_opened", ""): []})


@pytest.mark.parametrize("name", ["a/../b.docx", "C:\\x.docx", "x\u202efdp.docx", "", "n" * 900])
def test_names_of_documents_make_names_of_pictures_that_are_fit(name):
    found, remarks = attached(pictured(shot(1)), name)
    (path,) = found
    assert path.endswith("› picture 1.png")
    assert "/" not in path
    assert len(path) < 300
    assert remarks == {("pictures_inside", "1"): []}


# ── charts ──────────────────────────────────────────────────────────────────


def test_the_numbers_of_a_chart_in_a_word_document_are_read_as_a_table():
    points = '<c:pt idx="0"><c:v>{}</c:v></c:pt><c:pt idx="1"><c:v>{}</c:v></c:pt>'
    chart = (
        f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{A}"><c:chart><c:title><a:p><a:r>'
        "<a:t>Rents</a:t></a:r></a:p></c:title><c:plotArea><c:barChart><c:ser><c:tx><c:v>Berlin</c:v></c:tx><c:cat>"
        f"{points.format('2019', '2020')}</c:cat><c:val>{points.format('11.5', '12.5')}</c:val>"
        "</c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
    body = '<w:p><w:r><w:drawing><c:chart r:id="rents"/></w:drawing></w:r></w:p>'
    (unit,), _ = read(in_word(body, {}, rents=chart))
    assert unit.text == "Chart: Rents\n\tBerlin\n2019\t11.5\n2020\t12.5"


def test_the_numbers_of_a_newer_chart_are_read_though_they_stand_apart():
    chart = (
        f'<cx:chartSpace xmlns:cx="{NEWER}"><cx:chartData><cx:data id="0"><cx:strDim type="cat">'
        '<cx:lvl><cx:pt idx="0">Start</cx:pt><cx:pt idx="1">Costs</cx:pt></cx:lvl></cx:strDim>'
        '<cx:numDim type="val"><cx:lvl><cx:pt idx="0">9</cx:pt><cx:pt idx="1">-4</cx:pt></cx:lvl>'
        "</cx:numDim></cx:data></cx:chartData><cx:chart><cx:plotArea><cx:plotAreaRegion>"
        '<cx:series layoutId="waterfall"><cx:tx><cx:txData><cx:v>Cash</cx:v></cx:txData></cx:tx>'
        '<cx:dataId val="0"/></cx:series></cx:plotAreaRegion></cx:plotArea></cx:chart>'
        "</cx:chartSpace>"
    )
    body = '<w:p><w:r><w:drawing><cx:chart r:id="cash"/></w:drawing></w:r></w:p>'
    (unit,), _ = read(in_word(body, {}, cash=chart))
    assert unit.text == "\tCash\nStart\t9\nCosts\t-4"
