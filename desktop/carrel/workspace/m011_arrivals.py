"""Format 11: what was dropped and is not through yet.

Frozen: never edited after a release, imports nothing of ours.

Paths are bytes, as the file system has them. A drop's row is written before its folders are
walked, and goes when all its files are through.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    # Paths joined by NUL, which none can contain.
    """
    CREATE TABLE drops (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        paths      BLOB NOT NULL,
        dropped_at REAL NOT NULL,
        listed     INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE drop_files (
        batch  INTEGER NOT NULL REFERENCES drops (id) ON DELETE CASCADE,
        path   BLOB NOT NULL,
        number INTEGER NOT NULL,
        size   INTEGER NOT NULL,
        done   INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (batch, path)
    ) STRICT, WITHOUT ROWID
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the tables."""
    for statement in _STATEMENTS:
        connection.execute(statement)
