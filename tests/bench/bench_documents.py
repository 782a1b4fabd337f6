"""How fast documents are read: text with character boxes, cores, first pages, memory.

The reports lie in the folder CARREL_FINANCE names, or in `../shared/data/finance`. Compared with
`pdftotext -bbox` of poppler-utils, which gives a box for each word. Processor time is compared,
so that other work on the machine does not count. What `pdftotext` does not do (headings, notes,
passages, terms, the index) has rows of its own. `CARREL_BENCH_REPORTS` names how many reports.
"""

import os
import resource
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as a parser has it; NumPy reads it when it is loaded

import pypdfium2.raw as pdfium

from carrel.app.app import App
from carrel.domain.documents import DocumentState
from carrel.domain.events import AddingFinished, DocumentChanged, FileAdded
from carrel.domain.workspaces import Seal
from carrel.parsing import limits
from carrel.parsing.client import read_document
from carrel.parsing.formats.base import Report, Source
from carrel.parsing.formats.pdf import PdfFormat, displayed, page_box
from carrel.parsing.formats.pdf_characters import boxes_of, codes_of
from carrel.parsing.formats.pdf_document import opened
from carrel.parsing.formats.pdf_text import Vocabulary, canonical
from carrel.settings import Settings
from carrel.system.shared_memory import SealedCopy
from carrel.workspace.keys import FLOOR_COST
from carrel.workspace.store import Workspace
from run import Row

FINANCE = Path(os.environ.get("CARREL_FINANCE", "../shared/data/finance"))
REPORTS = int(os.environ.get("CARREL_BENCH_REPORTS", "12"))
LONG = "WALMART_2018_10K"
"""304 pages."""
ROUNDS = 3
"""Of drops of the long one; the middle counts."""


def main() -> list[Row]:
    """Read, compare."""
    reports = sorted(FINANCE.glob("*.pdf"))[:REPORTS]
    if not reports or which("pdftotext") is None:
        what = "pdftotext" if reports else f"reports in {FINANCE}"
        print(f"  nothing measured: no {what}")
        return []
    return [*_speed(reports), *_cores(reports), *_first_page(FINANCE / f"{LONG}.pdf")]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _speed(reports: list[Path]) -> list[Row]:
    theirs = characters = units = whole = 0.0
    pages = 0
    for path in reports:
        before = _children()
        subprocess.run(
            ["pdftotext", "-bbox", path, os.devnull], check=True, stderr=subprocess.DEVNULL
        )
        theirs += _children() - before
        body = memoryview(path.read_bytes())
        begun = time.process_time()
        pages += _text_and_boxes(body)
        characters += time.process_time() - begun
        begun = time.process_time()
        source = Source(body=body, name=path.name, kind="pdf", room=limits.ALONE)
        assert sum(1 for _ in PdfFormat().units(source, Report()))
        units += time.process_time() - begun
        before = _children()
        _read(path)
        whole += _children() - before
    return [
        Row(what="pages", value=pages, unit=""),
        Row(what="pdftotext -bbox, a page", value=theirs / pages * 1000, unit="ms"),
        Row(what="text and character boxes, a page", value=characters / pages * 1000, unit="ms"),
        Row(what="the same, in times of pdftotext", value=characters / theirs, unit="x",
            gate=1.25),
        Row(what="and headings, labels, notes, outline, a page", value=units / pages * 1000,
            unit="ms"),
        Row(what="a locked child that reads for search, with its start, a page", unit="ms",
            value=whole / pages * 1000),
    ]  # fmt: skip


def _text_and_boxes(body: memoryview) -> int:
    """What `pdftotext` does, too, done as `PdfFormat` does it; returns the number of pages."""
    vocabulary = Vocabulary()
    with opened(body) as (document, _):
        for index in range(len(document)):
            page = pdfium.FPDF_LoadPage(document, index)
            text_page = pdfium.FPDFText_LoadPage(page)
            count = pdfium.FPDFText_CountChars(text_page)
            codes, boxes = codes_of(text_page, count), boxes_of(text_page, count)
            shown = displayed(boxes, page_box(page), pdfium.FPDFPage_GetRotation(page))
            text, boxes, _ = canonical(codes, shown, vocabulary)
            assert len(text) == len(boxes)
            pdfium.FPDFText_ClosePage(text_page)
            pdfium.FPDF_ClosePage(page)
        return len(document)


def _read(path: Path) -> int:
    copy = SealedCopy()
    copy.write(path.read_bytes())
    copy.seal()
    try:
        summary = read_document(
            copy.fd,
            name=path.name,
            size=copy.size,
            on_unit=lambda _unit: None,
            on_segment=lambda _body, _count: None,
            on_progress=lambda _done, _total: None,
            cancelled=lambda: False,
        )
    finally:
        copy.close()
    return summary.units


def _cores(reports: list[Path]) -> list[Row]:
    seconds = {}
    for hands in (1, 2):
        begun = time.perf_counter()
        with ThreadPoolExecutor(hands) as threads:
            list(threads.map(_read, reports))
        seconds[hands] = time.perf_counter() - begun
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Row(what="reports one after another", value=seconds[1], unit="s"),
        Row(what="the same on two cores", value=seconds[2], unit="s"),
        Row(what="two cores, in times of half the time", value=2 * seconds[2] / seconds[1],
            unit="x", gate=1.25),
        Row(what="memory of a parser child, most", value=most, unit="MiB", gate=300),
    ]  # fmt: skip


def _first_page(path: Path) -> list[Row]:
    drops = sorted(_drop(path) for _ in range(ROUNDS))
    first = sorted(one[1] for one in drops)[ROUNDS // 2]
    return [
        Row(what=f"first page of {LONG} found after", value=first, unit="s", gate=2),
        Row(what="all of it found after", value=drops[ROUNDS // 2][0], unit="s", gate=8),
    ]


def _drop(path: Path) -> tuple[float, float]:
    """Seconds until all of it, and until its first page can be found, after a drop."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as place:
        made = Workspace.create(Path(place, "w"), name="x", passphrase="bench", cost=FLOOR_COST)
        seal = Seal(active=False, calls="", files="", landlock_abi=0)
        app = App(made.workspace, seal, Settings(Path(place, "s")), Path(place, "models"))
        try:
            app.search("warm").result()
            first = 0.0
            with app.listen() as events:
                begun = time.perf_counter()
                app.add_paths([path])
                for event in events:
                    match event:
                        case DocumentChanged() if not first:
                            hits = app.search("annual report").result()
                            assert any(hit.place.number == 1 for hit in hits), hits
                            first = time.perf_counter() - begun
                        case FileAdded(document=document):
                            assert document is not None
                            assert document.state is not DocumentState.FAILED
                            assert app.search("annual report").result()
                            whole = time.perf_counter() - begun
                        case AddingFinished():
                            break
            return whole, first or whole
        finally:
            app.close()
