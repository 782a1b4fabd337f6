"""Turn a conversation into what DeepSeek V4 was trained on, in both of its versions.

Our own renderer: the template inside a V4 file is never run. The result is a row of segments
that are tokenised one by one: those of the format may become special tokens, all other text may
not, whatever it says. Pure functions; must not know tokens' numbers, files or the worker.

The reference is DeepSeek's own encoder (MIT). Where llama.cpp's templates differ from it, it is
followed, with three exceptions, each tested: several system messages at the front are parted by
an empty line, as in the templates; an assistant's turn is always opened, also where no user
spoke before; and ``</tool_result>`` inside a result is defused, as ds4 does, so that a result
cannot end itself and speak as the user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.engine.chat.conversation import (
    Errand,
    Message,
    Role,
    Thinking,
    Tool,
    ToolCall,
    json_text,
    read_json,
)
from carrel.engine.chat.dsml import calls_written
from carrel.engine.chat.segments import (
    ASSISTANT,
    BEGIN,
    END,
    REMINDER,
    TEMPLATE_TOKENS,
    THINK,
    THOUGHT,
    USER,
    Segment,
    SpecialText,
    joined,
    plain,
    special,
    trained,
)
from carrel.engine.chat.trained_texts import (
    ABSOLUTE_MAXIMUM,
    BEYOND_MAXIMUM,
    RESPONSE_FORMAT,
    TOOLS_END,
    TOOLS_OFFERED,
)

__all__ = [
    "BEGIN",
    "TEMPLATE_TOKENS",
    "THINK",
    "THOUGHT",
    "USER",
    "Encoding",
    "Errand",
    "Message",
    "Role",
    "Segment",
    "SpecialText",
    "Thinking",
    "Tool",
    "ToolCall",
    "render",
]

_BETWEEN: Final = "\n\n"
"""Stands between two messages of the same side, and before what a message offers."""

_RESULT_END, _RESULT_END_DEFUSED = "</tool_result>", "&lt;/tool_result>"


class Encoding(StrEnum):
    """How a model reads a conversation."""

    V4_PREVIEW = "v4-preview"
    """V4-Flash and V4-Pro as first released."""
    V4_0731 = "v4-0731"
    """V4-Flash-0731: the same but for what the efforts of thinking say."""
    TEMPLATE = "template"
    """By the template in its own file; see `worker.template`, not `render`."""


_EFFORTS: Final[Mapping[Encoding, Mapping[Thinking, str]]] = {
    Encoding.V4_PREVIEW: {Thinking.MAX: ABSOLUTE_MAXIMUM},
    Encoding.V4_0731: {Thinking.HIGH: ABSOLUTE_MAXIMUM, Thinking.MAX: BEYOND_MAXIMUM},
}
"""They stand at the very front, so another effort makes another prompt."""


def render(
    conversation: Sequence[Message],
    thinking: Thinking,
    encoding: Encoding = Encoding.V4_0731,
    *,
    opened: bool = True,
    tools: Sequence[Tool] = (),
    response_format: str = "",
) -> tuple[Segment, ...]:
    """The prompt for a conversation.

    What the engine thought before the last question is left out, as in training; not so where
    tools are offered.

    Args:
        opened: end with the assistant's turn begun, ready for its first word.
        tools: offered by the first system message, which is added if there is none.
        response_format: JSON object an answer must fit, said in the same place.

    Raises:
        ValueError: the encoding is none of V4's.
    """
    if encoding not in _EFFORTS:
        raise ValueError(encoding)
    turns = _merged(_with_front(conversation, tools, response_format))
    keeps_thinking = any(turn.message.tools for turn in turns)
    if thinking is not Thinking.OFF and not keeps_thinking:
        turns = _without_past_developers(turns)
    segments = [special(BEGIN)]
    if turns:
        segments.append(plain(_EFFORTS[encoding].get(thinking, "")))
    writer = _Writer(turns, thinks=thinking is not Thinking.OFF, keeps_thinking=keeps_thinking)
    return joined([*segments, *writer.write(opened=opened)])


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a user's turn: own words, or what a tool answered."""

    text: str
    is_result: bool = False
    call_id: str = ""


@dataclass(slots=True)
class _Turn:
    """A message with those that are read as one with it."""

    message: Message
    parts: list[_Part]

    @property
    def asks(self) -> bool:
        return self.message.role in {Role.USER, Role.DEVELOPER}


def _with_front(
    conversation: Sequence[Message], tools: Sequence[Tool], response_format: str
) -> list[Message]:
    """With the system messages at the front in one, which offers what there is to offer."""
    rest = list(conversation)
    front: list[Message] = []
    while rest and rest[0].role is Role.SYSTEM:
        front.append(rest.pop(0))
    if not (front or tools or response_format):
        return rest
    formats = [response_format, *(m.response_format for m in reversed(front))]
    first = Message(
        role=Role.SYSTEM,
        text=_BETWEEN.join(message.text for message in front),
        tools=(*(tool for message in front for tool in message.tools), *tools),
        response_format=next(filter(None, formats), ""),
    )
    return [first, *rest]


