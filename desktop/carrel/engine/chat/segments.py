"""A prompt in segments: the format's own tokens, and text that can become none of them.

Must not know conversations, tokens' numbers or the worker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

BEGIN: Final = "<｜begin▁of▁sentence｜>"
END: Final = "<｜end▁of▁sentence｜>"
USER: Final = "<｜User｜>"
ASSISTANT: Final = "<｜Assistant｜>"
THINK: Final = "<think>"
THOUGHT: Final = "</think>"
REMINDER: Final = "<｜latest_reminder｜>"
DSML: Final = "｜DSML｜"
"""Stands in every tag of a tool call; USER_DEFINED in the vocabulary, as are both think marks."""

TEMPLATE_TOKENS: Final = (BEGIN, END, USER, ASSISTANT, THINK, THOUGHT)
"""The special tokens no prompt does without; a V4 file without them cannot be used."""


class Segment(NamedTuple):
    """A stretch of the prompt.

    Attributes:
        special: it is one special token of the format (of a generic model: text of its
            template, which may hold special tokens); else it is plain text.
    """

    text: str
    special: bool


def plain(text: str) -> Segment:
    """Text that becomes no special token, whatever it says."""
    return Segment(text, special=False)


def special(text: str) -> Segment:
    """One special token."""
    return Segment(text, special=True)


_IN_TRAINED_TEXT: Final = re.compile("|".join(map(re.escape, (THINK, THOUGHT, DSML))))


def trained(text: str) -> list[Segment]:
    """A text of the format itself, never of a user: what looks like its special tokens is so."""
    segments: list[Segment] = []
    position = 0
    for found in _IN_TRAINED_TEXT.finditer(text):
        segments += [plain(text[position : found.start()]), special(found[0])]
        position = found.end()
    return [*segments, plain(text[position:])]


def joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Without empty segments, and with neighbouring text in one: tokens may cross the seam."""
    result: list[Segment] = []
    run: list[str] = []
    for segment in segments:
        if segment.special:
            if run:
                result.append(plain("".join(run)))
                run = []
            result.append(segment)
        elif segment.text:
            run.append(segment.text)
    if run:
        result.append(plain("".join(run)))
    return tuple(result)


class SpecialText:
    """Finds the vocabulary's special strings in plain text and cuts through each.

    llama.cpp turns the strings of ``USER_DEFINED`` tokens (``</think>`` is one)
    into those tokens even when told not to parse specials. A string cut in two
    and tokenised in pieces can become no such token.

    Args:
        strings: the texts of all special tokens of the vocabulary.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        longer = sorted({s for s in strings if len(s) > 1}, key=lambda s: (-len(s), s))
        # A pattern that is never found stands for an empty list.
        self._pattern = re.compile("|".join(map(re.escape, longer)) or r"(?!)")

    def pieces(self, text: str) -> list[str]:
        """The text in pieces none of which holds a special string; joined, they are the text."""
        cuts: list[int] = []
        position = 0
        while (found := self._pattern.search(text, position)) is not None:
            # Strings may overlap: cut after the first character and look on from there.
            cuts.append(found.start() + 1)
            position = found.start() + 1
        ends = [*cuts, len(text)]
        return [text[start:end] for start, end in zip([0, *cuts], ends, strict=True) if end > start]
