"""Archives and mails through the real program: children, bombs, quines, a kill in the middle."""

import random
import signal
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from carrel.app.library import StoredDocuments
from carrel.domain.documents import DocumentState, Flaw
from carrel.ingest.pipeline import Pipeline
from carrel.parsing import starting
from carrel.system.child import Child
from carrel.workspace import nesting
from carrel.workspace.store import Workspace
from made_archives import encrypted, hungry_xz, overlapping, russian_dolls, tarred, zeros, zipped
from made_workspaces import CHEAP, PASSPHRASE
from program import Program

ALPHA = b"The pump station of Alpha village delivers 420 litres a second."
BETA = b"The weir at Beta was closed on 3 March 2024."


@pytest.fixture
def workspace(tmp_path):
    opened = Workspace.create(
        tmp_path / "ws", name="x", passphrase=PASSPHRASE, cost=CHEAP
    ).workspace
    yield opened
    opened.close()


@pytest.fixture
def add(workspace, tmp_path):
    """Add bytes and all that comes out of them, in this process; parsers are real children."""
    pipeline = Pipeline(StoredDocuments(workspace, lambda *_: None))

    def run(body: bytes, name: str):
        path = tmp_path / name
        path.write_bytes(body)
        first = pipeline.add(path, step=lambda *_: None, cancelled=lambda: False)
        waiting = list(first.members)
        while waiting:
            one = waiting.pop(0).document
            state = workspace.documents.get(one.id).result().state
            if state in {DocumentState.QUEUED, DocumentState.FAILED}:
                waiting += pipeline.read_stored(one, cancelled=lambda: False).members
        return first

    return run


def states(workspace):
    return {d.name: d.state.value for d in workspace.documents.list().result()}


def test_an_archive_of_archives_becomes_documents_with_parents(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    inner = tarred([("notes/beta.txt", BETA)], pack="gz")
    files = [("a/alpha.txt", ALPHA), ("b.tar.gz", inner), ("secret.txt", b"x"), ("e.txt", b"")]
    path = tmp_path / "all.zip"
    path.write_bytes(encrypted(zipped(files), "secret.txt"))

    lines = program.lines("add", path)

    ids = {Path(line["path"]).name: line["document"] for line in lines}
    told = [
        (Path(line["path"]).name, line["state"], line["parent"], line["inside"]) for line in lines
    ]
    # Several are read at once, so only the container is sure to come first.
    assert told[0][0] == "all.zip"
    assert sorted(told) == [
        ("all.zip", "partial", None, None),
        ("alpha.txt", "read", ids["all.zip"], "a/alpha.txt"),
        ("b.tar.gz", "read", ids["all.zip"], "b.tar.gz"),
        ("beta.txt", "read", ids["b.tar.gz"], "notes/beta.txt"),
    ]
    assert lines[0]["warnings"] == ["“secret.txt” is protected by a password and was not unpacked."]
    shown = program.json("documents", "show", "all.zip")
    assert [(e["what"], e["name"], e["unit"], e["loss"]) for e in shown["ledger"]] == [
        ("password", "secret.txt", None, True), ("no text", "e.txt", None, False),
    ]  # fmt: skip
    assert all(entry["why"] for entry in shown["ledger"])
    assert "password" in shown["ledger"][0]["remedy"]
    text = program.json("document", "text", "beta.txt")
    assert text["text"] == BETA.decode()
    hits = program.json("search", "weir at Beta")["hits"]
    assert hits[0]["document"]["id"] == ids["beta.txt"]
    answer = program.json("ask", "When was the weir closed?")
    (unread,) = answer["coverage"]["unread"]
    assert (unread["document"]["name"], unread["unit"]) == ("all.zip", None)
    assert "secret.txt" in unread["why"]
    answer = program.json("ask", "When was the weir closed?", "--document", "all.zip")
    assert answer["citations"][0]["document"]["id"] == ids["beta.txt"]
    again = program.lines("add", path)
    assert [line["state"] for line in again] == ["duplicate"]
    other = tmp_path / "other.zip"
    other.write_bytes(zipped([("a/alpha.txt", ALPHA)]))
    first, second = program.lines("add", other)
    assert (second["state"], second["document"]) == ("duplicate", ids["alpha.txt"])
    assert (second["parent"], second["inside"]) == (first["document"], "a/alpha.txt")
    done = program.run("document", "text", "beta.txt", "--unit", "9")
    assert done.returncode == 1


def test_dolls_are_opened_to_the_limit_and_the_next_one_says_so(add, workspace, monkeypatch):
    monkeypatch.setattr(nesting, "MAX_NESTING", 2)
    added = add(russian_dolls(3), "outer.zip")
    assert added.document.state is DocumentState.READ
    (deep,) = [d for d in workspace.documents.list().result() if d.failure]
    assert (deep.name, deep.failure.code) == ("3.zip", "parse.too_deep")
    add(b"".join(workspace.original(deep.id)), deep.name)  # by itself it is not deep
    assert states(workspace)["core.txt"] == "read"
    assert not [d for d in workspace.documents.list().result() if d.failure]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (overlapping(5_000, 1_000_000), "parse.bomb"),
        (zipped([("zeros.bin", zeros(20_000_000))]), "parse.bomb"),
        (tarred([("zeros.bin", zeros(20_000_000))], pack="xz"), "parse.bomb"),
        (encrypted(zipped([("a", b"x")]), "a"), "parse.encrypted"),
        (zipped([]), "parse.empty_archive"),
        (hungry_xz(b"word " * 1000), "parse.memory"),
        (zipped([("a", b"x" * 5000)])[:-40], "parse.damaged"),
    ],
)
def test_hostile_and_broken_archives_are_refused_in_a_sentence(add, workspace, body, code):
    started = time.monotonic()
    added = add(body, "bad.zip")
    assert (added.document.state, added.failure.code) == (DocumentState.FAILED, code)
    assert added.failure.remedy
    assert len(workspace.documents.list().result()) == 1
    assert time.monotonic() - started < 30


