"""Small decoders by themselves, where a whole document around them would hide their branches."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from typing import Final

from carrel.domain.errors import ParseError
from carrel.language.blocks import pack_blocks, unpack_blocks
from carrel.language.cells import pack_cells, unpack_cells
from carrel.language.segment import Segment, SegmentError
from carrel.parsing.boxes import merge_lines, unpack_boxes
from carrel.parsing.charset import clean, decode
from carrel.parsing.formats import key_paths, number_format
from carrel.parsing.formats.compound import Compound
from carrel.parsing.formats.doc_pieces import Pieces
from carrel.parsing.formats.ppt_records import Records
from carrel.parsing.formats.seven_header import directory
from carrel.parsing.formats.shifting import moved
from targets import Target


def _number(body: bytes) -> None:
    """A value of eight bytes, then a number format."""
    (value,) = struct.unpack_from("<d", body.ljust(8, b"\0"))
    code = body[8:].decode("utf-8", "replace")
    from_1904 = bool(body[:1] < b"\x80")
    number_format.is_date(code)
    number_format.shows_text("Paris", code)
    if value == value and abs(value) != float("inf"):
        number_format.shown(value, code, from_1904=from_1904)
        number_format.iso(value, code, from_1904=from_1904)


def _shifted(body: bytes) -> None:
    down, right = struct.unpack_from("<hh", body.ljust(4, b"\0"))
    moved(body[4:].decode("utf-8", "replace"), down, right)


def _charset(body: bytes) -> None:
    declared, _, rest = body.partition(b"\n")
    for name in (None, declared[:40].decode("latin-1")):
        text = clean(decode(rest, declared=name).text)
        assert "\0" not in text


def _paths(kind: str) -> Target:
    def run(body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        finder = key_paths.paths_of(kind)
        assert finder is not None
        lines = text.split("\n")
        for heading in finder.find(lines):
            assert 0 <= heading.start <= len(text)
        key_paths.laid_out(text)

    return Target(run, ())


def _compound(body: bytes) -> None:
    file = Compound(body)
    for name in file.names():
        file.stream(name)


def _pieces(body: bytes) -> None:
    """The first two bytes say where the stream of letters ends and the table begins."""
    (at,) = struct.unpack_from("<H", body.ljust(2, b"\0"))
    pieces = Pieces(body[2 : 2 + at].ljust(0x200, b"\0"), body[2 + at :])
    for position in range(0, min(len(pieces.text), 4000), 7):
        pieces.paragraph(position)


def _records(body: bytes) -> None:
    records = Records(body[20:], body[:20])
    for record, _ in records.below(records.document()):
        records.content(record)


def _forms(body: bytes) -> tuple[int, tuple[bytes, bytes]]:
    """A number of characters, then what is to be unpacked: as it is, and packed by us."""
    (characters,) = struct.unpack_from("<H", body.ljust(2, b"\0"))
    return characters, (body[2:], zlib.compress(body[2:], 1))


def _cells(body: bytes) -> None:
    """What is taken for cells is written again as the same cells."""
    characters, forms = _forms(body)
    for form in forms:
        with suppress(ValueError):
            part = unpack_cells(form, characters)
            assert unpack_cells(pack_cells(part), characters) == part
            some = unpack_cells(form, characters, (characters // 3, characters // 2))
            assert some.cells == part.within(characters // 3, characters // 2)


def _blocks(body: bytes) -> None:
    characters, forms = _forms(body)
    for form in forms:
        with suppress(ValueError):
            blocks = unpack_blocks(form, characters)
            assert unpack_blocks(pack_blocks(blocks), characters) == blocks


def _boxes(body: bytes) -> None:
    for form in (body, zlib.compress(body, 1)):
        with suppress(ValueError):
            merge_lines(unpack_boxes(form, len(body) // 16))


TARGETS: Final = {
    "number-format": Target(_number, (), 128),
    "shifting": Target(_shifted, (), 512),
    "charset": Target(_charset, (), 2048),
    **{f"key-paths-{kind}": _paths(kind) for kind in ("json", "yaml", "xml")},
    "compound": Target(_compound, (ParseError,), 16_384),
    "doc-pieces": Target(_pieces, (ParseError,)),
    "ppt-records": Target(_records, (ParseError,)),
    "seven-directory": Target(directory, (ParseError,)),
    "cells": Target(_cells, ()),
    "blocks": Target(_blocks, ()),
    "boxes": Target(_boxes, ()),
    "segment": Target(Segment.load, (SegmentError,)),
}
