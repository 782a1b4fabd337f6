import errno
import os
import random
import stat
from pathlib import Path

import pytest

from carrel.domain.errors import WorkspaceError
from carrel.workspace.blobs import (
    CHUNK_BYTES,
    MAGIC,
    SALT_BYTES,
    TAG_BYTES,
    BlobId,
    BlobWriter,
    KeptBlob,
    drop_blob,
    read_blob,
    sweep,
)
from carrel.workspace.errors import BlobDamaged, BlobMissing, WorkspaceFull
from carrel.workspace.keys import DataKey, new_data_key

HEAD = len(MAGIC) + SALT_BYTES
SEALED = CHUNK_BYTES + TAG_BYTES


@pytest.fixture
def key() -> DataKey:
    return new_data_key()


def write(folder: Path, key: DataKey, content: bytes, piece: int = 300_000) -> KeptBlob:
    with BlobWriter(folder, key) as writer:
        for start in range(0, len(content), piece):
            writer.write(content[start : start + piece])
        return writer.finish()


def path_of(folder: Path, blob: KeptBlob) -> Path:
    return folder / f"{blob.id}.blob"


def read(folder: Path, key: DataKey, blob: KeptBlob) -> bytes:
    return b"".join(read_blob(folder, key, blob))


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
)
@pytest.mark.parametrize("piece", [70_001, 5 * CHUNK_BYTES])
def test_what_was_written_is_read_back(tmp_path, key, size: int, piece: int) -> None:
    content = random.Random(size).randbytes(size)

    blob = write(tmp_path, key, content, piece)

    assert read(tmp_path, key, blob) == content
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert path_of(tmp_path, blob).stat().st_size == HEAD + size + chunks * TAG_BYTES


def test_pieces_that_are_read_are_small(tmp_path, key) -> None:
    blob = write(tmp_path, key, bytes(3 * CHUNK_BYTES + 5))
    assert [len(piece) for piece in read_blob(tmp_path, key, blob)] == [CHUNK_BYTES] * 3 + [5]


def test_the_content_is_not_in_the_file(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"marker-7261" * 1000)
    assert b"marker" not in path_of(tmp_path, blob).read_bytes()


def test_the_same_content_is_never_the_same_file(tmp_path, key) -> None:
    one, other = write(tmp_path, key, b"same"), write(tmp_path, key, b"same")
    assert (
        path_of(tmp_path, one).read_bytes()[HEAD:] != path_of(tmp_path, other).read_bytes()[HEAD:]
    )


def test_only_the_owner_may_read_it(tmp_path, key) -> None:
    mode = path_of(tmp_path, write(tmp_path, key, b"x")).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_every_flipped_bit_is_found(tmp_path, key) -> None:
    blob = write(tmp_path, key, random.Random(1).randbytes(CHUNK_BYTES + 1000))
    path = path_of(tmp_path, blob)
    whole = path.read_bytes()
    chosen = random.Random(2)
    places = [*range(HEAD + 2), *(chosen.randrange(len(whole)) for _ in range(60)), len(whole) - 1]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chosen.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(BlobDamaged):
            read(tmp_path, key, blob)


