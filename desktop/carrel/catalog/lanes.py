"""A few buffers that one thread fills and others use up, each lane in order.

Hashing, writing and reading then overlap: hashlib and the system calls let
other threads run. Must not know what the bytes are.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

BUFFER_BYTES: Final = 4 << 20
"""Bytes of one buffer: handing it to a thread costs nothing beside hashing it (2 ms), and a
cancel is noticed within a second even on a stick that reads 10 MB a second."""

BUFFERS: Final = 6
"""Buffers; reading stays ahead of the slowest lane without holding much memory (24 MiB)."""

Work = Callable[[], object]


class Lanes:
    """The buffers and the threads; a context that ends its threads.

    Args:
        lanes: how many kinds of work run beside one another.
    """

    def __init__(self, lanes: int) -> None:
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix="lane") for _ in range(lanes)]
        # Whole pages at a page's border: what reading past the system's cache asks for.
        self._buffers = [memoryview(mmap.mmap(-1, BUFFER_BYTES)) for _ in range(BUFFERS)]
        self._pending: list[list[Future[object]]] = [[] for _ in range(BUFFERS)]
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
        self._next = (self._next + 1) % BUFFERS

    def after(self, lane: int, work: Work) -> Future[object]:
        """Let a lane do something after all it has got; who asks waits for it, no buffer does."""
        return self._threads[lane].submit(work)

    def drain(self) -> None:
        """Wait until every lane has done its work.

        Raises:
            Exception: the first that a lane raised.
        """
        for _ in range(BUFFERS):
            self.empty()
            self._next = (self._next + 1) % BUFFERS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
