"""Pages whose text was recognised, when their document is read again: nobody reads them twice.

What was recognised is taken over where the page has the same text of its own as before. Plain
steps inside somebody's transaction. Must not know who recognises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carrel.domain.documents import Flaw, LedgerEntry
from carrel.domain.ids import DocumentId
from carrel.language.segment import SegmentBuilder
from carrel.workspace.recognition import KeptPage, keep_page, unpacked
from carrel.workspace.segments import Segment
from carrel.workspace.sqlcipher import Connection


@dataclass(frozen=True, slots=True)
class _Span:
    """A passage; see `reading.ReadPassage`."""

    start: int
    end: int
    heading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPage:
    """A page as it was before its document was read again.

    Attributes:
        replaces: whether its own text was worthless.
    """

    page: KeptPage
    replaces: bool


def recognised_pages(
    connection: Connection, wanted: DocumentId, version: int
) -> tuple[RecognisedPage, ...]:
    """The pages of a reading that were recognised, also those where nothing was found."""
    rows = connection.execute(
        "SELECT r.unit, r.state, r.replaces, r.what, r.why, r.remedy, r.loss, r.start,"
        " r.confidence, r.languages, r.turned, r.seconds, r.confidences, u.id, u.text, u.char_boxes"
        " FROM recognition AS r JOIN units AS u ON u.document = r.document"
        " AND u.parser_version = r.parser_version AND u.number = r.unit"
        " WHERE r.document = ? AND r.parser_version = ? AND r.state IN ('read', 'blank')"
        " ORDER BY r.unit",
        (wanted, version),
    ).fetchall()
    found = []
    for row in rows:
        number, state, replaces, what, why, remedy, loss, start = row[:8]
        confidence, languages, turned, seconds, packed, unit, text, char_boxes = row[8:]
        read = state == "read"
        spans = _spans(connection, unit) if read else ()
        entry = LedgerEntry(
            unit=number, what=Flaw(what), why=why, remedy=remedy, loss=bool(loss)
        ) if what else None  # fmt: skip
        page = KeptPage(
            number=number,
            state=state,
            entry=entry,
            seconds=seconds,
            text=text if read else None,
            char_boxes=char_boxes,
            start=start,
            confidence=confidence,
            languages=languages,
            turned=turned,
            confidences=unpacked(packed),
            passages=spans,
            segment=_segment(text, spans),
        )
        found.append(RecognisedPage(page=page, replaces=bool(replaces)))
    return tuple(found)


def take_over(
    connection: Connection,
    wanted: DocumentId,
    pages: Sequence[RecognisedPage],
    texts: Mapping[int, str],
    waiting: Mapping[int, bool],
) -> tuple[Segment, ...]:
    """Keep what was recognised on pages that wait again and have the same text of their own.

    Args:
        texts: the pages' own texts, as they are read now.
        waiting: whether the text gives way, by the numbers of pages that wait.
    """
    added = []
    for known in pages:
        page = known.page
        own = texts.get(page.number)
        if own is None or waiting.get(page.number) is not known.replaces:
            continue
        if page.text is not None and not known.replaces:
            start = len(own) + 1 if own else 0
            if page.start != start or not page.text.startswith(own):
                continue
        _, segment = keep_page(connection, wanted, page)
        if segment is not None:
            added.append(segment)
    return tuple(added)


def _spans(connection: Connection, unit: int) -> tuple[_Span, ...]:
    """The passages that recognition added to a unit."""
    rows = connection.execute(
        'SELECT p.start, p."end", p.heading FROM passages AS p JOIN recognised_passages AS r'
        " ON r.document = p.document AND p.id >= r.first AND p.id < r.first + r.passages"
        " WHERE p.unit = ? ORDER BY p.id",
        (unit,),
    )
    return tuple(_Span(*row) for row in rows)


def _segment(text: str, spans: Sequence[_Span]) -> bytes:
    """The postings of a page's passages, as recognition makes them."""
    builder = SegmentBuilder()
    for at, span in enumerate(spans):
        builder.add(text=text[span.start : span.end], heading=span.heading, starts_unit=at == 0)
    return builder.build() if spans else b""
