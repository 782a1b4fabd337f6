"""The life of documents in the real core and program: removed, back again, gone for good."""

import json
import shutil
import time

import pytest

from carrel.app import shelf
from carrel.domain.answers import AnswerMode
from carrel.domain.documents import DocumentState
from carrel.domain.events import DocumentChanged, DocumentRemoved, FileAdded
from carrel.workspace.errors import DocumentGone
from decrypted import database_pages
from made_archives import zipped
from opened_office import Office
from program import Program

ALPHA = b"The pump station of Alpha village delivers 420 litres a second."
BETA = b"The weir at Beta was closed on 3 March 2024."


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.app.close()


def test_an_archive_goes_and_comes_back_with_all_that_lies_in_it(office):
    archive = office.add("all.zip", zipped([("alpha.txt", ALPHA), ("deep/beta.txt", BETA)]))
    with office.app.listen() as events:
        removal = office.app.shelf.remove(archive.id).result()
        assert len(removal.documents) == 3
        gone = [next(events) for _ in removal.documents]
    assert {e.document for e in gone if isinstance(e, DocumentRemoved)} == set(removal.documents)
    assert (office.names(), office.found("weir"), office.app.info.documents) == ([], [], 0)
    with office.app.listen() as events:
        office.app.shelf.restore(archive.id).result()
        back = [next(events) for _ in removal.documents]
    assert [e.document.name for e in back if isinstance(e, DocumentChanged)] == [
        "all.zip", "alpha.txt", "beta.txt",
    ]  # fmt: skip
    assert office.found("weir") == ["beta.txt"]
    saved = office.app.shelf.save(office.named("beta.txt").id, office.folder).result()
    assert saved.read_bytes() == BETA


def test_closing_the_window_is_the_end_of_what_was_removed(office):
    document = office.add("alpha.txt", ALPHA)
    office.app.shelf.remove(document.id).result()
    office.reopen(keep_removed=True)
    assert [one.document.name for one in office.app.shelf.removed().result()] == ["alpha.txt"]
    office.reopen()
    assert office.app.shelf.removed().result() == ()
    with pytest.raises(DocumentGone):
        office.app.shelf.restore(document.id).result()
    pages = b"".join(database_pages(office.folder / "ws" / "workspace.db", office.key.database_key))
    assert b"alpha.txt" not in pages
    assert b"pump station" not in pages
    assert not list((office.folder / "ws" / "blobs").iterdir())


def test_what_was_removed_long_ago_is_gone_at_the_next_start_and_while_it_is_open(
    office, monkeypatch
):
    for name, content in (("alpha.txt", ALPHA), ("beta.txt", BETA)):
        office.app.shelf.remove(office.add(name, content).id).result()
        office.reopen(keep_removed=True)
    late = office.app.shelf.removed().result()[0].removed_at
    monkeypatch.setattr(shelf.time, "time", lambda: late + shelf.UNDO_SECONDS - 0.05)
    office.reopen(keep_removed=True)
    office.app.shelf.removed().result()
    monkeypatch.setattr(shelf.time, "time", lambda: late + shelf.UNDO_SECONDS)
    deadline = time.monotonic() + 20
    while office.app.shelf.removed().result() and time.monotonic() < deadline:
        time.sleep(0.02)  # the alarm is what is tested
    assert office.app.shelf.removed().result() == ()


def test_the_same_file_again_brings_it_back_without_reading_it_again(office):
    document = office.add("alpha.txt", ALPHA)
    office.app.shelf.remove(document.id).result()
    again = office.add("alpha.txt", ALPHA)
    assert again == document
    assert office.found("pump") == ["alpha.txt"]
    assert office.app.shelf.removed().result() == ()


