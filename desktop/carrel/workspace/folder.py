"""Where things lie in a workspace's folder, and who owns it. Must not know what they hold."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Final

from carrel.system.files import sync_directory, write_atomically
from carrel.workspace.errors import WorkspaceFolderTaken, WorkspaceInUse
from carrel.workspace.failures import known_os_error
from carrel.workspace.slotfile import FILE_NAME as KEYSLOTS

DATABASE: Final = "workspace.db"
BLOBS: Final = "blobs"
CAPSULES: Final = "capsules"
LOCK: Final = "workspace.lock"
UNFINISHED: Final = "unfinished"
"""Stands in the folder while a workspace is being made. What lies beside it was never handed out
(its recovery code was not shown), so another attempt may clear it away."""

_OURS: Final = frozenset(
    {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", BLOBS, CAPSULES, LOCK, KEYSLOTS, UNFINISHED}
)


class FolderLock:
    """This process owns the folder until `release`, or until it ends however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take it.

        Raises:
            WorkspaceInUse: another process has it.
            WorkspaceError: the folder refuses.
        """
        try:
            # The descriptor is not inherited by workers, so the lock ends with this process.
            self._descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise known_os_error(error, folder) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if error.errno in {errno.EAGAIN, errno.EACCES}:
                raise WorkspaceInUse from error
            raise known_os_error(error, folder) from error

    def release(self) -> None:
        """Let others have it; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def exists(folder: Path) -> bool:
    """Whether the folder holds a workspace."""
    return (folder / KEYSLOTS).is_file()


def prepare(folder: Path) -> FolderLock:
    """Make the folder ready for a new workspace, own it and mark it unfinished.

    Raises:
        WorkspaceFolderTaken: something else lies in it.
        WorkspaceError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_empty(folder)
        lock = FolderLock(folder)  # an attempt under way elsewhere is not ours to clear
    except (FileExistsError, NotADirectoryError) as error:
        raise WorkspaceFolderTaken(folder=folder.name) from error
    except OSError as error:
        raise known_os_error(error, folder) from error
    try:
        write_atomically(folder / UNFINISHED, b"")
        for entry in folder.iterdir():
            if entry.is_file() and entry.name not in {UNFINISHED, LOCK}:
                entry.unlink()
        for name in (BLOBS, CAPSULES):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        sync_directory(folder)
    except OSError as error:
        lock.release()
        raise known_os_error(error, folder) from error
    return lock


def _check_empty(folder: Path) -> None:
    found = {entry.name for entry in folder.iterdir()}
    foreign = {
        name for name in found - _OURS if not name.startswith((f".{KEYSLOTS}.", f".{UNFINISHED}."))
    }
    if foreign or (found - {LOCK} and UNFINISHED not in found):
        raise WorkspaceFolderTaken(folder=folder.name)


def finish(folder: Path) -> None:
    """Take the mark away: from here on the workspace exists.

    Raises:
        WorkspaceError: the folder refuses.
    """
    try:
        if (folder / UNFINISHED).exists():
            (folder / UNFINISHED).unlink()
            sync_directory(folder)
    except OSError as error:
        raise known_os_error(error, folder) from error
