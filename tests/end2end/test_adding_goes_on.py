"""A drop ended by kill -9 in the middle goes on: nothing is lost, nothing is there twice."""

import json
import signal

import pytest

from program import Program

FILES = 40


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path / "home")
    made.create()
    return made


@pytest.mark.parametrize("lines", [1, 9])
def test_a_killed_command_is_finished_by_the_next(program, tmp_path, lines):
    place = tmp_path / "in"
    place.mkdir()
    for number in range(FILES):
        (place / f"{number:02}.txt").write_text(f"Marker{number} stands here.")
    process = program.start("add", place, "--json")
    told = [json.loads(process.stdout.readline()) for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    listed = program.json("documents")
    assert len(listed) < FILES
    (place / "late.txt").write_text("Not there when the folder was dropped.")

    rest = program.lines("add")

    assert {line["state"] for line in rest} <= {"read", "duplicate"}
    names = {line["path"].rpartition("/")[2] for line in (*told, *rest)}
    assert {f"{number:02}.txt" for number in range(FILES)} <= names
    documents = program.json("documents")
    assert {document["state"] for document in documents} == {"read"}
    assert len({document["sha256"] for document in documents}) == len(documents)
    assert program.run("add", "--json").stdout == ""


def test_the_summary_counts_what_came_of_each_file(program, tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "a.txt").write_text("Something.")
    (place / "b.txt").write_text("Something.")
    (place / "c.pdf").write_bytes(b"%PDF-1.7 broken")
    (place / "d.txt").write_bytes(b"")
    done = program.run("add", place)
    assert done.stdout.splitlines()[-1] == "1 read, 2 not read, 1 there already"
    assert program.run("add").stdout == "There was nothing to add.\n"
