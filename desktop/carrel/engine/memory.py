"""How much memory an engine will need, computed before it is loaded.

Pure arithmetic after measurements on a file of the real shape (43 layers,
width 4096): the cache and the rolling state are exact, the working memory fits
within 8 percent there and is scaled for other shapes. Must not know this
machine; the caller compares with what is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from carrel.engine.geometry import GenericGeometry, Geometry, Shape

CACHE_BYTES: Final = {"f32": 4.0, "f16": 2.0, "q8_0": 34 / 32}
"""Bytes of one number in the cache, by its format."""

_PAD: Final = 256
"""llama.cpp rounds the rows of a cache up to this."""
_MIB: Final = 1 << 20
_REAL_WIDTH: Final = 4096
_REAL_INDEXER_HEADS: Final = 64
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
    if isinstance(shape, GenericGeometry):
        return MemoryNeed(
            weights=file_bytes,
            cache=_generic_cache_bytes(shape, context, batch, CACHE_BYTES[cache_type]),
            state=4 * shape.state_numbers,
            work=_generic_work_bytes(shape, context, batch),
        )
    return MemoryNeed(
        weights=file_bytes,
        cache=_cache_bytes(shape, context=context, batch=batch, number=CACHE_BYTES[cache_type]),
        state=_state_bytes(shape),
        work=_work_bytes(shape, context=context, batch=batch),
    )


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


def _work_bytes(shape: Geometry, *, context: int, batch: int) -> int:
    width = shape.width / _REAL_WIDTH
    indexer = shape.indexer_heads / _REAL_INDEXER_HEADS
    return int(0.5 * batch * _MIB * width + context * (256 + 2.5 * batch) * max(indexer, width))


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
