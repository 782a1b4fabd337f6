"""Packs from the script to a loaded engine, and everything that can go wrong with a medium."""

from __future__ import annotations

import ast
import errno
import hashlib
import itertools
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from carrel.app.importing import Importing
from carrel.app.publisher import Publisher
from carrel.catalog import pack_script
from carrel.catalog.copying import JOURNAL_NAME, PackCopy
from carrel.catalog.errors import CatalogError
from carrel.catalog.installed import Catalog
from carrel.catalog.medium import Medium
from carrel.catalog.pack_errors import (
    BadBlocks,
    CopyFailed,
    DiskFull,
    ManifestDamaged,
    MediumGone,
    NoPack,
    NoRoom,
    NothingToCopy,
    PartMissing,
    SignatureMissing,
    SignatureWrong,
    SignerUnknown,
    SourceChanged,
    UnfinishedCopy,
)
from carrel.catalog.pack_script import MANIFEST_NAME, SIGNATURE_NAME, make_key
from carrel.catalog.packs import KEYS_FOLDER, UNSIGNED_WARNING
from carrel.catalog.signatures import TrustedKeys
from carrel.catalog.verifying import verify
from carrel.domain.events import ModelImported
from carrel.domain.installed import SignatureState
from carrel.engine.chat.encoding import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import FileUnsteady, LoadCancelled, OtherArchitecture
from carrel.engine.wire.protocol import EngineSettings, Sampling
from made_packs import BLOCK, PART, bring, elsewhere, flip, make_pack, manifest_of, split

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "models")


