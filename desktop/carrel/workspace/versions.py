"""Versions of documents: what lies at the same path later takes the place of what lay there.

Plain steps inside somebody's transaction, and `Versions`, which asks. Must not know the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Final

from carrel.domain.documents import Alike, Document, Version, Whereabouts
from carrel.domain.ids import DocumentId
from carrel.workspace.database import Database
from carrel.workspace.labels import hand_on_labels
from carrel.workspace.likeness import find_alike
from carrel.workspace.lookup import get_columns, get_document
from carrel.workspace.rows import storable
from carrel.workspace.sqlcipher import Connection

TICK: Final = 0.001
"""Seconds between two documents of one place at least, whatever the clock says."""

_NEWEST: Final = """
    SELECT p.document FROM places AS p JOIN documents AS d ON d.id = p.document
    WHERE p.path = ? AND p.seen_at > ? AND d.removed_at IS NULL AND d.state IN ('read', 'partial')
    ORDER BY p.seen_at DESC LIMIT 1
"""
_SEEN: Final = "SELECT path, seen_at FROM places WHERE document = ? ORDER BY seen_at DESC"


class Versions:
    """Where documents lie on the disk, and what came before and after them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def at(self, path: str) -> Future[Document | None]:
        """The document that lay at a path when it was added last; None when there is none."""

        def run(connection: Connection) -> Document | None:
            row = connection.execute(
                "SELECT p.document FROM places AS p JOIN documents AS d ON d.id = p.document"
                " WHERE p.path = ? AND d.removed_at IS NULL ORDER BY p.seen_at DESC LIMIT 1",
                (os.fsencode(path),),
            ).fetchone()
            return None if row is None else get_document(connection, row[0])

        return self._database.read(run)

    def of(self, wanted: DocumentId) -> Future[Whereabouts]:
        """Where a document lies, and its versions there; DocumentGone when there is none."""
        return self._database.read(lambda connection: _whereabouts(connection, wanted))

    def alike(self, wanted: DocumentId) -> Future[tuple[Alike, ...]]:
        """Other documents that are nearly the same; see `find_alike`."""
        return self._database.read(lambda connection: find_alike(connection, wanted))

    def old(self) -> Future[frozenset[DocumentId]]:
        """All that something newer took the place of."""
        return self._database.read(
            lambda connection: frozenset(
                DocumentId(row[0])
                for row in connection.execute("SELECT id FROM documents WHERE old")
            )
        )

    def paths(self) -> Future[dict[DocumentId, tuple[str, ...]]]:
        """Where every document was found; those that were never in a file are left out."""

        def run(connection: Connection) -> dict[DocumentId, tuple[str, ...]]:
            found: dict[DocumentId, list[str]] = {}
            for path, document in connection.execute("SELECT path, document FROM places"):
                found.setdefault(DocumentId(document), []).append(os.fsdecode(path))
            return {document: tuple(paths) for document, paths in found.items()}

        return self._database.read(run)


def keep_place(connection: Connection, document: DocumentId, path: str) -> bool:
    """Record that a document lies at a path now; whether that changed anything's age."""
    where = os.fsencode(path)
    connection.execute(
        "UPDATE places SET gone_at = NULL WHERE path = ? AND gone_at IS NOT NULL", (where,)
    )
    last = connection.execute(
        "SELECT document, seen_at FROM places WHERE path = ? ORDER BY seen_at DESC LIMIT 1",
        (where,),
    ).fetchone()
    if last is not None and last[0] == document:
        return False
    now = time.time() if last is None else max(time.time(), last[1] + TICK)
    connection.execute(
        "INSERT INTO places (path, document, seen_at) VALUES (?, ?, ?)"
        " ON CONFLICT (path, document) DO UPDATE SET seen_at = excluded.seen_at",
        (where, document, now),
    )
    return refresh_versions(connection, [document])


def refresh_versions(connection: Connection, documents: Iterable[DocumentId]) -> bool:
    """Find out anew which documents are old: these, what shares a place with them, what is inside.

    Returns:
        Whether one is old now that was not, or the other way round.
    """
    waiting = list(documents)
    for document in tuple(waiting):
        waiting += [
            DocumentId(row[0])
            for row in connection.execute(
                "SELECT DISTINCT o.document FROM places AS p JOIN places AS o ON o.path = p.path"
                " WHERE p.document = ?1 AND o.document <> ?1",
                (document,),
            )
        ]
    seen: set[DocumentId] = set()
    changed = False
    while waiting:
        document = waiting.pop()
        row = connection.execute(
            "SELECT own, old, newer FROM documents WHERE id = ?", (document,)
        ).fetchone()
        if row is None:
            continue
        own, was_old, was_newer = bool(row[0]), bool(row[1]), row[2]
        old, newer = _age(connection, document, own=own)
        if (old, newer) != (was_old, was_newer):
            connection.execute(
                "UPDATE documents SET old = ?, newer = ? WHERE id = ?", (old, newer, document)
            )
            changed = changed or old != was_old
            if newer is not None and was_newer is None:
                hand_on_labels(connection, document, newer)
        if old != was_old or document not in seen:
            seen.add(document)
            waiting += [
                DocumentId(found[0])
                for found in connection.execute(
                    "SELECT document FROM members WHERE container = ?", (document,)
                )
            ]
    return changed


def _age(
    connection: Connection, document: DocumentId, *, own: bool
) -> tuple[bool, DocumentId | None]:
    """Whether a document is old, and what took its place."""
    containers = [
        bool(row[0])
        for row in connection.execute(
            "SELECT d.old FROM members AS m JOIN documents AS d ON d.id = m.container"
            " WHERE m.document = ? AND d.removed_at IS NULL",
            (document,),
        )
    ]
    if not own:
        return bool(containers) and all(containers), None
    places = connection.execute(_SEEN, (document,)).fetchall()
    newer = [connection.execute(_NEWEST, place).fetchone() for place in places]
    if not newer or None in newer or not all(containers):
        return False, None
    return True, DocumentId(newer[0][0])


def _whereabouts(connection: Connection, wanted: DocumentId) -> Whereabouts:
    get_columns(connection, "id", wanted)
    paths = [row[0] for row in connection.execute(_SEEN, (wanted,))]
    rows = connection.execute(
        "SELECT d.id, coalesce(d.title, d.name), p.seen_at, d.old FROM places AS p"
        " JOIN documents AS d ON d.id = p.document"
        " WHERE p.path = ? AND d.removed_at IS NULL ORDER BY p.seen_at",
        (paths[0] if paths else b"",),
    )
    versions = tuple(
        Version(document=DocumentId(id_), name=name, seen_at=seen_at, old=bool(old))
        for id_, name, seen_at, old in rows
    )
    return Whereabouts(
        paths=tuple(storable(os.fsdecode(path)) for path in paths), versions=versions
    )
