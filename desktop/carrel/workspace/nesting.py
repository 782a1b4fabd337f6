"""Documents inside documents, and the ledger of each: plain steps inside somebody's transaction.

The members form a graph without circles: a document is never put into something it holds.
Must not know files or how documents are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from carrel.domain.documents import LedgerEntry, Room
from carrel.domain.ids import DocumentId
from carrel.workspace.rows import LEDGER, groups, ledger_entry, storable
from carrel.workspace.sqlcipher import Connection

MAX_NESTING: Final = 8
"""Containers inside each other, the outermost included. A mail in a mail in an archive is three;
what is nested deeper was made to be."""

MAX_TREE_MEMBERS: Final = 100_000
"""Documents out of one file the user added, over all levels: as many as one command adds."""

MAX_TREE_BYTES: Final = 8 * 1024**3
"""Bytes of all of them together. They are stored, encrypted, beside their container."""

_ABOVE: Final = """
    WITH RECURSIVE above (id, depth) AS (
        SELECT ?1, 0
        UNION
        SELECT m.container, above.depth + 1 FROM members AS m
        JOIN above ON m.document = above.id WHERE above.depth < 64
    )
"""

_BELOW: Final = """
    WITH RECURSIVE below (id) AS (
        SELECT document FROM members WHERE container = ?1
        UNION
        SELECT m.document FROM members AS m JOIN below ON m.container = below.id
    )
