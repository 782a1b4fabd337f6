"""What the checker accepts must not end the engine: many mutated files through its own process.

CARREL_MUTANTS sets how many mutants are made (default 20,000), CARREL_SEED another course.
"""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gguf_trials import BUG, ENDED, LOADED, REFUSED, STUCK, tried

MUTANTS = int(os.environ.get("CARREL_MUTANTS", "20000"))
SEED = int(os.environ.get("CARREL_SEED", "1"))
PROCESSES = min(4, os.cpu_count() or 1)
MOST_SECONDS = 5.0
"""Processor seconds the check of one file may take."""
MOST_MEMORY = 600_000_000
"""Bytes the checking process may hold, llama.cpp's library included."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a folder: each mutant is written and read once."""
    shared = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it
    found = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    yield found
    shutil.rmtree(found)


@pytest.mark.timeout(4 * 3600)
def test_no_accepted_mutant_ends_the_engine(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    longest: list[tuple[float, str]] = [(0.0, "")]
    peaks = [0]

    def course(number: int) -> None:
        own = folder / str(number)
        own.mkdir()
        for what, found in tried(SEED * 1000 + number, MUTANTS // PROCESSES, own):
            counts[found.word] += 1
            peaks.append(found.peak)
            if found.seconds > longest[-1][0]:
                longest.append((found.seconds, what))
            if found.word in {ENDED, STUCK, BUG, ""}:
                wrong.append(f"{found.word} ({found.why}): {what}")

    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(course, range(PROCESSES)))

    with capsys.disabled():
        sys.stdout.write(
            f"\n{counts.total()} mutants: {dict(counts)}; longest check {max(longest)[0]:.2f} s "
            f"({max(longest)[1]}), most memory {max(peaks) / 1e6:.0f} MB\n"
        )
    assert wrong == [], f"{dict(counts)}"
    assert max(longest)[0] <= MOST_SECONDS, max(longest)
    assert max(peaks) <= MOST_MEMORY
    assert counts[REFUSED] > MUTANTS // 3
    assert counts[LOADED] > MUTANTS // 10
