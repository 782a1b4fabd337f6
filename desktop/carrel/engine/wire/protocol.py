"""The wire between the window and the engine worker, on one page.

Down: ``generate``, ``count``, ``examine``, ``cancel``. Up: ``progress``, ``ready``,
``prefilled``, ``thought``, ``said``, ``called``, ``restarted``, ``done``, ``counted``,
``examined``, ``inspected``, ``failed``. `wire` turns them into frames and checks what
arrives; neither side believes the other. What the worker loads is not on the wire: its
files come as open descriptors and its settings as arguments, before it locks itself up.

Must not know llama.cpp, processes or threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.errors import EngineError
from carrel.engine.chat.conversation import Message, Thinking, Tool, ToolCall
from carrel.engine.chat.encoding import Encoding

MAX_CONTEXT_TOKENS: Final = 1 << 20
"""Tokens; the most V4-Flash was trained for."""
MIN_CONTEXT_TOKENS: Final = 256
"""Tokens; less holds no question."""
MAX_TEXTS: Final = 4096
"""Texts to be counted in one frame."""
MAX_PIECE_CHARACTERS: Final = 1 << 16
"""Characters of one streamed piece; one token has 256 bytes at most."""
MAX_BATCH_TOKENS: Final = 4096
"""Tokens computed at once; working memory grows with it."""
MAX_THREADS: Final = 512
"""Threads; llama.cpp's own limit."""
MAX_SEED: Final = (1 << 32) - 2
"""The number above means “random” to llama.cpp, which nobody could repeat."""
MAX_TOP_K: Final = 1 << 22
"""More words than any vocabulary has."""
MAX_SECONDS: Final = 1e7
"""Seconds of one answer; a hundred days."""
MAX_FAULTS: Final = 16
"""Faults of one examination that are told."""
MAX_FAULT_CHARACTERS: Final = 120
"""Characters of one of them."""
MAX_LOGIT: Final = 1e30
"""Larger than any logit or difference of two; both fit into 32-bit numbers."""
MAX_BYTES: Final = 1 << 50
"""Bytes of anything."""

MAX_LAYERS: Final = 512
"""Layers; llama.cpp's own limit."""
MAX_SPLIT: Final = 16
"""Graphics processors used together; llama.cpp's own limit."""
AS_LLAMA_CPP: Final = -1
"""As many layers on graphics processors as llama.cpp thinks right: all, if there are any."""

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
    LOOP = "loop"
    """It repeated itself, also from a clean state; what only repeats is cut off."""


class Restart(StrEnum):
    """Why an answer was begun anew, once, from an empty context and with another chance."""

    LOOP = "loop"
    """It repeated itself."""
    NUMBERS = "numbers"
    """It computed something that is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How an engine is loaded.

    Attributes:
        context_tokens: question, passages and answer together.
        threads: 0 chooses the physical cores less one.
        batch_tokens: computed at once while reading; also the step of progress.
        cache_type: one of CACHE_TYPES; ``q8_0`` halves memory for long contexts.
        address_space: bytes the worker may map at most; 0 computes it from the file.
        gpu_layers: given to graphics processors, the output counted as one; AS_LLAMA_CPP leaves
            it to llama.cpp.
        expert_layers_on_cpu: layers whose experts stay in the system's memory all the same.
        split: layers each of several graphics processors takes; empty leaves it to llama.cpp.
        fused_attention: off only to compare numbers: the order of sums then hardly matters
            (1e-5 instead of 1e-2 in the logits), but memory grows with context times batch.
    """

    context_tokens: int = 8192
    threads: int = 0
    batch_tokens: int = 256
    cache_type: str = "f16"
    address_space: int = 0
    gpu_layers: int = AS_LLAMA_CPP
    expert_layers_on_cpu: tuple[int, ...] = ()
    split: tuple[int, ...] = ()
    fused_attention: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next word is chosen.

    Attributes:
        temperature: 0 takes the likeliest word always; 1 is what V4-Flash was made for.
        top_p: only the likeliest words that together have this probability.
        min_p: only words at least this likely, as a share of the likeliest; 0 for all.
        top_k: only so many of the likeliest words; 0 for all.
        seed: of the chance; the same seed gives the same answer on the same machine.

    Nothing is held against words that were said before: that would spoil quotes.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    top_k: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """Answer a conversation.

    Attributes:
        max_tokens: written at most, thoughts included.
        tools: offered from the start, besides those a message offers.
        response_format: JSON object the prompt says an answer must fit; empty says nothing.
        thinking_budget: tokens of thinking at most, with the mark of its end (so 2 is the least);
            0 for no limit but ``max_tokens``.
        stop: strings that end the answer and are left out of it; they do not end thinking.
        json_schema: the answer, not the thinking, is JSON valid under it; empty for free text.
        choices: the answer is one of these texts or two of them, one after the other; empty for
            free text.
        alone: or it is this text by itself, where there are choices.
    """

    id: int
    conversation: tuple[Message, ...]
    sampling: Sampling
    max_tokens: int
    thinking: Thinking
    tools: tuple[Tool, ...] = ()
    response_format: str = ""
    thinking_budget: int = 0
    stop: tuple[str, ...] = ()
    json_schema: str = ""
    choices: tuple[str, ...] = ()
    alone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Count the tokens of texts."""

    id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine:
    """Look at the chat format's tokens and at the numbers of a fixed text, computed twice."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Stop request ``id`` if it still runs."""

    id: int


