"""Format 16: what was checked of an answer, sentence by sentence, and what was searched for it.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


def migrate(connection: _Connection) -> None:
    """Add the column; answers given before were not checked so."""
    connection.execute("ALTER TABLE answers ADD COLUMN checks TEXT NOT NULL DEFAULT '{}'")
