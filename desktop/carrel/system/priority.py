"""Stepping back: a process that works only while nobody else wants the processor or the disk.

Best effort: a system that does not know a way simply leaves it out. Must not know the work.
"""

import ctypes
import os
import platform
from contextlib import suppress
from typing import Final

NICENESS: Final = 19
"""The lowest share of the processor there is (nice(2))."""

_IOPRIO_SET: Final = {"x86_64": 251, "aarch64": 30}
_IOPRIO_WHO_PROCESS: Final = 1
_IOPRIO_IDLE: Final = 3 << 13


def step_back() -> None:
    """Leave the processor and the disk to others, for good (sched(7), ioprio_set(2))."""
    with suppress(OSError):
        os.nice(NICENESS)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None and platform.system() == "Linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall(number, _IOPRIO_WHO_PROCESS, 0, _IOPRIO_IDLE)
