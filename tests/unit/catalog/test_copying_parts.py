"""What copying is made of: the journal, the lanes, and keys."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

import pytest

from carrel.catalog.journal import Journal
from carrel.catalog.lanes import BUFFERED_BYTES, Lanes
from carrel.catalog.pack_errors import AlreadyRunning, KeyUnusable, NoSuchKey
from carrel.catalog.pack_script import make_key
from carrel.catalog.signatures import TrustedKeys, read_key


def test_a_journal_remembers_which_blocks_are_done(tmp_path: Path):
    path = tmp_path / "journal"
    with Journal(path, "x", 5) as journal:
        assert (journal.count, journal.last) == (0, -1)
        journal.set(1, done=True)
        journal.set(3, done=True)
        journal.set(1, done=False)
    with Journal(path, "x", 5) as journal:
        assert [journal.done(index) for index in range(5)] == [False, False, False, True, False]
        assert (journal.count, journal.last) == (1, 3)


@pytest.mark.parametrize("harm", [b"", b"carrel-journal 1\nx\n++", b"\0" * 30, b"+" * 24])
def test_a_damaged_journal_and_one_of_another_pack_are_begun_anew(tmp_path: Path, harm: bytes):
    path = tmp_path / "journal"
    path.write_bytes(harm)
    with Journal(path, "x", 5) as journal:
        assert journal.count == 0
        journal.set(4, done=True)
    with Journal(path, "y", 5) as journal:
        assert journal.count == 0


def test_a_journal_has_one_writer(tmp_path: Path):
    with Journal(tmp_path / "journal", "x", 5), pytest.raises(AlreadyRunning):
        Journal(tmp_path / "journal", "x", 5)
    with Journal(tmp_path / "journal", "x", 5) as journal:
        assert journal.count == 0


def test_every_lane_gets_every_buffer_in_its_order():
    size = BUFFERED_BYTES // 4
    seen: list[list[int]] = [[], []]
    with Lanes(2, size) as lanes:
        for number in range(20):
            buffer = lanes.empty()
            buffer[0] = number
            lanes.hand_on(
                partial(lambda held: seen[0].append(held[0]), buffer[:1]),
                None if number % 2 else partial(lambda held: seen[1].append(held[0]), buffer[:1]),
            )
        after = lanes.after(0, lambda: len(seen[0]))
        lanes.drain()
        assert after.result() == 20
    assert seen == [list(range(20)), list(range(0, 20, 2))]


def test_what_a_lane_raises_comes_out_where_the_buffers_are_filled():
    with Lanes(1, 1 << 20) as lanes:
        lanes.empty()
        lanes.hand_on(partial(int, "no number"))
        with pytest.raises(ValueError, match="no number"):
            lanes.drain()


def test_keys_are_trusted_shown_and_removed(tmp_path: Path):
    keys = TrustedKeys(tmp_path / "keys")
    assert keys.list() == ()
    made = make_key(str(tmp_path / "the office"))
    public = Path(made["public"])
    key = keys.add(public)
    assert (key.name, key.fingerprint) == ("the-office", made["fingerprint"])
    assert keys.add(public) == key
    assert keys.list() == (key,)
    other = Path(make_key(str(tmp_path / "the-office"))["public"])
    with pytest.raises(KeyUnusable, match="another trusted key"):
        keys.add(other)
    with pytest.raises(NoSuchKey):
        keys.remove("../the-office")
    keys.remove("the-office")
    assert keys.list() == ()


def test_only_a_public_ed25519_key_is_a_key(tmp_path: Path):
    made = make_key(str(tmp_path / "k"))
    assert Path(made["private"]).stat().st_mode & 0o077 == 0
    rubbish = tmp_path / "rubbish.pub"
    rubbish.write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    for path, words in (
        (Path(made["private"]), "secret half"),
        (rubbish, "not a public key"),
        (tmp_path / "none.pub", "no such file"),
    ):
        with pytest.raises(KeyUnusable, match=words):
            read_key(path)


def test_the_keys_are_those_of_other_programs_too(tmp_path: Path):
    """OpenSSL reads what we write; an office may use it, or a key that lives in hardware."""
    made = make_key(str(tmp_path / "k"))
    shown = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", made["public"], "-noout", "-text"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "ED25519" in shown.stdout, shown.stderr
