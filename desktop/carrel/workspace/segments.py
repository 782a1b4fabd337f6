"""Posting segments: parts of the search index, opaque here. Must not know how they are made.

A segment covers a run of passage ids. Some of them may be gone; whoever searches
masks those.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from carrel.domain.errors import BugError
from carrel.workspace.database import Database
from carrel.workspace.errors import SegmentsChanged
from carrel.workspace.rows import groups
from carrel.workspace.sqlcipher import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stored posting segment.

    Attributes:
        level: 0 as committed with a document; merging raises it.
        first_passage: id of the first passage covered.
        passages: how many ids it covers, whether or not they still exist.
    """

    id: int
    level: int
    first_passage: int
    passages: int
    body: bytes


class Segments:
    """The posting segments of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> Future[tuple[Segment, ...]]:
        """All, in the order of the passages they cover."""

        def run(connection: Connection) -> tuple[Segment, ...]:
            rows = connection.execute(
                "SELECT id, level, first_passage, passages, body FROM segments"
                " ORDER BY first_passage"
            )
            return tuple(
                Segment(id=id_, level=level, first_passage=first, passages=count, body=body)
                for id_, level, first, count, body in rows
            )

        return self._database.read(run)

    def replace(
        self, old: Sequence[int], *, level: int, first_passage: int, passages: int, body: bytes
    ) -> Future[Segment]:
        """Put one segment in the place of several, in one transaction.

        Raises (through the Future):
            SegmentsChanged: one of the old ones is gone; nothing was changed.
        """

        def run(connection: Connection) -> Segment:
            gone = 0
            for marks, ids in groups(old):
                gone += connection.execute(
                    f"DELETE FROM segments WHERE id IN ({marks})",  # noqa: S608
                    ids,
                ).rowcount
            if gone != len(set(old)):
                raise SegmentsChanged
            return _insert(connection, level, first_passage, passages, body)

        return self._database.write(run)


def add_segments(
    connection: Connection, first: int, count: int, segments: Sequence[tuple[bytes, int]]
) -> tuple[Segment, ...]:
    """Store the segments of one document.

    Args:
        first: id of its first passage.
        count: of its passages; the segments cover exactly these.
        segments: each body with the number of passages it covers.
    """
    if sum(passages for _, passages in segments) != count:
        raise BugError("segments and passages of a document do not agree")
    added = []
    for body, passages in segments:
        added.append(_insert(connection, 0, first, passages, body))
        first += passages
    return tuple(added)


def drop_empty_segments(connection: Connection, removed: range) -> tuple[int, ...]:
    """Drop segments near removed passages that cover no passage any more.

    Returns:
        Their ids.
    """
    if not removed:
        return ()
    rows = connection.execute(
        "SELECT id FROM segments AS s"
        " WHERE first_passage < ? AND first_passage + passages > ? AND NOT EXISTS ("
        "  SELECT 1 FROM passages AS p"
        "  WHERE p.id >= s.first_passage AND p.id < s.first_passage + s.passages)",
        (removed.stop, removed.start),
    ).fetchall()
    connection.executemany("DELETE FROM segments WHERE id = ?", rows)
    return tuple(row[0] for row in rows)


def _insert(
    connection: Connection, level: int, first_passage: int, passages: int, body: bytes
) -> Segment:
    cursor = connection.execute(
        "INSERT INTO segments (level, first_passage, passages, body) VALUES (?, ?, ?, ?)",
        (level, first_passage, passages, body),
    )
    return Segment(
        id=int(cursor.lastrowid or 0),
        level=level,
        first_passage=first_passage,
        passages=passages,
        body=body,
    )
