"""How much a question is looked for in, and which of its words stand nowhere there.

Must not know ranking or what is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import regex

from carrel.domain.support import Searched
from carrel.language.terms import locate
from carrel.retrieval.words import STOP_TERMS

MAX_WORDS: Final = 24
"""Words of a question that are looked up one by one; more would not be read."""

MAX_QUESTION: Final = 2_000
"""Characters of a question that are looked at."""

_UNSPACED: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]", regex.VERSION1
)

Contains = Callable[[str], bool]
"""Whether any passage in scope has a term."""


def extent(
    question: str, documents: int, passages: int, contains: Contains, *, chosen: bool
) -> Searched:
    """What a question is looked for in.

    Args:
        question: as asked.
        documents, passages: in scope.
        contains: looks a term up in the scope.
        chosen: whether the user chose the scope.
    """
    words = asked_words(question)
    return Searched(
        documents=documents,
        passages=passages,
        words=tuple(words),
        absent=tuple(word for word, terms in words.items() if not any(map(contains, terms))),
        chosen=chosen,
    )


def asked_words(question: str) -> dict[str, Sequence[str]]:
    """The telling words of a question with the terms that stand for each.

    Languages written without spaces give none: their terms are pieces no reader would know.
    """
    found: dict[str, list[str]] = {}
    question = question[:MAX_QUESTION]
    until = 0
    last = ""
    for start, end, term in locate(question):
        word = question[start:end]
        if _UNSPACED.search(word) or (term in STOP_TERMS and not word.isupper()):
            continue
        if start < until and last:
            found[last].append(term)  # a part of a word such as “3M”
            continue
        if len(found) == MAX_WORDS and word not in found:
            break
        found.setdefault(word, []).append(term)
        last, until = word, end
    return {word: tuple(terms) for word, terms in found.items()}
