"""How much memory an engine will need, computed before it is loaded.

Pure arithmetic. For V4 the cache, the rolling state and the buffers are what
llama.cpp prints, to its last digit (tests/fixtures/memory); for other
architectures the cache is, and the buffers are a rough guess. Must not know
this machine; the caller compares with what is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from carrel.engine.files.geometry import GenericGeometry, Geometry, Shape
from carrel.engine.fit.buffers import work_bytes

CACHE_BYTES: Final = {"f32": 4.0, "f16": 2.0, "q8_0": 34 / 32}
"""Bytes of one number in the cache, by its format."""

_PAD: Final = 256
"""llama.cpp rounds the rows of a cache up to this."""
WORK_MARGIN: Final = 1.002
"""Of the buffers; small results that the walk in `buffers` leaves out."""
WORK_SLACK: Final = 64 << 10
"""Bytes on top; the same for networks so small that they matter there."""
_CSA, _HCA = 4, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNeed:
    """Bytes an engine takes.

    Attributes:
        weights: the file; mapped, so it may be dropped and read again.
        cache: what was read, compressed.
        state: the compressors' rolling state.
        work: buffers while computing.
    """

    weights: int
    cache: int
    state: int
    work: int

    @property
    def own(self) -> int:
        """What cannot be dropped: everything but the mapped file."""
        return self.cache + self.state + self.work

    @property
    def total(self) -> int:
        """What avoids reading from disk while answering."""
        return self.weights + self.own


def memory_need(
    shape: Shape, *, file_bytes: int, context: int, batch: int, cache_type: str
) -> MemoryNeed:
    """What loading a file of this shape will take.

    Args:
        context: tokens.
        batch: tokens computed at once.
        cache_type: a key of CACHE_BYTES.
    """
    number = CACHE_BYTES[cache_type]
    if isinstance(shape, GenericGeometry):
        work = _generic_work_bytes(shape, context, batch)
    else:
        exact = work_bytes(shape, context=context, batch=batch, number=number)
        work = int(exact * WORK_MARGIN) + WORK_SLACK
    return MemoryNeed(
        weights=file_bytes,
        cache=cache_bytes(shape, context=context, batch=batch, cache_type=cache_type),
        state=state_bytes(shape),
        work=work,
    )


def cache_bytes(shape: Shape, *, context: int, batch: int, cache_type: str) -> int:
    """What was read takes; arguments as for `memory_need`."""
    number = CACHE_BYTES[cache_type]
    if isinstance(shape, GenericGeometry):
        return _generic_cache_bytes(shape, context, batch, number)
    return _cache_bytes(shape, context=context, batch=batch, number=number)


def state_bytes(shape: Shape) -> int:
    """The rolling state takes."""
    if isinstance(shape, GenericGeometry):
        return 4 * shape.state_numbers
    return _state_bytes(shape)


def _cache_bytes(shape: Geometry, *, context: int, batch: int, number: float) -> int:
    windows = shape.layers * shape.head * _padded(shape.window + batch)
    csa = shape.ratios.count(_CSA) * (shape.head + shape.indexer_head) * _padded(context // _CSA)
    hca = shape.ratios.count(_HCA) * shape.head * max(_PAD, _padded(context // _HCA))
    return int((windows + csa + hca) * number)


def _state_bytes(shape: Geometry) -> int:
    """Keys and scores of unfinished blocks, single precision; 11.64 MiB for the real shape."""
    csa = 2 * _CSA * 2 * 2 * (shape.head + shape.indexer_head)  # two overlapping blocks
    hca = _HCA * 2 * shape.head
    return 4 * (shape.ratios.count(_CSA) * csa + shape.ratios.count(_HCA) * hca)


def _generic_cache_bytes(shape: GenericGeometry, context: int, batch: int, number: float) -> int:
    total = 0
    for keys, values, window in zip(shape.key_rows, shape.value_rows, shape.windows, strict=True):
        rows = min(_padded(context), _padded(window + batch)) if window else _padded(context)
        total += rows * (keys + values)
    return int(total * number)


def _generic_work_bytes(shape: GenericGeometry, context: int, batch: int) -> int:
    """Activations of one batch in single precision, the attention mask, and one row of words."""
    widest = max(4 * shape.width, 3 * shape.inner)
    return 4 * (batch * (widest + shape.width) + batch * _padded(context) + 2 * shape.words)


def _padded(rows: int) -> int:
    return (rows + _PAD - 1) // _PAD * _PAD
