"""A look at a folder: half-written files wait, and nothing is called gone without being sure."""

import os
import shutil
import time

import pytest

from carrel.domain.watching import Identity, SeenFile
from carrel.ingest import watching
from carrel.ingest.errors import FolderGone, FolderNotMounted
from carrel.ingest.snapshot import Cancelled
from carrel.ingest.watching import folders_of, holds_the_same, look, look_again

LONG_AGO = 1_000.0


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def see(root, tmp_path):
    """Looks, by default at a folder nothing is known of."""

    def see(known=None, before=None, stopped=lambda: False):
        return look(root, known or {}, before, but=tmp_path / "workspace", stopped=stopped)

    return see


def as_known(files, *, taken, seen_at=LONG_AGO):
    return {path: SeenFile(facts, taken, seen_at) for path, facts in files.items()}


def names(paths):
    return sorted(path.name for path in paths)


def test_a_new_file_moves_at_the_first_look_and_is_still_at_the_second(root, see):
    (root / "a.txt").write_text("one")
    first = see()
    assert names(first.moving) == ["a.txt"]
    assert not first.still
    second = see(as_known(first.moving, taken=False))
    assert (names(second.still), second.moving) == (["a.txt"], {})


def test_two_looks_in_quick_succession_are_no_proof_that_it_stood_still(root, see):
    (root / "a.txt").write_text("one")
    found = see(as_known(see().moving, taken=False, seen_at=time.time()))
    assert not found.still
    assert not found.moving


def test_a_file_that_grows_goes_on_moving(root, see):
    (root / "a.txt").write_text("one")
    known = as_known(see().moving, taken=False)
    with (root / "a.txt").open("a") as stream:
        stream.write(" and more")
    assert names(see(known).moving) == ["a.txt"]
    assert not see(known).still


@pytest.mark.parametrize("change", ["touched", "replaced", "grown"])
def test_a_taken_file_is_new_again_when_time_number_or_size_changed(root, see, change):
    path = root / "a.txt"
    path.write_text("one")
    known = as_known(see().moving, taken=True)
    assert not see(known).moving
    facts = path.stat()
    if change == "touched":
        os.utime(path, ns=(1, 1))
    elif change == "replaced":
        (root / "b.txt").write_text("two")
        (root / "b.txt").replace(path)
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    else:
        path.write_text("one and more")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert names(see(known).moving) == ["a.txt"]


def test_a_deleted_file_is_gone_and_one_that_is_ignored_now_is_not(root, see):
    for name in ("a.txt", "b.txt", "c.txt"):
        (root / name).write_text(name)
    known = as_known(see().moving, taken=True)
    (root / "a.txt").unlink()
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("b.txt\n")
    found = see(known)
    assert names(found.gone) == ["a.txt"]
    assert found.left_out


def test_a_folder_that_is_not_there_tells_so(root, see):
    (root / "a.txt").write_text("a")
    known = as_known(see().moving, taken=True)
    shutil.rmtree(root)
    with pytest.raises(FolderGone):
        see(known)
    root.write_text("no folder")
    with pytest.raises(FolderGone):
        see(known)


def test_an_empty_folder_in_the_place_of_the_watched_one_means_no_disk(root, see):
    (root / "a.txt").write_text("a")
    first = see()
    known = as_known(first.moving, taken=True)
    elsewhere = Identity(first.identity.device + 1, first.identity.inode)
    assert see(known, elsewhere).gone == []
    (root / "a.txt").unlink()
    with pytest.raises(FolderNotMounted):
        see(known, elsewhere)
    assert names(see(known, first.identity).gone) == ["a.txt"]


def test_a_disk_taken_out_during_the_look_is_no_reason_to_call_files_gone(root, see):
    for name in ("a.txt", "b.txt"):
        (root / name).write_text(name)
    known = as_known(see().moving, taken=True)
    looked = []

    def stopped():
        if not looked:
            looked.append(1)
            root.rename(root.with_name("taken out"))
        return False

    with pytest.raises(FolderGone):
        see(known, stopped=stopped)


def test_a_folder_inside_that_may_not_be_listed_is_told_and_its_files_stay(root, see, monkeypatch):
    (root / "shut").mkdir()
    (root / "shut" / "a.txt").write_text("a")
    known = as_known(see().moving, taken=True)
    real = os.scandir

    def scandir(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "no", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = see(known)
    assert found.gone == []
    assert found.trouble is not None
    assert found.trouble.code == "watch.forbidden"


def test_the_program_does_not_add_its_own_workspace(root, tmp_path):
    (root / "workspace").mkdir()
    (root / "workspace" / "workspace.db").write_text("x")
    (root / "a.txt").write_text("a")
    found = look(root, {}, None, but=root / "workspace", stopped=lambda: False)
    assert names(found.moving) == ["a.txt"]


def test_links_to_nowhere_and_pipes_are_left_alone(root, see):
    (root / "a.txt").symlink_to("nowhere")
    os.mkfifo(root / "b.txt")
    assert not see().moving


def test_only_files_that_may_be_half_written_are_looked_at_again(root, see):
    (root / "a.txt").write_text("a")
    (root / "b.txt").write_text("b")
    (root / "c.txt").write_text("c")
    found = see().moving
    known = as_known(found, taken=False) | as_known(
        {root / "c.txt": found[root / "c.txt"]}, taken=True
    )
    (root / "b.txt").unlink()
    (root / "c.txt").unlink()
    again = look_again(root, known, stopped=lambda: False)
    assert (names(again.still), names(again.gone)) == (["a.txt"], ["b.txt"])


def test_a_look_stops_when_somebody_wants_it_to(root, see):
    (root / "a.txt").write_text("a")
    with pytest.raises(Cancelled):
        see(stopped=lambda: True)
    with pytest.raises(Cancelled):
        look_again(root, as_known(see().moving, taken=False), stopped=lambda: True)


def test_the_same_bytes_are_known_by_size_and_hash(root):
    path = root / "a.txt"
    path.write_bytes(b"abc")
    right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert holds_the_same(path, 3, right, stopped=lambda: False)
    assert not holds_the_same(path, 4, right, stopped=lambda: False)
    assert not holds_the_same(path, 3, right[::-1], stopped=lambda: False)
    assert not holds_the_same(root / "b.txt", 3, right, stopped=lambda: False)


def test_hints_are_asked_of_the_highest_folders(root):
    files = [root / "x" / "y" / "a.txt", root / "x" / "b.txt", root / "c.txt"]
    assert folders_of(root, files, 2) == (root, root / "x")
    assert watching.SETTLE_SECONDS >= 1
