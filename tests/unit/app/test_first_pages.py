"""The first pages of a long document can be searched while the rest is read, and stand once."""

from __future__ import annotations

import os

import pytest

from carrel.app.finding import Finding
from carrel.app.library import StoredDocuments, StoredSources
from carrel.domain.documents import DocumentState, UnitKind
from carrel.ingest.pipeline import Pipeline
from carrel.ingest.snapshot import Cancelled
from carrel.language.passages import split_passages
from carrel.language.segment import SegmentBuilder
from carrel.parsing.client import ParsedUnit, ParseSummary, Started
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE

PAGES = 6
FIRST = 2


class KilledError(BaseException):
    """As if the power went."""


class Reader:
    """Reads documents of six pages, of which the first two come at once.

    Attributes:
        after_first: called when the first pages were handed over.
    """

    def __init__(self):
        self.after_first = lambda: None
        self.cancelled = False

    def __call__(self, fd, *, on_start, on_unit, on_segment, on_progress, cancelled, **_named):
        body = os.pread(fd, 1000, 0).decode()
        on_start(Started("pdf", "pdfium", 2))
        builder, passages = SegmentBuilder(), 0
        for number in range(1, PAGES + 1):
            text = f"{body} has zebra{number} on this page."
            spans = tuple(split_passages(text))
            for span in spans:
                builder.add(text=text[span.start : span.end])
            on_unit(
                ParsedUnit(
                    kind=UnitKind.PAGE, number=number, label="", text=text, width=1.0, height=1.0,
                    char_boxes=b"", passages=spans,
                )
            )  # fmt: skip
            passages += len(spans)
            on_progress(number, PAGES)
            if number in {FIRST, PAGES}:
                on_segment(builder.build(), len(builder))
                builder = SegmentBuilder()
            if number == FIRST:
                self.after_first()
        return ParseSummary(
            kind="pdf", parser="pdfium", parser_version=2, state=DocumentState.READ, units=PAGES,
            passages=passages, warnings=(),
        )  # fmt: skip


class Core:
    """A workspace, its search and a pipeline."""

    def __init__(self, workspace, reader):
        self.workspace = workspace
        self.finding = Finding(workspace)
        self.finding.load()
        self.told = []
        stored = StoredDocuments(
            workspace, self.finding.add, replace=self.finding.replace, on_begun=self.told.append
        )
        self.pipeline = Pipeline(stored, reader)

    def add(self, path, cancelled=lambda: False):
        return self.pipeline.add(path, step=lambda *_: None, cancelled=cancelled)

    def found(self, query):
        hits = self.finding.search(query, limit=50, documents=())
        return sorted(hit.place.number for hit in hits if query in hit.passage.text)


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def opened(tmp_path, reader):
    made = Workspace.create(tmp_path / "ws", name="x", passphrase=PASSPHRASE, cost=CHEAP).workspace
    cores = [Core(made, reader)]

    def again():
        cores[-1].finding.close()
        cores.append(Core(made, reader))
        return cores[-1]

    yield cores[0], again
    cores[-1].finding.close()
    made.close()


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "report.pdf"
    made.write_text("The report")
    return made


def passages(core):
    return core.workspace.read(
        lambda connection: connection.execute("SELECT count(*) FROM passages").fetchone()[0]
    ).result()


def test_the_first_pages_are_found_while_the_rest_is_read(opened, reader, path):
    core, _ = opened
    seen = {}

    def look():
        (document,) = core.workspace.documents.list().result()
        seen.update(
            first=core.found("zebra1"), last=core.found(f"zebra{PAGES}"), units=document.units,
            state=document.state, whole=StoredSources(core.workspace).whole((document.id,)),
        )  # fmt: skip

    reader.after_first = look
    added = core.add(path)
    assert (seen["first"], seen["last"]) == ([1], [])
    assert (seen["state"], seen["units"]) == (DocumentState.QUEUED, FIRST)
    assert not seen["whole"][0].units
    assert [one.units for one in core.told] == [FIRST]
    assert (added.document.state, added.document.units) == (DocumentState.READ, PAGES)
    assert core.found("zebra1") == [1]
    assert core.found(f"zebra{PAGES}") == [PAGES]
    assert passages(core) == PAGES


def test_nothing_stands_twice_after_the_next_start(opened, reader, path):
    core, again = opened
    core.add(path)
    core.finding.finish_merging()
    later = again()
    assert later.found("zebra1") == [1]
    assert sum(segment.passages for segment in core.workspace.segments.load().result()) == PAGES


def test_killed_in_between_the_beginning_is_found_and_all_of_it_after_it_is_read_again(
    opened, reader, path
):
    core, again = opened

    def kill():
        raise KilledError

    reader.after_first = kill
    with pytest.raises(KilledError):
        core.add(path)
    reader.after_first = lambda: None
    later = again()
    (document,) = later.workspace.documents.queued().result()
    assert later.found("zebra1") == [1]
    added = later.pipeline.read_stored(document, cancelled=lambda: False)
    assert (added.document.state, added.document.units) == (DocumentState.READ, PAGES)
    assert (later.found("zebra1"), later.found(f"zebra{PAGES}")) == ([1], [PAGES])
    assert passages(later) == PAGES


def test_what_the_user_stops_is_taken_back(opened, reader, path):
    core, again = opened
    stop = []
    reader.after_first = lambda: stop.append(1)
    with pytest.raises(Cancelled) as stopped:
        core.add(path, cancelled=lambda: bool(stop))
    document = core.pipeline.give_up(stopped.value.document)
    assert (document.state, document.units) == (DocumentState.FAILED, 0)
    assert core.found("zebra1") == []
    assert passages(core) == 0
    assert again().found("zebra1") == []
