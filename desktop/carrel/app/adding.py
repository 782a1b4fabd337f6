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

from carrel.domain.documents import Document, DocumentState, Inside
from carrel.domain.errors import KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentChanged,
    Event,
    FileAdded,
    FileProgressed,
    MembersFound,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.ingest.pipeline import Added, Pipeline, Placed
from carrel.ingest.snapshot import Cancelled
from carrel.ingest.walking import walk
from carrel.system.memory import memory

MAX_READERS: Final = 16
"""Parser processes at once: more would only wait for the one disk and the one writing thread."""

MEMORY_PER_READER: Final = 1 << 30
"""Bytes of the machine's memory for each; a parser takes 100 to 300 MB, and may take 1.5 GiB."""

LEAST_READERS: Final = 2
"""So that one large file never keeps all others waiting, whatever the machine."""

PROGRESS_EVERY_SECONDS: Final = 0.1
"""Seconds between two progress events of one file; more often is not seen by anyone."""

ESTIMATE_AFTER_SECONDS: Final = 1.0
"""Seconds before the time left is guessed; earlier guesses jump."""

_READABLE: Final = frozenset((DocumentState.READ, DocumentState.PARTIAL))

_log = logging.getLogger(__name__)


def readers_for(processors: int, memory: int) -> int:
    """How many files are read at once: one for each processor.

    Parsers stand back behind the window, so none has to be kept free for it.

    Args:
        processors: that this process may use.
        memory: of the machine, bytes.
    """
    return max(LEAST_READERS, min(MAX_READERS, processors, memory // MEMORY_PER_READER))


@dataclass(slots=True)
class _Job:
    """One command to add paths.

    Attributes:
        inside: where the files lie that were found in others, by index.
    """

    id: JobId
    paths: list[Path] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    inside: dict[int, Inside] = field(default_factory=dict)
    started: float = 0.0
    open_files: int = 0
    cancelled: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def seconds_left(self) -> float | None:
        """From the bytes done so far; None while it is too early to say."""
        spent = time.monotonic() - self.started
        with self.lock:
            done = sum(size * share for size, share in zip(self.sizes, self.shares, strict=True))
            total = sum(self.sizes)
        if spent < ESTIMATE_AFTER_SECONDS or done <= 0:
            return None
        return max(0.0, spent * (total - done) / done)

    def take_in(self, index: int, container: DocumentId, members: Sequence[Placed]) -> int:
        """More files to read, out of one that was read; returns the index of the first."""
        with self.lock:
            first = len(self.paths)
            for member in members:
                self.inside[len(self.paths)] = Inside(container, member.path)
                self.paths.append(self.paths[index] / member.path)
                self.sizes.append(max(1, member.document.size))
                self.shares.append(0.0)
            self.open_files += len(members)
        return first


class Adding:
    """Runs jobs that add files.

    Args:
        pipeline: reads and stores one file.
        publish: where events go, on the reading threads.
        ids: numbers for jobs.
        rest: called when the last job has ended, to let go of processes kept at hand.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        publish: Callable[[Event], None],
        ids: itertools.count[int],
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._pipeline = pipeline
        self._rest = rest
        self._publish = publish
        self._ids = ids
        self._jobs: dict[JobId, _Job] = {}
        self._reading: set[DocumentId] = set()
        self._reading_lock = threading.Lock()
        self._closing = threading.Event()
        self._walkers = ThreadPoolExecutor(1, thread_name_prefix="walk")
        self._readers = ThreadPoolExecutor(
            readers_for(len(os.sched_getaffinity(0)), memory().total), thread_name_prefix="read"
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
        walked = walk(paths)
        job.paths = walked.files
        job.sizes = [_size(path) for path in job.paths]
        job.shares = [0.0] * len(job.paths)
        job.open_files = len(job.paths)
        job.started = time.monotonic()
        self._publish(
            AddingStarted(
                job=job.id,
                names=tuple(path.name for path in job.paths),
                left_out=tuple((str(path), words) for path, words in walked.left_out),
            )
        )
        if not job.paths:
            self._finish(job)
        with suppress(RuntimeError):  # closing: no more work is taken
            for index in range(len(job.paths)):
                self._readers.submit(self._add, job, index)

    def _add(self, job: _Job, index: int, stored: Document | None = None) -> None:
        path = job.paths[index]
        claimed = stored is None or self._claim(stored)
        try:
            if not job.cancelled.is_set():
                step, cancelled = self._step(job, index), job.cancelled.is_set
                if stored is None:
                    added = self._pipeline.add(path, step=step, cancelled=cancelled)
                elif claimed and stored.state not in _READABLE:
                    added = self._pipeline.read_stored(stored, path, step=step, cancelled=cancelled)
                else:  # known from before, or somebody reads it now
                    added = Added(path=path, document=stored, duplicate=True)
                job.shares[index] = 1.0
                self._publish(_event(job, index, added))
                self._read_members(job, index, added)
        except Cancelled:
            pass
        except KnownError as error:  # it was removed meanwhile, say
            failed = Added(path=path, document=None, failure=error.failure)
            self._publish(_event(job, index, failed))
        finally:
            if stored is not None and claimed:
                self._let_go(stored)
            with job.lock:
                job.open_files -= 1
                last = job.open_files == 0
            if last:
                self._finish(job)

    def _read_members(self, job: _Job, index: int, added: Added) -> None:
        """Read what was found in a file, as files of the same job."""
        if not added.members or added.document is None:
            return
        first = job.take_in(index, added.document.id, added.members)
        self._publish(
            MembersFound(
                job=job.id,
                container=added.document,
                first=first,
                paths=tuple(member.path for member in added.members),
            )
        )
        for at, member in enumerate(added.members, start=first):
            try:
                self._readers.submit(self._add, job, at, member.document)
            except RuntimeError:  # closing: no more work is taken; it stays queued
                with job.lock:
                    job.open_files -= 1

    def _claim(self, document: Document) -> bool:
        """Whether nobody else reads it: the same document may lie in many places."""
        with self._reading_lock:
            if document.id in self._reading:
                return False
            self._reading.add(document.id)
            return True

    def _let_go(self, document: Document) -> None:
        with self._reading_lock:
            self._reading.discard(document.id)

    def _finish(self, job: _Job) -> None:
        self._jobs.pop(job.id, None)
        if not self._jobs:
            self._rest()
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
        if not self._claim(document):
            return
        try:
            added = self._pipeline.read_stored(document, cancelled=self._closing.is_set)
        except Cancelled:
            return
        except KnownError as error:
            _log.warning("document %d could not be resumed: %s", document.id, error.failure.code)
            return
        finally:
            self._let_go(document)
        self._publish(DocumentChanged(document=added.document or document))
        waiting = [one.document for one in added.members if one.document.state not in _READABLE]
        with suppress(RuntimeError):  # closing: they stay queued
            self.resume(waiting)


def _event(job: _Job, index: int, added: Added) -> FileAdded:
    return FileAdded(
        job=job.id,
        index=index,
        path=str(added.path),
        document=added.document,
        duplicate=added.duplicate,
        failure=added.failure or (added.document.failure if added.document else None),
        inside=job.inside.get(index),
    )


def _size(path: Path) -> int:
    """Bytes, at least 1 so that every file counts in the estimate."""
    try:
        return max(1, path.stat().st_size)
    except OSError:
        return 1
