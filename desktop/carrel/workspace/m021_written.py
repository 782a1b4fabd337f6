"""Format 21: what a model wrote of the sections of documents, so that none is written twice.

Frozen: never edited after a release, imports nothing of ours.

A row goes with its document, and when the document's texts change. The identity tells whether it
is still about this text and by this model.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the table."""
    connection.execute(
        """
        CREATE TABLE written_sections (
            document        INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            installed_model TEXT NOT NULL,
            first           INTEGER NOT NULL,
            identity        TEXT NOT NULL,
            written_at      REAL NOT NULL,
            body            TEXT NOT NULL,
            PRIMARY KEY (document, installed_model, first)
        ) STRICT, WITHOUT ROWID
        """
    )