def _merged(conversation: Sequence[Message]) -> list[_Turn]:
    """Users and tools that follow one another in one turn, results in the order of calls."""
    turns: list[_Turn] = []
    order: dict[str, int] = {}
    for message in conversation:
        joins = bool(turns) and turns[-1].message.role is Role.USER
        if message.role is Role.TOOL:
            part = _Part(message.text, is_result=True, call_id=message.call_id)
            if joins:
                turns[-1].parts.append(part)
            else:
                turns.append(_Turn(Message(role=Role.USER, text=""), [part]))
        elif message.role is Role.USER:
            if joins and turns[-1].message.errand is None:
                # An errand asked for here is lost, as it is in the official encoder.
                turns[-1].parts.append(_Part(message.text))
            else:
                turns.append(_Turn(message, [_Part(message.text)]))
        else:
            turns.append(_Turn(message, []))
    for turn in turns:
        if turn.message.role is Role.ASSISTANT and turn.message.calls:
            order = {call.id: n for n, call in enumerate(turn.message.calls) if call.id}
        elif turn.parts and order:
            turn.parts = _in_order(turn.parts, order)
    return turns


def _in_order(parts: Sequence[_Part], order: Mapping[str, int]) -> list[_Part]:
    """Results sorted among their own places; those of unknown calls come first."""
    results = (part for part in parts if part.is_result)
    ordered = iter(sorted(results, key=lambda part: order.get(part.call_id, 0)))
    return [next(ordered) if part.is_result else part for part in parts]


def _last_question(turns: Sequence[_Turn]) -> int:
    return max((place for place, turn in enumerate(turns) if turn.asks), default=-1)


def _without_past_developers(turns: Sequence[_Turn]) -> list[_Turn]:
    last = _last_question(turns)
    return [
        turn
        for place, turn in enumerate(turns)
        if place >= last or turn.message.role is not Role.DEVELOPER
    ]


class _Writer:
    """Writes turns one after another; knows whether the assistant's turn is open."""

    def __init__(self, turns: Sequence[_Turn], *, thinks: bool, keeps_thinking: bool) -> None:
        self._turns = turns
        self._thinks = thinks
        self._keeps = keeps_thinking
        self._last = _last_question(turns)
        self._is_open = False

    def write(self, *, opened: bool) -> list[Segment]:
        segments: list[Segment] = []
        for place, turn in enumerate(self._turns):
            match turn.message.role:
                case Role.ASSISTANT:
                    segments += self._answer(place, turn.message)
                    continue
                case Role.REMINDER:
                    segments += [special(REMINDER), plain(turn.message.text)]
                    continue
                case Role.USER:
                    segments.append(special(USER))
                    segments.append(plain(_BETWEEN.join(map(_part_text, turn.parts))))
                case Role.DEVELOPER:
                    segments.append(special(USER))
                    segments += _with_offers(turn.message)
                case _:
                    segments += _with_offers(turn.message)
            self._is_open = False
            if turn.asks and self._answered_next(place, opened=opened):
                segments += self._opening(turn.message.errand, now=place >= self._last)
        if opened and not self._is_open:
            segments += self._opening(None, now=True)
        return segments

    def _answered_next(self, place: int, *, opened: bool) -> bool:
        if place + 1 == len(self._turns):
            return opened
        return self._turns[place + 1].message.role in {Role.ASSISTANT, Role.REMINDER}

    def _opening(self, errand: Errand | None, *, now: bool) -> list[Segment]:
        """Begin the assistant's turn; before the last question it begins without thoughts."""
        self._is_open = True
        if errand is None:
            thinks = self._thinks and (self._keeps or now)
            return [special(ASSISTANT), special(THINK if thinks else THOUGHT)]
        token = special(f"<｜{errand.value}｜>")
        if errand is not Errand.ACTION:
            return [token]
        return [special(ASSISTANT), special(THINK if self._thinks else THOUGHT), token]

    def _answer(self, place: int, message: Message) -> list[Segment]:
        now = place > self._last
        segments = [] if self._is_open else self._opening(None, now=now)
        self._is_open = False
        runs_errand = place > 0 and self._turns[place - 1].message.errand is not None
        if self._thinks and not runs_errand and (self._keeps or now):
            segments += [plain(message.thinking), special(THOUGHT)]
        segments.append(plain(message.text))
        segments += calls_written(message.calls)
        return [*segments, special(END)]


def _part_text(part: _Part) -> str:
    if not part.is_result:
        return part.text
    return f"<tool_result>{part.text.replace(_RESULT_END, _RESULT_END_DEFUSED)}{_RESULT_END}"


def _with_offers(message: Message) -> list[Segment]:
    segments = [plain(message.text)]
    if message.tools:
        schemas = "\n".join(_one_line(tool.schema) for tool in message.tools)
        segments += [*trained(_BETWEEN + TOOLS_OFFERED), plain(schemas), plain(TOOLS_END)]
    if message.response_format:
        said = _BETWEEN + RESPONSE_FORMAT + _one_line(message.response_format)
        segments.append(plain(said))
    return segments


def _one_line(text: str) -> str:
    """JSON as the format spaces it; what is none stays as it is."""
    found = read_json(text)
    return text if found is None else json_text(found)
