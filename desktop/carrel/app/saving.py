"""An original goes back to a file: bit-identical, whole or not at all, never over another unasked.

Must not know the window or the commands.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from carrel.domain.documents import Document
from carrel.domain.errors import FileError, FolderNamed
from carrel.system.files import FULL, sync_directory

MODE: Final = 0o600
"""Rights of a saved file: its owner's alone. Who wants to share it says so."""

NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EACCES, errno.ENOSYS}
)
"""What file systems say that cannot give a file a second name, such as FAT."""


class SaveTaken(FileError):
    """There is a file of that name."""

    code = "file.taken"
    sentence = "There is already a file “{name}”; it was not touched."
    remedy = "Choose another name, or say that it may be replaced."


class SaveFull(FileError):
    """No room."""

    code = "file.full"
    sentence = "There is no room for “{name}” on that disk; nothing was left there."
    remedy = "Free some space, or save it elsewhere."


class SaveFailed(FileError):
    """The system refuses."""

    code = "file.unwritable"
    sentence = "“{name}” cannot be written: {cause}."
    remedy = "Check that the folder exists and that you may write into it."


class OriginalDiffers(FileError):
    """What is stored is not what was added."""

    code = "file.differs"
    sentence = "The stored original of “{name}” is not the file that was added; it was not saved."
    remedy = "Restore the workspace from a backup; the document's text is still there."


def own_name(document: Document) -> str:
    """The name of a document's file, fit for any folder."""
    untrusted_name = document.file_name or document.name
    name = "".join("_" if c in "/\\\0" else c for c in untrusted_name).strip()
    return name if name not in {"", ".", ".."} else f"document {document.id}"


def save_original(
    document: Document, pieces: Iterator[bytes], path: Path, *, replace: bool
) -> Path:
    """Write an original to a file; on the caller's thread, until it is safe.

    Args:
        pieces: of the original.
        path: of the file; a folder takes it under its own name.
        replace: a file that is there already.

    Returns:
        The path of the file.

    Raises:
        SaveTaken: there is a file, and it may not be replaced.
        OriginalDiffers: the bytes have another SHA-256 than those that were added.
        FileError: the disk is full, or refuses; nothing is left then.
        WorkspaceError: the stored original is missing or damaged.
    """
    if path.is_dir():
        path = path / own_name(document)
    if path.is_dir():
        raise FolderNamed(name=path.name)
    if not replace and os.path.lexists(path):
        raise SaveTaken(name=path.name)
    try:
        descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.")
    except OSError as error:
        raise _known(error, path) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(file.fileno(), document, pieces, path)
        _put_in_place(Path(partial), path, replace=replace)
        sync_directory(path.parent)
    except OSError as error:
        raise _known(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            Path(partial).unlink(missing_ok=True)
    return path


def _write(descriptor: int, document: Document, pieces: Iterator[bytes], path: Path) -> None:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        with memoryview(piece) as rest:
            done = 0
            while done < len(rest):
                done += os.write(descriptor, rest[done:])
    if digest.hexdigest() != document.sha256:
        raise OriginalDiffers(name=path.name)
    os.fchmod(descriptor, MODE)
    os.fsync(descriptor)


def _put_in_place(partial: Path, path: Path, *, replace: bool) -> None:
    if replace:
        partial.replace(path)
        return
    try:
        os.link(partial, path)  # fails when something is there, unlike a renaming
    except FileExistsError as error:
        raise SaveTaken(name=path.name) from error
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE))
        except FileExistsError as taken:
            raise SaveTaken(name=path.name) from taken
        partial.replace(path)


def _known(error: OSError, path: Path) -> FileError:
    if error.errno in FULL:
        return SaveFull(name=path.name)
    return SaveFailed(name=path.name, cause=error.strerror or "unknown")
