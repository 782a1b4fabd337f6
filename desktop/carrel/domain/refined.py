"""Facts found by rules, looked over by a model: joined, named, or set aside; never added or lost.

Must not know how a model is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from carrel.domain.facts import Entity, EntityKind, Happening


class Fate(StrEnum):
    """What came of a fact that rules found."""

    KEPT = "kept"
    ASIDE = "set aside by the model"
    """It stays in the list, folded; the rules found it, and its place can be opened."""
    UNSEEN = "not looked at by the model"
    """There are too many of them, or the model said nothing of it that could be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedHappening:
    """A dated event, looked over.

    Attributes:
        happening: with the places of all that were joined.
        title: words of one of its sentences, in their order; empty where there are none.
        joined: how many of the rules' lines it was made of.
    """

    happening: Happening
    fate: Fate = Fate.KEPT
    title: str = ""
    joined: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedEntity:
    """A name, looked over.

    Attributes:
        entity: with the places of all that were joined.
        others: the names of those that were joined to it.
        was: the kind that the rules took it for, where the model takes it for another.
    """

    entity: Entity
    fate: Fate = Fate.KEPT
    others: tuple[str, ...] = ()
    was: EntityKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """Who looked facts over, and what was made of what it said.

    Attributes:
        looked, total: facts the model was shown, of those there are.
        refused: things it said that the check did not allow, such as joining two names that have
            nothing in common.
    """

    installed_model: str
    model_title: str
    looked: int
    total: int
    refused: int = 0

    @property
    def words(self) -> str:
        """In one line."""
        told = f"Looked over by {self.model_title}: {self.looked:,} of {self.total:,}."
        if self.refused:
            verb = "was" if self.refused == 1 else "were"
            told += f" {self.refused:,} of its proposals {verb} not followed."
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedTimeline:
    """A timeline that was looked over, the earliest first; what was set aside is among them."""

    happenings: tuple[RefinedHappening, ...]
    by: Refinement
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinedEntities:
    """Names that were looked over, by kind; what was set aside is among them."""

    entities: tuple[RefinedEntity, ...]
    by: Refinement
    more: bool = False
