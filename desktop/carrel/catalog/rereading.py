"""Read every byte of a model's files again and hash it; the disk's bytes, not remembered ones.

Must not know what is installed.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from carrel.catalog.lanes import Lanes
from carrel.domain.errors import FileError
from carrel.domain.installed import FileIdentity
from carrel.engine.errors import LoadCancelled

PIECE_BYTES: Final = 2 << 20
"""Bytes read at a time; past the system's cache nothing is read ahead, so pieces are large."""

LANES: Final = 2
"""One for the hash over everything, one for the hashes of blocks."""

OnBytes = Callable[[int], None]
Cancelled = Callable[[], bool]
OnBlock = Callable[[int, int, bytes], None]
"""Told the file's number, the block's number, and the SHA-256 of its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What is really there.

    Attributes:
        sha256: over all bytes, file after file.
        files: what each was like while it was read.
    """

    sha256: str
    files: tuple[FileIdentity, ...]


def reread(
    paths: Sequence[Path],
    *,
    block_bytes: int,
    on_block: OnBlock,
    on_bytes: OnBytes,
    cancelled: Cancelled,
) -> Reread:
    """Hash all files from the disk, in one pass.

    Args:
        block_bytes: of the blocks that are hashed one by one, too; 0 leaves them out.
        on_block: called on another thread.
        on_bytes: told how many bytes are done.

    Raises:
        FileError: one cannot be read; the sentence says where.
        LoadCancelled: it was stopped.
    """
    whole = hashlib.sha256()
    identities = []
    done = 0
    with Lanes(LANES, PIECE_BYTES) as lanes:
        for number, path in enumerate(paths):
            with _Disk(path) as disk:
                blocks = _Blocks(number, block_bytes, on_block)
                position = 0
                # Never past the end: there, reading past the cache needs whole sectors.
                while position < disk.size and (count := disk.read(lanes.empty(), position)):
                    if cancelled():
                        raise LoadCancelled
                    piece = lanes.empty()[:count]
                    lanes.hand_on(
                        partial(whole.update, piece),
                        partial(blocks.update, piece) if block_bytes else None,
                    )
                    position += count
                    done += count
                    on_bytes(done)
                lanes.drain()
                blocks.end()
                identities.append(disk.identity())
    return Reread(sha256=whole.hexdigest(), files=tuple(identities))


class _Blocks:
    """Hashes of equal blocks, the last one shorter."""

    def __init__(self, file: int, size: int, on_block: OnBlock) -> None:
        self._file, self._size, self._on_block = file, size, on_block
        self._digest = hashlib.sha256()
        self._held = self._number = 0

    def update(self, piece: memoryview) -> None:
        while piece:
            taken = piece[: self._size - self._held]
            self._digest.update(taken)
            self._held += len(taken)
            piece = piece[len(taken) :]
            if self._held == self._size:
                self.end()

    def end(self) -> None:
        if self._held:
            self._on_block(self._file, self._number, self._digest.digest())
            self._digest = hashlib.sha256()
            self._number += 1
            self._held = 0


class _Disk:
    """An open file whose bytes come past the system's cache, where the file system can do that.

    Reading past the cache also leaves there what a running engine needs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._direct = True
        try:
            self._descriptor = self._open()
        except OSError as error:
            raise _unreadable(path, error) from error

        self.size = os.fstat(self._descriptor).st_size

    def _open(self) -> int:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        if self._direct:
            try:
                return os.open(self._path, flags | os.O_DIRECT)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._direct = False
        descriptor = os.open(self._path, flags)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return descriptor

    def read(self, buffer: memoryview, position: int) -> int:
        """Fill the buffer from there; 0 at the end of the file."""
        try:
            try:
                return os.preadv(self._descriptor, [buffer], position)
            except OSError as error:
                if error.errno != errno.EINVAL or not self._direct:
                    raise
            os.close(self._descriptor)
            self._direct = False
            self._descriptor = self._open()
            return os.preadv(self._descriptor, [buffer], position)
        except OSError as error:
            raise _unreadable(self._path, error, f" at byte {position:,}") from error

    def identity(self) -> FileIdentity:
        stat = os.fstat(self._descriptor)
        return FileIdentity(stat.st_size, stat.st_mtime_ns)

    def __enter__(self) -> _Disk:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _unreadable(path: Path, error: OSError, place: str = "") -> FileError:
    return FileError(name=path.name, cause=f"{(error.strerror or str(error)).lower()}{place}")
