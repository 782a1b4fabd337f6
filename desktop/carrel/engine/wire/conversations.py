"""Conversations between the window and the engine worker: values to plain maps, and back.

Every part is checked where it arrives. Must not know requests, processes or llama.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from carrel.engine.chat.conversation import (
    MAX_CALLS,
    MAX_JSON_CHARACTERS,
    MAX_MESSAGES,
    MAX_NAME_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    MAX_TOOLS,
    Errand,
    Message,
    Role,
    Tool,
    ToolCall,
    read_json,
)
from carrel.engine.fields import Fields, checked_text, choice
from carrel.system.frames import FrameError

_OFFERING: Final = frozenset({Role.SYSTEM, Role.DEVELOPER})
_ASKING: Final = frozenset({Role.USER, Role.DEVELOPER})


def written_messages(conversation: Sequence[Message]) -> list[dict[str, Any]]:
    """A conversation as plain maps; what a message does not have is left out."""
    return [_written(message) for message in conversation]


def _written(message: Message) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "thinking": message.thinking,
        "calls": [written_call(call) for call in message.calls],
        "call_id": message.call_id,
        "tools": [tool.schema for tool in message.tools],
        "response_format": message.response_format,
        "errand": message.errand.value if message.errand is not None else "",
    }
    there = {name: part for name, part in parts.items() if part}
    return {"role": message.role.value, "text": message.text, **there}


def written_call(call: ToolCall) -> list[str]:
    """A call as a list of three texts."""
    return [call.id, call.name, call.arguments]


def parse_messages(fields: Fields, name: str = "messages") -> tuple[Message, ...]:
    """Check the messages in a field.

    Raises:
        FrameError: one is malformed, too long, or says what its role cannot say.
    """
    return tuple(_message(untrusted) for untrusted in fields.many(name, MAX_MESSAGES))


def _message(untrusted: object) -> Message:
    if not isinstance(untrusted, dict):
        raise FrameError(cause="a message that is no map")
    # Only these two are always there.
    empty: dict[str, object] = {
        "thinking": "",
        "call_id": "",
        "response_format": "",
        "errand": "",
        "calls": [],
        "tools": [],
    }
    fields = Fields({**empty, **untrusted})
    errand = fields.text("errand", 16)
    message = Message(
        role=choice(Role, fields.text("role", 16)),
        text=fields.text("text", MAX_TEXT_CHARACTERS),
        thinking=fields.text("thinking", MAX_TEXT_CHARACTERS),
        calls=tuple(parse_call(call) for call in fields.many("calls", MAX_CALLS)),
        call_id=fields.text("call_id", MAX_NAME_CHARACTERS),
        tools=parse_offered(fields),
        response_format=parse_format(fields),
        errand=choice(Errand, errand) if errand else None,
    )
    _check_role(message)
    return message


def _check_role(message: Message) -> None:
    """What a role cannot say would be left out of the prompt without a word."""
    role = message.role
    misplaced = {
        "thinking": message.thinking and role is not Role.ASSISTANT,
        "a call": message.calls and role is not Role.ASSISTANT,
        "a call's id": message.call_id and role is not Role.TOOL,
        "tools": message.tools and role not in _OFFERING,
        "a response's form": message.response_format and role not in _OFFERING,
        "an errand": message.errand and role not in _ASKING,
    }
    for what, wrong in misplaced.items():
        if wrong:
            raise FrameError(cause=f"{what} in a message of “{role.value}”")


def parse_call(untrusted: object) -> ToolCall:
    """Check a call.

    Raises:
        FrameError: it is none.
    """
    if not isinstance(untrusted, list | tuple) or len(untrusted) != 3:
        raise FrameError(cause="a call without three parts")
    untrusted_id, untrusted_name, untrusted_arguments = untrusted
    return ToolCall(
        id=checked_text(untrusted_id, "call", MAX_NAME_CHARACTERS),
        name=checked_text(untrusted_name, "call", MAX_NAME_CHARACTERS),
        arguments=checked_text(untrusted_arguments, "call", MAX_JSON_CHARACTERS),
    )


def parse_offered(fields: Fields) -> tuple[Tool, ...]:
    """Check the tools offered.

    Raises:
        FrameError: one is no JSON object, or there are too many.
    """
    return tuple(Tool(schema=_json_object(t)) for t in fields.many("tools", MAX_TOOLS))


def parse_format(fields: Fields) -> str:
    """Check the form an answer must have; empty if none is asked for.

    Raises:
        FrameError: it is no JSON object.
    """
    untrusted = fields.text("response_format", MAX_JSON_CHARACTERS)
    return _json_object(untrusted) if untrusted else ""


def _json_object(untrusted: object) -> str:
    text = checked_text(untrusted, "JSON", MAX_JSON_CHARACTERS)
    if not isinstance(read_json(text), dict):
        raise FrameError(cause="a text that is no JSON object")
    return text
