"""What presentations and OpenDocument files give: order, notes, comments, what is hidden."""

import io
import zipfile

import pytest

from carrel.domain.documents import UnitKind
from carrel.parsing import errors
from carrel.parsing.formats.base import Report, Source
from carrel.parsing.formats.odt import OdtFormat
from format_reading import read, text_of
from made_files import repacked
from made_office import A, C, P, open_document, presentation, relations, shape, slide, zipped

TABLE = (
    "<p:graphicFrame><a:graphic><a:graphicData><a:tbl>"
    "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>Year</a:t></a:r></a:p></a:txBody></a:tc>"
    "<a:tc><a:txBody><a:p><a:r><a:t>Rent</a:t></a:r></a:p></a:txBody></a:tc></a:tr>"
    "<a:tr><a:tc><a:txBody><a:p><a:r><a:t>2025</a:t></a:r></a:p></a:txBody></a:tc>"
    "<a:tc><a:txBody><a:p><a:r><a:t>1,200</a:t></a:r></a:p></a:txBody></a:tc></a:tr>"
    "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
)

# ── PowerPoint ──────────────────────────────────────────────────────────────


def test_a_slide_is_a_unit_with_its_title_first_and_tables_as_rows():
    body = presentation(
        [slide(shape("Below"), shape("Costs", kind="title"), TABLE), slide(shape("No title"))]
    )
    units, found = read(body)
    assert [unit.kind for unit in units] == [UnitKind.SLIDE] * 2
    assert units[0].text == "Costs\nBelow\nYear\tRent\n2025\t1,200"
    assert [unit.label for unit in units] == ["Costs", ""]
    # Without a heading of its own, slide 2 would be cited under “Costs”.
    assert [heading.text for heading in units[1].headings] == ["Slide 2"]
    assert not found


def test_slides_come_in_the_order_they_are_shown():
    body = presentation([slide(shape("A")), slide(shape("B"))])
    turned = repacked(
        body,
        {
            "ppt/_rels/presentation.xml.rels": relations(
                ("s1", "slide", "slides/slide2.xml"), ("s2", "slide", "slides/slide1.xml")
            ).encode()
        },
    )
    assert [unit.text for unit in read(turned)[0]] == ["B", "A"]


def test_notes_and_comments_stand_under_their_slide():
    notes = slide(shape("7", kind="sldNum"), shape("Say it slowly.", kind="body"))
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("n", "notesSlide", "../notesSlides/n1.xml"), ("c", "comments", "../comments/c1.xml")
        ),
        "ppt/notesSlides/n1.xml": notes,
        "ppt/comments/c1.xml": f'<p:cmLst xmlns:p="{P}"><p:cm authorId="3"><p:text>Source?'
        "</p:text></p:cm></p:cmLst>",
        "ppt/commentAuthors.xml": f'<p:l xmlns:p="{P}"><p:cmAuthor id="3" name="Ada"/></p:l>',
    }
    units, _ = read(presentation([slide(shape("Costs", kind="ctrTitle"))], parts))
    assert (
        units[0].text == "Costs\nSpeaker notes\nSay it slowly.\nComments\nComment by Ada: Source?"
    )
    assert [heading.level for heading in units[0].headings] == [2, 3, 3]


def test_a_hidden_slide_and_hidden_shapes_are_read_and_told():
    hidden = slide(
        shape("Draft", kind="title"), shape("Below", about='hidden="1"'), attributes='show="0"'
    )
    units, found = read(presentation([slide(shape("A")), hidden]))
    assert units[1].label == "Draft (hidden slide)"
    assert units[1].text == "Draft\nBelow"
    assert found == {("hidden_slides", ""): [2], ("hidden_text", ""): []}


def test_a_chart_gives_its_numbers_and_a_diagram_its_words():
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id="c"/></a:graphicData></a:graphic>'
        "</p:graphicFrame><p:graphicFrame><a:graphic><a:graphicData>"
        '<x:relIds xmlns:x="urn:x" r:dm="d"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    point = '<c:pt idx="{}"><c:v>{}</c:v></c:pt>'
    chart = (
        f'<c:chartSpace xmlns:c="{C}" xmlns:a="{A}"><c:chart><c:title><a:p><a:r><a:t>Sales</a:t>'
        "</a:r></a:p></c:title><c:ser><c:tx><c:v>North</c:v></c:tx>"
        f"<c:cat>{point.format(0, 'Q1')}{point.format(1, 'Q2')}</c:cat>"
        f"<c:val>{point.format(0, '12.5')}{point.format(1, '14')}</c:val></c:ser></c:chart>"
        "</c:chartSpace>"
    )
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("c", "chart", "/ppt/charts/c.xml"), ("d", "diagramData", "../diagrams/d.xml")
        ),
        "ppt/charts/c.xml": chart,
        "ppt/diagrams/d.xml": f'<d xmlns:a="{A}"><a:p><a:r><a:t>Plan</a:t></a:r></a:p></d>',
    }
    assert read(presentation([slide(frame)], parts))[0][0].text == (
        "Chart: Sales\n\tNorth\nQ1\t12.5\nQ2\t14\nPlan"
    )


