"""Format 2: capsules, and how many tokens of an answer's prompt were known from before.

Frozen: never edited after a release, imports nothing of ours.

A capsule's file is sealed under a key that needs the secret in its row: once the row
is gone, the file's bytes are noise to everybody, wherever copies of them remain.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE capsules (
        id         TEXT PRIMARY KEY NOT NULL,
        key        TEXT NOT NULL UNIQUE,
        secret     BLOB NOT NULL,
        digest     TEXT NOT NULL,
        tokens     INTEGER NOT NULL,
        size       INTEGER NOT NULL,
        documents  TEXT NOT NULL,
        whole      INTEGER NOT NULL,
        seconds    REAL NOT NULL,
        created_at REAL NOT NULL,
        used_at    REAL NOT NULL,
        uses       INTEGER NOT NULL DEFAULT 0,
        priority   REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "ALTER TABLE answers ADD COLUMN known_tokens INTEGER NOT NULL DEFAULT 0",
)


def migrate(connection: _Connection) -> None:
    """Add the table and the column."""
    for statement in _STATEMENTS:
        connection.execute(statement)
