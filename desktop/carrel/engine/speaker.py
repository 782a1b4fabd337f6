"""What answers: an engine, whether it is the real one or scripted. Must not know which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from carrel.engine.chat.conversation import Message, Thinking, Tool, ToolCall
from carrel.engine.wire.protocol import (
    Called,
    EngineInfo,
    Examined,
    Said,
    Sampling,
    SpeechEvent,
    Tally,
    Thought,
)

OnSpeech = Callable[[SpeechEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A finished answer.

    Attributes:
        text: what was said.
        thinking: what was thought before.
        tally: how it went.
        tool_calls: made at the end; nobody has run them.
    """

    text: str
    thinking: str
    tally: Tally
    tool_calls: tuple[ToolCall, ...] = ()


class Speaker(Protocol):
    """What an engine can do, whether it is the real one or scripted."""

    @property
    def info(self) -> EngineInfo:
        """What was loaded."""

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""

    def generate(
        self,
        conversation: tuple[Message, ...],
        sampling: Sampling = ...,
        *,
        max_tokens: int,
        thinking: Thinking = ...,
        tools: tuple[Tool, ...] = ...,
        response_format: str = ...,
        thinking_budget: int = ...,
        stop: Sequence[str] = ...,
        json_schema: str = ...,
        choices: Sequence[str] = ...,
        alone: str = ...,
        on_event: OnSpeech = ...,
    ) -> Generated:
        """Answer a conversation."""

    def cancel(self) -> None:
        """Stop the answer under way."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""

    def examine(self) -> Examined:
        """Look at the chat format's tokens and at the numbers of a fixed text."""

    def close(self) -> None:
        """Let go of it."""


def generated(heard: Sequence[SpeechEvent], tally: Tally) -> Generated:
    """What was heard as a whole answer, without what only repeats at its end."""
    text = "".join(event.text for event in heard if isinstance(event, Said))
    thinking = "".join(event.text for event in heard if isinstance(event, Thought))
    if text:
        text = text[: len(text) - min(tally.repeated, len(text))]
    else:
        thinking = thinking[: len(thinking) - min(tally.repeated, len(thinking))]
    called = tuple(event.call for event in heard if isinstance(event, Called))
    return Generated(text=text, thinking=thinking, tally=tally, tool_calls=called)
