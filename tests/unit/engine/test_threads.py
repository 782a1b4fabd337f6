"""Threads: physical cores this process may use, less one."""

from pathlib import Path

import pytest

from carrel.engine import threads


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def pretend(processors: dict[int, str], quota: str = "max 100000") -> None:
        for number, siblings in processors.items():
            folder = tmp_path / f"cpu{number}" / "topology"
            folder.mkdir(parents=True)
            (folder / "thread_siblings_list").write_text(siblings)
        (tmp_path / "cpu.max").write_text(quota)
        monkeypatch.setattr(threads, "_TOPOLOGY", tmp_path)
        monkeypatch.setattr(threads, "_QUOTA", tmp_path / "cpu.max")
        monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(processors))

    return pretend


@pytest.mark.parametrize(
    ("processors", "quota", "expected"),
    [
        ({n: str(n) for n in range(8)}, "max 100000", 7),
        ({n: f"{n % 4},{n % 4 + 4}" for n in range(8)}, "max 100000", 3),
        ({n: str(n) for n in range(8)}, "300000 100000", 2),
        ({0: "0"}, "max 100000", 1),
        ({n: str(n) for n in range(8)}, "50000 100000", 1),
    ],
)
def test_one_core_is_left_to_the_rest(machine, processors, quota, expected) -> None:
    machine(processors, quota)

    assert threads.default_threads() == expected


def test_without_topology_each_processor_counts(machine, tmp_path: Path) -> None:
    machine({0: "0", 1: "1"})
    (tmp_path / "cpu1" / "topology" / "thread_siblings_list").unlink()

    assert threads.default_threads() == 1
