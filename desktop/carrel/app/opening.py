"""What a viewer shows of a stored document: a unit with words marked, or the words of a citation.

A citation names its words as they stood when it was made. After another reading they are shown
where they stand now, or in the earlier text that was kept for them. Must not know who asks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from carrel.app.finding_again import at_place, find_again
from carrel.app.library import StoredSources
from carrel.domain.answers import Citation
from carrel.domain.documents import DocumentState, Span, Unit, UnitView
from carrel.domain.ids import DocumentId
from carrel.workspace.errors import DocumentGone, UnitGone
from carrel.workspace.rereading import CitedWords
from carrel.workspace.store import Workspace

PAGE_KINDS: Final = frozenset({"pdf", "png", "jpeg", "tiff", "webp", "bmp", "gif"})
"""Kinds of document whose units can be drawn as pages."""


class Opening:
    """Looks units up; calls wait, so make them on a thread of their own."""

    def __init__(self, workspace: Workspace, sources: StoredSources) -> None:
        self._workspace = workspace
        self._sources = sources

    def unit(self, document: DocumentId, number: int, marks: tuple[Span, ...] = ()) -> UnitView:
        """One unit with words marked.

        Raises:
            DocumentGone, UnitGone: it is not there.
        """
        return self._view(self._sources.unit(document, number), marks)

    def cited(self, citation: Citation) -> UnitView:
        """The unit a citation leads to, with its words marked where they stand now.

        Words that stand nowhere any more are not marked.

        Raises:
            DocumentGone: the document was removed, or the citation leads nowhere.
            UnitGone: it has no such unit any more.
        """
        if citation.document is None or citation.place is None:
            raise DocumentGone
        wanted, number = citation.document, citation.place.number
        words = CitedWords(number, citation.start, citation.end, citation.source_text)
        marks = (Span(citation.start, citation.end),) if citation.end > citation.start else ()
        try:
            here = self._sources.unit(wanted, number)
        except UnitGone:
            here = None
        if here is not None and (not citation.source_text or at_place(words, here.text)):
            return self._view(here, marks)
        kept = self._workspace.documents.earlier_unit(wanted, words).result()
        if kept is not None:
            return replace(self._view(kept, marks), earlier=True)
        every = self._workspace.texts.units(wanted).result()
        found = find_again(words, {one.number: one.text for one in every})
        if found is not None:
            return self.unit(wanted, found[0], (found[1],))
        return self.unit(wanted, number)

    def _view(self, unit: Unit, marks: tuple[Span, ...]) -> UnitView:
        found = self._workspace.documents.get(unit.document).result()
        return UnitView(
            document=found,
            unit=unit,
            total=found.units,
            page_like=found.kind in PAGE_KINDS and found.state is not DocumentState.FAILED,
            marks=marks,
            mark_boxes=self._sources.boxes(unit, marks),
            blocks=self._sources.blocks(unit),
            sheet=self._workspace.sheets.part(unit).result(),
        )
