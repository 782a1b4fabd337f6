"""Finds quoted words in text as they stand, apart from case, spacing and typographic variants.

Must not know the index.
"""

from functools import lru_cache
from typing import Final

import regex

from carrel.language.folding import fold

_IS_WORD: Final = regex.compile(
    r"[\p{L}\p{N}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]",
    regex.VERSION1,
)


@lru_cache(64)
def pattern(phrase: str) -> regex.Pattern[str]:
    """Finds a phrase in folded text, as whole words."""
    words = regex.escape(fold(phrase, case=True).text.strip())
    before = r"(?<![\p{L}\p{N}])" if _IS_WORD.match(phrase[:1]) else ""
    after = r"(?![\p{L}\p{N}])" if _IS_WORD.match(phrase[-1:]) else ""
    return regex.compile(before + words + after)