def test_an_end_cut_off_is_found_wherever_the_cut_is(tmp_path, key) -> None:
    blob = write(tmp_path, key, bytes(2 * CHUNK_BYTES + 100))
    path = path_of(tmp_path, blob)
    whole = path.read_bytes()
    for size in (0, 5, HEAD, HEAD + 7, HEAD + SEALED, HEAD + 2 * SEALED, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(BlobDamaged):
            read(tmp_path, key, blob)


def test_added_bytes_are_found(tmp_path, key) -> None:
    blob = write(tmp_path, key, bytes(CHUNK_BYTES))
    path = path_of(tmp_path, blob)
    whole = path.read_bytes()
    for more in (b"x", whole[HEAD:], bytes(SEALED)):
        path.write_bytes(whole + more)
        with pytest.raises(BlobDamaged):
            read(tmp_path, key, blob)


def test_swapped_chunks_are_found(tmp_path, key) -> None:
    blob = write(tmp_path, key, bytes(3 * CHUNK_BYTES))
    path = path_of(tmp_path, blob)
    whole = path.read_bytes()
    first, second = whole[HEAD : HEAD + SEALED], whole[HEAD + SEALED : HEAD + 2 * SEALED]
    path.write_bytes(whole[:HEAD] + second + first + whole[HEAD + 2 * SEALED :])
    with pytest.raises(BlobDamaged, match="from byte 0 on"):
        read(tmp_path, key, blob)


def test_a_blob_under_another_name_is_found(tmp_path, key) -> None:
    one, other = write(tmp_path, key, b"one"), write(tmp_path, key, b"other")
    path_of(tmp_path, one).replace(path_of(tmp_path, other))
    with pytest.raises(BlobDamaged):
        read(tmp_path, key, other)


def test_a_blob_of_another_workspace_does_not_open(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"one")
    with pytest.raises(BlobDamaged):
        read(tmp_path, DataKey("00" * 16, key.secret), blob)
    with pytest.raises(BlobDamaged):
        read(tmp_path, DataKey(key.workspace, bytes(32)), blob)


def test_what_comes_before_the_damage_is_given_out(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"a" * CHUNK_BYTES + b"b")
    path = path_of(tmp_path, blob)
    path.write_bytes(path.read_bytes()[:-1])
    pieces = read_blob(tmp_path, key, blob)

    assert next(pieces) == b"a" * CHUNK_BYTES
    with pytest.raises(BlobDamaged, match="1,048,576"):
        next(pieces)


@pytest.mark.parametrize("blob", ["0" * 32, "../../etc/passwd", ""])
def test_a_missing_blob_is_said(tmp_path, key, blob: str) -> None:
    with pytest.raises(BlobMissing):
        read(tmp_path, key, KeptBlob(BlobId(blob), bytes(32)))


def test_nothing_exists_before_it_is_finished(tmp_path, key) -> None:
    with BlobWriter(tmp_path, key) as writer:
        writer.write(bytes(2 * CHUNK_BYTES))
        assert not list(tmp_path.glob("*.blob"))
    assert not list(tmp_path.iterdir())


def test_an_error_while_writing_leaves_nothing(tmp_path, key) -> None:
    def fail_halfway() -> None:
        with BlobWriter(tmp_path, key) as writer:
            writer.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["fsync", "write"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, key, monkeypatch, step: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_until_full() -> None:
        with BlobWriter(tmp_path, key) as writer:
            if step == "fsync":
                monkeypatch.setattr("carrel.workspace.blobs.os.fsync", full)
            else:
                monkeypatch.setattr(writer, "_file", Refusing(writer._file, full))
            writer.write(bytes(2 * CHUNK_BYTES))
            writer.finish()

    with pytest.raises(WorkspaceFull, match="The disk is full"):
        write_until_full()
    assert not list(tmp_path.iterdir())


class Refusing:
    """A file that takes nothing more."""

    def __init__(self, file, full) -> None:
        self.write, self.close, self.flush, self.fileno = full, file.close, file.flush, file.fileno


def test_a_folder_that_is_gone_is_an_error_of_the_workspace(tmp_path, key) -> None:
    with pytest.raises(WorkspaceError):
        BlobWriter(tmp_path / "gone", key)


def test_sweeping_removes_orphans_and_halves_and_nothing_else(tmp_path, key) -> None:
    living, orphan = write(tmp_path, key, b"living"), write(tmp_path, key, b"orphan")
    half = BlobWriter(tmp_path, key)
    half.write(b"half")
    half._file.close()
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "letter.blob").write_text("not ours either")

    assert sweep(tmp_path, {living.id}) == 2

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{living.id}.blob", "notes.txt", "letter.blob"}
    assert f"{orphan.id}.blob" not in left


def test_dropping_twice_is_harmless(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"x")
    drop_blob(tmp_path, blob.id)
    drop_blob(tmp_path, blob.id)
    assert not list(tmp_path.iterdir())


def test_a_blob_needs_its_secret_also_with_the_key_of_the_workspace(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"one")
    for secret in (bytes(32), None):
        with pytest.raises(BlobDamaged):
            read(tmp_path, key, blob._replace(secret=secret))


def test_what_a_disk_keeps_of_a_dropped_blob_has_lost_its_salt(tmp_path, key) -> None:
    blob = write(tmp_path, key, b"one")
    kept = tmp_path / "what the disk keeps"
    kept.hardlink_to(path_of(tmp_path, blob))
    drop_blob(tmp_path, blob.id)
    assert kept.read_bytes()[:HEAD] == bytes(HEAD)
    kept.rename(path_of(tmp_path, blob))
    with pytest.raises(BlobDamaged):
        read(tmp_path, key, blob)
