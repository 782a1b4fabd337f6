"""Watched folders: looks at them now and then, and adds what came or changed.

One thread looks, never while adding is paused. What is found is written down with the drop that
reads it, in one transaction, and read like anything that was dropped. Must not know how files
are read, nor how the disk tells of changes: whoever knows gives a hint.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from carrel.domain.documents import Failure
from carrel.domain.errors import KnownError
from carrel.domain.events import DocumentChanged, Event, WatchingChanged
from carrel.domain.ids import FolderId, JobId
from carrel.domain.watching import Facts, WatchedFolder
from carrel.ingest.errors import FolderIsWorkspace, FolderWanted
from carrel.ingest.snapshot import Cancelled
from carrel.ingest.watching import (
    SETTLE_SECONDS,
    Look,
    folders_of,
    holds_the_same,
    look,
    look_again,
)
from carrel.workspace.drops import Drop
from carrel.workspace.store import Workspace
from carrel.workspace.watched import KnownFiles, Seen

LOOK_EVERY_SECONDS: Final = 60.0
"""Seconds between two looks at all watched folders. A hint makes the next one come sooner, but
none is needed: network disks give none."""

HINT_SECONDS: Final = 1.0
"""Seconds after a hint: a program that saves gives many, and one look is enough."""

BATCH: Final = 500
"""Files compared and stored in one transaction, so that others get their turn."""

MOST_HINTED: Final = 256
"""Folders for which hints are asked; the system gives a program some thousands in all."""

_log = logging.getLogger(__name__)


class Adds(Protocol):
    """Whoever reads what was dropped; `adding.Adding`."""

    @property
    def paused(self) -> bool: ...
    def resume(self, drop: Drop) -> JobId: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a look that somebody waited for.

    Attributes:
        jobs: read what was found.
        waiting: files that may still be written.
    """

    jobs: tuple[JobId, ...]
    waiting: int


