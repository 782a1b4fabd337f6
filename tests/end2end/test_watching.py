"""``carrel watch``: a folder is watched over several runs of the program."""

import pytest

from program import Program


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path / "home")
    made.create()
    return made


def test_what_comes_changes_and_goes_is_noticed_by_later_commands(program, tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    (place / "lease.txt").write_text("The rent is 100.")
    assert program.json("watch", "add", place)["path"] == str(place)
    again = program.run("watch", "add", place, "--json")
    assert (again.returncode, "watch.known" in again.stdout) == (1, True)

    first = program.lines("watch", "scan")
    assert [line.get("state") for line in first] == ["read", None]
    assert first[-1]["folders"][0]["files"] == 1

    (place / "lease.txt").write_text("The rent is 200.")
    (place / "note.txt").write_text("A note.")
    second = program.lines("watch", "scan")
    assert sorted(line["path"].rpartition("/")[2] for line in second[:-1]) == [
        "lease.txt",
        "note.txt",
    ]
    hits = program.json("search", "rent")["hits"]
    assert [hit["text"] for hit in hits] == ["The rent is 200."]

    (place / "note.txt").unlink()
    assert len(program.lines("watch", "scan")) == 1
    gone = {one["name"]: one["gone"] for one in program.json("documents") if not one["old"]}
    assert gone == {"lease.txt": False, "note.txt": True}

    place.rename(tmp_path / "out")
    (folder,) = program.lines("watch", "scan")[0]["folders"]
    assert "not there" in folder["reason"]
    assert program.run("watch", "remove", place).returncode == 0
    assert program.json("watch", "list") == []
    assert program.run("watch", "remove", place).returncode == 1
    assert len(program.json("documents")) == 3
