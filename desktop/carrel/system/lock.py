"""The egress lock: nothing this process does can leave the machine.

Installed before Qt and llama.cpp are loaded, in every process. The window may
open AF_UNIX sockets only (its display and key store need them) and may start
its workers; a worker may open no socket, start no program, and see only the
files it needs. The filter is the boundary; Landlock is the second layer, and
what it could do on this kernel is shown, not assumed.

Known residual, told to the user in SECURITY.md: through its session bus the
window could ask another program to act for it. So no untrusted bytes are
decoded and no engine runs in the window.
"""

import contextlib
import ctypes
import os
import resource
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from carrel.domain.errors import LockError
from carrel.domain.workspaces import Seal
from carrel.system import landlock, seccomp

PR_SET_DUMPABLE: Final = 4
SOL_SOCKET: Final = 1
SO_DOMAIN: Final = 39

KILL_VARIABLE: Final = "CARREL_LOCK"
"""Set to ``kill`` in tests: a forbidden call then ends the process, so none can go unnoticed."""

ALWAYS_READ: Final = tuple(
    Path(place)
    for place in (
        sys.prefix,
        sys.base_prefix,
        Path(__file__).parents[1],
        "/usr",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/fonts",
        "/etc/localtime",
        "/dev/urandom",
        "/proc/self",
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/stat",
        "/sys/devices/system",
        "/sys/fs/cgroup",
    )
)
"""What any worker may read: the interpreter, shared libraries, fonts, facts about the processor."""


def lock_window() -> Seal:
    """Lock the process that holds the key: local sockets only, no core dumps.

    Returns:
        What was locked, in sentences.

    Raises:
        LockError: the filter could not be installed, or a foreign socket was inherited.
    """
    _forbid_core_dumps()
    _refuse_inherited_sockets()
    _filter(allow_unix=True, allow_exec=True)
    try:
        restriction = landlock.restrict()
    except OSError as error:
        raise LockError(cause=str(error)) from error
    return Seal(
        active=True,
        calls="Only local sockets can be opened here; any other kind is refused by the system.",
        files=(
            "Helper processes see only the files they need and can open no socket."
            if restriction.abi
            else "Helper processes can open no socket; this system cannot hide files from them."
        ),
        landlock_abi=restriction.abi,
    )


def lock_worker_calls() -> None:
    """First act of a worker: no sockets, no programs, no core dumps.

    Raises:
        LockError: the filter could not be installed.
    """
    _forbid_core_dumps()
    _refuse_inherited_sockets()
    _filter(allow_unix=False, allow_exec=False)


def lock_worker_files(*, read: Iterable[Path] = (), read_write: Iterable[Path] = ()) -> None:
    """After the heavy imports, before any thread: see only these files and `ALWAYS_READ`.

    Args:
        read: files and folders of this job.
        read_write: may be written, too; ``/dev/null`` always may.

    Raises:
        LockError: Landlock refused, or a thread runs already that it would not cover.
    """
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - a count, no paths
    if threads > 1:
        raise LockError(cause=f"{threads} threads run before the lock")
    try:
        landlock.restrict(
            read=(*ALWAYS_READ, *read),
            read_write=(Path("/dev/null"), *read_write),
            scopes=True,
        )
    except OSError as error:
        raise LockError(cause=str(error)) from error


def _filter(*, allow_unix: bool, allow_exec: bool) -> None:
    kill = os.environ.get(KILL_VARIABLE) == "kill"
    try:
        seccomp.install(allow_unix=allow_unix, allow_exec=allow_exec, kill=kill)
    except OSError as error:
        raise LockError(cause=error.strerror or str(error)) from error


def _forbid_core_dumps() -> None:
    """A crash must not leave the key or a document's text in a file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _refuse_inherited_sockets() -> None:
    """A socket opened before the filter would pass it.

    Raises:
        LockError: one that is not AF_UNIX was handed to us.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are numbers
        number = int(name)
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            family = ctypes.c_int(-1)
            length = ctypes.c_uint32(ctypes.sizeof(family))
            libc.getsockopt(
                number, SOL_SOCKET, SO_DOMAIN, ctypes.byref(family), ctypes.byref(length)
            )
            if family.value != seccomp.AF_UNIX:
                raise LockError(cause=f"a network socket was open at the start (descriptor {name})")
