"""One at a time across all processes of a machine, by a lock the system drops when a process ends.

Must not know what is done meanwhile.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

MAX_NOTE_BYTES: Final = 1024
"""Bytes of what the holder says of itself."""


class HeldElsewhere(Exception):
    """Another process holds the lock; carries what that one said, untrusted."""


class Sole:
    """The lock, held from making to closing.

    Args:
        path: of the lock file; made when needed, never removed.
        note: what another process is told that wants it too.

    Raises:
        HeldElsewhere: another holds it.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, note: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            untrusted_note = os.pread(self._descriptor, MAX_NOTE_BYTES, 0)
            os.close(self._descriptor)
            raise HeldElsewhere(untrusted_note.decode("utf-8", "replace")) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, note.encode("utf-8", "replace")[:MAX_NOTE_BYTES], 0)

    def close(self) -> None:
        """Let others in; may be called twice."""
        if self._descriptor >= 0:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
