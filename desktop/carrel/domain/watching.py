"""Folders whose files are added as they come and change. Must not know how they are looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from carrel.domain.documents import Failure
from carrel.domain.ids import FolderId


class Facts(NamedTuple):
    """What tells whether a file changed, as the system says it.

    Attributes:
        size: bytes.
        modified: nanoseconds since the epoch.
        inode: its number on its disk.
    """

    size: int
    modified: int
    inode: int


class SeenFile(NamedTuple):
    """A file of a watched folder.

    Attributes:
        taken: whether it was added with these facts; otherwise it may still be written.
        seen_at: when it was seen with these facts first, seconds since the epoch, UTC.
    """

    facts: Facts
    taken: bool
    seen_at: float


class Identity(NamedTuple):
    """Which folder lies at a path: another disk there has another one."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolder:
    """A folder that is watched.

    Attributes:
        added_at: seconds since the epoch, UTC.
        looked_at: the last time all of it was looked at; None before the first.
        files: that were taken.
        waiting: files that may still be written.
        trouble: why it could not be looked at the last time, or not all of it.
        left_out: sentences about what of it is not added.
    """

    id: FolderId
    path: Path
    added_at: float
    looked_at: float | None = None
    files: int = 0
    waiting: int = 0
    trouble: Failure | None = None
    left_out: tuple[str, ...] = ()
