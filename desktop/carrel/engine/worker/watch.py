"""Tell how far the mapping of a file is, while llama.cpp is inside the call that does it.

On Linux the whole file is brought in by one system call, which reports nothing.
What it has done shows in the process's own books: pages that became resident,
and when memory is full and old pages leave again, faults that were served. Must
not know llama.cpp.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

WATCH_SECONDS: Final = 0.25
"""Seconds between two looks."""
MOST: Final = 0.99
"""Share told at most; the rest is told by the end itself."""
STILL_SHARE: Final = 0.5
"""Growth of residence, against what the faults promise, below which pages leave as others come."""

_STATUS: Final = Path("/proc/self/statm")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")

OnStep = Callable[[str, int, int], None]


class Gauge:
    """Bytes brought in so far, from two counters that never tell the whole truth.

    Args:
        total: bytes of the file.
        resident: bytes resident before it began.
        faults: faults served before it began.
    """

    def __init__(self, total: int, *, resident: int, faults: int) -> None:
        self._total = total
        self._resident = resident
        self._faults = faults
        self._per_fault = 0.0
        self.done = 0

    def look(self, *, resident: int, faults: int) -> int:
        """The counters now; returns bytes brought in, never fewer than before."""
        grown = max(0, resident - self._resident)
        served = max(0, faults - self._faults)
        promised = self._per_fault * served
        if grown >= promised * STILL_SHARE or not self._per_fault:
            self._per_fault = max(self._per_fault, grown / max(1, served))
            found = grown
        else:
            found = int(promised)
        self.done = min(max(self.done, found), int(self._total * MOST))
        return self.done


class MappingWatch:
    """While open, tells how much of a file has been brought in.

    Args:
        total: bytes of the file.
        on_step: called on a thread of this object with ``mapping``.
    """

    def __init__(self, total: int, on_step: OnStep) -> None:
        self._total = total
        self._on_step = on_step
        self._gauge = Gauge(total, resident=_resident(), faults=_faults())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if error is None:
            self._on_step("mapping", self._total, self._total)

    def _watch(self) -> None:
        while not self._ended.wait(WATCH_SECONDS):
            done = self._gauge.look(resident=_resident(), faults=_faults())
            self._on_step("mapping", done, self._total)


def _resident() -> int:
    return int(_STATUS.read_text("ascii").split()[1]) * _PAGE


def _faults() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_minflt + used.ru_majflt
