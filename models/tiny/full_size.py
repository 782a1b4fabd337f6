"""Write a file of the true size and shape of DeepSeek V4-Flash that takes little room on the disk.

    python models/tiny/full_size.py OUT.gguf [--layout q2|mxfp4] [--shape flash|pro]

Every tensor has its true dimensions and number format, so llama.cpp plans,
maps, loads and decodes it as it would the real file; but the large matrices
are holes, which read as zeros. Written are the metadata with a vocabulary of
the true size, the norms, the small tensors, the tables that choose experts,
and the first rows of the embedding, so that different tokens take different
experts. Layouts: ``q2`` as in the 2-bit files people run on 96 and 128 GB
machines (80.8 GiB), ``mxfp4`` as converted without loss (145.8 GiB). The shape
``pro`` is 61 layers of V4-Pro's width, for checking formulae only.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import build
import gguf_writer as g

WORDS = 129_280
"""Tokens in the vocabulary."""
MERGED_WORDS = 127_741
"""Merges in the vocabulary."""
EMBEDDED_ROWS = 2048
"""Rows of the embedding that are written: 16 MiB."""


@dataclass(frozen=True)
class Shape:
    """The numbers in which the sizes of V4 differ; the rest is as in the tiny file or below."""

    title: str
    layers: int
    width: int
    heads: int
    query_rank: int
    groups: int
    experts: int
    expert_width: int
    indexer_top: int
    first_ratio: int
    scale: float

    @property
    def ratios(self) -> tuple[int, ...]:
        """Compression of each layer: two alike, then 4 and 128 in turn."""
        return (
            self.first_ratio,
            self.first_ratio,
            *itertools.islice(itertools.cycle((4, 128)), self.layers - 2),
        )


FLASH = Shape(
    title="V4-Flash", layers=43, width=4096, heads=64, query_rank=1024, groups=8,
    experts=256, expert_width=2048, indexer_top=512, first_ratio=0, scale=1.5,
)  # fmt: skip
PRO = Shape(
    title="V4-Pro", layers=61, width=7168, heads=128, query_rank=1536, groups=16,
    experts=384, expert_width=3072, indexer_top=1024, first_ratio=128, scale=2.5,
)  # fmt: skip
SHAPES = {"flash": FLASH, "pro": PRO}

HEAD, ROPE, OUTPUT_RANK = 512, 64, 1024
INDEXER_HEADS, INDEXER_HEAD = 64, 128
EXPERTS_USED, HASH_LAYERS, STREAMS = 6, 3, 4

LAYOUTS = {
    "q2": {"outer": g.TYPE_IQ2_XXS, "inner": g.TYPE_Q2_K},
    "mxfp4": {"outer": g.TYPE_MXFP4, "inner": g.TYPE_MXFP4},
}
"""Formats of the experts' matrices into their inner width, and out of it."""


def vocabulary() -> tuple[list[str], list[int], list[str]]:
    """The tiny file's vocabulary, filled up to the true size with made-up words and merges."""
    tokens, types, merges = build.vocabulary()
    normal = [t for t, kind in zip(tokens, types, strict=True) if kind == build.NORMAL_TYPE]
    known = set(tokens)
    for first, second in itertools.product(normal, normal):
        if len(tokens) == WORDS:
            break
        if first + second in known:
            continue
        known.add(first + second)
        tokens.append(first + second)
        types.append(build.NORMAL_TYPE)
        if len(merges) < MERGED_WORDS:
            merges.append(f"{first} {second}")
    return tokens, types, merges


def metadata(shape: Shape, layout: str) -> dict[str, tuple[int, object]]:
    """All metadata, key to (kind, value)."""
    tokens, types, merges = vocabulary()
    numbers = {
        "vocab_size": WORDS, "block_count": shape.layers, "embedding_length": shape.width,
        "embedding_length_out": shape.width * STREAMS, "attention.head_count": shape.heads,
        "attention.key_length": HEAD, "attention.value_length": HEAD,
        "attention.q_lora_rank": shape.query_rank, "rope.dimension_count": ROPE,
        "attention.indexer.head_count": INDEXER_HEADS,
        "attention.indexer.key_length": INDEXER_HEAD,
        "attention.indexer.top_k": shape.indexer_top,
        "attention.output_group_count": shape.groups,
        "attention.output_lora_rank": OUTPUT_RANK, "expert_count": shape.experts,
        "expert_used_count": EXPERTS_USED, "expert_feed_forward_length": shape.expert_width,
        "hash_layer_count": HASH_LAYERS,
    }  # fmt: skip
    clamp = (g.ARRAY, (g.F32, [10.0] * shape.layers))
    return build.metadata(seed=0) | {
        "general.name": (g.STRING, f"{shape.title} of full size, empty ({layout})"),
        **{f"{build.ARCHITECTURE}.{key}": (g.U32, value) for key, value in numbers.items()},
        f"{build.ARCHITECTURE}.attention.compress_ratios": (g.ARRAY, (g.I32, [*shape.ratios])),
        f"{build.ARCHITECTURE}.expert_weights_scale": (g.F32, shape.scale),
        f"{build.ARCHITECTURE}.swiglu_clamp_exp": clamp,
        f"{build.ARCHITECTURE}.swiglu_clamp_shexp": clamp,
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, tokens)),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, types)),
        "tokenizer.ggml.merges": (g.ARRAY, (g.STRING, merges)),
    }


