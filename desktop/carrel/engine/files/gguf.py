"""Read the header of a GGUF version 3 file without trusting a byte of it.

Standard library only; every length is checked against the bytes that are
really there before anything is allocated. Must not know what the entries mean:
`engine.gguf_check` decides whether the engine could run the file.

Source: the GGUF specification (ggml repository, docs/gguf.md).
"""

from __future__ import annotations

import array
import os
import re
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from carrel.engine.errors import DamagedGguf, TruncatedGguf, printable
from carrel.engine.files.file_kinds import MAGIC_BYTES, check_magic

MAX_HEADER_BYTES: Final = 64 << 20
"""Bytes before the first tensor, all parts of a model together. V4's header has 11 MiB; the
largest known (262,144 tokens, 514,906 merges) has 20 MiB."""
MAX_ENTRIES: Final = 4096
"""Metadata entries; real files have about 70."""
MAX_TENSORS: Final = 65_536
"""Tensors, all parts together; V4-Flash has 1,328."""
MAX_KEY_BYTES: Final = 256
"""Bytes of a key; llama.cpp's longest is under 80."""
MAX_STRING_BYTES: Final = 1 << 20
"""Bytes of one string entry; the largest known, a chat template, has 8 KiB."""
MAX_ITEM_BYTES: Final = 65_536
"""Bytes of one string in an array (a token, a merge)."""
MAX_ITEMS: Final = 1 << 20
"""Items in one array; the largest known list of merges has 514,906."""
MAX_STRINGS: Final = 2 << 20
"""Strings in all arrays together; each costs 60 bytes of memory and half a microsecond."""
MAX_NAME_BYTES: Final = 63
"""Bytes of a tensor's name, ggml's own limit."""
MAX_DIMENSION: Final = 1 << 40
"""One dimension, and with it all products of four, stay far from overflow in Python or C."""
READ_AHEAD: Final = 1 << 20
"""Bytes read at a time."""

UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64, INT64, FLOAT64 = (
    range(13)
)
SCALARS: Final = {
    UINT8: struct.Struct("<B"),
    INT8: struct.Struct("<b"),
    UINT16: struct.Struct("<H"),
    INT16: struct.Struct("<h"),
    UINT32: struct.Struct("<I"),
    INT32: struct.Struct("<i"),
    FLOAT32: struct.Struct("<f"),
    BOOL: struct.Struct("<B"),
    UINT64: struct.Struct("<Q"),
    INT64: struct.Struct("<q"),
    FLOAT64: struct.Struct("<d"),
}
INTEGERS: Final = frozenset({UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64})

BLOCKS: Final = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    26: ("I32", 1, 4), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
}  # fmt: skip
"""Tensor types that may stand in such a file: number to name, weights in a block, its bytes."""

_KEY: Final = re.compile(rb"[A-Za-z0-9_.\-/]+\Z")
_NAME: Final = re.compile(rb"[A-Za-z0-9_.\-]+\Z")


@dataclass(frozen=True, slots=True)
class Array:
    """An array entry.

    Attributes:
        kind: of the items; the format's number.
        items: numbers, or raw bytes for strings.
    """

    kind: int
    items: Sequence[int] | Sequence[float] | Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """A metadata entry: the format's type number and the value."""

    kind: int
    value: int | float | str | Array


@dataclass(frozen=True, slots=True)
class Tensor:
    """A row of the tensor table.

    Attributes:
        dimensions: the fastest first, as ggml counts.
        offset: from the start of the data section.
        size: bytes.
    """

    dimensions: tuple[int, ...]
    kind: int
    offset: int
    size: int

    @property
    def type_name(self) -> str:
        """Such as ``Q8_0``."""
        return BLOCKS[self.kind][0]


@dataclass(frozen=True, slots=True)
class Header:
    """All that stands before the tensors.

    Attributes:
        size: bytes of the file.
        data_start: where the tensors begin.
    """

    size: int
    data_start: int
    entries: dict[str, Entry]
    tensors: dict[str, Tensor]

    def text(self, key: str) -> str:
        """A string entry, or an empty string."""
        entry = self.entries.get(key)
        return entry.value if entry is not None and isinstance(entry.value, str) else ""


@dataclass(slots=True)
class Allowance:
    """What may still be read; shared by the parts of one model, so that many stay affordable."""

    header_bytes: int = MAX_HEADER_BYTES
    tensors: int = MAX_TENSORS
    strings: int = MAX_STRINGS


