"""The words of a workspace: which begin in some way, and which are spelt nearly like another.

One thread adds words, any number look them up. Must not know documents or the index.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from carrel.language.transliterating import Script, same_name, script_of

MAX_BEGINNINGS: Final = 64
"""Words that a beginning stands for, those of most documents first; more would say nothing."""

MAX_CLOSE: Final = 3
"""Words looked for in place of a misspelt one."""

MAX_SAME: Final = 4
"""Spellings of a name in other letters that are looked for."""

SHORT: Final = 4
"""Letters of the shortest word that is taken for misspelt: of three any other word is near."""

LONG: Final = 8
"""Letters from which two may differ."""

# What is read for what in pictures of text: both are brought to one.
_LOOKS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SIGNS: Final = str.maketrans({"1": "l", "i": "l", "0": "o", "5": "s"})


class Vocabulary:
    """Words, and in how many documents each stands."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[str, int] = {}
        self._ordered: list[str] | None = None
        self._by_length: dict[tuple[Script, int], list[str]] | None = None
        self._by_look: dict[str, list[str]] = {}

    def __len__(self) -> int:
        """Different words."""
        return len(self._documents)

    def add(self, words: Iterable[str]) -> None:
        """Add the different words of a document, case-folded."""
        with self._lock:
            for word in words:
                self._documents[word] = self._documents.get(word, 0) + 1
            self._ordered = self._by_length = None

    def beginning(self, start: str) -> tuple[str, ...]:
        """The words that begin so, those of most documents first, at most `MAX_BEGINNINGS`."""
        start = start.casefold()
        with self._lock:
            if self._ordered is None:
                self._ordered = sorted(self._documents)
            low = bisect_left(self._ordered, start)
            high = bisect_left(self._ordered, start + "\U0010ffff", lo=low)
            return self._most(self._ordered[low:high], MAX_BEGINNINGS)

    def close(self, word: str) -> tuple[str, ...]:
        """The words spelt nearly so, the nearest first, at most `MAX_CLOSE`; not the word itself.

        One letter may be missing, too many, another, or change places with the next; two in words
        of `LONG` letters or more. What text recognition mistakes counts as nothing.
        """
        word = word.casefold()
        if len(word) < SHORT or (not word.isalpha() and not _look(word).isalpha()):
            return ()
        with self._lock:
            tables = self._tables()
            alike = [one for one in self._by_look.get(_look(word), ()) if one != word]
            if alike:
                return self._most(alike, MAX_CLOSE)
            most = 2 if len(word) >= LONG else 1
            script = script_of(word)
            found: list[tuple[str, int]] = []
            for length in range(len(word) - most, len(word) + most + 1):
                for one, distance, _ in process.extract(
                    word,
                    tables.get((script, length), ()),
                    scorer=OSA.distance,
                    score_cutoff=most,
                    limit=None,
                ):
                    if distance:
                        found.append((one, int(distance)))
        if not found:
            return ()
        least = min(distance for _, distance in found)
        # A word seldom begins with a mistake.
        found.sort(key=lambda one: (one[0][:1] != word[:1], -self._documents[one[0]], one[0]))
        return tuple(one for one, distance in found if distance == least)[:MAX_CLOSE]

    def same_names(self, word: str) -> tuple[str, ...]:
        """The word's spellings in other scripts, at most `MAX_SAME`."""
        word = word.casefold()
        own = script_of(word)
        if own is Script.OTHER or len(word) < MIN_NAME:
            return ()
        with self._lock:
            found = [
                one
                for (script, length), words in self._tables().items()
                if script not in {own, Script.OTHER} and abs(length - len(word)) <= len(word)
                for one in words
                if same_name(word, one)
            ]
            return self._most(found, MAX_SAME)

    def _tables(self) -> dict[tuple[Script, int], list[str]]:
        if self._by_length is None:
            self._by_length = defaultdict(list)
            by_look: dict[str, list[str]] = defaultdict(list)
            for word in self._documents:
                self._by_length[script_of(word), len(word)].append(word)
                by_look[_look(word)].append(word)
            self._by_look = dict(by_look)
        return self._by_length

    def _most(self, words: Iterable[str], limit: int) -> tuple[str, ...]:
        """Those of most documents; of equal ones the first by their letters."""
        return tuple(sorted(words, key=lambda one: (-self._documents[one], one))[:limit])


MIN_NAME: Final = 3
"""Letters of a name that is looked for in other scripts."""


def _look(word: str) -> str:
    for seen, meant in _LOOKS:
        word = word.replace(seen, meant)
    return word.translate(_SIGNS)