@pytest.fixture
def pack(tiny_gguf: Path, tmp_path: Path) -> Path:
    """The tiny file in parts of four blocks, unsigned."""
    return make_pack(tiny_gguf, tmp_path / "medium")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that each run of copying wrote."""
    counts: list[int] = []
    close = PackCopy.close

    def note(self: PackCopy) -> None:
        counts.append(self.copied)
        close(self)

    monkeypatch.setattr(PackCopy, "close", note)
    return counts


def part(pack: Path, number: int) -> Path:
    return sorted(pack.glob("*.part-*"))[number - 1]


def folder_of(catalog: Catalog, tiny_gguf: Path) -> Path:
    return catalog.folder / "files" / tiny_gguf.stem


def nothing(_name: str) -> None:
    return


def test_a_pack_is_imported_by_any_of_its_files_verified_and_runs(
    pack: Path, tiny_gguf: Path, catalog: Catalog
) -> None:
    assert len(list(pack.glob("*.part-*"))) == -(-tiny_gguf.stat().st_size // PART)

    found = bring(catalog, part(pack, 2))

    assert found.sha256 == hashlib.sha256(tiny_gguf.read_bytes()).hexdigest()
    assert found.path.read_bytes() == tiny_gguf.read_bytes()
    assert found.path.parent == folder_of(catalog, tiny_gguf)
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o444
    assert found.signature is SignatureState.UNSIGNED
    assert UNSIGNED_WARNING in found.warnings
    assert found.verified_at > 1e9
    assert {one.name for one in found.path.parent.iterdir()} == {MANIFEST_NAME, tiny_gguf.name}
    assert verify(catalog, found.name, lambda *_: None, lambda: False).damage == ()
    with Engine.start(found, EngineSettings(context_tokens=1024)) as engine:
        question = (Message(role=Role.USER, text="Hello"),)
        assert engine.generate(question, Sampling(temperature=0), max_tokens=5).text


def test_importing_again_verifies_what_is_here_and_copies_nothing(
    pack: Path, catalog: Catalog, written: list[int]
) -> None:
    first = bring(catalog, pack)
    for gone in pack.glob("*.part-*"):
        gone.unlink()
    again = bring(catalog, pack / MANIFEST_NAME)
    assert again.name == first.name
    assert again.path == first.path
    assert written == [first.size]


def test_a_damaged_block_is_named_and_only_it_is_copied_again(
    pack: Path, catalog: Catalog, tiny_gguf: Path, written: list[int]
) -> None:
    flip(part(pack, 2), BLOCK + 5)
    with pytest.raises(BadBlocks, match=r"part-002-of-\d+”, block 2 \(bytes 65,536–131,071\)"):
        bring(catalog, pack)
    assert catalog.list() == ()
    assert not list(folder_of(catalog, tiny_gguf).glob("*.gguf"))

    flip(part(pack, 2), BLOCK + 5)
    found = bring(catalog, pack)

    assert written[1] == BLOCK
    assert found.path.read_bytes() == tiny_gguf.read_bytes()


def test_damage_after_the_import_is_named_and_mended_from_the_medium(
    pack: Path, catalog: Catalog, tiny_gguf: Path, written: list[int]
) -> None:
    found = bring(catalog, pack)
    found.path.chmod(0o600)
    flip(found.path, 3 * BLOCK)

    verified = verify(catalog, found.name, lambda *_: None, lambda: False)

    assert verified.damage == (
        f"“{tiny_gguf.name}” is damaged in block 4 (bytes 196,608–262,143).",
    )
    assert verified.installed.verified_at == 0.0
    mended = bring(catalog, pack)
    assert mended.path.read_bytes() == tiny_gguf.read_bytes()
    assert written[1] == BLOCK
    assert verify(catalog, found.name, lambda *_: None, lambda: False).damage == ()


def test_a_medium_that_is_pulled_out_can_be_put_back(
    pack: Path, catalog: Catalog, tiny_gguf: Path, written: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    read, calls = Medium.read, []

    def pulled(self: Medium, block, position, buffer):
        calls.append(block.index)
        if block.index < 6:
            return read(self, block, position, buffer)
        with monkeypatch.context() as patch:
            patch.setattr(os, "preadv", _no_device)
            return read(self, block, position, buffer)

    monkeypatch.setattr(Medium, "read", pulled)
    with pytest.raises(MediumGone, match=r"no such device\); 6 of 16 blocks are done") as refused:
        bring(catalog, pack)
    assert "Put the medium back" in refused.value.failure.remedy
    monkeypatch.setattr(Medium, "read", read)
    assert bring(catalog, pack).path.read_bytes() == tiny_gguf.read_bytes()
    assert sum(written) == tiny_gguf.stat().st_size


def _no_device(*_: object) -> int:
    raise OSError(errno.ENODEV, "No such device")


def test_single_sectors_that_cannot_be_read_are_named_and_the_rest_is_copied(
    pack: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Medium.read

    def torn(self: Medium, block, position, buffer):
        if block.index not in {2, 9}:
            return read(self, block, position, buffer)
        with monkeypatch.context() as patch:
            patch.setattr(os, "preadv", _input_error)
            return read(self, block, position, buffer)

    monkeypatch.setattr(Medium, "read", torn)
    with pytest.raises(BadBlocks, match=r"block 3 .*; .*block 2 .*; 14 of 16 blocks"):
        bring(catalog, pack)


def _input_error(*_: object) -> int:
    raise OSError(errno.EIO, "Input/output error")


def test_a_part_that_is_cut_short_while_it_is_read_is_named(pack: Path, catalog: Catalog) -> None:
    os.truncate(part(pack, 3), 2 * BLOCK + 10)
    with pytest.raises(BadBlocks, match=r"part-003-of-\d+”, block 3 .*block 4"):
        bring(catalog, pack)


def test_a_pack_may_lie_on_several_media(
    pack: Path, catalog: Catalog, tiny_gguf: Path, tmp_path: Path, written: list[int]
) -> None:
    second = tmp_path / "second medium"
    second.mkdir()
    shutil.copy(pack / MANIFEST_NAME, second)
    for _ in range(2):
        part(pack, 2).rename(second / part(pack, 2).name)
    with pytest.raises(PartMissing, match=r"part-002-of-004” is not on this medium; 8 of 16"):
        bring(catalog, pack)
    assert bring(catalog, second).path.read_bytes() == tiny_gguf.read_bytes()
    assert sum(written) == tiny_gguf.stat().st_size


def test_a_stopped_import_keeps_what_was_done_and_lists_nothing(
    pack: Path, catalog: Catalog, tiny_gguf: Path, written: list[int]
) -> None:
    asked = []

    def after_eight() -> bool:
        asked.append(1)
        return len(asked) > 8

    with pytest.raises(LoadCancelled):
        bring(catalog, pack, after_eight)
    assert catalog.list() == ()
    assert [one.suffix for one in folder_of(catalog, tiny_gguf).glob("*.gguf*")] == [".partial"]
    with pytest.raises(UnfinishedCopy):
        bring(catalog, folder_of(catalog, tiny_gguf) / f"{tiny_gguf.name}.partial")
    assert bring(catalog, pack).path.read_bytes() == tiny_gguf.read_bytes()
    assert sum(written) < tiny_gguf.stat().st_size + 4 * BLOCK


def test_a_journal_that_lies_costs_time_and_no_byte(
    pack: Path, catalog: Catalog, tiny_gguf: Path
) -> None:
    with pytest.raises(LoadCancelled):
        bring(catalog, pack, lambda: True)
    journal = folder_of(catalog, tiny_gguf) / JOURNAL_NAME
    journal.write_bytes(journal.read_bytes().replace(b"-", b"+"))
    assert bring(catalog, pack).path.read_bytes() == tiny_gguf.read_bytes()


def test_two_imports_of_one_pack_do_not_write_one_file(pack: Path, catalog: Catalog) -> None:
    inner: list[str] = []

    def meanwhile() -> bool:
        if not inner:
            inner.append("")
            with pytest.raises(Exception, match="imported already") as refused:
                bring(catalog, pack)
            inner[0] = refused.value.code
        return False

    bring(catalog, pack, meanwhile)
    assert inner == ["pack.running"]


@pytest.mark.parametrize("before", ["nothing", "installed"])
def test_an_import_that_links_or_verifies_is_not_disturbed_by_another(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog, before: str
) -> None:
    pack = make_pack(tiny_gguf, tmp_path / "whole", part=1 << 30)
    if before == "installed":
        bring(catalog, pack, copy=True)
    codes: list[str] = []

    def meanwhile() -> bool:
        if not codes:
            codes.append("")
            with pytest.raises(Exception, match="imported already") as refused:
                bring(catalog, pack, copy=True)
            codes[0] = refused.value.code
        return False

    found = bring(catalog, pack, meanwhile, copy=True)
    assert codes == ["pack.running"]
    assert found.path.read_bytes() == tiny_gguf.read_bytes()
    assert catalog.list() == (found,)


def test_a_whole_file_on_this_disk_is_listed_where_it_lies(
    tiny_gguf: Path, catalog: Catalog, tmp_path: Path, written: list[int]
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    file = Path(shutil.copy(tiny_gguf, mine))
    make_pack(file, None)
    found = bring(catalog, mine)
    assert found.path == file
    assert found.signature is SignatureState.UNSIGNED
    linked = bring(catalog, file, copy=True)
    assert linked.path != file
    assert linked.path.samefile(file)
    assert stat.S_IMODE(file.stat().st_mode) != 0o444
    assert written == []
    flip(file, 5 * BLOCK)
    with pytest.raises(BadBlocks, match="block 6"):
        bring(Catalog(tmp_path / "other"), mine)
    with pytest.raises(BadBlocks, match="block 6"):
        bring(Catalog(tmp_path / "other"), mine, copy=True)
    assert not list((tmp_path / "other" / "files").rglob("*.gguf*"))


def test_a_whole_file_on_another_disk_is_copied(tiny_gguf: Path, catalog: Catalog) -> None:
    medium = elsewhere(tiny_gguf, "whole")
    try:
        file = Path(shutil.copy(tiny_gguf, medium))
        make_pack(file, None)
        assert bring(catalog, file).path.parent == folder_of(catalog, tiny_gguf)
    finally:
        shutil.rmtree(medium)


def test_a_model_in_several_files_is_packed_and_imported_as_they_are(
    tiny_gguf: Path, catalog: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "several").mkdir()
    files = split(tiny_gguf, tmp_path / "several", 3)
    pack = make_pack(files[1], tmp_path / "medium", part=2 * BLOCK)
    found = bring(catalog, pack)
    assert [one.name for one in sorted(found.path.parent.glob("*.gguf"))] == [f.name for f in files]
    together = b"".join(file.read_bytes() for file in files)
    assert found.sha256 == hashlib.sha256(together).hexdigest()
    assert found.sha256 == manifest_of(pack).sha256
    assert verify(catalog, found.name, lambda *_: None, lambda: False).damage == ()
    with Engine.start(found, EngineSettings(context_tokens=1024)) as engine:
        assert engine.info.layers == 5


def test_what_no_engine_here_runs_is_refused_and_takes_no_room(
    hostile_gguf, catalog: Catalog, tmp_path: Path
) -> None:
    other = hostile_gguf(lambda w: w.metadata.__setitem__("general.architecture", (8, "rwkv7")))
    pack = make_pack(other, tmp_path / "medium")
    with pytest.raises(OtherArchitecture):
        bring(catalog, pack)
    assert catalog.list() == ()
    assert list((catalog.folder / "files").iterdir()) == []


def test_a_job_tells_how_copying_goes(pack: Path, catalog: Catalog) -> None:
    publisher = Publisher()
    importing = Importing(catalog, publisher.publish, itertools.count(1))
    try:
        with publisher.listen() as events:
            importing.import_path(pack)
            seen = list(itertools.takewhile(lambda e: not isinstance(e, ModelImported), events))
    finally:
        importing.close()
    assert [(event.step, event.done == event.total) for event in seen][-1] == ("copying", True)
    assert [one.signature for one in catalog.list()] == [SignatureState.UNSIGNED]


# ── who vouches for it ──────────────────────────────────────────────────────


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return Path(make_key(str(tmp_path / "office"))["private"])


def test_a_signed_pack_needs_a_trusted_key(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog, key: Path
) -> None:
    # Another key is trusted: that must not be enough.
    TrustedKeys(catalog.folder / KEYS_FOLDER).add(Path(make_key(str(tmp_path / "b"))["public"]))
    pack = make_pack(tiny_gguf, tmp_path / "signed", key)
    public = key.with_suffix(".pub")
    shown = " ".join(TrustedKeys(tmp_path / "none").add(public).fingerprint.split()[:2])
    with pytest.raises(SignerUnknown, match=shown) as refused:
        bring(catalog, pack)
    assert "model trust" in refused.value.failure.remedy

    found = bring(catalog, pack, trust_key=public)

    assert (found.signature, found.signer) == (SignatureState.SIGNED, "office")
    assert UNSIGNED_WARNING not in found.warnings
    assert bring(catalog, pack, require_signature=True).signature is SignatureState.SIGNED
    TrustedKeys(catalog.folder / KEYS_FOLDER).remove("office")
    with pytest.raises(SignerUnknown):
        bring(catalog, pack)


def test_an_unsigned_pack_is_refused_where_signatures_are_asked_for(
    pack: Path, catalog: Catalog
) -> None:
    with pytest.raises(SignatureMissing):
        bring(catalog, pack, require_signature=True)


def test_a_file_by_itself_is_no_signed_pack(tiny_gguf: Path, catalog: Catalog) -> None:
    with pytest.raises(SignatureMissing, match="only packs are signed"):
        bring(catalog, tiny_gguf, require_signature=True)
    assert catalog.list() == ()


def test_five_hundred_one_bit_changes_of_manifest_and_signature_are_refused(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog, key: Path
) -> None:
    pack = make_pack(tiny_gguf, tmp_path / "signed", key)
    TrustedKeys(catalog.folder / KEYS_FOLDER).add(key.with_suffix(".pub"))
    refused = 0
    for name in (MANIFEST_NAME, SIGNATURE_NAME):
        content = (pack / name).read_bytes()
        bits = len(content) * 8
        for number in range(250):
            bit = number * (bits - 1) // 249
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            (pack / name).write_bytes(changed)
            with pytest.raises((ManifestDamaged, SignatureWrong)):
                bring(catalog, pack)
            refused += 1
        (pack / name).write_bytes(content)
    assert refused == 500
    assert catalog.list() == ()
    assert bring(catalog, pack).signature is SignatureState.SIGNED


def test_the_signature_of_another_manifest_is_refused(
    tiny_gguf: Path, exact_gguf: Path, tmp_path: Path, catalog: Catalog, key: Path
) -> None:
    one = make_pack(tiny_gguf, tmp_path / "one", key)
    other = make_pack(exact_gguf, tmp_path / "other", key)
    shutil.copy(other / SIGNATURE_NAME, one)
    with pytest.raises(SignatureWrong):
        bring(catalog, one, trust_key=key.with_suffix(".pub"))


def test_the_secret_half_of_a_key_is_not_taken_for_trust(
    pack: Path, catalog: Catalog, key: Path
) -> None:
    with pytest.raises(Exception, match="secret half"):
        bring(catalog, pack, trust_key=key)


# ── the disk copied to, and other paths ─────────────────────────────────────


def test_a_disk_that_is_too_small_is_named_before_anything_is_copied(
    pack: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carrel.catalog import packs

    monkeypatch.setattr(packs, "free_bytes", lambda _: 1 << 20)
    with pytest.raises(NoRoom, match=r"0\.07 GB are needed in .*, and 0\.00 GB are free"):
        bring(catalog, pack)


def test_a_copy_that_only_lacks_its_last_check_needs_no_room(
    pack: Path, catalog: Catalog, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carrel.catalog import packs

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", _no_power)
        with pytest.raises(CatalogError):
            bring(catalog, pack)
    assert catalog.list() == ()
    monkeypatch.setattr(packs, "free_bytes", lambda _: 0)
    assert bring(catalog, pack).path.read_bytes() == tiny_gguf.read_bytes()


def _no_power(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, DiskFull), (errno.EROFS, CopyFailed)])
def test_a_disk_that_refuses_loses_nothing(
    pack: Path, catalog: Catalog, tiny_gguf: Path, code: int, error: type[Exception],
    monkeypatch: pytest.MonkeyPatch, written: list[int],
) -> None:  # fmt: skip
    write = os.pwrite

    def refuse(descriptor: int, content: bytes, place: int) -> int:
        if len(content) > 1000 and place >= 5 * BLOCK:
            raise OSError(code, os.strerror(code))
        return write(descriptor, content, place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)
        with pytest.raises(error, match="5 of 16 blocks"):
            bring(catalog, pack)
    assert bring(catalog, pack).path.read_bytes() == tiny_gguf.read_bytes()
    assert sum(written) == tiny_gguf.stat().st_size


def test_other_paths_are_refused_in_words(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog, pack: Path
) -> None:
    with pytest.raises(NoPack):
        bring(catalog, tmp_path)
    with pytest.raises(NothingToCopy):
        bring(catalog, tiny_gguf, copy=True)
    (pack / MANIFEST_NAME).write_text("{}")
    with pytest.raises(ManifestDamaged):
        bring(catalog, part(pack, 1))
    (pack / MANIFEST_NAME).unlink()
    with pytest.raises(Exception, match="no such file"):
        bring(catalog, pack / MANIFEST_NAME)


def test_a_file_that_changes_while_it_is_checked_is_refused(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog, pack: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    file = Path(shutil.copy(tiny_gguf, mine))
    make_pack(file, None)

    from carrel.catalog import packs

    inspect = packs.inspect_files

    def swap(path: Path, **arguments):
        os.utime(path, (1, 1))
        return inspect(path, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packs, "inspect_files", swap)
        with pytest.raises(SourceChanged):
            bring(catalog, mine)
    assert catalog.list() == ()


def test_a_plain_file_that_is_written_to_while_it_is_hashed_is_refused(
    tiny_gguf: Path, tmp_path: Path, catalog: Catalog
) -> None:
    file = Path(shutil.copy(tiny_gguf, tmp_path / "mine.gguf"))

    def append() -> bool:
        with file.open("ab") as stream:
            stream.write(b"\0")
        return False

    with pytest.raises(FileUnsteady, match=r"“mine\.gguf” changed while it was checked"):
        bring(catalog, file, append)
    assert catalog.list() == ()


# ── the script by itself ────────────────────────────────────────────────────


def run_script(*arguments: object) -> subprocess.CompletedProcess[str]:
    script = ROOT / "desktop" / "carrel" / "catalog" / "pack_script.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", script, *map(str, arguments)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_the_script_runs_alone_and_says_that_the_pack_is_unsigned(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    done = run_script(tiny_gguf, "--out", tmp_path / "pack")
    assert done.returncode == 0, done.stderr
    assert "not signed" in done.stdout
    found = manifest_of(tmp_path / "pack")
    assert found.architecture == "deepseek4"
    assert found.version == "0731"
    assert found.block_bytes == 64 << 20
    # Without site-packages, signing is not there; the sentence says what is.
    refused = run_script(tiny_gguf, "--out", tmp_path / "other", "--key", "x")
    assert refused.returncode == 1
    assert "“cryptography”" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_the_script_keeps_to_what_python_3_8_knows():
    source = (ROOT / "desktop" / "carrel" / "catalog" / "pack_script.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"removeprefix", "removesuffix", "bit_count", "is_relative_to", "readlink"}
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }  # fmt: skip
    assert imported <= {*sys.stdlib_module_names, "cryptography"}
    assert "carrel" not in imported


def test_packing_again_keeps_what_is_there_and_mends_what_is_not(
    pack: Path, tiny_gguf: Path
) -> None:
    before = {one.name: one.read_bytes() for one in pack.iterdir()}
    kept = part(pack, 1).stat().st_mtime_ns
    flip(part(pack, 2), 100)
    part(pack, 3).unlink()
    make_pack(tiny_gguf, pack)
    assert {one.name: one.read_bytes() for one in pack.iterdir()} == before
    assert part(pack, 1).stat().st_mtime_ns == kept


def test_packing_is_refused_in_words(
    pack: Path, tiny_gguf: Path, exact_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments, **more) -> str:
        with pytest.raises(pack_script.PackError) as error:
            make_pack(*arguments, **more)
        return str(error.value)

    web = tmp_path / "web.gguf"
    web.write_text("<html>")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[:3000])
    strange = Path(shutil.copy(tiny_gguf, tmp_path / "a:b.gguf"))
    one = Path(shutil.copy(tiny_gguf, tmp_path / "x-00001-of-00002.gguf"))
    assert "not a GGUF file" in refused(web, tmp_path / "out")
    assert "header" in refused(cut, tmp_path / "out")
    assert "simpler name" in refused(strange, tmp_path / "out")
    assert "x-00002-of-00002.gguf” is not there" in refused(one, tmp_path / "out")
    assert "pack of another model" in refused(exact_gguf, pack)
    assert "--in-place" in refused(tiny_gguf, tiny_gguf.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 9))
    assert "are free" in refused(tiny_gguf, tmp_path / "small")


def test_a_medium_that_fills_up_while_packing_leaves_no_manifest(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    code = (
        "import resource, sys; from pathlib import Path; sys.path.insert(0, sys.argv[3]);"
        "import pack_script as p; resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000));"
        "p.pack(Path(sys.argv[1]), Path(sys.argv[2]), part_bytes=1 << 18, block_bytes=1 << 16)"
    )
    scripts = ROOT / "desktop" / "carrel" / "catalog"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, tiny_gguf, tmp_path / "out", scripts],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "File too large" in done.stderr
    assert "pack again" in done.stderr
    assert not (tmp_path / "out" / MANIFEST_NAME).exists()
    pack = make_pack(tiny_gguf, tmp_path / "out")
    assert json.loads((pack / MANIFEST_NAME).read_text())["format"] == "carrel-pack"
    assert not list(pack.glob("*.partial"))
