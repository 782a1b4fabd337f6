"""One capsule in one file: sealed, written once, read as fast as the disk gives it.

Format 1: 8 bytes of magic, then the content in chunks of 1 MiB, each sealed with
AES-256-GCM; nonce and authenticated data as for `blobs`. The content is a page
with what the capsule is (so that a file in the place of another is noticed even
by someone with the key) and the state. The key comes from the workspace's key and
a secret that is kept in the capsule's row only.

The file's digest is SHA-256 over the tags of all chunks: each tag stands for its
chunk, so it says as much as a hash over the content and costs nothing; a hash of
1.9 GB a second would have taken longer than all the rest of restoring.

Must not know what the state means or who refers to it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carrel.system.files import sync_directory
from carrel.workspace.blobs import CHUNK_BYTES, PARTIAL, TAG_BYTES
from carrel.workspace.errors import CapsuleDamaged
from carrel.workspace.failures import known_os_error
from carrel.workspace.keys import DataKey, derive

MAGIC: Final = b"CARRCAP\x01"
SECRET_BYTES: Final = 32
PAGE_BYTES: Final = 4096
"""Bytes of the page before the state; a page of memory, so that the state begins on one."""

SUFFIX: Final = ".capsule"
AHEAD: Final = 6
"""Chunks read and opened before they are asked for; 12 MiB of buffers."""
OPENERS: Final = 2
"""Threads that read and open chunks; a third gained nothing."""

_PAGE: Final = struct.Struct("<8sIQ32s")
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

ReadInto = Callable[[memoryview, int], None]
"""Fills a buffer with the state's bytes from a position on."""


class CapsuleFile:
    """The file of one capsule.

    Args:
        folder: where it lies.
        key: the workspace's.
        capsule: its id, 32 hexadecimal digits.
        secret: from its row.
        use: what it can be used for, 64 hexadecimal digits.
        tokens: it covers.
        size: bytes of the state.
    """

    def __init__(
        self,
        folder: Path,
        key: DataKey,
        *,
        capsule: str,
        secret: bytes,
        use: str,
        tokens: int,
        size: int,
    ) -> None:
        self.path = folder / f"{capsule}{SUFFIX}"
        self._partial = folder / f".{capsule}{PARTIAL}"
        self._folder = folder
        own = derive(key.capsule_key, salt=secret, purpose=f"capsule/{capsule}")
        self._cipher = AESGCM(own)
        self._owner = bytes.fromhex(key.workspace) + bytes.fromhex(capsule)
        self._page = _PAGE.pack(MAGIC, tokens, size, bytes.fromhex(use)).ljust(PAGE_BYTES, b"\0")
        self._content = PAGE_BYTES + size
        self._chunks = (self._content + CHUNK_BYTES - 1) // CHUNK_BYTES

    def write(self, read_into: ReadInto) -> str:
        """Seal the state and make the file exist, also after a power cut.

        Returns:
            The file's digest.

        Raises:
            WorkspaceError: the disk is full, or refuses; nothing is left then. What `read_into`
                raises goes on, and nothing is left either.
        """
        try:
            descriptor = os.open(self._partial, _NEW, 0o600)
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                digest = self._write(file.fileno(), read_into)
                os.fsync(file.fileno())
            self._partial.replace(self.path)
            sync_directory(self._folder)
        except BaseException as error:
            for path in (self._partial, self.path):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise known_os_error(error, self._folder) from error
            raise
        return digest

    def read(self, digest: str) -> Iterator[memoryview]:
        """The state, up to a MiB at a time; each piece is gone when the next is asked for.

        Each is authentic when it is yielded, but only the end of the iteration tells that this is
        the file that was written.

        Raises:
            CapsuleDamaged: the file is missing, altered, cut off or another.
            WorkspaceError: the disk failed.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise CapsuleDamaged(cause="its file is missing") from error
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        try:
            expected = len(MAGIC) + self._content + self._chunks * TAG_BYTES
            if (
                os.fstat(descriptor).st_size != expected
                or os.pread(descriptor, len(MAGIC), 0) != MAGIC
            ):
                raise CapsuleDamaged(cause="its file has another size or kind")
            yield from self._read(descriptor, digest)
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        finally:
            os.close(descriptor)

    def _write(self, descriptor: int, read_into: ReadInto) -> str:
        tags = hashlib.sha256()
        plain, sealed = bytearray(CHUNK_BYTES), bytearray(CHUNK_BYTES + TAG_BYTES)
        _write_all(descriptor, memoryview(MAGIC))
        for number in range(self._chunks):
            length = self._length(number)
            with memoryview(plain)[:length] as chunk, memoryview(sealed) as room:
                start = number * CHUNK_BYTES
                if number == 0:
                    chunk[:PAGE_BYTES] = self._page
                    read_into(chunk[PAGE_BYTES:], 0)
                else:
                    read_into(chunk, start - PAGE_BYTES)
                place = room[: length + TAG_BYTES]
                self._cipher.encrypt_into(_nonce(number), chunk, self._bound(number), place)
                tags.update(place[length:])
                _write_all(descriptor, place)
        return tags.hexdigest()

    def _read(self, descriptor: int, digest: str) -> Iterator[memoryview]:
        tags = hashlib.sha256()
        slots = [
            (bytearray(CHUNK_BYTES + TAG_BYTES), bytearray(CHUNK_BYTES))
            for _ in range(min(AHEAD, self._chunks))
        ]
        with ThreadPoolExecutor(OPENERS, thread_name_prefix="capsule") as openers:

            def begin(number: int) -> Future[bytes]:
                return openers.submit(self._open, descriptor, number, *slots[number % len(slots)])

            waiting = [begin(number) for number in range(len(slots))]
            for number in range(self._chunks):
                tags.update(waiting[number % len(slots)].result())
                piece = memoryview(slots[number % len(slots)][1])[: self._length(number)]
                if number == 0:
                    if piece[:PAGE_BYTES] != self._page:
                        raise CapsuleDamaged(cause="it is another one")
                    piece = piece[PAGE_BYTES:]
                yield piece
                if number + len(slots) < self._chunks:
                    waiting[number % len(slots)] = begin(number + len(slots))
        if tags.hexdigest() != digest:
            raise CapsuleDamaged(cause="it is not the one that was written")

    def _open(self, descriptor: int, number: int, sealed: bytearray, plain: bytearray) -> bytes:
        length = self._length(number)
        place = len(MAGIC) + number * (CHUNK_BYTES + TAG_BYTES)
        with memoryview(sealed)[: length + TAG_BYTES] as chunk, memoryview(plain)[:length] as room:
            done = 0
            while done < len(chunk):
                count = os.preadv(descriptor, [chunk[done:]], place + done)
                if count == 0:
                    raise CapsuleDamaged(cause="its file was cut short")
                done += count
            try:
                self._cipher.decrypt_into(_nonce(number), chunk, self._bound(number), room)
            except InvalidTag as error:
                raise CapsuleDamaged(cause=f"from byte {number * CHUNK_BYTES:,} on") from error
            return bytes(chunk[length:])

    def _length(self, number: int) -> int:
        return min(CHUNK_BYTES, self._content - number * CHUNK_BYTES)

    def _bound(self, number: int) -> bytes:
        return self._owner + struct.pack(">Q?", number, number == self._chunks - 1)


def _nonce(number: int) -> bytes:
    # The key belongs to this file alone, so a counter never repeats under it.
    return number.to_bytes(12, "big")


def _write_all(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]
