"""Whole documents, read as the parser's process reads them, down to the checked frames."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from carrel.domain.errors import ParseError
from carrel.parsing import sniff, worker
from carrel.parsing.limits import ALONE
from carrel.parsing.protocol import Check
from carrel.system.frames import Frame, pack, unpack
from targets import Target


class _Window:
    """Stands where the pipe to the window is: what it gets must pass the window's own checks."""

    def __init__(self) -> None:
        self.check = Check()

    def send(self, frame: Frame) -> None:
        self.check.message(unpack(pack(frame)[4:]))


def read_as(kind: str, body: bytes, name: str = "file") -> None:
    """Read bytes as a document of this kind, whatever they look like.

    Raises:
        ParseError: it cannot be read (further).
    """
    found = sniff.sniff
    sniff.sniff = lambda _body, _name: kind
    try:
        worker._Reader(_Window()).read(memoryview(body), name, ALONE)
    finally:
        sniff.sniff = found


def sniffed(body: bytes) -> None:
    """Read bytes as what they look like; a kind without a format of its own raises."""
    head, _, rest = body.partition(b"\n")
    with suppress(ParseError):
        sniff.sniff(memoryview(rest), head[:64].decode("utf-8", "replace"))


def _plain(kind: str, longest: int = 4096) -> Target:
    return Target(lambda body: read_as(kind, body), (ParseError,), longest)


def packed(frame: Callable[[bytes], dict[str, bytes]], kind: str) -> Target:
    """The input is one part of a package, for a changed ZIP would tell of its checksum only."""

    def run(body: bytes) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, member in frame(body).items():
                archive.writestr(name, member)
        read_as(kind, out.getvalue())

    return Target(run, (ParseError,))


_TYPES: Final = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_RELATED: Final = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s'
    b"</Relationships>"
)
_RELATION: Final = (
    b'<Relationship Id="r%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/%s" Target="%s"/>'
)
_BOOK: Final = (
    b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://'
    b'schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    b'<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'
)
_STYLES: Final = (
    b'<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[Red]#,##0.0;-0;@"/></numFmts>'
    b'<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/><xf numFmtId="46"/>'
    b'<xf numFmtId="12"/><xf numFmtId="11"/></cellXfs></styleSheet>'
)
_DECK: Final = (
    b'<p:presentation xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><p:sldIdLst>'
    b'<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>'
)


def _related(*relations: tuple[bytes, bytes]) -> bytes:
    return _RELATED % b"".join(
        _RELATION % (number, kind, target)
        for number, (kind, target) in enumerate(relations, start=1)
    )


def _word(body: bytes) -> dict[str, bytes]:
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _related((b"officeDocument", b"word/document.xml")),
        "word/document.xml": body,
    }


def _slides(body: bytes) -> dict[str, bytes]:
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _related((b"officeDocument", b"ppt/presentation.xml")),
        "ppt/presentation.xml": _DECK,
        "ppt/_rels/presentation.xml.rels": _related((b"slide", b"slides/slide1.xml")),
        "ppt/slides/slide1.xml": body,
    }


def _sheet(body: bytes) -> dict[str, bytes]:
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _related((b"officeDocument", b"xl/workbook.xml")),
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _related(
            (b"worksheet", b"worksheets/sheet1.xml"), (b"styles", b"styles.xml")
        ),
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": body,
    }


def _open(body: bytes) -> dict[str, bytes]:
    return {"content.xml": body}


TARGETS: Final = {
    **{
        kind: _plain(kind)
        for kind in (
            *("rtf", "eml", "mbox", "mhtml", "csv", "html", "ics", "vcf", "txt", "md", "code"),
            *("json", "yaml", "xml", "zip", "tar", "gz", "7z"),
        )
    },
    **{kind: _plain(kind, 16_384) for kind in ("doc", "ppt", "msg")},
    "docx-body": packed(_word, "docx"),
    "pptx-slide": packed(_slides, "pptx"),
    "xlsx-sheet": packed(_sheet, "xlsx"),
    "odt-content": packed(_open, "odt"),
    "odp-content": packed(_open, "odp"),
    "ods-content": packed(_open, "ods"),
    "sniff": Target(sniffed, (ParseError,)),
}
