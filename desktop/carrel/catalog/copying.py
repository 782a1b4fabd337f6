"""Copy a pack from its medium: hash every byte while it passes, go on where it stopped.

Files have a name of their own until all is done, and no block counts before its
bytes are on the disk and right. Blocks that are there from the last time are
hashed again, not copied again. Must not know who listed or signed the pack.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Self

from carrel.catalog.journal import Journal
from carrel.catalog.lanes import Lanes
from carrel.catalog.manifest import Block, Manifest, identity
from carrel.catalog.medium import Medium, Unreadable
from carrel.catalog.pack_errors import BadBlocks, CopyFailed, DiskFull, MediumGone, PartMissing
from carrel.engine.errors import LoadCancelled
from carrel.system.files import FULL, free_bytes

PARTIAL: Final = ".partial"
"""Ending of a file that is not whole yet; nothing loads such a file."""
JOURNAL_NAME: Final = "copy.journal"
PIECE_BYTES: Final = 256 << 10
"""Bytes read, hashed and written at a time. Larger writes make the system look for larger free
pieces of memory, which on a full machine costs five times as much as the copying itself."""
SYNC_BYTES: Final = 16 << 20
"""Bytes handed to the disk at a time, while the next ones are read."""
AHEAD: Final = 3
"""Pieces of that size that may wait for the disk: enough to keep it busy, and on a disk that
writes 50 MB a second a cancel still waits for one second only."""
MAX_NAMED: Final = 5
"""Damaged blocks named in one sentence."""

STAT_BLOCK_BYTES: Final = 512
"""Bytes that the system counts as one block of a file, whatever the disk's own are."""

_WHOLE, _BLOCK, _WRITE, _SYNC, _LANES = range(5)


