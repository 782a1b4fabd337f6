"""Pages whose text is recognised in their picture: those that wait, and what came of the others.

A page is kept in one transaction of its own: text, boxes, passages, postings and its line in
the ledger. The text a unit has already stays where it is, with its places; what was recognised
comes after it. Must not know who recognises.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from carrel.domain.documents import Document, LedgerEntry, Unit
from carrel.domain.ids import DocumentId
from carrel.domain.recognition import RecognisedPart
from carrel.workspace.database import Database
from carrel.workspace.errors import WorkspaceDamaged
from carrel.workspace.lookup import get_columns, get_document
from carrel.workspace.reading import PicturedUnit, ReadPassage
from carrel.workspace.rows import DOCUMENT, document, storable
from carrel.workspace.segments import Segment, add_segments, drop_empty_segments
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.wordlists import forget_words
from carrel.workspace.written import drop_written

WAITING: Final = "waiting"
READ: Final = "read"
BLANK: Final = "blank"
FAILED: Final = "failed"

_ROW: Final = (
    "r.document = ?1 AND r.parser_version = (SELECT parser_version FROM documents WHERE id = ?1)"
)


class WaitingPage(NamedTuple):
    """A page to be recognised.

    Attributes:
        number: of the unit.
        replaces: whether the text it has is worthless.
    """

    number: int
    replaces: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """What came of a page.

    Attributes:
        number: of the unit.
        state: READ, BLANK (nothing was recognised) or FAILED.
        entry: its line in the ledger; None when there is nothing to say.
        text: all of the unit's text from now on; None leaves it as it is.
        char_boxes: of all of it, compressed.
        start: code point where the recognised part begins.
        confidences: one byte for each code point from there on.
        passages: of the recognised part, in the unit's text; covered by the segment.
    """

    number: int
    state: str
    entry: LedgerEntry | None
    seconds: float
    text: str | None = None
    char_boxes: bytes = b""
    start: int = 0
    confidence: float = 0.0
    languages: str = ""
    turned: int = 0
    confidences: bytes = b""
    passages: Sequence[ReadPassage] = ()
    segment: bytes = b""


class Recognition:
    """The recognition of a workspace's pictures. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, wanted: DocumentId) -> Future[tuple[WaitingPage, ...]]:
        """The pages of a document that wait, in order."""

        def run(connection: Connection) -> tuple[WaitingPage, ...]:
            rows = connection.execute(
                f"SELECT unit, replaces FROM recognition AS r WHERE {_ROW}"  # noqa: S608
                " AND state = 'waiting' ORDER BY unit",
                (wanted,),
            )
            return tuple(WaitingPage(number, bool(replaces)) for number, replaces in rows)

        return self._database.read(run)

    def documents(self) -> Future[tuple[Document, ...]]:
        """Documents with pages that wait, oldest first."""

        def run(connection: Connection) -> tuple[Document, ...]:
            rows = connection.execute(
                f"SELECT {DOCUMENT} FROM documents WHERE EXISTS (SELECT 1 FROM recognition AS r"  # noqa: S608
                " WHERE r.document = documents.id AND r.state = 'waiting'"
                " AND r.parser_version = documents.parser_version) AND removed_at IS NULL"
                " ORDER BY id"
            )
            return tuple(map(document, rows))

        return self._database.read(run)

    def explain(self, remedy: str, wanted: DocumentId | None = None) -> Future[int]:
        """Say why pages wait.

        Args:
            remedy: what can be done about it, as the ledger says it.
            wanted: of one document only.

        Returns:
            Pages this changed.
        """

        def run(connection: Connection) -> int:
            return connection.execute(
                "UPDATE recognition SET remedy = ?1 WHERE state = 'waiting' AND remedy <> ?1"
                " AND (?2 IS NULL OR document = ?2)",
                (storable(remedy), wanted),
            ).rowcount

        return self._database.write(run)

    def keep(self, wanted: DocumentId, page: KeptPage) -> Future[tuple[Document, Segment | None]]:
        """Store what came of a page that waits; changes nothing when it does not any more.

        Returns:
            The document as it is now, and the segment to be added to the index.

        Raises (through the Future):
            DocumentGone: it was removed meanwhile.
        """
        return self._database.write(lambda connection: keep_page(connection, wanted, page))


def keep_pictured(
    connection: Connection, wanted: DocumentId, version: int, pictured: Iterable[PicturedUnit]
) -> None:
    """List the units of a fresh reading whose text is to be recognised."""
    connection.executemany(
        "INSERT OR IGNORE INTO recognition"
        " (document, parser_version, unit, state, replaces, what, why, remedy, loss)"
        " VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?)",
        (
            (
                *(wanted, version, one.number, one.replaces, one.entry.what),
                *(storable(one.entry.why), storable(one.entry.remedy), one.entry.loss),
            )
            for one in pictured
        ),
    )


