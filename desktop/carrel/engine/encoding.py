"""Turn a conversation into what DeepSeek V4-Flash (release 0731) was trained on.

Our own renderer: the template inside a model file is never run. The result is
a row of segments that are tokenised one by one: those of the format may become
special tokens, all other text may not, whatever it says. Pure functions; must
not know tokens' numbers, files or the worker.

Source: the model's own ``encoding`` folder and llama.cpp's
``deepseek-ai-DeepSeek-V4-Flash-0731.jinja`` (both MIT); the tests compare with both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

BEGIN: Final = "<｜begin▁of▁sentence｜>"
END: Final = "<｜end▁of▁sentence｜>"
USER: Final = "<｜User｜>"
ASSISTANT: Final = "<｜Assistant｜>"
THINK: Final = "<think>"
THOUGHT: Final = "</think>"
TEMPLATE_TOKENS: Final = (BEGIN, END, USER, ASSISTANT, THINK, THOUGHT)
"""The special tokens this renderer writes; a file without them cannot be used."""

_BETWEEN: Final = "\n\n"
"""Stands between two messages of the same side."""


class Encoding(StrEnum):
    """In which format a conversation is written for the engine."""

    V4_PREVIEW = "v4-preview"
    """DeepSeek V4's, as of April 2026."""
    V4_0731 = "v4-0731"
    """DeepSeek V4's, since release 0731: other texts for the efforts of thinking."""
    TEMPLATE = "template"
    """By the template in the model's own file."""


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Thinking(StrEnum):
    """Whether the engine thinks before it speaks, and how hard it is told to."""

    OFF = "off"
    LOW = "low"
    """Thinks as it sees fit; nothing is said about it."""
    HIGH = "high"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation.

    Attributes:
        text: as the user, the program or the engine wrote it; may hold anything.
        thinking: what the engine thought before an assistant message.
    """

    role: Role
    text: str
    thinking: str = ""


class Segment(NamedTuple):
    """A stretch of the prompt.

    Attributes:
        special: it is one special token of the format; else it is plain text.
    """

    text: str
    special: bool


_EFFORT: Final = {
    Thinking.HIGH: (
        "Reasoning Effort: Absolute maximum with no shortcuts permitted.\n"
        "You MUST be very thorough in your thinking and comprehensively decompose the problem to "
        "resolve the root cause, rigorously stress-testing your logic against all potential paths, "
        "edge cases, and adversarial scenarios.\n"
        "Explicitly write out your entire deliberation process, documenting every intermediate "
        "step, considered alternative, and rejected hypothesis to ensure absolutely no assumption "
        "is left unchecked.\n\n"
    ),
    Thinking.MAX: (
        "Reasoning Effort: Beyond maximum — exhaustive, relentless, and uncompromising.\n"
        "You MUST reason with the utmost depth and rigor, leaving absolutely nothing to chance: "
        "exhaustively decompose the problem into its most fundamental components, trace every "
        "causal chain to its root, and resolve the underlying cause rather than any surface "
        "symptom.\n"
        "Do not stop reasoning until you have independently verified the solution from multiple "
        "angles and are certain that no assumption remains unchecked and no error remains "
        "undiscovered.\n\n"
    ),
}
"""Trained texts; they stand at the very front, so another effort makes another prompt."""


def render(
    conversation: Sequence[Message], thinking: Thinking, *, opened: bool = True
) -> tuple[Segment, ...]:
    """The prompt for a conversation.

    System messages move to the front, as in training. What the engine thought
    before the last question is left out; it was left out in training, too.

    Args:
        opened: end with the assistant's turn begun, ready for its first word.
    """
    segments = [Segment(BEGIN, special=True)]
    if conversation and thinking in _EFFORT:
        segments.append(Segment(_EFFORT[thinking], special=False))
    system = [message.text for message in conversation if message.role is Role.SYSTEM]
    segments.append(Segment(_BETWEEN.join(system), special=False))
    last_question = max(
        (place for place, m in enumerate(conversation) if m.role is Role.USER), default=-1
    )
    in_question = False
    for place, message in enumerate(conversation):
        if message.role is Role.USER:
            start = Segment(_BETWEEN if in_question else USER, special=not in_question)
            segments += [start, Segment(message.text, special=False)]
            in_question = True
        elif message.role is Role.ASSISTANT:
            thought = message.thinking if place > last_question else None
            segments += _spoken(message.text, None if thinking is Thinking.OFF else thought)
            in_question = False
    if opened:
        segments.append(Segment(ASSISTANT, special=True))
        opening = THOUGHT if thinking is Thinking.OFF else THINK
        segments.append(Segment(opening, special=True))
    return tuple(_joined(segments))


def _spoken(text: str, thinking: str | None) -> list[Segment]:
    before = []
    if thinking is not None:
        before = [Segment(THINK, special=True), Segment(thinking, special=False)]
    return [
        Segment(ASSISTANT, special=True),
        *before,
        Segment(THOUGHT, special=True),
        Segment(text, special=False),
        Segment(END, special=True),
    ]


def _joined(segments: Iterable[Segment]) -> list[Segment]:
    """Without empty segments, and with neighbouring text in one: tokens may cross the seam."""
    joined: list[Segment] = []
    for segment in segments:
        if not segment.text:
            continue
        if joined and not segment.special and not joined[-1].special:
            joined[-1] = Segment(joined[-1].text + segment.text, special=False)
        else:
            joined.append(segment)
    return joined


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
