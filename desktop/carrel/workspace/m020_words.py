"""Format 20: the different words of each document, for beginnings of words and for misspelt ones.

Frozen: never edited after a release, imports nothing of ours.

A row is made when it is first wanted, from the texts of a document, and goes when these change.
Names of scripts are joined by blanks.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the table."""
    connection.execute(
        """
        CREATE TABLE words (
            document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
            scripts  TEXT NOT NULL,
            packed   BLOB NOT NULL
        ) STRICT
        """
    )
