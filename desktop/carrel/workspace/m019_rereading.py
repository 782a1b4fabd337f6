"""Format 19: documents that are to be read once more, so that a crash does not end it.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the table."""
    connection.execute(
        """
        CREATE TABLE rereads (
            document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE
        ) STRICT
        """
    )
