"""A conversation for a model's own chat template, which sees none of its texts.

The template is a program from an untrusted file, and what it writes may hold special tokens.
So it is given stand-ins that nobody can guess; its output is cut where they stand, and only then
are the texts put in. What the template wrote may become special tokens, the texts may not.
Pure; must not know Jinja, processes or llama.cpp.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from carrel.engine.chat.conversation import MAX_TEXT_CHARACTERS, Message, Role, Thinking
from carrel.engine.chat.segments import Segment, plain, special
from carrel.engine.chat.trained_texts import RESPONSE_FORMAT
from carrel.engine.errors import BadRequest, TemplateRefused

MAX_PROMPT_CHARACTERS: Final = 2 * MAX_TEXT_CHARACTERS
"""Characters of a prompt; a template may say a text twice, not a thousand times."""
FRAGMENT_CHARACTERS: Final = 8
"""Characters of a stand-in that, found by themselves, tell that a template cut through it."""

_BETWEEN: Final = "\n\n"
_ESCAPES: Final = {"": 0, "\\": 1, "\\\\\\": 2}
"""Backslashes before the quotation mark in a stand-in, to how often it was written as JSON."""

_EFFORTS: Final = {Thinking.LOW: "low", Thinking.HIGH: "high", Thinking.MAX: "high"}
"""What templates that know efforts call them."""


class StandIns:
    """Hides texts, and finds them again in what a template made of them.

    Args:
        key: 32 hexadecimal digits; drawn by chance if not given.
    """

    def __init__(self, key: str = "") -> None:
        key = key or secrets.token_hex(16)
        self._head, self._tail = key[:16], key[16:]
        self._texts: list[str] = []
        # The quotation mark shows whether the text was written as JSON, where it has to be, too.
        self._pattern = re.compile(rf'{self._head}(\d{{6}})(\\*)"{self._tail}')

    def hide(self, text: str) -> str:
        """A stand-in for a text; an empty one stands for itself, since templates ask for that."""
        if not text:
            return ""
        self._texts.append(text)
        return f'{self._head}{len(self._texts) - 1:06d}"{self._tail}'

    def segments(self, untrusted_output: str, *, needed: Sequence[str]) -> tuple[Segment, ...]:
        """Cut a template's output at the stand-ins and put the texts in.

        Args:
            needed: stand-ins that must be there.

        Raises:
            TemplateRefused: one is missing or was changed, or it has become too long.
        """
        segments: list[Segment] = []
        position = length = 0
        seen: set[str] = set()
        for found in self._pattern.finditer(untrusted_output):
            text = self._text(int(found[1]), found[2])
            length += len(text)
            if length > MAX_PROMPT_CHARACTERS:
                raise TemplateRefused(cause="it repeats what it is given")
            segments += [special(untrusted_output[position : found.start()]), plain(text)]
            seen.add(found[1])
            position = found.end()
        segments.append(special(untrusted_output[position:]))
        if any(self._is_cut(segment.text) for segment in segments if segment.special):
            raise TemplateRefused(cause="it changes the texts of the conversation")
        if any(stand_in and stand_in[16:22] not in seen for stand_in in needed):
            raise TemplateRefused(cause="it leaves out a part of the conversation")
        return tuple(segment for segment in segments if segment.text)

    def _text(self, number: int, escapes: str) -> str:
        times = _ESCAPES.get(escapes)
        if times is None or number >= len(self._texts):
            raise TemplateRefused(cause="it changes the texts of the conversation")
        text = self._texts[number]
        for _ in range(times):
            text = json.dumps(text, ensure_ascii=False)[1:-1]
        return text

    def _is_cut(self, output: str) -> bool:
        folded = output.casefold()
        for part in (self._head, self._tail):
            for start in range(len(part) - FRAGMENT_CHARACTERS + 1):
                fragment = part[start : start + FRAGMENT_CHARACTERS]
                if fragment in folded or fragment[::-1] in folded:
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Disguised:
    """A conversation as a template gets it.

    Attributes:
        variables: the template's, but for the special tokens' texts.
        needed: stand-ins that must be in the output.
    """

    variables: dict[str, Any]
    needed: tuple[str, ...]


@dataclass(slots=True)
class _Turn:
    role: Role
    text: str
    thinking: str = ""


def disguised(
    conversation: Sequence[Message],
    thinking: Thinking,
    stand_ins: StandIns,
    *,
    opened: bool,
    response_format: str = "",
    folded: bool = False,
) -> Disguised:
    """Hide a conversation's texts.

    System messages and reminders are told first, in one; users that follow one another are
    one, and so are answers: most templates refuse anything else.

    Args:
        opened: the template is asked to begin the assistant's turn.
        folded: what the system says stands in the first question, for templates without it.

    Raises:
        BadRequest: it holds what only V4 was trained for: tools, errands.
    """
    _check_plain(conversation)
    turns = _turns(conversation, response_format)
    if folded and len(turns) > 1 and turns[0].role is Role.SYSTEM and turns[1].role is Role.USER:
        first = turns.pop(0)
        turns[0].text = first.text + _BETWEEN + turns[0].text
    messages: list[dict[str, str]] = []
    needed: list[str] = []
    for turn in turns:
        needed.append(stand_ins.hide(turn.text))
        message = {"role": turn.role.value, "content": needed[-1]}
        if turn.thinking and thinking is not Thinking.OFF:
            message["reasoning_content"] = stand_ins.hide(turn.thinking)
        messages.append(message)
    thinks = thinking is not Thinking.OFF
    variables: dict[str, Any] = {
        "messages": messages,
        "add_generation_prompt": opened,
        "enable_thinking": thinks,
        "thinking": thinks,
    }
    if thinks:
        variables["reasoning_effort"] = _EFFORTS[thinking]
    return Disguised(variables, tuple(needed))


def _check_plain(conversation: Sequence[Message]) -> None:
    for message in conversation:
        if message.errand is not None:
            raise BadRequest(cause="this model was not trained for errands")
        if message.tools or message.calls or message.role is Role.TOOL:
            raise BadRequest(cause="this model cannot be offered tools")


def _turns(conversation: Sequence[Message], response_format: str) -> list[_Turn]:
    told: list[str] = []
    turns: list[_Turn] = []
    formats = [response_format]
    for message in conversation:
        formats.append(message.response_format)
        match message.role:
            case Role.SYSTEM | Role.REMINDER:
                told.append(message.text)
            case Role.ASSISTANT:
                _append(turns, Role.ASSISTANT, message.text, message.thinking)
            case _:
                _append(turns, Role.USER, message.text, "")
    told += [RESPONSE_FORMAT + form for form in formats if form][:1]
    text = _BETWEEN.join(filter(None, told))
    return [_Turn(Role.SYSTEM, text), *turns] if text else turns


def _append(turns: list[_Turn], role: Role, text: str, thinking: str) -> None:
    if turns and turns[-1].role is role:
        turns[-1].text = _BETWEEN.join(filter(None, (turns[-1].text, text)))
        turns[-1].thinking = thinking or turns[-1].thinking
    else:
        turns.append(_Turn(role, text, thinking))
