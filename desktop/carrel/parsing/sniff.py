"""What kind of document some bytes are. Imported by the worker only.

The content decides. The file's name is a hint among text kinds alone, where a
table, a program and a letter are all just text.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from carrel.parsing.charset import decode
from carrel.parsing.formats.base import Bytes
from carrel.parsing.formats.tar import is_tar
from carrel.parsing.pictures import MAX_PIXELS, pixels

HEAD_BYTES: Final = 4096
"""Bytes looked at to tell text kinds apart."""

OLE_SEARCH_BYTES: Final = 8 * 1024 * 1024
"""Bytes searched for the names of an OLE container's streams."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

_MAGIC: Final[tuple[tuple[bytes, type[ParseError]], ...]] = (
    (b"\x00\x00\x01\x00", errors.UnsupportedImage),
    (b"8BPS", errors.UnsupportedImage),
    (b"\x00\x00\x00\x0cjP  ", errors.UnsupportedImage),
    (b"AT&TFORM", errors.UnsupportedImage),
    (b"\xd7\xcd\xc6\x9a", errors.UnsupportedImage),
    (b"Rar!\x1a\x07", errors.UnsupportedArchive),
    (b"\x28\xb5\x2f\xfd", errors.UnsupportedArchive),
    (b"\x04\x22\x4d\x18", errors.UnsupportedArchive),
    (b"MSCF", errors.UnsupportedArchive),
    (b"!<arch>\n", errors.UnsupportedArchive),
    (b"\x7fELF", errors.UnsupportedProgram),
    (b"MZ", errors.UnsupportedProgram),
    (b"\xcf\xfa\xed\xfe", errors.UnsupportedProgram),
    (b"\xca\xfe\xba\xbe", errors.UnsupportedProgram),
    (b"\x00asm", errors.UnsupportedProgram),
    (b"ID3", errors.UnsupportedMedia),
    (b"OggS", errors.UnsupportedMedia),
    (b"fLaC", errors.UnsupportedMedia),
    (b"\x1aE\xdf\xa3", errors.UnsupportedMedia),
    (b"SQLite format 3\x00", errors.UnsupportedDatabase),
    (b"\x00\x01\x00\x00Standard ", errors.UnsupportedDatabase),
    (b"\x78\x9f\x3e\x22", errors.UnsupportedPackedMail),
    (b"%!PS", errors.UnsupportedPostScript),
    (b"\xc5\xd0\xd3\xc6", errors.UnsupportedPostScript),
)

_PICTURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)

_PACKED: Final = (
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"!BDN", "pst"),
)

