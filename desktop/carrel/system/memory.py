"""How much memory this machine has and could give now. Must not know what for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/proc/meminfo")
_GROUP: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes of memory; both 0 if the system does not say.

    Attributes:
        total: of the machine, or of the container this runs in.
        available: could be given without swapping; files that are cached count as free.
    """

    total: int
    available: int


def memory() -> Memory:
    """What the system says now, within the limits of a container."""
    lines = _fields(_MEMORY)
    total = lines.get("MemTotal:", 0) * 1024
    available = lines.get("MemAvailable:", 0) * 1024
    limit = _number(_GROUP / "memory.max")
    if limit is not None and total:
        cached = _fields(_GROUP / "memory.stat").get("inactive_file", 0)
        used = max(0, (_number(_GROUP / "memory.current") or 0) - cached)
        total = min(total, limit)
        available = min(available, max(0, limit - used))
    return Memory(total=total, available=available)


def _fields(path: Path) -> dict[str, int]:
    """The first two columns of a file, where the second is a number."""
    found: dict[str, int] = {}
    with suppress(OSError, ValueError), path.open(encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if len(words) > 1 and words[1].isdigit():
                found[words[0]] = int(words[1])
    return found


def _number(path: Path) -> int | None:
    """The number in a file; None if there is none (no limit is written as “max”)."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