def test_a_bomb_in_stages_meets_its_limit_in_each(add, workspace):
    """As 42.zip: copies of an archive of copies, the last one of zeros."""
    core = zipped([("0.dll", zeros(20_000_000))])
    middle = zipped([(f"lib {n}.zip", core) for n in range(6)])
    added = add(zipped([(f"book {n}.zip", middle) for n in range(6)]), "42.zip")
    assert added.document.state is DocumentState.READ
    assert len(workspace.documents.list().result()) == 3  # the same bytes are one document
    (failed,) = [d for d in workspace.documents.list().result() if d.failure]
    assert failed.failure.code == "parse.bomb"
    assert len(failed.inside) == 6


def test_removing_the_archive_removes_what_was_in_it(add, workspace):
    added = add(zipped([("a.txt", ALPHA), ("b.txt", BETA)]), "x.zip")
    add(BETA, "mine.txt")
    workspace.documents.remove(added.document.id).result()
    assert states(workspace) == {"b.txt": "read"}


def test_a_kill_in_the_middle_of_an_archive_loses_nothing(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    path = tmp_path / "many.zip"
    path.write_bytes(zipped([(f"{n}.txt", b"Marker%d stands here." % n) for n in range(8)]))
    process = program.start("add", path, "--json")
    blobs = program.workspace / "blobs"
    while len(list(blobs.glob("*.blob"))) < 5:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stored = {d["name"]: d["state"] for d in program.json("documents")}
    assert len(stored) >= 4  # of those, what was read is read, and the rest waits
    assert stored["many.zip"] == "queued"

    for _ in range(20):
        program.lines("add", path)
        listed = program.json("documents")
        if all(document["state"] == "read" for document in listed):
            break
    assert sorted(d["name"] for d in listed) == sorted(
        ["many.zip", *(f"{n}.txt" for n in range(8))]
    )
    container = next(d for d in listed if d["name"] == "many.zip")
    assert container["members"] == 8
    assert all(d["inside"] for d in listed if d["name"] != "many.zip")
    found = program.json("search", "Marker7")
    assert found["hits"][0]["document"]["name"] == "7.txt"


def test_attachments_of_a_mail_in_an_archive_are_its_children(add, workspace):
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "a@x.example", "b@x.example", "Original"
    inner.set_content("The valve was replaced in May.")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "b@x.example", "c@x.example", "Fwd"
    mail.set_content("See below.")
    mail.add_attachment(inner)
    mail.add_attachment(zipped([("alpha.txt", ALPHA)]), "application", "zip", filename="a.zip")
    add(zipped([("mails/fwd.eml", mail.as_bytes())]), "mails.zip")
    listed = {d.name: d for d in workspace.documents.list().result()}
    assert {name: d.state.value for name, d in listed.items()} == dict.fromkeys(
        ("mails.zip", "fwd.eml", "Original.eml", "a.zip", "alpha.txt"), "read"
    )
    assert listed["Original.eml"].inside[0].container == listed["fwd.eml"].id
    assert listed["alpha.txt"].inside[0].container == listed["a.zip"].id
    text = workspace.documents.unit(listed["Original.eml"].id, 2).result().text
    assert text == "The valve was replaced in May."


def test_a_parser_that_is_killed_leaves_what_it_unpacked(add, workspace, monkeypatch):
    started = []

    class Watched(Child):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            started.append(self)

    place = Pipeline._place

    def placed_and_killed(self, container, member):
        if len(started) == 1:
            started[0].kill()
        return place(self, container, member)

    monkeypatch.setattr(starting, "Child", Watched)
    monkeypatch.setattr(Pipeline, "_place", placed_and_killed)
    noise = random.Random(3)
    files = [(f"{n}.txt", noise.randbytes(400_000).hex().encode()) for n in range(60)]
    added = add(zipped(files, method=0), "big.zip")
    assert added.document.state is DocumentState.PARTIAL
    count = added.document.members
    assert 0 < count < 60
    files = "file" if count == 1 else f"{count} files"
    assert added.document.warnings[-1].startswith(f"Only the first {files} could be unpacked.")
    (entry,) = workspace.documents.ledger(added.document.id).result()
    assert (entry.what, entry.unit, entry.loss) == (Flaw.TRUNCATED, 0, True)
    assert entry.remedy
    assert states(workspace)["0.txt"] == "read"
