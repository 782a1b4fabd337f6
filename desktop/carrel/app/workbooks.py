"""The workbooks of a workspace, opened to compute figures of them. Must not know who asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from carrel.answering.sheets.books import Book
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.workspace.sheet_query import Workbook
from carrel.workspace.store import Workspace

MOST_TEXT: Final = 8_000_000
"""Characters of a workbook that is opened for an answer; a table of 400,000 cells has as many, and
takes two seconds."""


class StoredBooks:
    """What `answering.sheets` needs; used by threads that answer.

    Args:
        workspace: open.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def listed(self, documents: tuple[DocumentId, ...]) -> Sequence[tuple[DocumentId, str]]:
        """Those in scope with their names; of the whole workspace when no documents are given."""
        holders = self._workspace.sheets.holders().result()
        if not holders:
            return ()
        stored = self._workspace.documents
        inside = set(stored.with_inside(documents).result()) if documents else holders
        return [
            (one.id, one.name)
            for one in stored.list().result()
            if one.id in holders and one.id in inside and (documents or not one.old)
        ]

    @contextmanager
    def opened(self, document: DocumentId) -> Iterator[Book | None]:
        """One of them, until the block ends; None when it is gone or too large."""
        try:
            name = self._workspace.documents.get(document).result().name
            parts = self._workspace.sheets.parts(document).result()
            fits = 0 < sum(len(part.text) for part in parts) <= MOST_TEXT
            workbook = Workbook(parts) if fits else None
        except KnownError:
            workbook = None
        if workbook is None:
            yield None
            return
        with workbook:
            yield Book(
                document=document,
                name=name,
                parts=parts,
                tables=workbook.tables,
                select=workbook.select,
            )
