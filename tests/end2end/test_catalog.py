"""Importing GGUF files through the locked worker."""

import hashlib
import shutil
from pathlib import Path

import pytest

from carrel.catalog.installed import Catalog
from carrel.domain.errors import FileError
from carrel.engine.chat.encoding import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import (
    LoadCancelled,
    NotGguf,
    OtherArchitecture,
    ShardError,
    TruncatedGguf,
)
from carrel.engine.wire.protocol import EngineSettings, Sampling
from made_packs import split


def test_an_imported_file_is_listed_with_its_hash_and_stays_in_place(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    catalog = Catalog(tmp_path / "list")
    steps: list[tuple[int, int]] = []

    found = catalog.import_file(tiny_gguf, on_progress=lambda *step: steps.append(step))

    assert found.sha256 == hashlib.sha256(tiny_gguf.read_bytes()).hexdigest()
    assert found.path == tiny_gguf.resolve()
    assert found.size == tiny_gguf.stat().st_size
    assert (found.layers, found.context_tokens) == (5, 1 << 20)
    assert found.memory > 1 << 20
    assert Catalog(tmp_path / "list").get(found.name) == found
    assert steps[-1] == (found.size, found.size)


def test_the_same_bytes_are_listed_once_and_a_second_file_gets_its_own_name(
    tiny_gguf: Path, exact_gguf: Path, tmp_path: Path
) -> None:
    catalog = Catalog(tmp_path / "list")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first = shutil.copy(tiny_gguf, tmp_path / "a" / "my model (1).gguf")
    again = shutil.copy(tiny_gguf, tmp_path / "b" / "my model (1).gguf")
    one = catalog.import_file(Path(first))
    two = catalog.import_file(Path(again))

    assert one.name == two.name == "my-model-1"
    assert [entry.path for entry in catalog.list()] == [Path(again)]
    other = shutil.copy(exact_gguf, tmp_path / "a" / "my model (1).gguf")
    assert catalog.import_file(Path(other)).name == "my-model-1-2"


def test_a_file_is_inspected_without_being_listed(tiny_gguf: Path, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "list")

    assert catalog.inspect(tiny_gguf).sha256 == ""
    assert catalog.list() == ()


def test_a_wrong_file_is_named_and_not_listed(hostile_gguf, tiny_gguf, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "list")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[:-1000])
    web = tmp_path / "page.gguf"
    web.write_text("<html>")
    empty = tmp_path / "empty.gguf"
    empty.touch()
    other = hostile_gguf(
        lambda w: w.metadata.__setitem__("general.architecture", (8, "deepseek41"))
    )
    for path, error, words in (
        (cut, TruncatedGguf, "cut short"),
        (web, NotGguf, "a web page"),
        (empty, NotGguf, "empty"),
        (other, OtherArchitecture, "“deepseek41” is a different architecture"),
        (tmp_path / "missing.gguf", FileError, "no such file"),
        (tmp_path, FileError, "folder"),
        (Path("/dev/null"), FileError, "ordinary"),
    ):
        with pytest.raises(error, match=words):
            catalog.import_file(path)
    assert catalog.list() == ()


def test_a_cancelled_import_lists_nothing(tiny_gguf: Path, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "list")

    with pytest.raises(LoadCancelled):
        catalog.import_file(tiny_gguf, cancelled=lambda: True)
    assert catalog.list() == ()


def test_a_model_in_parts_is_imported_by_any_part_and_runs(tiny_gguf: Path, tmp_path: Path) -> None:
    parts = split(tiny_gguf, tmp_path, 3)

    found = Catalog(tmp_path / "list").import_file(parts[1])

    assert found.path == parts[0]
    assert len(found.files) == 3
    assert found.size == sum(part.stat().st_size for part in parts)
    question = (Message(role=Role.USER, text="Hello"),)
    texts = []
    for model in (found, tiny_gguf):
        with Engine.start(model, EngineSettings(context_tokens=1024)) as engine:
            texts.append(engine.generate(question, Sampling(temperature=0), max_tokens=20).text)
    assert texts[0] == texts[1]


def test_parts_that_do_not_belong_together_are_refused(tiny_gguf: Path, tmp_path: Path) -> None:
    parts = split(tiny_gguf, tmp_path, 3)
    catalog = Catalog(tmp_path / "list")

    parts[1].rename(tmp_path / "away")
    with pytest.raises(ShardError, match="00002-of-00003"):
        catalog.import_file(parts[0])
    shutil.copy(parts[2], parts[1])
    with pytest.raises(ShardError, match="part 2 of 3"):
        catalog.import_file(parts[0])
    (tmp_path / "away").replace(parts[1])
    assert catalog.import_file(parts[0]).layers == 5
