"""The one place that imports the SQLCipher binding, with the types it does not have.

Must not know the workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

import sqlcipher3.dbapi2

_binding: Any = sqlcipher3.dbapi2  # what it fills in from C has no types

SqliteError: Final[type[Exception]] = _binding.Error
"""Root of the binding's errors; each has ``sqlite_errorname`` when SQLite gave a code."""


class Cursor(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """Rows changed."""

    @property
    def lastrowid(self) -> int | None:
        """Id of the row inserted last."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row's columns are what the table says
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows left."""

    def __iter__(self) -> Iterator[Any]:
        """All rows left, one at a time."""


class Connection(Protocol):
    """A connection as far as we use it; belongs to the thread that made it."""

    @property
    def in_transaction(self) -> bool:
        """Whether one is under way."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Run one statement for each row."""

    def enable_load_extension(self, allowed: bool, /) -> None:  # noqa: FBT001 - the binding's own
        """Whether SQL may load native code."""

    def close(self) -> None:
        """Let go."""


def connect(address: str) -> Connection:
    """Open a database by its ``file:`` address; transactions are the caller's."""
    connection: Connection = _binding.connect(
        address, uri=True, isolation_level=None, cached_statements=256
    )
    return connection
