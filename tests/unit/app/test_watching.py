"""Watched folders in a real workspace: what comes is added once, what goes is said."""

from __future__ import annotations

import hashlib
import os
import threading

import pytest

from carrel.app import watching as module
from carrel.app.publisher import Publisher
from carrel.app.watching import Watching
from carrel.domain.documents import DocumentState
from carrel.domain.events import DocumentChanged, WatchingChanged
from carrel.domain.ids import JobId
from carrel.ingest import watching as looking
from carrel.ingest.errors import FolderIsWorkspace, FolderWanted
from carrel.workspace.errors import FolderHoldsWatched, FolderWatched
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE


class Reads:
    """Stores what it is given, as adding would, and remembers it."""

    def __init__(self, workspace):
        self.workspace, self.paused, self.seen = workspace, False, []
        self.resumed = threading.Event()

    def resume(self, drop):
        for file in drop.waiting:
            body = file.path.read_bytes()
            self.seen.append(file.path.name)
            self.workspace.accept(
                name=file.path.name,
                size=len(body),
                sha256=hashlib.sha256(body).hexdigest(),
                pieces=[body],
                path=str(file.path),
            )
        self.workspace.drops.finish(drop.id).result()
        self.resumed.set()
        return JobId(len(self.seen))


@pytest.fixture(autouse=True)
def _files_settle_at_once(monkeypatch):
    for one in (module, looking):
        monkeypatch.setattr(one, "SETTLE_SECONDS", 0.0)


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.create(tmp_path / "ws", name="x", passphrase=PASSPHRASE, cost=CHEAP).workspace
    yield made
    made.close()


@pytest.fixture
def reads(workspace):
    return Reads(workspace)


@pytest.fixture
def told():
    return []


@pytest.fixture
def watch(workspace, reads, told):
    publisher = Publisher()
    publisher.subscribe(told.append)
    made = Watching(workspace, reads, publisher.publish)
    yield made
    made.close()


@pytest.fixture
def root(tmp_path, watch):
    folder = tmp_path / "in"
    folder.mkdir()
    watch.add(folder).result()
    return folder


def documents(workspace):
    return {one.name: one for one in workspace.documents.list().result()}


def test_files_are_added_once_and_a_changed_one_again(root, watch, reads):
    (root / "a.txt").write_text("one")
    (root / "b.txt").write_text("two")
    looked = watch.look_now().result()
    assert (sorted(reads.seen), len(looked.jobs), looked.waiting) == (["a.txt", "b.txt"], 1, 0)
    watch.look_now().result()
    (root / "a.txt").write_text("one, changed")
    watch.look_now().result()
    watch.look_now().result()
    assert sorted(reads.seen) == ["a.txt", "a.txt", "b.txt"]
    (folder,) = watch.folders().result()
    assert (folder.files, folder.waiting, folder.trouble) == (2, 0, None)
    assert folder.looked_at


def test_a_file_that_was_only_touched_is_not_added_again(root, watch, reads):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    os.utime(root / "a.txt", ns=(1, 1))
    watch.look_now().result()
    assert reads.seen == ["a.txt"]


def test_a_file_that_is_still_written_waits(root, watch, reads, monkeypatch):
    monkeypatch.setattr(looking, "SETTLE_SECONDS", 3600.0)
    (root / "a.txt").write_text("one")
    assert watch.look_now().result().waiting == 1
    assert reads.seen == []


def test_deleted_is_said_of_the_document_and_taken_back_when_the_file_returns(
    root, watch, reads, workspace, told
):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    (root / "a.txt").rename(root.parent / "kept.txt")
    watch.look_now().result()
    assert documents(workspace)["a.txt"].gone
    assert [one.document.gone for one in told if isinstance(one, DocumentChanged)] == [True]
    (root.parent / "kept.txt").rename(root / "a.txt")
    watch.look_now().result()
    assert not documents(workspace)["a.txt"].gone
    assert reads.seen == ["a.txt"]


