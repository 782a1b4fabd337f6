"""An answer by the real engine, written to a file, made again and compared."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.answering import passages, whole
from carrel.app.replaying import (
    MAX_BUNDLE_BYTES,
    BundleUnusable,
    NotWritten,
    read_bundle,
    write_bundle,
)
from carrel.catalog.installed import Catalog
from carrel.cli.answer_commands import answer
from carrel.domain.answers import AnswerMode
from end2end.test_whole import FIRST, TEXT, Office


@pytest.fixture
def office(tmp_path: Path, exact_gguf: Path, monkeypatch) -> Iterator[Office]:
    for module in (passages, whole):
        monkeypatch.setattr(module, "MAX_ANSWER_TOKENS", 24)
    made = Office(tmp_path, exact_gguf)
    yield made
    made.app.close()


def exported(office: Office, mode: AnswerMode) -> Path:
    document = office.add(TEXT[:2_000])
    model = next(one for one in office.app.installed_models().result() if not one.built_in)
    exchange = office.app.asking.ask_and_wait(
        FIRST,
        mode=mode,
        documents=(document,),
        installed_model=model.name,
        seed=7,
    )
    path = office.folder / "answer.json"
    options = Namespace(part="export", number=exchange.id, out=path)
    assert answer(office.app, options) == 0
    return path


def test_an_answer_saved_by_the_window_is_the_same_file_and_what_fails_is_told(office) -> None:
    path = exported(office, AnswerMode.EVIDENCE)
    chat = office.app.chats().result()[0].id
    (exchange,) = office.app.exchanges(chat).result()
    again = office.folder / "again.json"
    assert office.app.save_answer(exchange, again).result() == again
    assert again.read_bytes() == path.read_bytes()
    with pytest.raises(NotWritten, match=r"again\.json"):
        office.app.save_answer(exchange, office.folder / "no folder" / "again.json").result()


def replayed(office: Office, path: Path, capsys) -> tuple[int, dict[str, dict[str, object]]]:
    capsys.readouterr()
    code = answer(office.app, Namespace(part="replay", bundle=path, json=True))
    found = json.loads(capsys.readouterr().out)
    return code, {one["what"]: one for one in found}


@pytest.mark.parametrize("mode", [AnswerMode.EVIDENCE, AnswerMode.PASSAGES, AnswerMode.WHOLE])
def test_the_same_seed_gives_the_same_answer_and_leaves_no_chat(office, capsys, mode) -> None:
    path = exported(office, mode)
    chats = office.app.chats().result()
    code, found = replayed(office, path, capsys)
    assert (code, [one for one in found.values() if not one["same"]]) == (0, [])
    assert office.app.chats().result() == chats
    assert set(found) >= {"documents", "answer"}
    if mode is not AnswerMode.EVIDENCE:
        assert set(found) == {"documents", "model", "engine", "passages", "prompt", "answer"}
        bundle = read_bundle(path)
        assert len(bundle.prompt) == len(bundle.weights) == 64
        assert (bundle.seed, bundle.passages[0][1]) == (7, 1)


def test_another_seed_is_another_answer_and_the_first_difference_is_shown(office, capsys) -> None:
    path = exported(office, AnswerMode.PASSAGES)
    write_bundle(replace(read_bundle(path), seed=8), path)
    code, found = replayed(office, path, capsys)
    assert code == 1
    assert not found["answer"]["same"]
    assert found["answer"]["why"].startswith("from character ")
    assert not found["prompt"]["same"]  # the fence is of the seed


def test_a_document_that_changed_and_one_that_is_gone_are_named(office, capsys) -> None:
    path = exported(office, AnswerMode.PASSAGES)
    bundle = read_bundle(path)
    ((sha256, name),) = bundle.documents
    write_bundle(replace(bundle, documents=((sha256, name), ("0" * 64, "Annex.pdf"))), path)
    code, found = replayed(office, path, capsys)
    assert code == 1
    assert found["documents"]["why"] == "“Annex.pdf” is not in this workspace"
    write_bundle(replace(bundle, documents=(("0" * 64, name),)), path)
    assert replayed(office, path, capsys)[1]["documents"]["why"] == f"“{name}” has changed"


def test_another_model_is_named(office, capsys, tiny_gguf) -> None:
    path = exported(office, AnswerMode.PASSAGES)
    catalog = Catalog(office.folder / "models")
    (name,) = {one.name for one in catalog.list()}
    catalog.remove(name)
    catalog.import_file(tiny_gguf, on_progress=lambda *_: None, cancelled=lambda: False)
    code, found = replayed(office, path, capsys)
    assert code == 1
    assert not found["model"]["same"]
    assert found["documents"]["same"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"[" * 100_000,
        b"{}",
        b'{"format": "carrel answer 1"}',
        b'{"format": "carrel answer 2"}',
        b" " * (MAX_BUNDLE_BYTES + 1),
    ],
    ids=["empty", "no JSON", "deep", "bare", "fields missing", "newer", "large"],
)
def test_a_file_that_is_no_bundle_is_refused_in_words(tmp_path, content) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    with pytest.raises(BundleUnusable):
        read_bundle(path)
    assert answer(None, Namespace(part="replay", bundle=path, json=False)) == 2


def test_a_bundle_with_one_wrong_field_is_refused(office) -> None:
    path = exported(office, AnswerMode.EVIDENCE)
    form = json.loads(path.read_text())
    read_bundle(path)
    wrong = {"seed": 1 << 40, "mode": "other", "passages": [[1]], "documents": ["x"], "scope": 3}
    for name, value in wrong.items():
        path.write_text(json.dumps({**form, name: value}))
        with pytest.raises(BundleUnusable):
            read_bundle(path)


def test_an_answer_by_nano_tells_its_engine_and_another_one_is_named(office, capsys) -> None:
    office.add(TEXT[:2_000])
    nano = next(one for one in office.app.installed_models().result() if one.built_in)
    exchange = office.app.asking.ask_and_wait(
        FIRST, mode=AnswerMode.PASSAGES, installed_model=nano.name
    )
    path = office.folder / "nano.json"
    assert answer(office.app, Namespace(part="export", number=exchange.id, out=path)) == 0
    bundle = read_bundle(path)
    assert bundle.engine
    assert len(bundle.weights) == 64
    assert replayed(office, path, capsys)[0] == 0

    write_bundle(replace(bundle, engine="another build"), path)
    code, found = replayed(office, path, capsys)
    assert (code, found["engine"]["same"]) == (1, False)
    # What was not written down is not said to be the same.
    write_bundle(replace(bundle, engine=""), path)
    assert "engine" not in replayed(office, path, capsys)[1]
