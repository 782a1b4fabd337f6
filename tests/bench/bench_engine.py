"""Our engine against the shortest loop around llama.cpp, in the same run.

Both run in workers of their own with the same settings, in turn. The tiny file
takes about a millisecond a token, so it shows what we add to each token; the
file of middle size takes as long as real ones do on fast machines.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from run import Row

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "desktop"), str(ROOT / "models" / "tiny")]

import build  # noqa: E402
import mid_size  # noqa: E402

from carrel.engine.client import Engine  # noqa: E402
from carrel.engine.pace import Pace, measure  # noqa: E402
from carrel.engine.wire.protocol import EngineSettings  # noqa: E402

SETTINGS = EngineSettings(context_tokens=8192)
STARTS = 3
FIRST_MS, FIRST_SHARE = 50.0, 0.01
"""How much later the first word may come: milliseconds, and a share of the time without us."""


def main() -> list[Row]:
    """Measure both files."""
    with tempfile.TemporaryDirectory() as folder:
        tiny, mid = Path(folder) / "tiny.gguf", Path(folder) / "mid.gguf"
        build.build(tiny)
        mid_size.describe(1).write(mid)
        return [
            Row(what="start of the worker until ready", value=_start(tiny), unit="ms", gate=2000),
            *_rows("tiny", measure(tiny, SETTINGS), decode=1 / 0.9),
            *_rows("mid", measure(mid, SETTINGS), decode=1 / 0.98),
        ]


def _start(path: Path) -> float:
    times = []
    for _ in range(STARTS):
        began = time.perf_counter()
        with Engine.start(path, SETTINGS):
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _rows(name: str, pace: Pace, *, decode: float) -> Iterator[Row]:
    """Gates are on times, so ratios stand the other way round: llama.cpp's rate to ours."""
    yield Row(what=f"{name}: reading, ours", value=pace.read_rate, unit="tok/s")
    yield Row(what=f"{name}: reading, llama.cpp alone", value=pace.raw_read_rate, unit="tok/s")
    yield Row(what=f"{name}: reading, alone to ours", value=1 / pace.read_ratio, unit="", gate=1.1)
    yield Row(what=f"{name}: writing, ours", value=pace.write_rate, unit="tok/s")
    yield Row(what=f"{name}: writing, llama.cpp alone", value=pace.raw_write_rate, unit="tok/s")
    yield Row(
        what=f"{name}: writing, alone to ours", value=1 / pace.write_ratio, unit="", gate=decode
    )
    yield Row(
        what=f"{name}: first word later by",
        value=pace.first_overhead * 1000,
        unit="ms",
        gate=FIRST_MS + FIRST_SHARE * pace.raw_first_seconds * 1000,
    )
    yield Row(
        what=f"{name}: cancel while reading", value=pace.cancel_reading * 1000, unit="ms", gate=1000
    )
    yield Row(
        what=f"{name}: cancel while writing", value=pace.cancel_writing * 1000, unit="ms", gate=1000
    )
