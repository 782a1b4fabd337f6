"""Format 6: what the lines of texts are: headings, rows, items.

Frozen: never edited after a release, imports nothing of ours.

One row holds the packed blocks of one unit and goes with it.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE blocks (
        unit INTEGER PRIMARY KEY NOT NULL REFERENCES units (id) ON DELETE CASCADE,
        body BLOB NOT NULL
    ) STRICT
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
