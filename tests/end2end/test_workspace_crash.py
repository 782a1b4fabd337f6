"""Processes that are killed, disks that are full, folders with two owners: nothing safe is lost."""

import random
import subprocess
from pathlib import Path

import pytest

from carrel.workspace.errors import WorkspaceInUse
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE, Opened
from workspace_storm import Acknowledged, kill_once, start_writer, verify

ROUNDS = 8
LONGEST_SECONDS = 0.35


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    folder = tmp_path / "ours"
    created = Workspace.create(folder, name="ours", passphrase=PASSPHRASE, cost=CHEAP)
    created.workspace.close()
    return Opened(created.workspace, created.recovery_code, folder)


def finish(child: subprocess.Popen[bytes], known: Acknowledged) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        known.take(line)
    child.stdout.close()
    assert child.wait(60) == 0


def test_what_was_acknowledged_outlives_kill_nine(opened: Opened) -> None:
    chosen, known = random.Random(20), Acknowledged()
    for _ in range(ROUNDS):
        kill_once(opened, known, chosen, LONGEST_SECONDS)
        verify(opened, known)
    assert known.facts > ROUNDS


def test_a_full_disk_is_said_loses_nothing_and_passes(opened: Opened) -> None:
    """A size limit on files stands for a disk without room; it hits originals and database."""
    known = Acknowledged()
    for number, limit in enumerate((200_000, 1_300_000, 3_000_000)):
        finish(start_writer(opened, number, limit=limit), known)
        verify(opened, known)
    assert [failure["code"] for failure in known.failures] == ["workspace.full"] * 3
    assert "The disk is full" in known.failures[0]["sentence"]
    assert known.answered


def test_a_folder_has_one_owner_until_it_is_killed(opened: Opened) -> None:
    child = start_writer(opened, 1)
    key = opened.key()
    with pytest.raises(WorkspaceInUse):
        Workspace.open(opened.folder, key)
    assert child.stdout is not None

    child.kill()
    child.wait(60)
    child.stdout.close()

    Workspace.open(opened.folder, key).close()
