"""Search as a person's query takes it, over 100,000 and 1,000,000 passages in an encrypted store.

The texts are made up as in `bench_search`: pages of three passages, with a box for every letter.
The segments of a hundred thousand passages serve again for the rest, which changes nothing about
the share of passages a word stands in. Cold means that the system was told to let go of the pages
of the database's file before each question.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench_search import DOCUMENT, PASSAGES, MadeUp
from carrel.app.finding import Finding
from carrel.app.searching import Searching
from carrel.domain.documents import DocumentState, UnitKind
from carrel.language.segment import SegmentBuilder
from carrel.parsing.boxes import pack_boxes
from carrel.parsing.values import ParseSummary
from carrel.workspace.blobs import BlobId, KeptBlob
from carrel.workspace.folder import DATABASE
from carrel.workspace.keys import DataKey
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from run import Row

SIZES: Final = ((100_000, 30.0), (1_000_000, 100.0))
"""Passages, and milliseconds within which 95 of 100 questions are to be answered."""

PAGE: Final = 4
"""Passages of a page; a document has a whole number of pages."""

WARM: Final = 200
"""Questions in a row."""

COLD: Final = 40
"""Questions with nothing of the file in memory; fewer, as each takes long."""

LETTERS_IN_LINE: Final = 90
"""For the places of letters on a page."""


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    text: str
    passages: tuple[_Span, ...]
    char_boxes: bytes
    kind: UnitKind = UnitKind.PAGE
    label: str = ""
    width: float = 612.0
    height: float = 792.0
    cells: bytes = b""
    blocks: bytes = b""


def main() -> list[Row]:
    """Fill one workspace, measure at each size."""
    made = MadeUp()
    documents = [_document(made, first) for first in range(1, PASSAGES + 1, DOCUMENT)]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as kept:
        folder = Path(kept) / "ws"
        created = Workspace.create(folder, name="x", passphrase="made up for the bench")
        key = Keyslots.load(folder).unlock_with_recovery_code(created.recovery_code)
        created.workspace.close()
        stored = 0
        for size, gate in SIZES:
            with_more = Workspace.open(folder, key)
            for number in range(stored, size // DOCUMENT):
                _store(with_more, number, *documents[number % len(documents)])
            stored = size // DOCUMENT
            finding = Finding(with_more)
            finding.load()
            finding.finish_merging()  # as on the day after
            finding.close()
            with_more.close()
            rows += _measure(folder, key, made, size, gate)
    return rows


def _document(made: MadeUp, first: int) -> tuple[list[_Page], bytes]:
    pages = []
    builder = SegmentBuilder()
    for at in range(first, first + DOCUMENT, PAGE):
        spans, text = [], ""
        for id_ in range(at, at + PAGE):
            start = len(text)
            text += made.text(id_) + "\n"
            spans.append(_Span(start, len(text) - 1))
            builder.add(text=text[start:-1], starts_unit=id_ == at)
        place = np.arange(len(text))
        left, top = place % LETTERS_IN_LINE * 5.5 + 50, place // LETTERS_IN_LINE * 12.0 + 50
        boxes = np.stack((left, top, left + 5, top + 10), axis=1).astype(np.float32)
        number = (at - first) // PAGE + 1
        pages.append(_Page(number, text, tuple(spans), pack_boxes(boxes)))
    return pages, builder.build()


def _store(workspace: Workspace, number: int, pages: Sequence[_Page], segment: bytes) -> None:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    accepted = workspace.documents.accept(
        sha256=sha256,
        name=f"Report {number}.pdf",
        size=1_000,
        blob=KeptBlob(BlobId(sha256[:32]), bytes(32)),
    ).result()
    workspace.documents.commit_parsed(
        accepted.document.id,
        ParseSummary(
            kind="pdf",
            parser="bench",
            parser_version=1,
            state=DocumentState.READ,
            units=len(pages),
            passages=DOCUMENT,
            warnings=(),
        ),
        units=pages,
        segments=[(segment, DOCUMENT)],
        seconds=1.0,
    ).result()


def _measure(folder: Path, key: DataKey, made: MadeUp, size: int, gate: float) -> list[Row]:
    database = folder / DATABASE
    _let_go(database)
    begun = time.perf_counter()
    workspace = Workspace.open(folder, key)
    finding = Finding(workspace)
    finding.load()
    opened = time.perf_counter() - begun
    searching = Searching(workspace, finding)
    begun = time.perf_counter()
    searching.search(made.question(9_999_999), limit=20, documents=())
    first = (time.perf_counter() - begun) * 1_000
    warm = _times(searching, made, WARM)
    cold = _times(searching, made, COLD, before=lambda: _let_go(database))
    finding.close()
    workspace.close()
    what = f"{size:,} passages"
    return [
        Row(what=f"{what}: size of the database", value=database.stat().st_size / 2**20,
            unit="MiB"),
        Row(what=f"{what}: open and load, cold", value=opened, unit="s"),
        Row(what=f"{what}: the first question", value=first, unit="ms"),
        Row(what=f"{what}: warm, median", value=statistics.median(warm), unit="ms"),
        Row(what=f"{what}: warm, 95 of 100 within", value=_late(warm), unit="ms", gate=gate),
        Row(what=f"{what}: cold, median", value=statistics.median(cold), unit="ms"),
        Row(what=f"{what}: cold, 95 of 100 within", value=_late(cold), unit="ms", gate=gate),
    ]  # fmt: skip


def _times(searching: Searching, made: MadeUp, count: int, before=lambda: None) -> list[float]:
    found = []
    for number in range(count):
        question = made.question(10_000_000 + number + count)
        before()
        begun = time.perf_counter()
        searching.search(question, limit=20, documents=())
        found.append((time.perf_counter() - begun) * 1_000)
    return sorted(found)


def _late(times: list[float]) -> float:
    return times[int(len(times) * 0.95)]


def _let_go(file: Path) -> None:
    """Ask the system to forget what it keeps of a file in memory."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
