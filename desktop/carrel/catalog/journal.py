"""Which blocks of a copy are done, kept beside the copy so that it can go on after a crash.

One character for each block, written after that block's bytes are safely on the
disk. Losing the journal costs time, never bytes: blocks are hashed again before
they count. Must not know what a block holds.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final, Self

from carrel.catalog.pack_errors import AlreadyRunning

HEAD: Final = "carrel-journal 1"
_DONE: Final = b"+"
_OPEN: Final = b"-"


class Journal:
    """The journal of one copy; a context that closes its file.

    Args:
        path: its file; a journal of something else is begun anew.
        identity: of what is copied, one word.
        blocks: how many there are.

    Raises:
        AlreadyRunning: somebody else writes it now.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, identity: str, blocks: int) -> None:
        head = f"{HEAD}\n{identity}\n".encode()
        self._start = len(head)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            untrusted_bytes = os.pread(self._descriptor, self._start + blocks + 1, 0)
            untrusted_flags = untrusted_bytes[self._start :]
            sound = untrusted_bytes.startswith(head) and len(untrusted_flags) == blocks
            if not sound or set(untrusted_flags) - set(_DONE + _OPEN):
                untrusted_flags = _OPEN * blocks
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, head + untrusted_flags, 0)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise AlreadyRunning from error
        except OSError:
            os.close(self._descriptor)
            raise
        self._flags = bytearray(untrusted_flags)

    def done(self, index: int) -> bool:
        """Whether this block was on the disk, and right."""
        return self._flags[index : index + 1] == _DONE

    def set(self, index: int, *, done: bool) -> None:
        """Note it for one block."""
        flag = _DONE if done else _OPEN
        if self._flags[index : index + 1] != flag:
            self._flags[index : index + 1] = flag
            os.pwrite(self._descriptor, flag, self._start + index)

    @property
    def count(self) -> int:
        """How many blocks are done."""
        return self._flags.count(_DONE)

    @property
    def last(self) -> int:
        """The last block that is done; -1 if none is."""
        return self._flags.rfind(_DONE)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
