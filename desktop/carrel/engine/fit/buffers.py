"""The buffers V4 needs while computing, found by playing through what ggml does.

Before it computes, ggml walks once through the steps of the network, gives each
result a place in one buffer, and frees places nobody will read again
(ggml-alloc.c). How large the buffer becomes depends on the gaps this leaves, so
no formula gives it; but the walk itself is short. This module repeats it with
the steps of llama.cpp's graph for ``deepseek4`` (models/deepseek4.cpp), in their
order. Must not know llama.cpp's code or this machine.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from carrel.engine.files.geometry import Geometry

ALIGNMENT: Final = 64
"""Bytes; ggml's buffers in memory begin each tensor at a multiple of this."""

_CSA, _HCA = 4, 128
_FLOAT, _HALF = 4, 2
_PAD: Final = 256


@dataclass(eq=False, slots=True)
class _Tensor:
    """One result, or a view of one.

    Attributes:
        size: bytes.
        sources: what it is computed from.
        root: whose memory a view shows; None for a result of its own.
        in_place: may be computed over a source that nobody else will read.
        outside: lies in other memory, such as the cache.
        readers, views: still to come.
        offset: its place; -1 while it has none of its own.
    """

    size: int
    sources: tuple[_Tensor, ...] = ()
    root: _Tensor | None = None
    in_place: bool = False
    outside: bool = False
    readers: int = 0
    views: int = 0
    offset: int = -1


@dataclass(slots=True)
class _Places:
    """ggml's allocator: the smallest gap that is large enough, else the end."""

    gaps: list[list[int]] = field(default_factory=list)
    end: int = 0
    most: int = 0

    def take(self, size: int) -> int:
        best = -1
        for index, (_, room) in enumerate(self.gaps):
            if room >= size and (best < 0 or room <= self.gaps[best][1]):
                best = index
        if best < 0:
            offset, self.end = self.end, self.end + size
            self.most = max(self.most, self.end)
            return offset
        gap = self.gaps[best]
        offset = gap[0]
        gap[0] += size
        gap[1] -= size
        if not gap[1]:
            del self.gaps[best]
        return offset

    def give(self, offset: int, size: int) -> None:
        gaps = self.gaps
        index = bisect_left(gaps, [offset])
        if index and sum(gaps[index - 1]) == offset:
            index -= 1
            gaps[index][1] += size
        else:
            gaps.insert(index, [offset, size])
        after = offset + size
        if index + 1 < len(gaps) and gaps[index + 1][0] == after:
            gaps[index][1] += gaps.pop(index + 1)[1]
        elif after == self.end:
            self.end = gaps.pop(index)[0]


class _Steps:
    """The steps of a graph in their order."""

    def __init__(self) -> None:
        self._leaves: list[_Tensor] = []
        self._nodes: list[_Tensor] = []

    def leaf(self, size: int) -> _Tensor:
        """Something given from outside, in the buffer from the start."""
        made = _Tensor(_aligned(size))
        self._leaves.append(made)
        return made

    def op(self, size: int, *sources: _Tensor, in_place: bool = False) -> _Tensor:
        """A result of so many bytes."""
        made = _Tensor(_aligned(size), sources, in_place=in_place)
        self._nodes.append(made)
        return made

    def over(self, *sources: _Tensor) -> _Tensor:
        """A result as large as its first source, over it if nobody else reads that one."""
        return self.op(sources[0].size, *sources, in_place=True)

    def view(self, of: _Tensor, *more: _Tensor) -> _Tensor:
        """Another look at a tensor's memory."""
        made = _Tensor(of.size, (of, *more), root=of.root or of)
        self._nodes.append(made)
        return made

    def store(self, *sources: _Tensor) -> None:
        """Something written into the cache."""
        self._nodes.append(_Tensor(0, sources, outside=True))

    def most(self) -> int:
        """Walk through; returns the size of the buffer."""
        places = _Places()
        for leaf in self._leaves:
            leaf.offset = places.take(leaf.size)
        for node in self._nodes:
            if node.root is not None:
                node.root.views += 1
            for source in node.sources:
                source.readers += 1
        for node in self._nodes:
            if node.root is None and not node.outside:
                _place(node, places)
            for source in node.sources:
                source.readers -= 1
                if not source.readers and not source.views:
                    _leave(source, places)
        return places.most


