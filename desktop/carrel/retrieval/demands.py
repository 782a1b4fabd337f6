"""What must and must not stand in a passage, in the terms of the index.

Must not know how a query is worded, or what is in a text beside its terms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from carrel.domain.searching import Piece, PieceKind
from carrel.language.folding import fold
from carrel.language.segment import term_hash
from carrel.language.terms import terms
from carrel.retrieval.part import Part
from carrel.retrieval.phrases import pattern

Beginnings = Callable[[str], Sequence[str]]
"""The words of the workspace that begin in some way."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Something that stands in a passage or not.

    Attributes:
        terms: all of them must be there.
        phrase: and, if not empty, these words as they stand.
    """

    terms: tuple[str, ...]
    phrase: str = ""

    def is_in(self, folded: str) -> bool:
        """Whether its phrase stands in a folded text that has its terms."""
        return not self.phrase or pattern(self.phrase).search(folded) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a passage must meet.

    Attributes:
        groups: of each, one at least.
        excluded: none of them.
    """

    groups: tuple[tuple[Demand, ...], ...] = ()
    excluded: tuple[Demand, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is demanded."""
        return bool(self.groups or self.excluded)

    @property
    def needs_text(self) -> bool:
        """Whether terms alone do not tell."""
        every = (*self.excluded, *(one for group in self.groups for one in group))
        return any(one.phrase for one in every)

    def restrict(self, part: Part) -> Part:
        """The part with only those passages alive whose terms may meet it."""
        alive = part.alive
        for group in self.groups:
            held = np.zeros(len(alive), dtype=bool)
            for one in group:
                held |= _holding(part, one.terms)
            alive = alive & held
        for one in self.excluded:
            if not one.phrase:
                alive = alive & ~_holding(part, one.terms)
        return replace(part, alive=alive)

    def met_by(self, text: str) -> bool:
        """Whether the text of a passage that was found by its terms meets it in full."""
        folded = fold(text, case=True).text
        present = set(terms(text))
        for group in self.groups:
            if not any(present.issuperset(one.terms) and one.is_in(folded) for one in group):
                return False
        return not any(present.issuperset(one.terms) and one.is_in(folded) for one in self.excluded)


def demands_of(
    groups: Sequence[Sequence[Piece]], excluded: Sequence[Piece], beginnings: Beginnings
) -> Demands:
    """Pieces of a query as demands; what has no term (a single sign) is left out."""
    made = tuple(
        tuple(one for piece in group for one in _demands(piece, beginnings)) for group in groups
    )
    return Demands(
        groups=made,
        excluded=tuple(one for piece in excluded for one in _demands(piece, beginnings)),
    )


def _demands(piece: Piece, beginnings: Beginnings) -> list[Demand]:
    if piece.kind is PieceKind.BEGINNING:
        found = {tuple(terms(word)) for word in beginnings(piece.text)}
        return [Demand(one) for one in sorted(found) if one]
    told = tuple(terms(piece.text))
    if not told:
        return []
    return [Demand(told, piece.text if piece.kind is PieceKind.PHRASE else "")]


def _holding(part: Part, wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    """The passages whose text has all these terms."""
    held: npt.NDArray[np.bool_] | None = None
    body = part.segment.body
    for run in body.find([term_hash(term) for term in set(wanted)]):
        here = np.zeros(len(part.alive), dtype=bool)
        here[body.ordinals[run]] = True
        held = here if held is None else held & here
    return held if held is not None else np.zeros(len(part.alive), dtype=bool)
