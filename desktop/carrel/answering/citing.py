"""From a quote the answer claims to a citation that was checked.

The check is code, not the engine's word: the quote is looked for in the
canonical text, and only what was found there gets a place and boxes. Must not
know where units are stored.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from carrel.answering.elided import check_cited
from carrel.answering.quotes import MAX_SOURCE, QuoteCheck
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import Box, Hit, Span, Unit, UnitPlace
from carrel.domain.ids import DocumentId

FEW_WORDS: Final = 4
"""Plain words of a quote below which it is looked up everywhere."""

MOST_OF_THEM: Final = 0.7
"""Share of its words that a passage must have to hold a quote exactly."""

_NUMBER: Final = re.compile(r"[0-9]{3,}|[0-9]{1,3}(?:[.,'][0-9]{3})+(?![0-9])")
_GROUPING: Final = re.compile(r"[.,' \u00a0\u202f\n]")
_PLAIN_WORD: Final = re.compile(r"[A-Za-z]{4,}")


class Sources(Protocol):
    """Canonical texts, and where their characters lie."""

    def unit(self, document: DocumentId, number: int) -> Unit:
        """The unit with this number, counted from 1."""

    def boxes(self, unit: Unit, spans: Sequence[Span]) -> tuple[Box, ...]:
        """The lines of these spans on the unit's page."""

    def cells(self, unit: Unit, span: Span) -> str:
        """The cells of a sheet that a span lies in, as ``Rents!B4:D4``; empty elsewhere."""


class CitedCells(Protocol):
    """Cells that a figure was computed from."""

    @property
    def document(self) -> DocumentId:
        """The workbook."""

    @property
    def unit(self) -> int:
        """Number of the unit, counted from 1."""

    @property
    def start(self) -> int:
        """Code point of the unit's text where words of a row among them begin."""

    @property
    def end(self) -> int:
        """Code point behind these words."""

    @property
    def cells(self) -> str:
        """All of them, as ``Rents!B4:B90``."""


class Citer:
    """Numbers and checks the citations of one answer.

    Args:
        hits: the passages shown to the engine, in the order of their numbers.
        sources: canonical texts.
        on_citation: told of each new citation before it is referred to.
    """

    def __init__(
        self,
        hits: Sequence[Hit],
        sources: Sources,
        on_citation: Callable[[Citation], None],
    ) -> None:
        self._hits = hits
        self._sources = sources
        self._on_citation = on_citation
        self._cited: list[Citation] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All so far, by number."""
        return tuple(self._cited)

    def cite_span(self, hit: Hit, span: Span) -> Citation:
        """Cite words picked from a unit's own text; checked like any other quote."""
        unit = self._sources.unit(hit.passage.document, hit.place.number)
        quote = unit.text[span.start : span.end]
        found = check_cited(quote, unit.text, within=span)
        if found.verdict is Verdict.EXACT:
            # The check leaves out punctuation at the ends; these words are the document's own.
            found = replace(found, start=span.start, end=span.end)
        return self._settle(hit, unit, quote, found)

    def cite_cells(self, cited: CitedCells, document_name: str) -> Citation:
        """Cite cells that a figure was computed from, with words of a row among them."""
        unit = self._sources.unit(cited.document, cited.unit)
        quote = unit.text[cited.start : cited.end]
        return self._append(
            Citation(
                n=len(self._cited) + 1,
                verdict=Verdict.EXACT,
                quote=quote,
                document=cited.document,
                document_name=document_name,
                place=UnitPlace(unit.kind, unit.number, unit.label),
                start=cited.start,
                end=cited.end,
                source_text=quote,
                parser_version=unit.parser_version,
                cells=cited.cells,
            )
        )

    def cite_quote(self, passage_number: int, quote: str) -> Citation:
        """Cite words the engine claims to have copied from a numbered passage.

        The words are looked for in that passage, then in its unit; if they are not there, in the
        other passages shown, where only an exact find counts (engines mix up numbers).
        """
        named = self._hits[passage_number - 1] if 1 <= passage_number <= len(self._hits) else None
        if named is not None:
            unit = self._sources.unit(named.passage.document, named.place.number)
            found = _find(quote, unit, named)
            if found.verdict is not Verdict.NOT_FOUND:
                return self._settle(named, unit, quote, found)
        for hit in self._hits:
            if hit is named:
                continue
            if not _could_stand(quote, hit):
                continue
            unit = self._sources.unit(hit.passage.document, hit.place.number)
            within = Span(hit.passage.start, hit.passage.end)
            found = check_cited(quote, unit.text, within=within)
            if found.verdict is Verdict.EXACT:
                return self._settle(hit, unit, quote, found)
        return self._append(
            Citation(n=len(self._cited) + 1, verdict=Verdict.NOT_FOUND, quote=quote)
        )

    def _settle(self, hit: Hit, unit: Unit, quote: str, found: QuoteCheck) -> Citation:
        if found.verdict is Verdict.NOT_FOUND:
            return self._append(
                Citation(n=len(self._cited) + 1, verdict=Verdict.NOT_FOUND, quote=quote)
            )
        return self._append(
            Citation(
                n=len(self._cited) + 1,
                verdict=found.verdict,
                quote=quote,
                document=hit.passage.document,
                document_name=hit.document_name,
                place=hit.place,
                start=found.start,
                end=found.end,
                source_text=unit.text[found.start : found.end],
                difference=found.difference,
                parser_version=unit.parser_version,
                boxes=self._sources.boxes(unit, [Span(found.start, found.end)]),
                confidence=unit.recognised.confidence_of(found.start, found.end)
                if unit.recognised
                else None,
                cells=self._sources.cells(unit, Span(found.start, found.end)),
            )
        )

    def _append(self, citation: Citation) -> Citation:
        for earlier in self._cited:
            if _same(earlier, citation):
                return earlier
        self._cited.append(citation)
        self._on_citation(citation)
        return citation


def _could_stand(quote: str, hit: Hit) -> bool:
    """Whether a passage has most words of a quote; only then is it worth a close look.

    Some may be missing though the quote stands there: parted at line ends, written with ligatures.
    """
    bare = _GROUPING.sub("", hit.passage.text)
    if not all(_GROUPING.sub("", number) in bare for number in _NUMBER.findall(quote)):
        return False
    words = {word.lower() for word in _PLAIN_WORD.findall(quote)}
    if len(words) < FEW_WORDS:
        return True
    text = hit.passage.text.lower()
    return sum(word in text for word in words) >= MOST_OF_THEM * len(words)


def _find(quote: str, unit: Unit, hit: Hit) -> QuoteCheck:
    within = check_cited(quote, unit.text, within=Span(hit.passage.start, hit.passage.end))
    if within.verdict is Verdict.EXACT or len(unit.text) <= MAX_SOURCE:
        return within  # all of it was looked through
    anywhere = check_cited(quote, unit.text, within=None)
    return anywhere if anywhere.verdict is Verdict.EXACT else within


def _same(one: Citation, other: Citation) -> bool:
    if one.verdict is Verdict.NOT_FOUND or other.verdict is Verdict.NOT_FOUND:
        return one.verdict is other.verdict and one.quote == other.quote
    return (one.document, one.place, one.start, one.end, one.quote) == (
        other.document,
        other.place,
        other.start,
        other.end,
        other.quote,
    )
