"""One at a time in a folder, across threads and programs.

The system drops the lock when its holder ends, however that happens. Must not
know what is done meanwhile.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carrel.catalog.pack_errors import AlreadyRunning


@contextmanager
def turn(folder: Path, *, wait: bool) -> Iterator[None]:
    """Be the only one here.

    Args:
        folder: must exist; nothing is written in it.
        wait: for the others; only where they need no longer than a few small files take.

    Raises:
        AlreadyRunning: another is here.
        OSError: the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning from error
        yield
    finally:
        os.close(descriptor)
