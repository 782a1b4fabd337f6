"""The figure or date itself, where a question asks for one and a sentence has just one.

Taken from the decisive sentence as it stands there, with its unit. Where the sentence has
several, none is chosen: which one is meant is for the reader to see. Pure; must not know how
the sentence was found.
"""

from typing import Final

import regex

from carrel.answering.figures import dates, figures
from carrel.language.terms import terms
from carrel.retrieval.query import understand
from carrel.retrieval.words import STOP_TERMS

MAX_SENTENCE: Final = 400
"""Characters of a sentence; a longer one says too much for one figure to be the answer."""

NEAR: Final = 24
"""Characters behind a number in which stands what it counts."""

_COUNTED: Final = regex.compile(r"(?i)\bhow many (?P<what>[\p{L}-]+(?: [\p{L}-]+){0,2})")
_WHEN: Final = regex.compile(
    r"(?i)^(?:[\p{L},]+ ){0,3}?(?:when|what (?:year|date|day)|which (?:year|date)"
    r"|in what year|wann|in welchem jahr"
    r"|quand|cuándo|когда)\b|哪一?年|什么时候|何時"
)
_WHEN_ELSE: Final = regex.compile(r"(?i)\bwhen\b.{0,60}\b(?:what|who|which|how)\b")


def short_answer(question: str, sentence: str) -> str:
    """The figure or date that a sentence answers a question with; empty where that is not sure.

    Args:
        question: as asked.
        sentence: of a document, the decisive one.
    """
    if len(sentence) > MAX_SENTENCE:
        return ""
    if _WHEN.search(question):
        return "" if _WHEN_ELSE.search(question) else _date(question, sentence)
    return _amount(question, sentence) if understand(question).wants_amount else ""


def _date(question: str, sentence: str) -> str:
    asked = {figure.number for figure in figures(question)}
    found = list(dict.fromkeys(date.text for date in dates(sentence)))
    years = [one.text for one in figures(sentence) if one.is_year and one.number not in asked]
    if len(found) == 1 and not years:
        return found[0]
    return years[0] if not found and len(set(years)) == 1 else ""


def _amount(question: str, sentence: str) -> str:
    asked = {figure.number for figure in figures(question)}
    told = [one for one in figures(sentence) if not one.is_year and one.number not in asked]
    if len(told) != 1:
        return ""
    (figure,) = told
    counted = _COUNTED.search(question)
    if counted is not None:
        # “How many balls” is answered by “four balls”, not by “88 tackles”.
        behind = set(terms(sentence[figure.end : figure.end + NEAR]))
        wanted = set(terms(counted["what"])) - STOP_TERMS
        return figure.text if wanted & behind and not figure.unit else ""
    return figure.text if figure.unit or figure.scale else ""
