"""Documents beyond the context: sections proposed, chosen, read by the real engine, replayed."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.answering import whole
from carrel.app.replaying import BundleUnusable, read_bundle
from carrel.cli import commands
from carrel.cli.answer_commands import answer
from carrel.cli.arguments import parse
from carrel.cli.sections import NoSuchSection, PagesOfSeveral
from carrel.cli.usage import WrongUsage
from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.documents import UnitKind
from carrel.domain.errors import Reported
from end2end.test_whole import TEXT, Office

CONTEXT = 4096
CHAPTERS = 12
QUESTION = "What was the zebra surcharge?"
SEED = ("--seed", "7")


def book() -> str:
    """Chapters of some 600 tokens; the ninth says what is asked."""
    chapters = []
    for number in range(1, CHAPTERS + 1):
        told = "The zebra surcharge was 4.2 million." if number == 9 else ""
        chapters.append(
            f"<h1>Chapter {number}</h1><p>{told}</p><p>{TEXT[number * 50 :][:1500]}</p>"
        )
    return "\n".join(chapters)


@pytest.fixture
def office(tmp_path: Path, tiny_gguf: Path, monkeypatch) -> Iterator[Office]:
    monkeypatch.setattr(whole, "MAX_ANSWER_TOKENS", 24)
    made = Office(tmp_path, tiny_gguf)
    path = tmp_path / "book.html"
    path.write_text(book(), "utf-8")
    made.add_path(path)
    model = next(one for one in made.app.installed_models().result() if not one.built_in)
    made.app.load_engine(model.name, context_tokens=CONTEXT).result()
    yield made
    made.app.close()


def ask(office: Office, *options: str) -> int:
    told = ["ask", QUESTION, "--mode", "whole", "--document", "book.html", *SEED, *options]
    return commands.ask(office.app, parse(told))


def asked(office: Office, capsys, *options: str) -> dict:
    ask(office, "--json", *options)
    return json.loads(capsys.readouterr().out)


def test_sections_are_proposed_and_those_named_are_read(office: Office, capsys) -> None:
    form = asked(office, capsys)
    assert form["error"]["code"] == "ask.documents_too_long"
    proposal = form["proposal"]
    assert proposal["counted"]
    assert proposal["context"] == CONTEXT
    assert proposal["tokens"] > proposal["room"]
    sections = proposal["sections"]
    assert [one["first"] for one in sections[1:]] == [one["last"] + 1 for one in sections[:-1]]
    assert (sections[0]["first"], sections[-1]["last"]) == (1, CHAPTERS)
    (best,) = [one for one in sections if one["first"] <= 9 <= one["last"]]
    assert best["proposed"]
    assert best["best_passages"] >= 1
    assert best["title"].startswith("Chapter ")
    assert all(one["fits"] for one in sections)
    assert office.app.chats().result() == ()  # nothing was asked, and nothing failed

    form = asked(office, capsys, "--sections", str(best["number"]))
    many = best["last"] - best["first"] + 1
    assert (form["coverage"]["units_used"], form["coverage"]["units_total"]) == (many, CHAPTERS)
    (read,) = form["coverage"]["sections"]
    assert [read[name] for name in ("first", "last", "of")] == [best["first"], best["last"], 12]
    assert 0 < form["tokens"]["prompt"] < CONTEXT

    office.capsules(1)
    chat = office.app.chats().result()[0].id
    (exchange,) = office.app.exchanges(chat).result()
    assert (exchange.sections[0].first, exchange.sections[0].last) == (best["first"], best["last"])
    assert exchange.answer.record.parts[0].kind is UnitKind.SECTION
    again = asked(office, capsys, "--sections", f"{best['first']}-{best['last']}")
    assert again["tokens"]["known"] > 0.7 * again["tokens"]["prompt"]
    known = [one for one in asked(office, capsys)["proposal"]["sections"] if one["known"]]
    assert [one["number"] for one in known] == [best["number"]]


def test_the_terminal_lists_sections_and_says_how_to_go_on(office: Office, capsys) -> None:
    assert ask(office) == 1
    told = capsys.readouterr().out
    assert "Sections that can be read instead (* proposed for this question):" in told
    starred = [line for line in told.splitlines() if line.startswith("*")]
    assert any("of the best passages" in line for line in starred)
    assert "Ask again with --sections " in told
    assert "--mode passages" in told
    assert ask(office, "--sections", "2") == 0
    assert f" of {CHAPTERS}" in capsys.readouterr().out.split("Read section", 1)[1]


def test_what_is_not_there_is_refused_in_words(office: Office, tmp_path) -> None:
    with pytest.raises(NoSuchSection):
        ask(office, "--sections", "99")
    with pytest.raises(Reported) as found:
        ask(office, "--sections", "50-60")
    assert found.value.failure.code == "ask.section_gone"
    for wrong in ("0", "a", "5-2", "1,,2", ""):
        with pytest.raises(WrongUsage):
            ask(office, "--sections", wrong)
    with pytest.raises(WrongUsage):
        ask(office, "--mode", "passages", "--sections", "1")
    path = tmp_path / "other.txt"
    path.write_text(TEXT[:500], "utf-8")
    office.add_path(path)
    with pytest.raises(PagesOfSeveral):
        ask(office, "--document", "book.html,other.txt", "--sections", "1-2")


def test_too_many_sections_are_refused_and_listed(office: Office, capsys) -> None:
    sections = asked(office, capsys)["proposal"]["sections"]
    all_of_them = ",".join(str(one["number"]) for one in sections)
    form = asked(office, capsys, "--sections", all_of_them)
    assert form["error"]["code"] == "ask.documents_too_long"
    assert form["proposal"]["sections"] == sections


def test_a_guess_is_corrected_by_the_model_and_far_too_much_needs_none(office: Office) -> None:
    documents = tuple(one.id for one in office.app.documents().result())
    name = office.app.engine_state()[1]

    def proposed():
        return office.app.sections(QUESTION, documents, model=name, effort=Effort.OFF).result()

    counted = proposed()
    office.app.unload_engine().result()
    guessed = proposed()
    assert (counted.counted, guessed.counted) == (True, False)
    assert counted.tokens != guessed.tokens
    assert [one.section for one in counted.sections] == [one.section for one in guessed.sections]


def test_a_bundle_records_the_sections_and_a_replay_reads_them_again(
    office: Office, capsys
) -> None:
    number = asked(office, capsys, "--sections", "2,3")["id"]
    path = office.folder / "answer.json"
    assert answer(office.app, Namespace(part="export", number=number, out=path)) == 0
    bundle = read_bundle(path)
    assert len(bundle.sections) == 2
    capsys.readouterr()
    assert answer(office.app, Namespace(part="replay", bundle=path, json=True)) == 0
    found = {one["what"]: one["same"] for one in json.loads(capsys.readouterr().out)}
    assert found["sections"]
    assert found["prompt"]
    form = json.loads(path.read_text("utf-8"))
    del form["sections"]  # as older programs wrote it
    path.write_text(json.dumps(form), "utf-8")
    assert read_bundle(path).sections == ()
    for wrong in ([[1]], ["x"], [["a", 3, 2]], 7):
        path.write_text(json.dumps({**form, "sections": wrong}), "utf-8")
        with pytest.raises(BundleUnusable):
            read_bundle(path)


def test_other_ways_of_answering_ignore_sections(office: Office) -> None:
    exchange = office.app.asking.ask_and_wait(QUESTION, mode=AnswerMode.EVIDENCE)
    assert exchange.sections == ()
