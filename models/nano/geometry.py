"""The shape of Carrel Nano: numbers and tensors of the `deepseek4` architecture.

Shared by the graph, the start values and the exporter; must not know PyTorch.
Tensor names and shapes follow llama.cpp's loader for the architecture.
"""

from dataclasses import dataclass
from typing import Final

STREAMS: Final = 4
"""Hyper-connection streams; llama.cpp's graph accepts no other number."""
TAGS: Final = 12
"""Passages a question may come with; each number is one token."""


@dataclass(frozen=True)
class Geometry:
    """Every number the file's metadata needs.

    Attributes:
        ratios: how often each layer compresses its past (0, 4 or 128); at least one
            compressed layer must exist, or llama.cpp divides by zero.
        window: tokens that a layer sees uncompressed. Larger than the longest prompt,
            so that every sentence can be copied from.
        rope_base: small, because 8 pairs must tell near from far within some thousand
            tokens; with it YaRN changes no frequency.
        logit_scale: the output matrix is the embedding times this.
    """

    words: int = 12_288
    width: int = 192
    heads: int = 4
    head: int = 128
    rope: int = 16
    query_rank: int = 96
    groups: int = 2
    output_rank: int = 64
    window: int = 2048
    experts: int = 4
    experts_used: int = 2
    expert_width: int = 32
    hash_layers: int = 1
    ratios: tuple[int, ...] = (0, 0, 4, 128, 0, 0)
    indexer_heads: int = 1
    indexer_head: int = 64
    indexer_top: int = 8192
    sinkhorn: int = 20
    epsilon: float = 1e-6
    clamp: float = 10.0
    expert_scale: float = 1.5
    context: int = 8192
    rope_base: float = 2000.0
    compress_base: float = 2000.0
    yarn_factor: float = 16.0
    yarn_context: int = 65_536
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    logit_scale: float = 0.12

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.ratios)


Shape = tuple[str, tuple[int, ...]]
"""Kind of a tensor and its shape, the fastest axis last."""


def tensors(g: Geometry) -> dict[str, Shape]:
    """All tensors of the file: name to kind and shape.

    Kinds: ``matrix`` (quantised), ``half`` (16 bit), ``norm``, ``bias``, ``scale`` and
    ``mix`` (32 bit), ``experts`` (whole numbers).
    """
    found: dict[str, Shape] = {
        "token_embd.weight": ("matrix", (g.words, g.width)),
        "output_norm.weight": ("norm", (g.width,)),
        "output.weight": ("matrix", (g.words, g.width)),
        "output_hc_fn.weight": ("mix", (STREAMS, STREAMS * g.width)),
        "output_hc_base.weight": ("bias", (STREAMS,)),
        "output_hc_scale.weight": ("scale", (1,)),
    }
    for layer in range(g.layers):
        found |= {f"blk.{layer}.{n}": s for n, s in _layer(g, layer).items()}
    return found


def _layer(g: Geometry, layer: int) -> dict[str, Shape]:
    mix = (2 + STREAMS) * STREAMS
    found: dict[str, Shape] = {
        "attn_norm.weight": ("norm", (g.width,)),
        "attn_sinks.weight": ("bias", (g.heads,)),
        "attn_q_a.weight": ("matrix", (g.query_rank, g.width)),
        "attn_q_a_norm.weight": ("norm", (g.query_rank,)),
        "attn_q_b.weight": ("matrix", (g.heads * g.head, g.query_rank)),
        "attn_kv.weight": ("matrix", (g.head, g.width)),
        "attn_kv_a_norm.weight": ("norm", (g.head,)),
        "attn_output_a.weight": (
            "matrix",
            (g.output_rank * g.groups, g.heads * g.head // g.groups),
        ),
        "attn_output_b.weight": ("matrix", (g.width, g.groups * g.output_rank)),
        "ffn_norm.weight": ("norm", (g.width,)),
        "ffn_gate_inp.weight": ("scale", (g.experts, g.width)),
        "ffn_gate_exps.weight": ("matrix", (g.experts, g.expert_width, g.width)),
        "ffn_up_exps.weight": ("matrix", (g.experts, g.expert_width, g.width)),
        "ffn_down_exps.weight": ("matrix", (g.experts, g.width, g.expert_width)),
        "ffn_gate_shexp.weight": ("matrix", (g.expert_width, g.width)),
        "ffn_up_shexp.weight": ("matrix", (g.expert_width, g.width)),
        "ffn_down_shexp.weight": ("matrix", (g.width, g.expert_width)),
    }
    for part in ("attn", "ffn"):
        found[f"hc_{part}_fn.weight"] = ("mix", (mix, STREAMS * g.width))
        found[f"hc_{part}_base.weight"] = ("bias", (mix,))
        found[f"hc_{part}_scale.weight"] = ("scale", (3,))
    if layer < g.hash_layers:
        found["ffn_gate_tid2eid.weight"] = ("experts", (g.words, g.experts_used))
    else:
        found["exp_probs_b.bias"] = ("bias", (g.experts,))
    ratio = g.ratios[layer]
    if ratio:
        found |= _compressor("attn_compressor", g.head, 2 if ratio == 4 else 1, ratio, g.width)
    if ratio == 4:
        found |= _compressor("indexer_compressor", g.indexer_head, 2, ratio, g.width)
        found["indexer.proj.weight"] = ("half", (g.indexer_heads, g.width))
        found["indexer.attn_q_b.weight"] = (
            "half",
            (g.indexer_heads * g.indexer_head, g.query_rank),
        )
    return found


def _compressor(prefix: str, head: int, halves: int, ratio: int, width: int) -> dict[str, Shape]:
    return {
        f"{prefix}_kv.weight": ("half", (halves * head, width)),
        f"{prefix}_gate.weight": ("half", (halves * head, width)),
        f"{prefix}_ape.weight": ("half", (ratio, halves * head)),
        f"{prefix}_norm.weight": ("norm", (head,)),
    }
