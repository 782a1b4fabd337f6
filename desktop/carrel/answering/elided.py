"""Quotes that leave words out and say so with an ellipsis.

Each part must stand there, word for word and in order, not far from the one before. What was
left out is shown, so such a quote is near at best; where it is a word that turns the meaning
round, the quote does not hold. Pure; must not know the engine or the store.
"""

from typing import Final

import regex

from carrel.answering.meaning import negates
from carrel.answering.quotes import MAX_DIFFERENCE, QuoteCheck, check_quote
from carrel.domain.answers import Verdict
from carrel.domain.documents import Span

MAX_PARTS: Final = 4
"""Parts of a quote; who leaves out more than three times is not quoting."""

MAX_LEFT_OUT: Final = 400
"""Characters left out between two parts: two sentences. Further apart stands another statement."""

LEAST_WORDS: Final = 2
"""Words of a part; a lone word stands anywhere."""

_ELLIPSIS: Final = regex.compile(r"\s*(?:[\[(]\s*(?:…|\.\s?\.\s?\.)\s*[\])]|…|\.\s?\.\s?\.)\s*")


def check_cited(quote: str, source: str, *, within: Span | None = None) -> QuoteCheck:
    """Look a quote up in a text, also one that leaves words out; see `check_quote`."""
    whole = check_quote(quote, source, within=within)
    if whole.verdict is not Verdict.NOT_FOUND or not _ELLIPSIS.search(quote):
        return whole
    parts = [part for part in _ELLIPSIS.split(quote) if part.strip(" \t\n\"'“”‘’«».,;:")]
    if not 1 <= len(parts) <= MAX_PARTS:
        return whole
    if len(parts) == 1:
        return check_quote(parts[0], source, within=within)
    if any(len(part.split()) < LEAST_WORDS for part in parts):
        return whole
    return _in_order(parts, source, within) or whole


def _in_order(parts: list[str], source: str, within: Span | None) -> QuoteCheck | None:
    """All parts one after another, or None."""
    start = end = -1
    left_out: list[str] = []
    for part in parts:
        if start < 0:
            found = check_quote(part, source, within=within)
            base = 0
        else:
            base = end
            reach = base + MAX_LEFT_OUT + 2 * len(part)
            found = check_quote(part, source[base:reach])
        if found.verdict is not Verdict.EXACT:
            return None
        if start < 0:
            start = found.start
        else:
            left_out.append(" ".join(source[base : base + found.start].split()))
        end = base + found.end
    if any(len(words) > MAX_LEFT_OUT for words in left_out):
        return None
    shown = "; ".join(f"… → {words}" for words in left_out)
    shown = shown if len(shown) <= MAX_DIFFERENCE else f"{shown[: MAX_DIFFERENCE - 1]}…"
    if any(negates(word) for words in left_out for word in words.split()):
        return QuoteCheck(verdict=Verdict.NOT_FOUND, difference=shown)
    return QuoteCheck(verdict=Verdict.NEAR, start=start, end=end, difference=shown)
