"""Documents and their units: accepted, read, removed.

A document exists from the moment its original lies on the disk; everything read
from it appears in one transaction. Of an earlier reading the units stay that citations
need. Must not know how documents are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

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
from carrel.domain.ids import DocumentId
from carrel.workspace.blobs import BlobId, KeptBlob
from carrel.workspace.committing import Committed, commit, commit_first, forget_first
from carrel.workspace.database import Database
from carrel.workspace.descriptions import all_properties, read_outline, read_properties
from carrel.workspace.errors import DocumentGone, UnitGone
from carrel.workspace.lookup import get_columns, get_document
from carrel.workspace.nesting import (
    come_back,
    put_inside,
    read_ledger,
    room_for,
    unread_units,
    with_inside,
)
from carrel.workspace.reading import ReadStart, ReadSummary, ReadUnit
from carrel.workspace.recognition import with_recognised
from carrel.workspace.removal import Removals, Removed, forget_key
from carrel.workspace.rereading import CitedWords, StillFound, earlier_unit
from carrel.workspace.rows import (
    DOCUMENT,
    UNIT,
    document,
    failure_text,
    groups,
    storable,
    unit,
)
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.versions import keep_place, refresh_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An original that is safely stored.

    Attributes:
        duplicate: the same bytes were there already; `document` is the one that was.
        circular: it was to be put into something that lies inside of it, and was not.
        returned: removed documents that came back, because these bytes were added again.
        aged: whether a document is old now that was not, or the other way round.
    """

    document: Document
    duplicate: bool
    circular: bool = False
    returned: tuple[DocumentId, ...] = ()
    aged: bool = False


