"""Originals saved back: bit-identical, whole or not at all, never over another file unasked."""

import errno
import hashlib
import os

import pytest

from carrel.app import saving
from carrel.app.saving import OriginalDiffers, SaveFailed, SaveFull, SaveTaken, save_original
from carrel.domain.documents import Document, DocumentState
from carrel.domain.errors import FolderNamed
from carrel.domain.ids import DocumentId

CONTENT = bytes(range(256)) * 5000


def document(content=CONTENT, name="report.bin"):
    return Document(
        id=DocumentId(7), sha256=hashlib.sha256(content).hexdigest(), name="Shown",
        size=len(content), kind="unknown", state=DocumentState.READ, added_at=0.0, file_name=name,
    )  # fmt: skip


def pieces():
    for at in range(0, len(CONTENT), 100_000):
        yield CONTENT[at : at + 100_000]


def save(path, found=None, *, replace=False):
    return save_original(found or document(), pieces(), path, replace=replace)


def test_the_file_is_the_original_and_its_owners_alone(tmp_path):
    path = save(tmp_path / "out.bin")
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["out.bin"]


def test_a_folder_takes_it_under_the_name_of_its_file(tmp_path):
    assert save(tmp_path) == tmp_path / "report.bin"
    odd = document(name="../../etc/passwd")
    assert save(tmp_path, odd) == tmp_path / ".._.._etc_passwd"
    assert save(tmp_path, document(name="..")) == tmp_path / "document 7"
    (tmp_path / "folder").mkdir()
    with pytest.raises(FolderNamed):
        save(tmp_path, document(name="folder"))


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(tmp_path):
    path = tmp_path / "mine"
    path.write_text("mine")
    with pytest.raises(SaveTaken, match="already a file “mine”"):
        save(path)
    assert path.read_text() == "mine"
    assert save(path, replace=True).read_bytes() == CONTENT


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_in_the_middle_is_kept(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(saving.os, "link", _no_links)
    path = tmp_path / "out"

    def slowly():
        yield from pieces()
        path.write_text("of another program")

    with pytest.raises(SaveTaken):
        save_original(document(), slowly(), path, replace=False)
    assert path.read_text() == "of another program"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_where_files_have_one_name_only_it_works_too(tmp_path, monkeypatch):
    monkeypatch.setattr(saving.os, "link", _no_links)
    assert save(tmp_path / "out").read_bytes() == CONTENT
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def _no_links(*_arguments):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_other_bytes_than_were_added_are_not_saved(tmp_path):
    with pytest.raises(OriginalDiffers):
        save(tmp_path / "out", document(b"other"))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_and_the_old_file_as_it_was(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(
        saving.os, "write", lambda fd, data: real(fd, data[:4096]) if _room(fd) else _full()
    )
    path = tmp_path / "out"
    path.write_text("old")
    with pytest.raises(SaveFull, match="no room"):
        save(path, replace=True)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def _room(descriptor):
    return os.fstat(descriptor).st_size < 200_000


def _full():
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SaveFailed, match="No such file"):
        save(tmp_path / "gone" / "out")
