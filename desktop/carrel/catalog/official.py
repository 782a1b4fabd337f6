"""What the makers of V4-Flash published to compare with: conversations as written, and answers.

The files lie in ``models/cards/vectors`` with their sources and licences. Must
not know an engine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrel.domain.errors import BugError
from carrel.engine.chat.conversation import Errand, Message, Role, Thinking, Tool, ToolCall
from carrel.engine.chat.encoding import Encoding, render
from carrel.engine.fields import Fields
from carrel.system import resources

_FOLDER: Final = "models/cards/vectors"
_WITHOUT_THINKING: Final = "encoding_4"
"""The one official conversation that is written without thinking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A prompt and how the maker's own service went on.

    Attributes:
        tokens: of the prompt, as the service counted.
        steps: the first tokens' texts.
    """

    prompt: str
    tokens: int
    steps: tuple[str, ...]


def continuations(profile: str) -> tuple[Continuation, ...]:
    """The official continuations for a card, the short prompts first; none for most.

    Raises:
        BugError: a file that shipped with the program is wrong.
    """
    path = resources.path(_FOLDER) / "continuations.json"
    try:
        stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if profile not in stored["profiles"]:
            return ()
        cases = [
            Continuation(
                prompt=Fields(case).text("prompt", 1 << 16),
                tokens=Fields(case).integer("prompt_tokens", 1, 1 << 16),
                steps=tuple(str(step) for step in case["steps"]),
            )
            for case in stored["cases"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BugError(f"{path.name}: {error}") from error
    return tuple(sorted(cases, key=lambda case: case.tokens))


def differing_conversations(encoding: Encoding) -> tuple[str, ...]:
    """The official conversations that our encoder writes differently; none, when all is well.

    Raises:
        BugError: a file that shipped with the program is wrong.
    """
    sources = sorted(resources.path(_FOLDER).glob("encoding_*.json"))
    if not sources:
        raise BugError("no official conversation is there")
    return tuple(source.stem for source in sources if not _same(source, encoding))


def _same(source: Path, encoding: Encoding) -> bool:
    try:
        stored = json.loads(source.read_text("utf-8"))
        messages, offered = stored, []
        if isinstance(stored, dict):
            messages, offered = stored["messages"], stored["tools"]
        conversation = tuple(_message(entry) for entry in messages)
        tools = tuple(Tool.of(entry["function"]) for entry in offered)
    except (ValueError, KeyError, TypeError) as error:
        raise BugError(f"{source.name}: {error}") from error
    thinking = Thinking.OFF if source.stem == _WITHOUT_THINKING else Thinking.LOW
    segments = render(conversation, thinking, encoding, opened=False, tools=tools)
    written = "".join(segment.text for segment in segments)
    return written == source.with_suffix(".txt").read_text("utf-8")


def _message(entry: dict[str, Any]) -> Message:
    """From the form of hosted services to ours."""
    form = entry.get("response_format")
    return Message(
        role=Role(entry["role"]),
        text=entry.get("content") or "",
        thinking=entry.get("reasoning_content") or "",
        calls=tuple(
            ToolCall(
                name=call["function"]["name"],
                arguments=call["function"]["arguments"],
                id=call.get("id", ""),
            )
            for call in entry.get("tool_calls") or ()
        ),
        call_id=entry.get("tool_call_id", ""),
        tools=tuple(Tool.of(tool["function"]) for tool in entry.get("tools") or ()),
        response_format=json.dumps(form) if form else "",
        errand=Errand(entry["task"]) if entry.get("task") else None,
    )