class Documents:
    """The documents of a workspace. All methods return at once.

    Attributes:
        removals: how they go, and come back.

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
        self.removals = Removals(database, drop_blob, drop_capsules)

    def accept(
        self,
        *,
        sha256: str,
        name: str,
        size: int,
        blob: KeptBlob,
        inside: Inside | None = None,
        path: str = "",
    ) -> Future[Accepted]:
        """List an original whose blob is finished as queued.

        The same bytes are the same document: the blob is dropped then.

        Args:
            sha256: of the original, lower-case hexadecimal.
            size: bytes.
            inside: where it lies in another document; None when the user added it by itself.
            path: where it lies on the disk; empty when that is not known.
        """

        def run(connection: Connection) -> Accepted:
            known = _with_sha256(connection, sha256)
            if known is not None:
                return _place(connection, known.id, inside, path)
            connection.execute(
                "INSERT INTO documents (sha256, name, size, blob, kind, state, added_at, own)"
                " VALUES (?, ?, ?, ?, 'unknown', ?, ?, 0)",
                (sha256, storable(name), size, blob.id, DocumentState.QUEUED, time.time()),
            )
            _keep_key(connection, blob)
            found = _with_sha256(connection, sha256)
            if found is None:
                raise DocumentGone
            return replace(_place(connection, found.id, inside, path), duplicate=False)

        def after(accepted: Accepted) -> None:
            if accepted.duplicate:
                self._drop_blob(blob.id)

        return self._database.write(run, after=after)

    def place(self, known: DocumentId, inside: Inside | None, path: str = "") -> Future[Accepted]:
        """Record that a stored document also lies here, or that the user added it by itself."""
        return self._database.write(lambda connection: _place(connection, known, inside, path))

    def room_for(self, container: DocumentId) -> Future[Room]:
        """What may still come out of a container."""
        return self._database.read(lambda connection: room_for(connection, container))

    def with_inside(self, documents: Sequence[DocumentId]) -> Future[tuple[DocumentId, ...]]:
        """Documents and all that lies inside of them; none for none."""
        return self._database.read(lambda connection: with_inside(connection, documents))

    def members(self, container: DocumentId) -> Future[tuple[Document, ...]]:
        """The documents directly inside of one, in the order they came out of it."""
        order = "SELECT min(position) FROM members WHERE container = ?1 AND document = documents.id"

        def run(connection: Connection) -> tuple[Document, ...]:
            rows = connection.execute(
                f"SELECT {DOCUMENT} FROM documents WHERE removed_at IS NULL AND id IN"  # noqa: S608
                f" (SELECT document FROM members WHERE container = ?1) ORDER BY ({order})",
                (container,),
            )
            return tuple(map(document, rows))

        return self._database.read(run)

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
        """The document with these bytes, also one that was removed and can still come back."""
        return self._database.read(lambda connection: _with_sha256(connection, sha256))

    def get(self, wanted: DocumentId) -> Future[Document]:
        """One document; DocumentGone when there is none."""
        return self._database.read(lambda connection: get_document(connection, wanted))

    def list(self) -> Future[tuple[Document, ...]]:
        """All, newest first."""
        return self._many("WHERE removed_at IS NULL ORDER BY id DESC")

    def queued(self) -> Future[tuple[Document, ...]]:
        """Those whose original is stored but which were not read yet, oldest first."""
        return self._many("WHERE state = 'queued' AND removed_at IS NULL ORDER BY id")

    def requeue(self, wanted: DocumentId) -> Future[Document]:
        """Let a failed document be read again."""

        def run(connection: Connection) -> Document:
            connection.execute(
                "UPDATE documents SET state = 'queued', failure = NULL"
                " WHERE id = ? AND state = 'failed'",
                (wanted,),
            )
            return get_document(connection, wanted)

        return self._database.write(run)

    def commit_parsed(
        self,
        wanted: DocumentId,
        summary: ReadSummary,
        *,
        units: Sequence[ReadUnit],
        segments: Sequence[tuple[bytes, int]],
        seconds: float,
        found: StillFound | None = None,
    ) -> Future[Committed]:
        """Store everything read from a document, in one transaction.

        What was read before gives way to it; of its units those stay that citations need. Without
        `found` what this parser version read before is kept as it is, so calling it twice is
        harmless.

        Args:
            segments: each body with the number of passages it covers, in order, all of them.
            seconds: the reading took.
            found: whether cited words are found in the new texts; called in the transaction.
        """
        return self._database.write(
            lambda connection: commit(
                connection, wanted, summary, units, segments, seconds=seconds, found=found
            ),
            after=lambda committed: self._drop_capsules(committed.capsules),
        )

    def described(self) -> Future[dict[DocumentId, tuple[Property, ...]]]:
        """What all documents say of themselves; those that say nothing are left out."""
        return self._database.read(all_properties)

    def earlier_unit(self, wanted: DocumentId, cited: CitedWords) -> Future[Unit | None]:
        """The unit of a former reading that was kept for cited words; None when there is none."""
        return self._database.read(lambda connection: earlier_unit(connection, wanted, cited))

    def commit_first(
        self,
        wanted: DocumentId,
        start: ReadStart,
        *,
        units: Sequence[ReadUnit],
        segments: Sequence[tuple[bytes, int]],
    ) -> Future[Committed]:
        """Store what was read first, so that it can be searched; the document stays queued.

        `commit_parsed` puts all of it in its place; a crash in between leaves a queued document
        that is read again. Stores nothing when something is there already.
        """
        return self._database.write(
            lambda connection: commit_first(connection, wanted, start, units, segments)
        )

    def forget_first(self, wanted: DocumentId) -> Future[Committed]:
        """Take back what `commit_first` stored: nobody wants the document read to its end."""
        return self._database.write(lambda connection: forget_first(connection, wanted))

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
            return get_document(connection, wanted)

        return self._database.write(run)

    def remove(self, wanted: DocumentId) -> Future[Removed]:
        """Remove a document for good, with its original and capsules; old answers stay.

        What lies inside of it goes along, unless it lies elsewhere too or was added by itself.
        """
        return self.removals.remove(wanted)

    def rename(self, wanted: DocumentId, name: str) -> Future[Document]:
        """Call a document otherwise; an empty name gives it its file's name back."""

        def run(connection: Connection) -> Document:
            connection.execute(
                "UPDATE documents SET title = nullif(nullif(?1, ''), name)"
                " WHERE id = ?2 AND removed_at IS NULL",
                (storable(name), wanted),
            )
            return get_document(connection, wanted)

        return self._database.write(run)

    def blob(self, wanted: DocumentId) -> Future[BlobId]:
        """Where the original is kept."""
        return self._database.read(lambda connection: _blob(connection, wanted))

    def kept_blob(self, wanted: DocumentId) -> Future[KeptBlob]:
        """The original, with what is needed to read it."""

        def run(connection: Connection) -> KeptBlob:
            blob = _blob(connection, wanted)
            row = connection.execute("SELECT secret FROM blob_keys WHERE blob = ?", (blob,))
            secret = row.fetchone()
            return KeptBlob(blob, None if secret is None else bytes(secret[0]))

        return self._database.read(run)

    def move_blob(self, wanted: DocumentId, old: BlobId, new: KeptBlob) -> Future[bool]:
        """Let an original be kept in another blob, unless it moved already; drops the one left."""

        def run(connection: Connection) -> bool:
            moved = connection.execute(
                "UPDATE documents SET blob = ? WHERE id = ? AND blob = ?", (new.id, wanted, old)
            ).rowcount
            if moved:
                forget_key(connection, old)
                _keep_key(connection, new)
            return bool(moved)

        return self._database.write(
            run, after=lambda moved: self._drop_blob(old if moved else new.id)
        )

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
                get_document(connection, wanted)
                raise UnitGone(number=number)
            return with_recognised(connection, unit(row))

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
        """Units of these documents; of all but old ones when none are given."""

        def run(connection: Connection) -> int:
            total = "SELECT coalesce(sum(units), 0) FROM documents WHERE removed_at IS NULL"
            if not documents:
                return int(connection.execute(f"{total} AND NOT old").fetchone()[0])
            return sum(
                int(connection.execute(f"{total} AND id IN ({marks})", ids).fetchone()[0])
                for marks, ids in groups(set(documents))
            )

        return self._database.read(run)

    def passage_ranges(
        self, documents: Sequence[DocumentId] = ()
    ) -> Future[dict[DocumentId, range]]:
        """The passage ids of documents that have any; of all when none are given.

        Those of removed documents that can come back are among them.
        """

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


