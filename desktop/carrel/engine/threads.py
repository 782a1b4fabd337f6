"""How many threads the engine may use here.

ggml's threads wait for each other at every step of the network by spinning. One
thread too many, and all wait for the one that does not run: measured ten times
slower. So: physical cores, less one for the rest of the machine. Must not know
llama.cpp.
"""

import os
from pathlib import Path
from typing import Final

_TOPOLOGY: Final = Path("/sys/devices/system/cpu")
_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")


def default_threads() -> int:
    """Physical cores this process may use, less one; at least 1."""
    allowed = os.sched_getaffinity(0)
    cores = {_siblings(processor) for processor in allowed}
    return max(1, min(len(cores), _quota(len(allowed))) - 1)


def _siblings(processor: int) -> str:
    """The hardware threads that share this one's core; itself if the system does not say."""
    try:
        return (_TOPOLOGY / f"cpu{processor}/topology/thread_siblings_list").read_text("ascii")
    except OSError:
        return str(processor)


def _quota(otherwise: int) -> int:
    """Processors a container's limit amounts to."""
    try:
        quota, period = _QUOTA.read_text("ascii").split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):  # no limit is written as “max”
        return otherwise
