"""Format 5: what documents say of themselves: table of contents, title, author, dates.

Frozen: never edited after a release, imports nothing of ours.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    # Lists of [title, level, unit] and of [name, value]; only ever read whole.
    """
    CREATE TABLE descriptions (
        document   INTEGER PRIMARY KEY NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        outline    TEXT NOT NULL,
        properties TEXT NOT NULL
    ) STRICT
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the table."""
    for statement in _STATEMENTS:
        connection.execute(statement)
