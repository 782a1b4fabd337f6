"""The timeline, who and what is named, and contradictions: three lists of facts.

Must not know how facts are found.
"""

from collections.abc import Sequence

from carrel.domain.fact_sheet import HEADS
from carrel.domain.facts import FactsKind
from carrel.domain.ids import DocumentId
from carrel.ui.workbench.fact_rows import (
    CLASHES,
    KINDS,
    PRECISIONS,
    contradiction_rows,
    entity_rows,
    summary_rows,
    timeline_rows,
)
from carrel.ui.workbench.facts import FactsView


class TimelineView(FactsView):
    """What stands under dates."""

    kind = FactsKind.TIMELINE
    title = "Timeline"
    noun = "dated events"
    start_words = (
        "Choose documents and press Start. Every date is listed with its sentence, in order; rows "
        "of tables and headings are left out. Nothing is sent to a model."
    )
    groups = tuple(PRECISIONS.values())
    heads = HEADS[FactsKind.TIMELINE]
    dated = True

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.timeline(documents), timeline_rows)


class EntitiesView(FactsView):
    """Who and what is named."""

    kind = FactsKind.ENTITIES
    title = "Names and amounts"
    noun = "names, amounts and identifiers"
    start_words = (
        "Choose documents and press Start. People, organisations, places, amounts, addresses and "
        "identifiers are found by rules, rather too few than wrong ones. Nothing is sent to "
        "a model."
    )
    groups = tuple(KINDS.values())
    heads = HEADS[FactsKind.ENTITIES]

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.entities(documents), entity_rows)


class ContradictionsView(FactsView):
    """Where documents disagree."""

    kind = FactsKind.CONTRADICTIONS
    title = "Contradictions"
    noun = "contradictions found by rules; there may be others"
    start_words = (
        "Choose two documents or more and press Start. Listed is where the same sentence has "
        "another number, date or “not”; other words, or another period, are not compared. Nothing "
        "is sent to a model."
    )
    groups = tuple(CLASHES.values())
    heads = HEADS[FactsKind.CONTRADICTIONS]
    paired = True
    least = 2

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.contradictions(documents), contradiction_rows)


class SummaryView(FactsView):
    """The sentences that say most of each section."""

    kind = FactsKind.SUMMARY
    title = "Summary"
    noun = "sentences, word for word from the documents"
    start_words = (
        "Choose documents and press Start. Of each section those sentences are shown that say most "
        "of what the document is about, as they stand; nothing is written anew, and nothing is "
        "sent to a model."
    )
    groups = ()
    heads = HEADS[FactsKind.SUMMARY]

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.summary(documents), summary_rows)
