"""The line in which files wait to be read: first come, first read, but large ones never all hands.

Plain values under one lock; must not know files, jobs or how they are read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from carrel.domain.ids import JobId

LARGE_BYTES: Final = 32 << 20
"""Bytes from which a file is large: it may take minutes. One hand is always kept from these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A file that waits.

    Attributes:
        index: of the file in its job.
    """

    job: JobId
    index: int
    size: int


class WaitingLine:
    """Any thread may put and take.

    Args:
        hands: how many take.
    """

    def __init__(self, hands: int) -> None:
        self._most_large = max(1, hands - 1)
        self._changed = threading.Condition()
        self._small: deque[tuple[int, Waiting]] = deque()
        self._large: deque[tuple[int, Waiting]] = deque()
        self._came = 0
        self._large_in_hand = 0
        self._paused = False
        self._closed = False

    @property
    def paused(self) -> bool:
        """Whether nothing is given out."""
        return self._paused

    def put(self, files: Iterable[Waiting]) -> None:
        """Stand at the end of the line."""
        with self._changed:
            for file in files:
                self._came += 1
                line = self._large if file.size >= LARGE_BYTES else self._small
                line.append((self._came, file))
            self._changed.notify_all()

    def take(self) -> Waiting | None:
        """Wait for the next file; None when the line is closed. Then `done` has to be called."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                line = self._next()
                if line is not None:
                    _, file = line.popleft()
                    self._large_in_hand += line is self._large
                    return file
                self._changed.wait()

    def done(self, file: Waiting) -> None:
        """A file that was taken is through."""
        with self._changed:
            self._large_in_hand -= file.size >= LARGE_BYTES
            self._changed.notify_all()

    def drop(self, unwanted: Callable[[Waiting], bool]) -> list[Waiting]:
        """Take files out of the line; returns which."""
        with self._changed:
            gone = []
            for line in (self._small, self._large):
                kept = [entry for entry in line if not unwanted(entry[1])]
                gone += [file for _, file in line if unwanted(file)]
                line.clear()
                line.extend(kept)
            return gone

    def pause(self, *, paused: bool) -> None:
        """Give out nothing, or go on."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def close(self) -> None:
        """Give out nothing for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next(self) -> deque[tuple[int, Waiting]] | None:
        if self._paused:
            return None
        if self._large and self._large_in_hand < self._most_large:
            first_large, _ = self._large[0]
            if not self._small or first_large < self._small[0][0]:
                return self._large
        return self._small or None
