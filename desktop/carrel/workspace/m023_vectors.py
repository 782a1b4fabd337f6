"""Format 23: vectors of passages, by which they are found by their meaning.

Frozen: never edited after a release, imports nothing of ours.

A row holds the vectors of a run of passages of one document, made by the model that `maker`
stands for. Which model is chosen, and how far it is trusted, are lines of `meta`.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE vectors (
        first    INTEGER PRIMARY KEY NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        passages INTEGER NOT NULL,
        maker    TEXT NOT NULL,
        body     BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX vectors_by_document ON vectors (document)",
)


def migrate(connection: _Connection) -> None:
    """Add the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
