"""Forms of a question's words in the texts that were found for it.

Search meets inflected forms by pieces of words. Who counts the words of a question in a passage
needs to know them for the same: by their stems, in the language of the texts (Snowball,
https://snowballstem.org). Must not know what the words are counted for.
"""

from __future__ import annotations

from typing import Any, Final

import regex
import snowballstemmer

from carrel.language.guessing import guess_language
from carrel.language.scripts import fold_latin
from carrel.language.terms import Located, locate

SAME_START: Final = 3
"""Letters by which forms of one word begin alike; only words that do are stemmed."""

LOOKED_AT: Final = 2_000
"""Code points of texts by which their language is told."""

_STEMMERS: Final = {
    "ces": "czech",
    "dan": "danish",
    "deu": "german",
    "ell": "greek",
    "fin": "finnish",
    "fra": "french",
    "hun": "hungarian",
    "ita": "italian",
    "nld": "dutch",
    "nor": "norwegian",
    "pol": "polish",
    "por": "portuguese",
    "ron": "romanian",
    "rus": "russian",
    "spa": "spanish",
    "swe": "swedish",
    "tur": "turkish",
}
"""Languages that are told by their commonest words, without English: its terms are stems."""

_TOLD: Final = frozenset({*_STEMMERS, "eng", "ukr"})
_BY_LETTERS: Final = ((regex.compile(r"\p{Script=Devanagari}"), "hindi"),)


class Forms:
    """Finds the terms of texts, forms of a question's words as the question has them.

    Args:
        question: as asked.
        texts: what was found for it; their language is looked at.
    """

    def __init__(self, question: str, texts: str) -> None:
        self._stemmer = _stemmer(f"{question}\n{texts[:LOOKED_AT]}")
        self._asked: dict[str, str] = {}
        self._starts: set[str] = set()
        self._known: dict[str, str] = {}
        if self._stemmer is None:
            return
        for start, end, term in locate(question):
            word = question[start:end].casefold()
            if len(word) > SAME_START:
                self._asked.setdefault(self._stem(word), term)
                self._asked.setdefault(word, term)  # a stem of its forms may be the word itself
                self._starts.add(_start(word))

    @property
    def stemmed(self) -> bool:
        """Whether the language is one whose words have stems here; not for English."""
        return self._stemmer is not None

    def located(self, text: str) -> list[Located]:
        """As `carrel.language.terms.locate`, with forms of the question's words as its terms."""
        found = locate(text)
        if not self._asked:
            return found
        return [(start, end, self._as_asked(text[start:end], term)) for start, end, term in found]

    def terms(self, text: str) -> list[str]:
        """As `carrel.language.terms.terms`, with forms of the question's words as its terms."""
        return [term for _, _, term in self.located(text)]

    def _as_asked(self, form: str, term: str) -> str:
        if term.endswith("*"):
            return term
        known = self._known.get(form)
        if known is None:
            known = self._known[form] = self._asked_as(form.casefold())
        return known or term

    def _asked_as(self, word: str) -> str:
        if _start(word) not in self._starts:
            return ""
        return self._asked.get(self._stem(word)) or self._asked.get(word, "")

    def _stem(self, word: str) -> str:
        stem: str = self._stemmer.stemWord(word) if self._stemmer is not None else word
        return stem


def _start(word: str) -> str:
    return fold_latin(word[:SAME_START])


def _stemmer(text: str) -> Any:  # noqa: ANN401 - the library has no types
    """One of its own for each question: it keeps the word in itself."""
    for letters, name in _BY_LETTERS:
        if letters.search(text):
            return snowballstemmer.stemmer(name)
    name = _STEMMERS.get(guess_language(text, _TOLD), "")
    return snowballstemmer.stemmer(name) if name else None
