"""Documents read once more by a newer parser: found by the new text, cited words still open."""

import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from carrel.domain.answers import AnswerMode
from carrel.domain.documents import DocumentState, Span
from carrel.domain.events import AddingFinished, FileAdded
from carrel.language.segment import SegmentBuilder
from carrel.parsing.errors import Cancelled as ReadingStopped
from carrel.parsing.versions import CURRENT, is_outdated
from decrypted import database_pages
from opened_office import Office
from program import Program

LINES = "".join(
    f"Clause {n}: the weir at Beta {n} passes {n} hundred litres a second.\n" for n in range(1, 9)
)
NEEDLE = "The covenant requires liquidity of 250 million dollars at the end of each quarter."
TEXT = f"{LINES}{NEEDLE}\n{LINES}"


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.app.close()


def older(read, change):
    """The real parser, as it might have been: other text, an earlier version."""

    def read_older(fd, *, on_unit, on_segment, **options):
        units = []
        summary = read(fd, on_unit=units.append, on_segment=lambda *_: None, **options)
        builder = SegmentBuilder()
        for unit in units:
            text = change(unit.text)
            on_unit(
                replace(
                    unit,
                    text=text,
                    passages=[replace(unit.passages[0], start=0, end=len(text))],
                    blocks=b"",
                )
            )
            builder.add(text=text)
        on_segment(builder.build(), len(units))
        return replace(summary, parser_version=0, passages=len(units))

    return read_older


def add_with_older(office, change, name="deed.txt", content=TEXT):
    pipeline = office.app.adding._pipeline
    now = pipeline._read
    pipeline._read = older(now, change)
    try:
        return office.add(name, content.encode())
    finally:
        pipeline._read = now


def read_again(office, *documents):
    with office.app.listen() as events:
        office.app.adding.read_again([document.id for document in documents])
        told = []
        for event in events:
            if isinstance(event, FileAdded):
                told.append(event)
            if isinstance(event, AddingFinished):
                return told
    raise AssertionError


def hold_reading(office, monkeypatch):
    """Let no reading end until it is cancelled; returns what tells that one has begun."""
    begun = threading.Event()

    def wait(fd, *, cancelled, **options):
        begun.set()
        while not cancelled():
            time.sleep(0.005)
        raise ReadingStopped

    monkeypatch.setattr(office.app.adding._pipeline, "_read", wait)
    return begun


def cite(office, question="How much liquidity does the covenant require?"):
    exchange = office.app.asking.ask_and_wait(question, mode=AnswerMode.EVIDENCE)
    return next(one for one in exchange.answer.citations if "250 million" in one.source_text)


def shown(office, citation):
    view = office.app.view_cited(citation).result()
    (mark,) = view.marks
    return view, view.unit.text[mark.start : mark.end]


def former_units(office):
    return office.app._workspace.read(
        lambda c: c.execute("SELECT count(*) FROM units WHERE parser_version < 0").fetchone()[0]
    ).result()


def test_other_line_breaks_change_nothing_for_a_citation_but_its_place(office):
    document = add_with_older(office, lambda text: text.replace(" the ", "\n\nthe "))
    assert is_outdated(document)
    citation = cite(office)
    (told,) = read_again(office, document)
    assert (told.document.state, told.duplicate) == (DocumentState.READ, False)
    assert not is_outdated(told.document)
    assert told.document.parser_version == CURRENT["txt"][1]
    assert office.app.contents.unit(document.id, 1).result().text != ""
    view, words = shown(office, citation)
    assert words.split() == citation.source_text.split()
    assert (view.earlier, view.marks != (Span(citation.start, citation.end),)) == (False, True)
    assert former_units(office) == 0


def test_what_was_found_before_is_found_by_the_new_text_only(office):
    document = add_with_older(office, lambda text: text.replace("weir", "wombat"))
    other = office.add("other.txt", b"A wombat is no weir.")
    office.app._finding.finish_merging()
    assert "deed.txt" in office.found("wombat")
    read_again(office, document)
    for again in (False, True):
        if again:
            office.reopen()
        assert office.found("wombat") == ["other.txt"]
        assert set(office.found("weir")) == {"deed.txt", "other.txt"}
    pages = b"".join(database_pages(office.folder / "ws" / "workspace.db", office.key.database_key))
    assert other.id != document.id
    assert office.app._workspace.check().result() == ()
    assert pages.count(b"wombat at Beta 3") == 0


def test_words_that_are_no_longer_there_open_in_the_text_they_were_cited_from(office):
    document = add_with_older(office, lambda text: text.replace("quarter", "qvarter"))
    citation = cite(office)
    assert "qvarter" in citation.source_text
    read_again(office, document)
    for again in (False, True):
        if again:
            office.reopen()
        view, words = shown(office, citation)
        assert (view.earlier, words) == (True, citation.source_text)
    assert former_units(office) == 1
    read_again(office, document)  # and once more
    assert shown(office, citation)[0].earlier
    (chat,) = office.app.chats().result()
    office.app.remove_chat(chat.id).result()
    assert former_units(office) == 0


def test_words_that_stand_in_several_places_are_never_taken_for_others(office):
    content = TEXT + NEEDLE + "\n"

    def change(text):  # the first of both was misread, the second is cited
        return text.replace(NEEDLE, "Nothing.", 1)

    document = add_with_older(office, change, content=content)
    citation = cite(office)
    read_again(office, document)
    view, words = shown(office, citation)
    assert (view.earlier, words) == (True, citation.source_text)


