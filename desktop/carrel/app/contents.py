"""What is known of one document: its units, its ledger, its canonical text, what lies inside.

Must not know who asks.
"""

from __future__ import annotations

import itertools
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from carrel.answering.comparing import Stop, compare
from carrel.answering.tabling import tables_of_rows, tables_on_page
from carrel.app.library import cells_of
from carrel.domain.comparing import Comparison
from carrel.domain.documents import (
    Document,
    LedgerEntry,
    OutlineEntry,
    Property,
    Span,
    Unit,
    UnitPlace,
)
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.matches import Match, Matches
from carrel.domain.sheets import QueryResult, SheetTable
from carrel.domain.tables import Table, csv_of
from carrel.language.literal import occurrences, pattern_of
from carrel.parsing.boxes import unpack_boxes
from carrel.system.files import write_atomically
from carrel.workspace.errors import NoSheets
from carrel.workspace.sheet_query import Workbook
from carrel.workspace.store import Workspace

MOST_MATCHES: Final = 5_000
"""Places of some words in one document; nobody steps through more, and a letter has millions."""


class TableNotWritten(KnownError):
    """A table could not be written."""

    code = "table.not_written"
    sentence = "“{name}” could not be written: {cause}."
    remedy = "Choose a folder you may write to, with room left."


class Contents:
    """Looks into stored documents. All methods return at once.

    Args:
        workspace: open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="query")
        self._finds = ThreadPoolExecutor(1, thread_name_prefix="find")
        self._searches = itertools.count(1)
        self._newest = 0
        self._comparisons = ThreadPoolExecutor(1, thread_name_prefix="compare")
        self._newest_comparison = 0

    def document(self, document: DocumentId) -> Future[Document]:
        """The document as it is now; DocumentGone when there is none."""
        return self._workspace.documents.get(document)

    def members(self, document: DocumentId) -> Future[tuple[Document, ...]]:
        """The documents directly inside of this one, in the order they came out of it."""
        return self._workspace.documents.members(document)

    def units(self, document: DocumentId) -> Future[tuple[UnitPlace, ...]]:
        """The units of the latest reading, in order, without their texts."""
        return self._workspace.documents.places(document)

    def ledger(self, document: DocumentId) -> Future[tuple[LedgerEntry, ...]]:
        """What the latest reading left out: by unit, the document as a whole first."""
        return self._workspace.documents.ledger(document)

    def outline(self, document: DocumentId) -> Future[tuple[OutlineEntry, ...]]:
        """The table of contents, or the headings where the author made none; may be empty."""
        return self._workspace.documents.outline(document)

    def properties(self, document: DocumentId) -> Future[tuple[Property, ...]]:
        """Title, author, dates and the like, as the document says them; may be empty."""
        return self._workspace.documents.properties(document)

    def unit(self, document: DocumentId, number: int) -> Future[Unit]:
        """One unit with its canonical text; UnitGone when there is none."""
        return self._workspace.documents.unit(document, number)

    def find(self, document: DocumentId, words: str) -> Future[Matches]:
        """Where words stand in a document; a search that is overtaken by another is cancelled."""
        self._newest = number = next(self._searches)
        return self._finds.submit(self._find, number, document, words)

    def cells(
        self, document: DocumentId, number: int, start: int, end: int, version: int | None = None
    ) -> str:
        """The cells that a span of a unit's text lies in, as ``Rents!B4:D4``; else empty.

        Blocks; UnitGone when there is no such unit.

        Args:
            version: of the parser, as a citation names it; the latest reading by default.
        """
        found = self._workspace.documents.unit(document, number, parser_version=version).result()
        return cells_of(self._workspace, found, Span(start, end))

    def tables(self, document: DocumentId) -> Future[tuple[SheetTable, ...]]:
        """What can be selected from in a workbook; NoSheets when it is none."""
        return self._queries.submit(self._tables, document)

    def select(self, document: DocumentId, statement: str) -> Future[QueryResult]:
        """The rows of one SELECT over a workbook; QueryError when it cannot be run."""
        return self._queries.submit(self._select, document, statement)

    def page_tables(self, document: DocumentId, number: int) -> Future[tuple[Table, ...]]:
        """The tables that stand on a page or in a section; UnitGone when there is none."""
        return self._queries.submit(self._page_tables, document, number)

    def save_table(self, table: Table, path: Path) -> Future[Path]:
        """Write a table as CSV, whole or not at all; TableNotWritten when it cannot be."""
        return self._queries.submit(_write_table, table, path)

    def compare(self, before: DocumentId, after: DocumentId) -> Future[Comparison]:
        """What differs between two documents; one that is overtaken by another is cancelled.

        Raises:
            DocumentGone: by the future; there is no such document.
        """
        self._newest_comparison = number = next(self._searches)
        return self._comparisons.submit(self._compare, number, before, after)

    def stop_comparing(self) -> None:
        """Cancel the comparison under way, if there is one."""
        self._newest_comparison = 0

    def close(self) -> None:
        """Wait for the query under way; no more are taken."""
        self._newest = self._newest_comparison = 0
        self._comparisons.shutdown(cancel_futures=True)
        self._finds.shutdown(cancel_futures=True)
        self._queries.shutdown(cancel_futures=True)

    def _find(self, number: int, document: DocumentId, words: str) -> Matches:
        pattern = pattern_of(words)
        found: list[Match] = []
        after = 0
        while pattern is not None:
            if number != self._newest:
                raise CancelledError
            batch = self._workspace.texts.batch(document, after).result()
            if not batch:
                break
            for after, text in batch:
                for start, end in occurrences(pattern, text):
                    if len(found) == MOST_MATCHES:
                        return Matches(words=words, matches=tuple(found), more=True)
                    found.append(Match(after, start, end))
        return Matches(words=words, matches=tuple(found))

    def _compare(self, number: int, before: DocumentId, after: DocumentId) -> Comparison:
        both = [self._workspace.texts.units(wanted).result() for wanted in (before, after)]
        try:
            return compare(*both, stopped=lambda: number != self._newest_comparison)
        except Stop as error:
            raise CancelledError from error

    def _page_tables(self, document: DocumentId, number: int) -> tuple[Table, ...]:
        unit = self._workspace.documents.unit(document, number).result()
        packed = self._workspace.passages.boxes([unit.id]).result().get(unit.id, b"")
        if packed:
            return tables_on_page(number, unit.text, unpack_boxes(packed, len(unit.text)))
        return tables_of_rows(number, unit.text, self._workspace.texts.blocks(unit).result())

    def _tables(self, document: DocumentId) -> tuple[SheetTable, ...]:
        with self._workbook(document) as workbook:
            return workbook.tables

    def _select(self, document: DocumentId, statement: str) -> QueryResult:
        with self._workbook(document) as workbook:
            return workbook.select(statement)

    def _workbook(self, document: DocumentId) -> Workbook:
        parts = self._workspace.sheets.parts(document).result()
        if not parts:
            raise NoSheets(name=self._workspace.documents.get(document).result().name)
        return Workbook(parts)


def _write_table(table: Table, path: Path) -> Path:
    try:
        # A mark at the beginning tells Excel that it is UTF-8.
        write_atomically(path, b"\xef\xbb\xbf" + csv_of(table).encode(errors="replace"))
    except OSError as error:
        raise TableNotWritten(name=path.name, cause=error.strerror or "unknown") from error
    return path
