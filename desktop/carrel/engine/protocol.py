"""The wire between the window and the engine worker, on one page.

Down: ``generate``, ``count``, ``cancel``. Up: ``progress``, ``ready``,
``prefilled``, ``thought``, ``said``, ``done``, ``counted``, ``inspected``,
``failed``. Every frame is checked where it arrives, on both sides; neither
believes the other. What the worker loads is not on the wire: its files come as
open descriptors and its settings as arguments, before it locks itself up.

Must not know llama.cpp, processes or threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from carrel.domain.errors import EngineError
from carrel.engine.encoding import Message, Role, Thinking
from carrel.engine.errors import engine_error
from carrel.system.frames import Frame, FrameError

MAX_CONTEXT_TOKENS: Final = 1 << 20
"""Tokens; the most V4-Flash was trained for."""
MIN_CONTEXT_TOKENS: Final = 256
"""Tokens; less holds no question."""
MAX_MESSAGES: Final = 4096
"""Messages of one conversation."""
MAX_TEXTS: Final = 4096
"""Texts to be counted in one frame."""
MAX_TEXT_CHARACTERS: Final = 12 << 20
"""Characters in one frame, all texts together; leaves room below the frame's own limit."""
MAX_PIECE_CHARACTERS: Final = 1 << 16
"""Characters of one streamed piece; one token has 256 bytes at most."""
MAX_BATCH_TOKENS: Final = 4096
"""Tokens computed at once; working memory grows with it."""
MAX_THREADS: Final = 512
"""Threads; llama.cpp's own limit."""
MAX_SEED: Final = (1 << 32) - 2
"""The number above means “random” to llama.cpp, which nobody could repeat."""
MAX_SECONDS: Final = 1e7
"""Seconds of one answer; a hundred days."""
MAX_BYTES: Final = 1 << 50
"""Bytes of anything."""
_Choice = TypeVar("_Choice", bound=StrEnum)

CACHE_TYPES: Final = ("f16", "q8_0", "f32")
"""Formats of the numbers in the cache."""


