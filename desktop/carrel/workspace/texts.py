"""The whole text of a document, for an engine that reads it from end to end.

Must not know what is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple

from carrel.domain.blocks import Block
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId
from carrel.language.blocks import unpack_blocks
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone, WorkspaceDamaged
from carrel.workspace.reading import ReadUnit
from carrel.workspace.rows import UNIT, unit
from carrel.workspace.sqlcipher import Connection

_COLUMNS: Final = ", ".join(
    "x''" if column == "char_boxes" else f"u.{column}" for column in UNIT.split(", ")
)


BATCH_UNITS: Final = 200
"""Units of one batch: a few hundred kilobytes of text as a rule, read in milliseconds."""


class TextSize(NamedTuple):
    """How much text there is.

    Attributes:
        characters: code points.
        size: bytes in UTF-8; more of them a character means other scripts.
        units: pages, sections and the like.
    """

    characters: int = 0
    size: int = 0
    units: int = 0


class UnitSize(NamedTuple):
    """How much text a unit has, and what it is called.

    Attributes:
        number: counts from 1.
        kind: page, section and the like.
        characters: code points.
        size: bytes in UTF-8.
        heading: the headings above its first passage, parts joined by `` › ``.
    """

    number: int
    kind: UnitKind
    characters: int
    size: int
    heading: str


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
            known = connection.execute(
                "SELECT 1 FROM documents WHERE id = ? AND removed_at IS NULL", (wanted,)
            )
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

    def size(self, wanted: DocumentId, first: int = 1, last: int = 0) -> Future[TextSize]:
        """How much text a document's latest reading has; all zeros if there is none.

        Args:
            first, last: numbers of the units meant; last 0 means to the end.
        """

        def run(connection: Connection) -> TextSize:
            row = connection.execute(
                "SELECT sum(length(u.text)), sum(length(CAST(u.text AS BLOB))), count(*)"
                " FROM units u JOIN documents d"
                " ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? AND d.removed_at IS NULL AND u.number >= ?"
                " AND (? = 0 OR u.number <= ?)",
                (wanted, first, last, last),
            ).fetchone()
            return TextSize(*(int(value or 0) for value in row))

        return self._database.read(run)

    def sizes(self, wanted: DocumentId) -> Future[tuple[UnitSize, ...]]:
        """How much text each unit of a document's latest reading has, in order."""

        def run(connection: Connection) -> tuple[UnitSize, ...]:
            rows = connection.execute(
                "SELECT u.number, u.kind, length(u.text), length(CAST(u.text AS BLOB)),"
                " coalesce((SELECT p.heading FROM passages p WHERE p.unit = u.id"
                " ORDER BY p.id LIMIT 1), '')"
                " FROM units u JOIN documents d"
                " ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? AND d.removed_at IS NULL ORDER BY u.number",
                (wanted,),
            )
            return tuple(
                UnitSize(int(number), UnitKind(kind), int(characters), int(size), str(heading))
                for number, kind, characters, size, heading in rows
            )

        return self._database.read(run)

    def blocks(self, unit: Unit) -> Future[tuple[Block, ...]]:
        """What the lines of a unit are; none where that is not known.

        Raises:
            WorkspaceDamaged: by the future; they do not fit the text.
        """

        def run(connection: Connection) -> tuple[Block, ...]:
            row = connection.execute(
                "SELECT body FROM blocks WHERE unit = ?", (unit.id,)
            ).fetchone()
            try:
                return unpack_blocks(row[0], len(unit.text)) if row else ()
            except ValueError as error:
                raise WorkspaceDamaged(cause="the blocks of a text do not fit it") from error

        return self._database.read(run)

    def batch(self, wanted: DocumentId, after: int) -> Future[tuple[tuple[int, str], ...]]:
        """Numbers and texts of the next units of the latest reading; none when there are no more.

        Args:
            after: number of the last unit that was had, 0 at the beginning.
        """

        def run(connection: Connection) -> tuple[tuple[int, str], ...]:
            rows = connection.execute(
                "SELECT u.number, u.text FROM units u JOIN documents d"
                " ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? AND u.number > ? ORDER BY u.number LIMIT ?",
                (wanted, after, BATCH_UNITS),
            )
            return tuple((int(number), str(text)) for number, text in rows)

        return self._database.read(run)


def keep_blocks(connection: Connection, first: UnitId, units: Sequence[ReadUnit]) -> None:
    """Store the blocks of units that were stored under ascending ids from the first on."""
    connection.executemany(
        "INSERT INTO blocks (unit, body) VALUES (?, ?)",
        ((id_, read.blocks) for id_, read in enumerate(units, start=first) if read.blocks),
    )
