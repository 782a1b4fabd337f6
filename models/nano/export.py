"""Write Carrel Nano as a GGUF file.

    python models/nano/export.py BUILD OUT.gguf [--exact]

Uses the writer of the tiny file; knows the names of metadata that llama.cpp's
loader asks for.
"""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from geometry import STREAMS, Geometry, tensors
from graph import Graph
from learn import held_out
from sequences import CHOICE, NOTHING
from torch import Tensor
from vocabulary import Vocabulary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tiny"))
import gguf_writer as g

ARCHITECTURE: Final = "deepseek4"
NAME: Final = "Carrel Nano"
DESCRIPTION: Final = (
    "V4 architecture, trained by this project: finds and quotes sentences; it does not reason."
)
USUAL: Final = {
    "matrix": g.TYPE_Q8_0, "half": g.TYPE_F16, "experts": g.TYPE_I32,
    **dict.fromkeys(("norm", "bias", "scale", "mix"), g.TYPE_F32),
}  # fmt: skip
"""Number formats by the kind of tensor."""
EXACT: Final = {kind: g.TYPE_I32 if kind == "experts" else g.TYPE_F32 for kind in USUAL}
"""Single precision, to compare two programs."""

READINESS: Final = 4.0
"""Score taken from "The documents do not say." where an answer begins.

It is learnt among questions that share more words with their passage than people's do, and would
be said too early: the shares of both kinds of slip are in PROVENANCE.md."""
CALIBRATING: Final = 60_000
"""Tokens of held-out contexts on which the direction of answers' beginnings is found."""
STIFFNESS: Final = 1.0
"""Weight of the direction's length against its fit, so that nothing else changes by chance."""


def metadata(shape: Geometry, vocabulary: Vocabulary) -> dict[str, tuple[int, Any]]:
    """All metadata, key to (kind, value)."""
    numbers = {
        "vocab_size": shape.words, "block_count": shape.layers, "context_length": shape.context,
        "embedding_length": shape.width, "embedding_length_out": shape.width * STREAMS,
        "attention.head_count": shape.heads, "attention.head_count_kv": 1,
        "attention.key_length": shape.head, "attention.value_length": shape.head,
        "attention.q_lora_rank": shape.query_rank, "attention.sliding_window": shape.window,
        "attention.indexer.head_count": shape.indexer_heads,
        "attention.indexer.key_length": shape.indexer_head,
        "attention.indexer.top_k": shape.indexer_top,
        "attention.output_group_count": shape.groups,
        "attention.output_lora_rank": shape.output_rank,
        "rope.dimension_count": shape.rope,
        "rope.scaling.original_context_length": shape.yarn_context,
        "expert_count": shape.experts, "expert_used_count": shape.experts_used,
        "expert_shared_count": 1, "expert_feed_forward_length": shape.expert_width,
        "expert_gating_func": 4,
        "hyper_connection.count": STREAMS, "hyper_connection.sinkhorn_iterations": shape.sinkhorn,
        "hash_layer_count": shape.hash_layers,
    }  # fmt: skip
    reals = {
        "attention.layer_norm_rms_epsilon": shape.epsilon,
        "attention.compress_rope_freq_base": shape.compress_base,
        "rope.freq_base": shape.rope_base, "rope.scaling.factor": shape.yarn_factor,
        "rope.scaling.yarn_beta_fast": shape.beta_fast,
        "rope.scaling.yarn_beta_slow": shape.beta_slow,
        "expert_weights_scale": shape.expert_scale, "hyper_connection.epsilon": shape.epsilon,
    }  # fmt: skip
    clamp = (g.ARRAY, (g.F32, [shape.clamp] * shape.layers))
    own: dict[str, tuple[int, Any]] = {
        **{key: (g.U32, value) for key, value in numbers.items()},
        **{key: (g.F32, value) for key, value in reals.items()},
        "rope.scaling.type": (g.STRING, "yarn"),
        "expert_weights_norm": (g.BOOL, True),
        "attention.compress_ratios": (g.ARRAY, (g.I32, list(shape.ratios))),
        "swiglu_clamp_exp": clamp,
        "swiglu_clamp_shexp": clamp,
    }
    return {
        "general.architecture": (g.STRING, ARCHITECTURE),
        "general.type": (g.STRING, "model"),
        "general.name": (g.STRING, NAME),
        "general.description": (g.STRING, DESCRIPTION),
        "general.license": (g.STRING, "apache-2.0"),
        "general.file_type": (g.U32, 7),
        "general.quantization_version": (g.U32, 2),
        **{f"{ARCHITECTURE}.{key}": value for key, value in own.items()},
        "tokenizer.ggml.model": (g.STRING, "gpt2"),
        "tokenizer.ggml.pre": (g.STRING, "joyai-llm"),
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, vocabulary.tokens)),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, vocabulary.types)),
        "tokenizer.ggml.merges": (g.ARRAY, (g.STRING, vocabulary.merges)),
        "tokenizer.ggml.bos_token_id": (g.U32, 0),
        "tokenizer.ggml.eos_token_id": (g.U32, 1),
        "tokenizer.ggml.padding_token_id": (g.U32, 2),
        "tokenizer.ggml.add_bos_token": (g.BOOL, False),
        "tokenizer.ggml.add_eos_token": (g.BOOL, False),
    }


