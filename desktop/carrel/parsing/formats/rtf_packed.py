"""The packing of rich text inside Outlook messages ([MS-OXRTFCP]). Knows no rich text."""

import struct
from typing import Final

MAX_UNPACKED: Final = 64 * 1024 * 1024
"""Bytes unpacked; what follows is left out."""

_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW: Final = 4096
_START: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the window holds before the first byte."""


def unpacked(body: bytes) -> bytes:
    """The rich text; as much as there is of it, nothing if it is none."""
    if len(body) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", body)
    if kind == _PLAIN:
        return body[16 : 16 + size]
    if kind != _PACKED:
        return b""
    window = bytearray(_WINDOW)
    window[: len(_START)] = _START
    to, at = len(_START), 16
    out = bytearray()
    most = min(size, MAX_UNPACKED)
    while at < len(body) and len(out) < most:
        flags = body[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(body):
                    return bytes(out)
                pair = body[at] << 8 | body[at + 1]
                at += 2
                start, count = pair >> 4, (pair & 15) + 2
                if start == to:
                    return bytes(out)
            elif at < len(body):
                window[to] = body[at]
                start, count = to, 1
                at += 1
            else:
                return bytes(out)
            for step in range(count):
                byte = window[(start + step) % _WINDOW]
                window[to] = byte
                to = (to + 1) % _WINDOW
                out.append(byte)
    return bytes(out)
