"""A summary written by the tiny model: its mechanics, going on after kill -9, and hostile texts."""

import json
import re

from carrel.catalog.installed import Catalog
from carrel.domain.fact_events import SectionWritten
from made_files import word as word_file
from opened_office import Office
from program import PASSPHRASE, Program

WORDS = ["north", "south", "east", "west", "alpha", "beta", "gamma", "delta"]


def report(sections=8):
    """A document of sections with headings."""
    parts = []
    for n in range(sections):
        word = WORDS[n % len(WORDS)]
        parts.append(("Heading 1", f"Part {n} {word}"))
        parts.append(f"The {word} covenant demands that the {word} buffer covers the loans.")
        parts.append(f"Every quarter the {word} directors test whether it does so in full.")
    return word_file(*parts)


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


def test_the_window_s_core_can_pause_it_and_go_on(tmp_path, tiny_gguf):
    catalog = Catalog(tmp_path / "models")
    installed = catalog.import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    made = Office(tmp_path)
    app = made.app
    try:
        document = made.add("report.docx", report())
        with app.listen() as events:
            future = app.writing.write([document.id], installed_model=installed.name)
            next(event for event in events if isinstance(event, SectionWritten))
            app.writing.pause()
            paused = future.result(30)
        assert 1 <= len(paused.sections) < paused.total == 8
        kept = app.writing.kept([document.id]).result()
        assert kept == paused
        ended = app.writing.write([document.id], installed_model=installed.name).result(120)
        assert ended.finished
        assert ended.sections[: len(paused.sections)] == paused.sections
    finally:
        app.close()
