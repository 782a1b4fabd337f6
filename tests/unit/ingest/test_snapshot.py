"""A file's bytes are taken once, whole and unchanged, or not at all."""

import hashlib
import os
from pathlib import Path

import pytest

from carrel.ingest import snapshot as module
from carrel.ingest.errors import (
    FileChanged,
    FileEmpty,
    FileForbidden,
    FileMissing,
    FileSpecial,
    FileTooLarge,
)
from carrel.ingest.snapshot import Cancelled, take_snapshot


def taken(path, *, on_progress=lambda done, total: None, cancelled=lambda: False):
    return take_snapshot(path, on_progress=on_progress, cancelled=cancelled)


def test_the_snapshot_holds_the_bytes_and_their_hash(tmp_path):
    content = os.urandom(3 * module.PIECE_BYTES + 17)
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    seen = []
    snapshot = taken(path, on_progress=lambda done, total: seen.append((done, total)))
    assert b"".join(snapshot.pieces()) == content
    assert snapshot.sha256 == hashlib.sha256(content).hexdigest()
    assert seen[-1] == (len(content), len(content))
    snapshot.close()


def test_the_sealed_bytes_cannot_be_changed_any_more(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("kept")
    snapshot = taken(path)
    with pytest.raises(PermissionError):
        os.pwrite(snapshot.copy.fd, b"lost", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(snapshot.copy.fd, 0)
    snapshot.close()


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(bytes(module.PIECE_BYTES + 1))

    def grow(done, total):
        if done > module.PIECE_BYTES:
            return
        with path.open("ab") as stream:
            stream.write(b"more")

    with pytest.raises(FileChanged):
        taken(path, on_progress=grow)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: None, FileMissing),
        (lambda path: path.touch(), FileEmpty),
        (os.mkfifo, FileSpecial),
        (lambda path: path.symlink_to(path.with_name("nowhere")), FileMissing),
    ],
    ids=["missing", "empty", "pipe", "dangling"],
)
def test_what_cannot_be_read_is_told_apart(tmp_path, make, error):
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(error) as raised:
        taken(path)
    assert "thing" in raised.value.failure.reason
    assert raised.value.failure.remedy


def test_a_file_without_rights_is_told(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "secret.pdf"
    path.write_text("x")
    monkeypatch.setattr(module.os, "open", refuse)
    with pytest.raises(FileForbidden):
        taken(path)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.pdf"
    with path.open("wb") as stream:
        stream.truncate(module.MAX_DOCUMENT_BYTES + 1)
    with pytest.raises(FileTooLarge):
        taken(path)


def test_a_cancel_stops_the_reading_between_pieces(tmp_path):
    path = tmp_path / "long.pdf"
    path.write_bytes(bytes(4 * module.PIECE_BYTES))
    seen = []
    with pytest.raises(Cancelled):
        taken(
            path, on_progress=lambda done, total: seen.append(done), cancelled=lambda: len(seen) > 1
        )
    assert len(seen) == 2


def test_no_descriptor_is_left_open(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    taken(path).close()
    with pytest.raises(FileMissing):
        taken(tmp_path / "none")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
