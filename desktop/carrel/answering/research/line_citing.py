"""From the lines a model cites to citations that were checked.

Only lines that were shown to the model count, and only where they bear out what it says of them
does a citation lead to its place. Must not know the store or the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.answering.citing import Sources
from carrel.answering.research.claims import Claim, Judged, bearing, judge
from carrel.answering.research.desk import MAX_SHOWN, Described, Desk
from carrel.answering.research.lines import Line, NumberedText
from carrel.answering.research.marks import Cited
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import Span

MAX_CITED: Final = 40
"""Lines of one citation; in more than a page any figure stands somewhere."""

ABOVE: Final = 20
"""Lines before those cited whose words say what a row of a table is about."""

MAX_QUOTE: Final = 300
"""Characters kept of a sentence whose citation does not hold."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Lines of one unit that were shown.

    Attributes:
        above: words of the lines before them that were shown, too.
        reason: why there are none; empty where there are.
    """

    described: Described | None = None
    text: NumberedText | None = None
    lines: Sequence[Line] = ()
    above: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        if self.text is None:
            return ""
        return "\n".join(self.text.text(line)[:MAX_SHOWN] for line in self.lines)

    @property
    def page(self) -> str:
        """All of the unit."""
        if self.text is None or not self.lines:
            return ""
        return self.text.unit(self.lines[0].unit).text

    @property
    def context(self) -> str:
        """What its name and its place say, which a sentence may repeat."""
        if self.text is None or self.described is None or not self.lines:
            return ""
        return f"{self.described.shown} {self.text.place(self.lines[0].unit).words}"


class LineCiter:
    """Numbers and checks the citations of one research.

    Args:
        desk: knows what was shown.
        sources: where words lie on their pages.
        question: as asked; its figures need not stand in the lines.
        on_citation: told of each new citation before it is referred to.
    """

    def __init__(
        self,
        desk: Desk,
        sources: Sources,
        question: str,
        on_citation: Callable[[Citation], None],
    ) -> None:
        self._desk = desk
        self._sources = sources
        self._question = question
        self._on_citation = on_citation
        self._cited: list[Citation] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All so far, by number."""
        return tuple(self._cited)

    def forget(self) -> None:
        """Begin anew."""
        self._cited.clear()

    def cite(self, claim: Claim, marks: Sequence[Cited]) -> list[Citation]:
        """Check what a sentence cites; marks that stand side by side prove it together.

        Returns:
            A citation for each mark; the same place has the same number.
        """
        places = [self._place(claim, mark) for mark in marks]
        there = [place for place in places if place.lines]
        computed = {
            self._desk.computed(place.described.id)
            for place in there
            if place.described is not None
        }
        context = "\n".join([self._question, *(place.context for place in there), *computed])
        above = "\n".join(place.above for place in there)
        page = "\n".join(dict.fromkeys(place.page for place in there))
        whole = judge(claim, "\n".join(place.words for place in there), above, context, page)
        found: list[Citation] = []
        for place in places:
            if not place.lines:
                found.append(self._missing(claim, place.reason))
            elif whole.verdict is Verdict.NOT_FOUND:
                found.append(self._missing(claim, whole.difference))
            else:
                alone = judge(claim, place.words, place.above, context, place.page)
                # One of several places need not hold all of the sentence's figures.
                found.append(self._there(claim, place, _better(alone, whole)))
        return found

    def _place(self, claim: Claim, mark: Cited) -> _Place:
        described = self._desk.described(mark.id)
        if described is None:
            return _Place(reason=f"no document was shown under the number {mark.id}")
        if not mark.first:
            return _Place(reason=f"no lines of {described.shown} are named")
        if mark.last - mark.first >= MAX_CITED:
            return _Place(reason=f"more than {MAX_CITED} lines prove nothing")
        lines = self._desk.shown_lines(mark.id, mark.first, mark.last)
        if not lines:
            end = f"–{mark.last:,}" if mark.last != mark.first else ""
            which = f"lines {mark.first:,}{end}" if end else f"line {mark.first:,}"
            return _Place(reason=f"{which} of {described.shown} was never opened")
        text = self._desk.text_of(described.id)
        decisive = _decisive(claim.words, text, lines)
        first = decisive[0]
        before = self._desk.shown_lines(mark.id, first.number - ABOVE, first.number - 1)
        above = "\n".join(text.text(line) for line in before if line.unit == first.unit)
        return _Place(described, text, decisive, above[: ABOVE * MAX_SHOWN])

    def _there(self, claim: Claim, place: _Place, judged: Judged) -> Citation:
        text, described = place.text, place.described
        if text is None or described is None:
            return self._missing(claim, place.reason)
        first, last = place.lines[0], place.lines[-1]
        unit = self._sources.unit(described.id, first.unit)
        end = min(last.end, last.start + MAX_SHOWN)
        words = unit.text[first.start : end]
        span = Span(
            first.start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        )
        source = unit.text[span.start : span.end]
        return self._append(
            Citation(
                n=len(self._cited) + 1,
                verdict=judged.verdict,
                quote=source,
                document=described.id,
                document_name=described.name,
                place=text.place(first.unit),
                start=span.start,
                end=span.end,
                source_text=source,
                difference=judged.difference,
                parser_version=unit.parser_version,
                boxes=self._sources.boxes(unit, [span]),
                confidence=unit.recognised.confidence_of(span.start, span.end)
                if unit.recognised
                else None,
                cells=self._sources.cells(unit, span),
            )
        )

    def _missing(self, claim: Claim, reason: str) -> Citation:
        return self._append(
            Citation(
                n=len(self._cited) + 1,
                verdict=Verdict.NOT_FOUND,
                quote=claim.words[:MAX_QUOTE],
                difference=reason,
            )
        )

    def _append(self, citation: Citation) -> Citation:
        for earlier in self._cited:
            if _key(earlier) == _key(citation):
                return earlier
        self._cited.append(citation)
        self._on_citation(citation)
        return citation


def _better(alone: Judged, whole: Judged) -> Judged:
    return alone if alone.verdict is Verdict.EXACT else whole


def _decisive(claim: str, text: NumberedText, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines of one unit that bear on a sentence, without those before and after that do not.

    Of lines from several units those of the one with the most.
    """
    units = list(dict.fromkeys(line.unit for line in lines))
    bears = {line: bearing(claim, text.text(line)[:MAX_SHOWN]) for line in lines}
    best = max(units, key=lambda unit: sum(bears[line] for line in lines if line.unit == unit))
    own = [line for line in lines if line.unit == best]
    kept = [place for place, line in enumerate(own) if bears[line]]
    return own[kept[0] : kept[-1] + 1] if kept else own


def _key(citation: Citation) -> tuple[object, ...]:
    return (
        citation.verdict,
        citation.document,
        citation.place,
        citation.start,
        citation.end,
        citation.quote,
        citation.difference,
    )
