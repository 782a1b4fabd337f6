"""Build a tiny chat model of an architecture that is not V4's, with a chat template.

    python models/tiny/build_generic.py OUT.gguf [--kind llama|gemma3|lfm2] [--seed N] [--exact]

For tests of the generic profile. Three ways to remember a text: ``llama`` keeps
all of it, ``gemma3`` looks through a window in most layers, ``lfm2`` keeps only a
rolling state in most layers. Weights are random; the same seed gives the same
bytes on every machine.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import build as v4
import gguf_writer as g

LAYERS, WIDTH, HEADS, GROUPS, HEAD, INNER = 4, 64, 2, 1, 32, 128
CONTEXT, WINDOW, CACHED = 32_768, 64, 3
KINDS = ("llama", "gemma3", "lfm2")

START, END, TEXT_END = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
SPECIAL = (TEXT_END, START, END)
USER_DEFINED = ("<think>", "</think>")
LIVELY = {END: 0.9, "</think>": 1.1}
"""How large the output rows of two tokens are, in units of the others, so that the random engine
ends its answers now and then. Other special tokens get 0.1."""

TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' }}
{%- if message['reasoning_content'] %}{{- '<think>\\n' + message['reasoning_content'] }}
{{- '\\n</think>\\n\\n' }}{%- endif %}
{{- message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}
{{- '<think>\\n\\n</think>\\n\\n' }}
{%- endif %}
{%- endif %}
"""
"""In the manner of ChatML, as most small models have it."""


def vocabulary() -> tuple[list[str], list[int], list[str]]:
    """Tokens, their types, and the merges as the format has them."""
    text = (Path(__file__).parent / "text.txt").read_text("utf-8")
    merges = v4.learn_merges(text, v4.MERGES)
    words = [*v4.byte_letters().values()]
    words += dict.fromkeys(a + b for a, b in merges if a + b not in set(words))
    tokens = [*SPECIAL, *words, *USER_DEFINED]
    tokens += [f"<|place_holder_{n}|>" for n in range(-len(tokens) % 64)]
    special = {*SPECIAL, *tokens[len(SPECIAL) + len(words) + len(USER_DEFINED) :]}
    types = [
        v4.USER_DEFINED_TYPE
        if token in USER_DEFINED
        else v4.CONTROL_TYPE
        if token in special
        else v4.NORMAL_TYPE
        for token in tokens
    ]
    return tokens, types, [f"{a} {b}" for a, b in merges]


def metadata(kind: str, seed: int) -> dict[str, tuple[int, Any]]:
    """All metadata, key to (kind, value)."""
    tokens, types, merges = vocabulary()
    own: dict[str, tuple[int, Any]] = {
        "vocab_size": (g.U32, len(tokens)),
        "context_length": (g.U32, CONTEXT),
        "embedding_length": (g.U32, WIDTH),
        "block_count": (g.U32, LAYERS),
        "feed_forward_length": (g.U32, INNER),
        "attention.head_count": (g.U32, HEADS),
        "attention.head_count_kv": (g.U32, GROUPS),
        "attention.key_length": (g.U32, HEAD),
        "attention.value_length": (g.U32, HEAD),
        "attention.layer_norm_rms_epsilon": (g.F32, 1e-5),
        "rope.dimension_count": (g.U32, HEAD),
        "rope.freq_base": (g.F32, 10_000.0),
    }
    if kind == "gemma3":
        own["attention.sliding_window"] = (g.U32, WINDOW)
        own["attention.sliding_window_pattern"] = (g.U32, 2)
    if kind == "lfm2":
        own["shortconv.l_cache"] = (g.U32, CACHED)
        own["attention.head_count_kv"] = (
            g.ARRAY,
            (g.I32, [_groups(kind, n) for n in range(LAYERS)]),
        )
    return {
        "general.architecture": (g.STRING, kind),
        "general.type": (g.STRING, "model"),
        "general.name": (g.STRING, f"Carrel tiny {kind} (random weights, seed {seed})"),
        "general.license": (g.STRING, "apache-2.0"),
        "general.file_type": (g.U32, 7),
        "general.quantization_version": (g.U32, 2),
        **{f"{kind}.{key}": value for key, value in own.items()},
        "tokenizer.ggml.model": (g.STRING, "gpt2"),
        "tokenizer.ggml.pre": (g.STRING, "qwen2"),
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, tokens)),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, types)),
        "tokenizer.ggml.merges": (g.ARRAY, (g.STRING, merges)),
        "tokenizer.ggml.bos_token_id": (g.U32, 0),
        "tokenizer.ggml.eos_token_id": (g.U32, 2),
        "tokenizer.ggml.padding_token_id": (g.U32, 0),
        "tokenizer.ggml.add_bos_token": (g.BOOL, False),
        "tokenizer.chat_template": (g.STRING, TEMPLATE),
    }


