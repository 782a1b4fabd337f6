"""Writes the sample presentation as the XML of a PowerPoint file.

Must not know what the slides say.
"""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

_A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P: Final = "http://schemas.openxmlformats.org/presentationml/2006/main"
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_NAMES: Final = f'xmlns:a="{_A}" xmlns:p="{_P}" xmlns:r="{_R}"'


class Piece(NamedTuple):
    """A line of the source: SLIDE begins one, ITEM, TABLE, ROW and NOTE belong to it."""

    kind: str
    words: str


def members(pieces: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parts of the file."""
    decks: list[list[Piece]] = []
    for kind, words in pieces:
        if kind == "SLIDE":
            decks.append([])
        decks[-1].append(Piece(kind, words))
    numbers = range(1, len(decks) + 1)
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="s{n}"/>' for n in numbers)
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _relations([("r1", "officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": f"<p:presentation {_NAMES}><p:sldIdLst>{listed}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations(
            [(f"s{n}", "slide", f"slides/slide{n}.xml") for n in numbers]
        ),
    }
    for number, deck in zip(numbers, decks, strict=True):
        notes = [one.words for one in deck if one.kind == "NOTE"]
        parts[f"ppt/slides/slide{number}.xml"] = _slide(deck)
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = _relations(
            [("n", "notesSlide", f"../notesSlides/notesSlide{number}.xml")]
        )
        parts[f"ppt/notesSlides/notesSlide{number}.xml"] = (
            f"<p:notes {_NAMES}><p:cSld><p:spTree>{_shape(notes, 'body')}</p:spTree></p:cSld>"
            "</p:notes>"
        )
    return parts


def _relations(found: Sequence[tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{_R}/{kind}" Target="{target}"/>'
        for name, kind, target in found
    )
    return f'<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def _slide(deck: Sequence[Piece]) -> str:
    items = [one.words for one in deck if one.kind == "ITEM"]
    rows = [one.words.split("|") for one in deck if one.kind in {"TABLE", "ROW"}]
    shapes = _shape([deck[0].words], "title") + _shape(items, "body")
    if rows:
        shapes += _table(rows)
    return f"<p:sld {_NAMES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def _shape(paragraphs: Sequence[str], kind: str) -> str:
    return (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/>'
        f'<p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody>{''.join(map(_paragraph, paragraphs))}</p:txBody></p:sp>"
    )


def _paragraph(words: str) -> str:
    return f"<a:p><a:r><a:t>{escape(words)}</a:t></a:r></a:p>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    body = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody>{_paragraph(cell)}</a:txBody></a:tc>" for cell in row)
        + "</a:tr>"
        for row in rows
    )
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="3" name="t"/></p:nvGraphicFramePr>'
        f'<a:graphic><a:graphicData><a:tbl><a:tblPr firstRow="1"/>{body}</a:tbl></a:graphicData>'
        "</a:graphic></p:graphicFrame>"
    )
