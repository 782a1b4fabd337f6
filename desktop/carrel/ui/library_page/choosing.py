"""Which documents the page shows: by tags, collections, kinds and states.

Plain Python: no Qt, no app.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from carrel.domain.documents import Document
from carrel.domain.labels import labelled
from carrel.ui import words


class Group(StrEnum):
    """What documents can be chosen by; in the order of the menu."""

    COLLECTION = "Collections"
    TAG = "Tags"
    KIND = "Kinds"
    STATE = "States"


class Choice(NamedTuple):
    """One thing documents can be chosen by."""

    group: Group
    name: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What documents are chosen by: all of the labels, any of the kinds, any of the states."""

    choices: frozenset[Choice] = frozenset()

    def __bool__(self) -> bool:
        """Whether not all are shown."""
        return bool(self.choices)

    def toggled(self, choice: Choice) -> Chosen:
        """With one choice more, or without it."""
        return replace(self, choices=self.choices ^ {choice})

    def only(self, possible: Iterable[Choice]) -> Chosen:
        """Without choices that no document has any more; itself when there are none such."""
        kept = self.choices & set(possible)
        return self if kept == self.choices else Chosen(kept)

    def names(self, group: Group) -> tuple[str, ...]:
        """Those of one group, in order."""
        return tuple(sorted(name for of, name in self.choices if of is group))

    def ids(self, documents: Sequence[Document]) -> frozenset[int]:
        """Ids of the documents that are chosen."""
        found = labelled(
            documents, tags=self.names(Group.TAG), collections=self.names(Group.COLLECTION)
        )
        kinds, states = self.names(Group.KIND), self.names(Group.STATE)
        return frozenset(
            one.id
            for one in found
            if (not kinds or words.kind(one) in kinds)
            and (not states or words.state(one) in states)
        )

    @property
    def spoken(self) -> str:
        """``Board 2026, finance``; empty when all are shown."""
        return ", ".join(name for group in Group for name in self.names(group))


EVERYTHING: Final = Chosen()
"""All documents are shown."""


def possible(documents: Iterable[Document]) -> tuple[Choice, ...]:
    """What documents can be chosen by, group by group, by name."""
    found: dict[tuple[Group, str], Choice] = {}
    for one in documents:
        names = {
            Group.COLLECTION: one.collections,
            Group.TAG: one.tags,
            Group.KIND: (words.kind(one),),
            Group.STATE: (words.state(one),),
        }
        for group, several in names.items():
            for name in several:
                found.setdefault((group, name.casefold()), Choice(group, name))
    order = list(Group)
    return tuple(sorted(found.values(), key=lambda c: (order.index(c.group), c.name.casefold())))
