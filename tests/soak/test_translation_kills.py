"""A translation by command goes on after kill -9, with the tiny model in its real process."""

import json

import pytest

from made_translations import book
from program import PASSPHRASE, Program

pytestmark = pytest.mark.soak


@pytest.fixture
def program(tmp_path, tiny_gguf):
    made = Program(tmp_path)
    made.passphrase_file.write_text(f"{PASSPHRASE}\n")
    assert made.run("workspace", "create").returncode == 0
    (made.home / "book.txt").write_text(book(8))
    made.lines("add", made.home / "book.txt")
    return made


def test_killed_in_the_middle_the_command_goes_on_and_no_piece_is_lost_or_doubled(
    program, tiny_gguf
):
    refused = program.run("translate", "book.txt", "--to", "de", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "ask.cannot_translate"
    assert program.run("model", "import", tiny_gguf).returncode == 0

    process = program.start("translate", "book.txt", "--to", "German", "--json")
    before = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    out = program.home / "book.docx"
    *after, last = program.lines("translate", "book.txt", "--to", "de", "--out", out)

    numbers = [one["piece"] for one in [*before, *after]]
    assert len(set(numbers)) == len(numbers)  # what was told before the end is not done again
    assert last["state"] == "finished"
    assert last["done"] == last["pieces"] == before[0]["total"]
    assert "not checked by a person" in last["note"]
    assert out.stat().st_size > 5000
    assert [one for one in [*before, *after] if one["start"] < one["end"] and one["original"]]
