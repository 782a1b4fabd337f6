"""Ten reports through the real program: twenty questions with known answers, and what came first.

`ten_reports.jsonl` has the questions, ours, about public filings; `CARREL_FINANCE` names the
folder with the filings. Evidence mode is asked for substance, all ten reports together and each
alone; a tiny model with V4-Flash's architecture and chance for weights is asked for the mechanics:
each question must end in an answer, and nothing it makes up may become a link. The table goes to
`ten_reports.md` beside this file when `CARREL_WRITE` is set.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from run import Row

HERE: Final = Path(__file__).resolve().parent
sys.path += [str(HERE.parent), str(HERE.parents[1] / "models" / "tiny")]

import build  # noqa: E402 - the path comes first

from program import Program  # noqa: E402

FINANCE: Final = Path(os.environ.get("CARREL_FINANCE", ""))
QUESTIONS: Final = HERE / "ten_reports.jsonl"
TABLE: Final = HERE / "ten_reports.md"
SEED: Final = "7"
EVIDENCE: Final = ("evidence",)
ALL_SECONDS: Final = 3_600
"""Seconds after which twenty questions count as hanging."""
SHOWN: Final = 160
"""Characters of a citation in the table."""
Line = dict[str, Any]


def main() -> list[Row]:
    """Add, ask, compare."""
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    reports = sorted({FINANCE / line["document"] for line in questions})
    if not os.environ.get("CARREL_FINANCE") or not all(path.exists() for path in reports):
        print("  CARREL_FINANCE names no folder with the ten filings")
        return []
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as place:
        program = Program(Path(place) / "home")
        program.create()
        added = program.lines("add", *reports)
        read = sum(line["state"] == "read" for line in added if "state" in line)
        asked = {
            "together": _ask(program, Path(place), questions, alone=False),
            "alone": _ask(program, Path(place), questions, alone=True),
        }
        spoken = _spoken(program, Path(place), questions)
    if os.environ.get("CARREL_WRITE"):
        TABLE.write_text(_table(questions, asked), encoding="utf-8")
    rows = [Row(what="reports read, of 10", value=read, unit="")]
    for what, answers in asked.items():
        first = [_first(answer) for answer in answers]
        pairs = list(zip(questions, first, strict=True))
        for line, cited in pairs:
            if not _holds(line, cited):
                print(f"  {what}, {line['query']} {_said(cited)}")
        right = sum(_holds(line, cited) for line, cited in pairs)
        rows.append(
            Row(what=f"first citation holds the answer, {what}, of 20", value=right, unit="")
        )
    linked = sum(cited["verdict"] != "not found" for one in spoken for cited in one["citations"])
    ended = sum(bool(one.get("answer")) for one in spoken)
    rows += [
        Row(what="tiny model: questions answered, of 20", value=ended, unit=""),
        Row(what="tiny model: made-up words that became a link", value=linked, unit="", gate=0),
    ]
    return rows


def _ask(program: Program, place: Path, questions: list[Line], *, alone: bool) -> list[Line]:
    keys = ("id", "query", "document") if alone else ("id", "query")
    return _batch(program, place, [{key: one[key] for key in keys} for one in questions], EVIDENCE)


def _spoken(program: Program, place: Path, questions: list[Line]) -> list[Line]:
    tiny = place / "tiny.gguf"
    build.build(tiny, exact=True)
    name = program.json("model", "import", tiny)["name"]
    how = ("passages", "--model", name, "--seed", SEED)
    asked = [{key: one[key] for key in ("id", "query")} for one in questions]
    return _batch(program, place, asked, how)


def _batch(program: Program, place: Path, asked: list[Line], how: tuple[str, ...]) -> list[Line]:
    file = place / "batch.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)), encoding="utf-8")
    running = program.start("ask", "--mode", *how, "--batch", file, "--json")
    said, told = running.communicate(timeout=ALL_SECONDS)
    if running.returncode:
        raise RuntimeError(told)
    return [json.loads(line) for line in said.splitlines()]


def _first(answer: Line) -> Line | None:
    return next(iter(answer["citations"]), None)


def _holds(line: Line, cited: Line | None) -> bool:
    """Whether the citation is of the right report and has the answer in its words."""
    if cited is None or cited["document"]["name"] != line["document"]:
        return False
    words = " ".join(cited["quote"].split())
    return any(answer in words for answer in line["answers"])


def _said(cited: Line | None) -> str:
    if cited is None:
        return "-> nothing"
    words = " ".join(cited["quote"].split())
    place = f"{cited['unit']['kind']} {cited['unit']['number']}"
    return f"-> {cited['document']['name']}, {place}: {words[:SHOWN]}"


def _table(questions: list[Line], asked: dict[str, list[Line]]) -> str:
    """As Markdown."""
    lines = [
        "# Ten reports, twenty questions with known answers",
        "",
        "What evidence mode cited first, all ten reports in one workspace; in brackets whether the "
        "same question, asked of its report alone, is answered first. "
        "Made by `CARREL_FINANCE=... CARREL_WRITE=1 make bench ARGS=reports`.",
        "",
        "| question | known answer | cited first | right |",
        "|---|---|---|---|",
    ]
    for line, together, alone in zip(questions, asked["together"], asked["alone"], strict=True):
        first = _first(together)
        right = "yes" if _holds(line, first) else "no"
        given = "yes" if _holds(line, _first(alone)) else "no"
        said = _said(first).removeprefix("-> ").replace("|", "\\|")
        lines.append(
            f"| {line['query']} | {', '.join(line['answers'])} | {said} | {right} ({given}) |"
        )
    return "\n".join(lines) + "\n"