class PackCopy:
    """One run of copying; a context that closes the files it writes.

    Args:
        target: folder to copy into; must exist.
        on_bytes: told how many bytes are done, of ``manifest.size``.
        cancelled: asked several times a second.

    Attributes:
        copied: bytes written in this run.

    Raises:
        OSError: the target cannot be written.
    """

    def __init__(
        self,
        manifest: Manifest,
        medium: Medium,
        target: Path,
        on_bytes: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._manifest, self._medium, self._target = manifest, medium, target
        self._on_bytes, self._cancelled = on_bytes, cancelled
        self._digest = hashlib.sha256()
        self._whole = hashlib.sha256()
        self._wrong: list[Block] = []
        self._torn: set[int] = set()
        self._missing: list[Block] = []
        self._waiting: deque[Future[object]] = deque()
        self._bytes = self.copied = 0
        self._unbroken = True
        self._files: list[int] = []
        self._journal = Journal(target / JOURNAL_NAME, identity(manifest), manifest.block_count)
        self._last_before = self._journal.last
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            for file in manifest.files:
                self._files.append(os.open(target / (file.name + PARTIAL), flags, 0o600))
        except OSError:
            self.close()
            raise

    def run(self) -> str:
        """Copy what is not there; all files are complete and on the disk then.

        Returns:
            SHA-256 over all bytes; empty when it is not known and must be computed.

        Raises:
            LoadCancelled: it was stopped; what is done is kept, here as in all cases below.
            MediumGone, PartMissing, BadBlocks: the medium.
            DiskFull, CopyFailed: the disk copied to.
        """
        try:
            with Lanes(_LANES, PIECE_BYTES) as lanes:
                for block in self._manifest.block_places():
                    self._pass(block, lanes)
                self._settle(lanes)
            self._mend()
            for file in self._files:
                os.fsync(file)
        except OSError as error:
            raise self._disk_error(error) from error
        return self._whole.hexdigest() if self._unbroken else ""

    def _pass(self, block: Block, lanes: Lanes) -> None:
        """Hash one block, from here if it is here, else from the medium and copy it."""
        here = self._is_here(block)
        if not here and not self._medium.has(block.part):
            self._unbroken = False
            self._missing.append(block)
            return
        position = 0
        while position < block.size:
            if self._cancelled():
                raise LoadCancelled
            buffer = lanes.empty()[: block.size - position]
            try:
                count = self._read(block, position, buffer, here=here)
            except Unreadable as error:
                self._unread(block, error, lanes)
                return
            piece = buffer[:count]
            lanes.hand_on(
                partial(self._whole.update, piece),
                partial(self._update, piece),
                None if here else partial(self._write, block, position, piece),
                None,
            )
            position += count
            self._bytes += count
            self._on_bytes(self._bytes)
            if not here and position // SYNC_BYTES > (position - count) // SYNC_BYTES:
                written = lanes.after(_WRITE, lambda: None)
                self._wait_for(lanes.after(_SYNC, partial(self._sync, block, written)))
        right = lanes.after(_BLOCK, partial(self._end_block, block))
        written = lanes.after(_WRITE, lambda: block.index not in self._torn)
        self._wait_for(lanes.after(_SYNC, partial(self._keep, block, right, written)))

    def _wait_for(self, disk: Future[object]) -> None:
        """Let the disk fall behind a little, but no more."""
        self._waiting.append(disk)
        while len(self._waiting) > AHEAD:
            self._waiting.popleft().result()

    def _is_here(self, block: Block) -> bool:
        """Whether it was done, or may have been written just before the last run was ended."""
        if self._journal.done(block.index):
            return True
        size = os.fstat(self._files[block.file]).st_size
        return block.index > self._last_before and block.start + block.size <= size

    def _read(self, block: Block, position: int, buffer: memoryview, *, here: bool) -> int:
        if not here:
            return self._medium.read(block, position, buffer)
        count = os.preadv(self._files[block.file], [buffer], block.start + position)
        if not count:
            raise Unreadable("the copy ends there", gone=False)
        return count

    def _unread(self, block: Block, error: Unreadable, lanes: Lanes) -> None:
        """Pass over a block that the medium does not give, or stop if it gives none."""
        if error.gone:
            self._settle(lanes)
            raise self._gone(block, error)
        lanes.after(_BLOCK, self._begin_block)
        self._wrong.append(block)
        self._unbroken = False

    def _settle(self, lanes: Lanes) -> None:
        """Wait until all that was read is hashed, written and noted."""
        lanes.drain()
        while self._waiting:
            self._waiting.popleft().result()

    # What follows runs on the threads of the lanes.

    def _begin_block(self) -> None:
        self._digest = hashlib.sha256()

    def _update(self, piece: memoryview) -> None:
        self._digest.update(piece)

    def _end_block(self, block: Block) -> bool:
        right = self._digest.digest() == self._hash(block)
        self._begin_block()
        if not right:
            self._wrong.append(block)
            self._unbroken = False
        return right

    def _write(self, block: Block, position: int, piece: memoryview) -> None:
        place = block.start + position
        try:
            while piece:
                count = os.pwrite(self._files[block.file], piece, place)
                self.copied += count
                place += count
                piece = piece[count:]
        except OSError:
            self._torn.add(block.index)
            raise

    def _sync(self, block: Block, written: Future[object]) -> None:
        written.result()
        os.fdatasync(self._files[block.file])

    def _keep(self, block: Block, right: Future[object], written: Future[object]) -> None:
        done = bool(written.result()) and bool(right.result())
        if done and not self._journal.done(block.index):
            os.fdatasync(self._files[block.file])
        self._journal.set(block.index, done=done)

    # After the pass, on the calling thread again.

    def _mend(self) -> None:
        """Try what was wrong once more, straight from the medium; refuse what stays wrong."""
        bad = []
        for block in self._wrong:
            try:
                if not self._medium.has(block.part):
                    self._missing.append(block)
                elif not self._copy_alone(block):
                    bad.append(block)
            except Unreadable as error:
                if error.gone:
                    raise self._gone(block, error) from error
                bad.append(block)
        if bad:
            places = "; ".join(block.words for block in bad[:MAX_NAMED])
            more = f"; and {len(bad) - MAX_NAMED} more" if len(bad) > MAX_NAMED else ""
            raise BadBlocks(places=places + more, **self._counts())
        if self._missing:
            raise PartMissing(part=self._missing[0].part.name, **self._counts())

    def _copy_alone(self, block: Block) -> bool:
        """Copy one block without remembering what was read of it before; whether it is right."""
        self._journal.set(block.index, done=False)
        self._medium.forget(block)
        buffer = memoryview(bytearray(block.size))
        position = 0
        while position < block.size:
            if self._cancelled():
                raise LoadCancelled
            position += self._medium.read(block, position, buffer[position:])
        if hashlib.sha256(buffer).digest() != self._hash(block):
            return False
        self._write(block, 0, buffer)
        os.fdatasync(self._files[block.file])
        self._journal.set(block.index, done=True)
        return True

    def _hash(self, block: Block) -> bytes:
        return self._manifest.files[block.file].blocks[block.number]

    def _counts(self) -> dict[str, object]:
        return {"done": self._journal.count, "total": self._manifest.block_count}

    def _gone(self, block: Block, error: Unreadable) -> MediumGone:
        return MediumGone(part=block.part.name, cause=error.cause, **self._counts())

    def _disk_error(self, error: OSError) -> DiskFull | CopyFailed:
        cause = (error.strerror or str(error)).lower()
        if error.errno not in FULL:
            return CopyFailed(folder=self._target, cause=cause, **self._counts())
        needed = bytes_needed(self._manifest, self._target) / 1e9
        return DiskFull(
            folder=self._target,
            free=f"{free_bytes(self._target) / 1e9:.2f}",
            needed=f"{needed:.2f}",
            **self._counts(),
        )

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            os.close(file)
        self._files.clear()
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def bytes_needed(manifest: Manifest, target: Path) -> int:
    """Bytes the disk must still take, beside what earlier runs left there."""
    there = 0
    for file in manifest.files:
        with suppress(OSError):
            blocks = (target / (file.name + PARTIAL)).stat().st_blocks
            there += min(file.size, blocks * STAT_BLOCK_BYTES)
    return manifest.size - there
