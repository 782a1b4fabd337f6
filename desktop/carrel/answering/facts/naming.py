"""People, organisations and places in a sentence, by rules; a name that is not sure is none.

A run of capitals alone is no evidence: a person needs a title or a first name, an organisation
its legal form. Pure; must not know documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from carrel.answering.facts.identifiers import Named
from carrel.answering.facts.name_lists import (
    COMPANY,
    FIRST_NAMES,
    GENERIC,
    HEADS,
    HONORIFICS,
    INSTITUTION,
    LEGAL,
    LEGAL_CAPITALS,
    NAME_ENDS,
    NO_SURNAME,
    NOT_BEFORE,
    PARTICLES,
    PLACES,
    ROLES,
    STARTERS,
)
from carrel.domain.documents import Span
from carrel.domain.facts import EntityKind

MOST_NAME_WORDS: Final = 8
"""Words of an organisation's name before its legal form."""

MOST_SURNAMES: Final = 3
"""Words behind a first name or title."""

SHOUTED: Final = 0.7
"""Share of capitals among the letters from which a sentence is a heading in capitals: in it a
capital says nothing."""

_TOKEN: Final = regex.compile(
    r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’.&/-](?=[\p{L}\p{N}]))*\.?|&|[^\s\w]"
)
_TRIGGER: Final = regex.compile(r"[\p{Lu}]")
_INITIAL: Final = regex.compile(r"\p{Lu}\.?(?:-?\p{Lu}\.)*\Z")
_SURNAME: Final = regex.compile(
    r"\p{Lu}[\p{L}\p{M}'’]*\p{Ll}[\p{L}\p{M}'’]*(?:-\p{Lu}\p{L}+)*\.?\Z"
)
_TICKER: Final = regex.compile(r"\p{Lu}{2,}/?\d\d[a-z]?\Z")
"""A sign of a share or a fiscal year before a name: ``PEP24``, ``FY20``."""

_PLACE: Final = regex.compile(
    r"(?<![\p{L}\p{N}-])(?:"
    + "|".join(
        regex.escape(one).replace(r"\ ", r"\s") for one in sorted(PLACES, key=len, reverse=True)
    )
    + r")(?![\p{L}\p{N}-])"
)
_CAPITAL_BEFORE: Final = regex.compile(r"\p{Lu}[\p{L}\p{M}&.’'-]*\s\Z")
_CAPITAL_AFTER: Final = regex.compile(r"\s(?:&\s)?\p{Lu}[\p{L}\p{M}]")
_BARE: Final = regex.compile(r"[^\p{L}\p{N}&]+")


def rests_on_first_name(words: str) -> bool:
    """Whether nothing but a first name says that these words are a person."""
    parts = words.split()
    return parts[0].casefold().removesuffix(".") not in HONORIFICS and not any(
        _INITIAL.match(one) for one in parts
    )


def _word(text: str) -> str:
    return text.casefold().removesuffix(".").removesuffix("’s").removesuffix("'s")


class _Token(NamedTuple):
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """Small, without the full stop and the s of the genitive."""
        return _word(self.text)

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or (
            self.text[0].isdigit() and any(one.isupper() for one in self.text)
        )


def names_in(text: str) -> list[Named]:
    """The names of a sentence; none of them within another."""
    if not _TRIGGER.search(text) or _shouted(text):
        return []
    tokens = [_Token(one[0], *one.span()) for one in _TOKEN.finditer(text)]
    found: list[Named] = []
    used = 0
    for at in range(len(tokens)):
        if at < used:
            continue
        made = _organisation(text, tokens, at, used) or _person(text, tokens, at)
        if made is not None:
            kind, first, last = made
            span = Span(tokens[first].start, _without_stop(tokens, last))
            words = text[span.start : span.end]
            key = company_key(words) if kind is EntityKind.ORGANISATION else person_key(words)
            if not key:
                continue
            found = [one for one in found if one.span.end <= span.start]
            found.append(Named(kind, span, key))
            used = last + 1
    return sorted([*found, *_places(text, found)], key=lambda one: one.span)


def company_key(words: str) -> str:
    """A company without its legal form: ``3M Company`` and ``3M Co.`` are ``3m``."""
    parts = [_word(one[0]) for one in _TOKEN.finditer(words)]
    while parts and (parts[-1] in LEGAL or parts[-1] in COMPANY or parts[-1] in ("&", ",")):
        parts.pop()
    if parts[:1] == ["the"]:
        del parts[0]
    kept = (_BARE.sub("", one.replace("&", "and") if one == "&" else one) for one in parts)
    return " ".join(filter(None, kept))


