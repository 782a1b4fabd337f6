"""What the search panel shows: state + event → state. Plain Python: no Qt, no app."""

from dataclasses import dataclass, replace
from typing import Final

from carrel.domain.documents import Failure, Hit, Span
from carrel.domain.searching import Also, AlsoWhy, Found, Reason, ReasonKind, Why, also_said
from carrel.ui import words
from carrel.ui.viewer.state import Place

SNIPPET: Final = 190
"""Characters of a passage that are shown: two lines."""
HINT: Final = (
    'Words, numbers or names in all documents. "exact words" · begin* · -without · this OR that\n'
    "type:pdf · date:2024-03..2024-06 · author:name · tag:name · folder:name · name:part"
)
"""Shown before anything is typed."""
LEAD: Final = 50
"""Characters shown before the first word found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchState:
    """A query and what came of it.

    Attributes:
        request: number of the newest request; older answers are dropped.
        also: what was looked for beside the words of the query.
        notes: on what of the query was not read as it may have been meant.
        documents: that meet the conditions of the query; 0 when it has none.
        by_meaning: whether passages were looked for by their meaning, too.
    """

    query: str = ""
    request: int = 0
    hits: tuple[Hit, ...] = ()
    also: tuple[Also, ...] = ()
    notes: tuple[str, ...] = ()
    documents: int = 0
    by_meaning: bool = False
    searching: bool = False
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hit, ready to be drawn: the snippet in pieces, found or not."""

    name: str
    place: str
    heading: str
    pieces: tuple[tuple[str, bool], ...]
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyRow:
    """One reason for a hit, ready to be drawn.

    Attributes:
        share: of the hit's score, 0 to 1.
    """

    words: str
    said: str
    share: float
    spoken: str


MOST_REASONS: Final = 8
"""Reasons shown; the rest are told together."""


def why_head(why: Why | None, hit: Hit) -> str:
    """The line above the reasons."""
    if why is None:
        return "The documents changed meanwhile; search once more."
    return f"Why hit {hit.rank} stands there · {words.count(why.passages, 'passage')} searched"


def why_rows(why: Why | None) -> tuple[WhyRow, ...]:
    """The reasons to show."""
    if why is None or why.score <= 0:
        return ()
    found = [_why_row(reason, why) for reason in why.reasons[:MOST_REASONS]]
    rest = why.reasons[MOST_REASONS:]
    if rest:
        share = sum(reason.score for reason in rest) / why.score
        more = words.count(len(rest), "more reason", "more reasons")
        found.append(WhyRow(words=more, said="", share=share, spoken=f"{more}: {share:.0%}"))
    return tuple(found)


def _why_row(reason: Reason, why: Why) -> WhyRow:
    share = reason.score / why.score
    match reason.kind:
        case ReasonKind.PIECES:
            named, said = "Parts of words", "inflected forms that share their letters"
        case ReasonKind.FIGURES:
            named, said = "Figures", "an amount is asked for, and the page is full of them"
        case ReasonKind.NAME:
            named, said = f"“{reason.words}”", "the name of the document"
        case ReasonKind.MEANING:
            named, said = "Similar meaning", "whatever its words, as the embedding model sees it"
        case _:
            named, said = f"“{reason.words}”", _where(reason, why)
    return WhyRow(words=named, said=said, share=share, spoken=f"{named}: {said}, {share:.0%}")


def _where(reason: Reason, why: Why) -> str:
    """In which fields a word stands, and how rare it is."""
    places = [name for name, part in (("text", reason.text), ("heading", reason.heading)) if part]
    said = "in " + " and ".join(places) if places else "elsewhere on its page"
    if reason.passages:
        said += f" · in {reason.passages:,} of {words.count(why.passages, 'passage')}"
    if reason.kind is ReasonKind.WORD:
        return said
    beside = f"“{reason.beside}”" if reason.beside else "the query"
    return f"{said} · put beside {beside}"


def asked(state: SearchState, query: str) -> SearchState:
    """The user typed."""
    clean = query.strip()
    if not clean:
        return SearchState(request=state.request + 1)
    return replace(state, query=clean, request=state.request + 1, searching=True, failure=None)


def with_found(state: SearchState, request: int, found: Found) -> SearchState:
    """The answer to a search arrived."""
    if request != state.request:
        return state
    return replace(
        state,
        hits=found.hits,
        also=found.also,
        notes=found.notes,
        documents=found.documents,
        by_meaning=found.by_meaning,
        searching=False,
    )


def with_failure(state: SearchState, request: int, failure: Failure) -> SearchState:
    """The search failed."""
    if request != state.request:
        return state
    return replace(state, hits=(), also=(), documents=0, searching=False, failure=failure)


def says(state: SearchState) -> str:
    """The line below the field."""
    if state.failure is not None:
        return f"{state.failure.reason} {state.failure.remedy}"
    if not state.query:
        return HINT
    if state.hits:
        told = words.count(len(state.hits), "best passage", "best passages")
    else:
        told = "Searching…" if state.searching else f"Nothing found for “{state.query}”."
    if state.documents:
        told += f" · in {words.count(state.documents, 'document', 'documents')} that fit"
    if any(one.why is AlsoWhy.SPELLING for one in state.also):
        told += " · quotation marks search as typed"
    if state.by_meaning and state.hits:
        told += " · by meaning, too"
    return "\n".join((told, *state.notes, *map(also_said, state.also)))


def rows(state: SearchState) -> tuple[Row, ...]:
    """The rows to show."""
    return tuple(_row(hit) for hit in state.hits)


def place(hit: Hit) -> Place:
    """Where a hit leads: its unit, the words found marked."""
    start = hit.passage.start
    marks = tuple(Span(start + span.start, start + span.end) for span in hit.spans)
    return Place(
        document=hit.passage.document,
        document_name=hit.document_name,
        number=hit.place.number,
        marks=marks or (Span(start, hit.passage.end),),
    )


def _row(hit: Hit) -> Row:
    pieces = snippet(hit.passage.text, hit.spans)
    where = hit.cells or words.place(hit.place)
    said = "".join(text for text, _ in pieces)
    return Row(
        name=hit.document_name,
        place=where,
        heading=hit.passage.heading,
        pieces=pieces,
        spoken=f"{hit.document_name}, {where}: {said}",
    )


def snippet(text: str, spans: tuple[Span, ...]) -> tuple[tuple[str, bool], ...]:
    """The part of a passage around the densest words found, in pieces.

    Returns:
        (text, found) pieces with white space flattened; ellipses where text was cut.
    """
    ordered = sorted(spans)
    start = 0
    if ordered and len(text) > SNIPPET:
        best = max(
            ordered,
            key=lambda span: sum(
                span.start <= other.start < span.start + SNIPPET - LEAD for other in ordered
            ),
        )
        start = max(0, min(best.start - LEAD, len(text) - SNIPPET))
        while start and start < best.start and not text[start - 1].isspace():
            start += 1
    end = min(len(text), start + SNIPPET)
    if end < len(text):
        whole = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
        end = whole if whole > end - LEAD else end
    found: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for span in ordered:
        left, right = max(span.start, at), min(span.end, end)
        if left >= right:
            continue
        if left > at:
            found.append((_flat(text[at:left]), False))
        found.append((_flat(text[left:right]), True))
        at = right
    if at < end:
        found.append((_flat(text[at:end]), False))
    if end < len(text):
        found.append((" …", False))
    return tuple(found)


def _flat(text: str) -> str:
    flat = " ".join(text.split())
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and flat else ""
    return before + flat + after