class Watching:
    """Watches the folders of a workspace. All methods return at once; any thread may call.

    Args:
        workspace: open.
        adding: reads what is found.
        publish: where events go.
    """

    def __init__(
        self, workspace: Workspace, adding: Adds, publish: Callable[[Event], None]
    ) -> None:
        self._workspace, self._adding, self._publish = workspace, adding, publish
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="watch")
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._alarm: threading.Timer | None = None
        self._alarm_at = 0.0
        self._started = False
        self._whole_at: dict[FolderId, float] = {}

    def start(self) -> None:
        """Look from now on."""
        self._started = True
        self._look_in(0.0)

    def folders(self) -> Future[tuple[WatchedFolder, ...]]:
        """All that are watched, in the order they were added."""
        return self._workspace.watched.list()

    def add(self, path: Path) -> Future[WatchedFolder]:
        """Watch a folder; its files are added as soon as they stood still.

        Raises (through the Future):
            FolderWanted: it is none.
            FolderIsWorkspace: it belongs to the program.
            FolderWatched, FolderHoldsWatched: it is watched already, or a part of it.
        """
        return self._threads.submit(self._add, path.absolute())

    def remove(self, folder: FolderId) -> Future[bool]:
        """Watch a folder no more; its documents stay. Whether it was watched."""
        return self._threads.submit(self._remove, folder)

    def look_now(self) -> Future[Looked]:
        """Look at all of them, and again at files that may be half-written.

        Does nothing while adding is paused.
        """
        return self._threads.submit(self._look_twice)

    def hint(self) -> None:
        """Something may have changed: look soon."""
        self._look_in(HINT_SECONDS, whole=True)

    def resumed(self) -> None:
        """Adding is not paused any more."""
        self._look_in(0.0)

    def places(self) -> Future[tuple[Path, ...]]:
        """Folders of which a hint would be welcome."""
        return self._threads.submit(self._places)

    def close(self) -> None:
        """Stop looking, and wait until the look under way has ended."""
        self._closing.set()
        with self._lock:
            if self._alarm is not None:
                self._alarm.cancel()
        self._threads.shutdown(cancel_futures=True)

    # ── when ─────────────────────────────────────────────────────────────────

    def _look_in(self, seconds: float, *, whole: bool = False) -> None:
        """Look after so many seconds, or when a look comes sooner anyway."""
        if not self._started:
            return
        with self._lock:
            if whole:
                self._whole_at.clear()
            at = time.monotonic() + seconds
            waits = self._alarm is not None and self._alarm_at <= at
            if self._closing.is_set() or waits:
                return
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm, self._alarm_at = threading.Timer(seconds, self._on_alarm), at
            self._alarm.daemon = True
            self._alarm.start()

    def _on_alarm(self) -> None:
        with self._lock:
            self._alarm = None
            if not self._closing.is_set():
                self._threads.submit(self._look_around)

    # ── looking, on the thread ───────────────────────────────────────────────

    def _look_around(self) -> None:
        """Look at what is due, then set the alarm for the next time."""
        if self._adding.paused:
            return  # `resumed` goes on
        waiting = 0
        try:
            for folder in self._workspace.watched.list().result():
                waiting += self._look(folder, whole=self._is_due(folder)).waiting
        except Cancelled:
            return
        except KnownError as error:
            _log.warning("watched folders could not be looked at: %s", error.failure.code)
        except Exception:  # noqa: BLE001 - the border of the thread: it looks again later
            _log.exception("looking at watched folders failed")
        self._look_in(SETTLE_SECONDS if waiting else LOOK_EVERY_SECONDS)

    def _is_due(self, folder: WatchedFolder) -> bool:
        with self._lock:
            last = self._whole_at.get(folder.id)
        return last is None or time.monotonic() - last >= LOOK_EVERY_SECONDS

    def _look_twice(self) -> Looked:
        if self._adding.paused:
            return Looked(jobs=(), waiting=0)
        jobs: list[JobId] = []
        waiting = 0
        for whole in (True, False):
            waiting = 0
            for folder in self._workspace.watched.list().result():
                looked = self._look(folder, whole=whole)
                jobs += looked.jobs
                waiting += looked.waiting
            if not waiting or self._closing.wait(SETTLE_SECONDS if whole else 0):
                break
        return Looked(jobs=tuple(jobs), waiting=waiting)

    def _look(self, folder: WatchedFolder, *, whole: bool) -> Looked:
        """Look at one folder, and let what is found be read.

        Raises:
            Cancelled: the program ends.
            KnownError: the workspace refuses.
        """
        watched = self._workspace.watched
        known = watched.known(folder.id).result()
        if not whole and all(seen.taken for seen in known.files.values()):
            return Looked(jobs=(), waiting=0)
        try:
            found = self._found(folder, known, whole=whole)
        except KnownError as error:
            self._tell_trouble(folder, error.failure)
            return Looked(jobs=(), waiting=0)
        jobs = list(self._store(folder, found))
        if whole:
            with self._lock:
                self._whole_at[folder.id] = time.monotonic()
            watched.looked(
                folder.id, identity=found.identity, trouble=found.trouble, left_out=found.left_out
            ).result()
        news = whole and (found.trouble, found.left_out) != (folder.trouble, folder.left_out)
        if news or found.moving or found.still or found.gone:
            self._publish(WatchingChanged())
        return Looked(jobs=tuple(jobs), waiting=len(found.moving) + self._young(known, found))

    def _found(self, folder: WatchedFolder, known: KnownFiles, *, whole: bool) -> Look:
        stopped = self._closing.is_set
        if not whole:
            return look_again(folder.path, known.files, stopped=stopped)
        own = self._workspace.folder.absolute()
        return look(folder.path, known.files, known.identity, but=own, stopped=stopped)

    def _young(self, known: KnownFiles, found: Look) -> int:
        """Files that stood still, but not long enough."""
        settled = found.moving.keys() | found.still.keys() | set(found.gone)
        return sum(not seen.taken and path not in settled for path, seen in known.files.items())

    def _tell_trouble(self, folder: WatchedFolder, failure: Failure) -> None:
        with self._lock:
            self._whole_at[folder.id] = time.monotonic()
        if failure != folder.trouble:
            self._workspace.watched.looked(folder.id, identity=None, trouble=failure).result()
            self._publish(WatchingChanged())

    def _store(self, folder: WatchedFolder, found: Look) -> Iterator[JobId]:
        """Write down what a look found, a batch at a time, and let it be read."""
        watched = self._workspace.watched
        steps = itertools.chain(
            (Seen(moving=batch) for batch in _batches(found.moving)),
            map(self._compared, _batches(found.still)),
            [Seen(gone=found.gone)] if found.gone else [],
        )
        for seen in steps:
            taken = watched.keep(folder.id, seen).result()
            for document in taken.changed:
                self._publish(DocumentChanged(document=document))
            if taken.drop is not None:
                yield self._adding.resume(taken.drop)

    def _compared(self, still: Mapping[Path, Facts]) -> Seen:
        """Which of these differ from the documents of their paths."""
        same = {}
        for path, facts in still.items():
            document = self._workspace.versions.at(str(path)).result()
            if document is not None and holds_the_same(
                path, document.size, document.sha256, stopped=self._closing.is_set
            ):
                same[path] = facts
        wanted = {path: facts for path, facts in still.items() if path not in same}
        return Seen(wanted=wanted, same=same)

    # ── commands, on the thread ──────────────────────────────────────────────

    def _add(self, path: Path) -> WatchedFolder:
        if not path.is_dir():
            raise FolderWanted(name=str(path))
        own = self._workspace.folder.absolute()
        if path.is_relative_to(own):
            raise FolderIsWorkspace(name=str(path))
        folder = self._workspace.watched.add(path).result()
        self._publish(WatchingChanged())
        self._look_in(0.0, whole=True)
        return folder

    def _remove(self, folder: FolderId) -> bool:
        was = self._workspace.watched.remove(folder).result()
        self._publish(WatchingChanged())
        return was

    def _places(self) -> tuple[Path, ...]:
        found: list[Path] = []
        for folder in self._workspace.watched.list().result():
            files = self._workspace.watched.known(folder.id).result().files
            found += folders_of(folder.path, files, MOST_HINTED)
        return tuple(found[:MOST_HINTED])


def _batches(files: Mapping[Path, Facts]) -> Iterator[dict[Path, Facts]]:
    every = list(files.items())
    for begin in range(0, len(every), BATCH):
        yield dict(every[begin : begin + BATCH])
