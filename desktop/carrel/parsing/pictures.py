"""How large a picture says it is, out of its header alone; nothing is decoded.

PNG, JPEG, TIFF and WebP. Must not know what becomes of the picture.
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


def pixels(body: Bytes) -> int:
    """Width times height as the header claims; 0 if it is cut short or of another kind."""
    head = bytes(body[:64])
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", head, 16)
        elif head.startswith(b"\xff\xd8\xff"):
            width, height = _jpeg(body)
        elif head.startswith((b"II*\0", b"MM\0*")):
            width, height = _tiff(body, "<" if head.startswith(b"II") else ">")
        elif head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            width, height = _webp(head)
        else:
            return 0
    except (struct.error, IndexError):
        return 0
    return int(width * height)


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
