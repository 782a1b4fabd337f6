"""A folder of 160 files of all kinds through the real `carrel add --json`, and what came of each.

Each file must end in “read”, “read in part” with what was not read, or “not read” with reason and
remedy, soon enough, and the program must end well. Then 20 workbooks are summed up by the real
`carrel sql` and by openpyxl: twelve of the folder, the rest made here. `CARREL_BENCH_FOLDER` names
another folder; `CARREL_BENCH_OCR=0` leaves text recognition out.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import openpyxl

from run import Row

TESTS: Final = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS))

from made_sheets import made_workbook  # noqa: E402 - the path comes first
from program import Program  # noqa: E402

FOLDER: Final = Path(
    os.environ.get("CARREL_BENCH_FOLDER", TESTS.parents[1] / "shared" / "data" / "files")
)
WITH_OCR: Final = os.environ.get("CARREL_BENCH_OCR", "1") != "0"
MOST_SECONDS: Final = 120.0
"""Seconds one file may take."""
WORKBOOKS: Final = 20
ALL_SECONDS: Final = 3_600
"""Seconds after which the command counts as hanging."""
CLOSE: Final = 1e-9
"""Two sums are equal when they differ by no more than this share; both add up floats."""

_SUMS: Final = (
    "SELECT sheet, sum(value), count(*) FROM cells WHERE kind = 'number' GROUP BY sheet ORDER BY 1"
)
Line = dict[str, Any]


def main() -> list[Row]:
    """Add, look at how each ended, sum up."""
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    if not files:
        print(f"  no file in {FOLDER}")
        return []
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as place:
        program = Program(Path(place) / "home")
        program.create()
        return [*_added(program, files), *_summed(program, Path(place), files)]


def _added(program: Program, files: list[Path]) -> list[Row]:
    began = time.monotonic()
    done, lines, recognised = _add(program, [FOLDER])
    took = time.monotonic() - began
    own = {line["path"]: line for line in lines if line["parent"] is None}
    named = [own[str(path)] for path in files if str(path) in own]
    inside = [line for line in lines if line["parent"] is not None]
    for line in [*named, *inside]:
        if line["state"] != "read":
            _print(line)
    states = Counter(line["state"] for line in named)
    slowest = max(lines, key=lambda line: line["seconds"] or 0.0)
    print(f"  slowest: {slowest['path']}")
    return [
        Row(what="files", value=len(files), unit=""),
        *(Row(what=f"  {state}", value=count, unit="") for state, count in sorted(states.items())),
        Row(what="documents inside them", value=len(inside), unit=""),
        Row(what="  not read", value=sum(x["state"] == "failed" for x in inside), unit=""),
        Row(what="pages in pictures", unit="", value=sum(x["pages"] for x in recognised)),
        Row(what="  with words recognised", unit="", value=sum(x["read"] for x in recognised)),
        Row(what="  that recognition failed on, or has not come to", unit="", gate=0,
            value=sum(x["failed"] + x["waiting"] for x in recognised)),
        Row(what="files without an ending", value=len(files) - len(named), unit="", gate=0),
        Row(what="endings that do not say why, or what to do", unit="", gate=0,
            value=sum(not _is_told(line) for line in lines)),
        Row(what="all of them", value=took, unit="s"),
        Row(what="the slowest", value=slowest["seconds"] or 0.0, unit="s", gate=MOST_SECONDS),
        Row(what="exit code of the command", value=done, unit="", gate=1),
    ]  # fmt: skip


def _add(program: Program, paths: Iterable[Path]) -> tuple[int, list[Line], list[Line]]:
    """The exit code, the line of each document, and what recognition came to in each."""
    options = [] if WITH_OCR else ["--no-ocr"]
    done = subprocess.run(
        program.command("add", "--json", *options, *paths),
        capture_output=True,
        text=True,
        timeout=ALL_SECONDS,
        env=program.environment(),
        check=False,
    )
    lines: list[Line] = list(map(json.loads, done.stdout.splitlines()))
    recognised = [x for x in lines if x["state"] in {"recognised", "waiting"}]
    # Lines about recognition do not say in what a document lies.
    return done.returncode, [x for x in lines if "parent" in x], recognised


def _is_told(line: Line) -> bool:
    if line["state"] == "failed":
        return bool(line["reason"] and line["remedy"])
    return line["state"] == "read" or bool(line["warnings"])


def _print(line: Line) -> None:
    why = " ".join(filter(None, [line["reason"], line["remedy"], *line["warnings"]]))
    name = Path(line["path"]).relative_to(FOLDER)
    print(f"  {line['state']:<8} {line['seconds'] or 0.0:6.2f} s  {name}: {why}")


def _summed(program: Program, place: Path, files: list[Path]) -> list[Row]:
    books = [path for path in files if path.suffix in {".xlsx", ".xlsm"}][:WORKBOOKS]
    for seed in range(WORKBOOKS - len(books)):
        made = place / f"made {seed}.xlsx"
        made.write_bytes(made_workbook(seed))
        books.append(made)
    _, lines, _ = _add(program, books)
    documents = {line["path"]: line["document"] for line in lines}
    sheets, other = 0, []
    for book in books:
        theirs = _their_sums(book)
        ours = _our_sums(program, documents[str(book)])
        sheets += len(theirs)
        other += [
            f"{book.name}, {sheet}: {ours.get(sheet)} instead of {theirs.get(sheet)}"
            for sheet in theirs.keys() | ours.keys()
            if not _equal(ours.get(sheet), theirs.get(sheet))
        ]
    print("\n".join(f"  other sums: {line}" for line in other) or "  all sums are equal")
    return [
        Row(what="workbooks summed up", value=len(books), unit=""),
        Row(what="sheets with numbers in them", value=sheets, unit=""),
        Row(what="sheets with other sums or other numbers of cells", value=len(other), unit="",
            gate=0),
    ]  # fmt: skip


def _our_sums(program: Program, document: int) -> dict[str, tuple[float, int]]:
    done = program.run("sql", document, _SUMS, "--json")
    answer = json.loads(done.stdout)
    if "error" in answer:
        return {}  # nothing is written in it, so it has no cells
    return {sheet: (total, count) for sheet, total, count in answer["rows"]}


def _their_sums(book: Path) -> dict[str, tuple[float, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that openpyxl leaves out
        opened = openpyxl.load_workbook(book, data_only=True)
    found = {}
    for sheet in opened.worksheets:
        values = [
            cell.value
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        ]
        if values:
            found[sheet.title] = (math.fsum(values), len(values))
    return found


def _equal(ours: tuple[float, int] | None, theirs: tuple[float, int] | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours[1] == theirs[1] and math.isclose(ours[0], theirs[0], rel_tol=CLOSE, abs_tol=CLOSE)
