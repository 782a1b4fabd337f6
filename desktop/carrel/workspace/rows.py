"""Between rows and the values of the domain. Must not know where rows come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from carrel.domain.documents import (
    Document,
    DocumentState,
    Failure,
    Flaw,
    Inside,
    LedgerEntry,
    Unit,
    UnitKind,
)
from carrel.domain.ids import DocumentId, UnitId
from carrel.domain.labels import LabelKind
from carrel.domain.recognition import PicturedPages

MOST_IDS: Final = 500
"""Ids in one statement; SQLite takes 32,766 parameters, and a shorter text is kept prepared."""

DOCUMENT: Final = (
    "id, sha256, coalesce(title, name), size, kind, state, added_at, units, passages, seconds,"
    " failure, warnings, own, (SELECT json_group_array(json_array(m.container, m.path)) FROM"
    " (SELECT container, path FROM members JOIN documents AS c ON c.id = container"
    " WHERE document = documents.id AND c.removed_at IS NULL ORDER BY container, path) AS m),"
    " (SELECT count(*) FROM members AS m JOIN documents AS d ON d.id = m.document"
    " WHERE m.container = documents.id AND d.removed_at IS NULL), name, old, newer,"
    " (SELECT max(o.id) FROM documents AS o WHERE o.newer = documents.id AND o.removed_at IS NULL),"
    " (SELECT coalesce(sum(p.passages), 0) FROM recognised_passages AS p"
    " WHERE p.document = documents.id),"
    " (SELECT json_array(count(*), total(r.state = 'waiting'), total(r.state = 'read'),"
    " total(r.state = 'failed'), total(r.what = 'low confidence'), total(r.confidence),"
    " total(r.loss)) FROM recognition AS r WHERE r.document = documents.id"
    " AND r.parser_version = documents.parser_version),"
    " (SELECT json_group_array(json_array(l.kind, l.name)) FROM (SELECT kind, name FROM labels"
    " WHERE document = documents.id ORDER BY kind, folded) AS l), note, parser, parser_version,"
    " (SELECT count(*) AND count(*) = count(g.gone_at) FROM places AS g"
    " WHERE g.document = documents.id)"
)
"""Columns of `documents`, which must be the table's name in the statement."""
LEDGER: Final = "unit, what, why, remedy, loss, name"
UNIT: Final = "id, document, kind, number, label, text, width, height, char_boxes, parser_version"


def storable(text: str) -> str:
    """The text with half surrogate pairs, which no encoding takes, replaced one for one.

    They come from file names that are not UTF-8, and offsets must not move.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text


def document(row: Sequence[Any]) -> Document:
    """From the columns `DOCUMENT`."""
    pictured = _pictured(json.loads(row[20]))
    labels = json.loads(row[21])
    state = DocumentState(row[5])
    if state is DocumentState.READ and pictured is not None and pictured.losses:
        state = DocumentState.PARTIAL
    return Document(
        id=DocumentId(row[0]),
        sha256=row[1],
        name=row[2],
        size=row[3],
        kind=row[4],
        state=state,
        added_at=row[6],
        units=row[7],
        passages=row[8] + row[19],
        seconds=row[9],
        failure=failure(row[10]),
        warnings=(*json.loads(row[11]), *(pictured.sentences if pictured else ())),
        own=bool(row[12]),
        inside=tuple(Inside(DocumentId(id_), path) for id_, path in json.loads(row[13])),
        members=row[14],
        file_name=row[15],
        old=bool(row[16]),
        newer=None if row[17] is None else DocumentId(row[17]),
        replaces=None if row[18] is None else DocumentId(row[18]),
        pictured=pictured,
        tags=tuple(name for kind, name in labels if kind == LabelKind.TAG),
        collections=tuple(name for kind, name in labels if kind == LabelKind.COLLECTION),
        note=row[22],
        parser=row[23],
        parser_version=row[24],
        gone=bool(row[25]),
    )


def _pictured(counts: Sequence[float]) -> PicturedPages | None:
    total, waiting, read, failed, unsure, confidence, losses = counts
    if not total:
        return None
    return PicturedPages(
        total=int(total),
        waiting=int(waiting),
        read=int(read),
        failed=int(failed),
        unsure=int(unsure),
        confidence=confidence / read if read else 0.0,
        losses=int(losses),
    )


def ledger_entry(row: Sequence[Any]) -> LedgerEntry:
    """From the columns `LEDGER`."""
    return LedgerEntry(
        unit=row[0],
        what=Flaw(row[1]),
        why=row[2],
        remedy=row[3],
        loss=bool(row[4]),
        name=row[5],
    )


def unit(row: Sequence[Any]) -> Unit:
    """From the columns `UNIT`."""
    return Unit(
        id=UnitId(row[0]),
        document=DocumentId(row[1]),
        kind=UnitKind(row[2]),
        number=row[3],
        label=row[4],
        text=row[5],
        width=row[6],
        height=row[7],
        char_boxes=row[8],
        parser_version=row[9],
    )


def failure(text: str | None) -> Failure | None:
    """From its column."""
    return None if text is None else Failure(**json.loads(text))


def failure_text(value: Failure | None) -> str | None:
    """For its column."""
    if value is None:
        return None
    return json_text({"code": value.code, "reason": value.reason, "remedy": value.remedy})


def json_text(value: object) -> str:
    """Compact JSON that any encoding takes."""
    return json.dumps(value, separators=(",", ":"))


def groups(ids: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
    """Ids in groups that fit a statement, each with its question marks."""
    every = list(ids)
    for begin in range(0, len(every), MOST_IDS):
        group = every[begin : begin + MOST_IDS]
        yield ",".join("?" * len(group)), group
