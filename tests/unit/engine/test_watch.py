"""Progress of a mapping from what the process's books show."""

from __future__ import annotations

from types import SimpleNamespace

from carrel.engine.worker import load
from carrel.engine.worker.load import warm_page_cache
from carrel.engine.worker.placing import split_shares
from carrel.engine.worker.watch import MOST, Gauge, MappingWatch
from carrel.system.memory import Memory

GIB = 1 << 30


def test_while_memory_has_room_residence_tells() -> None:
    gauge = Gauge(80 * GIB, resident=GIB, faults=100)

    assert gauge.look(resident=3 * GIB, faults=1100) == 2 * GIB
    assert gauge.look(resident=11 * GIB, faults=5100) == 10 * GIB


def test_when_memory_is_full_the_faults_tell() -> None:
    gauge = Gauge(80 * GIB, resident=0, faults=0)
    gauge.look(resident=20 * GIB, faults=10_000)

    later = [gauge.look(resident=20 * GIB, faults=faults) for faults in (15_000, 25_000, 30_000)]

    assert later == sorted(later)
    assert later[-1] == 60 * GIB


def test_progress_never_goes_back_and_never_ends_before_the_end() -> None:
    gauge = Gauge(10 * GIB, resident=0, faults=0)

    assert gauge.look(resident=5 * GIB, faults=10) == 5 * GIB
    assert gauge.look(resident=4 * GIB, faults=10) == 5 * GIB
    assert gauge.look(resident=30 * GIB, faults=60) == int(10 * GIB * MOST)


def test_the_end_is_told_when_it_comes_and_not_after_a_failure() -> None:
    told: list[tuple[str, int, int]] = []
    with MappingWatch(1000, lambda *step: told.append(step)):
        pass

    assert told == [("mapping", 1000, 1000)]
    told.clear()
    try:
        with MappingWatch(1000, lambda *step: told.append(step)):
            raise ValueError
    except ValueError:
        pass
    assert told == []


def test_each_device_gets_exactly_its_layers() -> None:
    counts = (12, 12, 12, 8)
    shares = split_shares(counts, 16)
    total, given = sum(shares), [0] * 16
    sums = [sum(shares[: index + 1]) / total for index in range(16)]
    for layer in range(sum(counts)):  # as llama.cpp does it
        place = layer / sum(counts)
        given[next(index for index, one in enumerate(sums) if one > place)] += 1

    assert tuple(given[:4]) == counts


def test_a_file_that_fits_into_memory_is_read_once_with_moving_progress(tmp_path) -> None:
    size = 300 << 20
    path = tmp_path / "holes"
    with path.open("wb") as stream:
        stream.truncate(size)
    told: list[tuple[str, int, int]] = []
    with path.open("rb") as stream:
        job = SimpleNamespace(descriptors=(stream.fileno(),))
        warm_page_cache(job, lambda *step: told.append(step))

    done = [one[1] for one in told]
    assert told[-1] == ("reading", size, size)
    assert done == sorted(done)


def test_neither_a_small_file_nor_one_larger_than_memory_is_read_first(
    tmp_path, monkeypatch
) -> None:
    told: list[object] = []
    path = tmp_path / "holes"
    with path.open("wb+") as stream:
        job = SimpleNamespace(descriptors=(stream.fileno(),))
        stream.truncate(1 << 20)
        warm_page_cache(job, lambda *step: told.append(step))
        stream.truncate(300 << 20)
        monkeypatch.setattr(load, "memory", lambda: Memory(total=1 << 30, available=200 << 20))
        warm_page_cache(job, lambda *step: told.append(step))

    assert told == []
