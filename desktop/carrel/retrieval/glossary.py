"""Words that stand for other words: abbreviations and paraphrases of finance, law and offices.

Each group lists ways to say one thing; a question that uses one of them also
looks for the others, with less weight. Most come with the program
(``assets/glossary.toml``), some belong to the workspace. Must not know documents.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from carrel.domain.errors import BugError
from carrel.language.terms import terms
from carrel.retrieval.words import STOP_TERMS
from carrel.system import resources

SECTIONS: Final = ("finance", "legal", "general")
"""Of the shipped file, in the order in which a question meets them."""

MAX_FILE_BYTES: Final = 1 << 20
"""Bytes of the shipped file; ours is a hundredth of it."""

MAX_PHRASES: Final = 16
"""Phrases of one kind in a group that ships; more would push the question's own words out."""

MAX_PHRASE: Final = 200
"""Characters of a phrase that ships."""


@dataclass(frozen=True, slots=True)
class Group:
    """Ways to say one thing.

    Attributes:
        said: the ways.
        leads_to: phrases of the text that answers.
        stands_under: words of the heading above it.
        amount: whether asking for it is asking for a number.
    """

    said: tuple[str, ...]
    leads_to: tuple[str, ...] = ()
    stands_under: tuple[str, ...] = ()
    amount: bool = False


Named: TypeAlias = tuple[Group, bool]
"""A group a text names, and whether its other ways and what they lead to shall be looked for, too;
otherwise only its headings."""


class Glossary:
    """Groups, found by what a text says. Immutable.

    Args:
        groups: in the order in which they are found where a way is in several.
        own: those of a workspace, found after them.
    """

    def __init__(self, groups: Sequence[Group], own: Sequence[Group] = ()) -> None:
        self.groups = (*groups, *own)
        self._own = tuple(own)
        self._table: dict[str, list[tuple[tuple[str, ...], Group]]] = {}
        for group in self.groups:
            for way in dict.fromkeys(tuple(folded_terms(said)) for said in group.said):
                if way:  # a workspace may keep what an older program took for a word
                    self._table.setdefault(way[0], []).append((way, group))

    def named(self, found: Sequence[str], *, headings_only: bool = False) -> list[Named]:
        """The groups a text names, the longest way of saying first where several begin alike.

        Args:
            found: the terms of the text in small letters (`folded_terms`).
            headings_only: look only for their headings.
        """
        groups: list[Named] = []
        at = 0
        while at < len(found):
            matching = [
                (way, group)
                for way, group in self._table.get(found[at], ())
                if tuple(found[at : at + len(way)]) == way
            ]
            longest = max((len(way) for way, _ in matching), default=1)
            for way, group in matching:
                if len(way) == longest and all(group is not known for known, _ in groups):
                    groups.append((group, not headings_only))
            at += longest
        return groups

    def own_said(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """What a text says of a workspace's own groups: the way it says it, and the others."""
        if not self._own:
            return []
        found = folded_terms(text)
        return [
            (said, tuple(way for way in group.said if way != said))
            for group, _ in self.named(found)
            if any(group is one for one in self._own)
            for said in group.said
            if holds(found, folded_terms(said))
        ]


def holds(found: Sequence[str], way: Sequence[str]) -> bool:
    """Whether terms stand one after another among others."""
    return any(found[at : at + len(way)] == way for at in range(len(found) - len(way) + 1))


def folded_terms(text: str) -> list[str]:
    """The terms of a text in small letters.

    “R&D” is the one term “rd”, like the end of “3rd”; “r&d” are two.
    """
    return terms(text.casefold())


def says_something(phrase: str) -> bool:
    """Whether a phrase can stand for others: “of the” in each question cannot, “D&A” can."""
    found = folded_terms(phrase)
    return any(term not in STOP_TERMS for term in found) or (
        len(found) > 1 and len(phrase.split()) == 1
    )


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, tuple[Group, ...]]:
    """The groups that come with the program, by section.

    Raises:
        BugError: the file is wrong; the message says where.
    """
    return read_shipped(resources.path("assets/glossary.toml"))


@lru_cache(maxsize=1)
def shipped_glossary() -> Glossary:
    """The groups that come with the program."""
    return Glossary(_in_order(shipped()))


def glossary_with(own: Sequence[Sequence[str]]) -> Glossary:
    """The groups that come with the program, and those of a workspace.

    Args:
        own: the ways of each, each with a word that `says_something`.
    """
    if not own:
        return shipped_glossary()
    return Glossary(_in_order(shipped()), [Group(tuple(ways)) for ways in own])


def read_shipped(path: Path) -> Mapping[str, tuple[Group, ...]]:
    """Read and check a file of groups.

    Raises:
        BugError: it is wrong; the message says where.
    """
    try:
        with path.open("rb") as stream:
            untrusted = tomllib.loads(stream.read(MAX_FILE_BYTES).decode("utf-8"))
        unknown = untrusted.keys() - set(SECTIONS)
        if unknown:
            raise ValueError(f"“{min(unknown)}” is no section")
        return {
            section: tuple(
                _checked(f"{section} {at}", untrusted_group)
                for at, untrusted_group in enumerate(
                    _list(section, untrusted.get(section)), start=1
                )
            )
            for section in SECTIONS
        }
    except ValueError as error:
        raise BugError(f"glossary {path.name}: {error}") from error


def _in_order(sections: Mapping[str, tuple[Group, ...]]) -> tuple[Group, ...]:
    return tuple(group for section in SECTIONS for group in sections[section])


def _checked(where: str, untrusted_group: object) -> Group:
    if not isinstance(untrusted_group, dict):
        raise ValueError(f"{where} is no group")
    unknown = untrusted_group.keys() - Group.__dataclass_fields__.keys()
    if unknown:
        raise ValueError(f"{where}: “{min(unknown)}” is no part of a group")
    said, leads_to, stands_under = (
        _phrases(f"{where}, {name}", untrusted_group.get(name, []))
        for name in ("said", "leads_to", "stands_under")
    )
    untrusted_amount = untrusted_group.get("amount", False)
    if not isinstance(untrusted_amount, bool):
        raise ValueError(f"{where}: “amount” is neither true nor false")
    if len(said) < 2 and not (leads_to or stands_under):
        raise ValueError(f"{where}: nothing stands beside what is said")
    if not said:
        raise ValueError(f"{where}: nothing is said")
    return Group(said, leads_to, stands_under, untrusted_amount)


def _phrases(where: str, untrusted: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for untrusted_phrase in _list(where, untrusted):
        if not isinstance(untrusted_phrase, str) or len(untrusted_phrase) > MAX_PHRASE:
            raise ValueError(f"{where}: a phrase is no text, or too long")
        if not terms(untrusted_phrase):
            raise ValueError(f"{where}: “{untrusted_phrase}” has no word")
        if untrusted_phrase in found:
            raise ValueError(f"{where}: “{untrusted_phrase}” stands there twice")
        found[untrusted_phrase] = None
    if len(found) > MAX_PHRASES:
        raise ValueError(f"{where}: more than {MAX_PHRASES} phrases")
    return tuple(found)


def _list(where: str, untrusted: object) -> list[object]:
    if not isinstance(untrusted, list):
        raise ValueError(f"{where} is no list")
    return untrusted
