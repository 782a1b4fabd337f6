"""What is known of one document: its units, its ledger, its canonical text, what lies inside.

Must not know who asks.
"""

from __future__ import annotations

from concurrent.futures import Future

from carrel.domain.documents import Document, LedgerEntry, Unit, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.workspace.store import Workspace


class Contents:
    """Looks into stored documents. All methods return at once.

    Args:
        workspace: open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def document(self, document: DocumentId) -> Future[Document]:
        """The document as it is now; DocumentGone when there is none."""
        return self._workspace.documents.get(document)

    def units(self, document: DocumentId) -> Future[tuple[UnitPlace, ...]]:
        """The units of the latest reading, in order, without their texts."""
        return self._workspace.documents.places(document)

    def ledger(self, document: DocumentId) -> Future[tuple[LedgerEntry, ...]]:
        """What the latest reading left out: by unit, the document as a whole first."""
        return self._workspace.documents.ledger(document)

    def unit(self, document: DocumentId, number: int) -> Future[Unit]:
        """One unit with its canonical text; UnitGone when there is none."""
        return self._workspace.documents.unit(document, number)
