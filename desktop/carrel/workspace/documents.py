"""Documents and their units: accepted, read, removed.

A document exists from the moment its original lies on the disk; everything read
from it appears in one transaction. The units of an earlier parser version stay,
because citations name them. Must not know how documents are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from carrel.domain.documents import (
    Document,
    DocumentState,
    Failure,
    Inside,
    LedgerEntry,
    OutlineEntry,
    Property,
    Room,
    Unit,
    UnitKind,
    UnitPlace,
)
from carrel.domain.ids import DocumentId, UnitId
from carrel.workspace.blobs import BlobId
from carrel.workspace.capsules import drop_capsules_of
from carrel.workspace.database import Database
from carrel.workspace.descriptions import keep_description, read_outline, read_properties
from carrel.workspace.errors import DocumentGone, UnitGone
from carrel.workspace.nesting import (
    doomed_with,
    keep_ledger,
    put_inside,
    read_ledger,
    room_for,
    unread_units,
    with_inside,
)
from carrel.workspace.reading import ReadSummary, ReadUnit
from carrel.workspace.rows import (
    DOCUMENT,
    UNIT,
    document,
    failure_text,
    groups,
    json_text,
    storable,
    unit,
)
from carrel.workspace.segments import Segment, add_segments, drop_empty_segments
from carrel.workspace.sheets import keep_cells
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.texts import keep_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An original that is safely stored.

    Attributes:
        duplicate: the same bytes were there already; `document` is the one that was.
        circular: it was to be put into something that lies inside of it, and was not.
    """

    document: Document
    duplicate: bool
    circular: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What was read, now stored.

    Attributes:
        segments: to be added to the index; empty when everything was stored before.
        forgotten: ids of passages of an earlier reading that no longer exist.
    """

    document: Document
    segments: tuple[Segment, ...]
    forgotten: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What is gone.

    Attributes:
        documents: the one named first, then those inside of it that lay nowhere else.
        segments: rows that held nothing else and are gone too.
    """

    documents: tuple[DocumentId, ...]
    segments: tuple[int, ...]


