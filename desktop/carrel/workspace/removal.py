"""Removing documents: first they are out of sight and can come back, then nothing is left of them.

Nothing left means: rows are overwritten as they are deleted, the secret of the
original's key first of all; posting segments shared with other documents are
written anew without the passages that are gone; the write-ahead log is emptied.
Chats keep the words that were shown in them. Must not know who decides when.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

import numpy as np

from carrel.domain.documents import Document, Removal
from carrel.domain.ids import DocumentId
from carrel.language.segment import Segment, SegmentError, merge
from carrel.workspace.blobs import SECRET_BYTES, BlobId
from carrel.workspace.capsules import drop_capsules_of
from carrel.workspace.database import Database
from carrel.workspace.lookup import get_document, get_documents
from carrel.workspace.nesting import come_back, doomed_with
from carrel.workspace.recognition import recognised_runs
from carrel.workspace.rows import DOCUMENT, document
from carrel.workspace.segments import drop_empty_segments
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.vectors import drop_vectors
from carrel.workspace.versions import refresh_versions

COMPACT_BYTES: Final = 256 << 20
"""Bytes. SQLite overwrites what it deletes, but now and then it leaves the first few hundred bytes
of a moved row in the unused room of a page (2 of 599 removed documents, measured). Only writing
the whole database anew removes those; that holds it in memory and takes about a second for 100 MB,
so a larger one is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What is gone.

    Attributes:
        documents: the one named first, then those inside of it that lay nowhere else.
        segments: rows that held nothing else and are gone too.
    """

    documents: tuple[DocumentId, ...]
    segments: tuple[int, ...]


class Removals:
    """Removes documents and lets them come back. All methods return at once.

    Args:
        database: where they are.
        drop_blob: removes an original; called on the writing thread after the commit.
        drop_capsules: the same for the files of capsules.
    """

    def __init__(
        self,
        database: Database,
        drop_blob: Callable[[BlobId], None],
        drop_capsules: Callable[[Sequence[str]], None],
    ) -> None:
        self._database = database
        self._drop_blob = drop_blob
        self._drop_capsules = drop_capsules

    def hide(self, wanted: DocumentId) -> Future[Removal]:
        """Remove a document so that it can come back; DocumentGone when there is none.

        What lies inside of it goes along, unless it lies elsewhere too or was added by itself.
        """

        def run(connection: Connection) -> Removal:
            found = get_document(connection, wanted)
            doomed = doomed_with(connection, wanted)
            now = time.time()
            connection.executemany(
                "UPDATE documents SET removed_at = ?, removed_with = ? WHERE id = ?",
                ((now, wanted, one) for one in doomed),
            )
            refresh_versions(connection, doomed)
            return Removal(document=found, documents=tuple(doomed), removed_at=now)

        return self._database.write(run)

    def restore(self, wanted: DocumentId) -> Future[tuple[Document, ...]]:
        """Let a removed document come back with what went along; those that did.

        DocumentGone (through the Future) when nothing is left of it. One that was not removed is
        none that comes back.
        """

        def run(connection: Connection) -> tuple[Document, ...]:
            found = come_back(connection, wanted)
            if not found:
                get_document(connection, wanted)
            refresh_versions(connection, found)
            return get_documents(connection, found)

        return self._database.write(run)

    def waiting(self) -> Future[tuple[Removal, ...]]:
        """What can still come back, the last removed first."""

        def run(connection: Connection) -> tuple[Removal, ...]:
            rows = connection.execute(
                f"SELECT removed_at, {DOCUMENT} FROM documents"  # noqa: S608
                " WHERE removed_at IS NOT NULL AND removed_with = id ORDER BY removed_at DESC, id"
            ).fetchall()
            return tuple(
                Removal(
                    document=document(row[1:]),
                    documents=tuple(_with(connection, DocumentId(row[1]))),
                    removed_at=row[0],
                )
                for row in rows
            )

        return self._database.read(run)

    def shred(self, documents: Sequence[DocumentId]) -> Future[Removed]:
        """Leave nothing of these and of those that went along with them; they must be removed."""

        def choose(connection: Connection) -> list[DocumentId]:
            return [found for one in documents for found in _with(connection, one)]

        return self._delete(choose)

    def remove(self, wanted: DocumentId) -> Future[Removed]:
        """Remove a document for good, with what goes along; DocumentGone when there is none."""

        def choose(connection: Connection) -> list[DocumentId]:
            get_document(connection, wanted)
            return doomed_with(connection, wanted)

        return self._delete(choose)

    def compact(self) -> Future[bool]:
        """Write the database anew, so that unused room holds nothing old.

        Returns:
            Whether it was; one larger than COMPACT_BYTES is not.
        """
        return self._database.compact(COMPACT_BYTES)

    def _delete(self, choose: Callable[[Connection], list[DocumentId]]) -> Future[Removed]:
        blobs: list[BlobId] = []
        capsules: list[str] = []

        def run(connection: Connection) -> Removed:
            doomed = choose(connection)
            removed = [
                run for one in doomed for run in _delete_content(connection, one, blobs, capsules)
            ]
            segments = clear_segments(connection, removed)
            beside = _beside(connection, doomed)
            for one in doomed:
                connection.execute("DELETE FROM documents WHERE id = ?", (one,))
            refresh_versions(connection, beside)
            return Removed(documents=tuple(doomed), segments=segments)

        def after(_removed: Removed) -> None:
            self._drop_capsules(capsules)
            for blob in blobs:
                self._drop_blob(blob)

        return self._database.write(run, after=after)


def forget_key(connection: Connection, blob: BlobId) -> None:
    """Overwrite the secret a blob is read with, then remove its row."""
    connection.execute(
        "UPDATE blob_keys SET secret = zeroblob(?) WHERE blob = ?", (SECRET_BYTES, blob)
    )
    connection.execute("DELETE FROM blob_keys WHERE blob = ?", (blob,))


def _delete_content(
    connection: Connection, one: DocumentId, blobs: list[BlobId], capsules: list[str]
) -> list[range]:
    """Remove all of a document but its row and its postings; returns its passages."""
    blob, first, count = connection.execute(
        "SELECT blob, first_passage, passages FROM documents WHERE id = ?", (one,)
    ).fetchone()
    blobs.append(BlobId(blob))
    forget_key(connection, BlobId(blob))
    capsules.extend(drop_capsules_of(connection, one))
    # By hand: the foreign keys' own order would look units up again and again.
    connection.execute("DELETE FROM passages WHERE document = ?", (one,))
    drop_vectors(connection, one)
    connection.execute("DELETE FROM units WHERE document = ?", (one,))
    return [range(first, first + count), *recognised_runs(connection, one)]


def clear_segments(connection: Connection, removed: Sequence[range]) -> tuple[int, ...]:
    """Drop the segments that hold nothing else, write the others anew; ids of those dropped."""
    dropped: list[int] = []
    mixed: set[int] = set()
    for passages in removed:
        dropped += drop_empty_segments(connection, passages)
        mixed.update(
            row[0]
            for row in connection.execute(
                "SELECT id FROM segments WHERE first_passage < ? AND first_passage + passages > ?",
                (passages.stop, passages.start),
            )
        )
    for segment in sorted(mixed):
        _thin(connection, segment)
    return tuple(dropped)


def _thin(connection: Connection, segment: int) -> None:
    """Take the postings of passages that no longer exist out of a segment.

    One that cannot be read cannot be searched either; it is removed, to be sure.
    """
    row = connection.execute(
        "SELECT first_passage, passages, body FROM segments WHERE id = ?", (segment,)
    ).fetchone()
    if row is None:
        return
    first, count, body = row
    kept = np.zeros(count, dtype=bool)
    for (id_,) in connection.execute(
        "SELECT id FROM passages WHERE id >= ? AND id < ?", (first, first + count)
    ):
        kept[id_ - first] = True
    try:
        thinned = merge([Segment.load(bytes(body))], kept=[kept]).to_bytes()
    except SegmentError:
        connection.execute("DELETE FROM segments WHERE id = ?", (segment,))
        return
    connection.execute("UPDATE segments SET body = ? WHERE id = ?", (thinned, segment))


def _beside(connection: Connection, doomed: Iterable[DocumentId]) -> set[DocumentId]:
    """What shares a place or lies inside of documents that are about to go."""
    found: set[DocumentId] = set()
    for one in doomed:
        found.update(
            DocumentId(row[0])
            for row in connection.execute(
                "SELECT o.document FROM places AS p JOIN places AS o ON o.path = p.path"
                " WHERE p.document = ?1 UNION SELECT document FROM members WHERE container = ?1",
                (one,),
            )
        )
    return found.difference(doomed)


def _with(connection: Connection, root: DocumentId) -> list[DocumentId]:
    """Removed documents that went along with one, itself first."""
    rows = connection.execute(
        "SELECT id FROM documents WHERE removed_at IS NOT NULL AND removed_with = ?1"
        " ORDER BY id <> ?1, id",
        (root,),
    )
    return [DocumentId(row[0]) for row in rows]
