"""Each decoder of ours takes what a fuzzer led by coverage comes up with, within time and memory.

CARREL_FUZZ_SECONDS sets how long each is fuzzed, CARREL_FUZZ_CORPUS a folder where inputs that
reach new branches are kept and gone on from. What breaks a decoder is named when the test fails;
made small, it belongs into ``tests/fuzz/found`` as ``TARGET@what.input``.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from seeds import seeds
from targets import targets

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"

pytest.importorskip("atheris", reason="the fuzzer has wheels for Linux on x86-64 only")

SECONDS: Final = int(os.environ.get("CARREL_FUZZ_SECONDS", "20"))
"""Seconds each target is fuzzed; most find nothing new to reach after some minutes."""

LONGEST_SECONDS: Final = 10
"""Seconds one input may take on a busy machine; the slowest known takes half of one."""

MOST_MEGABYTES: Final = 1536
"""Memory of the fuzzing process, as much as a parser may take."""

START_SECONDS: Final = 120
"""Beyond the fuzzing itself, for starting and for the inputs of earlier runs."""


@pytest.mark.timeout(SECONDS + 2 * START_SECONDS)
@pytest.mark.parametrize("name", targets())
def test_fuzz_finds_nothing_in(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    corpus = Path(os.environ.get("CARREL_FUZZ_CORPUS", tmp_path)) / name
    corpus.mkdir(parents=True, exist_ok=True)
    for body in seeds(name):
        (corpus / hashlib.sha256(body).hexdigest()[:16]).write_bytes(body)
    found = tmp_path / "found"
    found.mkdir()
    done = subprocess.run(
        [
            *(sys.executable, str(FUZZ / "fuzz.py"), name, f"-max_total_time={SECONDS}"),
            *(f"-timeout={LONGEST_SECONDS}", f"-rss_limit_mb={MOST_MEGABYTES}"),
            *("-print_final_stats=1", f"-artifact_prefix={found}/", str(corpus)),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS + START_SECONDS,
    )
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {figures.get('number_of_executed_units')} inputs,"
            f" {figures.get('average_exec_per_sec')}/s, {figures.get('peak_rss_mb')} MB"
        )
    assert done.returncode == 0, f"{list(found.iterdir())}\n{done.stderr[-3000:]}"
    assert int(figures["number_of_executed_units"]) > SECONDS
