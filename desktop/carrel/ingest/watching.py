"""A look at a watched folder: what came, what changed, what went.

A file is wanted when size and time of change stood still over two looks, so that none is taken
half-written. Nothing is called gone because a disk is not connected or a folder may not be
listed. Must not know what the files mean, nor what is stored.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from carrel.domain.documents import Failure
from carrel.domain.watching import Facts, Identity, SeenFile
from carrel.ingest.errors import FolderForbidden, FolderGone, FolderNotMounted
from carrel.ingest.snapshot import PIECE_BYTES, Cancelled
from carrel.ingest.walking import Walking

SETTLE_SECONDS: Final = 2.0
"""Seconds between the two looks over which a file has to stand still. Programs that save write
faster than that; a copy over a network moves on within it."""

_INODE_BITS: Final = (1 << 63) - 1
"""SQLite's integers are signed; some disks count to 2^64."""


@dataclass(slots=True)
class Look:
    """What a look at a folder found.

    Attributes:
        moving: new or changed, and perhaps still being written.
        still: new or changed, and stood still over two looks.
        gone: were known, and are not there any more.
        trouble: why a part of it could not be looked at.
    """

    identity: Identity
    moving: dict[Path, Facts] = field(default_factory=dict)
    still: dict[Path, Facts] = field(default_factory=dict)
    gone: list[Path] = field(default_factory=list)
    left_out: tuple[str, ...] = ()
    trouble: Failure | None = None


def look(
    root: Path,
    known: Mapping[Path, SeenFile],
    before: Identity | None,
    *,
    but: Path,
    stopped: Callable[[], bool],
) -> Look:
    """Look at all of a folder.

    Args:
        known: its files, as they were seen last.
        before: which folder it was then.
        but: a folder whose files are left out: the program's own.
        stopped: asked for each file.

    Raises:
        FolderGone: it is not there; nothing may be concluded.
        FolderNotMounted: another, empty folder is there.
        Cancelled: somebody wants to stop.
    """
    found = Look(identity_of(root))
    walking = Walking([root])
    seen: set[Path] = set()
    for path in walking:
        if stopped():
            raise Cancelled
        facts = _stat(path)
        if facts is None or path.is_relative_to(but):
            continue
        if stat.S_ISDIR(facts.st_mode):
            found.trouble = FolderForbidden(name=str(path)).failure
        elif stat.S_ISREG(facts.st_mode):
            seen.add(path)
            _compare(found, path, facts, known.get(path))
    found.left_out = tuple(sentence for _, sentence in walking.left_out)
    if known and before not in {None, found.identity} and not seen.intersection(known):
        raise FolderNotMounted(name=str(root))
    found.gone = [path for path in known if path not in seen and _is_gone(path)]
    _still_there(root, found)
    return found


def look_again(root: Path, known: Mapping[Path, SeenFile], *, stopped: Callable[[], bool]) -> Look:
    """Look only at the files that may still have been written; raises as `look`."""
    found = Look(identity_of(root))
    for path, seen in known.items():
        if stopped():
            raise Cancelled
        if seen.taken:
            continue
        facts = _stat(path)
        if facts is not None and stat.S_ISREG(facts.st_mode):
            _compare(found, path, facts, seen)
        elif _is_gone(path):
            found.gone.append(path)
    _still_there(root, found)
    return found


def identity_of(root: Path) -> Identity:
    """Which folder lies at a path.

    Raises:
        FolderGone: none.
    """
    facts = _stat(root)
    if facts is None or not stat.S_ISDIR(facts.st_mode):
        raise FolderGone(name=str(root))
    return Identity(facts.st_dev & _INODE_BITS, facts.st_ino & _INODE_BITS)


def holds_the_same(path: Path, size: int, sha256: str, *, stopped: Callable[[], bool]) -> bool:
    """Whether a file holds these bytes; one that cannot be read does not.

    Raises:
        Cancelled: somebody wants to stop.
    """
    facts = _stat(path)
    if facts is None or facts.st_size != size:
        return False
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as stream:
            while piece := stream.read(PIECE_BYTES):
                if stopped():
                    raise Cancelled
                digest.update(piece)
    except OSError:
        return False
    return digest.hexdigest() == sha256


def folders_of(root: Path, files: Iterable[Path], most: int) -> tuple[Path, ...]:
    """The folder and those its files lie in, the highest first, no more than so many."""
    found = {root, *(path.parent for path in files)}
    return tuple(sorted(found, key=lambda path: (len(path.parts), path))[:most])


def _compare(found: Look, path: Path, facts: os.stat_result, seen: SeenFile | None) -> None:
    now = Facts(facts.st_size, facts.st_mtime_ns, facts.st_ino & _INODE_BITS)
    if seen is None or seen.facts != now:
        found.moving[path] = now
    elif not (seen.taken or 0 <= time.time() - seen.seen_at < SETTLE_SECONDS):
        found.still[path] = now


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _is_gone(path: Path) -> bool:
    """Whether nothing lies there; a folder that may not be looked into says nothing."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _still_there(root: Path, found: Look) -> None:
    """A disk that was taken out meanwhile is no reason to call its files gone."""
    if identity_of(root) != found.identity:
        raise FolderGone(name=str(root))
