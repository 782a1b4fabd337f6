"""Memory, processor, storage and files of this computer, to be shown. Must not know Qt.

Reads the system's own files: call it off the window's thread.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this computer has. Sizes in bytes; 0 where the system does not say."""

    memory_total: int = 0
    memory_used: int = 0
    threads: int = 0
    busy: float = 0.0
    """Share of the processor in use over the last minute, 0 to 1."""
    vectors: str = ""
    """The widest vector instructions, such as ``AVX2``."""
    storage_total: int = 0
    storage_free: int = 0


def look(folder: Path) -> Machine:
    """The state of this computer now.

    Args:
        folder: the storage where it lies, or will lie once it is made, is measured.
    """
    total, available = _memory()
    threads = os.cpu_count() or 0
    storage_total = storage_free = 0
    with suppress(OSError):
        usage = shutil.disk_usage(_existing(folder))
        storage_total, storage_free = usage.total, usage.free
    load = 0.0
    with suppress(OSError):
        load = os.getloadavg()[0]
    return Machine(
        memory_total=total,
        memory_used=max(0, total - available),
        threads=threads,
        busy=min(1.0, load / threads) if threads else 0.0,
        vectors=_vectors(),
        storage_total=storage_total,
        storage_free=storage_free,
    )


def is_there(path: Path) -> bool:
    """Whether a file can be seen now; a drive that is not connected hides its files."""
    try:
        return path.is_file()
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    return next((known for known in (folder, *folder.parents) if known.is_dir()), folder)


def _memory() -> tuple[int, int]:
    found: dict[str, int] = {}
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in {"MemTotal", "MemAvailable"}:
                found[name] = int(rest.split()[0]) * 1024
    return found.get("MemTotal", 0), found.get("MemAvailable", 0)


def _vectors() -> str:
    flags: set[str] = set()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines():
            if line.startswith(("flags", "Features")):
                flags = set(line.partition(":")[2].split())
                break
    for flag, name in (
        ("avx512f", "AVX-512"),
        ("avx2", "AVX2"),
        ("avx", "AVX"),
        ("sve", "SVE"),
        ("asimd", "NEON"),
    ):
        if flag in flags:
            return name
    return ""
