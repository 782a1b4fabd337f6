"""A workspace's own words that stand for others, in the real core and in the real program."""

import json

import pytest

from carrel.app.saving import SaveTaken
from carrel.cli.arguments import parse
from carrel.cli.main import _with_app as run
from carrel.domain.answers import AnswerMode
from carrel.domain.glossary import (
    MAX_GROUPS,
    GlossaryFileWrong,
    GroupKnown,
    GroupMissing,
    GroupUnclear,
    Imported,
    TooManyGroups,
)
from carrel.domain.searching import ReasonKind, also_said
from opened_office import Office

PLAN = b"Project Azure goes to the board in May. The harbour pays for the cranes."
OTHER = b"The weather in Rostock was fine. Nobody asked for cranes, or for a lease."


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    made.add("plan.txt", PLAN)
    made.add("other.txt", OTHER)
    yield made
    made.app.close()


def test_own_words_are_looked_for_from_the_next_search_on(office):
    assert office.found("Bluebird") == []
    office.app.glossary.put("Bluebird, Project Azure").result()
    assert office.found("Bluebird") == ["plan.txt"]
    found = office.app.look_for("Where is bluebird?").result()
    (also,) = found.also
    assert also_said(also) == "“Bluebird” also stands for “Project Azure” in this workspace."
    why = office.app.explain("Where is bluebird?", found.hits[0]).result()
    assert [(one.kind, one.words.casefold(), one.beside) for one in why.reasons] == [
        (ReasonKind.OTHER, "project", "Bluebird"),
        (ReasonKind.OTHER, "azure", "Bluebird"),
    ]
    assert office.app.look_for('"Bluebird"').result().also == ()
    exchange = office.app.asking.ask_and_wait(
        "When does Bluebird go to the board?", mode=AnswerMode.EVIDENCE
    )
    assert exchange.answer.citations[0].quote == "Project Azure goes to the board in May."
    office.reopen()
    assert office.found("Bluebird") == ["plan.txt"]
    office.app.glossary.remove(("Bluebird", "Project Azure")).result()
    assert office.found("Bluebird") == []
    office.reopen()
    assert office.app.glossary.groups().result() == ()


def test_a_group_is_changed_in_its_place(office):
    put = office.app.glossary.put
    put("one1, two2").result()
    put("three3, four4").result()
    assert put(" one1 ,five5,ONE1", ("one1", "two2")).result() == (
        ("one1", "five5"),
        ("three3", "four4"),
    )
    with pytest.raises(GroupKnown):
        put("FIVE5; one1").result()
    assert put("one1, five5", ("one1", "five5")).result()[0] == ("one1", "five5")
    with pytest.raises(GroupMissing):
        office.app.glossary.remove(("gone",)).result()


def test_a_file_is_taken_whole_or_not_at_all(office, tmp_path):
    glossary = office.app.glossary
    glossary.put("crane, hoist").result()
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# ours\n\nHoist, CRANE\nBluebird, Project Azure\n", encoding="utf-8")
    assert glossary.import_file(path).result() == Imported(added=1, known=1)
    assert office.found("Bluebird") == ["plan.txt"]
    out = tmp_path / "out.txt"
    assert glossary.export_file(out).result() == 2
    with pytest.raises(SaveTaken):
        glossary.export_file(out).result()
    assert glossary.import_file(out).result() == Imported(added=0, known=2)
    path.write_text("quay, pier\nalone\n", encoding="utf-8")
    with pytest.raises(GlossaryFileWrong, match="in line 2, it needs two words"):
        glossary.import_file(path).result()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GlossaryFileWrong, match="UTF-8"):
        glossary.import_file(path).result()
    many = "".join(f"left{n}, right{n}\n" for n in range(MAX_GROUPS))
    path.write_text(many, encoding="utf-8")
    with pytest.raises(TooManyGroups):
        glossary.import_file(path).result()
    assert len(glossary.groups().result()) == 2


def test_the_commands_and_that_all_lies_encrypted(office, tmp_path, capsys):
    def glossary(*arguments):
        assert run(parse(["glossary", *map(str, arguments), "--json"]), office.app) == 0
        return json.loads(capsys.readouterr().out)

    assert glossary("list") == []
    assert ["contract", "agreement"] in glossary("list", "--shipped")["legal"]
    first = {"number": 1, "words": ["Bluebird", "Project Azure"]}
    assert glossary("add", "Bluebird", "Project Azure") == first
    assert glossary("add", "Bluebird", "harbour")["number"] == 2
    files = [path for path in (office.folder / "ws").rglob("*") if path.is_file()]
    assert not any(b"Bluebird" in path.read_bytes() for path in files)
    out = tmp_path / "out.txt"
    assert glossary("export", out)["groups"] == 2
    assert "Bluebird, Project Azure\n" in out.read_text("utf-8")
    with pytest.raises(GroupUnclear):
        glossary("remove", "bluebird")
    assert glossary("remove", "project  azure") == first
    assert glossary("remove", "1")["words"] == ["Bluebird", "harbour"]
    with pytest.raises(GroupMissing, match="no group “7”"):
        glossary("remove", "7")
    assert glossary("import", out) == {"file": str(out), "added": 2, "known": 0}
    assert run(parse(["glossary", "list"]), office.app) == 0
    assert "    2  Bluebird, harbour\n" in capsys.readouterr().out
