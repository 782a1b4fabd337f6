"""A list of texts as a grammar: the answer is one of them, or two one after the other.

Pure; must not know llama.cpp or what the texts are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from carrel.engine.errors import BadSchema

MAX_CHOICES: Final = 16
"""Texts; twelve passages and the sentence that none of them answers."""
MAX_CHOICE_CHARACTERS: Final = 4_000
"""Characters of one; a sentence has some hundred."""

_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def grammar_of_choices(choices: Sequence[str], alone: str = "") -> str:
    """The grammar, in llama.cpp's notation.

    Args:
        choices: an answer is one of these, or one and then another.
        alone: or this by itself; empty for nothing more.

    Raises:
        BadSchema: there are none or too many, or one is empty or too long.
    """
    texts = [*choices, alone] if alone else list(choices)
    if not choices or len(texts) > MAX_CHOICES:
        raise BadSchema(fault=f"an answer needs 1 to {MAX_CHOICES} texts to choose among")
    if any(not 0 < len(text) <= MAX_CHOICE_CHARACTERS for text in texts):
        raise BadSchema(fault="a text to choose is empty or too long")
    picks = " | ".join(_quoted(text) for text in choices)
    root = f"pick pick? | {_quoted(alone)}" if alone else "pick pick?"
    return f"root ::= {root}\npick ::= {picks}\n"


def _quoted(text: str) -> str:
    return '"' + "".join(_letter(letter) for letter in text) + '"'


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return letter if letter.isprintable() else f"\\U{ord(letter):08X}"
