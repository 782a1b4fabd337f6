"""Names that only the rest of a document makes sure: short forms, surnames, towns before a state.

“3M” is 3M Company where that is named in full, “MPCA” what stands before it in brackets, “Yoram
Rubanenko” a person where the document has a Mr. Rubanenko. A word that the document also writes
small is none of these. Pure; must not know where documents come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import regex

from carrel.answering.facts.identifiers import Named
from carrel.answering.facts.name_lists import (
    COMPANY,
    FIRST_NAMES,
    GENERIC,
    HONORIFICS,
    INSTITUTION,
    LEGAL,
    NO_SURNAME,
    PLACES,
    ROLES,
    STARTERS,
)
from carrel.answering.facts.naming import company_key, person_key
from carrel.answering.facts.sentences import Told
from carrel.domain.documents import Span
from carrel.domain.facts import EntityKind
from carrel.language.months import MONTHS

LEAST_FULL: Final = 2
"""Times a company must be named in full before its name counts without the legal form."""

MOST_SHORT: Final = 400
"""Short forms and surnames of one document that are looked for; a report has some fifty."""

_LETTER: Final = r"[\p{L}\p{M}\p{N}]"
_GIVEN: Final = r"\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?"
_TAIL: Final = regex.compile(r"[\s,]+(?P<word>[\p{L}.&/]+)\s*\Z")
_IN_BRACKETS: Final = regex.compile(
    r"\s?\((?:the\s)?[“\"]?(?P<short>\p{Lu}[\p{Lu}&-]{1,9})[”\"]?\)"
)
_INITIALLED: Final = regex.compile(
    rf"(?<![\p{{L}}.])(?P<first>{_GIVEN})\s(?:\p{{Lu}}\.\s){{1,2}}(?P<last>{_GIVEN})(?!\p{{L}})"
)
_COURT: Final = regex.compile(
    r"(?:U\.S\.|United\sStates)\s(?:District|Bankruptcy)\sCourt\sfor\sthe\s"
    r"(?:(?:Northern|Southern|Eastern|Western|Middle|Central)\s)?District\sof\s"
    r"\p{Lu}\p{L}+(?:\s\p{Lu}\p{L}+)?"
)
_LAND: Final = regex.compile(
    r"(?<![\p{L}’'-])(?:\p{Lu}\p{Ll}+\s){1,2}(?:County|River|Parish)(?![\p{L}\s]*\p{Lu})(?!\p{L})"
)
_TOWN: Final = regex.compile(
    r"(?<=\b(?:in|at|near|from|and)\s)(?P<town>\p{Lu}\p{Ll}+(?:\s\p{Lu}\p{Ll}+)?),\s(?:"
    + "|".join(regex.escape(one).replace(r"\ ", r"\s") for one in sorted(PLACES))
    + r")(?!\p{L})"
)
_IDLE: Final = STARTERS | ROLES | HONORIFICS | NO_SURNAME | GENERIC | INSTITUTION | LEGAL | COMPANY


class ShortNames:
    """What one document makes sure.

    Args:
        named: its sentences with the names that are sure by themselves.
        small: words that it also writes small.
    """

    def __init__(
        self, named: Iterable[tuple[Told, Sequence[Named]]], small: frozenset[str]
    ) -> None:
        self._small = small
        full: Counter[tuple[str, str]] = Counter()
        self._keys: dict[str, str] = {}
        surnames: set[str] = set()
        for told, found in named:
            for one in found:
                words = told.raw[one.span.start : one.span.end]
                if one.kind is EntityKind.PERSON and one.key.startswith("* "):
                    surnames.add(words.split()[-1])
                elif one.kind is EntityKind.ORGANISATION:
                    full[_bare(words), one.key] += 1
                    short = _IN_BRACKETS.match(told.raw, one.span.end)
                    if short is not None and short["short"].casefold() not in small:
                        self._keys.setdefault(short["short"], one.key)
        for (name, key), count in full.most_common(MOST_SHORT):
            if count >= LEAST_FULL and self._is_name(name):
                self._keys.setdefault(name, key)
        self._short = _any_of(list(self._keys)[:MOST_SHORT])
        last = _any_of(sorted(one for one in surnames if one.casefold() not in small)[:MOST_SHORT])
        self._full = last and regex.compile(
            rf"(?<![\p{{L}}.-])(?P<first>{_GIVEN})\s(?:\p{{Lu}}\.\s)*{last.pattern}"
        )

    def more(self, told: Told, found: Sequence[Named]) -> Iterator[Named]:
        """The names of a sentence beside those that are sure by themselves; none overlaps one."""
        taken = [one.span for one in found if one.kind is not EntityKind.PLACE]
        for one in (*self._people(told.raw), *self._organisations(told.raw), *self._land(told.raw)):
            if not any(_meet(one.span, span) for span in taken):
                taken.append(one.span)
                yield one

    def _people(self, text: str) -> Iterator[Named]:
        patterns = (_INITIALLED, *([self._full] if self._full else []))
        for match in (match for pattern in patterns for match in pattern.finditer(text)):
            first, words = match["first"], match[0]
            last = words.split()[-1].casefold()
            plain = first.casefold().partition("-")[0]
            if first.casefold() in self._small or plain in _IDLE or last in self._small | _IDLE:
                continue
            if words.isupper() or first.casefold() in MONTHS or first in PLACES:
                continue
            yield Named(EntityKind.PERSON, Span(*match.span()), person_key(words))

    def _organisations(self, text: str) -> Iterator[Named]:
        for match in _COURT.finditer(text):
            yield Named(EntityKind.ORGANISATION, Span(*match.span()), company_key(match[0]))
        for match in self._short.finditer(text) if self._short else ():
            after = text[match.end() : match.end() + 2]
            before = text[: match.start()].rstrip(" \n")[-1:]
            # “Boeing Capital” and “Acme and Boeing Group” are other names.
            if after[:1].isspace() and after[1:].isupper():
                continue
            if before == "&" or after[:1] in ("-", "&"):
                continue
            yield Named(
                EntityKind.ORGANISATION, Span(*match.span()), self._keys[" ".join(match[0].split())]
            )

    def _land(self, text: str) -> Iterator[Named]:
        for match in _LAND.finditer(text):
            words = match[0].split()
            if words[0].casefold() not in STARTERS:
                yield Named(EntityKind.PLACE, Span(*match.span()), " ".join(words).casefold())
        for match in _TOWN.finditer(text):
            words = match["town"].split()
            idle = any(one.casefold() in self._small | _IDLE for one in words)
            if not idle and words[0].casefold() not in MONTHS:
                span = Span(*match.span("town"))
                yield Named(EntityKind.PLACE, span, " ".join(words).casefold())

    def _is_name(self, name: str) -> bool:
        """Whether a company's name means it by itself."""
        parts = [word.casefold().rstrip(".") for word in name.split()]
        if not parts or len(name) < 2 or name in PLACES or not any(map(str.isupper, name)):
            return False
        if len(parts) == 1:
            return parts[0] not in self._small | _IDLE | FIRST_NAMES
        return not all(part in self._small | _IDLE for part in parts)


def _bare(words: str) -> str:
    """A company's name as written, without its legal form."""
    name = " ".join(words.split()).removeprefix("The ")
    while (tail := _TAIL.search(name)) is not None:
        word = tail["word"].casefold().removesuffix(".")
        if word not in LEGAL and word not in COMPANY and word != "&":
            break
        name = name[: tail.start()]
    return name


def _any_of(names: Sequence[str]) -> regex.Pattern[str] | None:
    if not names:
        return None
    ordered = sorted(names, key=len, reverse=True)
    every = "|".join(regex.escape(one).replace(r"\ ", r"\s") for one in ordered)
    return regex.compile(rf"(?<!{_LETTER})(?:{every})(?!{_LETTER})")


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