def person_key(words: str) -> str:
    """A person without titles and initials: first and last name, or the last name behind ``*``."""
    parts = [_word(one[0]) for one in _TOKEN.finditer(words)]
    titled = bool(parts) and parts[0] in HONORIFICS
    kept = [
        one
        for one in parts
        if one not in HONORIFICS and one not in NAME_ENDS and one not in ",." and len(one) > 1
    ]
    if not kept:
        return ""
    if len(kept) == 1:
        return f"* {kept[0]}" if titled else ""
    return f"{kept[0]} {kept[-1]}"


def _shouted(text: str) -> bool:
    letters = [one for one in text if one.isalpha()]
    return sum(map(str.isupper, letters)) >= SHOUTED * len(letters)


def _joined(text: str, one: _Token, other: _Token) -> bool:
    """Whether only one space or line end lies between two words."""
    between = text[one.end : other.start]
    return bool(between) and between.isspace() and "\t" not in between and between.count("\n") < 2


def _without_stop(tokens: Sequence[_Token], last: int) -> int:
    """The end of a name: a full stop belongs to a short form only."""
    token = tokens[last]
    if token.text.endswith(("’s", "'s")):
        return token.end - 2
    if not token.text.endswith("."):
        return token.end
    full = token.word in ("incorporated", "corporation", "limited", "company")
    short = not full and token.word in LEGAL | COMPANY | NAME_ENDS
    return token.end if short or len(token.word) == 1 else token.end - 1


# ── organisations ───────────────────────────────────────────────────────────


def _organisation(
    text: str, tokens: Sequence[_Token], at: int, least: int
) -> tuple[EntityKind, int, int] | None:
    """A name that ends with its legal form, or is that of an institution."""
    token = tokens[at]
    if not token.capital and token.text not in ("plc", "mbH", "e.V.", "a/s"):
        return None
    word = token.word
    legal = word in LEGAL and (
        token.text.removesuffix(".") in LEGAL_CAPITALS or word.upper() not in LEGAL_CAPITALS
    )
    if word in HEADS:
        made = _headed(text, tokens, at)
        if made is not None:
            return made
    if not (legal or word in COMPANY or word in INSTITUTION):
        return None
    first = _begin(text, tokens, at, least, wide=word in INSTITUTION)
    name = [one.word for one in tokens[first:at]]
    if not name or all(one in GENERIC or one in STARTERS or one in ("of", "&") for one in name):
        return None
    if word in INSTITUTION and len(name) < (1 if word in HEADS else 2):
        return None
    if name[-1] in ("and", "of", "for"):
        return None  # “Appointment and Authority”
    cut = first > 1 and len(name) == 1 and tokens[first - 1].word in ("and", "und", "et", "y")
    if cut and tokens[first - 2].capital and tokens[first - 2].word not in LEGAL:
        return None  # “Tapes and Adhesives Co.”: where the name begins is not clear
    last = at
    while last + 1 < len(tokens) and tokens[last + 1].word in INSTITUTION | COMPANY:
        if not (_joined(text, tokens[last], tokens[last + 1]) and tokens[last + 1].capital):
            break
        last += 1  # “Securities and Exchange Commission”
    while last + 1 < len(tokens) and last < at + 4:
        step = 2 if tokens[last + 1].text in (",", "&") and last + 2 < len(tokens) else 1
        if tokens[last + step].word not in LEGAL | COMPANY or not tokens[last + step].capital:
            break
        last += step
    behind = tokens[last + 1] if last + 1 < len(tokens) else None
    if word == "incorporated" and behind and behind.word in ("by", "in", "herein", "into"):
        return None  # “Documents Incorporated by Reference”
    plain = not tokens[last].text.endswith(".")
    if plain and behind and behind.word in NOT_BEFORE and _joined(text, tokens[last], behind):
        return None
    return EntityKind.ORGANISATION, first, last


def _begin(text: str, tokens: Sequence[_Token], at: int, least: int, *, wide: bool) -> int:
    """Where the capitals before a legal form begin."""
    first = at
    while first > least and at - first < MOST_NAME_WORDS:
        before = first - 1
        token = tokens[before]
        if token.text == "," and first == at and before > least:
            before -= 1  # “Acme Holdings, Inc.”
            token = tokens[before]
            if token.end != tokens[before + 1].start:
                break
        elif not _joined(text, token, tokens[first]):
            break
        if token.text == "The" or token.word in LEGAL or _TICKER.match(token.text):
            break
        if token.capital and not token.word.isdigit():
            if token.text.endswith(".") and len(token.word) > 3 and token.word not in COMPANY:
                break  # the end of the sentence before
            first = before
        elif (token.text == "&" and before > least) or (
            token.word in ("of", "and", "for", "für", "de")
            and before > least
            and tokens[before - 1].capital
            and (wide or tokens[before - 1].word in HEADS)
        ):
            first = before
        else:
            break
    while first < at and (tokens[first].word in STARTERS or tokens[first].text == "&"):
        first += 1
    return first


