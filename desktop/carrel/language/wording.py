"""The words of a text in the form in which they are compared letter by letter.

Must not know terms, which are their stems.
"""

from __future__ import annotations

from typing import Final

import regex

from carrel.language.folding import fold

MAX_LETTERS: Final = 32
"""Letters; longer runs are no words of a language that is misspelt."""

MIN_LETTERS: Final = 3
"""Letters; shorter words are told by no spelling."""

_WORD: Final = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}])[\p{L}\p{M}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}"
    rf"\p{{Khmer}}\p{{Myanmar}}]]{{{MIN_LETTERS},{MAX_LETTERS}}}(?![\p{{L}}\p{{M}}\p{{N}}])",
    regex.VERSION1,
)


def words_in(text: str) -> set[str]:
    """The different words of a text, case-folded, without those of scripts that set no blanks."""
    return set(_WORD.findall(fold(text, case=True).text))