def test_embedded_files_are_named_and_links_out_are_left_alone():
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData><p:oleObj name="Worksheet" r:id="o"/>'
        '<c:chart r:id="x"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    outside = relations(("o", "package", "../embeddings/a.xlsx")).replace(
        "</Relationships>",
        '<Relationship Id="x" Type="x/chart" TargetMode="External" Target="ppt/secret.xml"/>'
        "</Relationships>",
    )
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": outside,
        "ppt/secret.xml": f'<c xmlns:a="{A}"><chart><title><a:p><a:t>no</a:t></a:p></title>'
        "</chart></c>",
    }
    units, found = read(presentation([slide(shape("A"), frame)], parts))
    assert units[0].text == "A"
    assert found == {("embedded", "a.xlsx"): []}


def test_a_damaged_slide_keeps_its_number_and_is_told():
    body = repacked(
        presentation([slide(shape(word)) for word in "ABC"]), {"ppt/slides/slide2.xml": b"\0\1"}
    )
    units, found = read(body)
    assert [unit.text for unit in units] == ["A", "", "C"]
    assert found[("damaged_slides", "")] == [2]


def test_a_slide_of_pictures_is_told_and_a_described_picture_is_read():
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="3" name="x" descr="{}"/></p:nvPicPr></p:pic>'
    units, found = read(
        presentation(
            [
                slide(picture.format("IMG 1.png")),
                slide(picture.format("A map of the site, north up")),
            ]
        )
    )
    assert [unit.text for unit in units] == ["", "Picture: A map of the site, north up"]
    assert found == {("picture_slides", ""): [1]}


def test_sections_of_a_presentation_are_headings_above_its_slides():
    names = (
        '<x:sectionLst xmlns:x="urn:x"><x:section name="Results"><x:sldIdLst><x:sldId id="256"/>'
        "</x:sldIdLst></x:section></x:sectionLst>"
    )
    (unit,), _ = read(presentation([slide(shape("Costs", kind="title"))], sections=names))
    assert [(heading.level, heading.text) for heading in unit.headings] == [
        (1, "Results"),
        (2, "Costs"),
    ]


def test_properties_come_last_under_a_heading_of_their_own():
    about = '<x xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Ada</dc:creator></x>'
    units, _ = read(presentation([slide(shape("A"))], {"docProps/core.xml": about}))
    assert (units[-1].label, units[-1].text) == ("Document properties", "Author: Ada")
    assert units[-1].headings[0].text == "Document properties"


@pytest.mark.parametrize(
    "part", ["ppt/presentation.xml", "ppt/slides/slide1.xml", "docProps/core.xml"]
)
def test_entities_in_any_part_of_a_presentation_are_refused(part):
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    body = presentation([slide(shape("A"))], {"docProps/core.xml": "<x/>"})
    with pytest.raises(errors.Bomb):
        read(repacked(body, {part: bomb}))


# ── OpenDocument ────────────────────────────────────────────────────────────


def test_a_text_gives_headings_lists_tables_and_typed_blanks():
    body = open_document(
        "text",
        '<text:h text:outline-level="1">Terms</text:h><text:p>Paid<text:s text:c="3"/>in'
        " \n <text:span>euros</text:span><text:tab/>only.</text:p>"
        "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Year"
        "</text:p></table:table-cell><table:table-cell><text:p>Rent</text:p></table:table-cell>"
        "</table:table-row></table:table-header-rows>"
        '<table:table-row table:number-rows-repeated="9">'
        "<table:table-cell><text:p>2025</text:p></table:table-cell><table:table-cell>"
        "<text:p>1,200</text:p></table:table-cell></table:table-row></table:table>"
        '<text:h text:outline-level="2">Dates</text:h><text:p>1 May</text:p>',
    )
    units, _ = read(body)
    assert [unit.label for unit in units] == ["Terms", "Dates"]
    assert units[0].text == "Terms\nPaid   in euros\tonly.\none\nYear\tRent\n2025\t1,200"


