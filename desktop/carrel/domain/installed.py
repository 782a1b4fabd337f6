"""Installed models: GGUF files this machine can run.

Must not know llama.cpp or the file format.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from carrel.domain.self_tests import SelfTest


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


class SignatureState(StrEnum):
    """What is known about who made a model pack."""

    NO_PACK = "no pack"
    """A GGUF file by itself, without a manifest."""
    UNSIGNED = "unsigned"
    SIGNED = "signed"
    """By a key this machine trusts."""
    UNKNOWN_KEY = "unknown key"
    """Rightly signed, by a key nobody here has trusted."""


GENERIC_PROFILE = "generic"
"""A chat model of another architecture, run by the template in its file."""

NANO_PROFILE = "carrel-nano"
"""The small model that comes with the program; it is asked in a way of its own."""


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
        profile: id of the card in ``models/cards`` that describes it, or GENERIC_PROFILE.
        profile_title: how the card calls it, shown wherever it answers.
        signature: of the pack it came in.
        signer: name of the trusted key, or the key's fingerprint.
        verified_at: when every byte was last compared with its hash and none differed, seconds
            since the epoch; 0 if never, or if some differed the last time.
        tokens_per_second: as last measured while writing; 0 if never.
        reading_per_second: tokens, as last measured while reading; 0 if never.
        self_test: the last one; None before the first.
        loaded_context: tokens it was last loaded with; 0 if never.
        loaded_cache: format of the cache then.
        built_in: it came with the program: it needs no import, and is never taken off the list.
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
    profile: str = ""
    profile_title: str = ""
    signature: SignatureState = SignatureState.NO_PACK
    signer: str = ""
    verified_at: float = 0.0
    tokens_per_second: float = 0.0
    self_test: SelfTest | None = None
    loaded_context: int = 0
    loaded_cache: str = ""
    built_in: bool = False
    reading_per_second: float = 0.0
