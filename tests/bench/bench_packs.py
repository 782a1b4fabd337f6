"""Import of a pack of two gigabytes against ``cp`` and ``sha256sum`` of the same bytes.

Import copies and checks, so it can be no faster than the slower of the two; it
may take a tenth more. All three take turns in one run, on the same disk. What
Python's own SHA-256 takes is shown, too: where it is much faster than
``sha256sum``, that is what an import is measured by on other machines.
"""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from run import Row

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "desktop"), str(ROOT / "models" / "tiny")]

import build  # noqa: E402
import gguf_writer as g  # noqa: E402

from carrel.catalog import pack_script  # noqa: E402
from carrel.catalog.installed import Catalog  # noqa: E402
from carrel.catalog.packs import import_path  # noqa: E402
from carrel.catalog.verifying import verify  # noqa: E402

ROUNDS = 3
LARGE_BYTES = 2200 << 20
"""Bytes of the file: noise, which no disk or stick can compress."""
PART_BYTES = 16 * pack_script.BLOCK_BYTES
"""Parts of a gigabyte, so that the pack has several."""
EXPERTS = 32
"""Experts of each layer; four would have to be wider than the check allows."""
NOISE_BYTES = 16 << 20


def main() -> list[Row]:
    """Make the pack, then let the three take turns."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
        folder = Path(name)
        gguf = folder / "large.gguf"
        _write_large(gguf)
        packing = _seconds(lambda: pack_script.pack(gguf, folder / "pack", part_bytes=PART_BYTES))
        gguf.unlink()
        parts = sorted((folder / "pack").glob("*.part-*"))
        times: dict[str, list[float]] = {"import": [], "cp": [], "sha256sum": [], "python": []}
        for number in range(ROUNDS):
            # Another order each time: nobody always inherits another's full cache.
            runs: list[tuple[str, Callable[[], object]]] = [
                ("import", lambda: _import(folder)),
                ("cp", lambda: _copy(parts, folder / "copy")),
                ("sha256sum", lambda: _sha256sum(parts)),
                ("python", lambda: _python(parts)),
            ]
            for kind, run in runs[number:] + runs[:number]:
                shutil.rmtree(folder / "models", ignore_errors=True)
                shutil.rmtree(folder / "copy", ignore_errors=True)
                os.sync()
                times[kind].append(_seconds(run))
        _import(folder)
        catalog = Catalog(folder / "models")
        verifying = _seconds(lambda: verify(catalog, "large", lambda *_: None, lambda: False))
    middle = {kind: statistics.median(found) for kind, found in times.items()}
    slower = max(middle["cp"], middle["sha256sum"])
    return [
        Row(what="pack 2.3 GB", value=packing, unit="s"),
        Row(what="import of the pack", value=middle["import"], unit="s"),
        Row(what="cp and fsync of its parts", value=middle["cp"], unit="s"),
        Row(what="sha256sum of its parts", value=middle["sha256sum"], unit="s"),
        Row(what="SHA-256 of its parts in Python", value=middle["python"], unit="s"),
        Row(what="import per second of the slower of cp and sha256sum",
            value=middle["import"] / slower, unit="", gate=1.10),
        Row(what="import per second of the slower of cp and Python's SHA-256",
            value=middle["import"] / max(middle["cp"], middle["python"]), unit=""),
        Row(what="verify, from the disk", value=verifying, unit="s"),
    ]  # fmt: skip


def _write_large(path: Path) -> None:
    """The tiny network with experts as wide as it takes, all noise."""
    build.EXPERTS = EXPERTS
    writer = build.describe(1)
    one = build.LAYERS * 3 * (build.EXPERTS + 1) * build.WIDTH * 34 // 32
    width = -(-LARGE_BYTES // one) // 32 * 32
    writer.metadata["deepseek4.expert_feed_forward_length"] = (g.U32, width)
    for layer in range(build.LAYERS):
        for kind, experts in (("exps", (build.EXPERTS,)), ("shexp", ())):
            for name, dimensions in (
                ("gate", (build.WIDTH, width)),
                ("up", (build.WIDTH, width)),
                ("down", (width, build.WIDTH)),
            ):
                full = f"blk.{layer}.ffn_{name}_{kind}.weight"
                writer.add_hole(full, (*dimensions, *experts), g.TYPE_Q8_0)
    writer.write(path)
    place = _padded(len(writer.header()))
    with path.open("r+b") as stream:
        for _, _, content in writer.tensors.values():
            if isinstance(content, g.Hole):
                stream.seek(place)
                for done in range(0, len(content), NOISE_BYTES):
                    stream.write(os.urandom(min(NOISE_BYTES, len(content) - done)))
            place += _padded(len(content))


def _padded(size: int) -> int:
    return (size + g.ALIGNMENT - 1) // g.ALIGNMENT * g.ALIGNMENT


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _import(folder: Path) -> None:
    catalog = Catalog(folder / "models")
    import_path(catalog, folder / "pack", lambda *_: None, lambda: False)


def _copy(parts: list[Path], target: Path) -> None:
    target.mkdir()
    subprocess.run(["cp", *parts, target], check=True)
    for part in target.iterdir():
        with part.open("rb") as stream:
            os.fsync(stream.fileno())


def _sha256sum(parts: list[Path]) -> None:
    subprocess.run(["sha256sum", *parts], check=True, stdout=subprocess.DEVNULL)


def _python(parts: list[Path]) -> None:
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb", buffering=0) as stream:
            while piece := stream.read(pack_script.BUFFER_BYTES):
                digest.update(piece)
