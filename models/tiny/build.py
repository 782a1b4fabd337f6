"""Build a tiny engine file with the true geometry of DeepSeek V4-Flash.

    python models/tiny/build.py OUT.gguf [--seed N] [--exact]

The architecture is ``deepseek4`` with all that makes it special: raw layers
and layers compressed 4 and 128 times, a hash-routed layer, four
hyper-connections, the lightning indexer, YaRN, the ``joyai-llm`` pre-tokeniser
and special tokens of the right types. The weights are random, so it writes
nonsense, but everything around it behaves as with the real one. The file is
the same, byte for byte, for the same seed on every machine: only integer
random bits, IEEE arithmetic and sorted counts go into it.

Key and tensor names follow llama.cpp's loader for the architecture.
"""

import argparse
import collections
import itertools
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import gguf_writer as g

ARCHITECTURE = "deepseek4"
LAYERS, WIDTH, HEADS, HEAD, ROPE = 5, 64, 4, 128, 32
QUERY_RANK, GROUPS, OUTPUT_RANK = 32, 2, 32
EXPERTS, EXPERTS_USED, EXPERT_WIDTH, HASH_LAYERS = 4, 2, 32, 1
INDEXER_HEADS, INDEXER_HEAD, INDEXER_TOP = 2, 64, 64
STREAMS, SINKHORN = 4, 20
RATIOS = (0, 0, 4, 128, 4)
WINDOW, CONTEXT, YARN_CONTEXT = 128, 1_048_576, 65_536
MERGES = 600

BOS, EOS, PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"
USER_DEFINED = ("<think>", "</think>", "｜DSML｜")
CONTROL = (
    *(
        "<｜fim▁hole｜>",
        "<｜fim▁begin｜>",
        "<｜fim▁end｜>",
        "<｜User｜>",
        "<｜Assistant｜>",
        "<|EOT|>",
    ),
    *("<｜latest_reminder｜>", "<｜query｜>", "<｜title｜>", "<｜action｜>", "<｜read_url｜>"),
)
NORMAL_TYPE, CONTROL_TYPE, USER_DEFINED_TYPE = 1, 3, 4

LIVELY = {EOS: 0.9, "</think>": 1.1}
"""How large the output rows of two tokens are, in units of the others, so that the random engine
stops thinking and speaking now and then, as a real one does. Other special tokens get 0.1."""

WORDS = re.compile(r"\d{1,3}| ?[A-Za-z]+| ?[^\sA-Za-z0-9]+|\s+")
"""A simplification of the pre-tokeniser's pattern; merges across its borders are never used."""


Kinds = dict[str, int]
USUAL: Kinds = {"matrix": g.TYPE_Q8_0, "half": g.TYPE_F16, "place": g.TYPE_F16}
"""Number formats by the kind of tensor, as in real files."""
EXACT: Kinds = dict.fromkeys(USUAL, g.TYPE_F32)
"""Single precision everywhere: rounding then hides no mistake in a comparison of two runs."""


