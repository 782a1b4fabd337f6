"""Passages with their texts and places. Must not know how they are found or ranked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from carrel.domain.documents import Passage, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.workspace.database import Database
from carrel.workspace.rows import groups
from carrel.workspace.sqlcipher import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassage:
    """A passage, and what a hit says about where it stands."""

    passage: Passage
    place: UnitPlace
    document_name: str
    document_sha256: str


class Passages:
    """The passages of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ids: Sequence[PassageId]) -> Future[list[StoredPassage]]:
        """Passages in the order of the ids; those that no longer exist are left out."""

        def run(connection: Connection) -> list[StoredPassage]:
            found: dict[int, StoredPassage] = {}
            for marks, group in groups(dict.fromkeys(ids)):
                rows = _rows(connection, f"p.id IN ({marks})", group)
                found.update((row.passage.id, row) for row in rows)
            return [found[id_] for id_ in ids if id_ in found]

        return self._database.read(run)

    def of_document(self, document: DocumentId) -> Future[list[StoredPassage]]:
        """All passages of a document, in order."""
        return self._database.read(
            lambda connection: _rows(connection, "p.document = ?", [document])
        )

    def boxes(self, units: Sequence[UnitId]) -> Future[dict[UnitId, bytes]]:
        """The character boxes of units, compressed as in `Unit.char_boxes`."""

        def run(connection: Connection) -> dict[UnitId, bytes]:
            found: dict[UnitId, bytes] = {}
            for marks, group in groups(set(units)):
                found.update(
                    connection.execute(
                        f"SELECT id, char_boxes FROM units WHERE id IN ({marks})",  # noqa: S608
                        group,
                    )
                )
            return found

        return self._database.read(run)

    def recognised(self) -> Future[dict[DocumentId, tuple[range, ...]]]:
        """The ids of passages that text recognition added, by document.

        Those of removed documents that can come back are among them.
        """

        def run(connection: Connection) -> dict[DocumentId, tuple[range, ...]]:
            found: dict[DocumentId, tuple[range, ...]] = {}
            for id_, first, count in connection.execute(
                "SELECT document, first, passages FROM recognised_passages ORDER BY first"
            ):
                runs = found.get(DocumentId(id_), ())
                found[DocumentId(id_)] = (*runs, range(first, first + count))
            return found

        return self._database.read(run)

    def living(self) -> Future[list[range]]:
        """The ids that exist, as runs in order. What segments cover beyond them is gone."""

        def run(connection: Connection) -> list[range]:
            rows = connection.execute(
                "SELECT first_passage, passages FROM documents"
                " WHERE passages > 0 AND removed_at IS NULL"
                " UNION ALL SELECT r.first, r.passages FROM recognised_passages AS r"
                " JOIN documents AS d ON d.id = r.document WHERE d.removed_at IS NULL ORDER BY 1"
            )
            return [range(first, first + count) for first, count in rows]

        return self._database.read(run)


_QUERY = (
    'SELECT p.id, p.document, p.unit, p.start, p."end", p.heading,'
    " u.kind, u.number, u.label, coalesce(d.title, d.name), d.sha256"
    " FROM passages p JOIN units u ON u.id = p.unit JOIN documents d ON d.id = p.document"
)


def _rows(connection: Connection, which: str, values: Sequence[int]) -> list[StoredPassage]:
    rows = connection.execute(f"{_QUERY} WHERE {which} ORDER BY p.id", values).fetchall()
    # SQLite's substr() stops at a NUL character, so the texts are cut here, each fetched once.
    texts: dict[int, str] = {}
    for marks, units in groups({row[2] for row in rows}):
        texts.update(
            connection.execute(f"SELECT id, text FROM units WHERE id IN ({marks})", units)  # noqa: S608
        )
    return [_passage(row, texts[row[2]]) for row in rows]


def _passage(row: Sequence[Any], text: str) -> StoredPassage:
    id_, document, unit, start, end, heading, kind, number, label, name, sha256 = row
    return StoredPassage(
        passage=Passage(
            id=PassageId(id_),
            document=DocumentId(document),
            unit=UnitId(unit),
            start=start,
            end=end,
            heading=heading,
            text=text[start:end],
        ),
        place=UnitPlace(UnitKind(kind), number, label),
        document_name=name,
        document_sha256=sha256,
    )
