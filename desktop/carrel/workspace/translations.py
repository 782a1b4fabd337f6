"""Translations of documents and their pieces.

Each change is one transaction, so whatever ends the program, a piece has its translation or it is
open. Must not know how pieces are cut or translated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple

from carrel.domain.documents import Failure, Span, Unit, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, TranslationId
from carrel.domain.translating import (
    Doubt,
    NewTranslation,
    Piece,
    PieceState,
    Translated,
    Translation,
    TranslationSheet,
    TranslationState,
)
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone, TranslationGone
from carrel.workspace.rows import failure, failure_text, json_text, storable
from carrel.workspace.sqlcipher import Connection

_LISTED: Final = (
    "SELECT t.id, t.document, coalesce(d.title, d.name), t.language, t.installed_model, t.state,"
    " t.made_at, t.changed_at, t.failure, (SELECT json_array(count(*), count(DISTINCT p.unit),"
    " count(p.state), count(DISTINCT p.unit) - count(DISTINCT iif(p.state IS NULL, p.unit, NULL)),"
    " total(p.state = 'failed'), total(p.state = 'to check'), total(p.seconds))"
    " FROM translated_pieces AS p WHERE p.translation = t.id)"
    " FROM translations AS t JOIN documents AS d ON d.id = t.document AND d.removed_at IS NULL"
)

_PIECES: Final = (
    'SELECT p.n, p.kind, p.unit, p.label, p.start, p."end", p.source, p.state, p.text, p.doubts,'
    " p.missing, p.added, p.failure, p.kept, p.seconds,"
    ' substr(u.text, p.start + 1, p."end" - p.start) IS NOT p.source'
    " FROM translated_pieces AS p JOIN translations AS t ON t.id = p.translation"
    " JOIN documents AS d ON d.id = t.document LEFT JOIN units AS u ON u.document = d.id"
    " AND u.parser_version = d.parser_version AND u.number = p.unit WHERE p.translation = ?"
)


class OpenPiece(NamedTuple):
    """A piece that is to be translated.

    Attributes:
        tries: how often it was asked for before.
        before: the piece before in the same unit, if it was translated without a doubt.
    """

    piece: Piece
    tries: int
    before: Piece | None


class Translations:
    """The translations of a workspace. All methods return at once.

    A Future of one that is gone, or whose document was removed, fails with TranslationGone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, new: NewTranslation, pieces: Sequence[tuple[Unit, Span]]
    ) -> Future[Translation]:
        """Store a translation with all its pieces, open; DocumentGone when its document is."""

        def run(connection: Connection) -> Translation:
            there = connection.execute(
                "SELECT 1 FROM documents WHERE id = ? AND removed_at IS NULL", (new.document,)
            )
            if there.fetchone() is None:
                raise DocumentGone
            now = time.time()
            cursor = connection.execute(
                "INSERT INTO translations (document, language, installed_model, state, made_at,"
                " changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(new.document, new.language, new.installed_model),
                    *(TranslationState.READY, now, now),
                ),
            )
            made = TranslationId(int(cursor.lastrowid or 0))
            connection.executemany(
                "INSERT INTO translated_pieces (translation, n, unit, kind, label, start, "
                '"end", source) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                (
                    (made, n, unit.number, unit.kind, unit.label, *span, unit.text[slice(*span)])
                    for n, (unit, span) in enumerate(pieces, 1)
                ),
            )
            return _one(connection, made)

        return self._database.write(run)

    def list(self) -> Future[tuple[Translation, ...]]:
        """All of documents that are there, the newest first."""

        def run(connection: Connection) -> tuple[Translation, ...]:
            return tuple(map(_listed, connection.execute(f"{_LISTED} ORDER BY t.id DESC")))

        return self._database.read(run)

    def get(self, wanted: TranslationId) -> Future[Translation]:
        """One of them."""
        return self._database.read(lambda connection: _one(connection, wanted))

    def sheet(self, wanted: TranslationId) -> Future[TranslationSheet]:
        """One with all its pieces."""

        def run(connection: Connection) -> TranslationSheet:
            listed = _one(connection, wanted)
            rows = connection.execute(f"{_PIECES} ORDER BY p.n", (wanted,))
            return TranslationSheet(translation=listed, pieces=tuple(map(_piece, rows)))

        return self._database.read(run)

    def next_open(self, wanted: TranslationId) -> Future[OpenPiece | None]:
        """The first piece that is open; None when all are through."""

        def run(connection: Connection) -> OpenPiece | None:
            _one(connection, wanted)
            found = connection.execute(
                "SELECT n, tries FROM translated_pieces WHERE translation = ? AND state IS NULL"
                " ORDER BY n LIMIT 1",
                (wanted,),
            ).fetchone()
            if found is None:
                return None
            n, tries = found
            both = [
                _piece(row)
                for row in connection.execute(
                    f"{_PIECES} AND p.n IN (?, ?) ORDER BY p.n", (wanted, n - 1, n)
                )
            ]
            piece, before = both[-1], both[0] if len(both) > 1 else None
            if before is not None and (
                before.state is not PieceState.DONE or before.place.number != piece.place.number
            ):
                before = None
            return OpenPiece(piece, tries, before)

        return self._database.read(run)

    def finish_piece(
        self, wanted: TranslationId, n: int, result: Translated
    ) -> Future[Translation]:
        """Store what came of a piece."""

        def run(connection: Connection) -> Translation:
            state = PieceState.DONE
            if result.failure is not None:
                state = PieceState.FAILED
            elif result.doubts:
                state = PieceState.CHECK
            connection.execute(
                "UPDATE translated_pieces SET state = ?, text = ?, doubts = ?, missing = ?,"
                " added = ?, failure = ?, kept = ?, seconds = ?, tries = tries + 1"
                " WHERE translation = ? AND n = ?",
                (
                    *(state, storable(result.text), json_text(list(result.doubts))),
                    *(json_text(list(result.missing)), json_text(list(result.added))),
                    *(failure_text(result.failure), result.kept, result.seconds, wanted, n),
                ),
            )
            _touch(connection, wanted)
            return _one(connection, wanted)

        return self._database.write(run)

    def reopen(
        self, wanted: TranslationId, pieces: Sequence[int] | None = None
    ) -> Future[Translation]:
        """Take what came of some pieces away, so that they are asked for again.

        Args:
            pieces: their numbers; None for all that failed.
        """

        def run(connection: Connection) -> Translation:
            _one(connection, wanted)
            which = "state = 'failed'" if pieces is None else "n = ?"
            for values in [()] if pieces is None else [(n,) for n in pieces]:
                connection.execute(
                    "UPDATE translated_pieces SET state = NULL, text = '', doubts = '[]',"  # noqa: S608
                    " missing = '[]', added = '[]', failure = NULL, kept = 0, seconds = 0"
                    f" WHERE translation = ? AND {which}",
                    (wanted, *values),
                )
            connection.execute(
                "UPDATE translations SET state = ? WHERE id = ? AND state = ? AND EXISTS (SELECT 1"
                " FROM translated_pieces WHERE translation = translations.id AND state IS NULL)",
                (TranslationState.PAUSED, wanted, TranslationState.FINISHED),
            )
            _touch(connection, wanted)
            return _one(connection, wanted)

        return self._database.write(run)

    def set_state(
        self,
        wanted: TranslationId,
        state: TranslationState,
        why: Failure | None = None,
        installed_model: str = "",
    ) -> Future[Translation]:
        """How far it has come.

        Args:
            why: what keeps it from going on.
            installed_model: that translates from now on; empty leaves it as it is.
        """

        def run(connection: Connection) -> Translation:
            connection.execute(
                "UPDATE translations SET state = ?, failure = ?, changed_at = ?, installed_model ="
                " iif(? = '', installed_model, ?) WHERE id = ?",
                (state, failure_text(why), time.time(), installed_model, installed_model, wanted),
            )
            return _one(connection, wanted)

        return self._database.write(run)

    def remove(self, wanted: TranslationId) -> Future[None]:
        """Remove it with its pieces."""

        def run(connection: Connection) -> None:
            connection.execute("DELETE FROM translations WHERE id = ?", (wanted,))

        return self._database.write(run)


