"""Which architectures llama.cpp chats with, and which are something else.

The list follows llama.cpp's own (src/llama-arch.cpp of the version that the
engine is built from): decoders whose files carry a chat template. For each it
says what its loader and its network ask of the numbers in a header, beyond what
they ask of all. Must not know how a header is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.engine.errors import (
    AdapterFile,
    DraftFile,
    EmbeddingFile,
    GgufError,
    NewerDeepSeek,
    OtherArchitecture,
    OtherKind,
    ProjectorFile,
    printable,
)


class Memory(StrEnum):
    """What a network keeps of a text while it reads on."""

    ALL = "all"
    """Keys and values of every token in every layer."""
    WINDOW = "window"
    """In some layers only those of the last tokens."""
    STATE = "state"
    """In some layers only a state that rolls on."""
    LATENT = "latent"
    """One compressed row for each token and layer."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an architecture asks of its numbers.

    Attributes:
        whole_rotation: the rotated part must be the whole head.
        rotates: a part of each head must be rotated.
        equal_heads: keys and values must be equally wide.
        plain: query, key, value and output matrices have the shapes the heads say.
        window: tokens a windowed layer looks back if the file does not say; 0 if it must.
        pattern: the last of every so many layers looks back at all, if the file does not say which.
    """

    memory: Memory = Memory.ALL
    whole_rotation: bool = True
    rotates: bool = True
    equal_heads: bool = True
    plain: bool = True
    window: int = 0
    pattern: int = 0


_USUAL: Final = Traits()
_PARTIAL: Final = Traits(whole_rotation=False)
_MIXED: Final = Traits(Memory.STATE, whole_rotation=False)
_STILL: Final = Traits(Memory.STATE, whole_rotation=False, rotates=False)
_GATED: Final = Traits(Memory.STATE, whole_rotation=False, plain=False)
_LATENT: Final = Traits(Memory.LATENT, whole_rotation=False, equal_heads=False, plain=False)


def _windowed(window: int = 0, pattern: int = 0) -> Traits:
    return Traits(
        Memory.WINDOW,
        whole_rotation=False,
        window=window,
        pattern=pattern,
    )


CHAT: Final = {
    **dict.fromkeys(
        (
            "llama", "mistral3", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "olmoe", "deepseek",
            "granite", "granitemoe", "smollm3", "ernie4_5", "ernie4_5-moe", "hunyuan-moe",
            "exaone", "internlm2", "seed_oss", "starcoder2", "apertus", "arcee", "dots1",
            "xverse", "orion",
        ),
        _USUAL,
    ),
    **dict.fromkeys(
        (
            "stablelm", "nemotron", "minimax-m2", "bailingmoe2", "gemma", "hunyuan-dense",
            "minicpm", "command-r", "phi3", "phimoe", "glm4", "glm4moe", "chatglm", "falcon",
        ),
        _PARTIAL,
    ),
    "deepseek2": _LATENT,
    "gemma2": _windowed(4096, 2),
    "gemma3": _windowed(0, 6),
    "cohere2": _windowed(0, 4),
    "gpt-oss": _windowed(0, 2),
    "olmo2": _windowed(0, 4),
    "exaone4": _windowed(4096, 4),
    **dict.fromkeys(
        ("granitehybrid", "nemotron_h", "nemotron_h_moe", "jamba"),
        _STILL,
    ),
    **dict.fromkeys(("lfm2", "lfm2moe", "falcon-h1"), _MIXED),
    **dict.fromkeys(("qwen3next", "qwen35", "qwen35moe"), _GATED),
}  # fmt: skip
"""Architectures that are run in the generic profile."""

EXPERTS_NEEDED: Final = frozenset({"lfm2moe", "glm4moe", "bailingmoe2"})
"""llama.cpp aborts when these have no experts."""
WITHOUT_SECTIONS: Final = frozenset({"glm4", "glm4moe"})
"""llama.cpp aborts when their rotation has sections, as in old files that see pictures."""
DOUBLE_STATE: Final = frozenset({"granitehybrid", "jamba"})
"""Their recurrent layers must be twice as wide as the network."""

_EMBEDDING: Final = frozenset(
    {
        "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2",
        "jina-bert-v3", "eurobert", "gemma-embedding", "llama-embed", "t5encoder",
    }
)  # fmt: skip
_DRAFTS: Final = frozenset({"eagle3", "dflash", "gemma4-assistant"})
_OTHERS: Final = {
    "t5": "rewrites one text into another",
    "dream": "writes by diffusion, not word by word",
    "llada": "writes by diffusion, not word by word",
    "llada-moe": "writes by diffusion, not word by word",
    "rnd1": "writes by diffusion, not word by word",
    "wavtokenizer-dec": "makes sound",
    "qwen3tts": "makes speech",
    "pockettts": "makes speech",
    "whisper": "writes down speech",
    "flux": "makes pictures",
    "sd1": "makes pictures",
    "sdxl": "makes pictures",
    "sd3": "makes pictures",
    "qwen_image": "makes pictures",
    "wan": "makes films",
    "hyvid": "makes films",
}


def refusal(architecture: str, kind: str) -> GgufError | None:
    """Why a file of this architecture does not chat here; None if it does.

    Args:
        architecture: as the header names it.
        kind: the header's ``general.type``.
    """
    name = printable(architecture) or "unnamed"
    error: GgufError | None = None
    if architecture == "clip" or kind == "mmproj":
        error = ProjectorFile()
    elif kind == "adapter":
        error = AdapterFile()
    elif architecture in _DRAFTS or architecture.startswith("deepseek4-dflash"):
        error = DraftFile()
    elif architecture in _EMBEDDING:
        error = EmbeddingFile(architecture=name)
    elif architecture in _OTHERS:
        error = OtherKind(architecture=name, does=_OTHERS[architecture])
    elif architecture == "deepseek41":
        error = NewerDeepSeek(architecture=name)
    elif architecture != "deepseek4" and architecture not in CHAT:
        error = OtherArchitecture(architecture=name)
    return error
