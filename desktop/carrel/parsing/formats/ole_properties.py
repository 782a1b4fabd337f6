"""Title, author and dates of old Office files ([MS-OLEPS]). Must not know what else they hold."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from carrel.parsing.formats.base import Report
from carrel.parsing.formats.compound import Compound

MAX_PROPERTIES: Final = 100
"""Properties of one stream that are looked at; programs write some 20."""

_STREAM: Final = "\x05SummaryInformation"
_NAMES: Final = {
    2: "Title",
    3: "Subject",
    4: "Author",
    5: "Keywords",
    6: "Description",
    8: "Last changed by",
    12: "Created",
    13: "Changed",
    18: "Made with",
}
_CODE_PAGE: Final = 1
_SHORT, _NARROW, _WIDE, _TIME = 2, 30, 31, 64
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def describe(file: Compound, report: Report) -> None:
    """Note what a file says of itself; one whose properties are broken says nothing."""
    body = file.stream(_STREAM) or b""
    try:
        start = struct.unpack_from("<I", body, 44)[0]
        count = struct.unpack_from("<I", body, start + 4)[0]
        places = dict(
            struct.unpack_from("<II", body, start + 8 + 8 * at)
            for at in range(min(count, MAX_PROPERTIES))
        )
        charset = _charset(body, start + places.get(_CODE_PAGE, len(body)))
        for number, name in _NAMES.items():
            if number in places:
                report.describe(name, _value(body, start + places[number], charset))
    except struct.error:
        return


def _charset(body: bytes, at: int) -> str:
    try:
        kind, number = struct.unpack_from("<IH", body, at)
    except struct.error:
        return "cp1252"
    name = {65001: "utf-8", 1200: "utf-16-le", 10000: "mac-roman"}.get(number, f"cp{number}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name if kind == _SHORT else "cp1252"


def _value(body: bytes, at: int, charset: str) -> str:
    (kind,) = struct.unpack_from("<I", body, at)
    if kind == _TIME:
        (ticks,) = struct.unpack_from("<Q", body, at + 4)
        try:
            moment = _EPOCH + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return moment.strftime("%Y-%m-%d %H:%M") if ticks else ""
    (size,) = struct.unpack_from("<I", body, at + 4)
    if kind == _WIDE:
        return body[at + 8 : at + 8 + 2 * size].decode("utf-16-le", "replace").split("\0")[0]
    if kind == _NARROW:
        raw = body[at + 8 : at + 8 + size]
        return raw.decode(charset, "replace").split("\0")[0]
    return ""
