"""A workspace's own groups of words, as one line about the workspace. Must not know search."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from carrel.domain.glossary import Ways
from carrel.workspace.database import Database
from carrel.workspace.errors import WorkspaceDamaged
from carrel.workspace.rows import json_text, storable
from carrel.workspace.sqlcipher import Connection

_NAME: Final = "glossary"


class OwnWords:
    """The groups of words of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(self) -> Future[tuple[Ways, ...]]:
        """All groups, in order; none in a workspace that never had any."""
        return self._database.read(_read)

    def change(
        self, run: Callable[[tuple[Ways, ...]], tuple[Ways, ...]]
    ) -> Future[tuple[Ways, ...]]:
        """Make other groups of those there are, in one transaction.

        Args:
            run: gets the groups and returns what they are from now on; when it raises, nothing is
                changed.

        Returns:
            The groups as they are now.
        """

        def write(connection: Connection) -> tuple[Ways, ...]:
            groups = tuple(tuple(map(storable, ways)) for ways in run(_read(connection)))
            connection.execute(
                "INSERT INTO meta (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_NAME, json_text(groups)),
            )
            return groups

        return self._database.write(write)


def _read(connection: Connection) -> tuple[Ways, ...]:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_NAME,)).fetchone()
    if row is None:
        return ()
    try:
        groups = json.loads(row[0])
        return tuple(tuple(str(way) for way in ways) for ways in groups)
    except (ValueError, TypeError) as error:
        raise WorkspaceDamaged(cause="its groups of words cannot be read") from error