def test_labels_notes_and_the_name_stay_and_what_the_document_says_of_itself_comes(office):
    document = add_with_older(office, str)
    office.app._workspace.write(
        lambda c: [c.execute(said) for said in ("DELETE FROM sketches", "DELETE FROM sketch_parts")]
    ).result()
    office.app.shelf.rename(document.id, "Deed").result()
    office.app.shelf.note(document.id, "mine").result()
    read_again(office, document)
    stored = office.named("Deed")
    assert (stored.note, stored.id) == ("mine", document.id)
    sketches = office.app._workspace.read(
        lambda c: c.execute("SELECT count(*) FROM sketches").fetchone()[0]
    ).result()
    assert sketches == 1


def test_postings_of_the_old_reading_take_no_place_among_the_hits(office):
    document = office.add("deed.txt", TEXT.encode())
    read_again(office, document)
    assert [hit.document_name for hit in office.app.search("weir", limit=1).result()] == [
        "deed.txt"
    ]


def test_a_reading_that_breaks_off_leaves_what_was_read(office, monkeypatch):
    document = office.add("deed.txt", TEXT.encode())
    pipeline = office.app.adding._pipeline

    def cut(read):
        def read_less(fd, *, on_unit, on_segment, **options):
            summary = read(fd, on_unit=lambda _: None, on_segment=lambda *_: None, **options)
            return replace(summary, cut=True, units=0, passages=0, state=DocumentState.PARTIAL)

        return read_less

    monkeypatch.setattr(pipeline, "_read", cut(pipeline._read))
    (told,) = read_again(office, document)
    assert told.failure.code == "parse.not_again"
    assert told.document == document
    assert "deed.txt" in office.found("weir")


def test_the_commands_read_again(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    (tmp_path / "a.txt").write_text(TEXT)
    program.lines("add", tmp_path / "a.txt")
    assert program.run("documents", "reread", "--outdated", "--json").stdout == ""
    (line,) = program.lines("documents", "reread", "a.txt")
    assert line["state"] == "read"
    (line,) = program.lines("documents", "reread", "--all", "--no-ocr")
    assert line["state"] == "read"
    assert program.run("documents", "reread").returncode == 2
    hits = json.loads(program.run("search", "covenant", "--json").stdout)["hits"]
    assert len(hits) == 1


KILLED = """
import os, signal, sys
from carrel.workspace import committing
wanted = sys.argv.pop(1)
real = getattr(committing, wanted)
def kill(*arguments, **named):
    real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(committing, wanted, kill)
from carrel.__main__ import main
sys.argv[0] = "carrel"
sys.exit(main())
"""


@pytest.mark.parametrize("step", ["set_aside", "add_segments", "keep_sketch"])
def test_a_kill_in_the_middle_leaves_the_old_reading_whole(tmp_path, step):
    program = Program(tmp_path / "home")
    program.create()
    (tmp_path / "a.txt").write_text(TEXT)
    (before,) = program.lines("add", tmp_path / "a.txt")
    command = program.command("documents", "reread", "--all", "--json")
    at = command.index("carrel")
    done = subprocess.run(
        [sys.executable, "-I", "-c", KILLED, step, *command[at + 1 :]],
        env=program.environment(), capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    shown_now = program.json("documents", "show", "a.txt")
    assert (shown_now["state"], shown_now["units"] != []) == ("read", True)
    hits = json.loads(program.run("search", "covenant", "--json").stdout)["hits"]
    assert [hit["document"]["id"] for hit in hits] == [before["document"]]
    (line,) = program.lines("add", "--no-ocr")  # the next command that adds goes on with it
    assert (line["path"], line["state"]) == ("a.txt", "read")
    assert program.run("add", "--json").stdout == ""  # once


def test_what_was_to_be_read_again_when_the_program_ended_is_read_at_the_next_start(
    office, monkeypatch
):
    documents = [
        add_with_older(office, str.upper, name, f"Deed {name}. {TEXT}")
        for name in ("a.txt", "b.txt", "c.txt")
    ]
    begun = hold_reading(office, monkeypatch)
    office.app.adding.read_again([document.id for document in documents])
    assert begun.wait(60)
    office.app.shelf.remove(documents[2].id).result()
    office.reopen(keep_removed=True)
    with office.app.listen() as events:
        (job,) = office.app.adding.carry_on().result()
        next(one for one in events if isinstance(one, AddingFinished) and one.job == job)
    now = {document.name: is_outdated(document) for document in office.app.documents().result()}
    assert now == {"a.txt": False, "b.txt": False}
    office.reopen(keep_removed=True)
    assert office.app.adding.carry_on().result() == ()  # nor is one begun for what was removed


def test_what_the_user_stopped_is_not_read_again_at_the_next_start(office, monkeypatch):
    document = add_with_older(office, str.upper)
    begun = hold_reading(office, monkeypatch)
    with office.app.listen() as events:
        job = office.app.adding.read_again([document.id])
        assert begun.wait(60)
        office.app.adding.cancel(job)
        next(event for event in events if isinstance(event, AddingFinished))
    office.reopen()
    assert office.app.adding.carry_on().result() == ()
    assert is_outdated(office.named("deed.txt"))
