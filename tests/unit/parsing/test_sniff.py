import io
import zipfile

import pytest

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from carrel.parsing.sniff import sniff
from made_files import encrypted_pdf, lines, pdf, word

MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: x\nDate: today\n\nHello\n"
TABLE = b"a,b,c\n" + b"1,2,3\n" * 8
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(*names: str, **members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in {**members, **dict.fromkeys(names, "")}.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (pdf([lines("x")]), "letter.txt", "pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.jpg", "png"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "a.png", "jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a", "webp"),
        (b"GIF89a" + bytes(100), "a", "gif"),
        (b"II*\0" + bytes(100), "a", "tiff"),
        (b"MM\0*" + bytes(100), "a", "tiff"),
        (b"BM" + bytes(12) + b"\x28" + bytes(99), "a", "bmp"),
        (b"BMW built more cars than the year before.", "a", "txt"),
        (b"junk before\n" + pdf([lines("x")]), "a", "pdf"),
        (word("x"), "a.zip", "docx"),
        (OLE + "WordDocument\0".encode("utf-16-le"), "a", "doc"),
        (OLE + "__properties_version1.0\0".encode("utf-16-le"), "a", "msg"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a", "xlsx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "a", "xlsm"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), "a", "xlsb"),
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "a", "ods"),
        (OLE + "Workbook\0".encode("utf-16-le"), "a.doc", "xls"),
        ((b"From a@b Mon Jun 01 04:28:28 2009\n" + MAIL + b"\n") * 2, "a", "mbox"),
        (b"BEGIN:VCARD\r\nVERSION:2.1\r\n", "a.txt", "vcf"),
        (b"begin:vcalendar\nVERSION:2.0\n", "a.txt", "ics"),
        (zipped(mimetype="application/epub+zip"), "a", "epub"),
        (MAIL, "a.mht", "mhtml"),
        (MAIL.replace(b"a@example.org", b"<Saved by Blink>"), "a", "mhtml"),
        (b"{\\rtf1\\ansi x}", "a.doc", "rtf"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "a", "pptx"),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), "a", "odt"),
        (zipped(mimetype="application/vnd.oasis.opendocument.presentation"), "a", "odp"),
        (b"<!DOCTYPE html><p>x", "a.txt", "html"),
        (b"\n<!-- c -->\n<html lang=en><p>x", "a", "html"),
        (b"<p>only a piece</p>", "a.html", "html"),
        (b"<?xml version='1.0'?><data><p>x</p></data>", "a.xml", "xml"),
        (b'{"a": 1}', "a.json", "json"),
        (b"a: 1\n", "a.yml", "yaml"),
        (MAIL, "mail.txt", "eml"),
        (b"From a@b Mon Jun 01 04:28:28 2009\n" + MAIL, "one.mbox", "eml"),
        (b"Subject: only one\n\nbody", "a.eml", "eml"),
        (b"Note: this is\nTo: nobody\n\njust text", "a.txt", "txt"),
        (TABLE, "a.txt", "csv"),
        (TABLE, "a.csv", "csv"),
        (TABLE, "a.py", "code"),
        ("a;b\n1;2\n".encode("utf-16"), "a.csv", "csv"),
        (b"# Title\n\nText", "a.md", "md"),
        (b"#!/bin/sh\nexit", "run", "code"),
        (b"Hello, world.", "a.pdf", "txt"),
        (b"MZ is how this sentence starts, oddly.", "a.txt", "txt"),
        ("中文".encode("utf-16"), "a.txt", "txt"),
        ("English without a mark.\n".encode("utf-16-le"), "a.txt", "txt"),
    ],
)
def test_content_decides_and_the_name_only_hints(body, name, kind):
    assert sniff(body, name) == kind


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", errors.EmptyFile),
        (b" \n\t\r\n", errors.EmptyFile),
        (bytes(5000), errors.EmptyFile),
        (b"8BPS\0\1" + bytes(100), errors.UnsupportedImage),
        (b"\0\0\0\x18ftypmp42", errors.UnsupportedMedia),
        (b"\0\0\0\x18ftypheic", errors.UnsupportedImage),
        (b"MZ\x90\x00\x03" + bytes(100), errors.UnsupportedProgram),
        (b"\x7fELF\x02\x01" + bytes(60), errors.UnsupportedProgram),
        (b"Rar!\x1a\x07\x01\x00" + bytes(60), errors.UnsupportedArchive),
        (b"SQLite format 3\0" + bytes(90), errors.UnsupportedDatabase),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.graphics"),
            errors.UnsupportedOpenOther,
        ),
        (b"PK\x03\x04 but no more", errors.Damaged),
        (OLE + "EncryptedPackage\0".encode("utf-16-le"), errors.Encrypted),
        (OLE, errors.UnsupportedOffice),
        (bytes(range(256)) * 20, errors.UnknownKind),
    ],
)
def test_what_cannot_be_read_is_named(body, error):
    with pytest.raises(ParseError) as caught:
        sniff(body, "file.txt")
    assert type(caught.value) is error


def test_an_encrypted_pdf_is_still_a_pdf():
    assert sniff(encrypted_pdf(), "a") == "pdf"
