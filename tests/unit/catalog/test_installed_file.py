"""The list of installed models as it lies on disk, without any worker."""

import json
from pathlib import Path

import pytest

from carrel.catalog.errors import CatalogDamaged, CatalogError, CatalogTooNew, NotInstalled
from carrel.catalog.installed import Catalog

ENTRY = {
    "name": "tiny", "title": "Tiny", "path": "/models/tiny.gguf", "size": 10, "layers": 5,
    "architecture": "deepseek4", "context_tokens": 4096, "quantisation": "Q8_0",
    "licence": "mit", "sha256": "0" * 64, "added_at": 1.5, "warnings": ["w"],
    "kv_overrides": {"a": 1.0}, "files": [[10, 20]], "memory": 7,
}  # fmt: skip


def write(folder: Path, *entries: object, **top: object) -> Catalog:
    (folder / "models.json").write_text(
        json.dumps({"format": 1, "models": list(entries), **top}), "utf-8"
    )
    return Catalog(folder)


def test_no_file_is_an_empty_list(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "not there")

    assert catalog.list() == ()
    with pytest.raises(NotInstalled, match="“x”"):
        catalog.get("x")


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    found = write(tmp_path, ENTRY).get("tiny")

    assert found.path == Path("/models/tiny.gguf")
    assert found.kv_overrides == {"a": 1.0}
    assert found.files[0].modified_ns == 20
    assert found.warnings == ("w",)


def test_removing_takes_the_entry_and_leaves_the_others(tmp_path: Path) -> None:
    catalog = write(tmp_path, ENTRY, {**ENTRY, "name": "other"})

    catalog.remove("tiny")

    assert [one.name for one in catalog.list()] == ["other"]
    with pytest.raises(NotInstalled):
        catalog.remove("tiny")


def test_a_newer_list_is_left_alone(tmp_path: Path) -> None:
    catalog = write(tmp_path, format=99)
    before = (tmp_path / "models.json").read_bytes()

    with pytest.raises(CatalogTooNew):
        catalog.list()
    with pytest.raises(CatalogTooNew):
        catalog.remove("x")
    assert (tmp_path / "models.json").read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"path": "relative.gguf"},
        {"path": 7},
        {"files": [[1]]},
        {"files": "x"},
        {"warnings": [1]},
        {"kv_overrides": [1]},
        {"added_at": "yesterday"},
        {"name": None},
    ],
)
def test_an_entry_that_is_none_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(CatalogDamaged):
        write(tmp_path, {**ENTRY, **change}).list()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "models.json").write_bytes(content)

    with pytest.raises(CatalogDamaged, match="damaged"):
        Catalog(tmp_path).list()


def test_a_name_cannot_stand_there_twice(tmp_path: Path) -> None:
    with pytest.raises(CatalogDamaged, match="twice"):
        write(tmp_path, ENTRY, ENTRY).list()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(CatalogError, match="cannot be used"):
        Catalog(tmp_path / "file").remove("x")
