"""Write a file with V4-Flash's cache to the byte, narrow in all else: 20 MB, random weights.

    python models/tiny/narrow.py OUT.gguf [--seed N]

What the engine keeps for each token depends on the layers, their compression,
the width of a key and of the indexer's key, and on nothing else; these have
their true values. Width, heads and experts are the least that works, so that a
document of true length is read in a minute and its state is as large as the
real model's. Vocabulary and chat format are the tiny file's.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import build
import full_size
import gguf_writer as g

TRUE = {
    "LAYERS": full_size.FLASH.layers,
    "RATIOS": full_size.FLASH.ratios,
    "HEAD": full_size.HEAD,
    "ROPE": full_size.ROPE,
    "INDEXER_HEAD": full_size.INDEXER_HEAD,
}
"""What decides how much is kept."""
NARROW = {"HEADS": 1, "GROUPS": 1, "INDEXER_HEADS": 1}


@contextmanager
def _shape() -> Iterator[None]:
    """The tiny builder with these numbers in the place of its own."""
    wanted = TRUE | NARROW
    usual = {name: getattr(build, name) for name in wanted}
    try:
        vars(build).update(wanted)
        yield
    finally:
        vars(build).update(usual)


def describe(seed: int) -> g.GgufWriter:
    """The whole file in memory."""
    with _shape():
        writer = build.describe(seed)
    writer.metadata["general.name"] = (g.STRING, f"Carrel narrow (random weights, seed {seed})")
    return writer


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
