"""Contradictions as a list of facts.

Must not know how facts are found.
"""

from collections.abc import Sequence

from carrel.domain.fact_sheet import HEADS
from carrel.domain.facts import FactsKind
from carrel.domain.ids import DocumentId
from carrel.ui.workbench.fact_rows import CLASHES, contradiction_rows
from carrel.ui.workbench.facts import FactsView


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