def read_header(stream: BinaryIO, allowance: Allowance | None = None) -> Header:
    """Read and check the header; the stream may stand anywhere.

    Args:
        allowance: of the parts read before this one.

    Raises:
        NotGguf, OldGguf, TruncatedGguf, DamagedGguf: as the names say.
        OSError: the disk.
    """
    reader = _Reader(stream, allowance or Allowance())
    check_magic(reader.peek(MAGIC_BYTES))
    reader.take(8)
    tensor_count = reader.count("tensors", MAX_TENSORS)
    reader.allowance.tensors -= tensor_count
    if reader.allowance.tensors < 0:
        raise DamagedGguf(fault="all parts together have more tensors than any real model")
    entry_count = reader.count("entries", MAX_ENTRIES)
    entries: dict[str, Entry] = {}
    for _ in range(entry_count):
        key = reader.text("a key", MAX_KEY_BYTES)
        if not _KEY.match(key):
            raise DamagedGguf(fault="a key has characters that no key has")
        name = key.decode("ascii")
        if name in entries:
            raise DamagedGguf(fault=f"“{name}” stands there twice")
        entries[name] = reader.entry(name)
    alignment = _alignment(entries)
    tensors: dict[str, Tensor] = {}
    for _ in range(tensor_count):
        name, tensor = reader.tensor()
        if name in tensors:
            raise DamagedGguf(fault=f"tensor “{name}” stands there twice")
        tensors[name] = tensor
    reader.give_back()
    data_start = _aligned(reader.position, alignment)
    _check_places(tensors, alignment, data_start, reader.size)
    return Header(size=reader.size, data_start=data_start, entries=entries, tensors=tensors)


def _alignment(entries: dict[str, Entry]) -> int:
    entry = entries.get("general.alignment")
    if entry is None:
        return 32
    value = entry.value
    if (
        entry.kind != UINT32
        or not isinstance(value, int)
        or value not in {1 << n for n in range(5, 13)}
    ):
        raise DamagedGguf(fault="the alignment is not a power of two between 32 and 4096")
    return value


def _check_places(tensors: dict[str, Tensor], alignment: int, start: int, size: int) -> None:
    """Tensors lie one after another, without gaps, inside the file."""
    expected = 0
    for name, tensor in tensors.items():
        if tensor.offset != expected:
            raise DamagedGguf(fault=f"tensor “{name}” does not lie where it must")
        expected = _aligned(tensor.offset + tensor.size, alignment)
    needed = max((start + t.offset + t.size for t in tensors.values()), default=0)
    if needed > size:
        raise TruncatedGguf(size=size, needed=needed)
    if tensors and size > start + expected + alignment:
        raise DamagedGguf(fault=f"{size - needed} bytes follow that belong to nothing")


def _aligned(position: int, alignment: int) -> int:
    return (position + alignment - 1) // alignment * alignment


