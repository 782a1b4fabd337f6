"""Documents whose names the question mentions: the company, the year, the kind of report.

A question about “3M in 2018” is answered in ``3M_2018_10K.pdf`` rather than in
the two hundred other documents that use the same words. Must not know passages.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from carrel.language.folding import fold

MAX_JOINED: Final = 4
"""Words of a question that are tried as one: “American Express” names AMERICANEXPRESS."""

MIN_BEGINNING: Final = 5
"""Letters from which the beginning of a name stands for it, if it is two thirds of it."""

MAX_PARSED: Final = 65_536
"""Names whose parts are remembered, 600 bytes each: the list is made anew after each change."""

YEAR_SHARE: Final = 0.5
"""What a matching year adds to a matching name ..."""

KIND_SHARE: Final = 0.25
"""... and what a matching kind of report adds."""

_PART: Final = regex.compile(
    r"(?<![0-9])[0-9]{1,2}-?[A-Za-z](?![A-Za-z0-9])|Q[1-4](?![0-9])|[0-9]+"
    r"|\p{Lu}?[\p{Ll}\p{M}]+|(?:(?!Q[1-4])\p{Lu})+(?!\p{Ll})|[\p{Lo}\p{M}]+",
    regex.VERSION1,
)
_YEAR_PART: Final = regex.compile(r"(?:fy)?((?:19|20)[0-9]{2})(q[1-4])?\Z|fy([0-9]{2})(q[1-4])?\Z")
_YEAR: Final = regex.compile(r"(?:19|20)[0-9]{2}\Z")
_QUARTER: Final = regex.compile(r"q[1-4]\Z")
_ORDINALS: Final = {"first": "q1", "second": "q2", "third": "q3", "fourth": "q4"}
_KIND_LIST: Final = (
    "10k 10q 8k 20f 6k annual quarterly report earnings release call transcript statement final "
    "draft copy scan doc document file version signed dated form new old the of and for inc corp "
    "ltd llc plc pdf docx txt html csv eml"
)
_KINDS: Final = frozenset(_KIND_LIST.split())


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]
    joined: str
    years: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """A document a question names.

    Attributes:
        position: of the document in the list given to `Names`.
        share: 0 to 1 and a little more: how much of the name was mentioned.
        words: the words of the question that did it.
    """

    position: int
    share: float
    words: frozenset[str]


class Names:
    """The names of the documents in the store, ready to be compared with questions.

    Args:
        names: file names, with or without a suffix.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [_parse(name) for name in names]
        self._holders: dict[str, list[int]] = {}
        for position, name in enumerate(self._names):
            for word in {*name.words, name.joined} - {""}:
                self._holders.setdefault(word, []).append(position)
        self._sorted = sorted(self._holders)
        total = len(self._names)
        self._weights = {
            word: math.log(1 + (total - len(holders) + 0.5) / (len(holders) + 0.5))
            for word, holders in self._holders.items()
        }

    def find(self, words: Sequence[str], shouted: Sequence[str] = ()) -> list[Named]:
        """The documents that the words of a question name, in the order of their positions.

        Args:
            words: of the question, folded.
            shouted: those written in capitals; they may abbreviate a name by its beginning.
        """
        mentioned = _mentioned(words)
        years = {word for word in mentioned if _YEAR.match(word)}
        matched = self._matched(mentioned, shouted)
        by_position: dict[int, set[str]] = {}
        for word in matched:
            for position in self._holders[word]:
                by_position.setdefault(position, set()).add(word)
        found: list[Named] = []
        for position, hits in sorted(by_position.items()):
            name = self._names[position]
            whole = sum(self._weights[word] for word in name.words) or 1.0
            share = min(1.0, sum(self._weights[word] for word in hits & set(name.words)) / whole)
            if name.joined in hits:
                share = 1.0
            by_year = years & name.years
            by_kind = name.kinds & mentioned.keys()
            share *= 1 + YEAR_SHARE * bool(by_year) + KIND_SHARE * bool(by_kind)
            used = frozenset().union(
                by_year, *(matched[hit] for hit in hits), *(mentioned[kind] for kind in by_kind)
            )
            found.append(Named(position, share, used))
        return found

    def _matched(
        self, mentioned: dict[str, frozenset[str]], shouted: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """The words of names that are mentioned, each with the words of the question that do it.

        “Pepsi” mentions PEPSICO: at least five letters, and most of it. “JPM” mentions JPMORGAN.
        """
        found: dict[str, frozenset[str]] = {}
        for said, made_of in mentioned.items():
            if said in self._holders:
                found[said] = made_of
            if len(said) < MIN_BEGINNING and said not in shouted:
                continue
            for name in self._beginning(said):
                if said in shouted or len(said) * 3 >= len(name) * 2:
                    found.setdefault(name, made_of)
        return found

    def _beginning(self, beginning: str) -> Iterator[str]:
        for at in range(bisect_left(self._sorted, beginning), len(self._sorted)):
            if not self._sorted[at].startswith(beginning):
                break
            yield self._sorted[at]


def _mentioned(words: Sequence[str]) -> dict[str, frozenset[str]]:
    """Words and joined neighbours, each with the words it is made of."""
    found: dict[str, frozenset[str]] = {}
    kept = [word for word in words if word not in ("and", "s", "the", "of")]
    for size in range(1, MAX_JOINED + 1):
        for at in range(len(kept) - size + 1):
            found.setdefault("".join(kept[at : at + size]), frozenset(kept[at : at + size]))
    for word in kept:
        dated = _YEAR_PART.match(word)
        if dated:
            year = dated[1] or f"20{dated[3]}"
            found.setdefault(year, frozenset({word}))
            if quarter := dated[2] or dated[4]:
                found.setdefault(quarter, frozenset({word}))
    for word, quarter in _ORDINALS.items():
        if word in found and "quarter" in found:
            found[quarter] = frozenset({word, "quarter"})
    return found


@lru_cache(MAX_PARSED)
def _parse(name: str) -> _Name:
    stem = fold(name.rsplit(".", 1)[0] if "." in name[-6:] else name).text
    parts = [part.replace("-", "").casefold() for part in _PART.findall(stem)]
    merged: list[str] = []
    for part in parts:
        # “3” and “M”, parted by the rule above, are one name.
        if merged and merged[-1].isdigit() and len(merged[-1]) <= 2 and len(part) == 1:
            merged[-1] += part
        else:
            merged.append(part)
    years = frozenset(part for part in merged if _YEAR.match(part))
    kinds = frozenset(part for part in merged if part in _KINDS or _QUARTER.match(part))
    words = tuple(
        dict.fromkeys(
            part
            for part in merged
            if part not in years and part not in kinds and not part.isdigit() and len(part) >= 2
        )
    )
    return _Name(words, "".join(words), years, kinds)