_OLE_STREAMS: Final[tuple[tuple[str, type[ParseError] | str], ...]] = (
    ("__properties_version1.0", "msg"),
    ("EncryptedPackage", errors.Encrypted),
    ("PowerPoint Document", "ppt"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)

_MEDIA: Final = re.compile(rb"application/vnd\.oasis\.opendocument\.[a-z-]+")

_OPEN_DOCUMENT: Final = {"text": "odt", "presentation": "odp", "spreadsheet": "ods"}

_CODE_SUFFIXES: Final = frozenset(
    re.findall(
        r"\S+",
        """
        py js mjs ts tsx jsx java c h cc cpp cxx hpp cs go rs rb php pl pm sh bash zsh fish
        ps1 bat cmd sql r m swift kt kts scala lua hs erl ex exs clj lisp el vb vbs pas f
        f90 asm s json jsonl yaml yml toml ini cfg conf xml xsl xsd css scss less tex bib
        cmake make mk gradle dockerfile proto graphql patch diff tf nix jl dart zig
        """,
    )
)

_KEYED: Final = {
    **dict.fromkeys(("json", "jsonl", "ndjson", "geojson", "ipynb"), "json"),
    **dict.fromkeys(("yaml", "yml"), "yaml"),
    **dict.fromkeys(("xml", "xsl", "xslt", "xsd", "svg", "rss", "atom", "gpx", "kml"), "xml"),
}

_MAILBOX: Final = re.compile(r"From \S+[ \t].*\d\d:\d\d.*\n")
_MAILBOX_NEXT: Final = re.compile(rb"\n\r?\nFrom \S+[ \t][^\n]*\d\d:\d\d[^\n]*\n")

_HTML_START: Final = re.compile(
    r"(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_HTML_TAG: Final = re.compile(r"<(?:p|div|table|h[1-6]|br|span|a|ul|meta|title)[\s>/]", re.I)
_MAIL_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]?\S?")
_MAIL_NAMES: Final = frozenset(
    re.findall(
        r"\S+",
        """
        from to cc bcc subject date received message-id mime-version return-path
        delivered-to content-type content-transfer-encoding reply-to sender in-reply-to
        references x-mailer envelope-to dkim-signature x-sender
        """,
    )
)
_SAVED_PAGE: Final = re.compile(r"^(?:Snapshot-Content-Location:|From:[^\n]*<?Saved by )", re.M)
_CARD: Final = re.compile(r"\s*BEGIN:(VCALENDAR|VCARD)\s", re.I)
_DELIMITERS: Final = ",;\t|"


def sniff(body: Bytes, name: str) -> str:
    """The kind of a document, one of those that the formats read.

    Raises:
        ParseError: empty, encrypted, of a kind we do not read, or unknown; says which.
    """
    head = bytes(body[:HEAD_BYTES])
    if not head.strip(b"\x00 \t\r\n\f"):
        if not bytes(body).strip(b"\x00 \t\r\n\f"):
            raise errors.EmptyFile
        head = bytes(body[: HEAD_BYTES * 16]).lstrip(b"\x00 \t\r\n\f") or head
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(_ZIP):
        return _sniff_zip(body)
    if head.startswith(_OLE):
        return _sniff_ole(body)
    for magic, kind in _PACKED:
        if head.startswith(magic) and (kind != "bz2" or head[4:10] in _BZIP_STARTS):
            return kind
    if pixels(body) > MAX_PIXELS:
        raise errors.Bomb
    for magic, kind in _PICTURES:
        if head.startswith(magic):
            return kind
    if head.startswith(b"BM") and head[14:18] in _BITMAP_HEADERS:
        return "bmp"
    for magic, error in _MAGIC:
        if head.startswith(magic) and _is_binary(magic, head):
            raise error
    if head[4:8] == b"ftyp" or (head.startswith(b"RIFF") and head[8:12] in {b"WAVE", b"AVI "}):
        raise (
            errors.UnsupportedMedia
            if head[8:12] not in _PICTURE_BRANDS
            else (errors.UnsupportedImage)
        )
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if is_tar(head):
        return "tar"
    return _sniff_text(head, body, name)


_BZIP_STARTS: Final = frozenset((b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"))
"""What follows the letters in every BZIP2 file: a block, or the end of an empty one."""

_BITMAP_HEADERS: Final = frozenset(
    size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124)
)
"""Sizes of the header that follows a bitmap's first one; two letters alone could begin a text."""

_PICTURE_BRANDS: Final = frozenset((b"heic", b"heix", b"mif1", b"avif", b"msf1"))


def _is_binary(magic: bytes, head: bytes) -> bool:
    """Whether short magic that could begin a text is followed by something that is none."""
    if len(magic) > 3 or not magic.isascii():
        return True
    return _looks_binary(head)


def _looks_binary(head: bytes) -> bool:
    """Control characters no text has, beyond what UTF-16 or a stray byte explains."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return False
    text = decode(head).text if 0 in head else ""
    if text and text.count("\ufffd") <= len(text) // 50 and _is_wide(head):
        return not _mostly_letters(text)
    controls = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in head)
    return controls > len(head) // 100


def _is_wide(head: bytes) -> bool:
    return any(head[start::2].count(0) > 0.6 * len(head[start::2]) for start in (0, 1))


def _mostly_letters(text: str) -> bool:
    """Decoded as UTF-16 almost any bytes are Chinese; written text has spaces and letters."""
    plain = sum(c.isalnum() or c.isspace() or c in ".,;:-()'\"<>/=#*" for c in text)
    return plain >= 0.9 * len(text)


def _sniff_zip(body: Bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = {info.filename for info in archive.infolist()}
            media = _first_bytes(archive, "mimetype", 100)
            if not media and "content.xml" in names:
                manifest = _first_bytes(archive, "META-INF/manifest.xml", 2000)
                found = _MEDIA.search(manifest)
                media = found[0] if found else b""
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise errors.Damaged from error
    if media == b"application/epub+zip":
        return "epub"
    if media.startswith(b"application/vnd.oasis.opendocument."):
        family = media.decode("ascii", "replace").split(".")[-1].split("-")[0]
        if family in _OPEN_DOCUMENT:
            return _OPEN_DOCUMENT[family]
        raise errors.UnsupportedOpenOther
    if "[Content_Types].xml" in names:
        return _sniff_office(names)
    return "zip"


def _sniff_office(names: set[str]) -> str:
    folders = {name.split("/")[0].lower() for name in names if "/" in name}
    if "word" in folders:
        return "docx"
    if "xl" in folders:
        if any(name.lower() == "xl/workbook.bin" for name in names):
            return "xlsb"
        return "xlsm" if any(name.endswith("vbaProject.bin") for name in names) else "xlsx"
    if "ppt" in folders:
        return "pptx"
    if any(name.endswith(".fpage") for name in names):
        raise errors.UnsupportedXps
    raise errors.UnsupportedOffice


def _first_bytes(archive: zipfile.ZipFile, name: str, count: int) -> bytes:
    try:
        with archive.open(name) as member:
            return member.read(count).strip()
    except (
        KeyError,
        zlib.error,
        EOFError,
        zipfile.BadZipFile,
        ValueError,
        OSError,
        RuntimeError,
        NotImplementedError,
    ):
        return b""


def _sniff_ole(body: Bytes) -> str:
    searched = bytes(body[:OLE_SEARCH_BYTES])
    for stream, error in _OLE_STREAMS:
        if (stream + "\0").encode("utf-16-le") in searched:
            if isinstance(error, str):
                return error
            raise error
    raise errors.UnsupportedOffice


def _sniff_text(head: bytes, body: Bytes, name: str) -> str:
    if _looks_binary(head):
        raise errors.UnknownKind
    text = decode(head).text.lstrip("\ufeff")
    suffix = PurePath(name).suffix.lower().lstrip(".")
    if _MAILBOX.match(text):
        if _MAILBOX_NEXT.search(body):
            return "mbox"
        text = text.split("\n", 1)[1]  # a single message as Unix mail programs store it
        if _is_mail(text, "eml"):
            return "eml"
    card = _CARD.match(text)
    if card:
        return "vcf" if card[1].upper() == "VCARD" else "ics"
    if _is_mail(text, suffix):
        return "mhtml" if _is_saved_page(text, suffix) else "eml"
    if _HTML_START.match(text):
        return "html"
    if suffix in {"html", "htm", "xhtml", "shtml"} and _HTML_TAG.search(text):
        return "html"
    if suffix in {"csv", "tsv", "tab"} or (suffix in {"", "txt"} and _is_table(text)):
        return "csv"
    if suffix in {"md", "markdown", "mdown", "mkd"}:
        return "md"
    if suffix in _KEYED or text.lstrip().startswith("<?xml"):
        return _KEYED.get(suffix, "xml")
    return "code" if suffix in _CODE_SUFFIXES or text.startswith("#!") else "txt"


def _is_mail(text: str, suffix: str) -> bool:
    """Header fields of a mail, from the first line on."""
    known = fields = 0
    for line in text.lstrip("\n").split("\n")[:60]:
        if line[:1] in {" ", "\t"} and fields:
            continue
        field = _MAIL_FIELD.match(line)
        if field is None:
            break
        fields += 1
        known += field[1].lower() in _MAIL_NAMES
    if suffix in {"eml", "mht", "mhtml"}:
        return known >= 1
    return known >= 3 and known * 2 >= fields


def _is_saved_page(text: str, suffix: str) -> bool:
    """A web page in the clothes of a mail, as browsers save it."""
    head = text.lstrip("\n").partition("\n\n")[0]
    return suffix in {"mht", "mhtml"} or bool(_SAVED_PAGE.search(head))


def _is_table(text: str) -> bool:
    """At least five lines that all have the same number of one delimiter, two or more."""
    lines = [line for line in text.split("\n")[:-1] if line.strip()][:30]
    if len(lines) < 5:
        return False
    counts: Mapping[str, set[int]] = {
        mark: {line.count(mark) for line in lines} for mark in _DELIMITERS
    }
    return any(len(found) == 1 and min(found) >= 2 for found in counts.values())