def _place(node: _Tensor, places: _Places) -> None:
    if node.in_place:
        for source in node.sources:
            alone = source.readers == 1 and not source.views
            # A view has no place of its own, so nothing is ever computed over one.
            if alone and source.offset >= 0 and source.size == node.size:
                node.offset, source.offset = source.offset, -1
                return
    node.offset = places.take(node.size)


def _leave(source: _Tensor, places: _Places) -> None:
    """Nobody will read this one again."""
    holder = source
    if source.root is not None:
        holder = source.root
        holder.views -= 1
        if holder.views or holder.readers:
            return
    if holder.offset >= 0:
        places.give(holder.offset, holder.size)
        holder.offset = -1


class _Network(_Steps):
    """The graph of one batch, at its largest."""

    def __init__(self, shape: Geometry, *, context: int, batch: int, number: float) -> None:
        super().__init__()
        self._shape, self._batch, self._number = shape, batch, number
        self._row = shape.width * _FLOAT * batch
        self._queries = shape.heads * shape.head * _FLOAT * batch
        self._raw = _padded(shape.window + batch)
        self._csa = _padded(context // _CSA)
        self._hca = max(_PAD, _padded(context // _HCA))
        self._turned = number < _HALF  # quantised caches are turned before they are rounded
        self._zeros: list[_Tensor] = []
        self._inputs()
        streams = self.op(shape.streams * self._row, self.view(self.op(self._row, self._tokens)))
        for layer in range(shape.layers):
            streams = self._layer(layer, streams)
        self._head(streams)

    def _inputs(self) -> None:
        batch, shape = self._batch, self._shape
        self._tokens = self.leaf(batch * _FLOAT)
        self.leaf(self._row)  # for a batch that comes as numbers instead of words
        self._raw_mask = self.leaf(self._raw * batch * _HALF)
        self._places = self.leaf(batch * _FLOAT)
        self.leaf(batch * 8)
        self._turn = self.leaf(shape.head**2 * _FLOAT) if self._turned else None
        for width in (1, 1, 2, 1, 1):  # rows the compressors read and write
            self.leaf(width * batch * 8)
        if self._turned:
            self.leaf(shape.head**2 * _FLOAT)
        self._lid_turn = self.leaf(shape.indexer_head**2 * _FLOAT)
        self._lid_mask = self.leaf(self._csa * batch * _HALF)
        self._csa_mask = self.leaf(self._csa * batch * _HALF)
        self._zeros = [
            self.leaf(min(self._shape.indexer_top, self._csa) * batch * _HALF)
            for ratio in shape.ratios
            if ratio == _CSA
        ]
        self._hca_mask = self.leaf(self._hca * batch * _HALF)
        if self._turned:
            self.leaf(shape.head**2 * _FLOAT)

    def _layer(self, layer: int, streams: _Tensor) -> _Tensor:
        shape, batch = self._shape, self._batch
        mixes = self._mix(streams)
        pre = self._gate(mixes)
        attended = self._attention(layer, self._narrow(streams, pre))
        after = self._gate(mixes)
        combined = self.op(shape.streams**2 * _FLOAT * batch, mixes)
        streams = self.op(streams.size, attended, streams, after, combined)
        mixes = self._mix(streams)
        after = self._gate(mixes)
        combined = self.op(shape.streams**2 * _FLOAT * batch, mixes)
        pre = self._gate(mixes)
        out = self._experts(layer, self._narrow(streams, pre))
        return self.op(streams.size, out, streams, after, combined)

    def _mix(self, streams: _Tensor) -> _Tensor:
        many = (2 + self._shape.streams) * self._shape.streams
        flat = self.op(streams.size, self.view(streams))
        return self.op(many * _FLOAT * self._batch, flat)

    def _gate(self, mixes: _Tensor) -> _Tensor:
        size = self._shape.streams * _FLOAT * self._batch
        return self.over(self.over(self.over(self.op(size, self.view(mixes)))))

    def _narrow(self, streams: _Tensor, pre: _Tensor) -> _Tensor:
        return self.over(self.over(self.op(self._row, streams, pre)))

    def _attention(self, layer: int, current: _Tensor) -> _Tensor:
        shape, batch = self._shape, self._batch
        ratio = shape.ratios[layer]
        if ratio == _CSA:
            self._compress_overlapping(current, shape.head)
            self._compress_overlapping(current, shape.indexer_head, turn=self._lid_turn)
        if ratio == _HCA:
            self._compress(current)
        ranks = self.op(shape.query_rank * _FLOAT * batch, current)
        ranks = self.over(self.over(ranks))
        queries = self.over(self.view(self.op(self._queries, ranks)))
        queries = self.over(queries, self._places)
        if self._turn is not None:
            queries = self.op(self._queries, self._turn, self.view(queries))
        keys = self.over(self.over(self.op(shape.head * _FLOAT * batch, current)))
        keys = self.over(self.view(keys), self._places)
        if self._turn is not None:
            keys = self.op(keys.size, self._turn, self.view(keys))
        self.store(self.view(keys))
        if ratio == _CSA:
            out = self._attend_picked(current, ranks, queries)
        elif ratio == _HCA:
            out = self._attend(queries, self._hca, self._hca_mask)
        else:
            looks = self._halved(self._raw) if self._number > _HALF else ()
            out = self.op(self._queries, self.view(queries), *looks, self._raw_mask)
        if self._turn is not None:
            out = self.op(self._queries, self._turn, self.view(out))
        out = self.over(self.view(out), self._places)
        inner = shape.output_rank * shape.output_groups * _FLOAT * batch
        return self.op(self._row, self.view(self.op(inner, self.view(
            self.op(inner, self.view(out)))))
        )  # fmt: skip

    def _attend(self, queries: _Tensor, rows: int, mask: _Tensor) -> _Tensor:
        keys = self._all_keys(rows)
        whole = self.op((self._raw + rows) * self._batch * _HALF, self._raw_mask, mask)
        return self.op(self._queries, self.view(queries), *keys, whole)

    def _all_keys(self, rows: int) -> tuple[_Tensor, ...]:
        """Those of the window and those compressed, in one piece, as keys and as values."""
        rows += self._raw
        keys = self.op(int(rows * self._shape.head * self._number))
        if self._number > _HALF:  # fused attention takes half precision at most
            return self._halved(rows, keys)
        look = self.view(keys)
        return look, look

    def _halved(self, rows: int, *keys: _Tensor) -> tuple[_Tensor, ...]:
        size = rows * self._shape.head * _HALF
        return tuple(self.op(size, *[self.view(key) for key in keys]) for _ in range(2))

    def _attend_picked(self, current: _Tensor, ranks: _Tensor, queries: _Tensor) -> _Tensor:
        shape, batch = self._shape, self._batch
        keys = self._all_keys(self._csa)
        zeros = self.over(self._zeros.pop(0))
        asked = self.op(shape.indexer_heads * shape.indexer_head * _FLOAT * batch, ranks)
        asked = self.over(self.view(asked), self._places)
        asked = self.op(asked.size, self._lid_turn, self.view(asked))
        weights = self.over(self.op(shape.indexer_heads * _FLOAT * batch, current))
        scores = self.op(
            self._csa * batch * _FLOAT, self.view(asked), self.view(weights), self._lid_mask
        )
        top = min(self._shape.indexer_top, self._csa) * batch * _FLOAT
        picked = self.op(top, self.op(top, scores))
        filled = self.over(self._csa_mask)
        chosen = self.view(self.view(filled), zeros, self.view(picked))
        mask = self.over(self.view(chosen), self._csa_mask)
        whole = self.op((self._raw + self._csa) * batch * _HALF, self._raw_mask, mask)
        return self.op(self._queries, self.view(queries), *keys, whole)

    def _compress_overlapping(
        self, current: _Tensor, width: int, turn: _Tensor | None = None
    ) -> None:
        """Blocks of four that overlap their neighbours."""
        blocks = self._batch // _CSA + 1
        row = 2 * width * _FLOAT

        def gather(source: _Tensor) -> _Tensor:
            state = self.op((2 * _CSA + self._batch) * row, source)
            zero = self.op(row, self.view(state))
            longer = self.op((2 * _CSA + self._batch + 1) * row, state, self.view(zero))
            rows = self.op(2 * _CSA * blocks * row, longer)
            half = blocks * _CSA * width * _FLOAT
            first = self.op(half, self.view(rows))
            second = self.op(half, self.view(rows))
            both = self.op(2 * half, self.view(first), self.view(second))
            return self.op(2 * half, self.view(both))

        values = self.op(self._batch * row, current)
        gathered = gather(values)
        scores = self.op(self._batch * row, current)
        scores = self.over(scores, self.op(self._batch * row))
        weights = self.over(gather(scores))
        summed = self.op(blocks * width * _FLOAT, self.over(gathered, weights))
        block = self.op(summed.size, self.view(summed))
        block = self.over(self.over(self.over(block)))
        if turn is not None or self._turned:
            block = self.op(block.size, turn or self._lid_turn, self.view(block))
        self.store(self.view(block))
        for kept in (values, scores):
            self.store(self.op(2 * _CSA * row, kept))

    def _compress(self, current: _Tensor) -> None:
        """Blocks of 128."""
        blocks = self._batch // _HCA + 1
        row = self._shape.head * _FLOAT

        def gather(source: _Tensor) -> _Tensor:
            state = self.op((_HCA + self._batch) * row, source)
            rows = self.op(_HCA * blocks * row, state)
            return self.op(rows.size, self.view(rows))

        values = self.op(self._batch * row, current)
        gathered = gather(values)
        scores = self.op(self._batch * row, current)
        scores = self.over(scores, self.op(self._batch * row))
        weights = self.over(gather(scores))
        summed = self.op(blocks * row, self.over(gathered, weights))
        block = self.over(self.over(self.over(self.op(summed.size, self.view(summed)))))
        if self._turn is not None:
            block = self.op(block.size, self._turn, self.view(block))
        self.store(self.view(block))
        for kept in (values, scores):
            self.store(self.op(_HCA * row, kept))

    def _experts(self, layer: int, current: _Tensor) -> _Tensor:
        shape, batch = self._shape, self._batch
        each = _FLOAT * batch
        chances = self.over(self.over(self.op(shape.experts * each, current)))
        if layer < shape.hash_layers:
            picked = self.op(shape.experts_used * each, self._tokens)
        else:
            biased = self.op(shape.experts * each, chances)
            picked = self.view(self.op(shape.experts * each, biased))
        weights = self.op(shape.experts_used * each, self.view(chances), picked)
        again = self.view(weights)
        total = self.over(self.op(each, again))
        weights = self.over(self.view(self.over(again, total)))
        look = self.view(current)
        inner = shape.experts_used * shape.expert_width * each
        gate = self.op(inner, look, picked)
        up = self.op(inner, look, picked)
        out = self.op(shape.experts_used * self._row, self.op(inner, gate, up), picked)
        out = self.over(out, self.view(weights))
        parts = [self.view(out) for _ in range(shape.experts_used)]
        joined = self.op(self._row, *parts[:2])
        for part in parts[2:]:
            joined = self.over(joined, part)
        inner = shape.experts_shared * shape.expert_width * each
        gate, up = self.op(inner, current), self.op(inner, current)
        return self.over(joined, self.op(self._row, self.op(inner, gate, up)))

    def _head(self, streams: _Tensor) -> None:
        last = self.op(self._shape.streams * self._shape.width * _FLOAT, self.view(streams))
        self.op(self._shape.words * _FLOAT, last)


@lru_cache(maxsize=128)
def work_bytes(shape: Geometry, *, context: int, batch: int, number: float) -> int:
    """Bytes of the buffer for one batch.

    Args:
        context: tokens.
        batch: tokens computed at once.
        number: bytes of one number in the cache.
    """
    return _Network(shape, context=context, batch=batch, number=number).most()


def _aligned(size: int) -> int:
    return (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def _padded(rows: int) -> int:
    return (rows + _PAD - 1) // _PAD * _PAD
