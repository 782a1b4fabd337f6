"""Write GGUF version 3 files, after the format's specification.

Small on purpose: standard library and numpy only, so that the tiny engine file
can be built wherever Carrel is installed, and tests can make files that are
wrong in one chosen place. Must not know any architecture.

Layout (little endian): magic, version, number of tensors, number of metadata
entries, the entries, the tensor table, padding, then the tensors, each padded
to the alignment.
"""

import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}

TYPE_F32, TYPE_F16, TYPE_Q8_0, TYPE_I32 = 0, 1, 8, 26
"""Tensor types written here; the numbers are the format's."""
TYPE_Q2_K, TYPE_IQ2_XXS, TYPE_MXFP4 = 10, 16, 39
"""Types that are only ever written as holes."""
BLOCKS = {
    TYPE_F32: (1, 4), TYPE_F16: (1, 2), TYPE_Q8_0: (32, 34), TYPE_I32: (1, 4),
    TYPE_Q2_K: (256, 84), TYPE_IQ2_XXS: (256, 66), TYPE_MXFP4: (32, 17),
}  # fmt: skip
"""Of each type: weights in a block, and its bytes."""

Q8_0_BLOCK = 32
"""Weights that share one scale."""


def pack_string(text: str | bytes) -> bytes:
    """A string as the format has it: 64-bit length, then UTF-8."""
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def pack_value(kind: int, value: Any) -> bytes:  # noqa: ANN401 - as many types as the format
    """A metadata value without its type; arrays are given as ``(element kind, list)``."""
    if kind == STRING:
        return pack_string(value)
    if kind == ARRAY:
        element, items = value
        head = struct.pack("<IQ", element, len(items))
        if element == STRING:
            return head + b"".join(pack_string(item) for item in items)
        return head + struct.pack(f"<{len(items)}{_SCALARS[element]}", *items)
    return struct.pack("<" + _SCALARS[kind], value)


def quantise_q8_0(values: np.ndarray) -> bytes:
    """Blocks of 32 weights: a half-precision scale, then 32 signed bytes."""
    blocks = values.astype(np.float32).reshape(-1, Q8_0_BLOCK)
    scale = np.abs(blocks).max(axis=1) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    steps = np.rint(blocks * inverse[:, None]).astype(np.int8)
    joined = np.empty((len(blocks), 2 + Q8_0_BLOCK), np.uint8)
    joined[:, :2] = scale.astype("<f2").view(np.uint8).reshape(-1, 2)
    joined[:, 2:] = steps.view(np.uint8)
    return joined.tobytes()


class Hole:
    """A tensor of zeros, but for its start, that takes no room on the disk.

    Args:
        size: bytes of the tensor.
        start: what is written of it.
    """

    def __init__(self, size: int, start: bytes = b"") -> None:
        self._size = size
        self.start = start

    def __len__(self) -> int:
        return self._size


class GgufWriter:
    """Gathers metadata and tensors, then writes them in one go.

    Attributes:
        metadata: key to (kind, value); may be changed freely before writing.
        tensors: name to (type, dimensions with the fastest first, bytes or a hole).
    """

    def __init__(self) -> None:
        self.metadata: dict[str, tuple[int, Any]] = {}
        self.tensors: dict[str, tuple[int, tuple[int, ...], Any]] = {}

    def add_hole(self, name: str, dimensions: tuple[int, ...], kind: int) -> None:
        """Add a tensor of zeros that is not written; dimensions with the fastest first."""
        weights, size = BLOCKS[kind]
        self.tensors[name] = (kind, dimensions, Hole(math.prod(dimensions) // weights * size))

    def add_start(
        self, name: str, dimensions: tuple[int, ...], kind: int, values: np.ndarray
    ) -> None:
        """Add a tensor of which only the first values are written."""
        self.add_tensor(name, values, kind)
        start = self.tensors[name][2]
        self.add_hole(name, dimensions, kind)
        self.tensors[name][2].start = start

    def add_tensor(self, name: str, values: np.ndarray, kind: int) -> None:
        """Add a tensor; the array's last axis is the format's first dimension."""
        if kind == TYPE_Q8_0:
            raw = quantise_q8_0(values)
        else:
            raw = values.astype({TYPE_F32: "<f4", TYPE_F16: "<f2", TYPE_I32: "<i4"}[kind]).tobytes()
        self.tensors[name] = (kind, tuple(reversed(values.shape)), raw)

    def header(self) -> bytes:
        """Everything up to the padding before the first tensor."""
        parts = [MAGIC, struct.pack("<IQQ", VERSION, len(self.tensors), len(self.metadata))]
        for key, (kind, value) in self.metadata.items():
            parts += [pack_string(key), struct.pack("<I", kind), pack_value(kind, value)]
        offset = 0
        for name, (kind, dimensions, raw) in self.tensors.items():
            parts += [
                pack_string(name),
                struct.pack("<I", len(dimensions)),
                struct.pack(f"<{len(dimensions)}Q", *dimensions),
                struct.pack("<IQ", kind, offset),
            ]
            offset += _padded(len(raw))
        return b"".join(parts)

    def write(self, path: Path) -> None:
        """Write the file."""
        header = self.header()
        with path.open("wb") as out:
            out.write(header.ljust(_padded(len(header)), b"\0"))
            for _kind, _dimensions, raw in self.tensors.values():
                if isinstance(raw, Hole):
                    out.write(raw.start)
                    out.seek(_padded(len(raw)) - len(raw.start), os.SEEK_CUR)
                else:
                    out.write(raw.ljust(_padded(len(raw)), b"\0"))
            out.truncate()  # the last tensor may be a hole


def _padded(size: int) -> int:
    return (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
