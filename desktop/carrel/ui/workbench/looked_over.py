"""Lists of facts that a model can look over. Must not know how it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from PySide6.QtWidgets import QWidget

from carrel.domain.events import Event
from carrel.domain.fact_events import RefiningProgressed
from carrel.domain.fact_sheet import (
    HEADS,
    REFINED_NAMES_HEADS,
    REFINED_TIMELINE_HEADS,
)
from carrel.domain.facts import FactsKind
from carrel.domain.ids import DocumentId
from carrel.domain.installed import InstalledModel
from carrel.domain.refined import RefinedEntities, RefinedTimeline
from carrel.ui import words
from carrel.ui.widgets.buttons import button
from carrel.ui.workbench.fact_rows import (
    KINDS,
    PRECISIONS,
    FactRow,
    Names,
    entity_rows,
    timeline_rows,
)
from carrel.ui.workbench.facts import FactsView, Found
from carrel.ui.workbench.refined_rows import ASIDE, refined_entity_rows, refined_timeline_rows
from carrel.ui.workbench.tool import Equipment

LOOK_OVER: Final = "Look over with a model"
NO_MODEL: Final = "Import a larger model on the Models page to have this looked over."
HINT: Final = (
    "The model joins and names what the rules found, and sets some aside; all of it is checked, "
    "nothing is added or removed."
)
_STEPS: Final = {"loading": "Loading the model", "testing": "Testing the model"}


class LookedOverView(FactsView):
    """A list of facts with a switch: by rules only, or looked over by a model."""

    folded = frozenset({ASIDE})
    refined_heads: ClassVar[tuple[str, ...]]

    def __init__(self, equipment: Equipment) -> None:
        """By rules only."""
        self._by = ""
        self._refined = False
        super().__init__(equipment)

    def switches(self) -> list[QWidget]:
        """The switch."""
        self.refine = button(LOOK_OVER, "segment")
        self.refine.setCheckable(True)
        self.refine.setToolTip(HINT)
        self.refine.setEnabled(False)
        return [self.refine]

    def open(self) -> None:
        """Look which models there are."""
        super().open()
        self.bridge.deliver(self.app.installed_models(), self._on_models)

    def _on_models(self, models: tuple[InstalledModel, ...]) -> None:
        speaks = any(not one.built_in for one in models)
        self.refine.setEnabled(speaks)
        self.refine.setToolTip(HINT if speaks else NO_MODEL)

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._by = ""
        self._refined = self.refine.isChecked()
        if self._refined:
            self._look_over(documents, asked)
        else:
            self._find(documents, asked)

    def _find(self, documents: Sequence[DocumentId], asked: int) -> None:
        """By rules."""

    def _look_over(self, documents: Sequence[DocumentId], asked: int) -> None:
        """With a model."""

    def _stop(self) -> None:
        if self._refined:
            self.app.refining.pause()  # it ends with what was looked over
        else:
            super()._stop()

    @property
    def stop_words(self) -> str:
        """What the button says meanwhile."""
        return "Stop"

    @property
    def sheet_heads(self) -> tuple[str, ...]:
        """More columns where a model looked."""
        return self.refined_heads if self._refined else self.heads

    def _on_found(
        self,
        asked: int,
        rows_of: Callable[[Found, Names], tuple[FactRow, ...]],
        found: Found,
    ) -> None:
        if asked == self._asked and isinstance(found, RefinedTimeline | RefinedEntities):
            self._by = found.by.words
        super()._on_found(asked, rows_of, found)

    def _on_event(self, event: Event) -> None:
        if self._working and isinstance(event, RefiningProgressed):
            if event.kind != self.kind.value:
                return
            step = _STEPS.get(event.step)
            done = f"{event.done:,} of {event.total:,} looked over"
            left = words.left(event.seconds_left)
            self.said.setText(f"{step}…" if step else " · ".join(filter(None, (done, left))))
        super()._on_event(event)

    def _summary(self) -> str:
        told = super()._summary()
        return f"{self._by} {told}" if self._by else told


class TimelineView(LookedOverView):
    """What stands under dates."""

    kind = FactsKind.TIMELINE
    title = "Timeline"
    noun = "dated events"
    start_words = (
        "Choose documents and press Start. Every date is listed with its sentence, in order; rows "
        "of tables and headings are left out. Nothing is sent to a model, unless you switch on "
        "that one looks it over."
    )
    groups = (*PRECISIONS.values(), ASIDE)
    heads = HEADS[FactsKind.TIMELINE]
    refined_heads = REFINED_TIMELINE_HEADS
    dated = True

    def _find(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.timeline(documents), timeline_rows)

    def _look_over(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.refining.timeline(documents), refined_timeline_rows)


class EntitiesView(LookedOverView):
    """Who and what is named."""

    kind = FactsKind.ENTITIES
    title = "Names and amounts"
    noun = "names, amounts and identifiers"
    start_words = (
        "Choose documents and press Start. People, organisations, places, amounts, addresses and "
        "identifiers are found by rules, rather too few than wrong ones. Nothing is sent to "
        "a model, unless you switch on that one looks it over."
    )
    groups = (*KINDS.values(), ASIDE)
    heads = HEADS[FactsKind.ENTITIES]
    refined_heads = REFINED_NAMES_HEADS

    def _find(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.facts.entities(documents), entity_rows)

    def _look_over(self, documents: Sequence[DocumentId], asked: int) -> None:
        self._wait(asked, self.app.refining.entities(documents), refined_entity_rows)
