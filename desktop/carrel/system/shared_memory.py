"""Memory shared with a worker by passing its descriptor. Must not know what is in it.

Large things (a document's bytes, page images) cross so, not through frames.
Linux only (memfd_create(2)): memory without a name, gone with its last user.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Final

F_ADD_SEALS: Final = 1033
SEAL_WHOLE: Final = 0x1 | 0x2 | 0x4 | 0x8  # no more seals, no shrink, no growth, no write


class SharedMemory:
    """A block of memory two processes see.

    Attributes:
        fd: its descriptor, to be passed to the child.
        view: its bytes.
    """

    def __init__(self, fd: int, size: int) -> None:
        self.fd = fd
        self.size = size
        self.view = mmap.mmap(fd, size)

    @classmethod
    def create(cls, size: int) -> SharedMemory:
        """A fresh block; pages are only taken when written."""
        fd = os.memfd_create("carrel")
        os.ftruncate(fd, size)
        return cls(fd, size)

    @classmethod
    def open(cls, fd: int, size: int) -> SharedMemory:
        """The block behind an inherited descriptor."""
        return cls(fd, size)

    def close(self) -> None:
        """Let go; the memory lives while the other side holds it."""
        self.view.close()
        os.close(self.fd)


class SealedCopy:
    """Bytes gathered in memory and then sealed: what was hashed is what will be read.

    Use: `write` pieces, `seal`, pass `fd` to the child, `close`.
    """

    def __init__(self) -> None:
        self.fd = os.memfd_create("carrel-document", os.MFD_ALLOW_SEALING)
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Append.

        Raises:
            OSError: memory ran out.
        """
        view = memoryview(piece)
        while view:
            written = os.write(self.fd, view)
            view = view[written:]
            self.size += written

    def seal(self) -> int:
        """No more changes by anyone; returns the descriptor, at position 0."""
        fcntl.fcntl(self.fd, F_ADD_SEALS, SEAL_WHOLE)
        os.lseek(self.fd, 0, os.SEEK_SET)
        return self.fd

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)
