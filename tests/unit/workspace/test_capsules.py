"""Capsules in the workspace: whole or not at all, gone with their documents, within a budget."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.workspace import capsules as module
from carrel.workspace.capsule_file import PAGE_BYTES
from carrel.workspace.capsules import Capsule, NewCapsule
from carrel.workspace.errors import CapsuleDamaged, WorkspaceFull
from carrel.workspace.store import Workspace
from made_workspaces import Opened, add

MIB = 1 << 20
BUDGET = 1 << 30


def state_of(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def reader(state: bytes) -> Callable[[memoryview, int], None]:
    def read_into(room: memoryview, start: int) -> None:
        room[:] = state[start : start + len(room)]

    return read_into


def new(workspace: Workspace, state: bytes, *, key: str = "1", **changes: object) -> NewCapsule:
    fields: dict[str, object] = {
        "key": key * 64,
        "tokens": 100,
        "size": len(state),
        "documents": (),
        "whole": True,
        "seconds": 1.0,
        **changes,
    }
    return NewCapsule(**fields)


def keep(workspace: Workspace, state: bytes, *, budget: int = BUDGET, **changes) -> Capsule | None:
    return workspace.capsules.write(new(workspace, state, **changes), reader(state), budget=budget)


def content(workspace: Workspace, capsule: Capsule) -> bytes:
    return b"".join(bytes(piece) for piece in workspace.capsules.read(capsule))


def files(opened: Opened) -> set[str]:
    return {path.name for path in (opened.folder / "capsules").iterdir()}


SIZES = (
    1,
    100,
    MIB - PAGE_BYTES - 1,
    MIB - PAGE_BYTES,
    MIB - PAGE_BYTES + 1,
    3 * MIB,
    12 * MIB + 7,
)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_kept_is_read_back_after_a_restart(opened: Opened, size: int) -> None:
    state = state_of(size)
    kept = keep(opened.workspace, state)
    assert kept is not None
    workspace = opened.reopened()
    (found,) = workspace.capsules.list().result()
    assert found == kept
    assert content(workspace, found) == state
    path = opened.folder / "capsules" / f"{kept.id}.capsule"
    assert path.stat().st_mode & 0o077 == 0
    assert size < 64 or state[:64] not in path.read_bytes()


def test_the_one_that_covers_most_is_found(workspace: Workspace) -> None:
    for key, tokens in (("1", 100), ("2", 300), ("3", 200)):
        keep(workspace, b"state", key=key, tokens=tokens)
    found = workspace.capsules.find(["1" * 64, "3" * 64, "9" * 64]).result()
    assert found is not None
    assert found.tokens == 200
    assert workspace.capsules.find(["9" * 64]).result() is None
    assert workspace.capsules.find([]).result() is None


def test_every_flipped_byte_and_every_cut_is_found(opened: Opened) -> None:
    kept = keep(opened.workspace, state_of(2 * MIB + 100))
    assert kept is not None
    path = opened.folder / "capsules" / f"{kept.id}.capsule"
    whole = path.read_bytes()
    places = [0, 7, 8, 100, PAGE_BYTES + 8, MIB, MIB + 30, 2 * MIB + 60, len(whole) - 1]
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CapsuleDamaged):
            content(opened.workspace, kept)
    chunk = MIB + 16
    swapped = whole[:8] + whole[8 + chunk : 8 + 2 * chunk] + whole[8 : 8 + chunk]
    for altered in (whole[:-1], whole[:100], b"", whole + b"\0", swapped + whole[8 + 2 * chunk :]):
        path.write_bytes(altered)
        with pytest.raises(CapsuleDamaged):
            content(opened.workspace, kept)
    path.write_bytes(whole)
    assert len(content(opened.workspace, kept)) == 2 * MIB + 100


def test_a_file_in_the_place_of_another_is_found(opened: Opened) -> None:
    one = keep(opened.workspace, state_of(100, 1), key="1")
    two = keep(opened.workspace, state_of(100, 2), key="2")
    assert one is not None
    assert two is not None
    folder = opened.folder / "capsules"
    (folder / f"{one.id}.capsule").write_bytes((folder / f"{two.id}.capsule").read_bytes())
    with pytest.raises(CapsuleDamaged):
        content(opened.workspace, one)


def test_a_capsule_goes_with_the_first_of_its_documents_and_its_bytes_are_noise(
    opened: Opened,
) -> None:
    workspace = opened.workspace
    first, second = add(workspace, b"one"), add(workspace, b"two")
    both = keep(workspace, state_of(500), key="1", documents=(first.id, second.id))
    other = keep(workspace, state_of(500), key="2", documents=(second.id,))
    assert both is not None
    assert other is not None
    workspace.documents.remove(first.id).result()
    assert [one.id for one in workspace.capsules.list().result()] == [other.id]
    assert files(opened) == {f"{other.id}.capsule"}
    # What opened it is in no file any more.
    opened.close()
    held = b"".join(path.read_bytes() for path in opened.folder.rglob("*") if path.is_file())
    assert both.secret not in held


def test_a_document_removed_while_its_capsule_is_written_leaves_none(opened: Opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"one")
    state = state_of(100)

    def read_into(room: memoryview, start: int) -> None:
        workspace.documents.remove(document.id).result()
        reader(state)(room, start)

    wanted = new(workspace, state, documents=(document.id,))
    assert workspace.capsules.write(wanted, read_into, budget=BUDGET) is None
    assert files(opened) == set()


def test_those_that_save_least_for_their_bytes_give_way(opened: Opened) -> None:
    workspace = opened.workspace
    cheap = keep(workspace, bytes(400), key="1", seconds=1.0)
    dear = keep(workspace, bytes(400), key="2", seconds=9.0)
    third = keep(workspace, bytes(400), key="3", seconds=5.0, budget=1000)
    assert cheap is not None
    assert {one.key[0] for one in workspace.capsules.list().result()} == {"2", "3"}
    assert len(files(opened)) == 2
    assert workspace.capsules.total_bytes().result() == 800
    # Use counts from the priority of those that had to go: what is never used goes in the end.
    assert dear is not None
    assert third is not None
    for key in "456":
        keep(workspace, bytes(400), key=key, seconds=5.0, budget=1000)
        for used in workspace.capsules.list().result():
            if used.key[0] == key:
                workspace.capsules.used(used).result()
    assert "2" not in {one.key[0] for one in workspace.capsules.list().result()}


def test_one_larger_than_the_budget_or_kept_already_is_not_written(opened: Opened) -> None:
    assert keep(opened.workspace, bytes(400), budget=399) is None
    assert keep(opened.workspace, bytes(400), budget=0) is None
    assert keep(opened.workspace, bytes(400)) is not None
    assert keep(opened.workspace, bytes(400)) is None
    assert len(files(opened)) == 1


def test_what_was_read_until_a_stop_gives_way_to_the_whole(opened: Opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"one")
    keep(workspace, bytes(50), key="1", tokens=50, whole=False, documents=(document.id,))
    keep(workspace, bytes(90), key="2", tokens=90, documents=(document.id,))
    assert [one.tokens for one in workspace.capsules.list().result()] == [90]
    assert len(files(opened)) == 1


def test_a_half_stays_until_what_takes_its_place_is_safe(opened: Opened) -> None:
    workspace = opened.workspace
    other = keep(workspace, state_of(300), key="a")
    half = keep(workspace, state_of(600), key="b", whole=False)

    def broken(room: memoryview, start: int) -> None:
        raise CapsuleDamaged

    more = new(workspace, state_of(900), key="c", whole=False, tokens=150)
    with pytest.raises(CapsuleDamaged):
        workspace.capsules.write(more, broken, budget=1000)
    assert workspace.capsules.list().result() == (half,)  # the other one had to make room
    assert other is not None
    later = keep(workspace, state_of(900), key="c", whole=False, tokens=150, budget=1000)
    assert workspace.capsules.list().result() == (later,)


def test_a_half_that_another_model_read_stays(opened: Opened) -> None:
    keep(opened.workspace, state_of(10), key="a", whole=False, weights="one")
    keep(opened.workspace, state_of(10), key="b", tokens=200, weights="another")
    assert len(opened.workspace.capsules.list().result()) == 2


def test_a_full_disk_is_said_and_leaves_nothing(opened: Opened, monkeypatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda folder: module.SPARE_BYTES + 99)
    with pytest.raises(WorkspaceFull):
        keep(opened.workspace, bytes(100))
    monkeypatch.setattr(module, "free_bytes", lambda folder: 1 << 50)
    real = os.write

    def full(descriptor: int, view: memoryview) -> int:
        if len(view) > 1000:
            raise OSError(28, "No space left on device")
        return real(descriptor, view)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(WorkspaceFull):
        keep(opened.workspace, bytes(2000))
    monkeypatch.undo()
    assert files(opened) == set()
    assert opened.workspace.capsules.list().result() == ()


def test_deleting_all_leaves_no_row_and_no_file(opened: Opened) -> None:
    for key in "12":
        keep(opened.workspace, bytes(10), key=key)
    assert len(opened.workspace.capsules.clear().result()) == 2
    assert opened.workspace.capsules.list().result() == ()
    assert files(opened) == set()


def test_rows_without_files_and_files_without_rows_are_swept(opened: Opened) -> None:
    kept = [keep(opened.workspace, bytes(10), key=key) for key in "12"]
    folder = opened.folder / "capsules"
    assert kept[0] is not None
    (folder / f"{kept[0].id}.capsule").unlink()
    (folder / f"{'ab' * 16}.capsule").write_bytes(b"orphan")
    (folder / f".{'cd' * 16}.partial").write_bytes(b"half")
    (folder / "notes.txt").write_text("not ours")
    workspace = opened.reopened()
    assert [one.key[0] for one in workspace.capsules.list().result()] == ["2"]
    assert len([name for name in files(opened) if name.endswith(".capsule")]) == 1
    assert "notes.txt" in files(opened)


WRITER = """
import os, sys
from carrel.workspace.capsules import NewCapsule
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE
from pathlib import Path

folder = Path(sys.argv[1])
workspace = Workspace.open(
    folder, Keyslots.load(folder, floor=CHEAP).unlock_with_passphrase(PASSPHRASE)
)

def read_into(room, start):
    if start > 4 << 20:
        print("writing", flush=True)
        sys.stdin.read()
    room[:] = bytes(len(room))

new = NewCapsule(
    key="e" * 64, tokens=1, size=8 << 20, documents=(), whole=True, seconds=1.0
)
workspace.capsules.write(new, read_into, budget=1 << 30)
"""


def test_a_kill_while_writing_leaves_nothing_after_the_next_start(opened: Opened) -> None:
    kept = keep(opened.workspace, b"before")
    opened.close()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(opened.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    assert len(files(opened)) == 2
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    child.stdout.close()
    workspace = opened.reopened()
    assert kept is not None
    assert [one.id for one in workspace.capsules.list().result()] == [kept.id]
    assert files(opened) == {f"{kept.id}.capsule"}
    assert content(workspace, kept) == b"before"