def test_notes_comments_and_boxes_of_a_text_are_read_deletions_are_not():
    body = open_document(
        "text",
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        '<text:p>Kept<text:note text:note-class="footnote"><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>See annex.</text:p></text:note-body>"
        "</text:note><office:annotation><dc:creator>Ada</dc:creator><text:p>Check.</text:p>"
        "</office:annotation> text.<draw:frame><draw:text-box><text:p>in a box</text:p>"
        "</draw:text-box></draw:frame></text:p>",
        {"styles.xml": "<x><style:header><text:p>Draft 3</text:p></style:header></x>",
         "meta.xml": "<x><dc:title>Lease</dc:title></x>"},
    )  # fmt: skip
    units, found = read(body)
    assert [(unit.label, unit.text) for unit in units] == [
        ("", "Kept[1] text.\nin a box"),
        ("Footnotes", "[1] See annex."),
        ("Comments", "Comment by Ada: Check."),
        ("Headers and footers", "Draft 3"),
        ("Document properties", "Title: Lease"),
    ]
    assert found == {("tracked_changes", ""): []}


def test_hidden_letters_and_embedded_objects_of_a_text_are_told():
    body = open_document(
        "text",
        '<office:automatic-styles><style:style style:name="T1"><style:text-properties '
        'text:display="none"/></style:style></office:automatic-styles><text:p>A<draw:frame>'
        '<draw:object xlink:href="./Object 1"/></draw:frame><draw:frame>'
        '<draw:object xlink:href="./Object 2"/></draw:frame></text:p>',
        {"Object 1/content.xml": "<x><math:math><math:mi>x</math:mi><math:mo>=</math:mo>"
         "<math:mn>1</math:mn></math:math></x>"},
    )  # fmt: skip
    units, found = read(body)
    assert units[0].text == "A\nx=1"
    assert found == {("hidden_text", ""): [], ("embedded", "Object 2"): []}


def test_blanks_that_claim_to_be_millions_stay_few():
    body = open_document("text", '<text:p>a<text:s text:c="99999999"/>b</text:p>')
    assert len(text_of(body)) < 300


def test_slides_of_an_open_presentation_are_units_with_notes():
    body = open_document(
        "presentation",
        '<office:automatic-styles><style:style style:name="dp2"><style:drawing-page-properties '
        'presentation:visibility="hidden"/></style:style></office:automatic-styles>'
        '<draw:page><draw:frame><draw:text-box><text:p>Body</text:p></draw:text-box></draw:frame>'
        '<draw:frame presentation:class="title"><draw:text-box><text:p>Costs</text:p>'
        "</draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box>"
        "<text:p>Slowly.</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
        '<draw:page draw:style-name="dp2"><draw:frame><draw:image/></draw:frame></draw:page>',
    )  # fmt: skip
    units, found = read(body)
    assert [unit.kind for unit in units] == [UnitKind.SLIDE] * 2
    assert units[0].text == "Costs\nBody\nSpeaker notes\nSlowly."
    assert [unit.label for unit in units] == ["Costs", "(hidden slide)"]
    assert found == {("hidden_slides", ""): [2], ("picture_slides", ""): [2]}


def test_a_password_on_an_open_document_is_named():
    manifest = {"META-INF/manifest.xml": "<m><manifest:encryption-data/></m>"}
    with pytest.raises(errors.Encrypted):
        read(open_document("text", "<text:p>x</text:p>", manifest))


def test_an_open_document_that_breaks_off_gives_what_came_before():
    body = open_document("text", "<text:p>First.</text:p><text:h>Next</text:h><text:p>x</text:p>")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        content = archive.read("content.xml")
    cut = repacked(body, {"content.xml": content[: content.rindex(b"<text:p>") + 8]})
    units = OdtFormat().units(Source(body=cut, name="a", kind="odt"), Report())
    assert next(units).text == "First."
    with pytest.raises(errors.Damaged):
        list(units)


def test_an_open_document_without_content_is_damaged_and_an_empty_one_empty():
    with pytest.raises(errors.Damaged):
        read(zipped({"mimetype": "application/vnd.oasis.opendocument.text"}))
    with pytest.raises(errors.EmptyFile):
        read(open_document("text", "<text:p/>"))
