"""What kind of picture some bytes are, and how large it says it is, out of its header alone.

Nothing is decoded. Must not know what becomes of the picture.
"""

import struct
from typing import Final

Bytes = bytes | bytearray | memoryview
"""A document's bytes, or the mapped memory of them."""

MAX_PIXELS: Final = 400_000_000
"""Pixels of one picture. A0 at 600 dots per inch has 550 million, at 400 some 245 million; what
claims more would take gigabytes to show."""

MAX_SEGMENTS: Final = 2_000
"""Segments of a JPEG, or entries of a TIFF's directory, that are looked at."""

_JPEG_SIZES: Final = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC),
                                *range(0xCD, 0xD0)))  # fmt: skip
"""Markers of segments that hold the size."""


_STARTS: Final = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8\xff"),
    ("tiff", b"II*\0"),
    ("tiff", b"MM\0*"),
    ("gif", b"GIF8"),
)

_BMP_HEADERS: Final = frozenset((12, 16, 40, 52, 56, 64, 108, 124))
"""Bytes of the second header of a BMP: each of its versions has another."""

VECTOR: Final = "vector"
"""Pictures made of strokes, not of pixels: EMF, WMF, SVG and their kin."""

_VECTOR_STARTS: Final = (
    b"\xd7\xcd\xc6\x9a",  # WMF with a size
    b"\x01\0\x09\0",  # WMF without
    b"\x02\0\x09\0",
    b"\x1f\x8b",  # EMF, WMF or SVG packed by gzip
    b"VCLMTF",  # StarView
)


def picture_kind(body: Bytes) -> str:
    """``png``, ``jpeg``, ``tiff``, ``webp``, ``gif``, ``bmp``, `VECTOR`, or empty for neither."""
    head = bytes(body[:256])
    for kind, start in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if head.startswith(_VECTOR_STARTS) or head[40:44] == b" EMF":
        return VECTOR
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return VECTOR if plain.startswith((b"<svg", b"<?xml", b"<!DOCTYPE svg")) else ""


def pixels(body: Bytes) -> int:
    """Width times height as the header claims; 0 if it is cut short or of another kind."""
    width, height = sides(body)
    return width * height


def sides(body: Bytes) -> tuple[int, int]:
    """Width and height as the header claims; 0 if it is cut short or of another kind."""
    head = bytes(body[:64])
    try:
        match picture_kind(body):
            case "png":
                width, height = struct.unpack_from(">II", head, 16)
            case "jpeg":
                width, height = _jpeg(body)
            case "tiff":
                width, height = _tiff(body, "<" if head.startswith(b"II") else ">")
            case "webp":
                width, height = _webp(head)
            case "gif":
                width, height = struct.unpack_from("<HH", head, 6)
            case "bmp":
                # Headers of the oldest kind have 12 bytes and sides of 16 bits.
                oldest = head[14:18] == b"\x0c\0\0\0"
                width, height = struct.unpack_from("<HH" if oldest else "<ii", head, 18)
            case _:
                return 0, 0
    except (struct.error, IndexError):
        return 0, 0
    return int(width), abs(int(height))  # a BMP from top to bottom has a negative height


def _jpeg(body: Bytes) -> tuple[int, int]:
    at = 2
    for _ in range(MAX_SEGMENTS):
        mark, kind, size = struct.unpack_from(">BBH", body, at)
        if mark != 0xFF:
            break
        if kind in _JPEG_SIZES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        at += 1 if kind == 0xFF else 2 + size  # fill bytes may stand before a marker
    return 0, 0


def _tiff(body: Bytes, order: str) -> tuple[int, int]:
    (at,) = struct.unpack_from(f"{order}I", body, 4)
    (count,) = struct.unpack_from(f"{order}H", body, at)
    found = {256: 0, 257: 0}
    for number in range(min(count, MAX_SEGMENTS)):
        tag, kind = struct.unpack_from(f"{order}HH", body, at + 2 + number * 12)
        if tag in found:
            form = "H" if kind == 3 else "I"
            (found[tag],) = struct.unpack_from(f"{order}{form}", body, at + 10 + number * 12)
    return found[256], found[257]


def _webp(head: bytes) -> tuple[int, int]:
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(
                head[27:30], "little"
            ) + 1
        case b"VP8L":
            (packed,) = struct.unpack_from("<I", head, 21)
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return 0, 0
