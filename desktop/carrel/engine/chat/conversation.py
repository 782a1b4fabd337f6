"""What a conversation is made of: messages, the tools offered, the calls made of them.

Frozen values that cross every layer; nothing here knows how a model reads them. JSON is kept
as the text it came as, so that a value stays what it was, to the byte, and can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MAX_MESSAGES: Final = 4096
"""Messages of one conversation."""
MAX_TEXT_CHARACTERS: Final = 12 << 20
"""Characters of all texts together; leaves room below the limit of a frame to the worker."""
MAX_TOOLS: Final = 128
"""Tools offered at once; as many as hosted services take."""
MAX_CALLS: Final = 128
"""Calls in one message."""
MAX_NAME_CHARACTERS: Final = 256
"""Characters of the name of a tool, of one of its parameters, or of a call's id."""
MAX_JSON_CHARACTERS: Final = 1 << 20
"""Characters of one JSON text: a tool's description, a call's arguments, a response's form."""


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    """What a tool answered to a call."""
    DEVELOPER = "developer"
    """A task set by the program in the user's place; may offer tools of its own."""
    REMINDER = "latest_reminder"
    """Date, place and language, as the model was trained to be reminded of them."""


class Thinking(StrEnum):
    """Whether the engine thinks before it speaks, and how hard it is told to."""

    OFF = "off"
    LOW = "low"
    """Thinks as it sees fit; nothing is said about it."""
    HIGH = "high"
    MAX = "max"


class Errand(StrEnum):
    """A small task asked for by one token after the user's message, answered in a few words."""

    ACTION = "action"
    QUERY = "query"
    AUTHORITY = "authority"
    DOMAIN = "domain"
    TITLE = "title"
    READ_URL = "read_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that is offered.

    Attributes:
        schema: JSON object with its name, description and parameters, in that order.
    """

    schema: str

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Tool:
        """A tool from its description as a map; the order of keys is kept."""
        return cls(schema=json_text(dict(described)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call of a tool.

    Attributes:
        name: of the tool.
        arguments: JSON object; a text that is none counts as one argument named “arguments”.
        id: tells calls of one message apart; empty where nobody needs to.
    """

    name: str
    arguments: str
    id: str = ""

    @classmethod
    def of(cls, name: str, values: Mapping[str, Any], id: str = "") -> ToolCall:  # noqa: A002 - its field
        """A call from its values; the order of keys is kept."""
        return cls(name=name, arguments=json_text(dict(values)), id=id)

    def values(self) -> dict[str, Any]:
        """The arguments, name to value, in order; never fails."""
        found = read_json(self.arguments)
        return found if isinstance(found, dict) else {"arguments": self.arguments}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation.

    Attributes:
        text: as the user, the program, a tool or the engine wrote it; may hold anything.
        thinking: what the engine thought before an assistant message.
        calls: made at the end of an assistant message.
        call_id: which call a tool's message answers.
        tools: offered by a system or developer message.
        response_format: JSON object an answer must fit, said by a system or developer message.
        errand: asked for after a user or developer message.
    """

    role: Role
    text: str
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    tools: tuple[Tool, ...] = ()
    response_format: str = ""
    errand: Errand | None = None


def texts_of(
    conversation: Sequence[Message], tools: Sequence[Tool] = (), response_format: str = ""
) -> Iterator[str]:
    """Every text in a conversation and what is offered with it, to count and limit them."""
    for message in conversation:
        yield from (message.text, message.thinking, message.call_id, message.response_format)
        yield from (tool.schema for tool in message.tools)
        for call in message.calls:
            yield from (call.id, call.name, call.arguments)
    yield from (tool.schema for tool in tools)
    yield response_format


def json_text(value: object) -> str:
    """JSON on one line, other scripts as they are; what cannot be UTF-8 is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _is_valid(text) else json.dumps(value)


def read_json(text: str) -> object:
    """What a JSON text says; None if it says nothing readable."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError, too
        return None


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    return read_json(text) is not None or text.strip() == "null"


def _is_valid(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