class _Reader:
    """The file's first bytes, read as they are needed and never past the end."""

    def __init__(self, stream: BinaryIO, allowance: Allowance) -> None:
        self._stream = stream
        self.allowance = allowance
        self.size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        self._held = b""
        self._place = 0  # in what is held
        self._passed = 0  # bytes let go before it

    @property
    def position(self) -> int:
        """Bytes taken so far."""
        return self._passed + self._place

    def peek(self, count: int) -> bytes:
        """The next bytes, fewer at the end of the file."""
        self._hold(min(count, self.size - self.position))
        return self._held[self._place : self._place + count]

    def take(self, count: int) -> bytes:
        self._hold(count)
        taken = self._held[self._place : self._place + count]
        self._place += count
        return taken

    def _hold(self, count: int) -> None:
        """Have so many bytes from here on in memory."""
        missing = self._place + count - len(self._held)
        if missing <= 0:
            return
        end = self.position + count
        if end > self.size:
            raise TruncatedGguf(size=self.size, needed=end)
        if missing > self.allowance.header_bytes:
            raise DamagedGguf(fault="its header is larger than any real one")
        pieces = [self._held[self._place :]]
        self._passed, self._place = self.position, 0
        while missing > 0:
            piece = self._stream.read(
                min(max(READ_AHEAD, missing), max(missing, self.allowance.header_bytes))
            )
            if not piece:
                raise TruncatedGguf(size=end - missing, needed=end)
            pieces.append(piece)
            missing -= len(piece)
            self.allowance.header_bytes -= len(piece)
        self._held = b"".join(pieces)

    def give_back(self) -> None:
        """What was read ahead but not used does not count."""
        self.allowance.header_bytes += len(self._held) - self._place

    def number(self, kind: int) -> int | float:
        scalar = SCALARS[kind]
        found: int | float = scalar.unpack(self.take(scalar.size))[0]
        return found

    def count(self, what: str, limit: int) -> int:
        found = int(self.number(UINT64))
        if found > limit:
            raise DamagedGguf(fault=f"{found} {what}")
        return found

    def text(self, what: str, limit: int) -> bytes:
        length = int(self.number(UINT64))
        if length > limit:
            raise DamagedGguf(fault=f"{what} has {length} bytes")
        return self.take(length)

    def entry(self, key: str) -> Entry:
        kind = int(self.number(UINT32))
        if kind == STRING:
            raw = self.text(f"“{key}”", MAX_STRING_BYTES)
            try:
                return Entry(kind, raw.decode("utf-8"))
            except UnicodeDecodeError as error:
                raise DamagedGguf(fault=f"“{key}” is not text") from error
        if kind == ARRAY:
            return Entry(kind, self._array(key))
        if kind not in SCALARS:
            raise DamagedGguf(fault=f"“{key}” has the unknown type {kind}")
        value = self.number(kind)
        if kind == BOOL and value not in {0, 1}:
            raise DamagedGguf(fault=f"“{key}” is neither true nor false")
        return Entry(kind, value)

    def _array(self, key: str) -> Array:
        kind = int(self.number(UINT32))
        count = self.count(f"items in “{key}”", MAX_ITEMS)
        if kind == STRING:
            return Array(kind, self._strings(key, count))
        if kind not in SCALARS:
            raise DamagedGguf(fault=f"“{key}” holds items of the unknown type {kind}")
        items = array.array(SCALARS[kind].format[-1])
        items.frombytes(self.take(count * SCALARS[kind].size))
        if sys.byteorder == "big":
            items.byteswap()
        if kind == BOOL and items and max(items) > 1:
            raise DamagedGguf(fault=f"an item of “{key}” is neither true nor false")
        return Array(kind, items)

    def _strings(self, key: str, count: int) -> tuple[bytes, ...]:
        """Many short strings, in a loop that touches each of them once."""
        if count * 8 > self.size - self.position:
            raise TruncatedGguf(size=self.size, needed=self.position + count * 8)
        self.allowance.strings -= count
        if self.allowance.strings < 0:
            raise DamagedGguf(fault="its lists are longer than any real ones")
        found: list[bytes] = []
        length_at = SCALARS[UINT64].unpack_from
        for _ in range(count):
            self._hold(8)
            (length,) = length_at(self._held, self._place)
            if length > MAX_ITEM_BYTES:
                raise DamagedGguf(fault=f"an item of “{key}” has {length} bytes")
            self._hold(8 + length)
            start = self._place + 8
            self._place = start + length
            found.append(self._held[start : self._place])
        return tuple(found)

    def tensor(self) -> tuple[str, Tensor]:
        raw = self.text("a tensor's name", MAX_NAME_BYTES)
        if not _NAME.match(raw):
            raise DamagedGguf(fault="a tensor's name has characters that no name has")
        name = raw.decode("ascii")
        rank = int(self.number(UINT32))
        if not 1 <= rank <= 4:
            raise DamagedGguf(fault=f"tensor “{name}” has {rank} dimensions")
        dimensions = tuple(int(self.number(UINT64)) for _ in range(rank))
        kind = int(self.number(UINT32))
        offset = int(self.number(UINT64))
        if not all(0 < dimension < MAX_DIMENSION for dimension in dimensions):
            raise DamagedGguf(fault=f"tensor “{name}” has an impossible dimension")
        if kind not in BLOCKS:
            raise DamagedGguf(fault=f"tensor “{printable(name)}” has the unknown type {kind}")
        _, weights, block_bytes = BLOCKS[kind]
        if dimensions[0] % weights:
            raise DamagedGguf(fault=f"the rows of tensor “{name}” do not fill whole blocks")
        size = dimensions[0] // weights * block_bytes
        for dimension in dimensions[1:]:
            size *= dimension
        return name, Tensor(dimensions, kind, offset, size)
