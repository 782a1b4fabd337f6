"""Take the bytes of a file once, hashed and sealed in memory.

What is hashed is what is stored and what the parser reads, even if the file
changes meanwhile. The bytes are not looked at here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrel.domain.documents import Document
from carrel.ingest.errors import (
    FileChanged,
    FileEmpty,
    FileForbidden,
    FileMissing,
    FileOutOfMemory,
    FileSpecial,
    FileTooLarge,
    FileUnreadable,
)
from carrel.system.shared_memory import SealedCopy

PIECE_BYTES: Final = 1 << 20
"""Bytes read at a time: a cancel is noticed within milliseconds, and progress moves."""

MAX_DOCUMENT_BYTES: Final = 1 << 30
"""Bytes. The whole file is held in memory while it is read; the largest report in our corpus has
15 MB, and a gibibyte still leaves a 16 GiB machine alive."""


class Cancelled(Exception):
    """The user stopped the job.

    Attributes:
        document: what was stored already, and waits to be read; None if nothing was.
    """

    document: Document | None = None


@dataclass(slots=True)
class Snapshot:
    """A file's bytes at one moment.

    Attributes:
        copy: sealed memory; to be closed.
        sha256: lower-case hexadecimal.
    """

    name: str
    copy: SealedCopy
    size: int
    sha256: str

    def pieces(self) -> Iterator[bytes]:
        """The bytes again, a piece at a time."""
        position = 0
        while piece := os.pread(self.copy.fd, PIECE_BYTES, position):
            position += len(piece)
            yield piece

    def close(self) -> None:
        """Give the memory back."""
        self.copy.close()


def take_snapshot(
    path: Path,
    *,
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Snapshot:
    """Read a file into sealed memory and hash it.

    Args:
        on_progress: bytes done and in all.
        cancelled: asked once for each piece.

    Raises:
        FileError: it cannot be read; the sentence says why.
        Cancelled: the user stopped it.
    """
    descriptor = _open(path)
    copy = SealedCopy()
    try:
        before = os.fstat(descriptor)
        _check(path.name, before)
        digest = hashlib.sha256()
        while piece := _read(path.name, descriptor):
            if cancelled():
                raise Cancelled
            digest.update(piece)
            _keep(path.name, copy, piece)
            if copy.size > MAX_DOCUMENT_BYTES:
                raise _too_large(path.name, copy.size)
            on_progress(copy.size, max(before.st_size, copy.size))
        after = os.fstat(descriptor)
        if (after.st_size, after.st_mtime_ns) != (copy.size, before.st_mtime_ns):
            raise FileChanged(name=path.name)
        copy.seal()
    except BaseException:
        copy.close()
        raise
    finally:
        os.close(descriptor)
    return Snapshot(path.name, copy, copy.size, digest.hexdigest())


def _open(path: Path) -> int:
    try:
        # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileMissing(name=path.name) from error
    except PermissionError as error:
        raise FileForbidden(name=path.name) from error
    except (OSError, ValueError) as error:
        cause = "too many links" if getattr(error, "errno", 0) == errno.ELOOP else str(error)
        raise FileUnreadable(name=path.name, cause=cause) from error


def _check(name: str, facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise FileForbidden(name=name)  # a folder only comes here if it could not be listed
    if not stat.S_ISREG(facts.st_mode):
        raise FileSpecial(name=name)
    if facts.st_size == 0:
        raise FileEmpty(name=name)
    if facts.st_size > MAX_DOCUMENT_BYTES:
        raise _too_large(name, facts.st_size)


def _read(name: str, descriptor: int) -> bytes:
    try:
        return os.read(descriptor, PIECE_BYTES)
    except OSError as error:
        raise FileUnreadable(name=name, cause=error.strerror or "unknown") from error


def _keep(name: str, copy: SealedCopy, piece: bytes) -> None:
    try:
        copy.write(piece)
    except OSError as error:
        raise FileOutOfMemory(name=name) from error


def _too_large(name: str, size: int) -> FileTooLarge:
    return FileTooLarge(
        name=name, size=f"{size / 1e9:.1f} GB", limit=f"{MAX_DOCUMENT_BYTES / 1e9:.1f} GB"
    )
