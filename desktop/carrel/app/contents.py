"""What is known of one document: its units, its ledger, its canonical text, what lies inside.

Must not know who asks.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from carrel.domain.documents import (
    Document,
    LedgerEntry,
    OutlineEntry,
    Property,
    Unit,
    UnitPlace,
)
from carrel.domain.ids import DocumentId
from carrel.domain.sheets import QueryResult, SheetTable
from carrel.workspace.errors import NoSheets
from carrel.workspace.sheet_query import Workbook
from carrel.workspace.store import Workspace


class Contents:
    """Looks into stored documents. All methods return at once.

    Args:
        workspace: open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="query")

    def document(self, document: DocumentId) -> Future[Document]:
        """The document as it is now; DocumentGone when there is none."""
        return self._workspace.documents.get(document)

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

    def tables(self, document: DocumentId) -> Future[tuple[SheetTable, ...]]:
        """What can be selected from in a workbook; NoSheets when it is none."""
        return self._queries.submit(self._tables, document)

    def select(self, document: DocumentId, statement: str) -> Future[QueryResult]:
        """The rows of one SELECT over a workbook; QueryError when it cannot be run."""
        return self._queries.submit(self._select, document, statement)

    def close(self) -> None:
        """Wait for the query under way; no more are taken."""
        self._queries.shutdown(cancel_futures=True)

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
