"""The parts of a pack on its medium, read as the files they were made from.

A medium can be pulled out, hold damaged sectors, or lack parts that lie on
another one. Must not know where the bytes go.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final, Self

from carrel.catalog.manifest import Block, Manifest, PackPart

GONE: Final = frozenset({errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ESTALE, errno.ENOTCONN})
"""What the system says when a medium is not there any more."""

MAX_UNREADABLE: Final = 3
"""Blocks in a row that cannot be read before the medium counts as gone; single damaged sectors
are named and passed over."""


class Unreadable(Exception):
    """A block cannot be read.

    Attributes:
        cause: in the system's words.
        gone: whether trying another block is of no use.
    """

    def __init__(self, cause: str, *, gone: bool) -> None:
        super().__init__(cause)
        self.cause, self.gone = cause, gone


class Medium:
    """An open pack; a context that lets go of its files.

    Args:
        folder: where the parts lie.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._sizes = {part.name: part.size for file in manifest.files for part in file.parts}
        self._open: tuple[str, int] | None = None
        self._failed = 0

    def has(self, part: PackPart) -> bool:
        """Whether the part is on this medium at all."""
        return (self._folder / part.name).is_file()

    def read(self, block: Block, position: int, buffer: memoryview) -> int:
        """Fill the buffer from a position in a block; at least one byte.

        Raises:
            Unreadable: it cannot be read, or the part ends early.
        """
        try:
            descriptor = self._descriptor(block.part.name)
            count = os.preadv(descriptor, [buffer], block.part_start + position)
        except OSError as error:
            self._failed += 1
            gone = error.errno in GONE or self._failed >= MAX_UNREADABLE
            raise Unreadable((error.strerror or str(error)).lower(), gone=gone) from error
        if not count:
            size = os.fstat(descriptor).st_size
            raise Unreadable(f"only {size:,} of {block.part.size:,} bytes are there", gone=False)
        self._failed = 0
        return count

    def forget(self, block: Block) -> None:
        """Let the next reading of this block come from the medium, not from memory."""
        try:
            descriptor = self._descriptor(block.part.name)
            os.posix_fadvise(descriptor, block.part_start, block.size, os.POSIX_FADV_DONTNEED)
        except OSError:
            return  # reading it will say why

    def _descriptor(self, name: str) -> int:
        if self._open is not None and self._open[0] == name:
            return self._open[1]
        self.close()
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self._folder / name, flags)
        self._open = name, descriptor
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return descriptor

    def close(self) -> None:
        """Let go of the open part."""
        if self._open is not None:
            os.close(self._open[1])
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
