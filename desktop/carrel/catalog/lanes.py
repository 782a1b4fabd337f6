"""A few buffers that one thread fills and others use up, each lane in order.

Hashing, writing and reading then overlap: hashlib and the system calls let
other threads run. Must not know what the bytes are.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

BUFFERED_BYTES: Final = 12 << 20
"""Bytes of all buffers; reading stays ahead of the slowest lane, and little memory is held."""

Work = Callable[[], object]


class Lanes:
    """The buffers and the threads; a context that ends its threads.

    Args:
        lanes: how many kinds of work run beside one another.
        buffer_bytes: of one buffer.
    """

    def __init__(self, lanes: int, buffer_bytes: int) -> None:
        count = BUFFERED_BYTES // buffer_bytes
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix="lane") for _ in range(lanes)]
        # Whole pages at a page's border: what reading past the system's cache asks for.
        self._buffers = [memoryview(mmap.mmap(-1, buffer_bytes)) for _ in range(count)]
        self._pending: list[list[Future[object]]] = [[] for _ in range(count)]
        self._next = 0

    def empty(self) -> memoryview:
        """A buffer nobody uses any more.

        Raises:
            Exception: what a lane raised about it.
        """
        for future in self._pending[self._next]:
            future.result()
        self._pending[self._next] = []
        return self._buffers[self._next]

    def hand_on(self, *work: Work | None) -> None:
        """Let each lane use the buffer got last, in the order of the lanes; None leaves one out."""
        self._pending[self._next] = [
            thread.submit(one)
            for thread, one in zip(self._threads, work, strict=True)
            if one is not None
        ]
        self._next = (self._next + 1) % len(self._buffers)

    def after(self, lane: int, work: Work) -> Future[object]:
        """Let a lane do something after all it has got; who asks waits for it, no buffer does."""
        return self._threads[lane].submit(work)

    def drain(self) -> None:
        """Wait until every lane has done its work.

        Raises:
            Exception: the first that a lane raised.
        """
        for _ in self._buffers:
            self.empty()
            self._next = (self._next + 1) % len(self._buffers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
