"""Which words of a passage a query looked for. Must not know how passages are found."""

from __future__ import annotations

from typing import Final

from carrel.domain.documents import Span
from carrel.language.folding import fold
from carrel.language.terms import locate
from carrel.retrieval.phrases import pattern
from carrel.retrieval.query import Query

MAX_SPANS: Final = 400
"""Marked words of one hit."""


def marked_words(text: str, query: Query) -> tuple[Span, ...]:
    """The words of a text that a query looks for, those that touch taken together."""
    if query.phrases:
        folded = fold(text, case=True)
        found = [
            folded.original(*match.span())
            for phrase in query.phrases
            for match in pattern(phrase).finditer(folded.text)
        ]
    else:
        found = [Span(start, end) for start, end, _ in locate(text, among=query.body.keys())]
    spans: list[Span] = []
    for span in sorted(found):
        if spans and span.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
        elif len(spans) < MAX_SPANS:
            spans.append(span)
    return tuple(spans)
