"""Documents by their id: plain steps inside somebody's transaction.

A document that was removed is not there, though it may still come back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carrel.domain.documents import Document
from carrel.domain.ids import DocumentId
from carrel.workspace.errors import DocumentGone
from carrel.workspace.rows import DOCUMENT, document, groups
from carrel.workspace.sqlcipher import Connection


def get_document(connection: Connection, wanted: DocumentId) -> Document:
    """One document; DocumentGone when there is none."""
    return document(get_columns(connection, DOCUMENT, wanted))


def get_columns(connection: Connection, columns: str, wanted: DocumentId) -> tuple[Any, ...]:
    """Columns of one document; DocumentGone when there is none.

    Args:
        columns: names of ours; never made of anybody's text.
    """
    row: tuple[Any, ...] | None = connection.execute(
        f"SELECT {columns} FROM documents WHERE id = ? AND removed_at IS NULL",  # noqa: S608
        (wanted,),
    ).fetchone()
    if row is None:
        raise DocumentGone
    return row


def get_documents(connection: Connection, wanted: Iterable[DocumentId]) -> tuple[Document, ...]:
    """Those of some documents that are there, in ascending order."""
    found: list[Document] = []
    for marks, ids in groups(sorted(set(wanted))):
        rows = connection.execute(
            f"SELECT {DOCUMENT} FROM documents WHERE id IN ({marks})"  # noqa: S608
            " AND removed_at IS NULL ORDER BY id",
            ids,
        )
        found += map(document, rows)
    return tuple(found)
