"""A summary written by the tiny model goes on after kill -9, and no finished section is lost."""

import json
import re

import pytest

from made_reports import WORDS, report
from program import PASSPHRASE, Program

pytestmark = pytest.mark.soak


def office(tmp_path, tiny_gguf):
    made = Program(tmp_path)
    made.passphrase_file.write_text(f"{PASSPHRASE}\n")
    assert made.run("workspace", "create").returncode == 0
    made.lines("model", "import", tiny_gguf)
    (tmp_path / "report.docx").write_bytes(report())
    made.lines("add", tmp_path / "report.docx")
    (name,) = [one["name"] for one in made.json("model", "list") if not one.get("built_in")]
    return made, name


def test_killed_in_the_middle_no_finished_section_is_written_again(tmp_path, tiny_gguf):
    made, name = office(tmp_path, tiny_gguf)
    process = made.start("summary", "report.docx", "--model", name)
    done = 0
    for line in process.stderr:
        found = re.match(r"· (\d+) of 8 sections", line)
        if found and int(found[1]) >= 2:
            done = int(found[1])
            break
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    assert done >= 2

    out = tmp_path / "out.docx"
    again = made.run("summary", "report.docx", "--model", name, "--json", "--output", out)
    assert again.returncode == 0, again.stderr
    counted = [int(n) for n in re.findall(r"· (\d+) of 8 sections", again.stderr)]
    assert min(counted) >= done
    form = json.loads(again.stdout)
    assert form["finished"]
    assert [one["title"] for one in form["sections"]] == [f"Part {n} {WORDS[n]}" for n in range(8)]
    for sentence in (one for part in form["sections"] for one in part["sentences"]):
        assert sentence["standing"] == "left out" or sentence["quotes"]
    assert out.stat().st_size > 1000
