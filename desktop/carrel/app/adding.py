"""Jobs that add files: a few threads, progress with an estimate, cancel, resume.

Must not know how a file is read or stored; `ingest.pipeline` does.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from carrel.domain.documents import Document
from carrel.domain.errors import KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentChanged,
    Event,
    FileAdded,
    FileProgressed,
)
from carrel.domain.ids import JobId
from carrel.ingest.pipeline import Added, Pipeline
from carrel.ingest.snapshot import Cancelled, walk

MAX_READERS: Final = 4
"""Parser processes at once; each may take 1.5 GiB, and the disk is one."""

PROGRESS_EVERY_SECONDS: Final = 0.1
"""Seconds between two progress events of one file; more often is not seen by anyone."""

ESTIMATE_AFTER_SECONDS: Final = 1.0
"""Seconds before the time left is guessed; earlier guesses jump."""

_log = logging.getLogger(__name__)


def readers_for(processors: int) -> int:
    """How many files are read at once: one processor stays for the window and the engine."""
    return max(1, min(MAX_READERS, processors - 1))


@dataclass(slots=True)
class _Job:
    """One command to add paths."""

    id: JobId
    paths: list[Path] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    started: float = 0.0
    open_files: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds_left(self) -> float | None:
        """From the bytes done so far; None while it is too early to say."""
        spent = time.monotonic() - self.started
        done = sum(size * share for size, share in zip(self.sizes, self.shares, strict=True))
        if spent < ESTIMATE_AFTER_SECONDS or done <= 0:
            return None
        return max(0.0, spent * (sum(self.sizes) - done) / done)


class Adding:
    """Runs jobs that add files.

    Args:
        pipeline: reads and stores one file.
        publish: where events go, on the reading threads.
        added: told of each document that can be searched from now on.
        ids: numbers for jobs.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        publish: Callable[[Event], None],
        ids: itertools.count[int],
    ) -> None:
        self._pipeline = pipeline
        self._publish = publish
        self._ids = ids
        self._jobs: dict[JobId, _Job] = {}
        self._closing = threading.Event()
        self._walkers = ThreadPoolExecutor(1, thread_name_prefix="walk")
        self._readers = ThreadPoolExecutor(
            readers_for(os.cpu_count() or 1), thread_name_prefix="read"
        )

    def submit(self, paths: Sequence[Path]) -> JobId:
        """Add files and folders; returns at once."""
        job = _Job(JobId(next(self._ids)))
        self._jobs[job.id] = job
        self._walkers.submit(self._start, job, list(paths))
        return job.id

    def cancel(self, job: JobId) -> bool:
        """Stop a job; what is already added stays.

        Returns:
            Whether it was one of ours.
        """
        found = self._jobs.get(job)
        if found is not None:
            found.cancelled.set()
        return found is not None

    def resume(self, queued: Sequence[Document]) -> list[Future[None]]:
        """Read documents whose bytes were stored before the program ended."""
        return [self._readers.submit(self._resume, document) for document in queued]

    def close(self) -> None:
        """Stop all jobs and wait for their threads."""
        self._closing.set()
        for job in list(self._jobs.values()):
            job.cancelled.set()
        self._walkers.shutdown(cancel_futures=True)
        self._readers.shutdown(cancel_futures=True)

    def _start(self, job: _Job, paths: list[Path]) -> None:
        job.paths = walk(paths)
        job.sizes = [_size(path) for path in job.paths]
        job.shares = [0.0] * len(job.paths)
        job.open_files = len(job.paths)
        job.started = time.monotonic()
        self._publish(AddingStarted(job=job.id, names=tuple(path.name for path in job.paths)))
        if not job.paths:
            self._finish(job)
        with suppress(RuntimeError):  # closing: no more work is taken
            for index in range(len(job.paths)):
                self._readers.submit(self._add, job, index)

    def _add(self, job: _Job, index: int) -> None:
        path = job.paths[index]
        try:
            if not job.cancelled.is_set():
                added = self._pipeline.add(
                    path, step=self._step(job, index), cancelled=job.cancelled.is_set
                )
                job.shares[index] = 1.0
                self._publish(_event(job.id, index, added))
        except Cancelled:
            pass
        finally:
            with job.lock:
                job.open_files -= 1
                last = job.open_files == 0
            if last:
                self._finish(job)

    def _finish(self, job: _Job) -> None:
        self._jobs.pop(job.id, None)
        self._publish(AddingFinished(job=job.id, cancelled=job.cancelled.is_set()))

    def _step(self, job: _Job, index: int) -> Callable[[str, int, int], None]:
        last = ("", 0.0)

        def step(name: str, done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if name == last[0] and now - last[1] < PROGRESS_EVERY_SECONDS:
                return
            last = (name, now)
            if name == "reading" and total:
                job.shares[index] = min(1.0, done / total)
            self._publish(
                FileProgressed(
                    job=job.id,
                    index=index,
                    name=job.paths[index].name,
                    step=name,
                    done=done,
                    total=total,
                    seconds_left=job.seconds_left(),
                )
            )

        return step

    def _resume(self, document: Document) -> None:
        try:
            changed = self._pipeline.resume(document, cancelled=self._closing.is_set)
        except Cancelled:
            return
        except KnownError as error:
            _log.warning("document %d could not be resumed: %s", document.id, error.failure.code)
            return
        self._publish(DocumentChanged(document=changed))


def _event(job: JobId, index: int, added: Added) -> FileAdded:
    return FileAdded(
        job=job,
        index=index,
        path=str(added.path),
        document=added.document,
        duplicate=added.duplicate,
        failure=added.failure or (added.document.failure if added.document else None),
    )


def _size(path: Path) -> int:
    """Bytes, at least 1 so that every file counts in the estimate."""
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
