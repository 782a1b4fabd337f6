"""The search over a real workspace: kept in step with it, merged, and loaded again."""

from __future__ import annotations

import pytest

from carrel.app.finding import Finding
from carrel.app.library import StoredDocuments
from carrel.domain.documents import DocumentState, UnitKind
from carrel.ingest.pipeline import Parsed
from carrel.language.passages import split_passages
from carrel.language.segment import SegmentBuilder
from carrel.parsing.client import ParsedUnit, ParseSummary
from carrel.retrieval.index import MERGE_WIDTH
from carrel.workspace.errors import WorkspaceFull
from carrel.workspace.keys import Argon2Cost
from carrel.workspace.store import Workspace

CHEAP = Argon2Cost(memory_kib=8 * 1024, passes=1, lanes=1)


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=CHEAP)
    yield made.workspace
    made.workspace.close()


def opened(workspace):
    finding = Finding(workspace)
    finding.load()
    return finding


def add(workspace, finding, number):
    text = f"Report {number}. The marker of this report is zebra{number}."
    library = StoredDocuments(workspace, finding.add)
    document = library.accept(f"{number}.txt", len(text), f"{number:064x}", iter([text.encode()]))
    spans = tuple(split_passages(text))
    builder = SegmentBuilder()
    for span in spans:
        builder.add(text=text[span.start : span.end])
    unit = ParsedUnit(
        kind=UnitKind.LINES,
        number=1,
        label="",
        text=text,
        width=0.0,
        height=0.0,
        char_boxes=b"",
        passages=spans,
    )
    summary = ParseSummary(
        kind="txt",
        parser="text",
        parser_version=1,
        state=DocumentState.READ,
        units=1,
        passages=len(spans),
        warnings=(),
    )
    return library.save(document.id, Parsed(summary, 0.1, [unit], [(builder.build(), len(spans))]))


def names(finding, query):
    return [hit.document_name for hit in finding.search(query, limit=5, documents=())]


def test_a_document_is_found_as_soon_as_it_is_saved_and_not_after_it_is_removed(workspace):
    finding = opened(workspace)
    document = add(workspace, finding, 7)
    assert names(finding, "zebra7") == ["7.txt"]
    workspace.documents.remove(document.id).result()
    finding.forget(document.id)
    assert names(finding, "zebra7") == []
    finding.close()


def test_small_segments_are_merged_in_the_store_and_all_is_found_after_the_next_start(workspace):
    finding = opened(workspace)
    for number in range(2 * MERGE_WIDTH):
        add(workspace, finding, number)
    finding.finish_merging()
    stored = workspace.segments.load().result()
    assert len(stored) <= 2
    assert sum(segment.passages for segment in stored) == 2 * MERGE_WIDTH
    finding.close()
    again = opened(workspace)
    for number in range(2 * MERGE_WIDTH):
        assert names(again, f"zebra{number}")[0] == f"{number}.txt"
    again.close()


def test_a_store_that_cannot_keep_a_merge_loses_nothing(workspace, monkeypatch):
    finding = opened(workspace)

    def refuse(*arguments, **named):
        raise WorkspaceFull

    monkeypatch.setattr(workspace.segments, "replace", refuse)
    for number in range(3 * MERGE_WIDTH):
        add(workspace, finding, number)
    finding.finish_merging()
    assert names(finding, "zebra3")[0] == "3.txt"
    monkeypatch.undo()
    finding.close()
    again = opened(workspace)
    again.finish_merging()
    assert len(workspace.segments.load().result()) < 3 * MERGE_WIDTH
    assert names(again, "zebra3")[0] == "3.txt"
    again.close()
