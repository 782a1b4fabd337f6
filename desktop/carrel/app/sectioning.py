"""What of documents can be read for a question where all of them is too much: their sections.

Joins texts, headings, search, capsules and measured speeds. Must not know how a section is read
or shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from typing import Final

from carrel.answering.sections import (
    BEST_PASSAGES,
    SizedUnit,
    choose,
    cut,
    part_name,
    with_headings,
    with_outline,
)
from carrel.answering.whole import shares_of
from carrel.app.offering import (
    OFFERS,
    RULES_TOKENS,
    USUAL_ANSWER_TOKENS,
    Offering,
    Situation,
    tokens_of,
)
from carrel.domain.answers import AnswerMode, Effort, Section
from carrel.domain.documents import Document, DocumentState, Hit, UnitKind
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.sections import Proposal, ProposedSection
from carrel.workspace.store import Workspace
from carrel.workspace.texts import TextSize, UnitSize

SURE_SHARE: Final = 1.5
"""Times the room that a guess by characters must reach to be beyond doubt; what is in between is
counted by the model itself."""

SAMPLED_UNITS: Final = 8
"""Pages or sections that a loaded model counts, to correct the guess: some milliseconds."""

HEADING_JOIN: Final = " › "

_log = logging.getLogger(__name__)

Search = Callable[[str, int, tuple[DocumentId, ...]], Sequence[Hit]]
Count = Callable[[str, Sequence[str]], Sequence[int]]
"""Tokens of texts, by an installed model that is loaded and rests; none if it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A section of a document, before it is weighed for a question."""

    section: Section
    document: Document
    kind: UnitKind
    of: int
    tokens: int


class Sectioning:
    """Proposes sections.

    Args:
        workspace: open.
        offering: knows models, speeds and capsules.
        search: the best passages for a question, best first.
        count: by a loaded model.
    """

    def __init__(
        self, workspace: Workspace, offering: Offering, search: Search, count: Count
    ) -> None:
        self._workspace = workspace
        self._offering = offering
        self._search = search
        self._count = count

    def propose(
        self, question: str, documents: tuple[DocumentId, ...], model: str, effort: Effort
    ) -> Proposal:
        """What of these documents can be read for a question.

        Blocks for a search, and for some milliseconds for each thousand pages.

        Args:
            documents: asked about.
            model: name of the installed model that would read.
            effort: how hard it is to think.

        Raises:
            KnownError: a document is gone, or the search fails.
        """
        found = self._offering.situation(documents, model, effort)
        room = max(1, shares_of(found.context, effort)[0] - RULES_TOKENS)
        sizes = self._sizes(documents)
        cuts = [one for document, units in sizes for one in self._cut(document, units, room)]
        factor = self._factor(model, sizes)
        tokens = [round(one.tokens * (factor or 1.0)) for one in cuts]
        total = sum(tokens)
        hits = self._search(question, BEST_PASSAGES, documents) if question.strip() else ()
        places = [(hit.passage.document, hit.place.number) for hit in hits]
        best, chosen = choose(places, [one.section for one in cuts], tokens, room)
        known = self._known(found)
        return Proposal(
            tokens=total,
            room=room,
            context=found.context,
            counted=factor is not None,
            # The built-in model is shown sentences only, however long the documents are.
            sure=not found.nano and total > room * (1.0 if factor else SURE_SHARE),
            sections=tuple(
                ProposedSection(
                    number=at + 1,
                    section=one.section,
                    document_name=one.document.name,
                    kind=one.kind,
                    of=one.of,
                    tokens=tokens[at],
                    seconds=_reading(found, tokens[at]),
                    best=best[at],
                    chosen=at in chosen,
                    known=_part(one.section) in known,
                    fits=tokens[at] <= room,
                )
                for at, one in enumerate(cuts)
            ),
            answer_seconds=_answering(found),
            passages_seconds=OFFERS[AnswerMode.PASSAGES](found).seconds,
            documents=len(sizes),
        )

    def _sizes(
        self, documents: tuple[DocumentId, ...]
    ) -> list[tuple[Document, tuple[UnitSize, ...]]]:
        """The documents with what lies inside of them, as far as they were read to their end."""
        stored = self._workspace.documents
        every = [stored.get(one).result() for one in stored.with_inside(documents).result()]
        return [
            (one, self._workspace.texts.sizes(one.id).result())
            for one in every
            if one.units and one.state is not DocumentState.QUEUED
        ]

    def _cut(self, document: Document, units: Sequence[UnitSize], room: int) -> list[_Cut]:
        tokens = {
            one.number: tokens_of(TextSize(characters=one.characters, size=one.size, units=1))
            for one in units
        }
        return [
            _Cut(
                section=Section(
                    document=document.id, first=one.first, last=one.last, title=one.title
                ),
                document=document,
                kind=units[0].kind,
                of=len(units),
                tokens=one.tokens,
            )
            for one in cut(self._with_levels(document, units, tokens), room)
        ]

    def _with_levels(
        self, document: Document, units: Sequence[UnitSize], tokens: dict[int, int]
    ) -> list[SizedUnit]:
        outline = self._workspace.documents.outline(document.id).result()
        if any(entry.unit for entry in outline):
            return with_outline(tokens, outline)
        paths = {
            one.number: tuple(part for part in one.heading.split(HEADING_JOIN) if part)
            for one in units
        }
        return with_headings(tokens, paths)

    def _factor(
        self, model: str, sizes: Sequence[tuple[Document, Sequence[UnitSize]]]
    ) -> float | None:
        """How many more tokens the model counts than were guessed; None where it cannot now."""
        every = [(document.id, one) for document, units in sizes for one in units if one.characters]
        sample = every[:: max(1, len(every) // SAMPLED_UNITS)][:SAMPLED_UNITS]
        stored = self._workspace.documents
        texts = [stored.unit(document, one.number).result().text for document, one in sample]
        try:
            counted = self._count(model, texts) if texts else ()
        except (KnownError, TooSlow, CancelledError) as error:
            _log.info("tokens are guessed: %r", error)
            return None
        guessed = sum(tokens_of(TextSize(one.characters, one.size)) for _, one in sample)
        return sum(counted) / guessed if counted and guessed else None

    def _known(self, found: Situation) -> frozenset[str]:
        installed = found.installed
        if installed is None or not installed.sha256:
            return frozenset()
        kept = self._workspace.capsules.of_model(installed.sha256, found.effort.value).result()
        return frozenset(one.part for one in kept if one.part and one.whole)


def _part(section: Section) -> str:
    return part_name([(section.document, section.first, section.last)])


def _reading(found: Situation, tokens: int) -> float | None:
    speed = found.installed.reading_per_second if found.installed else 0.0
    return tokens / speed if speed else None


def _answering(found: Situation) -> float | None:
    """Seconds for rules, question and answer; None where a speed is not known."""
    installed = found.installed
    if installed is None or not installed.tokens_per_second or not installed.reading_per_second:
        return None
    written = (USUAL_ANSWER_TOKENS + found.thinking) / installed.tokens_per_second
    return RULES_TOKENS / installed.reading_per_second + written
