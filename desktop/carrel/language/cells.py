"""Cells of a sheet as one block of bytes: made in the parser process, stored as it is.

msgpack inside zlib, bounded on the way in; nothing in it is trusted until
`unpack_cells` has checked it. Must not know databases or formats.
"""

import math
import re
import zlib
from typing import Any, Final

import msgpack

from carrel.domain.sheets import (
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    CellKind,
    Merge,
    SheetPart,
)

MAX_PART_CELLS: Final = 200_000
"""Cells of one unit. Each shows at least one character and one sign between it and the next, so
a unit of 400,000 characters cannot hold more."""

MAX_PART_BYTES: Final = 48 * 1024 * 1024
"""Bytes of one unit's cells unpacked; a cell has 15 to 40, its formula comes on top."""

MAX_FORMULA: Final = 8_192
"""Code points of a formula: the longest a spreadsheet program takes."""

MAX_NAME: Final = 200
"""Code points of the name of a sheet (programs take 31) or of a column."""

MAX_MERGES: Final = 10_000
"""Merged ranges of one unit."""

_NEVER: Final = re.compile("[\x00\ud800-\udfff]")
_KINDS: Final = tuple(CellKind)


def pack_cells(part: SheetPart) -> bytes:
    """A part as bytes; see `unpack_cells`."""
    body = [
        part.sheet,
        part.hidden,
        part.header,
        part.names,
        [list(merge) for merge in part.merges],
        [
            (c.row, c.column, c.start, c.end, _KINDS.index(c.kind), c.value, c.formula)
            for c in part.cells
        ],
    ]
    packed: bytes = msgpack.packb(body)
    return zlib.compress(packed, 1)


def unpack_cells(
    untrusted_body: bytes, characters: int, within: tuple[int, int] | None = None
) -> SheetPart:
    """The cells of a unit of so many code points.

    Args:
        within: only cells that are shown in this span of the unit's text, without names and
            merged ranges: a tenth of the time where a few of a thousand are wanted.

    Raises:
        ValueError: the bytes are no such cells, or claim more than their limits.
    """
    unpacker = zlib.decompressobj()
    try:
        untrusted_packed = unpacker.decompress(untrusted_body, MAX_PART_BYTES + 1)
        if len(untrusted_packed) > MAX_PART_BYTES or not unpacker.eof or unpacker.unused_data:
            raise ValueError("cells of the wrong size")
        untrusted: Any = msgpack.unpackb(
            untrusted_packed, strict_map_key=False, max_array_len=MAX_PART_CELLS
        )
    except (zlib.error, msgpack.UnpackException, UnicodeDecodeError, TypeError) as error:
        # A name that is a list is no name: TypeError.
        raise ValueError("cells are not packed data") from error
    match untrusted:
        case [str(sheet), bool(hidden), int(header), dict(names), list(merges), list(cells)]:
            if len(sheet) > MAX_NAME or _NEVER.search(sheet) or not 0 <= header <= MAX_ROWS:
                raise ValueError("an unfit sheet")
            if within is not None:
                wanted = _standing_in(cells, *within)
                return SheetPart(sheet=sheet, hidden=hidden, cells=_cells(wanted, characters))
            return SheetPart(
                sheet=sheet,
                hidden=hidden,
                header=header,
                names=_names(names),
                merges=_merges(merges),
                cells=_cells(cells, characters),
            )
    raise ValueError("cells of an unknown shape")


def _standing_in(untrusted_cells: list[Any], start: int, end: int) -> list[Any]:
    """The cells shown in a span; what is no cell is among them, to be found unfit."""
    return [
        cell
        for cell in untrusted_cells
        if type(cell) is not list
        or len(cell) < 4
        or not (type(cell[2]) is type(cell[3]) is int)
        or (cell[2] < end and cell[3] > start)
    ]


def _names(untrusted_names: dict[Any, Any]) -> dict[int, str]:
    names: dict[int, str] = {}
    for untrusted_column, untrusted_name in untrusted_names.items():
        if not _within(untrusted_column, 1, MAX_COLUMNS) or not isinstance(untrusted_name, str):
            raise ValueError("an unfit column")
        if len(untrusted_name) > MAX_NAME or _NEVER.search(untrusted_name):
            raise ValueError("an unfit name of a column")
        names[untrusted_column] = untrusted_name
    return names


def _merges(untrusted_merges: list[Any]) -> tuple[Merge, ...]:
    merges: list[Merge] = []
    if len(untrusted_merges) > MAX_MERGES:
        raise ValueError("too many merged ranges")
    for untrusted in untrusted_merges:
        match untrusted:
            case [row, column, last_row, last_column] if (
                _within(row, 1, MAX_ROWS)
                and _within(column, 1, MAX_COLUMNS)
                and _within(last_row, row, MAX_ROWS)
                and _within(last_column, column, MAX_COLUMNS)
            ):
                merges.append(Merge(row, column, last_row, last_column))
            case _:
                raise ValueError("an unfit merged range")
    return tuple(merges)


def _cells(untrusted_cells: list[Any], characters: int) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    before, at = (0, 0), 0
    for untrusted in untrusted_cells:
        match untrusted:
            case [row, column, start, end, kind, value, str(formula)] if (
                _within(row, 1, MAX_ROWS)
                and _within(column, 1, MAX_COLUMNS)
                and before < (row, column)
                and _within(start, at, characters)
                and _within(end, start, characters)
                and _within(kind, 0, len(_KINDS) - 1)
                and _is_value(value, characters)
                and len(formula) <= MAX_FORMULA
                and not _NEVER.search(formula)
            ):
                cells.append(Cell(row, column, start, end, _KINDS[kind], value, formula))
                before, at = (row, column), end
            case _:
                raise ValueError("an unfit cell")
    return tuple(cells)


def _within(untrusted_number: Any, least: int, most: int) -> bool:  # noqa: ANN401 - any at all
    return type(untrusted_number) is int and least <= untrusted_number <= most


def _is_value(untrusted_value: Any, characters: int) -> bool:  # noqa: ANN401 - any at all
    if untrusted_value is None or type(untrusted_value) is bool:
        return True
    if type(untrusted_value) is int:
        return abs(untrusted_value) < 1 << 63
    if type(untrusted_value) is float:
        return math.isfinite(untrusted_value)
    return (
        type(untrusted_value) is str
        and len(untrusted_value) <= max(characters, 64)
        and not _NEVER.search(untrusted_value)
    )
