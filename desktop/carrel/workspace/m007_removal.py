"""Format 7: names given by the user, documents that are removed but can still come back, blob keys.

Frozen: never edited after a release, imports nothing of ours.

A blob is sealed under a key that needs the secret in its row here: once the row is gone,
copies of the blob are noise to everybody. Blobs from before have no row and need none.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    "ALTER TABLE documents ADD COLUMN title TEXT",
    # Seconds since the epoch; and the document the user named, which took this one along.
    "ALTER TABLE documents ADD COLUMN removed_at REAL",
    "ALTER TABLE documents ADD COLUMN removed_with INTEGER",
    "CREATE INDEX documents_removed ON documents (removed_with) WHERE removed_at IS NOT NULL",
    """
    CREATE TABLE blob_keys (
        blob   TEXT PRIMARY KEY NOT NULL,
        secret BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the columns and the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
