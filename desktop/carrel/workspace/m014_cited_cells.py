"""Format 14: the cells that a citation in a sheet stands in.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the column; of citations made before, the place alone is known."""
    connection.execute("ALTER TABLE citations ADD COLUMN cells TEXT NOT NULL DEFAULT ''")
