"""The measurement is short, and sane for any number of threads."""

from __future__ import annotations

import time

import pytest

from carrel.engine.worker.bandwidth import memory_bandwidth

GB = 1_000_000_000


@pytest.mark.parametrize("threads", [0, 1, 500])
def test_memory_reads_gigabytes_a_second_whoever_asks(threads: int) -> None:
    began = time.monotonic()

    assert GB < memory_bandwidth(threads) < 5000 * GB
    assert time.monotonic() - began < 5, "half a second on an idle machine"