Request = Generate | Count | Examine | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What was loaded.

    Attributes:
        context_tokens: as really made, a little more than asked for.
        cache_bytes: of the rolling state and the cache as computed beforehand.
        load_seconds: from the start of the process.
        profile: id of the card it fits; see `engine.profiles`.
        profile_title: how the card calls it; shown wherever it answers.
        encoding: the format it is asked in.
        fingerprint: of the files' headers, of llama.cpp's libraries and of what decides how
            numbers are kept; 64 hexadecimal digits. What was computed under another is of no use.
    """

    title: str
    words: int
    layers: int
    context_tokens: int
    trained_tokens: int
    threads: int
    load_seconds: float
    warnings: tuple[str, ...] = ()
    profile: str = ""
    profile_title: str = ""
    encoding: Encoding = Encoding.V4_0731
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Before the engine is ready.

    Attributes:
        step: ``reading``, ``hashing``, ``mapping`` (bytes) or ``placing`` on graphics processors
            (per mille).
    """

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
class Called:
    """The engine called a tool; nobody has run it."""

    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """What was thought and said is void; the answer begins anew."""

    reason: Restart


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How an answer went; of one that was begun anew, the second time.

    Attributes:
        prompt_tokens: of the whole prompt.
        reused_tokens: of those, known from before and not read again.
        thinking_cut: thinking was ended because its budget was spent.
        restarted: why it was begun anew; empty if it was not.
        repeated: characters at the end of what was thought or said last that only repeat.
    """

    finish: Finish
    prompt_tokens: int
    reused_tokens: int
    thinking_tokens: int
    answer_tokens: int
    prefill_seconds: float
    decode_seconds: float
    thinking_cut: bool = False
    restarted: Restart | None = None
    repeated: int = 0

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
class Examined:
    """Request ``id`` is finished.

    Attributes:
        special: number of tokens of the chat format looked at.
        faults: what is wrong with them, in half sentences.
        tokens: of the fixed text.
        finite: all logits after it are numbers, both times.
        spread: between the largest and the smallest of them.
        difference: the largest between the first and the second time.
        seconds: the second time took.
    """

    id: int
    special: int
    faults: tuple[str, ...]
    tokens: int
    finite: bool
    spread: float
    difference: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Request ``id``, or the loading (0), ended with an error."""

    id: int
    error: EngineError


Event = (
    Progress
    | Ready
    | Prefilled
    | Thought
    | Said
    | Called
    | Restarted
    | Done
    | Counted
    | Examined
    | Failed
)
SpeechEvent = Prefilled | Thought | Said | Called | Restarted


def total_characters(texts: Sequence[str]) -> int:
    """What one frame would have to carry."""
    return sum(map(len, texts))