def test_a_file_that_moved_within_the_folder_is_not_gone(root, watch, reads, workspace):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    (root / "a.txt").rename(root / "b.txt")
    watch.look_now().result()
    (document,) = workspace.documents.list().result()
    assert not document.gone


def test_a_removed_document_does_not_come_back_by_itself(root, watch, reads, workspace):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    workspace.documents.removals.hide(documents(workspace)["a.txt"].id).result()
    watch.look_now().result()
    assert reads.seen == ["a.txt"]


def test_a_folder_that_is_gone_is_said_and_nothing_is_marked(root, watch, reads, workspace, told):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    root.rename(root.with_name("elsewhere"))
    told.clear()
    watch.look_now().result()
    (folder,) = watch.folders().result()
    assert folder.trouble is not None
    assert folder.trouble.code == "watch.gone"
    assert any(isinstance(one, WatchingChanged) for one in told)
    assert not documents(workspace)["a.txt"].gone
    root.with_name("elsewhere").rename(root)
    watch.look_now().result()
    assert watch.folders().result()[0].trouble is None
    assert reads.seen == ["a.txt"]


def test_an_empty_mount_point_marks_nothing(root, watch, workspace):
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    root.rename(root.with_name("elsewhere"))
    root.mkdir()
    watch.look_now().result()
    assert watch.folders().result()[0].trouble.code == "watch.not_mounted"
    assert not documents(workspace)["a.txt"].gone


def test_nothing_is_looked_at_while_adding_is_paused(root, watch, reads):
    (root / "a.txt").write_text("one")
    reads.paused = True
    watch.start()
    assert watch.look_now().result().jobs == ()
    assert reads.seen == []
    reads.paused = False
    watch.resumed()
    assert reads.resumed.wait(20)
    assert reads.seen == ["a.txt"]


def test_a_hint_makes_the_next_look_come_sooner(root, watch, reads, monkeypatch):
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 3600.0)
    monkeypatch.setattr(module, "HINT_SECONDS", 0.0)
    watch.start()
    watch.places().result()
    (root / "a.txt").write_text("one")
    assert not reads.resumed.is_set()
    watch.hint()
    assert reads.resumed.wait(20)


def test_what_a_look_found_is_read_even_if_the_program_is_killed_before(root, watch, workspace):
    """The drop is written with the marks; `Adding.carry_on` finds it."""
    kept = []
    watch._adding.resume = lambda drop: kept.append(drop) or JobId(1)
    (root / "a.txt").write_text("one")
    watch.look_now().result()
    (left,) = workspace.drops.unfinished().result()
    assert left == kept[0]
    assert [file.path.name for file in left.waiting] == ["a.txt"]


def test_a_folder_dropped_before_is_not_read_again(root, watch, reads, workspace):
    path = root / "a.txt"
    path.write_text("one")
    sha256 = hashlib.sha256(b"one").hexdigest()
    workspace.accept(name="a.txt", size=3, sha256=sha256, pieces=[b"one"], path=str(path))
    watch.look_now().result()
    assert reads.seen == []
    assert documents(workspace)["a.txt"].state is DocumentState.QUEUED


def test_a_folder_is_watched_once_and_documents_stay_when_it_is_no_more(
    root, watch, workspace, tmp_path
):
    (root / "a.txt").write_text("one")
    (root / "sub").mkdir()
    watch.look_now().result()
    for path, error in (
        (root, FolderWatched),
        (root / "sub", FolderWatched),
        (tmp_path, FolderHoldsWatched),
        (workspace.folder, FolderIsWorkspace),
        (root / "a.txt", FolderWanted),
    ):
        with pytest.raises(error):
            watch.add(path).result()
    (folder,) = watch.folders().result()
    assert watch.remove(folder.id).result()
    assert not watch.remove(folder.id).result()
    assert watch.folders().result() == ()
    assert list(documents(workspace)) == ["a.txt"]
    assert not documents(workspace)["a.txt"].gone