def test_a_document_that_was_not_read_yet_is_read_when_it_comes_back(office):
    blank = office.add("alpha.txt", ALPHA)
    for statement in (
        "DELETE FROM passages", "DELETE FROM units",
        "UPDATE documents SET state = 'queued', parser_version = 0, passages = 0",
    ):  # fmt: skip
        office.app._workspace.write(lambda c, said=statement: c.execute(said)).result()
    office.app.shelf.remove(blank.id).result()
    with office.app.listen() as events:
        office.app.shelf.restore(blank.id).result()
        for event in events:
            if isinstance(event, FileAdded):
                break
    assert event.document is not None
    assert event.document.state is DocumentState.READ
    assert office.found("pump") == ["alpha.txt"]


def test_a_renamed_document_is_called_so_everywhere(office):
    document = office.add("scan.txt", ALPHA)
    office.app.shelf.rename(document.id, "  Pump\n report ").result()
    assert office.found("pump") == ["Pump report"]
    assert office.names() == ["Pump report"]
    saved = office.app.shelf.save(document.id, office.folder / "out").result()
    assert saved.read_bytes() == ALPHA
    office.app.shelf.rename(document.id, " ").result()
    assert office.names() == ["scan.txt"]


def test_a_file_that_changed_is_a_new_version_and_the_old_one_is_found_when_it_is_named(office):
    first = office.add("weir.txt", BETA)
    second = office.add("weir.txt", BETA.replace(b"closed", b"opened"))
    assert second.replaces == first.id
    assert [hit.passage.document for hit in office.app.search("weir").result()] == [second.id]
    (hit,) = office.app.search("weir", documents=(first.id,)).result()
    assert "closed" in hit.passage.text
    assert office.app.contents.unit(first.id, 1).result().text == BETA.decode()
    where = office.app.shelf.whereabouts(first.id).result()
    assert (where.number(first.id), len(where.versions)) == (1, 2)
    assert office.app.shelf.at(office.folder / "weir.txt").result().id == second.id
    office.reopen()
    assert [hit.passage.document for hit in office.app.search("weir").result()] == [second.id]
    office.app.shelf.remove(second.id).result()
    assert [hit.passage.document for hit in office.app.search("weir").result()] == [first.id]
    office.app.shelf.restore(second.id).result()
    assert [hit.passage.document for hit in office.app.search("weir").result()] == [second.id]


def test_a_citation_into_an_old_version_keeps_working(office):
    first = office.add("weir.txt", BETA)
    exchange = office.app.asking.ask_and_wait("When was the weir closed?", mode=AnswerMode.EVIDENCE)
    (citation, *_) = exchange.answer.citations
    office.add("weir.txt", b"The weir at Beta was torn down on 5 May 2025.")
    assert citation.document == first.id
    view = office.app.view_unit(first.id, citation.place.number).result()
    assert view.unit.text[citation.start : citation.end] == citation.source_text
    again = office.app.asking.ask_and_wait(
        "When was the weir at Beta torn down?", mode=AnswerMode.EVIDENCE
    )
    assert {one.document for one in again.answer.citations} == {office.named("weir.txt").id}


