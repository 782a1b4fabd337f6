"""Groups of words that stand for one another, as a workspace has its own.

Pure: what somebody typed, taken apart, and how many there may be. Must not know where they are
stored, or what search makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import regex

from carrel.domain.errors import KnownError

MAX_GROUPS: Final = 500
"""Groups of one workspace; each costs a question nothing unless it is named."""

MAX_WAYS: Final = 12
"""Words or phrases of one group; with more a question would look for everything."""

MAX_WAY: Final = 80
"""Characters of a word or phrase; more is a sentence, and stands nowhere twice."""

REMARK: Final = "#"
"""Begins a line of a file that is no group."""

Ways: TypeAlias = tuple[str, ...]
"""A group: the ways to say one thing, in the order in which they were typed."""

_COMMA: Final = regex.compile(r"[,;，；、،؛]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file of groups.

    Attributes:
        added: groups that are new.
        known: groups that were there already.
    """

    added: int
    known: int


class GlossaryError(KnownError):
    """Something about groups of words."""

    code = "glossary.failed"
    sentence = "The glossary cannot be used: {cause}."
    remedy = "Open the workspace again."


class GroupWrong(GlossaryError):
    """A group that search could make nothing of."""

    code = "glossary.group"
    sentence = "That is no group of words: {cause}."
    remedy = "Write words or phrases that mean the same, separated by commas."


class GroupKnown(GlossaryError):
    """The same words once more."""

    code = "glossary.known"
    sentence = "There is already a group with these words: {words}."
    remedy = "Change that one, or write other words."


class GroupMissing(GlossaryError):
    """A group was named that is not there."""

    code = "glossary.missing"
    sentence = "There is no group “{name}” in this workspace."
    remedy = (
        "“carrel glossary list” lists the groups; name one by its number or by one of its words."
    )


class GroupUnclear(GlossaryError):
    """Several groups have the word."""

    code = "glossary.unclear"
    sentence = "“{name}” stands in {count} groups."
    remedy = "Name one by its number; “carrel glossary list” shows them."


class TooManyGroups(GlossaryError):
    """More than fit."""

    code = "glossary.full"
    sentence = "A workspace has at most {most} groups of words of its own."
    remedy = "Remove some that are not needed any more; nothing was changed."


class GlossaryFileWrong(GlossaryError):
    """A file that holds no groups, or a line of it."""

    code = "glossary.file"
    sentence = "“{name}” cannot be taken as a glossary: {cause}."
    remedy = "It has to be a text with a group on each line, its words separated by commas."


def ways_in(text: str) -> Ways:
    """The words and phrases in what somebody typed, separated by commas, each once.

    Blanks are made one. Upper and lower case are the same, in the spelling that comes first.
    """
    found: dict[str, str] = {}
    for part in _COMMA.split(text):
        way = " ".join(part.split())
        if way:
            found.setdefault(way.casefold(), way)
    return tuple(found.values())


def same_words(one: Ways, other: Ways) -> bool:
    """Whether two groups have the same words, in any order."""
    return {way.casefold() for way in one} == {way.casefold() for way in other}


def line_of(ways: Ways) -> str:
    """A group as it is typed."""
    return ", ".join(ways)
