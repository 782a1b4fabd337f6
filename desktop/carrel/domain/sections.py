"""Sections of documents that are too long to be read whole, as they are proposed to the reader.

Must not know how they are cut or ranked.
"""

from dataclasses import dataclass

from carrel.domain.answers import Section
from carrel.domain.documents import UnitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedSection:
    """A section that can be read by itself or with others.

    Attributes:
        number: in the list, counts from 1; the same for every question.
        document_name: of the document it is from.
        kind: what its units are called.
        of: units of the document.
        tokens: it has, about.
        seconds: to read it, about; None where no speed was measured yet.
        best: of the passages that fit the question best, those that stand in it.
        chosen: proposed for this question.
        known: read before, and kept.
        fits: whether it can be read at all.
    """

    number: int
    section: Section
    document_name: str
    kind: UnitKind
    of: int
    tokens: int
    seconds: float | None = None
    best: int = 0
    chosen: bool = False
    known: bool = False
    fits: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What of some documents can be read for a question.

    Attributes:
        tokens: of all the documents, about.
        room: tokens that can be read for one question.
        context: of the model, in tokens.
        counted: the model counted the tokens of some pages; otherwise they are guessed by
            characters alone.
        sure: whether they are too long beyond doubt.
        sections: of all documents, in the order they would be read.
        answer_seconds: what comes on top of reading, about; None where it is not known.
        passages_seconds: an answer from passages instead, about; None where it is not known.
        documents: how many.
    """

    tokens: int
    room: int
    context: int
    counted: bool
    sure: bool
    sections: tuple[ProposedSection, ...]
    answer_seconds: float | None = None
    passages_seconds: float | None = None
    documents: int = 1

    @property
    def too_long(self) -> bool:
        """Whether not all of it fits, as far as is known."""
        return self.tokens > self.room
