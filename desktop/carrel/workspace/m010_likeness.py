"""Format 10: sketches of the words of documents, and the numbers by which alike ones are found.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE sketches (
        document INTEGER PRIMARY KEY NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        body     BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE sketch_parts (
        part     INTEGER NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (part, document)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX sketch_parts_by_document ON sketch_parts (document)",
)


def migrate(connection: _Connection) -> None:
    """Add the tables."""
    for statement in _STATEMENTS:
        connection.execute(statement)
