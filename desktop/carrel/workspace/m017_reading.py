"""Format 17: which model read what a capsule holds, and questions about sections of documents.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the columns; of capsules made before it is not known whose they are."""
    for column in ("weights", "thinking", "part"):
        connection.execute(f"ALTER TABLE capsules ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE exchanges ADD COLUMN sections TEXT NOT NULL DEFAULT '[]'")
