"""The whole text of a document, for an engine that reads it from end to end.

Must not know what is made of it.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Final

from carrel.domain.documents import Unit
from carrel.domain.ids import DocumentId
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone
from carrel.workspace.rows import UNIT, unit
from carrel.workspace.sqlcipher import Connection

_COLUMNS: Final = ", ".join(
    "x''" if column == "char_boxes" else f"u.{column}" for column in UNIT.split(", ")
)


class Texts:
    """The texts of a workspace's documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def units(self, wanted: DocumentId) -> Future[tuple[Unit, ...]]:
        """All units of the latest reading in order, without their boxes.

        Raises:
            DocumentGone: by the future; there is no such document.
        """

        def run(connection: Connection) -> tuple[Unit, ...]:
            known = connection.execute("SELECT 1 FROM documents WHERE id = ?", (wanted,))
            if known.fetchone() is None:
                raise DocumentGone
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM units u JOIN documents d"  # noqa: S608
                " ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? ORDER BY u.number",
                (wanted,),
            )
            return tuple(map(unit, rows))

        return self._database.read(run)