def write(
    path: Path,
    shape: Geometry,
    vocabulary: Vocabulary,
    values: dict[str, Tensor],
    *,
    output: Tensor | None = None,
    exact: bool = False,
) -> None:
    """Write the file.

    Args:
        path: where to.
        shape: of the network.
        vocabulary: its tokens.
        values: a tensor for each name of `geometry.tensors` but the output matrix.
        output: the output matrix where it is not the scaled embedding.
        exact: store single precision.
    """
    if output is None:
        output = values["token_embd.weight"] * shape.logit_scale
    writer, formats = g.GgufWriter(), EXACT if exact else USUAL
    writer.metadata = metadata(shape, vocabulary)
    for name, (kind, dimensions) in tensors(shape).items():
        value = output if name == "output.weight" else values[name]
        array = value.detach().cpu().numpy().reshape(dimensions)
        if kind != "experts":
            array = np.ascontiguousarray(array, np.float32)
        writer.add_tensor(name, array, formats[kind])
    writer.write(path)


def trained(checkpoint: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint of `learn.py` by their GGUF names."""
    weights = torch.load(checkpoint, weights_only=True)["weights"]
    found = {}
    for key, value in weights.items():
        if key.startswith("graph."):
            name = key.removeprefix("graph.").removeprefix("p.").replace("|", ".")
            found[name] = value
    return found


@torch.no_grad()
def calibrated(
    build: Path, shape: Geometry, vocabulary: Vocabulary, values: dict[str, Tensor]
) -> Tensor:
    """The output matrix with `READINESS`.

    A direction is fitted (least squares) that is one where an answer begins and zero where text is
    copied; the first token of `NOTHING` gets that direction with the score to take away.
    """
    graph = Graph(shape, values, plain=True)
    rows, wanted = [], []
    for batches in held_out(build, vocabulary, CALIBRATING).values():
        for batch in batches:
            y, _ = graph.trunk(batch.ids, batch.wanted)
            rows.append(y.flatten(0, 1)[batch.targets.flatten() >= 0])
            wanted.append((batch.kinds.flatten() == CHOICE)[batch.targets.flatten() >= 0].float())
    x, one = torch.cat(rows), torch.cat(wanted)
    square = x.t() @ x + STIFFNESS * torch.eye(x.shape[1])
    direction = torch.linalg.solve(square, x.t() @ one)
    output = values["token_embd.weight"] * shape.logit_scale
    output[vocabulary.encode(NOTHING)[0]] -= READINESS * direction
    fit = x @ direction
    print(f"beginnings {fit[one > 0].mean():.2f}, else {fit[one == 0].mean():.2f}")
    return output


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Write Carrel Nano as a GGUF file.")
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="learn", help="of the checkpoint")
    parser.add_argument("--exact", action="store_true", help="single precision weights")
    chosen = parser.parse_args()
    vocabulary = Vocabulary.read(chosen.build / "vocabulary.json")
    shape = Geometry(words=len(vocabulary.tokens))
    values = trained(chosen.build / f"{chosen.name}.pt")
    output = calibrated(chosen.build, shape, vocabulary, values)
    write(chosen.out, shape, vocabulary, values, output=output, exact=chosen.exact)
    raw = chosen.out.read_bytes()
    print(chosen.out, len(raw), "bytes, SHA-256", hashlib.sha256(raw).hexdigest())


if __name__ == "__main__":
    main()
