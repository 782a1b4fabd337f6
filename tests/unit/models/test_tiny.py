"""The builder of the tiny engine file."""

import subprocess
import sys
from pathlib import Path

from carrel.engine.files import gguf
from carrel.engine.planning import preflight
from carrel.engine.wire.protocol import EngineSettings
from engine_fixtures import TINY


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, tiny_gguf: Path) -> None:
    again = tmp_path / "again.gguf"
    # Another hash seed, so that an order taken from a set would show.
    subprocess.run(
        [sys.executable, TINY / "build.py", again],
        check=True,
        env={"PYTHONHASHSEED": "7"},
        capture_output=True,
    )

    assert again.read_bytes() == tiny_gguf.read_bytes()


def test_another_seed_gives_other_weights_of_the_same_shape(
    tmp_path: Path, tiny_gguf: Path
) -> None:
    import build

    other = tmp_path / "other.gguf"
    build.build(other, seed=2)

    assert other.stat().st_size == tiny_gguf.stat().st_size
    assert other.read_bytes() != tiny_gguf.read_bytes()


def test_it_has_what_makes_the_architecture_special(tiny_gguf: Path) -> None:
    with tiny_gguf.open("rb") as stream:
        header = gguf.read_header(stream)

    ratios = header.entries["deepseek4.attention.compress_ratios"].value
    assert set(ratios.items) == {0, 4, 128}
    assert header.entries["deepseek4.hyper_connection.count"].value == 4
    assert header.entries["deepseek4.context_length"].value == 1_048_576
    assert header.text("deepseek4.rope.scaling.type") == "yarn"
    assert "blk.0.ffn_gate_tid2eid.weight" in header.tensors
    assert header.size < 4 << 20


def test_the_narrow_file_keeps_as_much_for_each_token_as_the_true_one(tmp_path: Path) -> None:
    import full_size
    import narrow

    narrow.describe(1).write(tmp_path / "narrow.gguf")
    found = preflight(tmp_path / "narrow.gguf", EngineSettings()).facts.geometry
    shape = full_size.FLASH
    assert (found.layers, found.ratios) == (shape.layers, shape.ratios)
    assert (found.head, found.indexer_head) == (full_size.HEAD, full_size.INDEXER_HEAD)
    assert (found.window, found.streams) == (128, full_size.STREAMS)
