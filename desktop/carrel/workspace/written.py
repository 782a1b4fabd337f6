"""What models wrote of the sections of documents; each section is one row, stored when it is done.

Must not know how it is written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any

from carrel.domain.answers import Verdict
from carrel.domain.documents import Span, UnitKind, UnitPlace
from carrel.domain.facts import Mention
from carrel.domain.ids import DocumentId
from carrel.domain.written import Quote, Standing, WrittenSection, WrittenSentence
from carrel.workspace.database import Database
from carrel.workspace.rows import json_text, storable
from carrel.workspace.sqlcipher import Connection


class Written:
    """The written sections of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, installed_model: str, identity: str, section: WrittenSection) -> Future[bool]:
        """Store a section in place of what was stored for it; whether its document is still there.

        Args:
            identity: of its text and the model.
        """

        def run(connection: Connection) -> bool:
            cursor = connection.execute(
                "INSERT OR REPLACE INTO written_sections (document, installed_model, first,"
                " identity, written_at, body) SELECT id, ?, ?, ?, ?, ? FROM documents"
                " WHERE id = ? AND removed_at IS NULL",
                (
                    *(installed_model, section.first, identity, time.time()),
                    *(_body(section), section.document),
                ),
            )
            return cursor.rowcount > 0

        return self._database.write(run)

    def of(
        self, document: DocumentId, installed_model: str
    ) -> Future[dict[tuple[int, str], WrittenSection]]:
        """What a model wrote of a document, by the first unit and the identity of each section."""

        def run(connection: Connection) -> dict[tuple[int, str], WrittenSection]:
            rows = connection.execute(
                "SELECT first, identity, body FROM written_sections WHERE document = ?"
                " AND installed_model = ? ORDER BY first",
                (document, installed_model),
            )
            return {
                (first, identity): _section(document, first, json.loads(body))
                for first, identity, body in rows
            }

        return self._database.read(run)

    def last_model(self, documents: Collection[DocumentId]) -> Future[str]:
        """The model that wrote last of one of these documents; empty where none did."""

        def run(connection: Connection) -> str:
            row = connection.execute(
                "SELECT installed_model FROM written_sections WHERE document IN"
                " (SELECT value FROM json_each(?)) ORDER BY written_at DESC LIMIT 1",
                (json_text(list(documents)),),
            ).fetchone()
            return str(row[0]) if row else ""

        return self._database.read(run)

    def drop(
        self, document: DocumentId, installed_model: str, but: Collection[str] = ()
    ) -> Future[int]:
        """Take away what a model wrote of a document; how many sections went.

        Args:
            but: identities of sections that stay.
        """

        def run(connection: Connection) -> int:
            cursor = connection.execute(
                "DELETE FROM written_sections WHERE document = ? AND installed_model = ?"
                " AND identity NOT IN (SELECT value FROM json_each(?))",
                (document, installed_model, json_text(sorted(but))),
            )
            return int(cursor.rowcount)

        return self._database.write(run)


def drop_written(connection: Connection, document: DocumentId) -> None:
    """The texts of a document changed: what was written of them is of nothing any more."""
    connection.execute("DELETE FROM written_sections WHERE document = ?", (document,))


def _body(section: WrittenSection) -> str:
    return json_text(
        {
            "title": storable(section.title),
            "last": section.last,
            "shown": section.shown,
            "total": section.total,
            "instructed": storable(section.instructed),
            "characters": section.characters,
            "seconds": section.seconds,
            "sentences": [
                {
                    "text": storable(one.text),
                    "standing": one.standing.value,
                    "why": storable(one.why),
                    "quotes": [_quote_body(quote) for quote in one.quotes],
                }
                for one in section.sentences
            ],
        }
    )


def _quote_body(quote: Quote) -> list[object]:
    told: list[object] = [storable(quote.words), quote.verdict.value, storable(quote.difference)]
    if quote.mention is not None:
        place, span = quote.mention.place, quote.mention.span
        told += [
            *(quote.mention.document, place.kind.value, place.number, storable(place.label)),
            *(span.start, span.end, storable(quote.mention.text)),
        ]
    return told


def _section(document: DocumentId, first: int, body: dict[str, Any]) -> WrittenSection:
    return WrittenSection(
        document=document,
        title=body["title"],
        first=first,
        last=body["last"],
        shown=body["shown"],
        total=body["total"],
        instructed=body["instructed"],
        characters=body["characters"],
        seconds=body["seconds"],
        sentences=tuple(
            WrittenSentence(
                text=one["text"],
                standing=Standing(one["standing"]),
                why=one["why"],
                quotes=tuple(map(_quote, one["quotes"])),
            )
            for one in body["sentences"]
        ),
    )


def _quote(told: list[Any]) -> Quote:
    words, verdict, difference, *where = told
    if not where:
        return Quote(words, Verdict(verdict), None, difference)
    document, kind, number, label, start, end, text = where
    mention = Mention(
        DocumentId(document),
        UnitPlace(UnitKind(kind), number, label),
        Span(start, end),
        text,
        Span(0, len(text)),
    )
    return Quote(words, Verdict(verdict), mention, difference)
