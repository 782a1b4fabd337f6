"""Which cells of a sheet a passage that was found is about. Must not know who searches."""

from __future__ import annotations

from carrel.app.library import cells_of
from carrel.domain.documents import Hit, Span, Unit, UnitKind
from carrel.domain.errors import KnownError
from carrel.domain.ids import UnitId
from carrel.workspace.store import Workspace


class CellsOf:
    """Looks up cells for the hits of one search, each unit once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._units: dict[UnitId, Unit | None] = {}

    def of(self, hit: Hit) -> str:
        """The cells of a hit as `Hit.cells` has them; empty when its unit is gone by now."""
        if hit.place.kind is not UnitKind.SHEET:
            return ""
        if hit.passage.unit not in self._units:
            self._units[hit.passage.unit] = self._look(hit)
        unit = self._units[hit.passage.unit]
        return cells_of(self._workspace, unit, row_found(hit)) if unit is not None else ""

    def _look(self, hit: Hit) -> Unit | None:
        found = self._workspace.documents.unit(hit.passage.document, hit.place.number)
        try:
            return found.result()
        except KnownError:  # removed or read anew while it was searched
            return None


def row_found(hit: Hit) -> Span:
    """The line of a passage with the most words found, in its unit; without any, all of it."""
    passage = hit.passage
    lines: dict[int, int] = {}
    for span in hit.spans:
        start = passage.text.rfind("\n", 0, span.start) + 1
        lines[start] = lines.get(start, 0) + 1
    if not lines:
        return Span(passage.start, passage.end)
    best = max(lines, key=lambda start: (lines[start], -start))
    after = passage.text.find("\n", best)
    return Span(passage.start + best, passage.end if after < 0 else passage.start + after)
