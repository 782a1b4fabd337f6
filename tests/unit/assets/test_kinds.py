"""One sample of each kind of document holds the words that `carrel demo --viewers` asks for."""

import tomllib
from pathlib import Path

import pytest

from carrel.parsing.formats import FORMATS
from carrel.parsing.formats.base import DraftUnit, Report, Source
from carrel.parsing.sniff import sniff

SAMPLES = Path(__file__).parents[3] / "assets" / "samples"
QUESTIONS = tomllib.loads((SAMPLES / "kinds.toml").read_text("utf-8"))["question"]
MOST_BYTES = 300_000


def path_of(name: str) -> Path:
    (found,) = [path for path in SAMPLES.glob("*/*") if path.name == name]
    return found


@pytest.mark.parametrize("entry", QUESTIONS, ids=lambda entry: entry["picture"])
def test_the_document_holds_the_words_that_are_asked_for(entry):
    path = path_of(entry["file"])
    body = path.read_bytes()
    kind = sniff(body, path.name)
    (form,) = [form for form in FORMATS if kind in form.kinds]
    units = [
        unit
        for unit in form.units(Source(body=body, name=path.name, kind=kind), Report())
        if isinstance(unit, DraftUnit)
    ]
    if entry["picture"] == "scan":  # its words are pixels; the demo recognises them
        assert [unit.text for unit in units] == [""]
    else:
        text = " ".join(" ".join(unit.text for unit in units).split())
        assert entry["words"] in text


def test_every_kind_is_small_and_asked_about_once():
    kinds = sorted((SAMPLES / "kinds").iterdir())
    assert all(0 < path.stat().st_size < MOST_BYTES for path in kinds)
    asked = [entry["file"] for entry in QUESTIONS]
    assert len(asked) == len(set(asked)) == len({entry["picture"] for entry in QUESTIONS}) == 13
    assert {path.name for path in kinds} <= set(asked)
