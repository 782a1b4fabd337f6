"""Files that appear whole or not at all. Must not know what they hold."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Final

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says when a disk, a share of it or a file may not grow any more."""


def sync_directory(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    Raises:
        OSError: as the system says; the old file is untouched then.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as partial:
            os.fchmod(partial.fileno(), mode)
            partial.write(content)
            partial.flush()
            os.fsync(partial.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(path.parent)


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user may still write where the folder lies."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