def _headed(text: str, tokens: Sequence[_Token], at: int) -> tuple[EntityKind, int, int] | None:
    """``Bank of America``, ``Department of Justice``."""
    last = at + 1
    if last + 1 >= len(tokens) or tokens[last].word not in ("of", "de", "für", "von"):
        return None
    capital = at
    while last < len(tokens) and last - at <= MOST_NAME_WORDS:
        token = tokens[last]
        if not _joined(text, tokens[last - 1], token):
            break
        if token.capital and token.word not in STARTERS:
            capital = last
            if token.text.endswith("."):
                break
        elif token.word not in ("of", "the", "de", "la", "für"):
            break
        last += 1
    if capital == at:
        return None
    first = at
    while (
        first
        and tokens[first - 1].capital
        and _joined(text, tokens[first - 1], tokens[first])
        and tokens[first - 1].word not in STARTERS
        and tokens[first - 1].word not in LEGAL
        and not tokens[first - 1].text.endswith(".")
        and at - first < 2
    ):
        first -= 1
    return EntityKind.ORGANISATION, first, capital


# ── people ──────────────────────────────────────────────────────────────────


def _person(text: str, tokens: Sequence[_Token], at: int) -> tuple[EntityKind, int, int] | None:
    """A title or a first name, and the name behind it."""
    token = tokens[at]
    titled = token.word in HONORIFICS and token.capital
    named = token.word in FIRST_NAMES and token.capital and not token.text.isupper()
    if not titled and (not named or _in_a_run(text, tokens, at)):
        return None
    last, surnames = at, 0
    while last + 1 < len(tokens) and surnames < MOST_SURNAMES:
        after = tokens[last + 1]
        if not _joined(text, tokens[last], after):
            break
        if surnames and (tokens[last].text.endswith(".") or after.word in FIRST_NAMES):
            break
        if after.word in HONORIFICS and not surnames:
            last += 1
            titled = True
            continue
        if after.word in FIRST_NAMES and after.capital and not surnames:
            last += 1
            if titled and tokens[last].text.endswith("."):
                surnames = 1
            continue
        if _INITIAL.match(after.text) or after.text in PARTICLES:
            last += 1
            continue
        if not _SURNAME.match(after.text) or after.word in NO_SURNAME or after.word in LEGAL:
            break
        last += 1
        surnames += 1
    while last > at and (tokens[last].text in PARTICLES or _INITIAL.match(tokens[last].text)):
        last -= 1
    if last == at or (not surnames and not (last > at + 1 or titled)):
        return None
    behind = tokens[last + 1] if last + 1 < len(tokens) else None
    stopped = tokens[last].text.endswith(".")
    if behind is not None and not stopped and _joined(text, tokens[last], behind):
        if behind.text == "&" or behind.word in LEGAL | COMPANY | INSTITUTION:
            return None
        if behind.capital and behind.word in NO_SURNAME and behind.word not in ROLES:
            return None
    company = tokens[last + 2].word if last + 2 < len(tokens) else ""
    if behind is not None and behind.text == "," and company in LEGAL:
        return None  # “Steven Madden, Ltd.”
    if titled and not surnames and last == at + 1 and tokens[last].word in HONORIFICS:
        return None
    first = at
    if at and _INITIAL.match(tokens[at - 1].text) and _joined(text, tokens[at - 1], token):
        first -= 1  # “A. George Battle”
    return EntityKind.PERSON, first, last


def _in_a_run(text: str, tokens: Sequence[_Token], at: int) -> bool:
    """Whether a first name stands behind another capital: “Lockheed Martin Canada”."""
    if not at or not _joined(text, tokens[at - 1], tokens[at]):
        return False
    before = tokens[at - 1]
    ends = before.text.endswith(".") and not _INITIAL.match(before.text)
    plain = before.word in STARTERS | ROLES | HONORIFICS
    plain = plain or _INITIAL.match(before.text) is not None
    return before.text[0].isalnum() and before.capital and not (ends or plain)


# ── places ──────────────────────────────────────────────────────────────────


def _places(text: str, found: Sequence[Named]) -> Iterator[Named]:
    for match in _PLACE.finditer(text):
        span = Span(*match.span())
        if any(span.start < one.span.end and one.span.start < span.end for one in found):
            continue
        before = _CAPITAL_BEFORE.search(text[max(0, span.start - 40) : span.start])
        if before and before[0].strip().casefold() not in STARTERS:
            continue  # “Northern California” is another place, “Bank Austria” none
        if _CAPITAL_AFTER.match(text, span.end):
            continue
        words = " ".join(match[0].split())
        yield Named(EntityKind.PLACE, span, words.casefold())