def test_the_commands_tell_versions_and_search_them_on_request(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    path = tmp_path / "weir.txt"
    path.write_bytes(BETA)
    (one,) = program.lines("add", path)
    path.write_bytes(BETA.replace(b"closed", b"opened"))
    (two,) = program.lines("add", path)
    assert (one["replaces"], two["replaces"]) == (None, one["document"])

    def told(*command):
        return json.loads(program.run(*command, "--json").stdout)

    shown = told("documents", "show", one["document"])
    assert shown["places"] == [str(path)]
    assert [(v["document"], v["old"]) for v in shown["versions"]] == [
        (one["document"], True), (two["document"], False),
    ]  # fmt: skip
    assert (shown["old"], shown["newer"]) == (True, two["document"])
    assert told("documents", "show", "weir.txt")["id"] == two["document"]

    def found(*options):
        return {hit["document"]["id"] for hit in told("search", "weir", *options)["hits"]}

    assert found() == {two["document"]}
    assert found("--older") == {one["document"], two["document"]}
    assert found("--document", one["document"]) == {one["document"]}


def test_a_file_with_a_few_other_words_is_noted_as_nearly_the_same(office):
    line = "Row {n}: the pump at village {n} delivers {n} litres a second to the upper weir.\n"
    first = office.add("one.txt", "".join(line.format(n=n) for n in range(99)).encode())
    second = office.add("two.txt", "".join(line.format(n=n) for n in range(98)).encode())
    office.add("alpha.txt", ALPHA)
    (found,) = office.app.shelf.alike(first.id).result()
    assert (found.document, found.name) == (second.id, "two.txt")
    assert 0.9 < found.share < 1


def test_the_commands_rename_save_remove_and_restore(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    (tmp_path / "all.zip").write_bytes(zipped([("a.txt", ALPHA), ("b.txt", BETA)]))
    program.lines("add", tmp_path / "all.zip")

    def told(*command):
        return json.loads(program.run(*command, "--json").stdout)

    assert told("documents", "rename", "b.txt", "Weir")["file_name"] == "b.txt"
    saved = told("document", "save", "Weir", tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == BETA
    assert saved["size"] == len(BETA)
    again = program.run("document", "save", "Weir", tmp_path / "out.txt", "--json")
    assert (again.returncode, json.loads(again.stdout)["error"]["code"]) == (1, "file.taken")
    told("document", "save", "all.zip", tmp_path / "out.txt", "--replace")
    assert (tmp_path / "out.txt").read_bytes() == (tmp_path / "all.zip").read_bytes()

    (removed,) = told("documents", "remove", "all.zip", "a.txt")
    assert len(removed["documents"]) == 3
    assert told("documents") == []
    assert [one["until"] for one in told("documents", "removed")] == [removed["until"]]
    assert {d["name"] for d in told("documents", "restore")} == {"all.zip", "a.txt", "Weir"}
    told("documents", "remove", "all.zip")
    assert told("documents", "empty") == {"documents": 3}
    assert told("documents", "removed") == []
    assert told("documents", "restore")["error"]["code"] == "cli.nothing_removed"
    assert not list((program.workspace / "blobs").iterdir())
    shutil.rmtree(program.workspace)


def test_the_commands_tag_collect_and_note_and_ask_within_that(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    for name, content in (("a.txt", ALPHA), ("b.txt", BETA)):
        (tmp_path / name).write_bytes(content)
    program.lines("add", tmp_path / "a.txt", tmp_path / "b.txt")
    found = program.json("documents", "tag", "a.txt", "b.txt", "--add", "Water, works")
    assert [one["tags"] for one in found] == [["Water", "works"]] * 2
    program.json("documents", "collect", "b.txt", "--add", "Weirs")
    program.json("documents", "tag", "b.txt", "--remove", "WORKS")
    assert program.json("tags") == [
        {"name": "Water", "documents": 2}, {"name": "works", "documents": 1},
    ]  # fmt: skip
    assert program.json("collections") == [{"name": "Weirs", "documents": 1}]
    listed = program.json("documents", "--tag", "water", "--collection", "weirs")
    assert [one["name"] for one in listed] == ["b.txt"]

    def hits(*options):
        return {h["document"]["name"] for h in program.json("search", "the at", *options)["hits"]}

    assert hits("--tag", "works") == {"a.txt"}
    assert hits("--collection", "Weirs") == {"b.txt"}
    answer = program.json("ask", "How many litres a second?", "--collection", "Weirs")
    assert all(one["document"]["name"] == "b.txt" for one in answer["citations"])
    none = program.run("search", "x", "--tag", "works", "--document", "b.txt", "--json")
    assert (none.returncode, json.loads(none.stdout)["error"]["code"]) == (1, "cli.labels")
    assert program.run("documents", "tag", "a.txt").returncode == 2


def test_a_note_that_was_said_to_be_saved_outlives_a_kill(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    (tmp_path / "a.txt").write_bytes(ALPHA)
    program.lines("add", tmp_path / "a.txt")
    words = "Ask Ms. Ruiz.\n\n  – indented, ünïcode"
    writer = program.start("documents", "note", "a.txt", words)
    assert writer.stdout.readline().startswith("Saved")
    writer.kill()
    writer.communicate()
    assert program.json("documents", "note", "a.txt")["note"] == words
