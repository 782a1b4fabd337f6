"""Presentations and OpenDocument files for tests, written as XML into zips by hand.

Knows nothing of how they are read.
"""

import io
import zipfile
from collections.abc import Sequence

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OPEN = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_NAMES = {
    **{name: f"{OPEN}:{name}:1.0" for name in ("office", "text", "table", "style", "meta")},
    "draw": f"{OPEN}:drawing:1.0",
    "presentation": f"{OPEN}:presentation:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/",
    "svg": f"{OPEN}:svg-compatible:1.0",
    "math": "http://www.w3.org/1998/Math/MathML",
}


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip with these members in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def relations(*found: tuple[str, str, str]) -> str:
    """A relations part: identifier, last word of the type, target."""
    rows = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"/>'
        for name, kind, target in found
    )
    return f'<Relationships xmlns="{RELATIONS}">{rows}</Relationships>'


def shape(*paragraphs: str, kind: str = "", about: str = "") -> str:
    """A shape with words; ``kind`` is that of a placeholder."""
    place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    words = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" {about}/>{place}</p:nvSpPr>'
        f"<p:txBody>{words}</p:txBody></p:sp>"
    )


def slide(*shapes: str, attributes: str = "") -> str:
    return (
        f'<p:sld xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}" xmlns:c="{C}" {attributes}><p:cSld>'
        f"<p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"
    )


def presentation(
    slides: Sequence[str], members: dict[str, str] | None = None, *, sections: str = ""
) -> bytes:
    """A PowerPoint file. Slide n is ``ppt/slides/slideN.xml``; its sldId is 255 + n."""
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="s{n}"/>' for n in range(1, len(slides) + 1))
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(
            ("r1", "officeDocument", "ppt/presentation.xml"),
            ("r2", "metadata/core-properties", "docProps/core.xml"),
        ),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{listed}'
        f"</p:sldIdLst>{sections}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *((f"s{n}", "slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)),
            ("a", "commentAuthors", "commentAuthors.xml"),
        ),
        **{f"ppt/slides/slide{n}.xml": text for n, text in enumerate(slides, 1)},
        **(members or {}),
    }
    return zipped(parts)


def open_document(kind: str, body: str, members: dict[str, str] | None = None) -> bytes:
    """An OpenDocument file: ``text`` or ``presentation``; the body may start with styles."""
    names = " ".join(f'xmlns:{name}="{place}"' for name, place in OPEN_NAMES.items())
    styles, _, blocks = body.rpartition("</office:automatic-styles>")
    styles += "</office:automatic-styles>" if styles else ""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {names}>{styles}<office:body>"
            f"<office:{kind}>{blocks}</office:{kind}></office:body></office:document-content>",
            **{name: text.replace("<x>", f"<x {names}>") for name, text in (members or {}).items()},
        }
    )
