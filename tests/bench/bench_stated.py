"""Figures that financial statements state, asked for in 24 words of each annual report.

What comes out is compared with what poppler's `pdftotext -layout` has on that page: the figure has
to stand in a line with the words of the row, and as far to the right among the line's figures as
the year among the years above. `CARREL_FINANCE` names the folder of reports.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import regex

from carrel.answering.stated import Stated, stated_figure
from carrel.app.app import App
from carrel.app.library import StoredSources
from carrel.domain.events import AddingFinished
from carrel.domain.workspaces import Seal
from carrel.settings import Settings
from carrel.workspace.store import Workspace
from run import Row

FOLDER: Final = os.environ.get("CARREL_FINANCE", "")
SHOWN: Final = int(os.environ.get("CARREL_BENCH_SHOW", "0"))
HITS: Final = 30
"""Passages that are looked through, as in evidence mode."""

ASKED: Final = (
    "net sales", "total revenue", "net income", "operating income", "total assets",
    "total liabilities", "cash and cash equivalents", "inventories", "goodwill",
    "research and development expenses", "income tax expense", "interest expense",
    "capital expenditures", "depreciation and amortization", "net cash from operating activities",
    "dividends paid", "long-term debt", "accounts payable", "retained earnings", "cost of sales",
    "total shareholders' equity", "diluted earnings per share", "gross profit",
    "total current assets",
)  # fmt: skip

_REPORT: Final = regex.compile(r"(?P<name>[A-Za-z0-9]+)_(?P<year>20[0-9]{2})_10K")
_YEARS: Final = regex.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_FIGURES: Final = regex.compile(r"\(?(?<![0-9A-Za-z-])[0-9][0-9,.]*\)?|(?<=\s)[—–-](?=\s|$)")


def main() -> list[Row]:
    """Ask, and compare."""
    if not FOLDER:
        print("  CARREL_FINANCE names no folder of reports")
        return []
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as kept:
        folder = Path(kept)
        made = Workspace.create(folder / "ws", name="x", passphrase="made up for the bench")
        app = App(made.workspace, Seal(active=True, calls="", files="", landlock_abi=0),
                  Settings(folder / "settings.json"), folder / "models")  # fmt: skip
        with app.listen() as events:
            app.add_paths(sorted(Path(FOLDER).glob("*_10K.pdf")))
            next(event for event in events if isinstance(event, AddingFinished))
        try:
            return _ask(app, made.workspace)
        finally:
            app.close()


def _ask(app: App, workspace: Workspace) -> list[Row]:
    sources = StoredSources(workspace)
    asked, confirmed, wrong, times = 0, 0, 0, []
    for document in app.documents().result():
        report = _REPORT.match(document.name)
        if report is None:
            continue
        for what in ASKED:
            question = f"What was {report['name'].title()}'s {what} in {report['year']}?"
            hits = app.search(question, limit=HITS).result()
            begun = time.perf_counter()
            found = stated_figure(
                question, hits, sources,
                more=lambda words: app.search(words, limit=HITS).result(),
            )  # fmt: skip
            times.append((time.perf_counter() - begun) * 1_000)
            asked += 1
            if found is None:
                continue
            if found.hit.document_name == document.name and _stands(found, report["year"]):
                confirmed += 1
                continue
            wrong += 1
            if wrong <= SHOWN:
                print(f"  {question} {found.figure} page {found.hit.place.number} {found.row}")
    times.sort()
    return [
        Row(what="questions about annual reports", value=asked, unit=""),
        Row(what="answered with a figure that another reader confirms", value=confirmed, unit=""),
        Row(what="answered with one that it does not confirm, of 100",
            value=100 * wrong / max(confirmed + wrong, 1), unit="", gate=3),
        Row(what="looking for one, 95 of 100 within", value=times[int(len(times) * 0.95)],
            unit="ms", gate=200),
    ]  # fmt: skip


def _stands(found: Stated, year: str) -> bool:
    """Whether the figure stands in its row below its year for poppler, too."""
    number = str(found.hit.place.number)
    file = Path(FOLDER) / found.hit.document_name
    told = subprocess.run(
        ["pdftotext", "-layout", "-f", number, "-l", number, str(file), "-"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    lines = told.stdout.splitlines()
    label = "".join(found.row[0].split())
    figure = found.figure.strip("$ ").replace("$", "")
    for at, line in enumerate(lines):
        there = [one.strip() for one in _FIGURES.findall(line.replace("$", " "))]
        if label not in "".join(line.split()) or figure not in there:
            continue
        for above in reversed(lines[:at]):
            years = _YEARS.findall(above)
            if len(years) > 1:
                return years.index(year) - len(years) == there.index(figure) - len(there)
    return False
