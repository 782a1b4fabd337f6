"""One holder at a time; the system lets go of it when the holder dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from carrel.system.sole import MAX_NOTE_BYTES, HeldElsewhere, Sole

HOLD = """
import sys, time
from pathlib import Path
from carrel.system.sole import Sole
held = Sole(Path(sys.argv[1]), "the big one")
print("held", flush=True)
time.sleep(60)
"""


def test_another_process_is_told_who_holds_it_until_that_one_dies(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HeldElsewhere, match="the big one"):
            Sole(path, "mine")
        holder.kill()

    with Sole(path, "mine"):
        assert path.read_text() == "mine"
        with pytest.raises(HeldElsewhere, match="mine"):
            Sole(path, "another")
    assert path.read_text() == ""


def test_a_note_is_cut_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    sole = Sole(tmp_path / "lock", "x" * 5000)
    assert (tmp_path / "lock").stat().st_size == MAX_NOTE_BYTES
    sole.close()
    sole.close()
    Sole(tmp_path / "lock", "again").close()
