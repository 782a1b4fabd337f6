"""Packs by the real commands, and imports that are ended by kill -9 or a full disk."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from carrel.catalog.installed import Catalog
from carrel.catalog.pack_script import MANIFEST_NAME
from made_packs import BLOCK, bring, flip, import_until_killed, make_pack, split
from program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)


def models_of(program: Program) -> Path:
    return program.home / ".local" / "share" / "carrel" / "models"


def run_with_files_up_to(limit: int, program: Program, path: Path):
    """Import where no file may grow beyond so many bytes."""
    return subprocess.run(
        program.command("model", "import", path),
        capture_output=True, text=True, timeout=60, env=program.environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


def test_kill_9_at_any_moment_costs_a_few_blocks_and_never_shows_half_a_file(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    pack = make_pack(tiny_gguf, tmp_path / "medium")
    catalog = Catalog(tmp_path / "models")
    for moment in (1, 5, 9, 16):
        import_until_killed(catalog, pack, moment)
        assert catalog.list() == ()
        assert not list(catalog.folder.rglob("*.gguf"))
    found = bring(catalog, pack)
    assert found.sha256 == hashlib.sha256(tiny_gguf.read_bytes()).hexdigest()
    assert found.path.read_bytes() == tiny_gguf.read_bytes()


def test_a_disk_that_fills_up_is_told_with_figures_and_what_was_done_stays(
    tiny_gguf: Path, tmp_path: Path, program: Program
) -> None:
    pack = make_pack(tiny_gguf, tmp_path / "medium")
    full = run_with_files_up_to(5 * BLOCK + 100, program, pack)
    assert full.returncode == 1
    assert "is full" in full.stderr
    assert "5 of 16 blocks are done" in full.stderr
    assert "what is done is kept" in full.stderr
    assert all(one["built_in"] for one in program.json("model", "list"))
    found = program.json("model", "import", pack)
    assert Path(found["path"]).read_bytes() == tiny_gguf.read_bytes()


def test_no_room_for_the_list_is_told_and_the_old_list_stays(
    tiny_gguf: Path, exact_gguf: Path, program: Program
) -> None:
    before = program.json("model", "import", tiny_gguf)

    full = run_with_files_up_to(100, program, exact_gguf)

    assert full.returncode == 1
    assert "is full, so the list of installed models was not changed" in full.stderr
    assert program.json("model", "list")[:-1] == [before]


def test_the_commands_from_key_to_damage(tiny_gguf: Path, tmp_path: Path, program: Program) -> None:
    key = program.json("model", "pack", "--make-key", tmp_path / "office")
    packed = program.json(
        "model", "pack", tiny_gguf, "--out", tmp_path / "medium", "--key", key["private"]
    )
    assert packed["signed"]
    assert packed["manifest"] == str(tmp_path / "medium" / MANIFEST_NAME)

    refused = program.run("model", "import", tmp_path / "medium")
    assert refused.returncode == 1
    assert key["fingerprint"] in refused.stderr
    assert "carrel model trust KEYFILE" in refused.stderr

    trusted = program.json("model", "trust", key["public"])
    assert trusted == [{"name": "office", "fingerprint": key["fingerprint"]}]
    found = program.json("model", "import", tmp_path / "medium", "--require-signature")
    assert (found["signature"], found["signer"]) == ("signed", "office")
    assert found["path"] == str(tmp_path / "medium" / tiny_gguf.name)

    sound = program.run("model", "verify")  # the built-in model as well
    assert (sound.returncode, sound.stdout.count("every byte is as it was imported")) == (0, 2)
    flip(tmp_path / "medium" / tiny_gguf.name, 1000)
    damaged = program.run("model", "verify", found["name"], "--json")
    assert damaged.returncode == 1
    assert "block 1 (bytes 0–" in damaged.stdout
    assert "“carrel model trust --list”" in program.run("model", "trust", "--remove", "x").stderr


def test_wrong_usage_and_failures_of_packing_are_sentences(
    tmp_path: Path, program: Program
) -> None:
    unclear = program.run("model", "pack")
    assert (unclear.returncode, "--in-place" in unclear.stderr) == (2, True)
    both = program.run("model", "pack", tmp_path / "no.gguf", "--make-key", tmp_path / "key")
    assert (both.returncode, "alone" in both.stderr) == (2, True)
    assert program.run("model", "trust").returncode == 2
    assert "is not there" in program.run("model", "pack", tmp_path / "no.gguf", "--in-place").stderr


def test_parts_that_are_missing_swapped_or_cut_short_are_named_by_the_command(
    tiny_gguf: Path, tmp_path: Path, program: Program
) -> None:
    first, second, third = split(tiny_gguf, tmp_path, 3)

    def refused(path: Path) -> str:
        done = program.run("model", "import", path)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    os.truncate(third, third.stat().st_size - 100)
    assert "cut short" in refused(first)
    third.rename(tmp_path / "third")
    assert f"“{third.name}” is missing" in refused(first)
    shutil.copy(second, third)
    swapped = refused(second)
    assert "part 3 of 3" in swapped or third.name in swapped
    second.rename(third)
    assert f"“{second.name}” is missing" in refused(third)
    assert all(one["built_in"] for one in program.json("model", "list"))
