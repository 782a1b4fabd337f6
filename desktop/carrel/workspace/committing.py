"""What was read from a document becomes rows: a plain step inside somebody's transaction.

Must not know how documents are read, or which documents there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId, UnitId
from carrel.workspace.capsules import drop_capsules_of
from carrel.workspace.descriptions import keep_description
from carrel.workspace.likeness import keep_sketch
from carrel.workspace.lookup import get_columns, get_document
from carrel.workspace.nesting import keep_ledger
from carrel.workspace.reading import ReadStart, ReadSummary, ReadUnit
from carrel.workspace.recognised_again import recognised_pages, take_over
from carrel.workspace.recognition import drop_recognised, keep_pictured, recognised_runs
from carrel.workspace.removal import clear_segments
from carrel.workspace.rereading import StillFound, never_found, set_aside
from carrel.workspace.rows import UNIT, json_text, storable
from carrel.workspace.segments import Segment, add_segments
from carrel.workspace.sheets import keep_cells
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.texts import keep_blocks
from carrel.workspace.vectors import drop_vectors
from carrel.workspace.versions import refresh_versions
from carrel.workspace.wordlists import forget_words
from carrel.workspace.written import drop_written


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What was read, now stored.

    Attributes:
        segments: to be added to the index; empty when everything was stored before.
        recognised: segments of recognised pages that were taken over from an earlier reading.
        dropped: ids of segments that held only passages of an earlier reading and are gone.
        capsules: files of what an engine kept of the earlier text; gone from the list.
        aged: whether a document is old now that was not, or the other way round.
    """

    document: Document
    segments: tuple[Segment, ...]
    recognised: tuple[Segment, ...] = ()
    dropped: tuple[int, ...] = ()
    capsules: tuple[str, ...] = ()
    aged: bool = False


def commit(
    connection: Connection,
    wanted: DocumentId,
    summary: ReadSummary,
    units: Sequence[ReadUnit],
    segments: Sequence[tuple[bytes, int]],
    *,
    seconds: float,
    found: StillFound | None = None,
) -> Committed:
    """Store everything read from a document; see `Documents.commit_parsed`."""
    state, version = get_columns(connection, "state, parser_version", wanted)
    known = state in {DocumentState.READ, DocumentState.PARTIAL}
    if known and version == summary.parser_version and found is None:
        return Committed(document=get_document(connection, wanted), segments=())
    pages = recognised_pages(connection, wanted, version)
    dropped, capsules = _give_way(connection, wanted, units, found or never_found)
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
    keep_pictured(connection, wanted, summary.parser_version, summary.pictured)
    recognised = take_over(
        connection,
        wanted,
        pages,
        {read.number: storable(read.text) for read in units} if pages else {},
        {one.number: one.replaces for one in summary.pictured},
    )
    keep_sketch(connection, wanted, summary.sketch)
    aged = refresh_versions(connection, [wanted])
    return Committed(
        document=get_document(connection, wanted),
        segments=added,
        recognised=recognised,
        dropped=dropped,
        capsules=capsules,
        aged=aged,
    )


def commit_first(
    connection: Connection,
    wanted: DocumentId,
    start: ReadStart,
    units: Sequence[ReadUnit],
    segments: Sequence[tuple[bytes, int]],
) -> Committed:
    """Store what was read first of a queued document; see `Documents.commit_first`."""
    state, known = get_columns(connection, "state, units", wanted)
    if state != DocumentState.QUEUED or known:
        return Committed(document=get_document(connection, wanted), segments=())
    first = _next_id(connection, "passages")
    _insert_units(connection, wanted, start.parser_version, units, first)
    count = sum(len(read.passages) for read in units)
    added = add_segments(connection, first, count, segments)
    connection.execute(
        "UPDATE documents SET kind = ?, parser = ?, parser_version = ?, units = ?,"
        " first_passage = ?, passages = ? WHERE id = ?",
        (start.kind, start.parser, start.parser_version, len(units), first, count, wanted),
    )
    return Committed(document=get_document(connection, wanted), segments=added)


def forget_first(connection: Connection, wanted: DocumentId) -> Committed:
    """Take back what `commit_first` stored; see `Documents.forget_first`."""
    state, known = get_columns(connection, "state, units", wanted)
    if state != DocumentState.QUEUED or not known:
        return Committed(document=get_document(connection, wanted), segments=())
    dropped, capsules = _give_way(connection, wanted, (), never_found)
    connection.execute("UPDATE documents SET units = 0, passages = 0 WHERE id = ?", (wanted,))
    return Committed(
        document=get_document(connection, wanted), segments=(), dropped=dropped, capsules=capsules
    )


def _give_way(
    connection: Connection, wanted: DocumentId, units: Sequence[ReadUnit], found: StillFound
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Take an earlier reading out of the search, and away where no citation needs it.

    Returns:
        Segments that are gone, and files of capsules that are no longer listed.
    """
    version, first, count = get_columns(
        connection, "parser_version, first_passage, passages", wanted
    )
    runs = [range(first, first + count), *recognised_runs(connection, wanted)]
    connection.execute("DELETE FROM passages WHERE document = ?", (wanted,))
    drop_vectors(connection, wanted)
    dropped = clear_segments(connection, runs)
    drop_recognised(connection, wanted)
    forget_words(connection, wanted)
    drop_written(connection, wanted)
    set_aside(connection, wanted, version, units, found)
    return dropped, tuple(drop_capsules_of(connection, wanted))


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
