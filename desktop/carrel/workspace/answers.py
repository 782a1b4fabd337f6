"""Exchanges, answers and citations between rows and values. Must not know who asks."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from carrel.domain.answers import (
    Answer,
    AnswerMode,
    Citation,
    Coverage,
    Exchange,
    ExchangeState,
    Timing,
    TokenCount,
    UnreadPart,
    Verdict,
)
from carrel.domain.documents import Box, UnitKind, UnitPlace
from carrel.domain.ids import ChatId, DocumentId, ExchangeId
from carrel.workspace.checked import checks_of, checks_text
from carrel.workspace.errors import ChatGone
from carrel.workspace.making import (
    record_of,
    record_text,
    sections_of,
    steps_of,
    steps_text,
)
from carrel.workspace.rows import failure, groups, json_text, storable
from carrel.workspace.sqlcipher import Connection

_TIMING: Final = ("search", "load", "prefill", "decode", "check", "total")


def keep_answer(connection: Connection, exchange: ExchangeId, answer: Answer) -> None:
    """Store an answer with its citations, in place of what was stored for the exchange."""
    if not connection.execute("SELECT 1 FROM exchanges WHERE id = ?", (exchange,)).fetchone():
        raise ChatGone
    connection.execute("DELETE FROM answers WHERE exchange = ?", (exchange,))
    connection.execute(
        "INSERT INTO answers (exchange, answered_at, mode, text, thinking, units_used, units_total,"
        " installed_model, sampling, prompt_tokens, answer_tokens, timing, known_tokens, unread,"
        " steps, record, checks)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            exchange,
            time.time(),
            answer.mode,
            storable(answer.text),
            storable(answer.thinking),
            answer.coverage.units_used,
            answer.coverage.units_total,
            answer.installed_model,
            json_text(answer.sampling),
            answer.tokens.prompt,
            answer.tokens.answer,
            json_text({name: getattr(answer.timing, name) for name in _TIMING}),
            answer.tokens.known,
            _unread_text(answer.coverage),
            steps_text(answer.steps),
            record_text(answer.record),
            checks_text(answer.checks),
        ),
    )
    connection.executemany(
        "INSERT INTO citations (exchange, n, verdict, quote, document, document_name,"
        ' document_sha256, unit_kind, unit_number, unit_label, start, "end", source_text,'
        " difference, parser_version, boxes, confidence, cells) VALUES (?, ?, ?, ?, ?, ?,"
        " coalesce((SELECT sha256 FROM documents WHERE id = ?5), ''),"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_citation_row(exchange, citation) for citation in answer.citations),
    )


def read_exchanges(
    connection: Connection, which: str, values: Sequence[int]
) -> tuple[Exchange, ...]:
    """Exchanges with their answers, oldest first.

    Args:
        which: a condition of ours over `exchanges AS e`; never made of anybody's text.
    """
    rows = connection.execute(
        "SELECT e.id, e.chat, e.question, e.asked_at, e.state, e.mode, e.documents, e.failure,"  # noqa: S608
        " a.mode, a.text, a.thinking, a.units_used, a.units_total, a.installed_model, a.sampling,"
        " a.prompt_tokens, a.answer_tokens, a.timing, a.known_tokens, a.unread, a.steps, a.record,"
        " a.checks, e.sections"
        " FROM exchanges AS e LEFT JOIN answers AS a ON a.exchange = e.id"
        f" WHERE {which} ORDER BY e.id",
        values,
    ).fetchall()
    citations = _citations(connection, [row[0] for row in rows])
    return tuple(
        Exchange(
            id=ExchangeId(row[0]),
            chat=ChatId(row[1]),
            question=row[2],
            asked_at=row[3],
            state=ExchangeState(row[4]),
            mode=AnswerMode(row[5]),
            documents=tuple(map(DocumentId, json.loads(row[6]))),
            failure=failure(row[7]),
            sections=sections_of(row[-1]),
            answer=None if row[8] is None else _answer(row[8:-1], citations[row[0]]),
        )
        for row in rows
    )


def _answer(row: Sequence[Any], citations: list[Citation]) -> Answer:
    mode, text, thinking, used, total, installed, sampling, prompt, answer, timing = row[:10]
    known, unread, steps, record, checks = row[10:]
    return Answer(
        mode=AnswerMode(mode),
        text=text,
        thinking=thinking,
        citations=tuple(citations),
        coverage=_coverage(used, total, json.loads(unread)),
        installed_model=installed,
        sampling=json.loads(sampling),
        tokens=TokenCount(prompt=prompt, answer=answer, known=known),
        timing=Timing(**json.loads(timing)),
        steps=steps_of(steps),
        record=record_of(record),
        checks=checks_of(checks),
    )


def _unread_text(coverage: Coverage) -> str:
    parts: list[object] = [
        [part.document, storable(part.document_name), part.unit, storable(part.why)]
        for part in coverage.unread
    ]
    return json_text([*parts, None] if coverage.unread_more else parts)


def _coverage(used: int, total: int, unread: list[Any]) -> Coverage:
    """From its columns; a list that ends with nothing goes on."""
    return Coverage(
        units_used=used,
        units_total=total,
        unread=tuple(
            UnreadPart(document=DocumentId(id_), document_name=name, unit=unit, why=why)
            for id_, name, unit, why in filter(None, unread)
        ),
        unread_more=None in unread,
    )


def _citations(connection: Connection, exchanges: list[int]) -> dict[int, list[Citation]]:
    found: dict[int, list[Citation]] = defaultdict(list)
    for marks, ids in groups(exchanges):
        rows = connection.execute(
            "SELECT exchange, n, verdict, quote, document, document_name, unit_kind, unit_number,"  # noqa: S608
            ' unit_label, start, "end", source_text, difference, parser_version, boxes,'
            " confidence, cells"
            f" FROM citations WHERE exchange IN ({marks}) ORDER BY exchange, n",
            ids,
        )
        for row in rows:
            found[row[0]].append(_citation(row))
    return found


def _citation(row: Sequence[Any]) -> Citation:
    return Citation(
        n=row[1],
        verdict=Verdict(row[2]),
        quote=row[3],
        document=None if row[4] is None else DocumentId(row[4]),
        document_name=row[5],
        place=None if row[6] is None else UnitPlace(UnitKind(row[6]), row[7], row[8]),
        start=row[9],
        end=row[10],
        source_text=row[11],
        difference=row[12],
        parser_version=row[13],
        boxes=tuple(Box(*box) for box in json.loads(row[14])),
        confidence=row[15],
        cells=row[16],
    )


def _citation_row(exchange: ExchangeId, citation: Citation) -> tuple[Any, ...]:
    place = citation.place
    return (
        exchange,
        citation.n,
        citation.verdict,
        storable(citation.quote),
        citation.document,
        storable(citation.document_name),
        place.kind if place else None,
        place.number if place else None,
        storable(place.label) if place else None,
        citation.start,
        citation.end,
        storable(citation.source_text),
        storable(citation.difference),
        citation.parser_version,
        json_text([list(box) for box in citation.boxes]),
        citation.confidence,
        storable(citation.cells),
    )
