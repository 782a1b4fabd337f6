"""From the words of SQLite and the system to errors a reader understands.

Known: the disk, the rights, the medium, damage. Everything else is a mistake of
ours and becomes a `BugError`. Must not know what was being written.
"""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path
from typing import Final

from carrel.domain.errors import BugError, CarrelError, WorkspaceError
from carrel.system.files import FULL, free_bytes
from carrel.workspace.errors import (
    WorkspaceDamaged,
    WorkspaceDiskFailed,
    WorkspaceForbidden,
    WorkspaceFull,
    WorkspaceInUse,
    WorkspaceReadOnly,
    WrongKey,
)

NO_ROOM: Final = FULL
LITTLE_ROOM_BYTES: Final = 1 << 20
"""Bytes. SQLite says only “disk I/O error” when a quota or a size limit stops it; with less than a
mebibyte to go, room is the reason."""

DAMAGED_PAGE: Final = "a page of the database does not read as written"

_SHARED_LOCK: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"})


def known_os_error(error: OSError, folder: Path) -> WorkspaceError:
    """What the system refused, as an error of ours."""
    cause = error.strerror or "unknown"
    if error.errno in NO_ROOM:
        return WorkspaceFull()
    if error.errno == errno.EROFS:
        return WorkspaceReadOnly()
    if error.errno in {errno.EACCES, errno.EPERM}:
        return WorkspaceForbidden(folder=folder.name)
    if error.errno == errno.EIO:
        return WorkspaceDiskFailed(cause=cause)
    return WorkspaceError(cause=cause)


def known_database_error(error: Exception, database: Path) -> CarrelError:
    """What SQLite refused, as an error of ours."""
    name = str(getattr(error, "sqlite_errorname", ""))
    family = "_".join(name.split("_")[:2])
    if family == "SQLITE_NOTADB":
        return WrongKey()
    if family == "SQLITE_CORRUPT":
        return WorkspaceDamaged(cause=DAMAGED_PAGE)
    if family == "SQLITE_FULL" or (family == "SQLITE_IOERR" and _no_room(database)):
        return WorkspaceFull()
    if family == "SQLITE_READONLY":
        return WorkspaceReadOnly()
    if family in _SHARED_LOCK:
        return WorkspaceInUse()
    if family == "SQLITE_CANTOPEN":
        return WorkspaceForbidden(folder=database.parent.name)
    if family == "SQLITE_IOERR":
        return WorkspaceDiskFailed(cause=name.removeprefix("SQLITE_").replace("_", " ").lower())
    return BugError(f"{type(error).__name__}: {error} ({name or 'no code'})")


def _no_room(database: Path) -> bool:
    try:
        if free_bytes(database.parent) < LITTLE_ROOM_BYTES:
            return True
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        if limit == resource.RLIM_INFINITY:
            return _quota_reached(database.parent)
        names = (database.name, f"{database.name}-wal")
        sizes = [(database.parent / name).stat().st_size for name in names]
        return max(sizes) + LITTLE_ROOM_BYTES > limit
    except OSError:
        return False


def _quota_reached(folder: Path) -> bool:
    """Try, because a quota cannot be asked for without knowing the file system."""
    descriptor = os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, LITTLE_ROOM_BYTES)
    except OSError as error:
        return error.errno in NO_ROOM
    finally:
        os.close(descriptor)
    return False
