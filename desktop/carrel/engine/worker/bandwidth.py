"""How fast this machine reads memory, measured for a moment.

Writing a word means reading the weights once, so this bounds the speed. Must not
know what is estimated with it.
"""

from __future__ import annotations

import ctypes
import mmap
import statistics
import threading
import time
from typing import Final

BUFFER_BYTES: Final = 192 << 20
"""Bytes read over and over; more than the caches of a processor hold."""
MEASURED_SECONDS: Final = 0.25
"""Seconds of reading."""
MOST_THREADS: Final = 16
"""Threads that read; more gain nothing, and each needs a share no cache holds."""
_PIECE: Final = 4 << 20
"""Bytes timed together; about a millisecond."""

_LIBC: Final = ctypes.CDLL(None)
_LIBC.memchr.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
_LIBC.memchr.restype = ctypes.c_void_p
_LIBC.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def memory_bandwidth(threads: int) -> int:
    """Bytes a second that so many threads read together; takes half a second.

    The C library looks for a byte that is not there: it reads every byte, in the
    processor's widest steps, and the interpreter's lock is not held meanwhile.
    """
    threads = max(1, min(threads, MOST_THREADS))
    with mmap.mmap(-1, BUFFER_BYTES) as buffer:
        anchor = ctypes.c_char.from_buffer(buffer)
        start = ctypes.addressof(anchor)
        _LIBC.memset(start, 1, BUFFER_BYTES)  # pages that were never written all lie in the cache
        share = BUFFER_BYTES // threads // _PIECE * _PIECE
        pieces: list[float] = []
        end = time.perf_counter() + MEASURED_SECONDS

        def scan(number: int) -> None:
            first = start + number * share
            position = 0
            while time.perf_counter() < end:
                began = time.perf_counter()
                _LIBC.memchr(first + position, 0, _PIECE)
                pieces.append(time.perf_counter() - began)
                position = (position + _PIECE) % share

        workers = [threading.Thread(target=scan, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        del anchor
    # The middle one: a thread that had to wait for a busy processor says nothing of the memory.
    return int(threads * _PIECE / statistics.median(pieces)) if pieces else 0
