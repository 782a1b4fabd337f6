"""A manifest that came from outside is believed in nothing; every contradiction has a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.catalog import pack_script
from carrel.catalog.manifest import MAX_MANIFEST_BYTES, identity, parse_manifest
from carrel.catalog.pack_errors import ManifestDamaged, ManifestTooNew

HASH = "ab" * 32
BLOCK = 1 << 16


def sound() -> dict:
    """Two blocks and a bit in two parts."""
    size = 2 * BLOCK + 10
    return {
        "format": "carrel-pack", "version": 1, "name": "m", "size": size, "sha256": HASH,
        "block_bytes": BLOCK,
        "profile": {"title": "M", "version": "", "architecture": "a", "licence": "",
                    "template_sha256": ""},
        "files": [{
            "name": "m.gguf", "size": size, "sha256": HASH, "blocks": [HASH] * 3,
            "parts": [
                {"name": "m.gguf.part-001-of-002", "offset": 0, "size": 2 * BLOCK, "sha256": HASH},
                {"name": "m.gguf.part-002-of-002", "offset": 2 * BLOCK, "size": 10, "sha256": HASH},
            ],
        }],
    }  # fmt: skip


def content(manifest: dict) -> bytes:
    return pack_script.canonical_bytes(pack_script.with_checksum(manifest))


def file_of(manifest: dict) -> dict:
    return manifest["files"][0]


def test_a_sound_manifest_is_read_whole():
    found = parse_manifest(content(sound()))
    assert found.block_count == 3
    assert not found.whole
    places = [(p.part.name[-3:], p.part_number, p.part_start, p.size) for p in found.block_places()]
    assert [(p[1], p[2], p[3]) for p in places] == [(1, 0, BLOCK), (2, BLOCK, BLOCK), (1, 0, 10)]
    last = list(found.block_places())[-1]
    assert last.words == "“m.gguf.part-002-of-002”, block 1 (bytes 0–9)"
    assert last.place_in_file == "block 3 (bytes 131,072–131,081)"
    assert len(identity(found)) == 64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(format="other"), "something else"),
        (lambda m: m.update(extra=1), "unknown"),
        (lambda m: m.pop("name"), "missing"),
        (lambda m: m.update(name="../m"), "cannot be the name"),
        (lambda m: m.update(name="a/b"), "cannot be the name"),
        (lambda m: m.update(name="x" * 300), "too long"),
        (lambda m: m.update(size=1), "do not add up"),
        (lambda m: m.update(size=True), "no number"),
        (lambda m: m.update(size=1 << 60), "out of range"),
        (lambda m: m.update(sha256="AB" * 32), "SHA-256"),
        (lambda m: m.update(sha256="cd" * 32), "not the whole"),
        (lambda m: m.update(block_bytes=BLOCK + 1), "power of two"),
        (lambda m: m.update(block_bytes=1 << 27), "out of range"),
        (lambda m: m.update(block_bytes=1 << 17), "wrong number of blocks"),
        (lambda m: m.update(files=[]), "add up"),
        (lambda m: m.update(files=m["files"] * 1000), "too long"),
        (lambda m: m.update(files=m["files"] * 2, size=2 * m["size"]), "one name"),
        (lambda m: m.update(profile={}), "missing"),
        (lambda m: m["profile"].update(template_sha256="x"), "template"),
        (lambda m: m["profile"].update(title="x" * 201), "too long"),
        (lambda m: file_of(m).update(name="m.gguf.partial"), "cannot be the name"),
        (lambda m: file_of(m).update(name=".m.gguf"), "cannot be the name"),
        (lambda m: file_of(m).update(name="m-00001-of-00002.gguf"), "not the whole"),
        (lambda m: file_of(m).update(blocks=[HASH] * 2), "wrong number of blocks"),
        (lambda m: file_of(m).update(blocks=[HASH, HASH, "x"]), "SHA-256"),
        (lambda m: file_of(m)["parts"].pop(), "do not add up"),
        (lambda m: file_of(m)["parts"].reverse(), "does not begin"),
        (lambda m: file_of(m)["parts"][0].update(name="..\\m.gguf"), "cannot be the name"),
        (lambda m: file_of(m)["parts"][0].update(name="M.gguf.part-002-of-002"), "one name"),
        (lambda m: file_of(m)["parts"][0].update(name=pack_script.MANIFEST_NAME), "cannot be"),
        (lambda m: file_of(m)["parts"][1].update(offset=BLOCK), "does not begin"),
        (lambda m: file_of(m)["parts"][1].update(size=-10), "out of range"),
    ],
)  # fmt: skip
def test_every_contradiction_is_refused_with_its_sentence(change, words):
    manifest = sound()
    change(manifest)
    with pytest.raises(ManifestDamaged, match=words):
        parse_manifest(content(manifest))


@pytest.mark.parametrize(
    "untrusted",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000,
        b'{"format": "carrel-pack", "version": 1}', b"x" * (MAX_MANIFEST_BYTES + 1),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_manifest_is_refused(untrusted):
    with pytest.raises(ManifestDamaged):
        parse_manifest(untrusted)


def test_the_same_values_in_other_bytes_are_refused():
    manifest = pack_script.with_checksum(sound())
    for other in (json.dumps(manifest).encode(), content(sound()) + b"\n", b" " + content(sound())):
        with pytest.raises(ManifestDamaged, match="not written as it must be"):
            parse_manifest(other)
    doubled = content(sound()).replace(b'"name": "m",', b'"name": "m",\n "name": "m",')
    with pytest.raises(ManifestDamaged, match="not written as it must be"):
        parse_manifest(doubled)


def test_a_change_that_keeps_the_form_does_not_fit_the_checksum():
    changed = content(sound()).replace(b'"title": "M"', b'"title": "N"')
    with pytest.raises(ManifestDamaged, match="own checksum"):
        parse_manifest(changed)


def test_a_manifest_of_a_later_version_is_told_apart_from_damage():
    with pytest.raises(ManifestTooNew):
        parse_manifest(content({**sound(), "version": 2, "more": 1}))


def test_several_files_must_be_numbered_as_the_engine_asks_for():
    manifest = sound()
    first = file_of(manifest)
    names = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]
    manifest["files"] = [
        {**first, "name": name, "parts": [
            {**part, "name": part["name"].replace("m.gguf", name)} for part in first["parts"]
        ]}
        for name in names
    ]  # fmt: skip
    manifest["size"] *= 2
    assert parse_manifest(content(manifest)).block_count == 6
    manifest["files"].reverse()
    with pytest.raises(ManifestDamaged, match="numbered"):
        parse_manifest(content(manifest))


def test_a_name_is_safe_only_if_it_stays_in_its_folder_on_any_medium():
    for name in ("m.gguf", "Übung 1 (2).gguf", "模型.GGUF"):
        assert pack_script.safe_name(name), name
    for name in (
        "", "m", ".m.gguf", "a/m.gguf", "a\\m.gguf", "c:m.gguf", "m?.gguf", "m\n.gguf",
        "m.gguf.", "m.gguf ", "..", "x" * 200 + ".gguf", "\udcff.gguf",
    ):  # fmt: skip
        assert not pack_script.safe_name(name), name


@pytest.mark.parametrize("cut", [3, 11, 40, 200, 2000])
def test_a_header_that_is_cut_short_is_refused_by_the_script(tiny_gguf: Path, tmp_path, cut):
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny_gguf.read_bytes()[:cut])
    with pytest.raises(pack_script.PackError):
        pack_script.read_profile(path)