def interrupt_translations(connection: Connection) -> None:
    """Mark translations that were worked on when the program ended."""
    connection.execute("UPDATE translations SET state = 'interrupted' WHERE state = 'running'")


def _touch(connection: Connection, wanted: TranslationId) -> None:
    connection.execute("UPDATE translations SET changed_at = ? WHERE id = ?", (time.time(), wanted))


def _one(connection: Connection, wanted: TranslationId) -> Translation:
    row = connection.execute(f"{_LISTED} WHERE t.id = ?", (wanted,)).fetchone()
    if row is None:
        raise TranslationGone
    return _listed(row)


def _listed(row: Sequence[Any]) -> Translation:
    pieces, units, done, units_done, failed, doubtful, seconds = json.loads(row[9])
    return Translation(
        id=TranslationId(row[0]),
        document=DocumentId(row[1]),
        document_name=row[2],
        language=row[3],
        installed_model=row[4],
        state=TranslationState(row[5]),
        made_at=row[6],
        changed_at=row[7],
        failure=failure(row[8]),
        pieces=pieces,
        units=units,
        done=done,
        units_done=units_done,
        failed=int(failed),
        doubtful=int(doubtful),
        seconds=seconds,
    )


def _piece(row: Sequence[Any]) -> Piece:
    result = None
    if row[7] is not None:
        result = Translated(
            text=row[8],
            doubts=tuple(map(Doubt, json.loads(row[9]))),
            missing=tuple(json.loads(row[10])),
            added=tuple(json.loads(row[11])),
            failure=failure(row[12]),
            kept=bool(row[13]),
            seconds=row[14],
        )
    return Piece(
        n=row[0],
        place=UnitPlace(UnitKind(row[1]), row[2], row[3]),
        start=row[4],
        end=row[5],
        source=row[6],
        moved=bool(row[15]),
        result=result,
    )
