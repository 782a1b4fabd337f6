"""Format 8: where files lay on the disk, and which document took the place of which.

Frozen: never edited after a release, imports nothing of ours.

A place is a path, as the system spells it, with a document that lay there; the last one
seen is the one that lies there. A document is old when something newer, that was read, lies
in each of its places, or when it lies in old containers only.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE places (
        path     BLOB NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        seen_at  REAL NOT NULL,
        PRIMARY KEY (path, document)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX places_by_document ON places (document)",
    "ALTER TABLE documents ADD COLUMN old INTEGER NOT NULL DEFAULT 0",
    # The newest of the same place; none for a member of an old container.
    "ALTER TABLE documents ADD COLUMN newer INTEGER",
    "CREATE INDEX documents_newer ON documents (newer) WHERE newer IS NOT NULL",
    "CREATE INDEX documents_old ON documents (id) WHERE old",
)


def migrate(connection: _Connection) -> None:
    """Add the table, the columns and their indexes."""
    for statement in _STATEMENTS:
        connection.execute(statement)
