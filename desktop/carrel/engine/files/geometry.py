"""The shape of a ``deepseek4`` network and the tensors it needs; what is known of other shapes.

Pure values. Must not know files or llama.cpp. Names and shapes follow
llama.cpp's loader (src/models/deepseek4.cpp).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """The numbers a file states about its network.

    Attributes:
        layers: that compute every token; a draft layer is not counted.
        ratios: compression of each layer: 0, 4 or 128.
        head: width of one attention head, keys and values alike.
        indexer_top: compressed rows a token attends to, picked by the indexer.
    """

    words: int
    layers: int
    width: int
    heads: int
    head: int
    query_rank: int
    output_groups: int
    output_rank: int
    window: int
    ratios: tuple[int, ...]
    indexer_heads: int
    indexer_head: int
    experts: int
    experts_used: int
    experts_shared: int
    expert_width: int
    hash_layers: int
    streams: int
    indexer_top: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericGeometry:
    """What a file of another architecture states about its network, as far as memory needs it.

    Attributes:
        key_rows: numbers kept of each token's keys, layer by layer; 0 where nothing is kept.
        value_rows: the same of its values; 0 as well where values are part of the keys.
        windows: tokens each layer looks back; 0 looks back at all.
        state_numbers: of the rolling states of all recurrent layers, in single precision.
        inner: width of the widest feed-forward layer.
    """

    words: int
    layers: int
    width: int
    heads: int
    key_rows: tuple[int, ...]
    value_rows: tuple[int, ...]
    windows: tuple[int, ...]
    state_numbers: int
    inner: int


Shape = Geometry | GenericGeometry


class TensorKind(StrEnum):
    """Which number formats the engine's operations take for a tensor."""

    EXACT = "exact"
    """Single precision only: it is added or multiplied element by element."""
    MATRIX = "matrix"
    """Any floating or quantised format: it is multiplied with vectors."""
    IDS = "ids"
    """32-bit expert numbers."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A tensor that must be there; dimensions as ggml counts, the fastest first."""

    name: str
    dimensions: tuple[int, ...]
    kind: TensorKind


def expected_tensors(shape: Geometry) -> Iterator[Expected]:
    """All tensors the engine will look for, in no particular order."""
    exact, matrix = TensorKind.EXACT, TensorKind.MATRIX
    width, words, streams = shape.width, shape.words, shape.streams
    yield Expected("token_embd.weight", (width, words), matrix)
    yield Expected("output_norm.weight", (width,), exact)
    yield Expected("output.weight", (width, words), matrix)
    yield Expected("output_hc_fn.weight", (streams * width, streams), matrix)
    yield Expected("output_hc_base.weight", (streams,), exact)
    yield Expected("output_hc_scale.weight", (1,), exact)
    for layer in range(shape.layers):
        for tensor in (*_attention(shape), *_compression(shape, layer), *_experts(shape, layer)):
            yield Expected(f"blk.{layer}.{tensor.name}", tensor.dimensions, tensor.kind)


def _attention(shape: Geometry) -> Iterator[Expected]:
    exact, matrix = TensorKind.EXACT, TensorKind.MATRIX
    groups, rank, queries = shape.output_groups, shape.output_rank, shape.heads * shape.head
    yield Expected("attn_norm.weight", (shape.width,), exact)
    yield Expected("attn_sinks.weight", (shape.heads,), exact)
    yield Expected("attn_q_a.weight", (shape.width, shape.query_rank), matrix)
    yield Expected("attn_q_a_norm.weight", (shape.query_rank,), exact)
    yield Expected("attn_q_b.weight", (shape.query_rank, queries), matrix)
    yield Expected("attn_kv.weight", (shape.width, shape.head), matrix)
    yield Expected("attn_kv_a_norm.weight", (shape.head,), exact)
    yield Expected("attn_output_a.weight", (queries // groups, rank * groups), matrix)
    yield Expected("attn_output_b.weight", (groups * rank, shape.width), matrix)
    mix = (2 + shape.streams) * shape.streams
    for part in ("attn", "ffn"):
        yield Expected(f"hc_{part}_fn.weight", (shape.streams * shape.width, mix), matrix)
        yield Expected(f"hc_{part}_base.weight", (mix,), exact)
        yield Expected(f"hc_{part}_scale.weight", (3,), exact)


def _compression(shape: Geometry, layer: int) -> Iterator[Expected]:
    matrix = TensorKind.MATRIX
    ratio = shape.ratios[layer]
    if ratio:
        yield from _compressor("attn_compressor", shape.width, shape.head, ratio)
    if ratio == 4:
        yield from _compressor("indexer_compressor", shape.width, shape.indexer_head, ratio)
        queries = shape.indexer_heads * shape.indexer_head
        yield Expected("indexer.proj.weight", (shape.width, shape.indexer_heads), matrix)
        yield Expected("indexer.attn_q_b.weight", (shape.query_rank, queries), matrix)


def _compressor(prefix: str, width: int, head: int, ratio: int) -> Iterator[Expected]:
    matrix = TensorKind.MATRIX
    halves = 2 if ratio == 4 else 1  # blocks of 4 overlap their neighbours
    yield Expected(f"{prefix}_kv.weight", (width, halves * head), matrix)
    yield Expected(f"{prefix}_gate.weight", (width, halves * head), matrix)
    yield Expected(f"{prefix}_ape.weight", (halves * head, ratio), matrix)
    yield Expected(f"{prefix}_norm.weight", (head,), TensorKind.EXACT)


def _experts(shape: Geometry, layer: int) -> Iterator[Expected]:
    matrix = TensorKind.MATRIX
    width, inner, many = shape.width, shape.expert_width, shape.experts
    shared = shape.experts_shared * inner
    yield Expected("ffn_norm.weight", (width,), TensorKind.EXACT)
    yield Expected("ffn_gate_inp.weight", (width, many), matrix)
    if layer < shape.hash_layers:
        chosen = (shape.experts_used, shape.words)
        yield Expected("ffn_gate_tid2eid.weight", chosen, TensorKind.IDS)
    else:
        yield Expected("exp_probs_b.bias", (many,), TensorKind.EXACT)
    yield Expected("ffn_gate_exps.weight", (width, inner, many), matrix)
    yield Expected("ffn_up_exps.weight", (width, inner, many), matrix)
    yield Expected("ffn_down_exps.weight", (inner, width, many), matrix)
    yield Expected("ffn_gate_shexp.weight", (width, shared), matrix)
    yield Expected("ffn_up_shexp.weight", (width, shared), matrix)
    yield Expected("ffn_down_shexp.weight", (shared, width), matrix)