class Documents:
    """The documents of a workspace. All methods return at once.

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

    def accept(
        self, *, sha256: str, name: str, size: int, blob: BlobId, inside: Inside | None = None
    ) -> Future[Accepted]:
        """List an original whose blob is finished as queued.

        The same bytes are the same document: the blob is dropped then.

        Args:
            sha256: of the original, lower-case hexadecimal.
            size: bytes.
            inside: where it lies in another document; None when the user added it by itself.
        """

        def run(connection: Connection) -> Accepted:
            known = _with_sha256(connection, sha256)
            if known is not None:
                return _place(connection, known, inside)
            connection.execute(
                "INSERT INTO documents (sha256, name, size, blob, kind, state, added_at, own)"
                " VALUES (?, ?, ?, ?, 'unknown', ?, ?, 0)",
                (sha256, storable(name), size, blob, DocumentState.QUEUED, time.time()),
            )
            found = _with_sha256(connection, sha256)
            if found is None:
                raise DocumentGone
            return replace(_place(connection, found, inside), duplicate=False)

        def after(accepted: Accepted) -> None:
            if accepted.duplicate:
                self._drop_blob(blob)

        return self._database.write(run, after=after)

    def place(self, known: DocumentId, inside: Inside | None) -> Future[Accepted]:
        """Record that a stored document also lies here, or that the user added it by itself."""
        return self._database.write(
            lambda connection: _place(connection, _get(connection, known), inside)
        )

    def room_for(self, container: DocumentId) -> Future[Room]:
        """What may still come out of a container."""
        return self._database.read(lambda connection: room_for(connection, container))

    def with_inside(self, documents: Sequence[DocumentId]) -> Future[tuple[DocumentId, ...]]:
        """Documents and all that lies inside of them; none for none."""
        return self._database.read(lambda connection: with_inside(connection, documents))

    def ledger(self, wanted: DocumentId) -> Future[tuple[LedgerEntry, ...]]:
        """What the latest reading left out: by unit, the document as a whole first."""
        return self._database.read(lambda connection: read_ledger(connection, wanted))

    def outline(self, wanted: DocumentId) -> Future[tuple[OutlineEntry, ...]]:
        """The table of contents, as the latest reading found it."""
        return self._database.read(lambda connection: read_outline(connection, wanted))

    def properties(self, wanted: DocumentId) -> Future[tuple[Property, ...]]:
        """What the document says of itself, as the latest reading found it."""
        return self._database.read(lambda connection: read_properties(connection, wanted))

    def unread(
        self, documents: Sequence[DocumentId], most: int
    ) -> Future[list[tuple[int, str, int, str]]]:
        """Document, its name, unit (0: the whole) and why, where something was not read."""
        return self._database.read(lambda connection: unread_units(connection, documents, most))

    def with_sha256(self, sha256: str) -> Future[Document | None]:
        """The document with these bytes."""
        return self._database.read(lambda connection: _with_sha256(connection, sha256))

    def get(self, wanted: DocumentId) -> Future[Document]:
        """One document; DocumentGone when there is none."""
        return self._database.read(lambda connection: _get(connection, wanted))

    def list(self) -> Future[tuple[Document, ...]]:
        """All, newest first."""
        return self._many("ORDER BY id DESC")

    def queued(self) -> Future[tuple[Document, ...]]:
        """Those whose original is stored but which were not read yet, oldest first."""
        return self._many("WHERE state = 'queued' ORDER BY id")

    def requeue(self, wanted: DocumentId) -> Future[Document]:
        """Let a failed document be read again."""

        def run(connection: Connection) -> Document:
            connection.execute(
                "UPDATE documents SET state = 'queued', failure = NULL"
                " WHERE id = ? AND state = 'failed'",
                (wanted,),
            )
            return _get(connection, wanted)

        return self._database.write(run)

    def commit_parsed(
        self,
        wanted: DocumentId,
        summary: ReadSummary,
        *,
        units: Sequence[ReadUnit],
        segments: Sequence[tuple[bytes, int]],
        seconds: float,
    ) -> Future[Committed]:
        """Store everything read from a document, in one transaction.

        What this parser version read before is kept as it is, so calling it twice is harmless; an
        older version's passages give way to the new ones, and its units stay.

        Args:
            segments: each body with the number of passages it covers, in order, all of them.
            seconds: the reading took.
        """
        return self._database.write(
            lambda connection: _commit(connection, wanted, summary, units, segments, seconds)
        )

    def fail(
        self, wanted: DocumentId, failure: Failure, *, kind: str = "unknown"
    ) -> Future[Document]:
        """Store why a document could not be read; one that was read stays read."""

        def run(connection: Connection) -> Document:
            connection.execute(
                "UPDATE documents SET state = 'failed', failure = ?, kind = ?"
                " WHERE id = ? AND state IN ('queued', 'failed')",
                (failure_text(failure), kind, wanted),
            )
            return _get(connection, wanted)

        return self._database.write(run)

    def remove(self, wanted: DocumentId) -> Future[Removed]:
        """Remove a document with its units, passages, original and capsules; old answers stay.

        What lies inside of it goes along, unless it lies elsewhere too or was added by itself.
        """
        blobs: list[BlobId] = []
        capsules: list[str] = []

        def run(connection: Connection) -> Removed:
            _get(connection, wanted)
            doomed = doomed_with(connection, wanted)
            segments: list[int] = []
            for one in doomed:
                blobs.append(_blob(connection, one))
                passages = _passages(connection, one)
                capsules.extend(drop_capsules_of(connection, one))
                # By hand: the foreign keys' own order would look units up again and again.
                connection.execute("DELETE FROM passages WHERE document = ?", (one,))
                connection.execute("DELETE FROM units WHERE document = ?", (one,))
                segments += drop_empty_segments(connection, passages)
            for one in doomed:
                connection.execute("DELETE FROM documents WHERE id = ?", (one,))
            return Removed(documents=tuple(doomed), segments=tuple(segments))

        def after(_removed: Removed) -> None:
            self._drop_capsules(capsules)
            for blob in blobs:
                self._drop_blob(blob)

        return self._database.write(run, after=after)

    def blob(self, wanted: DocumentId) -> Future[BlobId]:
        """Where the original is kept."""
        return self._database.read(lambda connection: _blob(connection, wanted))

    def unit(
        self, wanted: DocumentId, number: int, *, parser_version: int | None = None
    ) -> Future[Unit]:
        """One unit with its text and boxes; UnitGone when there is none.

        Args:
            number: counts from 1.
            parser_version: as a citation names it; the latest reading by default.
        """

        def run(connection: Connection) -> Unit:
            row = connection.execute(
                f"SELECT {UNIT} FROM units WHERE document = ? AND number = ?"  # noqa: S608
                " AND parser_version = coalesce("
                "?, (SELECT parser_version FROM documents WHERE id = units.document))",
                (wanted, number, parser_version),
            ).fetchone()
            if row is None:
                _get(connection, wanted)
                raise UnitGone(number=number)
            return unit(row)

        return self._database.read(run)

    def places(self, wanted: DocumentId) -> Future[tuple[UnitPlace, ...]]:
        """The units of the latest reading without their texts, in order."""

        def run(connection: Connection) -> tuple[UnitPlace, ...]:
            rows = connection.execute(
                "SELECT u.kind, u.number, u.label FROM units u JOIN documents d"
                " ON d.id = u.document AND d.parser_version = u.parser_version"
                " WHERE d.id = ? ORDER BY u.number",
                (wanted,),
            )
            return tuple(UnitPlace(UnitKind(kind), number, label) for kind, number, label in rows)

        return self._database.read(run)

    def units_total(self, documents: Sequence[DocumentId] = ()) -> Future[int]:
        """Units of these documents; of all when none are given."""

        def run(connection: Connection) -> int:
            total = "SELECT coalesce(sum(units), 0) FROM documents"
            if not documents:
                return int(connection.execute(total).fetchone()[0])
            return sum(
                int(connection.execute(f"{total} WHERE id IN ({marks})", ids).fetchone()[0])
                for marks, ids in groups(set(documents))
            )

        return self._database.read(run)

    def passage_ranges(
        self, documents: Sequence[DocumentId] = ()
    ) -> Future[dict[DocumentId, range]]:
        """The passage ids of documents that have any; of all when none are given."""

        def run(connection: Connection) -> dict[DocumentId, range]:
            query = "SELECT id, first_passage, passages FROM documents WHERE passages > 0"
            rows: list[tuple[int, int, int]] = []
            if not documents:
                rows += connection.execute(f"{query} ORDER BY id")
            for marks, ids in groups(set(documents)):
                rows += connection.execute(f"{query} AND id IN ({marks}) ORDER BY id", ids)
            return {DocumentId(id_): range(first, first + count) for id_, first, count in rows}

        return self._database.read(run)

    def _many(self, which: str) -> Future[tuple[Document, ...]]:
        def run(connection: Connection) -> tuple[Document, ...]:
            rows = connection.execute(f"SELECT {DOCUMENT} FROM documents {which}")  # noqa: S608
            return tuple(map(document, rows))

        return self._database.read(run)


def living_blobs(connection: Connection) -> set[str]:
    """All originals documents refer to."""
    return {row[0] for row in connection.execute("SELECT blob FROM documents")}


def _place(connection: Connection, known: Document, inside: Inside | None) -> Accepted:
    placed = True
    if inside is None:
        connection.execute("UPDATE documents SET own = 1 WHERE id = ?", (known.id,))
    else:
        _get(connection, inside.container)  # it may be gone by now
        placed = put_inside(connection, known.id, inside.container, inside.path)
    return Accepted(document=_get(connection, known.id), duplicate=True, circular=not placed)


def _with_sha256(connection: Connection, sha256: str) -> Document | None:
    row = connection.execute(
        f"SELECT {DOCUMENT} FROM documents WHERE sha256 = ?",  # noqa: S608
        (sha256,),
    ).fetchone()
    return None if row is None else document(row)


def _get(connection: Connection, wanted: DocumentId) -> Document:
    return document(_column(connection, DOCUMENT, wanted))


def _blob(connection: Connection, wanted: DocumentId) -> BlobId:
    return BlobId(_column(connection, "blob", wanted)[0])


def _passages(connection: Connection, wanted: DocumentId) -> range:
    first, count = _column(connection, "first_passage, passages", wanted)
    return range(first, first + count)


def _column(connection: Connection, columns: str, wanted: DocumentId) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(
        f"SELECT {columns} FROM documents WHERE id = ?",  # noqa: S608
        (wanted,),
    ).fetchone()
    if row is None:
        raise DocumentGone
    return row


def _commit(
    connection: Connection,
    wanted: DocumentId,
    summary: ReadSummary,
    units: Sequence[ReadUnit],
    segments: Sequence[tuple[bytes, int]],
    seconds: float,
) -> Committed:
    state, version = _column(connection, "state, parser_version", wanted)
    if state in {DocumentState.READ, DocumentState.PARTIAL} and version == summary.parser_version:
        return Committed(document=_get(connection, wanted), segments=(), forgotten=range(0))
    forgotten = _passages(connection, wanted)
    connection.execute("DELETE FROM passages WHERE document = ?", (wanted,))
    drop_empty_segments(connection, forgotten)
    first = _next_id(connection, "passages")
    _insert_units(connection, wanted, summary.parser_version, units, first)
    count = sum(len(read.passages) for read in units)
    added = add_segments(connection, first, count, segments)
    connection.execute(
        "UPDATE documents SET kind = ?, state = ?, parser = ?, parser_version = ?, units = ?,"
        " first_passage = ?, passages = ?, seconds = ?, failure = NULL, warnings = ? WHERE id = ?",
        (
            summary.kind,
            summary.state,
            summary.parser,
            summary.parser_version,
            len(units),
            first,
            count,
            seconds,
            json_text(list(summary.warnings)),
            wanted,
        ),
    )
    keep_ledger(connection, wanted, summary.parser_version, summary.ledger)
    keep_description(connection, wanted, summary.outline, summary.properties)
    return Committed(document=_get(connection, wanted), segments=added, forgotten=forgotten)


def _insert_units(
    connection: Connection,
    wanted: DocumentId,
    version: int,
    units: Sequence[ReadUnit],
    first_passage: int,
) -> None:
    # Ids are given out here: passages must be contiguous, and name their units before those exist.
    first_unit = _next_id(connection, "units")
    connection.executemany(
        f"INSERT INTO units ({UNIT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            (
                id_,
                wanted,
                read.kind,
                read.number,
                storable(read.label),
                storable(read.text),
                read.width,
                read.height,
                read.char_boxes,
                version,
            )
            for id_, read in enumerate(units, start=first_unit)
        ),
    )
    keep_cells(connection, UnitId(first_unit), units)
    keep_blocks(connection, UnitId(first_unit), units)
    passages = (
        (wanted, id_, passage.start, passage.end, storable(passage.heading))
        for id_, read in enumerate(units, start=first_unit)
        for passage in read.passages
    )
    connection.executemany(
        'INSERT INTO passages (id, document, unit, start, "end", heading)'
        " VALUES (?, ?, ?, ?, ?, ?)",
        ((id_, *row) for id_, row in enumerate(passages, start=first_passage)),
    )


def _next_id(connection: Connection, table: str) -> int:
    """The id AUTOINCREMENT would give next: above all that ever were."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 1 if row is None else int(row[0]) + 1
