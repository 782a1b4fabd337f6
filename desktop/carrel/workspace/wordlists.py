"""The different words of each document, made when they are first wanted.

Must not know what a word is, or what they are wanted for.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from concurrent.futures import Future

from carrel.domain.ids import DocumentId
from carrel.workspace.database import Database
from carrel.workspace.sqlcipher import Connection


class Wordlists:
    """The words of the documents of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def without(self) -> Future[tuple[DocumentId, ...]]:
        """Documents that were read and whose words were not looked at since."""

        def run(connection: Connection) -> tuple[DocumentId, ...]:
            rows = connection.execute(
                "SELECT d.id FROM documents d LEFT JOIN words w ON w.document = d.id"
                " WHERE d.units > 0 AND d.removed_at IS NULL AND w.document IS NULL"
                " AND d.state IN ('read', 'partial') ORDER BY d.id"
            )
            return tuple(DocumentId(id_) for (id_,) in rows)

        return self._database.read(run)

    def keep(
        self, document: DocumentId, words: Collection[str], scripts: Collection[str]
    ) -> Future[None]:
        """Store the words of a document, which hold no line feed, and the scripts they are in."""
        packed = zlib.compress("\n".join(sorted(words)).encode(), 3)

        def run(connection: Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO words (document, scripts, packed)"
                " SELECT id, ?, ? FROM documents WHERE id = ?",
                (" ".join(sorted(scripts)), packed, document),
            )

        return self._database.write(run)

    def get(self, documents: Sequence[DocumentId]) -> Future[tuple[tuple[str, ...], ...]]:
        """The words of some documents, of each in order; none of those that have none."""

        def run(connection: Connection) -> tuple[tuple[str, ...], ...]:
            found = []
            for document in documents:
                row = connection.execute(
                    "SELECT packed FROM words WHERE document = ?", (document,)
                ).fetchone()
                text = zlib.decompress(row[0]).decode() if row else ""
                found.append(tuple(text.split("\n")) if text else ())
            return tuple(found)

        return self._database.read(run)

    def scripts(self) -> Future[frozenset[str]]:
        """The scripts of all words that are stored."""

        def run(connection: Connection) -> frozenset[str]:
            rows = connection.execute("SELECT DISTINCT scripts FROM words")
            return frozenset(script for (scripts,) in rows for script in scripts.split())

        return self._database.read(run)

    def all(self) -> Future[tuple[DocumentId, ...]]:
        """Documents whose words are stored."""

        def run(connection: Connection) -> tuple[DocumentId, ...]:
            rows = connection.execute("SELECT document FROM words ORDER BY document")
            return tuple(DocumentId(id_) for (id_,) in rows)

        return self._database.read(run)


def forget_words(connection: Connection, document: DocumentId) -> None:
    """The texts of a document changed: its words are looked at again."""
    connection.execute("DELETE FROM words WHERE document = ?", (document,))
