"""Format 15: what was done on the way to an answer, and what it was made from.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the columns; of answers given before nothing is known."""
    connection.execute("ALTER TABLE answers ADD COLUMN steps TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE answers ADD COLUMN record TEXT NOT NULL DEFAULT '{}'")
