"""How long the files that wait will take: from bytes a second, measured for each kind of file.

Says nothing until it knows, and does not jump: what is shown falls with the clock, and rises only
when the estimate stays higher. Plain arithmetic on times it is given; must not know files.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

FILE_BYTES: Final = 32 * 1024
"""Bytes that a file costs besides its own: to store and save a note of a few words takes as long
as reading about this much text."""

KNOWN_AFTER_SECONDS: Final = 2.0
"""Seconds of work before anything is said; the first files pay for starting up."""

KNOWN_SHARE: Final = 0.5
"""How much of what waits, by weight, must be of kinds that were measured ..."""

DONE_SHARE: Final = 0.05
"""... or how much of everything must be through, so that the other kinds can be guessed by it."""

RISE_FACTOR: Final = 1.25
"""An estimate this much above what is shown is news ..."""

RISE_AFTER_SECONDS: Final = 5.0
"""... when it has stayed there so long; until then what is shown only falls more slowly."""

SLOWEST_FALL: Final = 0.25
"""Seconds what is shown falls a second at least while the estimate is above it."""


class Clock:
    """Seconds that do not pass while adding is paused."""

    def __init__(self) -> None:
        self._lost = 0.0
        self._paused_at: float | None = None

    def now(self) -> float:
        """The time."""
        real = self._paused_at if self._paused_at is not None else time.monotonic()
        return real - self._lost

    def pause(self, *, paused: bool) -> None:
        """Stand still, or go on."""
        if paused and self._paused_at is None:
            self._paused_at = time.monotonic()
        elif not paused and self._paused_at is not None:
            self._lost += time.monotonic() - self._paused_at
            self._paused_at = None


@dataclass(slots=True)
class _Measured:
    weight: float = 0.0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Seconds for each byte."""
        return self.seconds / self.weight


@dataclass(slots=True)
class _Shown:
    seconds: float
    at: float
    above_since: float | None = None


@dataclass(slots=True)
class Estimate:
    """The work that waits and the speed so far. Any thread.

    Times are seconds of one clock that does not run while adding is paused.
    """

    _waiting: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _measured: defaultdict[str, _Measured] = field(default_factory=lambda: defaultdict(_Measured))
    _hands: dict[object, tuple[str, float, float]] = field(default_factory=dict)
    _through: float = 0.0
    _busy: float = 0.0
    _begun: float | None = None
    _shown: _Shown | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expect(self, kind: str, size: int, count: int = 1) -> None:
        """More to do: so many files of this kind, of these bytes together."""
        with self._lock:
            self._waiting[kind] += size + FILE_BYTES * count

    def drop(self, kind: str, size: int) -> None:
        """A file will not be read after all."""
        with self._lock:
            self._waiting[kind] = max(0.0, self._waiting[kind] - size - FILE_BYTES)

    def begin(self, key: object, kind: str, size: int, now: float) -> None:
        """A file is taken in hand."""
        with self._lock:
            if self._begun is None:
                self._begun = now
            self._hands[key] = (kind, float(size + FILE_BYTES), 0.0)

    def move(self, key: object, share: float) -> None:
        """A file in hand is so far through, 0 to 1."""
        with self._lock:
            if key in self._hands:
                kind, weight, _ = self._hands[key]
                self._hands[key] = (kind, weight, share)

    def end(self, key: object, seconds: float, *, measured: bool = True) -> None:
        """A file in hand is through.

        Args:
            seconds: it took.
            measured: whether it was read; a duplicate tells nothing about its kind.
        """
        with self._lock:
            kind, weight, _ = self._hands.pop(key)
            self._waiting[kind] = max(0.0, self._waiting[kind] - weight)
            self._through += weight
            self._busy += seconds
            if measured:
                found = self._measured[kind]
                found.weight += weight
                found.seconds += seconds

    def idle(self) -> None:
        """Nothing is left; the speeds stay known."""
        with self._lock:
            self._waiting.clear()
            self._hands.clear()
            self._through = self._busy = 0.0
            self._begun = self._shown = None

    def seconds_left(self, now: float) -> float | None:
        """What to show; None while it is not known."""
        with self._lock:
            found = self._guess(now)
            if found is None:
                return None
            self._shown = _steadied(self._shown, found, now)
            return self._shown.seconds

    def _guess(self, now: float) -> float | None:
        if self._begun is None or now - self._begun < KNOWN_AFTER_SECONDS or self._busy <= 0:
            return None
        left = dict(self._waiting)
        for kind, weight, share in self._hands.values():
            left[kind] = left.get(kind, 0.0) - weight * share
        total = sum(left.values())
        known = sum(weight for kind, weight in left.items() if self._measured[kind].weight)
        everything = total + self._through
        if known < KNOWN_SHARE * total and self._through < DONE_SHARE * everything:
            return None
        weight = sum(one.weight for one in self._measured.values())
        if not weight:
            return None
        overall = sum(one.seconds for one in self._measured.values()) / weight
        work = sum(
            max(0.0, weight)
            * (self._measured[kind].rate if self._measured[kind].weight else overall)
            for kind, weight in left.items()
        )
        at_once = max(1.0, self._busy / (now - self._begun))
        return work / at_once


def _steadied(shown: _Shown | None, found: float, now: float) -> _Shown:
    """What to show next, given what is shown and what was found."""
    if shown is None:
        return _Shown(found, now)
    passed = max(0.0, now - shown.at)
    fallen = max(0.0, shown.seconds - passed)
    if found <= fallen:
        return _Shown(found, now)
    if found > RISE_FACTOR * shown.seconds:
        since = shown.above_since if shown.above_since is not None else now
        if now - since >= RISE_AFTER_SECONDS:
            return _Shown(found, now)
        return _Shown(shown.seconds, now, since)
    return _Shown(max(0.0, min(found, shown.seconds - passed * SLOWEST_FALL)), now)
