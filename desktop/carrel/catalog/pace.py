"""How fast bytes are going, and how long the rest will take. Must not know what is done to them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

WINDOW_SECONDS: Final = 10.0
"""Seconds of the past that count; a stick slows down when its cache is full, and that must show."""

EARLIEST_SECONDS: Final = 1.0
"""Seconds before anything is said; earlier guesses jump."""


class Pace:
    """Measures from one call to the next; one for each job.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, done: int) -> None:
        """So many bytes are done now; fewer than before begin a new measurement."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()

    @property
    def bytes_per_second(self) -> float:
        """Of the last ten seconds; 0 while it is too early to say."""
        if not self._seen:
            return 0.0
        seconds = self._seen[-1][0] - self._seen[0][0]
        if seconds < EARLIEST_SECONDS:
            return 0.0
        return (self._seen[-1][1] - self._seen[0][1]) / seconds

    def seconds_left(self, total: int) -> float | None:
        """Until ``total`` bytes are done; None while it cannot be said."""
        rate = self.bytes_per_second
        return (total - self._seen[-1][1]) / rate if rate > 0 else None
