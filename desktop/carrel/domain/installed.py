"""Installed models: GGUF files this machine can run.

Must not know llama.cpp or the file format.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class EngineState(StrEnum):
    """What the engine process is doing."""

    OFF = "off"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    CRASHED = "crashed"


class FileIdentity(NamedTuple):
    """How to tell that a file is still the same without reading it whole.

    Attributes:
        size: bytes.
        modified_ns: time of the last change, nanoseconds since the epoch.
    """

    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A GGUF file that passed the check and can be loaded.

    Attributes:
        name: unique on this machine; what ``--model`` takes.
        title: ``general.name`` of the file, or its file name.
        path: the first (or only) file.
        size: bytes of all files.
        context_tokens: as trained.
        quantisation: such as ``Q2_K``; ``mixed`` if unknown.
        warnings: sentences, such as a repaired YaRN entry.
        kv_overrides: GGUF metadata to be repaired at load.
        files: what each part was like when it was checked; empty if that is not known.
        memory: bytes needed beside the file for a context of 8,192 tokens.
    """

    name: str
    title: str
    path: Path
    size: int
    architecture: str
    layers: int
    context_tokens: int
    quantisation: str
    licence: str
    sha256: str
    added_at: float
    warnings: tuple[str, ...] = ()
    kv_overrides: dict[str, int | float | str] | None = None
    files: tuple[FileIdentity, ...] = ()
    memory: int = 0
