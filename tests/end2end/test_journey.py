"""The journey by commands, on files made here: add, list, search, ask; and what goes wrong."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import stat
import subprocess
import time
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest

from program import PASSPHRASE, Program

COVENANT = (
    "The facility agreement requires a liquidity buffer of at least 115% of projected outflows."
)
WAIVER = "A waiver was requested on 4 September 2025 and has not been withdrawn."


def make_documents(folder: Path) -> None:
    folder.mkdir()
    word = docx.Document()
    word.add_heading("Facility agreement", 1)
    word.add_paragraph("This agreement is made between the lenders and Northgate Holdings plc.")
    word.add_heading("21.2 Liquidity", 2)
    word.add_paragraph(COVENANT)
    word.save(folder / "agreement.docx")
    mail = EmailMessage()
    mail["From"], mail["To"] = "treasury@northgate.example", "analyst@office.example"
    mail["Subject"] = "RE: waiver request"
    mail.set_content(f"Dear all,\n\n{WAIVER}\n\nKind regards\nTreasury\n")
    (folder / "waiver.eml").write_bytes(bytes(mail))
    rows = [
        "Counterparty,Country,Exposure EUR m",
        "Albion Bank,United Kingdom,412",
        "Banque Lémane,Suisse,96",
    ]
    (folder / "register.csv").write_text("\n".join(rows) + "\n", "utf-8")
    text = "Dividends are proposed by the board in March."
    page = f"<html><body><h1>Policy</h1><p>{text}</p></body></html>"
    (folder / "policy.html").write_text(page)
    (folder / "摘要.txt").write_text(
        "流动性缓冲在九月三十日为百分之一百一十七。\n附件见第二页。\n", "utf-8"
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is no page")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("home"))
    created = program.create()
    assert set(created["slots"]) == {"passphrase", "recovery"}
    (program.home / "recovery").write_text(created["recovery_code"])
    make_documents(program.home / "documents")
    return program


@pytest.fixture(scope="module")
def added(program):
    return {
        Path(line["path"]).name: line for line in program.lines("add", program.home / "documents")
    }


def test_each_file_is_read_or_listed_with_reason_and_remedy(added):
    states = {name: line["state"] for name, line in added.items()}
    assert states.pop("broken.pdf") == "failed"
    assert set(states.values()) == {"read"}
    assert added["broken.pdf"]["reason"]
    assert added["broken.pdf"]["remedy"]
    assert all(line["units"] >= 1 for name, line in added.items() if name != "broken.pdf")


def test_the_same_bytes_are_the_same_document(program, added):
    again = {
        Path(line["path"]).name: line for line in program.lines("add", program.home / "documents")
    }
    assert again["waiver.eml"]["state"] == "duplicate"
    assert again["waiver.eml"]["document"] == added["waiver.eml"]["document"]
    assert len(program.json("documents")) == len(added)


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("liquidity buffer required by the agreement", "agreement.docx", "115%"),
        ("when was the waiver requested", "waiver.eml", "4 September 2025"),
        ("Albion Bank exposure", "register.csv", "412"),
        ("who proposes dividend", "policy.html", "Dividends are proposed"),
        ("流动性缓冲", "摘要.txt", "百分之一百一十七"),
    ],
)
def test_search_finds_the_passage_and_marks_the_words(program, added, query, name, words):
    found = program.json("search", query)
    assert found["hits"][0]["document"]["name"] == name
    best = next(hit for hit in found["hits"][:2] if words in hit["text"])
    assert best["spans"]
    assert all(0 <= start < end <= len(best["text"]) for start, end in best["spans"])
    assert best["end"] - best["start"] == len(best["text"])


def test_a_search_can_be_limited_to_one_document(program, added):
    document = added["policy.html"]["document"]
    found = program.json("search", "liquidity dividends", "--document", document)
    assert {hit["document"]["id"] for hit in found["hits"]} == {document}


def test_a_batch_is_answered_line_by_line_in_one_process(program, added):
    batch = program.home / "batch.jsonl"
    lines = [
        {"id": "a", "query": "waiver"},
        {"id": 2, "query": "Albion", "document": added["register.csv"]["document"]},
        {"id": "c", "query": "waiver", "document": "no such"},
    ]
    batch.write_text("\n".join(map(json.dumps, lines)))
    answered = program.lines("search", "--batch", batch)
    assert [line["id"] for line in answered] == ["a", 2, "c"]
    assert answered[0]["hits"][0]["document"]["name"] == "waiver.eml"
    assert answered[2]["error"]["code"] == "cli.document"


def test_known_answers_are_counted_and_citations_judged(program, added):
    asked = program.home / "known.jsonl"
    waiver = {"document": "waiver.eml", "text": "waiver was requested on 4 September 2025"}
    lines = [
        {"id": 1, "question": "When was the waiver requested?", "gold": [waiver]},
        {"id": 2, "question": "Albion Bank", "gold": [{"document": "policy.html"}],
         "documents": ["register.csv"]},
    ]  # fmt: skip
    asked.write_text("\n".join(map(json.dumps, lines)))
    first, second, last = program.lines("eval", asked, "--mode", "evidence")
    assert first["all documents"]["rank"] in {1, 2}  # the subject of the mail may come first
    assert first["all documents"]["citations"][0] == {"verdict": "exact", "right": True}
    assert second["documents given"]["rank"] is None
    assert last["summary"]["all documents"]["all"]["hit@5"] == 0.5
    assert last["summary"]["documents given"]["all"]["questions"] == 1
    asked.write_text(json.dumps({"question": "what is gold?"}))
    refused = program.run("eval", asked)
    assert refused.returncode == 1
    assert "line 1 has no gold place" in refused.stderr


def test_evidence_answers_with_the_decisive_sentence_cited_exactly(program, added):
    answer = program.json("ask", "What liquidity buffer does the facility agreement require?")
    assert answer["mode"] == "evidence"
    assert answer["model"] is None
    first = answer["citations"][0]
    assert first["document"]["name"] == "agreement.docx"
    assert "at least 115% of projected outflows" in first["quote"]
    assert first["verdict"] == "exact"
    assert first["unit"]["kind"] == "section"
    assert answer["coverage"]["units_total"] >= answer["coverage"]["units_used"] >= 1


def test_a_question_the_documents_do_not_answer_gets_no_citation(program, added):
    answer = program.json("ask", "Which volcano erupted in Iceland?")
    assert answer["citations"] == []
    assert "documents do not say" in answer["answer"]


def test_the_recovery_code_opens_the_workspace_too(program, added):
    code = (program.home / "recovery").read_text()
    program.passphrase_file.write_text(code)
    try:
        assert program.json("workspace", "info")["documents"] == len(added)
    finally:
        program.passphrase_file.write_text(PASSPHRASE)


def test_a_wrong_passphrase_is_refused_and_changes_nothing(program):
    before = (program.workspace / "keyslots.json").read_bytes()
    program.passphrase_file.write_text("wrong")
    try:
        done = program.run("documents", "--json")
    finally:
        program.passphrase_file.write_text(PASSPHRASE)
    assert done.returncode == 1
    assert "[workspace.passphrase]" in done.stderr
    assert "Traceback" not in done.stderr
    assert (program.workspace / "keyslots.json").read_bytes() == before


def test_bad_paths_are_told_one_by_one_and_stop_nothing(program, tmp_path):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "good.txt").write_text("The audit committee met six times.")
    forbidden = tmp_path / "forbidden"
    forbidden.mkdir()
    forbidden.chmod(0)
    os.mkfifo(tmp_path / "pipe")
    try:
        lines = program.lines(
            "add",
            tmp_path / "none.pdf",
            tmp_path / "empty.txt",
            tmp_path / "pipe",
            tmp_path / "good.txt",
        )
    finally:
        forbidden.chmod(stat.S_IRWXU)
    states = {Path(line["path"]).name: line["state"] for line in lines}
    assert states == {
        "none.pdf": "failed",
        "empty.txt": "failed",
        "pipe": "failed",
        "good.txt": "read",
    }
    assert all(line["reason"] and line["remedy"] for line in lines if line["state"] == "failed")


def test_nothing_that_was_added_can_be_read_from_the_disk(program, added):
    markers = ["Northgate", "waiver", "Albion", "agreement.docx", "流动性", PASSPHRASE]
    for path in program.workspace.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [marker for marker in markers if marker.encode() in content], path.name


def test_a_full_disk_is_told_and_loses_nothing(program, added, tmp_path):
    for number in range(6):
        words = (
            f"w{random.Random(number * 10**6 + place).getrandbits(60):x}" for place in range(20_000)
        )
        (tmp_path / f"ledger{number}.txt").write_text(" ".join(words))
    before = {document["id"]: document for document in program.json("documents")}
    database = (program.workspace / "workspace.db").stat().st_size
    limit = database + (1 << 19)  # no file may grow beyond, as on a disk with that much room
    done = subprocess.run(
        program.command("add", tmp_path, "--json"),
        capture_output=True,
        text=True,
        timeout=120,
        env=program.environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert "Traceback" not in done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [line for line in lines if line["state"] == "failed"]
    assert len(lines) == 6
    assert failed
    assert all("disk is full" in line["reason"] for line in failed)
    after = {document["id"]: document for document in program.json("documents")}
    assert {number: after[number] for number in before} == before
    for line in lines:
        if line["state"] == "read":
            assert after[line["document"]]["state"] == "read"
    again = program.lines("add", tmp_path)
    assert {line["state"] for line in again} <= {"read", "duplicate"}


@pytest.mark.parametrize(("lines", "then_seconds"), [(1, 0.0), (2, 0.13), (4, 0.4), (7, 0.05)])
def test_what_was_acknowledged_survives_a_kill(program, added, tmp_path, lines, then_seconds):
    for number in range(12):
        text = f"Marker{number} of round {lines}. " * 50
        (tmp_path / f"{lines}-{number}.txt").write_text(text)
    process = program.start("add", tmp_path, "--json")
    acknowledged = [json.loads(process.stdout.readline()) for _ in range(lines)]
    time.sleep(then_seconds)  # a moment somewhere inside the next file
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    acknowledged += [json.loads(line) for line in rest.splitlines(keepends=True) if "\n" in line]
    listed = {document["id"]: document for document in program.json("documents")}
    for line in acknowledged:
        assert listed[line["document"]]["state"] == "read"
    name = Path(acknowledged[-1]["path"]).name
    number = name.split("-")[1].split(".")[0]
    found = program.json("search", f"Marker{number} round {lines}")
    assert name in {hit["document"]["name"] for hit in found["hits"]}


def test_wrong_usage_is_told_on_one_line(program):
    done = program.run("search", "x", "--limit", "0")
    assert done.returncode == 2
    assert "between 1 and" in done.stderr


def test_a_chat_model_of_another_kind_answers_and_is_marked_as_generic(
    program, added, generic_gguf
):
    """Its words are nonsense; the way to them is the whole one."""
    imported = program.json("model", "import", generic_gguf())
    assert (imported["profile"], imported["profile_title"]) == ("generic", "Generic chat model")

    answer = program.json(
        "ask", "--mode", "passages", "--model", imported["name"], "What was the revenue?"
    )

    assert (answer["model"], answer["profile"]) == (imported["name"], "generic")
    assert answer["answer"]
    assert answer["tokens"]["prompt"] > 100
