"""How a process that decodes documents locks itself, and how it sees the document's bytes.

Order of locking: system calls, then limits, then the imports of everything that
decodes, then the view of files. Must not know formats.
"""

import mmap
import resource
from collections.abc import Callable, Iterable
from pathlib import Path

from carrel.domain.errors import LockError
from carrel.parsing import limits
from carrel.system import lock


def lock_parser(
    size: int,
    import_decoders: Callable[[], None],
    *,
    read: Iterable[Path] = (),
    seconds: int | None = None,
) -> None:
    """Everything off, in an order that leaves no gap.

    Args:
        size: bytes of the document.
        import_decoders: loads all libraries that are needed; nothing loads late.
        read: files and folders that may be read, besides the program's own.
        seconds: of processor time for all its life; by the document's size when not given.

    Raises:
        LockError: a part of it could not be installed.
    """
    lock.lock_worker_calls()
    limit(size, seconds=seconds)
    import_decoders()
    lock.lock_worker_files(read=read)


def mapped(fd: int, size: int) -> memoryview:
    """The document's bytes, mapped privately: writable for ctypes, changed by nobody."""
    if size == 0:
        return memoryview(b"")
    return memoryview(
        mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    )


def limit_processor_time(seconds: int) -> None:
    """No more than this from now on; the system ends the process beyond it.

    Args:
        seconds: of processor time.

    Raises:
        LockError: the limit could not be set.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime) + 1 + seconds
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    except (OSError, ValueError) as error:
        raise LockError(cause=f"a limit could not be set: {error}") from error


def limit(size: int, *, seconds: int | None = None) -> None:
    """Limit memory and processor time, and allow no files at all.

    Args:
        size: bytes of the document.
        seconds: of processor time; by the document's size when not given.

    Raises:
        LockError: a limit could not be set.
    """
    if seconds is None:
        seconds = min(
            limits.WORKER_CPU_SECONDS + limits.WORKER_CPU_SECONDS_PER_MIB * (size >> 20),
            limits.WORKER_CPU_SECONDS_MOST,
        )
    memory = limits.WORKER_MEMORY_BYTES + size + limits.PAGE_MEMORY_BYTES
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (allowed, allowed))
        except (OSError, ValueError) as error:
            raise LockError(cause=f"a limit could not be set: {error}") from error