def drop_recognised(connection: Connection, wanted: DocumentId) -> tuple[int, ...]:
    """Forget the runs of recognised passages, after the passages themselves are gone.

    Returns:
        Segments that held nothing else and are gone, too.
    """
    gone = [
        segment
        for run in recognised_runs(connection, wanted)
        for segment in drop_empty_segments(connection, run)
    ]
    connection.execute("DELETE FROM recognised_passages WHERE document = ?", (wanted,))
    return tuple(gone)


def recognised_runs(connection: Connection, wanted: DocumentId) -> list[range]:
    """The passage ids of a document's recognised pages."""
    rows = connection.execute(
        "SELECT first, passages FROM recognised_passages WHERE document = ? ORDER BY first",
        (wanted,),
    )
    return [range(first, first + count) for first, count in rows]


def with_recognised(connection: Connection, found: Unit) -> Unit:
    """A unit with what is known of the recognised part of its text."""
    row = connection.execute(
        "SELECT start, confidence, languages, confidences FROM recognition"
        " WHERE document = ? AND parser_version = ? AND unit = ? AND state = 'read'",
        (found.document, found.parser_version, found.number),
    ).fetchone()
    if row is None:
        return found
    start, confidence, languages, packed = row
    part = RecognisedPart(
        start=start, confidence=confidence, languages=languages, confidences=unpacked(packed)
    )
    return replace(found, recognised=part)


def unpacked(packed: bytes) -> bytes:
    """The confidences of a page's characters.

    Raises:
        WorkspaceDamaged: they cannot be read.
    """
    try:
        return zlib.decompress(packed) if packed else b""
    except zlib.error as error:
        raise WorkspaceDamaged(cause="the confidences of a page cannot be read") from error


def keep_page(
    connection: Connection, wanted: DocumentId, page: KeptPage
) -> tuple[Document, Segment | None]:
    """Store what came of a page that waits; see `Recognition.keep`."""
    get_columns(connection, "id", wanted)  # it may be gone by now
    row = connection.execute(
        f"SELECT r.parser_version, r.replaces, u.id, u.text FROM recognition AS r JOIN units AS u"  # noqa: S608
        " ON u.document = r.document AND u.parser_version = r.parser_version AND u.number = r.unit"
        f" WHERE {_ROW} AND r.unit = ?2 AND r.state = 'waiting'",
        (wanted, page.number),
    ).fetchone()
    added: Segment | None = None
    # A page that was read anew meanwhile has another text, and waits for another turn.
    if row is not None and (page.text is None or row[1] or page.text.startswith(row[3])):
        version, replaces, unit, _text = row
        if page.text is not None:
            if replaces:
                connection.execute("DELETE FROM passages WHERE unit = ?", (unit,))
            connection.execute(
                "UPDATE units SET text = ?, char_boxes = ? WHERE id = ?",
                (storable(page.text), page.char_boxes, unit),
            )
            added = _add_passages(connection, wanted, unit, page)
            forget_words(connection, wanted)
            drop_written(connection, wanted)
        _settle(connection, wanted, version, page)
    return get_document(connection, wanted), added


def _settle(connection: Connection, wanted: DocumentId, version: int, page: KeptPage) -> None:
    entry = page.entry
    connection.execute(
        "UPDATE recognition SET state = ?, what = ?, why = ?, remedy = ?, loss = ?, start = ?,"
        " confidence = ?, languages = ?, turned = ?, seconds = ?, confidences = ?"
        " WHERE document = ? AND parser_version = ? AND unit = ?",
        (
            page.state,
            entry.what if entry else "",
            storable(entry.why) if entry else "",
            storable(entry.remedy) if entry else "",
            entry.loss if entry else False,
            *(page.start, page.confidence, page.languages, page.turned, page.seconds),
            zlib.compress(page.confidences) if page.confidences else b"",
            *(wanted, version, page.number),
        ),
    )


def _add_passages(
    connection: Connection, wanted: DocumentId, unit: int, page: KeptPage
) -> Segment | None:
    """Store the passages of a page as, or with, a run of recognised ones."""
    count = len(page.passages)
    if not count:
        return None
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
    first = 1 if row is None else int(row[0]) + 1
    connection.executemany(
        'INSERT INTO passages (id, document, unit, start, "end", heading)'
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (id_, wanted, unit, one.start, one.end, storable(one.heading))
            for id_, one in enumerate(page.passages, start=first)
        ),
    )
    longer = connection.execute(
        "UPDATE recognised_passages SET passages = passages + ?1"
        " WHERE document = ?2 AND first + passages = ?3",
        (count, wanted, first),
    )
    if not longer.rowcount:
        connection.execute(
            "INSERT INTO recognised_passages (first, document, passages) VALUES (?, ?, ?)",
            (first, wanted, count),
        )
    (segment,) = add_segments(connection, first, count, [(page.segment, count)])
    return segment
