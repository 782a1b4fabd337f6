"""Frames between the window and the engine worker: values to maps, untrusted maps to values.

Every frame is checked where it arrives, on both sides. Must not know llama.cpp, processes or
threads.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TypeVar

from carrel.domain.errors import EngineError
from carrel.engine.encoding import Encoding, Message, Role, Thinking
from carrel.engine.errors import engine_error
from carrel.engine.fields import Fields, checked_text
from carrel.engine.protocol import (
    CACHE_TYPES,
    MAX_BATCH_TOKENS,
    MAX_BYTES,
    MAX_CONTEXT_TOKENS,
    MAX_MESSAGES,
    MAX_PIECE_CHARACTERS,
    MAX_SECONDS,
    MAX_SEED,
    MAX_TEXT_CHARACTERS,
    MAX_TEXTS,
    MAX_THREADS,
    MIN_CONTEXT_TOKENS,
    Cancel,
    Count,
    Counted,
    Done,
    EngineInfo,
    EngineSettings,
    Event,
    Failed,
    Finish,
    Generate,
    Prefilled,
    Progress,
    Ready,
    Request,
    Said,
    Sampling,
    Tally,
    Thought,
)
from carrel.system.frames import Frame, FrameError

_Choice = TypeVar("_Choice", bound=StrEnum)


def request_frame(request: Request) -> Frame:
    """A request as a frame."""
    match request:
        case Generate():
            return {
                "do": "generate",
                "id": request.id,
                "messages": message_rows(request.conversation),
                "sampling": asdict(request.sampling),
                "max_tokens": request.max_tokens,
                "thinking": request.thinking.value,
            }
        case Count():
            return {"do": "count", "id": request.id, "texts": list(request.texts)}
        case Cancel():
            return {"do": "cancel", "id": request.id}


def parse_request(untrusted_frame: Frame) -> Request:
    """Check a frame that reached the worker.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 1, 1 << 62)
    match fields.raw("do"):
        case "generate":
            return Generate(
                id=number,
                conversation=parse_messages(fields, "messages"),
                sampling=parse_sampling(fields.raw("sampling")),
                max_tokens=fields.integer("max_tokens", 1, MAX_CONTEXT_TOKENS),
                thinking=checked_choice(Thinking, fields.text("thinking", 8)),
            )
        case "count":
            untrusted_texts = fields.many("texts", MAX_TEXTS)
            texts = tuple(checked_text(t, "texts", MAX_TEXT_CHARACTERS) for t in untrusted_texts)
            return Count(id=number, texts=texts)
        case "cancel":
            return Cancel(id=number)
        case _:
            raise FrameError(cause="an unknown request")


def message_rows(conversation: tuple[Message, ...]) -> list[list[str]]:
    """Messages as they cross."""
    return [[m.role.value, m.text, m.thinking] for m in conversation]


def parse_messages(fields: Fields, name: str) -> tuple[Message, ...]:
    """Check the messages in a field.

    Raises:
        FrameError: they are none.
    """
    messages: list[Message] = []
    for untrusted in fields.many(name, MAX_MESSAGES):
        if not isinstance(untrusted, list | tuple) or len(untrusted) != 3:
            raise FrameError(cause="a message without three parts")
        role, text, thinking = (checked_text(t, "message", MAX_TEXT_CHARACTERS) for t in untrusted)
        messages.append(Message(role=checked_choice(Role, role), text=text, thinking=thinking))
    return tuple(messages)


def checked_choice(kind: type[_Choice], untrusted: str) -> _Choice:
    """One of the words of a kind.

    Raises:
        FrameError: another word.
    """
    try:
        return kind(untrusted)
    except ValueError as error:
        raise FrameError(cause=f"an unknown {kind.__name__.lower()}") from error


