"""What the viewer shows: state + event → state.

Plain Python: no Qt, no app. Requests carry a number; an answer that comes for
an older request is dropped, so fast clicks never show the wrong page.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from carrel.domain.answers import Citation
from carrel.domain.documents import (
    Failure,
    OutlineEntry,
    PageImage,
    Span,
    UnitKind,
    UnitPlace,
    UnitView,
)
from carrel.domain.events import DocumentRemoved, Event
from carrel.domain.ids import DocumentId
from carrel.domain.matches import Matches
from carrel.language.literal import occurrences, pattern_of
from carrel.ui import words

LEAST_ZOOM: Final = 0.25
MOST_ZOOM: Final = 4.0
"""Times 72 dots per inch. At 4 a page of A4 is 2380 pixels wide: enough to read a footnote."""
ZOOM_STEP: Final = 1.2
ZOOMS: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
"""Offered in the menu."""

MAX_HISTORY: Final = 50
"""Places to go back to; more than anyone remembers."""


class Fit(StrEnum):
    """What a page is made to fit while no zoom is chosen."""

    WIDTH = "width"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """A search in the document shown.

    Attributes:
        words: looked for; empty when nothing is.
        request: number of the newest request.
        matches: what has arrived for it; None while it is on its way.
        current: index of the match looked at, -1 for none.
    """

    words: str = ""
    request: int = 0
    matches: Matches | None = None
    current: int = -1

    @property
    def said(self) -> str:
        """``3 of 17``, ``No matches``; empty while nothing is known."""
        if not self.words.strip() or self.matches is None:
            return ""
        count = len(self.matches.matches)
        if not count:
            return "No matches"
        return f"{self.current + 1:,} of {count:,}{'+' if self.matches.more else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One thing to be shown.

    Attributes:
        marks: spans of the unit's text to be marked.
        heading: words that are scrolled to where nothing is marked.
        cited: the citation whose words are to be marked; after another reading of the document
            they may stand elsewhere.
    """

    document: DocumentId
    document_name: str
    number: int
    marks: tuple[Span, ...] = ()
    heading: str = ""
    cited: Citation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerState:
    """The place shown and what has arrived of it.

    Attributes:
        request: number of the newest request.
        citations: the citations of one answer that can be stepped through.
        citation: index into `citations`, None when no citation is shown.
        zoom: pixels per point; None fits the page as `fit` says.
        turned: clockwise quarters the reader has turned the page by.
        outlined: whether recognised words have lines around them.
        find: the search in this document.
    """

    place: Place | None = None
    request: int = 0
    view: UnitView | None = None
    image: PageImage | None = None
    failure: Failure | None = None
    citations: tuple[Citation, ...] = ()
    citation: int | None = None
    zoom: float | None = None
    fit: Fit = Fit.WIDTH
    turned: int = 0
    outlined: bool = False
    find: Find = Find()
    back: tuple[Place, ...] = ()
    forward: tuple[Place, ...] = ()

    @property
    def loading(self) -> bool:
        """Whether the unit is on its way."""
        return self.place is not None and self.view is None and self.failure is None

    @property
    def total(self) -> int:
        """Units of the document, 0 while unknown."""
        return self.view.total if self.view else 0

    @property
    def page_words(self) -> str:
        """What stands behind the number: ``of 340``, the printed number, how it was read."""
        if self.view is None:
            return ""
        unit = self.view.unit
        printed = unit.kind is UnitKind.PAGE and unit.label not in {"", str(unit.number)}
        where = (
            f" · {words.place(UnitPlace(unit.kind, unit.number, unit.label))}" if printed else ""
        )
        read = " · OCR" if unit.recognised is not None else ""
        return f"of {self.total:,}{where}{read}"

    @property
    def heading_here(self) -> Span | None:
        """Where the heading that was chosen stands; None without one, or where it is not found."""
        pattern = pattern_of(self.place.heading) if self.place and not self.place.marks else None
        if pattern is None or self.view is None:
            return None
        return next(occurrences(pattern, self.view.unit.text), None)

    @property
    def zoom_words(self) -> str:
        """``Fit width``, ``Fit page`` or ``125 %``."""
        return f"Fit {self.fit}" if self.zoom is None else f"{round(self.zoom * 100)} %"

    @property
    def found_here(self) -> tuple[tuple[Span, ...], int]:
        """Where words were found in the unit shown, and which of these is looked at (-1: none)."""
        matches = self.find.matches
        if self.place is None or matches is None:
            return (), -1
        first = bisect_left(matches.matches, (self.place.number, 0, 0))
        after = bisect_left(matches.matches, (self.place.number + 1, 0, 0))
        spans = tuple(Span(start, end) for _, start, end in matches.matches[first:after])
        current = self.find.current - first
        return spans, current if 0 <= current < len(spans) else -1

    @property
    def found_by_unit(self) -> dict[int, tuple[Span, ...]]:
        """Where words were found, by the numbers of the units."""
        found: dict[int, list[Span]] = {}
        for unit, start, end in self.find.matches.matches if self.find.matches else ():
            found.setdefault(unit, []).append(Span(start, end))
        return {unit: tuple(spans) for unit, spans in found.items()}

    @property
    def match(self) -> tuple[int, Span] | None:
        """The match looked at: number of its unit, and where."""
        if self.find.matches is None or self.find.current < 0:
            return None
        unit, start, end = self.find.matches.matches[self.find.current]
        return unit, Span(start, end)

    @property
    def citation_words(self) -> str:
        """``Citation 1 of 4``, and how its words came to be, or empty."""
        if self.citation is None:
            return ""
        recognised = self.citations[self.citation].confidence is not None
        read = " · read from the picture (OCR)" if recognised else ""
        earlier = self.view is not None and self.view.earlier
        version = " · as read by an earlier version" if earlier else ""
        return f"Citation {self.citation + 1} of {len(self.citations)}{read}{version}"

    @property
    def spoken(self) -> str:
        """The place as a sentence, for those who hear it."""
        if self.place is None:
            return "Nothing is open"
        unit = self.view.unit if self.view else None
        where = str(self.place.number)
        if unit is not None:
            where = words.place(UnitPlace(unit.kind, unit.number, unit.label))
        marked = ", words marked" if self.place.marks else ""
        read = ", read from the picture" if unit is not None and unit.recognised else ""
        return f"{self.place.document_name}, {where}{marked}{read}"


