"""Write a file of V4-Flash's architecture large enough to measure speed with: 0.3 GB, random.

    python models/tiny/mid_size.py OUT.gguf [--seed N]

The heads, the indexer and the vocabulary have their true sizes; width, layers
and experts are cut down so that a token takes some ten milliseconds on an
office processor, where the tiny file takes one. It writes nonsense and does not
stop by itself. For `make bench`; no test builds it.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import build
import full_size
import gguf_writer as g

MID = full_size.Shape(
    title="Carrel mid size", layers=6, width=512, heads=8, query_rank=256, groups=4,
    experts=16, expert_width=256, indexer_top=64, first_ratio=0, scale=1.5,
)  # fmt: skip
SILENT = 0.1
"""How large the output rows of special tokens are, in units of the others."""


def describe(seed: int) -> g.GgufWriter:
    """The whole file in memory."""
    random, writer = build.Random(seed), g.GgufWriter()
    writer.metadata = full_size.metadata(MID, "q2") | {
        "general.name": (g.STRING, f"{MID.title} (random weights, seed {seed})"),
        "general.file_type": (g.U32, 7),
    }
    words, width, streams = full_size.WORDS, MID.width, full_size.STREAMS
    writer.add_tensor("token_embd.weight", _rows(random, words, width, 1.0), g.TYPE_F16)
    output = _rows(random, words, width, 4.0 / width**0.5)
    types = writer.metadata["tokenizer.ggml.token_type"][1][1]
    for row, kind in enumerate(types):
        if kind != build.NORMAL_TYPE:
            output[row] *= np.float32(SILENT)
    writer.add_tensor("output.weight", output, g.TYPE_Q8_0)
    _add(writer, random, "output_norm.weight", "norm", (width,))
    _add(writer, random, "output_hc_fn.weight", "half", (streams * width, streams))
    _add(writer, random, "output_hc_base.weight", "bias", (streams,))
    _add(writer, random, "output_hc_scale.weight", "norm", (1,))
    for layer in range(MID.layers):
        for name, kind, dimensions in full_size.layer_tensors(MID, layer):
            _add(writer, random, f"blk.{layer}.{name}", kind, dimensions)
    return writer


def _rows(random: build.Random, rows: int, width: int, deviation: float) -> np.ndarray:
    """A large matrix, a part at a time: random values take eight times their room."""
    step = 8192
    parts = [
        random.spread((min(step, rows - start), width), deviation) for start in range(0, rows, step)
    ]
    return np.concatenate(parts)


def _add(
    writer: g.GgufWriter, random: build.Random, name: str, kind: str, dimensions: tuple[int, ...]
) -> None:
    shape = tuple(reversed(dimensions))
    match kind:
        case "norm":
            writer.add_tensor(name, np.ones(shape, np.float32), g.TYPE_F32)
        case "bias":
            writer.add_tensor(name, random.spread(shape, 0.3), g.TYPE_F32)
        case "experts":
            writer.add_tensor(name, random.choices(*shape, MID.experts), g.TYPE_I32)
        case "half" | "gate":
            writer.add_tensor(name, random.spread(shape, 1.5 / shape[-1] ** 0.5), g.TYPE_F16)
        case _:
            writer.add_tensor(name, random.spread(shape, 1.5 / shape[-1] ** 0.5), g.TYPE_Q8_0)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    describe(chosen.seed).write(chosen.out)
    print(chosen.out, chosen.out.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
