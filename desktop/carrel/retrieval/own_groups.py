"""What a group of words must be, so that search can use it, and a whole file of them.

Must not know where groups are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from carrel.domain.glossary import (
    MAX_GROUPS,
    MAX_WAY,
    MAX_WAYS,
    REMARK,
    GlossaryFileWrong,
    GroupKnown,
    GroupWrong,
    TooManyGroups,
    Ways,
    line_of,
    same_words,
    ways_in,
)
from carrel.retrieval.glossary import folded_terms, says_something

MAX_FILE_BYTES: Final = 1 << 20
"""Bytes of a file of groups: more than all that a workspace takes, at four bytes a character."""

JOINERS: Final = "\u200c\u200d"
"""Signs without a picture that Persian and Indian words are written with."""

HEAD: Final = (
    f"{REMARK} Words that stand for one another. Each line is a group, its words separated by\n"
    f"{REMARK} commas; a question that uses one of them also looks for the others.\n"
)
"""The first lines of a file that is written."""


def checked(untrusted_ways: Sequence[str]) -> Ways:
    """A group that search can use.

    Args:
        untrusted_ways: as typed; commas separate, too.

    Raises:
        GroupWrong: with what is wrong with it.
    """
    ways = ways_in(",".join(untrusted_ways))
    for way in ways:
        if len(way) > MAX_WAY:
            raise GroupWrong(cause=f"“{way[:MAX_WAY]}…” is longer than {MAX_WAY} characters")
        if not all(sign.isprintable() or sign in JOINERS for sign in way):
            raise GroupWrong(cause="it has a character that cannot be shown")
        if way.startswith(REMARK):
            raise GroupWrong(cause=f"“{way}” begins with the sign of a remark")
        if not folded_terms(way):
            raise GroupWrong(cause=f"“{way}” has no letter and no number")
        if not says_something(way):
            raise GroupWrong(cause=f"“{way}” is too common to stand for anything")
    if len(ways) > MAX_WAYS:
        raise GroupWrong(cause=f"it has more than {MAX_WAYS} words or phrases")
    if len(ways) < 2:
        raise GroupWrong(cause="it needs two words or phrases at least")
    if len({tuple(folded_terms(way)) for way in ways}) < 2:
        raise GroupWrong(cause="search takes these for the same word anyway")
    return ways


def with_group(groups: Sequence[Ways], new: Ways, old: Ways | None = None) -> tuple[Ways, ...]:
    """The groups with one more, at the end, or in the place of an old one if that is there.

    Args:
        new: `checked`.
        old: the one that was changed.

    Raises:
        GroupKnown: another group has the same words.
        TooManyGroups: there are MAX_GROUPS.
    """
    others = [one for one in groups if one != old]
    if any(same_words(one, new) for one in others):
        raise GroupKnown(words=line_of(new))
    if old in groups:
        return tuple(new if one == old else one for one in groups)
    if len(groups) >= MAX_GROUPS:
        raise TooManyGroups(most=MAX_GROUPS)
    return (*groups, new)


def groups_in(name: str, untrusted_bytes: bytes) -> list[Ways]:
    """The groups of a file, `checked`.

    Args:
        name: of the file, for the errors.

    Raises:
        GlossaryFileWrong: it is too large, no text, or has a line that is no group.
    """
    if len(untrusted_bytes) > MAX_FILE_BYTES:
        raise GlossaryFileWrong(name=name, cause="it is larger than 1 MB")
    try:
        untrusted_text = untrusted_bytes.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GlossaryFileWrong(name=name, cause="it is no text in UTF-8") from error
    found: list[Ways] = []
    for number, untrusted_line in enumerate(untrusted_text.splitlines(), start=1):
        if not untrusted_line.strip() or untrusted_line.lstrip().startswith(REMARK):
            continue
        try:
            found.append(checked([untrusted_line]))
        except GroupWrong as error:
            cause = f"in line {number}, {error.fields['cause']}"
            raise GlossaryFileWrong(name=name, cause=cause) from error
    if not found:
        raise GlossaryFileWrong(name=name, cause="it has no group")
    return found


def file_of(groups: Sequence[Ways]) -> bytes:
    """Groups as `groups_in` reads them."""
    return (HEAD + "".join(f"{line_of(ways)}\n" for ways in groups)).encode()
