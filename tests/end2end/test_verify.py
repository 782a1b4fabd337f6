"""Comparing an installed model with what was imported, byte by byte, from the disk."""

import hashlib
import itertools
import os
import shutil
from pathlib import Path

import pytest

from carrel.app.importing import Importing
from carrel.app.publisher import Publisher
from carrel.catalog.installed import Catalog
from carrel.catalog.rereading import reread
from carrel.catalog.verifying import verify
from carrel.domain.events import ImportProgressed, JobFailed, ModelImported, ModelVerified
from carrel.engine.errors import LoadCancelled


@pytest.fixture
def installed(tiny_gguf: Path, tmp_path: Path):
    path = Path(shutil.copy(tiny_gguf, tmp_path / "mine.gguf"))
    catalog = Catalog(tmp_path / "list")
    catalog.import_file(path)
    return catalog, path


def quiet(_step: str, _done: int, _total: int) -> None:
    return


def flip(path: Path, position: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(position)
        byte = stream.read(1)[0]
        stream.seek(position)
        stream.write(bytes([byte ^ 1]))


def test_a_sound_file_gets_the_time_of_the_check_and_its_present_identity(installed):
    catalog, path = installed
    os.utime(path, (1, 1))
    steps = []

    found = verify(catalog, "mine", lambda *step: steps.append(step), lambda: False)

    assert found.damage == ()
    assert found.installed.verified_at > 1e9
    assert found.installed.files[0].modified_ns == 10**9
    assert catalog.get("mine") == found.installed
    assert steps[-1] == ("verifying", path.stat().st_size, path.stat().st_size)


def test_one_changed_byte_is_found_and_the_last_check_no_longer_counts(installed):
    catalog, path = installed
    verify(catalog, "mine", quiet, lambda: False)
    flip(path, path.stat().st_size - 100)

    found = verify(catalog, "mine", quiet, lambda: False)

    assert found.damage == ("“mine.gguf” no longer holds the bytes that were imported.",)
    assert catalog.get("mine").verified_at == 0.0


def test_a_file_that_became_shorter_or_went_away_is_named(installed):
    catalog, path = installed
    os.truncate(path, path.stat().st_size - 1000)
    assert verify(catalog, "mine", quiet, lambda: False).damage == (
        "“mine.gguf” is 1,000 bytes shorter than when it was imported.",
    )
    path.unlink()
    assert "no such file" in verify(catalog, "mine", quiet, lambda: False).damage[0]


def test_a_stopped_check_changes_nothing(installed):
    catalog, _ = installed
    before = catalog.get("mine")
    with pytest.raises(LoadCancelled):
        verify(catalog, "mine", quiet, lambda: True)
    assert catalog.get("mine") == before


@pytest.mark.parametrize("folder", ["disk", "memory"])
def test_blocks_and_the_whole_are_hashed_in_one_pass(tmp_path: Path, folder: str):
    # Memory's file system cannot be read past the cache; sizes are no multiples of anything.
    place = tmp_path if folder == "disk" else Path("/dev/shm") / tmp_path.name  # noqa: S108
    place.mkdir(exist_ok=True)
    contents = [os.urandom(9_000_001), os.urandom(70_000), b""]
    paths = [place / str(number) for number in range(3)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    seen: dict[tuple[int, int], bytes] = {}
    try:
        found = reread(
            paths, block_bytes=1 << 16, on_bytes=lambda _: None, cancelled=lambda: False,
            on_block=lambda file, block, digest: seen.__setitem__((file, block), digest),
        )  # fmt: skip
    finally:
        if place != tmp_path:
            shutil.rmtree(place)

    assert found.sha256 == hashlib.sha256(b"".join(contents)).hexdigest()
    assert [identity.size for identity in found.files] == [9_000_001, 70_000, 0]
    assert seen == {
        (file, number): hashlib.sha256(content[start : start + (1 << 16)]).digest()
        for file, content in enumerate(contents)
        for number, start in enumerate(range(0, len(content), 1 << 16))
    }


def test_jobs_tell_their_steps_and_their_end(tiny_gguf: Path, tmp_path: Path):
    publisher = Publisher()
    importing = Importing(Catalog(tmp_path / "list"), publisher.publish, itertools.count(1))

    def last_of(submit):
        seen = []
        with publisher.listen() as events:
            job = submit()
            for event in events:
                assert event.job == job
                seen.append(event)
                if not isinstance(event, ImportProgressed):
                    return seen
        raise AssertionError

    try:
        imported = last_of(lambda: importing.import_path(tiny_gguf))
        assert isinstance(imported[-1], ModelImported)
        name = imported[-1].installed.name
        verified = last_of(lambda: importing.verify(name))
        assert verified[-1] == ModelVerified(
            job=2, installed=Catalog(tmp_path / "list").get(name), damage=()
        )
        assert verified[-2].step == "verifying"
        assert verified[-2].done == verified[-2].total == tiny_gguf.stat().st_size
        failed = last_of(lambda: importing.verify("nothing"))[-1]
        assert isinstance(failed, JobFailed)
        assert failed.failure.code == "catalog.not_installed"
        assert not importing.cancel(2)
    finally:
        importing.close()
