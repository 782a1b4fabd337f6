"""kill -9 of the real program while it reads a long document: the next question reads the rest.

The narrow file keeps as much for each token as V4-Flash does; nothing is made quicker for this.
"""

from __future__ import annotations

import faulthandler
import itertools
import json
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from program import Program

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "tiny"))

import narrow  # noqa: E402

CHARACTERS = 70_000
"""Of the document: some 25,000 tokens, read in about three minutes."""
KILLS = 2
FIRST_SAVED = 8_192
LONGEST_READING = 900.0
"""Seconds to wait for a capsule or an answer."""

moments = random.Random(20261126)


def capsules(program: Program) -> set[str]:
    return {path.name for path in (program.workspace / "capsules").glob("*.capsule")}


@pytest.mark.timeout(3600)
def test_a_killed_reading_goes_on_from_the_last_capsule(tmp_path):
    faulthandler.cancel_dump_traceback_later()  # minutes are usual here
    program = Program(tmp_path / "home")
    program.create()
    narrow.describe(1).write(tmp_path / "narrow.gguf")
    program.json("model", "import", tmp_path / "narrow.gguf")
    text = (ROOT / "models" / "tiny" / "text.txt").read_text("utf-8")
    numbered = (f"{n} {line}" for n, line in enumerate(itertools.cycle(text.splitlines())))
    document = tmp_path / "long.txt"
    document.write_text("\n".join(itertools.islice(numbered, 4000))[:CHARACTERS], "utf-8")
    program.lines("add", document)
    ask = ("ask", "Who?", "--mode", "whole", "--document", "long.txt", "--seed", "7", "--json")
    for _ in range(KILLS):
        before = capsules(program)
        process = program.start(*ask)
        end = time.monotonic() + LONGEST_READING
        while not capsules(program) - before and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(moments.uniform(0.0, 3.0))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        assert len(capsules(program)) <= 2  # the new one, and at worst the one it replaces
    answer = program.start(*ask)
    output, errors = answer.communicate(timeout=LONGEST_READING)
    assert answer.returncode == 0, errors
    (told,) = [line for line in output.splitlines() if line.startswith("{")]
    tokens = json.loads(told)["tokens"]
    assert tokens["known"] >= FIRST_SAVED
    assert tokens["known"] < tokens["prompt"]
    assert len(capsules(program)) == 1  # the whole
