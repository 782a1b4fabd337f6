"""The files below what was dropped, in batches that are remembered and read one after another.

Must not know what becomes of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from carrel.ingest.walking import Walking
from carrel.workspace.drops import ListedFile

FIRST_BATCH: Final = 200
"""Files found before the first are read; nearly all drops are smaller."""

BATCH: Final = 500
"""Files remembered in one transaction."""

BATCH_SECONDS: Final = 0.5
"""Seconds after which those found so far are remembered and read, on a slow disk."""


def batches(
    walking: Walking, known: frozenset[Path], *stops: threading.Event
) -> Iterator[tuple[list[ListedFile], bool]]:
    """Files in batches, each with whether it is the last; that may be empty.

    Args:
        known: files that are left out.
        stops: when one of them is set, there is no last.
    """
    batch: list[ListedFile] = []
    most, until = FIRST_BATCH, time.monotonic() + BATCH_SECONDS
    for path in walking:
        if any(stop.is_set() for stop in stops):
            return
        if path in known:
            continue
        batch.append(ListedFile(path=path, size=_size(path)))
        if len(batch) >= most or time.monotonic() > until:
            yield batch, False
            batch = []
            most, until = BATCH, time.monotonic() + BATCH_SECONDS
    yield batch, True


def _size(path: Path) -> int:
    """Bytes; 0 for what cannot be looked at, whose failure is told when it is read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
