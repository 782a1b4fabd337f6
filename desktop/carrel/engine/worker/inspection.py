"""Check a model's files, and hash them if asked, inside the lock and without llama.cpp.

Must not know who asked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Final

from carrel.engine.files.gguf import Header
from carrel.engine.files.gguf_check import Facts, check_headers
from carrel.engine.files.shards import read_parts

HASH_BYTES: Final = 4 << 20
"""Bytes hashed between two reports; about 6 ms."""

REPORT_BYTES: Final = 64 << 20
"""Bytes between two reports sent; ten a second at most."""


def check_files(descriptors: Sequence[int]) -> Facts:
    """Read and check the headers of open files.

    Raises:
        GgufError: the sentence names the fault.
    """
    return check_parts(descriptors)[0]


def check_parts(descriptors: Sequence[int]) -> tuple[Facts, Sequence[Header]]:
    """The same, with the headers that were read.

    Raises:
        GgufError: the sentence names the fault.
    """
    with ExitStack() as stack:
        streams = [
            stack.enter_context(os.fdopen(os.dup(descriptor), "rb")) for descriptor in descriptors
        ]
        headers = read_parts(streams)
        return check_headers(headers, streams), headers


def sha256_of(descriptors: Sequence[int], on_step: Callable[[str, int, int], None]) -> str:
    """SHA-256 over the bytes of all files, one after another.

    For one file this is what ``sha256sum`` prints.
    """
    total = sum(os.fstat(descriptor).st_size for descriptor in descriptors)
    digest = hashlib.sha256()
    buffer = bytearray(HASH_BYTES)
    view = memoryview(buffer)
    done = reported = 0
    for descriptor in descriptors:
        position = 0
        while count := os.preadv(descriptor, [buffer], position):
            digest.update(view[:count])
            position += count
            done += count
            if done - reported >= REPORT_BYTES:
                on_step("hashing", done, total)
                reported = done
    return digest.hexdigest()


def facts_frame(facts: Facts, sha256: str) -> dict[str, object]:
    """The result as a frame."""
    return {"event": "inspected", "id": 0, "sha256": sha256, **asdict(facts)}