def openable(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """Those that lead somewhere."""
    return tuple(c for c in citations if c.document is not None and c.place is not None)


def at_citation(
    state: ViewerState, citation: Citation, citations: tuple[Citation, ...] = ()
) -> ViewerState:
    """Show a citation; `citations` are those of the same answer, to step through."""
    if citation.document is None or citation.place is None:
        return state
    row = openable(citations) or (citation,)
    at = next((i for i, known in enumerate(row) if known.n == citation.n), None)
    if at is None:
        row, at = (citation,), 0
    marks = (Span(citation.start, citation.end),) if citation.end > citation.start else ()
    place = Place(
        document=citation.document,
        document_name=citation.document_name,
        number=citation.place.number,
        marks=marks,
        cited=citation,
    )
    return replace(_moved(state, place), citations=row, citation=at)


def at_place(state: ViewerState, place: Place) -> ViewerState:
    """Show a place that is no citation."""
    return replace(_moved(state, place), citations=(), citation=None)


def at_number(state: ViewerState, number: int) -> ViewerState:
    """Show another unit of the same document; out of range stays where it is."""
    if state.place is None or number < 1 or (state.total and number > state.total):
        return state
    if number == state.place.number:
        return state
    shown = state.citations[state.citation] if state.citation is not None else None
    place = replace(state.place, number=number, marks=(), heading="", cited=None)
    if shown is not None and shown.place is not None and shown.place.number == number:
        place = replace(place, marks=(Span(shown.start, shown.end),), cited=shown)
    return _moved(state, place)


def at_entry(state: ViewerState, entry: OutlineEntry) -> ViewerState:
    """Show what a line of the table of contents leads to."""
    if state.place is None or not entry.unit or (state.total and entry.unit > state.total):
        return state
    place = replace(state.place, number=entry.unit, marks=(), heading=entry.title, cited=None)
    return _moved(state, place)


def scrolled(state: ViewerState, view: UnitView) -> ViewerState:
    """The reader has scrolled to another unit of the same document, which is on the screen."""
    if state.place is None or view.document.id != state.place.document:
        return state
    place = replace(state.place, number=view.unit.number, marks=view.marks, heading="", cited=None)
    return replace(state, place=place, view=view)


def stepped(state: ViewerState, step: int) -> ViewerState:
    """Show the next (1) or previous (-1) citation of the answer, round and round."""
    if state.citation is None or not state.citations:
        return state
    citation = state.citations[(state.citation + step) % len(state.citations)]
    return at_citation(state, citation, state.citations)


def gone_back(state: ViewerState) -> ViewerState:
    """The place shown before."""
    if not state.back or state.place is None:
        return state
    here = state.place
    moved = _moved(state, state.back[-1])
    return replace(moved, back=state.back[:-1], forward=(*state.forward, here))


def gone_forward(state: ViewerState) -> ViewerState:
    """The place left by going back."""
    if not state.forward or state.place is None:
        return state
    here = state.place
    moved = _moved(state, state.forward[-1])
    return replace(moved, forward=state.forward[:-1], back=(*state.back, here))


def with_view(state: ViewerState, request: int, view: UnitView) -> ViewerState:
    """The unit has arrived."""
    if request != state.request:
        return state
    place, at = state.place, state.citation
    if place is not None and place.cited is not None and not view.earlier:
        # Its words stand where they are marked now; whoever steps back comes to the same place.
        unit, mark = view.unit, (view.marks or (Span(0, 0),))[0]
        stands = UnitPlace(unit.kind, unit.number, unit.label)
        moved = replace(place.cited, place=stands, start=mark.start, end=mark.end)
        if view.marks and at is not None and state.citations[at].n == moved.n:
            row = (*state.citations[:at], moved, *state.citations[at + 1 :])
            state = replace(state, citations=row)
            place = replace(place, cited=moved)
        place = replace(place, number=unit.number, marks=view.marks)
    return replace(state, place=place, view=view, failure=None)


def with_image(state: ViewerState, request: int, image: PageImage) -> ViewerState:
    """The page image has arrived."""
    return replace(state, image=image) if request == state.request else state


def with_failure(state: ViewerState, request: int, failure: Failure) -> ViewerState:
    """The unit or its image cannot be shown."""
    return replace(state, failure=failure) if request == state.request else state


def zoomed(state: ViewerState, current: float, steps: int) -> ViewerState:
    """Zoom in (positive) or out by steps from what is seen now; 0 fits the width."""
    if steps == 0:
        return fitted(state, Fit.WIDTH)
    return zoomed_to(state, current * ZOOM_STEP**steps)


def zoomed_to(state: ViewerState, zoom: float) -> ViewerState:
    """Show at so many pixels per point, as far as the limits allow."""
    return replace(state, zoom=min(MOST_ZOOM, max(LEAST_ZOOM, zoom)))


def fitted(state: ViewerState, fit: Fit) -> ViewerState:
    """Make the page fit."""
    return replace(state, zoom=None, fit=fit)


def outlined(state: ViewerState, *, wanted: bool) -> ViewerState:
    """Show lines around the words that were recognised in a picture, or none."""
    return replace(state, outlined=wanted)


def turned(state: ViewerState, quarters: int) -> ViewerState:
    """Turn the page by clockwise quarters."""
    return replace(state, turned=(state.turned + quarters) % 4)


def looked_for(state: ViewerState, words_: str) -> ViewerState:
    """Look for other words, or for none; what was found before is forgotten."""
    return replace(state, find=Find(words=words_, request=state.find.request + 1))


def with_matches(state: ViewerState, request: int, matches: Matches) -> ViewerState:
    """What was found has arrived: go to the first match from the unit shown on."""
    if request != state.find.request or state.place is None:
        return state
    here = bisect_left(matches.matches, (state.place.number, 0, 0))
    current = -1
    if matches.matches:
        current = here if here < len(matches.matches) else 0
    found = replace(state, find=replace(state.find, matches=matches, current=current))
    return _at_match(found)


def stepped_match(state: ViewerState, step: int) -> ViewerState:
    """Go to the next (1) or previous (-1) match, round and round."""
    matches = state.find.matches
    if matches is None or not matches.matches:
        return state
    current = (state.find.current + step) % len(matches.matches)
    return _at_match(replace(state, find=replace(state.find, current=current)))


def _at_match(state: ViewerState) -> ViewerState:
    matches = state.find.matches
    if matches is None or state.find.current < 0:
        return state
    moved = at_number(state, matches.matches[state.find.current].unit)
    return replace(moved, back=state.back)  # stepping through matches is no journey


def apply(state: ViewerState, event: Event) -> ViewerState:
    """The state after an event."""
    match event:
        case DocumentRemoved(document=gone) if state.place and state.place.document == gone:
            find = Find(request=state.find.request + 1)
            return ViewerState(request=state.request + 1, zoom=state.zoom, fit=state.fit, find=find)
    return state


def _moved(state: ViewerState, place: Place) -> ViewerState:
    back = state.back
    if state.place is not None and state.place != place:
        back = (*back, state.place)[-MAX_HISTORY:]
    same = state.place is not None and state.place.document == place.document
    if not same:  # matches of one document are none of another; a turn was meant for one page
        state = replace(state, turned=0, find=Find(request=state.find.request + 1))
    return replace(
        state,
        place=place,
        request=state.request + 1,
        view=None,
        image=state.image if same and state.place and state.place.number == place.number else None,
        failure=None,
        back=back,
        forward=(),
    )
