"""How fast this machine reads memory, measured for a moment.

Writing a word means reading the weights once, so this bounds the speed. Must not
know what is estimated with it.
"""

from __future__ import annotations

import ctypes
import mmap
import threading
import time
from typing import Final

BUFFER_BYTES: Final = 192 << 20
"""Bytes read over and over; more than the caches of a processor hold."""
MEASURED_SECONDS: Final = 0.25
"""Seconds of reading."""
_PIECE: Final = 4 << 20
"""Bytes between two looks at the clock."""

_LIBC: Final = ctypes.CDLL(None)
_LIBC.memchr.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
_LIBC.memchr.restype = ctypes.c_void_p
_LIBC.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def memory_bandwidth(threads: int) -> int:
    """Bytes a second that so many threads read together; takes half a second.

    The C library looks for a byte that is not there: it reads every byte, in the
    processor's widest steps, and the interpreter's lock is not held meanwhile.
    """
    with mmap.mmap(-1, BUFFER_BYTES) as buffer:
        anchor = ctypes.c_char.from_buffer(buffer)
        start = ctypes.addressof(anchor)
        _LIBC.memset(start, 1, BUFFER_BYTES)  # pages that were never written all lie in the cache
        share = BUFFER_BYTES // threads // _PIECE * _PIECE
        read = [0] * threads
        end = time.perf_counter() + MEASURED_SECONDS

        def scan(number: int) -> None:
            first = start + number * share
            position = 0
            while time.perf_counter() < end:
                _LIBC.memchr(first + position, 0, _PIECE)
                read[number] += _PIECE
                position = (position + _PIECE) % share

        workers = [threading.Thread(target=scan, args=(number,)) for number in range(threads)]
        began = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seconds = time.perf_counter() - began
        del anchor
    return int(sum(read) / seconds)