def parse_sampling(untrusted: object) -> Sampling:
    """Check sampling parameters.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    return Sampling(
        temperature=fields.real("temperature", 0.0, 10.0),
        top_p=fields.real("top_p", 0.01, 1.0),
        seed=fields.integer("seed", 0, MAX_SEED),
    )


def parse_settings(untrusted: object) -> EngineSettings:
    """Check settings.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    cache_type = fields.text("cache_type", 8)
    if cache_type not in CACHE_TYPES:
        raise FrameError(cause="an unknown cache type")
    return EngineSettings(
        context_tokens=fields.integer("context_tokens", MIN_CONTEXT_TOKENS, MAX_CONTEXT_TOKENS),
        threads=fields.integer("threads", 0, MAX_THREADS),
        batch_tokens=fields.integer("batch_tokens", 1, MAX_BATCH_TOKENS),
        cache_type=cache_type,
        address_space=fields.integer("address_space", 0, MAX_BYTES),
        fused_attention=fields.truth("fused_attention"),
    )


def parse_encoding(fields: Fields) -> Encoding:
    """Check the name of a format.

    Raises:
        FrameError: there is no such format.
    """
    return checked_choice(Encoding, fields.text("encoding", 32))


def parse_event(untrusted_frame: Frame, *, current: int) -> Event:
    """Check a frame that reached the window.

    Args:
        current: the request under way; 0 while loading. Frames of another are not ours.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 0, 1 << 62)
    if number != current:
        raise FrameError(cause="an answer nobody asked for")
    match fields.raw("event"):
        case "progress" if current == 0:
            done, total = (
                fields.integer("done", 0, MAX_BYTES),
                fields.integer("total", 0, MAX_BYTES),
            )
            return Progress(step=fields.text("step", 16), done=done, total=total)
        case "ready" if current == 0:
            return Ready(info=_info(fields))
        case "prefilled":
            total = fields.integer("total", 0, MAX_CONTEXT_TOKENS)
            return Prefilled(done=fields.integer("done", 0, total), total=total)
        case "thought":
            return Thought(text=fields.text("text", MAX_PIECE_CHARACTERS))
        case "said":
            return Said(text=fields.text("text", MAX_PIECE_CHARACTERS))
        case "done":
            return Done(id=number, tally=_tally(fields))
        case "counted":
            untrusted_counts = fields.many("counts", MAX_TEXTS)
            pairs = [Fields({"n": untrusted}) for untrusted in untrusted_counts]
            return Counted(id=number, counts=tuple(p.integer("n", 0, 1 << 31) for p in pairs))
        case "failed":
            return Failed(id=number, error=engine_error(fields.raw("code"), fields.raw("fields")))
        case _:
            raise FrameError(cause="an unknown event")


def _info(fields: Fields) -> EngineInfo:
    return EngineInfo(
        title=fields.text("title", 512),
        profile=fields.text("profile", 512),
        profile_title=fields.text("profile_title", 512),
        encoding=parse_encoding(fields),
        words=fields.integer("words", 1, 1 << 22),
        layers=fields.integer("layers", 1, 1 << 10),
        context_tokens=fields.integer("context_tokens", 1, 2 * MAX_CONTEXT_TOKENS),
        trained_tokens=fields.integer("trained_tokens", 1, 1 << 24),
        threads=fields.integer("threads", 1, MAX_THREADS),
        load_seconds=fields.real("load_seconds", 0.0, MAX_SECONDS),
        warnings=tuple(checked_text(w, "warnings", 512) for w in fields.many("warnings", 16)),
        fingerprint=fields.text("fingerprint", 64),
    )


def _tally(fields: Fields) -> Tally:
    return Tally(
        finish=checked_choice(Finish, fields.text("finish", 16)),
        prompt_tokens=fields.integer("prompt_tokens", 0, MAX_CONTEXT_TOKENS),
        reused_tokens=fields.integer("reused_tokens", 0, MAX_CONTEXT_TOKENS),
        thinking_tokens=fields.integer("thinking_tokens", 0, MAX_CONTEXT_TOKENS),
        answer_tokens=fields.integer("answer_tokens", 0, MAX_CONTEXT_TOKENS),
        prefill_seconds=fields.real("prefill_seconds", 0.0, MAX_SECONDS),
        decode_seconds=fields.real("decode_seconds", 0.0, MAX_SECONDS),
    )


def failed_frame(number: int, error: EngineError) -> Frame:
    """An error as a frame: its code and its short fields, never its sentence."""
    return {"event": "failed", "id": number, "code": error.code, "fields": dict(error.fields)}