def _keep_key(connection: Connection, blob: KeptBlob) -> None:
    if blob.secret is not None:
        connection.execute(
            "INSERT INTO blob_keys (blob, secret) VALUES (?, ?)", (blob.id, blob.secret)
        )


def _place(connection: Connection, known: DocumentId, inside: Inside | None, path: str) -> Accepted:
    placed, returned = True, come_back(connection, known)
    aged = refresh_versions(connection, returned)
    if inside is None:
        connection.execute("UPDATE documents SET own = 1 WHERE id = ?", (known,))
    else:
        get_document(connection, inside.container)  # it may be gone by now
        placed = put_inside(connection, known, inside.container, inside.path)
    aged |= keep_place(connection, known, path) if path else refresh_versions(connection, [known])
    return Accepted(
        document=get_document(connection, known),
        duplicate=True,
        circular=not placed,
        returned=tuple(returned),
        aged=aged,
    )


def _with_sha256(connection: Connection, sha256: str) -> Document | None:
    row = connection.execute(
        f"SELECT {DOCUMENT} FROM documents WHERE sha256 = ?",  # noqa: S608
        (sha256,),
    ).fetchone()
    return None if row is None else document(row)


def _blob(connection: Connection, wanted: DocumentId) -> BlobId:
    return BlobId(get_columns(connection, "blob", wanted)[0])
