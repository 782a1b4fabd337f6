"""The open workspace and the seal on this process, as values to be shown.

Must not know how either is made.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceInfo:
    """What is said about a workspace.

    Attributes:
        created_at: seconds since the epoch, UTC.
        slots: the ways in: ``keyring``, ``passphrase``, ``recovery``.
        units: units (pages, sections, ...) of all documents.
    """

    name: str
    folder: Path
    created_at: float
    slots: tuple[str, ...]
    documents: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What the egress lock does, in sentences ready to be shown.

    Attributes:
        calls: about this process.
        files: about the worker processes.
        landlock_abi: of the running kernel, 0 if it has none.
    """

    active: bool
    calls: str
    files: str
    landlock_abi: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the engine keeps of documents it read, so that it need not read them again.

    Attributes:
        count: how many there are.
        size: bytes.
        seconds: of reading that using them saved so far.
    """

    count: int
    size: int
    seconds: float
