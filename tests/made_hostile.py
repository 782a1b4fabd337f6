"""Inputs made to break readers, each with how it must end; knows nothing of how they are read."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

from made_archives import overlapping, russian_dolls, seven_zipped, tarred, zeros, zipped
from made_files import lines, mail, pdf, repacked, word
from made_office import A, R, open_document, presentation, relations, shape, slide
from made_sheets import sales_xlsx

DEEP: Final = 100_000
"""Levels of everything that is nested."""

LONG: Final = 10 * 1024 * 1024
"""Characters of the long line."""

LAUGHS: Final = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><l>&a9;</l>"
)
"""A thousand million laughs."""

OUTSIDE: Final = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">'
    b'<!ENTITY % y SYSTEM "http://example.org/y.dtd"> %y;]><l>before &x; after</l>'
)
MAIL: Final = b"From: a@b.c\nTo: d@e.f\nSubject: "


class Hostile(NamedTuple):
    """An input.

    Attributes:
        ends: ``read``, ``partial``, or the code of the error.
        says: words that must be in its text.
        quick: it takes a moment, so that every run of the tests can try it.
    """

    name: str
    make: Callable[[], bytes]
    ends: str
    says: str = ""
    quick: bool = False


def pdf_with_content(packed: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """A PDF whose second page is drawn by a stream that was packed by hand."""
    body = pdf([lines("Before the bomb."), b"x"])
    found = body.rindex(b"<</Length")
    end = body.index(b"endobj", found)
    stream = b"<</Length %d/Filter%s>>stream\n%s\nendstream\n" % (len(packed), filters, packed)
    return body[:found] + stream + body[end:]


def pdf_with_objects(packed: bytes) -> bytes:
    """A PDF that keeps its catalogue in a packed stream of objects, so that it must be unpacked."""
    body = bytearray(b"%PDF-1.5\n")
    places = [len(body)]
    head = b"<</Type/ObjStm/N 2/First 10/Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    body += b"1 0 obj\n" + head + packed + b"\nendstream\nendobj\n"
    places.append(len(body))
    rows = b"\0\0\0\0\xff" + b"\1" + struct.pack(">I", places[0])[1:] + b"\0"
    rows += b"\1" + struct.pack(">I", places[1])[1:] + b"\0" + b"\2\0\0\1\0" + b"\2\0\0\1\1"
    body += b"2 0 obj\n<</Type/XRef/Size 5/W[1 3 1]/Root 3 0 R/Length %d>>stream\n" % len(rows)
    body += rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % places[1]
    return bytes(body)


def packed_objects(size: int) -> bytes:
    """A catalogue, and a page tree that ends only after so many bytes."""
    packer = zlib.compressobj(9)
    first = b"<</Type/Catalog/Pages 4 0 R>> "
    piece = packer.compress(b"3 0 4 %-4d" % len(first) + first + b"<</Type/Pages/Kids[")
    piece += b"".join(packer.compress(b"5 0 R " * 100_000) for _ in range(size // 600_000))
    return piece + packer.compress(b"]/Count 1>>") + packer.flush()


def picture_bomb() -> bytes:
    """A PNG of 50,000 x 50,000 white pixels in some kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    side = 50_000
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    packed = b"".join(packer.compress(row) for _ in range(2_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    whole = chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + whole


def _part(name: str, inner: bytes) -> Callable[[], bytes]:
    return lambda: repacked(word("Before."), {name: inner})


def _word(inner: bytes) -> Callable[[], bytes]:
    space = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return _part("word/document.xml", b"<w:document " + space + b"><w:body>" + inner)


def _with_pictures(*pictures: bytes) -> bytes:
    """A Word document that shows these one after the other."""
    shown = "".join(
        f'<w:p><w:r><w:t>See.</w:t><a:blip r:embed="p{at}"/></w:r></w:p>'
        for at in range(len(pictures))
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return repacked(
        word("Before."),
        {
            "word/document.xml": f'<w:document xmlns:w="{space}" xmlns:a="{A}" xmlns:r="{R}">'
            f"<w:body>{shown}</w:body></w:document>".encode(),
            "word/_rels/document.xml.rels": relations(
                *((f"p{at}", "image", f"media/{at}.png") for at in range(len(pictures)))
            ).encode(),
            **{f"word/media/{at}.png": picture for at, picture in enumerate(pictures)},
        },
    )


def _small_png(number: int) -> bytes:
    """The head of a PNG of 200 x 200 pixels, each another one."""
    head = struct.pack(">I4sIIB", 13, b"IHDR", 200, 200, 8)
    return b"\x89PNG\r\n\x1a\n" + head + struct.pack(">I", number) * 100


def _nested_mail(levels: int) -> bytes:
    head = b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n'
    nested = b"".join(head % (level, level) for level in range(levels))
    core = b"Content-Type: text/plain\n\nThe core.\n"
    return MAIL + b"deep\nMIME-Version: 1.0\n" + nested + core


def _many_parts(count: int) -> bytes:
    head = MAIL + b'many\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    return head + b"--b\nContent-Type: text/plain\n\nx\n" * count + b"--b--\n"


def _attached(body: bytes) -> bytes:
    message = mail(Subject="See the file")
    message.set_content("It is attached.")
    message.add_attachment(body, "application", "zip", filename="a.zip")
    return message.as_bytes()


def _long(before: bytes, after: bytes, inner: bytes = b"word ") -> Callable[[], bytes]:
    return lambda: before + inner * (LONG // len(inner)) + after


def _zip_of(members: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(members):
            archive.writestr(f"{number}", b"x")
    return out.getvalue()


def _yaml(levels: int) -> bytes:
    return b"".join(b" " * n + b"a:\n" for n in range(levels))


_GROUPS: Final = "<p:grpSp>" * 20_000 + "</p:grpSp>" * 20_000
_SECTIONS: Final = "<text:section>" * 20_000 + "<text:p>x</text:p>" + "</text:section>" * 20_000
_DIVS: Final = b"<html>" + b"<div>" * DEEP + b"core" + b"</div>" * DEEP
_ODT: Final = open_document("text", "")
_SHEET: Final = "xl/worksheets/sheet1.xml"
_BOMB: Final = "parse.bomb"

HOSTILE: Final[dict[str, Hostile]] = {
    # Entities: not one is followed.
    "xml laughs": Hostile("a.xml", lambda: LAUGHS, "read", "&a9;", quick=True),
    "xml outside": Hostile("a.xml", lambda: OUTSIDE, "read", "before &x; after"),
    "docx laughs": Hostile("a.docx", _part("word/document.xml", LAUGHS), _BOMB, quick=True),
    "docx outside": Hostile("a.docx", _part("word/document.xml", OUTSIDE), _BOMB, quick=True),
    "docx styles": Hostile("a.docx", _part("word/styles.xml", LAUGHS), _BOMB),
    "xlsx laughs": Hostile("a.xlsx", lambda: repacked(sales_xlsx(), {_SHEET: LAUGHS}), _BOMB),
    "odt laughs": Hostile("a.odt", lambda: repacked(_ODT, {"content.xml": LAUGHS}), _BOMB),
    "epub laughs": Hostile(
        "a.epub",
        lambda: zipped([("mimetype", b"application/epub+zip"), ("a.opf", LAUGHS)]),
        _BOMB,
    ),
    "html laughs": Hostile("a.html", lambda: b"<!doctype html>" + LAUGHS, "read"),
    # Nesting.
    "json deep": Hostile("a.json", lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP, "read", "1"),
    "json arrays": Hostile("a.json", lambda: b"[" * DEEP, "read", quick=True),
    "yaml deep": Hostile("a.yaml", lambda: _yaml(2_000), "read", "a:"),
    "yaml flow": Hostile("a.yaml", lambda: b"a: " + b"[" * DEEP, "read", "a:"),
    "xml deep": Hostile(
        "a.xml", lambda: b"<?xml version='1.0'?>" + b"<a>" * DEEP + b"core" + b"</a>" * DEEP,
        "read", "core",
    ),
    "html deep": Hostile("a.html", lambda: _DIVS, "parse.nested", quick=True),
    "html tables": Hostile("a.html", lambda: b"<html>" + b"<table><td>" * DEEP, "parse.nested"),
    "rtf deep": Hostile("a.rtf", lambda: b"{\\rtf1 " + b"{\\b " * DEEP + b"x", "parse.nested"),
    "docx deep": Hostile("a.docx", _word(b"<w:tbl><w:tr><w:tc>" * 20_000), "parse.no_text"),
    "pptx deep": Hostile("a.pptx", lambda: presentation([slide(shape("A"), _GROUPS)]), "read", "A"),
    "odt deep": Hostile("a.odt", lambda: open_document("text", _SECTIONS), "parse.damaged"),
    "zip deep": Hostile("a.zip", lambda: russian_dolls(60), "read"),
    "mail deep": Hostile("a.eml", lambda: _nested_mail(20_000), "parse.damaged", quick=True),
    "mail parts": Hostile("a.eml", lambda: _many_parts(DEEP), "partial", "many"),
    "pdf deep": Hostile("a.pdf", lambda: pdf([b"q " * DEEP + lines("Deep.")]), "read", "Deep."),
    "pdf arrays": Hostile(
        "a.pdf", lambda: pdf([lines("Before.")], extra=[b"[" * DEEP + b"]" * DEEP]),
        "read", "Before.",
    ),
    "ics deep": Hostile(
        "a.ics", lambda: b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * DEEP, "parse.no_text"
    ),
    # One line of ten megabytes.
    "txt line": Hostile("a.txt", _long(b"", b""), "read", "word word"),
    "txt no blank": Hostile("a.txt", _long(b"", b"", b"x"), "read", "xxx"),
    "md line": Hostile("a.md", _long(b"# ", b"", b"*a"), "read", "*a*a"),
    "csv line": Hostile("a.csv", _long(b"a,b\n", b"\n", b"x,"), "read", "x"),
    "csv quote": Hostile("a.csv", _long(b'a,b\n"', b"", b"x,\n"), "read", "x"),
    "json line": Hostile("a.json", _long(b'{"a": "', b'"}'), "read", "word word"),
    "json list": Hostile("a.json", _long(b"[1", b"]", b",1"), "read", "1"),
    "xml line": Hostile("a.xml", _long(b"<?xml version='1.0'?><a>", b"</a>"), "read", "word"),
    "xml tag": Hostile("a.xml", _long(b"<?xml version='1.0'?><a ", b"/>", b"b='c' "), "read"),
    "yaml line": Hostile("a.yaml", _long(b"a: ", b""), "read", "word word"),
    "html line": Hostile("a.html", _long(b"<html><p>", b"</p>"), "read", "word word"),
    "rtf line": Hostile("a.rtf", _long(b"{\\rtf1 ", b"}"), "read", "word word"),
    "rtf words": Hostile("a.rtf", _long(b"{\\rtf1 ", b"}", b"\\u97 ?"), "read", "aaa"),
    "eml header": Hostile("a.eml", _long(MAIL, b"\n\nbody"), "partial", "body", quick=True),
    "eml words": Hostile("a.eml", _long(MAIL, b"\n\nbody", b"=?utf-8?q?a?= "), "partial", "body"),
    "ics line": Hostile(
        "a.ics",
        _long(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:", b"\nEND:VEVENT\nEND:VCALENDAR\n"),
        "partial", "word",
    ),
    "code line": Hostile("a.js", _long(b"f(", b")", b"(a,"), "read", "(a,(a,"),
    # Bombs and links.
    "zip zeros": Hostile("a.zip", lambda: zipped([("a", zeros(50_000_000))]), _BOMB),
    "zip overlapping": Hostile("a.zip", lambda: overlapping(2_000, 100_000), _BOMB, quick=True),
    "zip members": Hostile("a.zip", lambda: _zip_of(30_000), "partial"),
    "gz zeros": Hostile("a.gz", lambda: gzip.compress(zeros(50_000_000)), _BOMB),
    "7z zeros": Hostile("a.7z", lambda: seven_zipped([("a", zeros(50_000_000))]), _BOMB),
    "tar links": Hostile(
        "a.tar",
        lambda: tarred([("a.txt", b"kept")], links=[("out", b"/etc/passwd"), ("up", b"../../x")]),
        "read", quick=True,
    ),
    "docx zeros": Hostile("a.docx", _part("word/document.xml", zeros(50_000_000)), _BOMB),
    "docx text": Hostile("a.docx", _word(b"<w:p><w:r><w:t>a </w:t></w:r></w:p>" * 900_000), _BOMB),
    "pdf content": Hostile(
        "a.pdf", lambda: pdf_with_content(zlib.compress(b"q Q " * 50_000_000, 9)),
        "read", "Before the bomb.",
    ),
    "pdf twice": Hostile(
        "a.pdf",
        lambda: pdf_with_content(
            zlib.compress(zlib.compress(bytes(1_000_000_000), 9), 9), b"[/FlateDecode/FlateDecode]"
        ),
        "partial", "Before the bomb.",
    ),
    "pdf text": Hostile(
        "a.pdf", lambda: pdf_with_content(zlib.compress(lines("x" * 90) * 100_000, 9)),
        "read", "Before the bomb.",
    ),
    "pdf objects": Hostile(
        "a.pdf", lambda: pdf_with_objects(packed_objects(900_000_000)), "parse.crashed"
    ),
    "picture": Hostile("a.png", picture_bomb, _BOMB, quick=True),
    "picture in a text": Hostile(
        "a.docx", lambda: _with_pictures(picture_bomb()), "partial", "See.", quick=True
    ),
    "pictures in a text": Hostile(
        "a.docx", lambda: _with_pictures(*map(_small_png, range(9_000))), "partial", "picture 300."
    ),
    "mail attachment": Hostile(
        "a.eml", lambda: _attached(zipped([("a", zeros(50_000_000))])), "read", "attached"
    ),
}  # fmt: skip
