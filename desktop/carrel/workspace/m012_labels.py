"""Format 12: tags, collections and notes of documents.

Frozen: never edited after a release, imports nothing of ours.

A collection is there as long as a document lies in it, so both kinds are one table.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    # Folded: as it is compared, without regard to case; the name is as it was typed first.
    """
    CREATE TABLE labels (
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        kind     TEXT NOT NULL,
        folded   TEXT NOT NULL,
        name     TEXT NOT NULL,
        PRIMARY KEY (document, kind, folded)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX labels_by_name ON labels (kind, folded)",
    "ALTER TABLE documents ADD COLUMN note TEXT NOT NULL DEFAULT ''",
)


def migrate(connection: _Connection) -> None:
    """Add the table and the column."""
    for statement in _STATEMENTS:
        connection.execute(statement)
