"""Tags, collections and notes: what users say of documents. Must not know what they mean by it.

They are rows of the documents: a document that is shredded takes them along.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from carrel.domain.documents import Document
from carrel.domain.ids import DocumentId
from carrel.domain.labels import MAX_LABELS, MAX_NOTE, LabelCount, LabelKind
from carrel.workspace.database import Database
from carrel.workspace.errors import NoteTooLong, TooManyLabels
from carrel.workspace.lookup import get_columns, get_document, get_documents
from carrel.workspace.rows import storable
from carrel.workspace.sqlcipher import Connection


class Labels:
    """The labels and notes of a workspace's documents. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(
        self,
        documents: Sequence[DocumentId],
        kind: LabelKind,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Future[tuple[Document, ...]]:
        """Put labels on documents and take others off, in one transaction.

        A label that is in use already keeps its spelling. Documents that are gone are left out.

        Args:
            add: as `domain.labels.labels_of` makes them; wins over `remove`.

        Returns:
            The documents as they are now, in ascending order.

        Raises (through the Future):
            TooManyLabels: a document would have more than MAX_LABELS; nothing was changed.
        """

        def run(connection: Connection) -> tuple[Document, ...]:
            found = get_documents(connection, documents)
            names = [_spelling(connection, kind, storable(name)) for name in add]
            for one in found:
                connection.executemany(
                    "DELETE FROM labels WHERE document = ? AND kind = ? AND folded = ?",
                    ((one.id, kind, storable(name).casefold()) for name in remove),
                )
                connection.executemany(
                    "INSERT OR IGNORE INTO labels (document, kind, folded, name)"
                    " VALUES (?, ?, ?, ?)",
                    ((one.id, kind, name.casefold(), name) for name in names),
                )
                (count,) = connection.execute(
                    "SELECT count(*) FROM labels WHERE document = ? AND kind = ?", (one.id, kind)
                ).fetchone()
                if count > MAX_LABELS:
                    raise TooManyLabels(name=one.name, most=MAX_LABELS)
            return get_documents(connection, [one.id for one in found])

        return self._database.write(run)

    def names(self, kind: LabelKind) -> Future[tuple[LabelCount, ...]]:
        """The labels of one kind that are in use, by name."""

        def run(connection: Connection) -> tuple[LabelCount, ...]:
            rows = connection.execute(
                "SELECT min(l.name), count(*) FROM labels AS l JOIN documents AS d"
                " ON d.id = l.document WHERE l.kind = ? AND d.removed_at IS NULL"
                " GROUP BY l.folded ORDER BY l.folded",
                (kind,),
            )
            return tuple(LabelCount(name=name, documents=count) for name, count in rows)

        return self._database.read(run)

    def set_note(self, wanted: DocumentId, text: str) -> Future[Document]:
        """Keep a note on a document; an empty one is none.

        Raises (through the Future):
            DocumentGone: there is no such document.
            NoteTooLong: longer than MAX_NOTE; the note is as it was.
        """

        def run(connection: Connection) -> Document:
            get_columns(connection, "id", wanted)
            if len(text) > MAX_NOTE:
                raise NoteTooLong(length=len(text), most=MAX_NOTE)
            connection.execute(
                "UPDATE documents SET note = ? WHERE id = ?", (storable(text), wanted)
            )
            return get_document(connection, wanted)

        return self._database.write(run)


def hand_on_labels(connection: Connection, old: DocumentId, new: DocumentId) -> None:
    """A newer version lies in the same collections, with the same tags."""
    connection.execute(
        "INSERT OR IGNORE INTO labels (document, kind, folded, name)"
        " SELECT ?, kind, folded, name FROM labels WHERE document = ?",
        (new, old),
    )


def _spelling(connection: Connection, kind: LabelKind, name: str) -> str:
    row = connection.execute(
        "SELECT name FROM labels WHERE kind = ? AND folded = ? LIMIT 1", (kind, name.casefold())
    ).fetchone()
    return name if row is None else str(row[0])
