"""Format 13: folders that are watched, and their files as they were seen last.

Frozen: never edited after a release, imports nothing of ours.

Paths are bytes, as the file system has them. A file is taken when it was added with these
facts; until then it may still be written. A place is gone when a look found nothing there.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE watched_folders (
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        path      BLOB NOT NULL UNIQUE,
        added_at  REAL NOT NULL,
        looked_at REAL,
        device    INTEGER,
        inode     INTEGER,
        trouble   TEXT,
        left_out  TEXT NOT NULL DEFAULT '[]'
    ) STRICT
    """,
    """
    CREATE TABLE watched_files (
        folder   INTEGER NOT NULL REFERENCES watched_folders (id) ON DELETE CASCADE,
        path     BLOB NOT NULL,
        size     INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        inode    INTEGER NOT NULL,
        seen_at  REAL NOT NULL,
        taken    INTEGER NOT NULL,
        PRIMARY KEY (folder, path)
    ) STRICT, WITHOUT ROWID
    """,
    "ALTER TABLE places ADD COLUMN gone_at REAL",
)


def migrate(connection: _Connection) -> None:
    """Add the tables and the column."""
    for statement in _STATEMENTS:
        connection.execute(statement)
