"""Frames between `pace` and the worker's raw loop. Must not know llama.cpp or processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from carrel.engine.chat.conversation import Message, Thinking
from carrel.engine.fields import Fields, choice
from carrel.engine.wire.conversations import parse_messages, written_messages
from carrel.engine.wire.frames import parse_sampling
from carrel.engine.wire.protocol import MAX_CONTEXT_TOKENS, MAX_SECONDS, Sampling
from carrel.system.frames import Frame, FrameError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIt:
    """Read a conversation into an empty context, then write.

    Attributes:
        tokens: to be written, whatever they are.
    """

    conversation: tuple[Message, ...]
    thinking: Thinking
    sampling: Sampling
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How long it took.

    Attributes:
        read_seconds: until the prompt was computed.
        first_seconds: until the first token was chosen, reading included.
        write_seconds: from the end of reading to the last token.
    """

    prompt_tokens: int
    read_seconds: float
    first_seconds: float
    write_seconds: float


def time_it_frame(request: TimeIt) -> Frame:
    """A request as a frame."""
    return {
        "messages": written_messages(request.conversation),
        "thinking": request.thinking.value,
        "sampling": asdict(request.sampling),
        "tokens": request.tokens,
    }


def parse_time_it(untrusted_frame: Frame) -> TimeIt:
    """Check a frame that reached the worker.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    return TimeIt(
        conversation=parse_messages(fields),
        thinking=choice(Thinking, fields.text("thinking", 8)),
        sampling=parse_sampling(fields.raw("sampling")),
        tokens=fields.integer("tokens", 1, MAX_CONTEXT_TOKENS),
    )


def timed_frame(timed: Timed) -> Frame:
    """A result as a frame."""
    return {"event": "timed", **asdict(timed)}


def parse_timed(untrusted_frame: Frame) -> Timed:
    """Check a frame that reached the window.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    if fields.raw("event") != "timed":
        raise FrameError(cause="an unknown event")
    return Timed(
        prompt_tokens=fields.integer("prompt_tokens", 1, MAX_CONTEXT_TOKENS),
        read_seconds=fields.real("read_seconds", 0.0, MAX_SECONDS),
        first_seconds=fields.real("first_seconds", 0.0, MAX_SECONDS),
        write_seconds=fields.real("write_seconds", 0.0, MAX_SECONDS),
    )
