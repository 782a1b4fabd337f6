"""What the system says about its memory, within the limits of a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.system import memory as module
from carrel.system.memory import Memory, memory

GIB = 1 << 30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "meminfo").write_text(
        f"MemTotal: {96 << 20} kB\nMemFree: 1 kB\nMemAvailable: {90 << 20} kB\n"
    )
    monkeypatch.setattr(module, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(module, "_GROUP", tmp_path)
    return tmp_path


def test_without_a_limit_the_machine_counts(machine: Path) -> None:
    (machine / "memory.max").write_text("max\n")

    assert memory() == Memory(total=96 * GIB, available=90 * GIB)


def test_a_container_counts_what_it_may_still_take_and_files_that_are_cached(machine: Path) -> None:
    (machine / "memory.max").write_text(f"{32 * GIB}\n")
    (machine / "memory.current").write_text(f"{20 * GIB}\n")
    (machine / "memory.stat").write_text(f"anon 5\ninactive_file {8 * GIB}\n")

    assert memory() == Memory(total=32 * GIB, available=20 * GIB)


def test_a_system_that_says_nothing_gives_zero(machine: Path) -> None:
    (machine / "meminfo").unlink()

    assert memory() == Memory(total=0, available=0)