def layer_tensors(shape: Shape, layer: int) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """The tensors of one layer: name, kind, dimensions with the fastest first."""
    width, mix, queries = shape.width, (2 + STREAMS) * STREAMS, shape.heads * HEAD
    yield "attn_norm.weight", "norm", (width,)
    yield "attn_sinks.weight", "bias", (shape.heads,)
    yield "attn_q_a.weight", "matrix", (width, shape.query_rank)
    yield "attn_q_a_norm.weight", "norm", (shape.query_rank,)
    yield "attn_q_b.weight", "matrix", (shape.query_rank, queries)
    yield "attn_kv.weight", "matrix", (width, HEAD)
    yield "attn_kv_a_norm.weight", "norm", (HEAD,)
    yield "attn_output_a.weight", "matrix", (queries // shape.groups, OUTPUT_RANK * shape.groups)
    yield "attn_output_b.weight", "matrix", (shape.groups * OUTPUT_RANK, width)
    for part in ("attn", "ffn"):
        yield f"hc_{part}_fn.weight", "half", (STREAMS * width, mix)
        yield f"hc_{part}_base.weight", "bias", (mix,)
        yield f"hc_{part}_scale.weight", "norm", (3,)
    ratio = shape.ratios[layer]
    if ratio:
        yield from _compressor("attn_compressor", width, HEAD, ratio)
    if ratio == 4:
        yield from _compressor("indexer_compressor", width, INDEXER_HEAD, ratio)
        yield "indexer.proj.weight", "half", (width, INDEXER_HEADS)
        yield "indexer.attn_q_b.weight", "half", (shape.query_rank, INDEXER_HEADS * INDEXER_HEAD)
    yield "ffn_norm.weight", "norm", (width,)
    yield "ffn_gate_inp.weight", "gate", (width, shape.experts)
    if layer < HASH_LAYERS:
        yield "ffn_gate_tid2eid.weight", "experts", (EXPERTS_USED, WORDS)
    else:
        yield "exp_probs_b.bias", "bias", (shape.experts,)
    inner = shape.expert_width
    yield "ffn_gate_exps.weight", "outer", (width, inner, shape.experts)
    yield "ffn_up_exps.weight", "outer", (width, inner, shape.experts)
    yield "ffn_down_exps.weight", "inner", (inner, width, shape.experts)
    yield "ffn_gate_shexp.weight", "matrix", (width, inner)
    yield "ffn_up_shexp.weight", "matrix", (width, inner)
    yield "ffn_down_shexp.weight", "matrix", (inner, width)


def _compressor(
    prefix: str, width: int, head: int, ratio: int
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    halves = 2 if ratio == 4 else 1  # blocks of 4 overlap their neighbours
    yield f"{prefix}_kv.weight", "half", (width, halves * head)
    yield f"{prefix}_gate.weight", "half", (width, halves * head)
    yield f"{prefix}_ape.weight", "half", (halves * head, ratio)
    yield f"{prefix}_norm.weight", "norm", (head,)


def describe(shape: Shape, layout: str) -> g.GgufWriter:
    """The whole file: small tensors in memory, large ones as holes."""
    random, writer = build.Random(1), g.GgufWriter()
    writer.metadata = metadata(shape, layout)
    formats = {"matrix": g.TYPE_Q8_0, "half": g.TYPE_F16, **LAYOUTS[layout]}

    def add(name: str, kind: str, dimensions: tuple[int, ...]) -> None:
        array = tuple(reversed(dimensions))
        match kind:
            case "norm":
                writer.add_tensor(name, np.ones(array, np.float32), g.TYPE_F32)
            case "bias":
                writer.add_tensor(name, random.spread(array, 0.5), g.TYPE_F32)
            case "gate":
                writer.add_tensor(name, random.spread(array, 1 / 16), g.TYPE_F16)
            case "experts":
                writer.add_tensor(name, _consecutive_experts(random, shape), g.TYPE_I32)
            case _:
                writer.add_hole(name, dimensions, formats[kind])

    writer.add_start(
        "token_embd.weight", (shape.width, WORDS), g.TYPE_F16,
        random.spread((EMBEDDED_ROWS, shape.width), 0.1),
    )  # fmt: skip
    add("output_norm.weight", "norm", (shape.width,))
    add("output.weight", "matrix", (shape.width, WORDS))
    add("output_hc_fn.weight", "half", (STREAMS * shape.width, STREAMS))
    add("output_hc_base.weight", "bias", (STREAMS,))
    add("output_hc_scale.weight", "norm", (1,))
    for layer in range(shape.layers):
        for name, kind, dimensions in layer_tensors(shape, layer):
            add(f"blk.{layer}.{name}", kind, dimensions)
    return writer


def _consecutive_experts(random: build.Random, shape: Shape) -> np.ndarray:
    """For each word, different experts: neighbours of a random one."""
    first = random.choices(1, WORDS, WORDS).reshape(-1, 1) % shape.experts
    return (first + np.arange(EXPERTS_USED, dtype=np.int32)) % shape.experts


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--layout", choices=LAYOUTS, default="q2")
    parser.add_argument("--shape", choices=SHAPES, default="flash")
    chosen = parser.parse_args()
    describe(SHAPES[chosen.shape], chosen.layout).write(chosen.out)
    stat = chosen.out.stat()
    print(chosen.out, stat.st_size, "bytes,", stat.st_blocks * 512, "on the disk")
    return 0


if __name__ == "__main__":
    sys.exit(main())