class Finish(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    """The engine had said all."""
    LENGTH = "length"
    """As many tokens as were asked for."""
    CONTEXT = "context"
    """The context is full."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How an engine is loaded.

    Attributes:
        context_tokens: question, passages and answer together.
        threads: 0 chooses the physical cores less one.
        batch_tokens: computed at once while reading; also the step of progress.
        cache_type: one of CACHE_TYPES; ``q8_0`` halves memory for long contexts.
        address_space: bytes the worker may map at most; 0 computes it from the file.
        fused_attention: off only to compare numbers: the order of sums then hardly matters
            (1e-5 instead of 1e-2 in the logits), but memory grows with context times batch.
    """

    context_tokens: int = 8192
    threads: int = 0
    batch_tokens: int = 256
    cache_type: str = "f16"
    address_space: int = 0
    fused_attention: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next word is chosen.

    Attributes:
        temperature: 0 takes the likeliest word always; 1 is what V4-Flash was made for.
        top_p: only the likeliest words that together have this probability.
        seed: of the chance; the same seed gives the same answer on the same machine.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """Answer a conversation."""

    id: int
    conversation: tuple[Message, ...]
    sampling: Sampling
    max_tokens: int
    thinking: Thinking


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Count the tokens of texts."""

    id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Stop request ``id`` if it still runs."""

    id: int


Request = Generate | Count | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What was loaded.

    Attributes:
        context_tokens: as really made, a little more than asked for.
        cache_bytes: of the rolling state and the cache as computed beforehand.
        load_seconds: from the start of the process.
    """

    title: str
    words: int
    layers: int
    context_tokens: int
    trained_tokens: int
    threads: int
    load_seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Before the engine is ready: ``reading``, ``hashing`` (bytes) or ``mapping`` (per mille)."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The engine takes requests."""

    info: EngineInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilled:
    """So many tokens of the prompt have been read; those known from before count as read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """The engine thought this."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The engine said this."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How an answer went.

    Attributes:
        prompt_tokens: of the whole prompt.
        reused_tokens: of those, known from before and not read again.
    """

    finish: Finish
    prompt_tokens: int
    reused_tokens: int
    thinking_tokens: int
    answer_tokens: int
    prefill_seconds: float
    decode_seconds: float

    @property
    def tokens_per_second(self) -> float:
        """Written tokens, thoughts included, for each second of writing."""
        written = self.thinking_tokens + self.answer_tokens
        return written / self.decode_seconds if self.decode_seconds > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Request ``id`` is finished."""

    id: int
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Request ``id`` is finished."""

    id: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Request ``id``, or the loading (0), ended with an error."""

    id: int
    error: EngineError


Event = Progress | Ready | Prefilled | Thought | Said | Done | Counted | Failed
SpeechEvent = Prefilled | Thought | Said


class Fields:
    """An untrusted map, read field by field with limits."""

    def __init__(self, untrusted_map: object) -> None:
        if not isinstance(untrusted_map, dict):
            raise FrameError(cause="a map is missing")
        self._untrusted: dict[Any, Any] = untrusted_map

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number between both limits."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, int) or isinstance(untrusted, bool):
            raise FrameError(cause=f"“{name}” is no number")
        if not low <= untrusted <= high:
            raise FrameError(cause=f"“{name}” is out of range")
        return untrusted

    def real(self, name: str, low: float, high: float) -> float:
        """A finite number between both limits."""
        untrusted = self._untrusted.get(name)
        if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
            raise FrameError(cause=f"“{name}” is no number")
        if not (math.isfinite(untrusted) and low <= untrusted <= high):
            raise FrameError(cause=f"“{name}” is out of range")
        return float(untrusted)

    def truth(self, name: str) -> bool:
        """True or false."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, bool):
            raise FrameError(cause=f"“{name}” is neither true nor false")
        return untrusted

    def text(self, name: str, limit: int) -> str:
        """A string of at most so many characters that can be written as UTF-8."""
        return checked_text(self._untrusted.get(name), name, limit)

    def many(self, name: str, limit: int) -> list[Any]:
        """A list of at most so many items, themselves still untrusted."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, list | tuple) or len(untrusted) > limit:
            raise FrameError(cause=f"“{name}” is no list, or too long")
        return list(untrusted)

    def raw(self, name: str) -> object:
        """A field to be checked elsewhere."""
        return self._untrusted.get(name)


def checked_text(untrusted: object, name: str, limit: int) -> str:
    """A string of at most ``limit`` characters without lone surrogates."""
    if not isinstance(untrusted, str) or len(untrusted) > limit:
        raise FrameError(cause=f"“{name}” is no text, or too long")
    try:
        untrusted.encode()
    except UnicodeEncodeError as error:
        raise FrameError(cause=f"“{name}” is not valid text") from error
    return untrusted


def request_frame(request: Request) -> Frame:
    """A request as a frame."""
    match request:
        case Generate():
            messages = [[m.role.value, m.text, m.thinking] for m in request.conversation]
            return {
                "do": "generate",
                "id": request.id,
                "messages": messages,
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
                conversation=_messages(fields),
                sampling=parse_sampling(fields.raw("sampling")),
                max_tokens=fields.integer("max_tokens", 1, MAX_CONTEXT_TOKENS),
                thinking=_choice(Thinking, fields.text("thinking", 8)),
            )
        case "count":
            untrusted_texts = fields.many("texts", MAX_TEXTS)
            texts = tuple(checked_text(t, "texts", MAX_TEXT_CHARACTERS) for t in untrusted_texts)
            return Count(id=number, texts=texts)
        case "cancel":
            return Cancel(id=number)
        case _:
            raise FrameError(cause="an unknown request")


def _messages(fields: Fields) -> tuple[Message, ...]:
    messages: list[Message] = []
    for untrusted in fields.many("messages", MAX_MESSAGES):
        if not isinstance(untrusted, list | tuple) or len(untrusted) != 3:
            raise FrameError(cause="a message without three parts")
        role, text, thinking = (checked_text(t, "message", MAX_TEXT_CHARACTERS) for t in untrusted)
        messages.append(Message(role=_choice(Role, role), text=text, thinking=thinking))
    return tuple(messages)


def _choice(kind: type[_Choice], untrusted: str) -> _Choice:
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
        words=fields.integer("words", 1, 1 << 22),
        layers=fields.integer("layers", 1, 1 << 10),
        context_tokens=fields.integer("context_tokens", 1, 2 * MAX_CONTEXT_TOKENS),
        trained_tokens=fields.integer("trained_tokens", 1, 1 << 24),
        threads=fields.integer("threads", 1, MAX_THREADS),
        load_seconds=fields.real("load_seconds", 0.0, MAX_SECONDS),
        warnings=tuple(checked_text(w, "warnings", 512) for w in fields.many("warnings", 16)),
    )


def _tally(fields: Fields) -> Tally:
    return Tally(
        finish=_choice(Finish, fields.text("finish", 16)),
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


def total_characters(texts: Sequence[str]) -> int:
    """What one frame would have to carry."""
    return sum(map(len, texts))
