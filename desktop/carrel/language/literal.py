"""Words looked for as they stand, as in an editor: no stemming, but no pedantry either.

Case, kinds of quotation marks and dashes, ligatures and the width of white space make no
difference, so that a phrase is found over a line end. Must not know documents.
"""

from collections.abc import Iterator
from typing import Final

import regex

from carrel.domain.documents import Span
from carrel.language.folding import fold_character

LONGEST_WORDS: Final = 500
"""Code points looked for; a longer paste is looked for by its beginning."""

_ALIKE: Final = {
    "'": r"['‘’‚‛′´ʹʻʼʽ‹›＇`]",
    '"': r"[\"“”„‟″«»〝〞〟＂]",
    "-": r"[-‐‑‒–—―−﹣－]",
}
"""What folds to these signs, as one class each."""

Pattern = regex.Pattern[str]


def pattern_of(words: str) -> Pattern | None:
    """What finds the words; None where there is nothing to look for."""
    parts = words[:LONGEST_WORDS].split()
    if not parts:
        return None
    found = r"\s+".join("".join(map(_sign, part)) for part in parts)
    return regex.compile(found, regex.V1 | regex.IGNORECASE | regex.FULLCASE)


def occurrences(pattern: Pattern, text: str) -> Iterator[Span]:
    """The places in a text, in order, none of them empty or overlapping.

    Other threads run meanwhile.
    """
    for found in pattern.finditer(text, concurrent=True):
        yield Span(found.start(), found.end())


def _sign(character: str) -> str:
    folded = fold_character(character)
    return _ALIKE.get(folded) or regex.escape(character, special_only=True)
