"""What the formulae say against what llama.cpp prints, on a file of V4-Flash's true size.

Prints a table for every context, cache format and batch, and sums it up.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from run import Row

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "desktop"), str(ROOT / "models" / "tiny")]

import full_size  # noqa: E402

from carrel.engine.fit.memory import memory_need  # noqa: E402
from carrel.engine.fit.verdict import CACHE_CHOICE, CONTEXTS  # noqa: E402
from carrel.engine.planning import preflight  # noqa: E402
from carrel.engine.wire.protocol import EngineSettings  # noqa: E402

BATCHES = (128, 256, 512, 2048)
MIB = 1 << 20


def main() -> list[Row]:
    """Ask llama.cpp for every size, and compute it."""
    shares: list[float] = []
    seconds: list[float] = []
    print("  context cache batch   cache MiB  printed   buffers MiB  printed")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full-size.gguf"
        full_size.describe(full_size.FLASH, "q2").write(path)
        for batch in BATCHES:
            began = time.perf_counter()
            found = preflight(path, EngineSettings(batch_tokens=batch))
            seconds.append(time.perf_counter() - began)
            for n_ctx in CONTEXTS:
                for kind in CACHE_CHOICE:
                    printed = found.sizes[n_ctx, kind]
                    need = memory_need(
                        found.facts.geometry, file_bytes=0, context=n_ctx, batch=batch,
                        cache_type=kind,
                    )  # fmt: skip
                    cache = need.cache + need.state
                    shares.append((cache + need.work) / (printed.cache + printed.work) - 1)
                    print(
                        f"  {n_ctx:7} {kind:5} {batch:5} {cache / MIB:11.2f} "
                        f"{printed.cache / MIB:8.2f} {need.work / MIB:13.2f} "
                        f"{printed.work / MIB:8.2f}"
                    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Row(what="formula above what llama.cpp prints, most", value=100 * max(shares), unit="%",
            gate=5),
        Row(what="formula below what llama.cpp prints, most", value=-100 * min(shares), unit="%",
            gate=0.01),
        Row(what="planning the true-size file", value=min(seconds), unit="s", gate=3),
        Row(what="memory of the planning process, at most", value=peak, unit="MiB", gate=300),
    ]  # fmt: skip
