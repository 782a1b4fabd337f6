"""An answer that was told is checked as a whole, whatever mode it came from.

Each sentence for support, its figures, what was searched, what could not be read, passages that
hold instructions. Must not know the engine, the store or the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from carrel.answering.citing import Sources
from carrel.answering.instructions import instructed
from carrel.answering.sheets.recomputing import Recomputing
from carrel.answering.support import check_support, outcome_of
from carrel.domain.answers import Answer, Citation, UnreadPart
from carrel.domain.documents import Hit
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.support import Checks, Searched

MOST_UNREAD: Final = 200
"""Unread parts kept with an answer; who has more reads the ledgers."""


class Extent(Protocol):
    """What is known of the material in scope."""

    def unread(
        self, documents: tuple[DocumentId, ...], most: int
    ) -> tuple[Sequence[UnreadPart], bool]:
        """Parts in scope that were not read, and whether there are more."""

    def searched(self, question: str, documents: tuple[DocumentId, ...]) -> Searched:
        """How much a question is looked for in, and which of its words stand nowhere there."""


def checked(
    answer: Answer,
    question: str,
    documents: tuple[DocumentId, ...],
    shown: Sequence[Hit],
    *,
    extent: Extent,
    sources: Sources,
    recomputing: Recomputing,
) -> Answer:
    """The answer with all its checks.

    Args:
        answer: with its citations.
        question: as asked.
        documents: asked about; empty means all.
        shown: the passages an engine was shown, or that were cited.
        extent: of the material.
        sources: canonical texts.
        recomputing: looks for its figures in workbooks.
    """
    unread, more = extent.unread(documents, MOST_UNREAD)
    statements = check_support(
        answer.text,
        answer.citations,
        question=question,
        page_of=lambda citation: _page(sources, citation),
        elsewhere=recomputing.locate,
    )
    return replace(
        answer,
        coverage=replace(answer.coverage, unread=tuple(unread), unread_more=more),
        checks=Checks(
            outcome=outcome_of(statements, answer.text),
            statements=statements,
            searched=extent.searched(question, documents),
            instructed=instructed(shown),
            computed=tuple(recomputing.computed),
        ),
    )


def _page(sources: Sources, citation: Citation) -> str:
    """The text of the unit a citation stands in; empty when it is gone by now."""
    if citation.document is None or citation.place is None:
        return ""
    try:
        return sources.unit(citation.document, citation.place.number).text
    except KnownError:
        return ""
