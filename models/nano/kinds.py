"""Kinds of things that questions ask for: times, amounts, people, places.

By rules on plain text, so that a question's first word fits what its sentence says.
Must not know tokens.
"""

import re
from typing import Final

NAME: Final = r"(?<=[a-z,;:)] )[A-Z][a-z]+"
"""A capital inside a sentence."""

SAYS: Final[dict[str, re.Pattern[str]]] = {
    "time": re.compile(
        r"\b(?:1[0-9]|20)\d\d\b|\b\d{1,2}:\d\d\b|\b[ap]\.m\.|\bcentury\b|\b(?:Mon|Tues|Wednes|Thurs"
        r"|Fri|Satur|Sun)day\b|\b(?:January|February|March|April|June|July|August|September|October"
        r"|November|December)\b"
    ),
    "amount": re.compile(
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|half)\b"
    ),
    "person": re.compile(NAME),
    "place": re.compile(NAME + r"|\b(?:in|at|near|behind|beside) the\b"),
}
"""What a sentence must say to be asked for a kind."""

ASKS: Final = (
    ("how many", "amount"), ("how much", "amount"), ("what percentage", "amount"),
    ("when", "time"), ("in what year", "time"), ("in which year", "time"), ("on what date", "time"),
    ("who", "person"), ("by whom", "person"),
    ("where", "place"), ("in what country", "place"), ("in which city", "place"),
)  # fmt: skip
"""First words of a question, and the kind they ask for."""

PRONOUN: Final = re.compile(r"(?:He|She|It|They|This|These|His|Her|Its|Their)\b")
"""How a sentence begins that goes on about what the one before named."""


def kind_asked(front: str) -> str:
    """The kind a question asks for by its first words; empty for none in particular."""
    low = front.lower()
    return next((kind for words, kind in ASKS if low.startswith(words)), "")


def says(kind: str, sentence: str) -> bool:
    """Whether a sentence says something of a kind; always true of no kind in particular."""
    return not kind or bool(SAYS[kind].search(sentence))