"""


def put_inside(
    connection: Connection, document: DocumentId, container: DocumentId, path: str
) -> bool:
    """Record that a document lies inside a container.

    Returns:
        False when the document is the container or holds it: nothing was recorded.
    """
    holds = connection.execute(
        f"{_ABOVE} SELECT 1 FROM above WHERE id = ?2 LIMIT 1",  # noqa: S608
        (container, document),
    ).fetchone()
    if holds is not None:
        return False
    connection.execute(
        "INSERT OR IGNORE INTO members (container, path, position, document) VALUES (?1, ?2,"
        " (SELECT count(*) + 1 FROM members WHERE container = ?1), ?3)",
        (container, storable(path), document),
    )
    return True


def room_for(connection: Connection, document: DocumentId) -> Room:
    """What may come out of a document, by how deep it lies and what came out of its root."""
    root, depth = connection.execute(
        f"{_ABOVE} SELECT above.id, above.depth FROM above JOIN documents USING (id)"  # noqa: S608
        " WHERE own AND removed_at IS NULL ORDER BY above.depth, above.id LIMIT 1",
        (document,),
    ).fetchone() or (document, 0)
    count, size = connection.execute(
        f"{_BELOW} SELECT count(*), coalesce(sum(size), 0) FROM documents"  # noqa: S608
        " WHERE id IN (SELECT id FROM below)",
        (root,),
    ).fetchone()
    own_count, own_size = connection.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM documents WHERE id IN"
        " (SELECT document FROM members WHERE container = ?)",
        (document,),
    ).fetchone()
    # What this container itself gave before a crash is about to be given again.
    return Room(
        depth=max(0, MAX_NESTING - depth),
        members=max(0, MAX_TREE_MEMBERS - (count - own_count)),
        size=max(0, MAX_TREE_BYTES - (size - own_size)),
    )


def doomed_with(connection: Connection, document: DocumentId) -> list[DocumentId]:
    """A document and those inside it that lie nowhere else and were not added by themselves.

    What was removed before, though it could come back, neither goes along nor holds anything.

    Returns:
        Containers before what they hold.
    """
    below = connection.execute(
        f"{_BELOW} SELECT id FROM documents WHERE id IN (SELECT id FROM below)"  # noqa: S608
        " AND NOT own AND removed_at IS NULL",
        (document,),
    )
    candidates = {row[0] for row in below}
    parents: dict[int, set[int]] = {candidate: set() for candidate in candidates}
    for marks, ids in groups(candidates):
        for child, parent in connection.execute(
            "SELECT document, container FROM members JOIN documents AS c ON c.id = container"  # noqa: S608
            f" WHERE document IN ({marks}) AND c.removed_at IS NULL",
            ids,
        ):
            parents[child].add(parent)
    doomed = [document]
    gone = {int(document)}
    while fresh := [one for one in sorted(candidates) if parents[one] <= gone]:
        doomed += map(DocumentId, fresh)
        gone.update(fresh)
        candidates.difference_update(fresh)
    return doomed


def with_inside(connection: Connection, documents: Iterable[DocumentId]) -> tuple[DocumentId, ...]:
    """Documents and all that lies inside of them, in ascending order."""
    found = set(documents)
    for document in tuple(found):
        rows = connection.execute(
            f"{_BELOW} SELECT id FROM documents WHERE id IN (SELECT id FROM below)"  # noqa: S608
            " AND removed_at IS NULL",
            (document,),
        )
        found.update(DocumentId(row[0]) for row in rows)
    return tuple(sorted(found))


def come_back(connection: Connection, document: DocumentId) -> list[DocumentId]:
    """Let a removed document exist again, with what went along and what lies inside of it.

    What the user removed by itself stays removed.

    Returns:
        Those that came back, in ascending order.
    """
    rows = connection.execute(
        f"{_BELOW} SELECT id FROM documents WHERE removed_at IS NOT NULL AND (id = ?1"  # noqa: S608
        " OR removed_with = ?1 OR (id IN (SELECT id FROM below) AND removed_with <> id"
        " AND removed_with NOT IN (SELECT id FROM below))) AND EXISTS (SELECT 1 FROM documents"
        " WHERE id = ?1 AND removed_at IS NOT NULL) ORDER BY id",
        (document,),
    )
    found = [DocumentId(row[0]) for row in rows]
    connection.executemany(
        "UPDATE documents SET removed_at = NULL, removed_with = NULL WHERE id = ?",
        ((one,) for one in found),
    )
    return found


def keep_ledger(
    connection: Connection,
    document: DocumentId,
    parser_version: int,
    entries: Iterable[LedgerEntry],
) -> None:
    """Store what a reading left out, in place of what was stored for the same version."""
    connection.execute(
        "DELETE FROM ledger WHERE document = ? AND parser_version = ?", (document, parser_version)
    )
    connection.executemany(
        f"INSERT INTO ledger (document, parser_version, position, {LEDGER})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                document,
                parser_version,
                position,
                entry.unit,
                entry.what,
                storable(entry.why),
                storable(entry.remedy),
                entry.loss,
                storable(entry.name),
            )
            for position, entry in enumerate(entries, 1)
        ),
    )


def read_ledger(connection: Connection, document: DocumentId) -> tuple[LedgerEntry, ...]:
    """The ledger of the latest reading: by unit, the document as a whole first."""
    latest = (
        "document = ?1 AND parser_version = (SELECT parser_version FROM documents WHERE id = ?1)"
    )
    rows = connection.execute(
        f"SELECT {LEDGER} FROM (SELECT {LEDGER}, position FROM ledger WHERE {latest}"  # noqa: S608
        " UNION ALL SELECT unit, what, why, remedy, loss, '', 0 FROM recognition"
        f" WHERE {latest} AND what <> '') ORDER BY unit, position",
        (document,),
    )
    return tuple(map(ledger_entry, rows))


def unread_units(
    connection: Connection, documents: Sequence[DocumentId], most: int
) -> list[tuple[int, str, int, str]]:
    """Document, its name, unit (0 for the whole) and why, where something was not read.

    Args:
        documents: all but old ones when none are given.
        most: lines; there may be more.
    """
    query = (
        "SELECT document, name, unit, why FROM ("
        " SELECT l.document, coalesce(d.title, d.name) AS name, l.unit, l.why, d.old"
        " FROM ledger AS l"
        " JOIN documents AS d ON d.id = l.document AND d.parser_version = l.parser_version"
        " WHERE l.loss AND d.removed_at IS NULL"
        " UNION ALL"
        " SELECT r.document, coalesce(d.title, d.name), r.unit, r.why, d.old"
        " FROM recognition AS r"
        " JOIN documents AS d ON d.id = r.document AND d.parser_version = r.parser_version"
        " WHERE r.loss AND d.removed_at IS NULL"
        " UNION ALL"
        " SELECT id, coalesce(title, name), 0, coalesce(json_extract(failure, '$.reason'), ''), old"
        " FROM documents WHERE state = 'failed' AND removed_at IS NULL)"
    )
    if not documents:
        rows = connection.execute(f"{query} WHERE NOT old ORDER BY document, unit LIMIT ?", (most,))
        return list(rows)
    found: list[tuple[int, str, int, str]] = []
    for marks, ids in groups(sorted(set(documents))):
        found += connection.execute(
            f"{query} WHERE document IN ({marks}) ORDER BY document, unit LIMIT ?",
            (*ids, most),
        )
    return found[:most]
