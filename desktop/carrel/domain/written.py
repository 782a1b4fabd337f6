"""A summary that a model wrote, sentence by sentence, with what the check of each found.

Must not know how it is written, stored or shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from carrel.domain.answers import Verdict
from carrel.domain.facts import Mention
from carrel.domain.ids import DocumentId


class Standing(StrEnum):
    """What the check of a sentence found."""

    CHECKED = "checked"
    """Its quotes stand in the section, and its figures and names in what is quoted."""
    TO_CHECK = "to check"
    """A quote stands in the section, but the sentence says more, or another quote was not found."""
    LEFT_OUT = "left out"
    """None of its quotes was found, or it has none. It is counted, and not part of the summary."""


class Quote(NamedTuple):
    """Words that a sentence rests on.

    Attributes:
        words: as the model wrote them.
        verdict: of their check.
        mention: where they stand; None where they were not found.
        difference: of a near quote, as ``quote → source``.
    """

    words: str
    verdict: Verdict
    mention: Mention | None = None
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSentence:
    """A sentence of a model's.

    Attributes:
        why: it has to be checked, or was left out, in a few words; else empty.
        quotes: in the order of its marks.
    """

    text: str
    standing: Standing
    why: str = ""
    quotes: tuple[Quote, ...] = ()

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The places that it rests on."""
        return tuple(one.mention for one in self.quotes if one.mention is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSection:
    """What a model wrote of one section.

    Attributes:
        title: its heading, or which pages it is; may be empty.
        first, last: numbers of its units.
        sentences: all the model wrote, those left out as well.
        shown, total: parts that the model was shown, of those there are; fewer where the section
            does not fit into its context.
        instructed: words in the section that speak to the assistant; treated as text.
        characters: of the section's text.
        seconds: it took.
    """

    document: DocumentId
    title: str
    first: int
    last: int
    sentences: tuple[WrittenSentence, ...]
    shown: int
    total: int
    instructed: str = ""
    characters: int = 0
    seconds: float = 0.0

    @property
    def said(self) -> tuple[WrittenSentence, ...]:
        """The sentences that are part of the summary."""
        return tuple(one for one in self.sentences if one.standing is not Standing.LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSummary:
    """What a model wrote of some documents.

    Attributes:
        installed_model: its name.
        model_title: how it is called where it answers.
        sections: those that are written, in the order of the documents.
        total: sections there are.
    """

    installed_model: str
    model_title: str
    sections: tuple[WrittenSection, ...]
    total: int

    @property
    def finished(self) -> bool:
        """Whether no section is open."""
        return len(self.sections) >= self.total

    @property
    def counts(self) -> dict[Standing, int]:
        """How many sentences were found to be what."""
        counted = Counter(one.standing for part in self.sections for one in part.sentences)
        return {standing: counted[standing] for standing in Standing}

    @property
    def words(self) -> str:
        """Who wrote it, and what the check found, in one line."""
        counts = self.counts
        told = [f"{counts[Standing.CHECKED]:,} sentences checked"]
        if counts[Standing.TO_CHECK]:
            told.append(f"{counts[Standing.TO_CHECK]:,} to check")
        if counts[Standing.LEFT_OUT]:
            told.append(f"{counts[Standing.LEFT_OUT]:,} left out: their quotes were not found")
        return f"Written by {self.model_title}, quotes checked: {', '.join(told)}."