class Random:
    """Values from raw random bits only: numpy promises these, but not its normal numbers."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def spread(self, shape: tuple[int, ...], deviation: float) -> np.ndarray:
        """Uniform values around 0 with this standard deviation."""
        raw = self._bits.random_raw(int(np.prod(shape))) >> np.uint64(40)
        unit = raw.astype(np.float64) / float(1 << 24) - 0.5
        return (unit * (deviation * 12**0.5)).astype(np.float32).reshape(shape)

    def choices(self, rows: int, count: int, among: int) -> np.ndarray:
        """For each row, this many different numbers below ``among``."""
        keys = self._bits.random_raw(rows * among).reshape(rows, among)
        return np.argsort(keys, axis=1, kind="stable")[:, :count].astype(np.int32)


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in byte-level BPE."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    return letters | {byte: chr(256 + place) for place, byte in enumerate(hidden)}


def learn_merges(text: str, count: int) -> list[tuple[str, str]]:
    """Byte-pair merges, the most frequent first; ties go to the smaller pair."""
    letters = byte_letters()
    counted = collections.Counter(WORDS.findall(text))
    words = {tuple(letters[b] for b in word.encode()): n for word, n in counted.items()}
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs: collections.Counter[tuple[str, str]] = collections.Counter()
        for word, n in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += n
        best = min(pairs, key=lambda pair: (-pairs[pair], pair), default=None)
        if best is None or pairs[best] < 2:
            break
        merges.append(best)
        words = {_merged(word, best): n for word, n in words.items()}
    return merges


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    joined: list[str] = []
    for piece in word:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def vocabulary() -> tuple[list[str], list[int], list[str]]:
    """Tokens, their types, and the merges as the format has them."""
    text = (Path(__file__).parent / "text.txt").read_text("utf-8")
    merges = learn_merges(text, MERGES)
    words = [*byte_letters().values()]
    words += dict.fromkeys(a + b for a, b in merges if a + b not in set(words))
    tokens = [BOS, EOS, PAD, *words, *USER_DEFINED, *CONTROL]
    tokens += [f"<｜place▁holder▁no▁{n}｜>" for n in range(-len(tokens) % 64)]
    special = {BOS, EOS, PAD, *tokens[3 + len(words) :]}
    types = [
        USER_DEFINED_TYPE if t in USER_DEFINED else CONTROL_TYPE if t in special else NORMAL_TYPE
        for t in tokens
    ]
    return tokens, types, [f"{a} {b}" for a, b in merges]


def metadata(seed: int) -> dict[str, tuple[int, Any]]:
    """All metadata, key to (kind, value)."""
    tokens, types, merges = vocabulary()
    numbers = {
        "vocab_size": len(tokens), "block_count": LAYERS, "context_length": CONTEXT,
        "embedding_length": WIDTH, "embedding_length_out": WIDTH * STREAMS,
        "attention.head_count": HEADS, "attention.head_count_kv": 1,
        "attention.key_length": HEAD, "attention.value_length": HEAD,
        "attention.q_lora_rank": QUERY_RANK, "attention.sliding_window": WINDOW,
        "attention.indexer.head_count": INDEXER_HEADS,
        "attention.indexer.key_length": INDEXER_HEAD, "attention.indexer.top_k": INDEXER_TOP,
        "attention.output_group_count": GROUPS, "attention.output_lora_rank": OUTPUT_RANK,
        "rope.dimension_count": ROPE, "rope.scaling.original_context_length": YARN_CONTEXT,
        "expert_count": EXPERTS, "expert_used_count": EXPERTS_USED, "expert_shared_count": 1,
        "expert_feed_forward_length": EXPERT_WIDTH, "expert_gating_func": 4,
        "hyper_connection.count": STREAMS, "hyper_connection.sinkhorn_iterations": SINKHORN,
        "hash_layer_count": HASH_LAYERS,
    }  # fmt: skip
    reals = {
        "attention.layer_norm_rms_epsilon": 1e-6, "attention.compress_rope_freq_base": 160_000.0,
        "rope.freq_base": 10_000.0, "rope.scaling.factor": 16.0,
        "rope.scaling.yarn_beta_fast": 32.0, "rope.scaling.yarn_beta_slow": 1.0,
        "expert_weights_scale": 1.5, "hyper_connection.epsilon": 1e-6,
    }  # fmt: skip
    clamp = (g.ARRAY, (g.F32, [10.0] * LAYERS))
    own: dict[str, tuple[int, Any]] = {
        **{key: (g.U32, value) for key, value in numbers.items()},
        **{key: (g.F32, value) for key, value in reals.items()},
        "rope.scaling.type": (g.STRING, "yarn"),
        "expert_weights_norm": (g.BOOL, True),
        "attention.compress_ratios": (g.ARRAY, (g.I32, list(RATIOS))),
        "swiglu_clamp_exp": clamp,
        "swiglu_clamp_shexp": clamp,
    }
    return {
        "general.architecture": (g.STRING, ARCHITECTURE),
        "general.type": (g.STRING, "model"),
        "general.name": (g.STRING, f"Carrel tiny (random weights, seed {seed})"),
        "general.version": (g.STRING, "0731"),
        "general.license": (g.STRING, "apache-2.0"),
        "general.file_type": (g.U32, 7),
        "general.quantization_version": (g.U32, 2),
        **{f"{ARCHITECTURE}.{key}": value for key, value in own.items()},
        "tokenizer.ggml.model": (g.STRING, "gpt2"),
        "tokenizer.ggml.pre": (g.STRING, "joyai-llm"),
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, tokens)),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, types)),
        "tokenizer.ggml.merges": (g.ARRAY, (g.STRING, merges)),
        "tokenizer.ggml.bos_token_id": (g.U32, 0),
        "tokenizer.ggml.eos_token_id": (g.U32, 1),
        "tokenizer.ggml.padding_token_id": (g.U32, 2),
        "tokenizer.ggml.add_bos_token": (g.BOOL, False),
        "tokenizer.ggml.add_eos_token": (g.BOOL, False),
    }


def layer_shapes(layer: int, words: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The tensors of one layer: name to (kind, shape with the fastest axis last)."""
    mix = (2 + STREAMS) * STREAMS
    found: dict[str, tuple[str, tuple[int, ...]]] = {
        "attn_norm.weight": ("norm", (WIDTH,)),
        "attn_sinks.weight": ("bias", (HEADS,)),
        "attn_q_a.weight": ("matrix", (QUERY_RANK, WIDTH)),
        "attn_q_a_norm.weight": ("norm", (QUERY_RANK,)),
        "attn_q_b.weight": ("matrix", (HEADS * HEAD, QUERY_RANK)),
        "attn_kv.weight": ("matrix", (HEAD, WIDTH)),
        "attn_kv_a_norm.weight": ("norm", (HEAD,)),
        "attn_output_a.weight": ("matrix", (OUTPUT_RANK * GROUPS, HEADS * HEAD // GROUPS)),
        "attn_output_b.weight": ("matrix", (WIDTH, GROUPS * OUTPUT_RANK)),
        "ffn_norm.weight": ("norm", (WIDTH,)),
        "ffn_gate_inp.weight": ("half", (EXPERTS, WIDTH)),
        "ffn_gate_exps.weight": ("matrix", (EXPERTS, EXPERT_WIDTH, WIDTH)),
        "ffn_up_exps.weight": ("matrix", (EXPERTS, EXPERT_WIDTH, WIDTH)),
        "ffn_down_exps.weight": ("matrix", (EXPERTS, WIDTH, EXPERT_WIDTH)),
        "ffn_gate_shexp.weight": ("matrix", (EXPERT_WIDTH, WIDTH)),
        "ffn_up_shexp.weight": ("matrix", (EXPERT_WIDTH, WIDTH)),
        "ffn_down_shexp.weight": ("matrix", (WIDTH, EXPERT_WIDTH)),
    }
    for part in ("attn", "ffn"):
        found[f"hc_{part}_fn.weight"] = ("half", (mix, STREAMS * WIDTH))
        found[f"hc_{part}_base.weight"] = ("bias", (mix,))
        found[f"hc_{part}_scale.weight"] = ("one", (3,))
    if layer < HASH_LAYERS:
        found["ffn_gate_tid2eid.weight"] = ("experts", (words, EXPERTS_USED))
    else:
        found["exp_probs_b.bias"] = ("bias", (EXPERTS,))
    ratio = RATIOS[layer]
    if ratio:
        found |= _compressor("attn_compressor", HEAD, 2 if ratio == 4 else 1, ratio)
    if ratio == 4:
        found |= _compressor("indexer_compressor", INDEXER_HEAD, 2, ratio)
        found["indexer.proj.weight"] = ("half", (INDEXER_HEADS, WIDTH))
        found["indexer.attn_q_b.weight"] = ("half", (INDEXER_HEADS * INDEXER_HEAD, QUERY_RANK))
    return found


def _compressor(
    prefix: str, head: int, halves: int, ratio: int
) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        f"{prefix}_kv.weight": ("half", (halves * head, WIDTH)),
        f"{prefix}_gate.weight": ("half", (halves * head, WIDTH)),
        f"{prefix}_ape.weight": ("place", (ratio, halves * head)),
        f"{prefix}_norm.weight": ("norm", (head,)),
    }


def add_tensor(
    writer: g.GgufWriter,
    random: Random,
    name: str,
    kind: str,
    shape: tuple[int, ...],
    formats: Kinds,
) -> None:
    """Add one random tensor of a kind."""
    match kind:
        case "norm":
            writer.add_tensor(name, 1 + random.spread(shape, 0.1), g.TYPE_F32)
        case "bias":
            writer.add_tensor(name, random.spread(shape, 0.3), g.TYPE_F32)
        case "one":
            writer.add_tensor(name, np.ones(shape, np.float32), g.TYPE_F32)
        case "place":
            writer.add_tensor(name, random.spread(shape, 0.5), formats[kind])
        case "experts":
            writer.add_tensor(name, random.choices(*shape, EXPERTS), g.TYPE_I32)
        case _:
            values = random.spread(shape, 1.5 / shape[-1] ** 0.5)
            writer.add_tensor(name, values, formats[kind])


def describe(seed: int, *, exact: bool = False) -> g.GgufWriter:
    """The whole file in memory; tests change it before writing."""
    random, writer = Random(seed), g.GgufWriter()
    formats = EXACT if exact else USUAL
    writer.metadata = metadata(seed)
    tokens = writer.metadata["tokenizer.ggml.tokens"][1][1]
    types = writer.metadata["tokenizer.ggml.token_type"][1][1]
    writer.add_tensor(
        "token_embd.weight", random.spread((len(tokens), WIDTH), 1.0), formats["half"]
    )
    output = random.spread((len(tokens), WIDTH), 4.0 / WIDTH**0.5)
    for row, (token, kind) in enumerate(zip(tokens, types, strict=True)):
        if kind != NORMAL_TYPE:
            output[row] *= np.float32(LIVELY.get(token, 0.1))
    add_tensor(writer, random, "output_norm.weight", "norm", (WIDTH,), formats)
    writer.add_tensor("output.weight", output, formats["matrix"])
    add_tensor(writer, random, "output_hc_fn.weight", "half", (STREAMS, STREAMS * WIDTH), formats)
    add_tensor(writer, random, "output_hc_base.weight", "bias", (STREAMS,), formats)
    add_tensor(writer, random, "output_hc_scale.weight", "one", (1,), formats)
    for layer in range(LAYERS):
        for name, (kind, shape) in layer_shapes(layer, len(tokens)).items():
            add_tensor(writer, random, f"blk.{layer}.{name}", kind, shape, formats)
    return writer


def build(path: Path, *, seed: int = 1, exact: bool = False) -> None:
    """Write the tiny engine file.

    Args:
        path: where to.
        seed: of the random weights; the same seed gives the same bytes.
        exact: store all weights in single precision.
    """
    describe(seed, exact=exact).write(path)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="single precision weights")
    chosen = parser.parse_args()
    build(chosen.out, seed=chosen.seed, exact=chosen.exact)
    print(chosen.out, chosen.out.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
