"""Hundreds of kills and full disks (R01, R05 and R08 of the security plan)."""

import random
from pathlib import Path

from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE, Opened
from workspace_storm import Acknowledged, kill_once, start_writer, verify

KILLS = 200
LONGEST_SECONDS = 0.6
VERIFY_EVERY = 5
"""Kills; what is opened and checked grows, and several kills in a row are a case of their own."""

SIZES = range(150_000, 6_000_000, 390_000)


def _new(folder: Path) -> Opened:
    created = Workspace.create(folder, name="ours", passphrase=PASSPHRASE, cost=CHEAP)
    created.workspace.close()
    return Opened(created.workspace, created.recovery_code, folder)


def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    chosen, known = random.Random(200), Acknowledged()
    opened = _new(tmp_path / "ours")
    for number in range(KILLS):
        kill_once(opened, known, chosen, LONGEST_SECONDS)
        if number % VERIFY_EVERY == 0:
            verify(opened, known)
    verify(opened, known)
    assert known.facts > KILLS


def test_disks_of_many_sizes_fill_and_lose_nothing(tmp_path: Path) -> None:
    for number, limit in enumerate(SIZES):
        opened, known = _new(tmp_path / str(limit)), Acknowledged()
        child = start_writer(opened, number, limit=limit)
        assert child.stdout is not None
        for line in child.stdout:
            known.take(line)
        child.stdout.close()
        assert child.wait(60) == 0
        verify(opened, known)
        assert [failure["code"] for failure in known.failures] == ["workspace.full"]
        assert known.answered
