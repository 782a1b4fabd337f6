"""Small real files for tests, made in memory: PDFs by hand, Word files by python-docx.

Knows nothing of how they are read.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from email.message import EmailMessage

import docx

A4 = (595.0, 842.0)


def pdf(
    pages: Sequence[bytes],
    *,
    box: tuple[float, float, float, float] = (0.0, 0.0, *A4),
    crop: tuple[float, float, float, float] | None = None,
    rotate: int = 0,
    catalogue: bytes = b"",
    extra: Sequence[bytes] = (),
    page_entries: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF with one content stream per page and Helvetica as /F1, Helvetica-Bold as /F2.

    Args:
        extra: further objects; the first has number 5 + 2 x pages.
        trailer: further entries of the trailer.
    """
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(pages):
        entries = b"/MediaBox[%g %g %g %g]/Rotate %d" % (*box, rotate)
        if crop is not None:
            entries += b"/CropBox[%g %g %g %g]" % crop
        objects.append(
            b"<</Type/Page/Parent 2 0 R%s/Resources<</Font<</F1 3 0 R/F2 4 0 R>>%s>>"
            b"/Contents %d 0 R>>" % (entries, page_entries, 6 + 2 * number)
        )
        packed = zlib.compress(content)
        objects.append(
            b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
        )
    objects.extend(extra)
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def lines(
    *texts: str, x: float = 72.0, y: float = 740.0, size: float = 12.0, font: str = "F1"
) -> bytes:
    """Content that shows lines of text below each other, 1.3 x size apart."""
    shown = b"BT /%s %g Tf %g %g Td " % (font.encode(), size, x, y)
    for text in texts:
        escaped = text.encode("cp1252")
        for char in (b"\\", b"(", b")"):
            escaped = escaped.replace(char, b"\\" + char)
        shown += b"(%s) Tj 0 %g Td " % (escaped, -1.3 * size)
    return shown + b"ET\n"


def scan() -> bytes:
    """A PDF of one page that is nothing but a grey picture."""
    picture = b"<</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray"
    picture += b"/BitsPerComponent 8/Length 4>>stream\n\x40\x80\xc0\xff\nendstream"
    return pdf(
        [b"q 595 0 0 842 0 0 cm /Im1 Do Q"], extra=[picture], page_entries=b"/XObject<</Im1 7 0 R>>"
    )


def encrypted_pdf() -> bytes:
    """A PDF that says it is encrypted and whose empty password does not fit."""
    handler = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"5a" * 32, b"a5" * 32)
    return pdf(
        [lines("secret")],
        extra=[handler],
        trailer=b"/Encrypt 7 0 R/ID[<00112233445566778899aabbccddeeff>"
        b"<00112233445566778899aabbccddeeff>]",
    )


def word(*paragraphs: tuple[str, str] | str, rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A Word file; a pair is (style name, text)."""
    document = docx.Document()
    for paragraph in paragraphs:
        style, text = paragraph if isinstance(paragraph, tuple) else (None, paragraph)
        document.add_paragraph(text, style)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def repacked(body: bytes, members: dict[str, bytes]) -> bytes:
    """A zip with some members replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for info in old.infolist():
            if info.filename not in members:
                new.writestr(info.filename, old.read(info))
        for name, text in members.items():
            new.writestr(name, text)
    return out.getvalue()


def mail(**fields: str) -> EmailMessage:
    """A mail with these header fields."""
    message = EmailMessage()
    for name, value in {"From": "a@example.org", "To": "b@example.org", **fields}.items():
        message[name] = value
    return message
