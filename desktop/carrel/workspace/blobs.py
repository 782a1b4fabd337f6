"""Originals, encrypted in files of their own: written once, whole or not at all.

Format 2: 8 bytes of magic with the version, 32 bytes of salt, then the content
in chunks of 1 MiB, each sealed with AES-256-GCM under a key of this blob alone,
which needs a secret that is kept elsewhere: without it a copy of the file is noise
also to who has the workspace's key. Format 1 had no secret and is still read.
The nonce is the chunk's number; the authenticated data are workspace, blob,
number and whether it is the last. So a chunk altered, moved, left out or put in
from elsewhere is noticed, and so is an end cut off (STREAM construction,
Hoang et al. 2015). Names are random: neither name nor size class of a document
is in them, though the file's size tells the original's.

Must not know what a blob holds or who refers to it.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import struct
from collections.abc import Iterator, Set
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carrel.system.files import sync_directory
from carrel.workspace.errors import BlobDamaged, BlobMissing
from carrel.workspace.failures import known_os_error
from carrel.workspace.keys import DataKey, derive

BlobId = NewType("BlobId", str)
"""32 hexadecimal digits, random."""


class KeptBlob(NamedTuple):
    """A finished blob, with what is needed to read it; None for one of format 1."""

    id: BlobId
    secret: bytes | None


MAGIC: Final = b"CARRBLB\x02"
OLD_MAGIC: Final = b"CARRBLB\x01"
"""Of blobs whose key needs no secret."""

SALT_BYTES: Final = 32
SECRET_BYTES: Final = 32
"""Bytes; as long as the key that is derived with it."""

CHUNK_BYTES: Final = 1 << 20
"""Bytes. One is in memory at a time; the tag adds 16 bytes to each."""

TAG_BYTES: Final = 16
MAX_CHUNKS: Final = 1 << 32
"""Chunks, as far as the nonce counts; 4 PiB."""

SUFFIX: Final = ".blob"
PARTIAL: Final = ".partial"

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_NAME: Final = re.compile(r"[0-9a-f]{32}\Z")
_log = logging.getLogger(__name__)


class BlobWriter:
    """Encrypts what is written to it; nothing exists until `finish`.

    Use as a context manager: leaving it without `finish` removes what was written.

    Raises:
        WorkspaceError: the disk is full, or refuses (from any method).
    """

    def __init__(self, folder: Path, key: DataKey) -> None:
        self.id = BlobId(secrets.token_hex(16))
        self._folder = folder
        self._secret = secrets.token_bytes(SECRET_BYTES)
        self._sealer = _Sealer(key, self.id, secrets.token_bytes(SALT_BYTES), self._secret)
        self._waiting = bytearray()
        self._number = 0
        self._partial = folder / f".{self.id}{PARTIAL}"
        try:
            self._file = os.fdopen(os.open(self._partial, _NEW, 0o600), "wb")
            self._file.write(MAGIC + self._sealer.salt)
        except OSError as error:
            raise known_os_error(error, folder) from error

    def write(self, piece: bytes) -> None:
        """Append a piece of any size."""
        self._waiting += piece
        # The last chunk is only known at the end, so one is always held back.
        done = 0
        with memoryview(self._waiting) as waiting:
            while len(waiting) - done > CHUNK_BYTES:
                self._put(bytes(waiting[done : done + CHUNK_BYTES]), last=False)
                done += CHUNK_BYTES
        del self._waiting[:done]

    def finish(self) -> KeptBlob:
        """Seal the last chunk and make the blob exist, also after a power cut."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.replace(_path(self._folder, self.id))
            sync_directory(self._folder)
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        return KeptBlob(self.id, self._secret)

    def abort(self) -> None:
        """Remove what was written; nothing happens after `finish`."""
        with suppress(OSError):  # closing writes what is buffered, which a full disk refuses
            self._file.close()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        try:
            self._file.write(self._sealer.seal(self._number, chunk, last=last))
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        self._number += 1


def read_blob(folder: Path, key: DataKey, blob: KeptBlob) -> Iterator[bytes]:
    """The content, a chunk at a time; each is authentic when it is yielded.

    Raises:
        BlobMissing: there is no such file.
        BlobDamaged: bytes were altered, moved or cut off; chunks before that place were right.
        WorkspaceError: the disk failed.
    """
    try:
        with _path(folder, blob.id).open("rb") as file:
            head = file.read(len(MAGIC) + SALT_BYTES)
            magic = OLD_MAGIC if blob.secret is None else MAGIC
            if len(head) != len(MAGIC) + SALT_BYTES or not head.startswith(magic):
                raise BlobDamaged(cause="its head does not read as written")
            sealer = _Sealer(key, blob.id, head[len(MAGIC) :], blob.secret)
            sealed = file.read(CHUNK_BYTES + TAG_BYTES)
            number = 0
            while True:
                following = file.read(CHUNK_BYTES + TAG_BYTES)
                yield sealer.open(number, sealed, last=not following)
                if not following:
                    return
                sealed = following
                number += 1
    except FileNotFoundError as error:
        raise BlobMissing from error
    except OSError as error:
        raise known_os_error(error, folder) from error


def drop_blob(folder: Path, blob: BlobId) -> None:
    """Remove a blob nothing refers to; what cannot be removed now is swept at the next start.

    Its salt is overwritten first: what the disk keeps of the rest cannot be read without it.
    """
    try:
        _shred(_path(folder, blob))
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.warning("a blob could not be removed: %s", type(error).__name__)


def sweep(folder: Path, living: Set[str], *, suffix: str = SUFFIX) -> int:
    """Remove what an interruption left behind: unfinished blobs, and those nothing refers to.

    Files that are not ours are left alone.

    Returns:
        How many were removed.
    """
    removed = 0
    for entry in list(folder.iterdir()):
        unfinished = entry.name.startswith(".") and entry.suffix == PARTIAL
        orphan = (
            entry.suffix == suffix
            and _NAME.match(entry.stem) is not None
            and entry.stem not in living
        )
        if unfinished or orphan:
            with suppress(OSError):
                _shred(entry)
                removed += 1
    return removed


def _shred(path: Path) -> None:
    """Overwrite the head of a file and remove it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(descriptor, bytes(len(MAGIC) + SALT_BYTES), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()


class _Sealer:
    """Seals and opens the chunks of one blob."""

    def __init__(self, key: DataKey, blob: BlobId, salt: bytes, secret: bytes | None) -> None:
        self.salt = salt
        own = derive(key.blob_key, salt=salt + (secret or b""), purpose=f"blob/{blob}")
        self._cipher = AESGCM(own)
        self._owner = bytes.fromhex(key.workspace) + bytes.fromhex(blob)

    def seal(self, number: int, chunk: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number), chunk, self._bound(number, last=last))

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number), sealed, self._bound(number, last=last))
        except InvalidTag as error:
            raise BlobDamaged(cause=f"from byte {number * CHUNK_BYTES:,} on") from error

    def _bound(self, number: int, *, last: bool) -> bytes:
        return self._owner + struct.pack(">Q?", number, last)


def _nonce(number: int) -> bytes:
    # The key belongs to this blob alone, so a counter never repeats under it.
    return number.to_bytes(12, "big")


def _path(folder: Path, blob: BlobId) -> Path:
    if _NAME.match(blob) is None:
        raise BlobMissing
    return folder / f"{blob}{SUFFIX}"
