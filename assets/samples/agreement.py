"""Writes the sample facility agreement as a Word document with a real footnote.

Must not know what the agreement says: the text comes from source/agreement.txt.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell

_SPACE: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FOOTNOTES: Final = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:footnotes xmlns:w="{space}">
<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>
<w:footnote w:type="continuationSeparator" w:id="0">
<w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>
<w:footnote w:id="1"><w:p>
<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteRef/></w:r>
<w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:footnote>
</w:footnotes>"""


def build(text: str, written: datetime) -> bytes:
    """The document for a text whose lines begin with what they are."""
    document = docx.Document()
    _styles(document)
    table = None
    for line in text.strip().splitlines():
        kind, rest = line.split(" ", 1)
        if kind == "TITLE":
            document.add_heading(rest, 0)
        elif kind == "SUBTITLE":
            document.add_paragraph(rest, style="Subtitle")
        elif kind == "H1":
            document.add_heading(rest, 1)
        elif kind == "C":
            _clause(document, rest)
        elif kind == "TABLE":
            table = document.add_table(rows=1, cols=2, style="Light Grid Accent 1")
            _fill(table.rows[0].cells, rest)
        elif kind == "ROW":
            _fill(table.add_row().cells, rest)
        elif kind == "NOTE":
            _footnotes(document, rest)
        else:
            document.add_paragraph(rest)
    core = document.core_properties
    core.title, core.author, core.last_modified_by = "Senior Facilities Agreement", "Northgate", ""
    core.created = core.modified = written
    core.revision = 1
    core.comments = ""
    body = io.BytesIO()
    document.save(body)
    return body.getvalue()


def _styles(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Cambria", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for name in ("Heading 1", "Title"):
        document.styles[name].font.color.rgb = RGBColor(0x14, 0x31, 0x4F)
    header = section.header.paragraphs[0]
    header.text = "Northgate Holdings plc: Senior Facilities Agreement (extract)"
    header.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _clause(document: Document, text: str) -> None:
    number, words = text.split(" ", 1)
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.left_indent, form.first_line_indent = Cm(1.2), Cm(-1.2)
    form.tab_stops.add_tab_stop(Cm(1.2))
    paragraph.add_run(f"{number}\t").bold = True
    noted = words.endswith("[1]")
    paragraph.add_run(words.removesuffix("[1]"))
    if noted:
        mark = paragraph.add_run()
        mark.font.superscript = True
        reference = OxmlElement("w:footnoteReference")
        reference.set(qn("w:id"), "1")
        mark.font.element.append(reference)


def _fill(cells: Sequence[_Cell], text: str) -> None:
    for cell, words in zip(cells, text.split("|"), strict=True):
        cell.text = words


def _footnotes(document: Document, text: str) -> None:
    body = _FOOTNOTES.format(space=_SPACE, text=text).encode()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, body, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
