"""The cells of workbooks: stored with their units, and read back. Must not know SQL of users."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from carrel.domain.documents import Span, Unit
from carrel.domain.ids import DocumentId, UnitId
from carrel.domain.sheets import SheetPart
from carrel.language.cells import unpack_cells
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone, WorkspaceDamaged
from carrel.workspace.reading import ReadUnit
from carrel.workspace.sqlcipher import Connection


class StoredPart(NamedTuple):
    """The packed cells of a unit and its canonical text; unpacked they take ten times the room.

    Attributes:
        number, label: of the unit.
    """

    body: bytes
    text: str
    number: int = 0
    label: str = ""

    def cells(self) -> SheetPart:
        """Unpacked; WorkspaceDamaged when they do not fit the text."""
        return _unpacked(self.body, len(self.text))


class Sheets:
    """The sheets of a workspace's documents. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def part(self, unit: Unit, within: Span | None = None) -> Future[SheetPart | None]:
        """The cells of a unit; None where it has none.

        Args:
            within: only those shown in this span of its text.
        """

        def run(connection: Connection) -> SheetPart | None:
            row = connection.execute("SELECT body FROM cells WHERE unit = ?", (unit.id,)).fetchone()
            return None if row is None else _unpacked(row[0], len(unit.text), within)

        return self._database.read(run)

    def parts(self, wanted: DocumentId) -> Future[tuple[StoredPart, ...]]:
        """All parts of the latest reading, in order; DocumentGone when there is no document."""

        def run(connection: Connection) -> tuple[StoredPart, ...]:
            known = connection.execute(
                "SELECT 1 FROM documents WHERE id = ? AND removed_at IS NULL", (wanted,)
            )
            if known.fetchone() is None:
                raise DocumentGone
            rows = connection.execute(
                "SELECT c.body, u.text, u.number, u.label"
                " FROM cells c JOIN units u ON u.id = c.unit"
                " JOIN documents d ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? ORDER BY u.number",
                (wanted,),
            )
            return tuple(StoredPart(*row) for row in rows)

        return self._database.read(run)

    def holders(self) -> Future[frozenset[DocumentId]]:
        """All documents whose latest reading has cells."""

        def run(connection: Connection) -> frozenset[DocumentId]:
            rows = connection.execute(
                "SELECT DISTINCT u.document FROM cells c JOIN units u ON u.id = c.unit"
                " JOIN documents d ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.removed_at IS NULL"
            )
            return frozenset(DocumentId(row[0]) for row in rows)

        return self._database.read(run)


def keep_cells(connection: Connection, first: UnitId, units: Sequence[ReadUnit]) -> None:
    """Store the cells of units that were stored under ascending ids from the first on."""
    connection.executemany(
        "INSERT INTO cells (unit, body) VALUES (?, ?)",
        ((id_, read.cells) for id_, read in enumerate(units, start=first) if read.cells),
    )


def _unpacked(body: bytes, characters: int, within: Span | None = None) -> SheetPart:
    try:
        return unpack_cells(body, characters, within)
    except ValueError as error:
        raise WorkspaceDamaged(cause="the cells of a sheet do not fit its text") from error