def _groups(kind: str, layer: int) -> int:
    """Key heads of a layer; none where it rolls a state instead."""
    return 0 if kind == "lfm2" and layer % 2 == 0 else GROUPS


def layer_shapes(kind: str, layer: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The tensors of one layer: name to (kind, shape with the fastest axis last)."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {
        "attn_norm.weight": ("norm", (WIDTH,)),
        "ffn_norm.weight": ("norm", (WIDTH,)),
        "ffn_gate.weight": ("matrix", (INNER, WIDTH)),
        "ffn_up.weight": ("matrix", (INNER, WIDTH)),
        "ffn_down.weight": ("matrix", (WIDTH, INNER)),
    }
    groups = _groups(kind, layer)
    if groups == 0:
        found["shortconv.conv.weight"] = ("bias", (WIDTH, CACHED))
        found["shortconv.in_proj.weight"] = ("matrix", (3 * WIDTH, WIDTH))
        found["shortconv.out_proj.weight"] = ("matrix", (WIDTH, WIDTH))
        return found
    found["attn_q.weight"] = ("matrix", (HEADS * HEAD, WIDTH))
    found["attn_k.weight"] = ("matrix", (groups * HEAD, WIDTH))
    found["attn_v.weight"] = ("matrix", (groups * HEAD, WIDTH))
    found["attn_output.weight"] = ("matrix", (WIDTH, HEADS * HEAD))
    if kind != "llama":
        found["attn_q_norm.weight"] = ("norm", (HEAD,))
        found["attn_k_norm.weight"] = ("norm", (HEAD,))
    if kind == "gemma3":
        found["post_attention_norm.weight"] = ("norm", (WIDTH,))
        found["post_ffw_norm.weight"] = ("norm", (WIDTH,))
    return found


def describe(kind: str = "llama", seed: int = 1, *, exact: bool = False) -> g.GgufWriter:
    """The whole file in memory; tests change it before writing."""
    random, writer = v4.Random(seed), g.GgufWriter()
    formats = v4.EXACT if exact else v4.USUAL
    writer.metadata = metadata(kind, seed)
    tokens = writer.metadata["tokenizer.ggml.tokens"][1][1]
    types = writer.metadata["tokenizer.ggml.token_type"][1][1]
    # gemma3 makes rows larger as it reads them.
    spread = 1.0 / WIDTH**0.5 if kind == "gemma3" else 1.0
    rows = random.spread((len(tokens), WIDTH), spread)
    writer.add_tensor("token_embd.weight", rows, formats["half"])
    output = random.spread((len(tokens), WIDTH), 4.0 / WIDTH**0.5)
    for row, (token, type_) in enumerate(zip(tokens, types, strict=True)):
        if type_ != v4.NORMAL_TYPE:
            output[row] *= np.float32(LIVELY.get(token, 0.1))
    last = "token_embd_norm.weight" if kind == "lfm2" else "output_norm.weight"
    v4.add_tensor(writer, random, last, "norm", (WIDTH,), formats)
    writer.add_tensor("output.weight", output, formats["matrix"])
    for layer in range(LAYERS):
        for name, (form, shape) in layer_shapes(kind, layer).items():
            v4.add_tensor(writer, random, f"blk.{layer}.{name}", form, shape, formats)
    return writer


def build(path: Path, kind: str = "llama", *, seed: int = 1, exact: bool = False) -> None:
    """Write the file.

    Args:
        path: where to.
        kind: one of KINDS.
        seed: of the random weights; the same seed gives the same bytes.
        exact: store all weights in single precision.
    """
    describe(kind, seed, exact=exact).write(path)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=KINDS, default="llama")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="single precision weights")
    chosen = parser.parse_args()
    build(chosen.out, chosen.kind, seed=chosen.seed, exact=chosen.exact)
    print(chosen.out, chosen.out.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
