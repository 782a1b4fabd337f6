"""Jobs that add files: a line of files, hands that read them, and a memory of both on the disk.

What is dropped is written down before it is walked, and what is found before it is read; so a
quit, a crash or kill -9 loses nothing, and `carry_on` goes on at the next start. One file never
stops another. Must not know how a file is read or stored; `ingest.pipeline` does.
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
from pathlib import Path
from typing import Final, Protocol

from carrel.app.adding_job import Job
from carrel.app.estimating import Clock, Estimate
from carrel.app.listing import batches
from carrel.app.waiting_line import Waiting, WaitingLine
from carrel.domain.documents import Document, DocumentState
from carrel.domain.errors import BUG_FAILURE, KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingPaused,
    AddingStarted,
    Event,
    FileAdded,
    FileProgressed,
    FilesFound,
    JobFailed,
    MembersFound,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.ingest.pipeline import Added, Pipeline
from carrel.ingest.snapshot import Cancelled
from carrel.ingest.walking import Walking
from carrel.system.memory import memory
from carrel.workspace.drops import Drop, ListedFile

MAX_READERS: Final = 16
"""Parser processes at once: more would only wait for the one disk and the one writing thread."""

MEMORY_PER_READER: Final = 1 << 30
"""Bytes of the machine's memory for each; a parser takes 100 to 300 MB, and may take 1.5 GiB."""

SPARE_HANDS: Final = 1
"""Hands besides one for each processor: while one file is written to the disk the next is read, and
one hand is never given a large file."""

PROGRESS_EVERY_SECONDS: Final = 0.1
"""Seconds between two progress events of one file; more often is not seen by anyone."""

_READABLE: Final = frozenset((DocumentState.READ, DocumentState.PARTIAL))

_log = logging.getLogger(__name__)


class Memory(Protocol):
    """Where drops are remembered; `workspace.drops.Drops`."""

    def begin(self, paths: Sequence[Path]) -> Future[int]: ...
    def list_files(
        self, drop: int, first: int, files: Sequence[ListedFile], *, last: bool
    ) -> Future[None]: ...
    def mark_done(self, drop: int, paths: Sequence[Path]) -> Future[None]: ...
    def finish(self, drop: int) -> Future[None]: ...
    def unfinished(self) -> Future[tuple[Drop, ...]]: ...
    def begin_again(self, documents: Sequence[DocumentId]) -> Future[None]: ...
    def done_again(self, document: DocumentId) -> Future[None]: ...
    def waiting_again(self) -> Future[tuple[DocumentId, ...]]: ...
    def paused(self) -> Future[bool]: ...
    def set_paused(self, paused: bool) -> Future[None]: ...  # noqa: FBT001


class Queued(Protocol):
    """The documents that are stored and not read; `workspace.documents.Documents`."""

    def queued(self) -> Future[tuple[Document, ...]]: ...
    def requeue(self, wanted: DocumentId) -> Future[Document]: ...


def readers_for(processors: int, memory: int) -> int:
    """How many files are read at once: one for each processor.

    Parsers stand back behind the window, so none has to be kept free for it.

    Args:
        processors: that this process may use.
        memory: of the machine, bytes.
    """
    return max(1, min(MAX_READERS, processors, memory // MEMORY_PER_READER))


class Adding:
    """Runs jobs that add files.

    Args:
        pipeline: reads and stores one file.
        drops: remembers what was dropped.
        stored: knows documents that wait.
        publish: where events go, on the reading threads.
        ids: numbers for jobs.
        rest: called when the last job has ended, to let go of processes kept at hand.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        drops: Memory,
        stored: Queued,
        publish: Callable[[Event], None],
        ids: itertools.count[int],
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._pipeline, self._drops, self._stored = pipeline, drops, stored
        self._publish, self._ids, self._rest = publish, ids, rest
        self._jobs: dict[JobId, Job] = {}
        self._reading: set[DocumentId] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._estimate = Estimate()
        self._clock = Clock()
        hands = readers_for(len(os.sched_getaffinity(0)), memory().total) + SPARE_HANDS
        self._line = WaitingLine(hands)
        self._walkers = ThreadPoolExecutor(1, thread_name_prefix="walk")
        self._hands = [
            threading.Thread(target=self._work, name=f"read-{number}", daemon=True)
            for number in range(hands)
        ]
        for hand in self._hands:
            hand.start()

    # ── what can be asked for; returns at once ───────────────────────────────

    def submit(self, paths: Sequence[Path]) -> JobId:
        """Add files and folders."""
        job = self._new_job()
        self._walkers.submit(self._list, job, Drop(id=0, paths=tuple(paths), listed=False))
        return job.id

    def resume(self, drop: Drop) -> JobId:
        """Read what is written down as dropped already."""
        job = self._new_job()
        self._walkers.submit(self._list, job, drop)
        return job.id

    def carry_on(self) -> Future[tuple[JobId, ...]]:
        """Go on with what waited when the program ended; called once, when somebody listens.

        Returns:
            The jobs that were begun for it.
        """
        return self._walkers.submit(self._carry_on)

    def read_again(self, documents: Sequence[DocumentId]) -> JobId:
        """Read documents once more; those that were read stay as they are until that is done."""
        job = self._new_job()
        self._walkers.submit(self._requeue, job, tuple(documents))
        return job.id

    def read_stored(self, documents: Sequence[Document]) -> None:
        """Read documents whose bytes are stored and that nobody reads: they came back, say."""
        if documents:
            self._walkers.submit(self._begin_stored, self._new_job(), tuple(documents))

    def cancel(self, job: JobId) -> bool:
        """Stop a job; what is already added stays, and what was not even stored is forgotten.

        Returns:
            Whether it was one of ours.
        """
        found = self._jobs.get(job)
        if found is None:
            return False
        found.cancelled.set()
        self._walkers.submit(self._let_go_of, found, lambda file: file.job == job)
        return True

    def cancel_file(self, job: JobId, index: int) -> bool:
        """Stop one file of a job; returns whether the job is one of ours."""
        found = self._jobs.get(job)
        if found is None:
            return False
        found.unwanted.add(index)
        self._walkers.submit(
            self._let_go_of, found, lambda file: (file.job, file.index) == (job, index)
        )
        return True

    @property
    def paused(self) -> bool:
        """Whether no file is begun."""
        return self._line.paused

    def pause(self, *, paused: bool) -> None:
        """Begin no more files, or go on; remembered until it is taken back."""
        if paused != self._line.paused:
            self._line.pause(paused=paused)
            self._clock.pause(paused=paused)
            self._drops.set_paused(paused)
            self._publish(AddingPaused(paused=paused))

    def close(self) -> None:
        """Stop all hands and wait for them; what is not through goes on at the next start."""
        self._closing.set()
        self._line.close()
        self._walkers.shutdown(cancel_futures=True)
        for hand in self._hands:
            hand.join()
        for job in list(self._jobs.values()):
            written = self._remember_done(job, at_once=True)
            if written is not None:
                with suppress(KnownError):  # some files are looked at twice then
                    written.result()

    # ── finding files, on the walking thread ─────────────────────────────────

    def _new_job(self) -> Job:
        job = Job(JobId(next(self._ids)))
        with self._lock:
            self._jobs[job.id] = job
        return job

    def _carry_on(self) -> tuple[JobId, ...]:
        try:
            if self._drops.paused().result():
                self._line.pause(paused=True)
                self._clock.pause(paused=True)
                self._publish(AddingPaused(paused=True))
            under_way = {job.drop for job in list(self._jobs.values())}
            drops = [one for one in self._drops.unfinished().result() if one.id not in under_way]
            queued = self._stored.queued().result()
            again = self._drops.waiting_again().result()
        except KnownError as error:
            _log.warning("what waited cannot be looked up: %s", error.failure.code)
            return ()
        jobs = [self._new_job() for _ in (*drops, *queued[:1])]
        if queued:
            self._begin_stored(jobs[-1], queued)
        for job, drop in zip(jobs, drops, strict=False):
            self._list(job, drop)
        if again:
            jobs.append(self._new_job())
            self._requeue(jobs[-1], again)
        return tuple(job.id for job in jobs)

    def _requeue(self, job: Job, documents: Sequence[DocumentId]) -> None:
        found = []
        with suppress(KnownError):  # a crash would end it then, nothing else
            self._drops.begin_again(documents).result()
        for document in documents:
            with suppress(KnownError):  # it was removed meanwhile
                found.append(self._stored.requeue(document).result())
        job.again.update(range(len(found)))
        self._begin_stored(job, found)

    def _begin_stored(self, job: Job, documents: Sequence[Document]) -> None:
        files = [ListedFile(path=Path(one.name), size=one.size) for one in documents]
        self._take_in(job, files, documents=documents)
        self._end_listing(job)

    def _list(self, job: Job, drop: Drop) -> None:
        """Remember a drop, then find its files and put them into the line, a batch at a time."""
        try:
            job.drop = drop.id or self._drops.begin(drop.paths).result()
            if drop.waiting:
                self._take_in(job, drop.waiting)
            number = len(drop.known)
            walking = Walking(() if drop.listed else drop.paths)
            for batch, is_last in batches(walking, drop.known, job.cancelled, self._closing):
                if not drop.listed:
                    self._drops.list_files(job.drop, number, batch, last=is_last).result()
                number += len(batch)
                self._take_in(job, batch, left_out=walking.left_out if is_last else ())
        except KnownError as error:  # the disk is full, say: what was taken in is still read
            job.failure = error.failure
        if not self._closing.is_set():
            self._end_listing(job)

    def _take_in(
        self,
        job: Job,
        files: Sequence[ListedFile],
        *,
        documents: Sequence[Document] = (),
        left_out: Sequence[tuple[Path, str]] = (),
    ) -> None:
        """Tell of files that were found, then let them stand in the line."""
        first = job.take_in(files, documents)
        names = tuple(file.path.name for file in files)
        told = tuple((str(path), words) for path, words in left_out)
        if not job.started:
            job.started = True
            self._publish(AddingStarted(job=job.id, names=names, left_out=told))
        elif names or told:
            self._publish(FilesFound(job=job.id, first=first, names=names, left_out=told))
        self._expect(job, range(first, first + len(files)))

    def _expect(self, job: Job, indices: range) -> None:
        """Let files stand in the line."""
        for index in indices:
            self._estimate.expect(job.kind(index), job.sizes[index])
        self._line.put(Waiting(job=job.id, index=at, size=job.sizes[at]) for at in indices)

    def _end_listing(self, job: Job) -> None:
        if job.end_listing():
            self._finish(job)

    def _let_go_of(self, job: Job, unwanted: Callable[[Waiting], bool]) -> None:
        """Take files out of the line that the user does not want any more."""
        for file in self._line.drop(unwanted):
            self._estimate.drop(job.kind(file.index), file.size)
            self._unwanted(job, file.index, job.documents.get(file.index))
            self._count_down(job, file.index)

    # ── reading files, on the hands ──────────────────────────────────────────

    def _work(self) -> None:
        """The life of one hand."""
        while (file := self._line.take()) is not None:
            job = self._jobs.get(file.job)
            try:
                if job is not None:
                    self._add(job, file.index)
            except Exception:  # noqa: BLE001 - the border of the thread: the others are read
                _log.exception("a hand failed on a file")
            finally:
                self._line.done(file)

    def _add(self, job: Job, index: int) -> None:
        stored = job.documents.get(index)
        claimed = stored is None or self._claim(stored)
        key, begun = (job.id, index), time.monotonic()
        self._estimate.begin(key, job.kind(index), job.sizes[index], self._clock.now())
        measured = False
        try:
            added = self._added(job, index, stored if claimed else None, duplicate=not claimed)
            measured = not (added.duplicate or added.failure)
            job.count_up(added)
            self._publish(_event(job, index, added))
            self._read_members(job, index, added)
        except Cancelled as stopped:
            if not self._closing.is_set():
                self._unwanted(job, index, stored or stopped.document)
        finally:
            if stored is not None and claimed:
                self._let_go(stored)
            self._estimate.end(key, time.monotonic() - begun, measured=measured)
            if not self._closing.is_set():
                self._count_down(job, index)

    def _added(self, job: Job, index: int, stored: Document | None, *, duplicate: bool) -> Added:
        """What comes of a file; a document that somebody else reads now is a duplicate.

        Raises:
            Cancelled: the user does not want it any more, or the program ends.
        """
        path = job.paths[index]

        def cancelled() -> bool:
            return self._closing.is_set() or job.is_unwanted(index)

        if cancelled():
            raise Cancelled
        if duplicate:
            return Added(path=path, document=job.documents[index], duplicate=True)
        step = self._step(job, index)
        try:
            if stored is None:
                return self._pipeline.add(path, step=step, cancelled=cancelled)
            again = index in job.again
            if stored.state in _READABLE and not again:  # known from before
                return Added(path=path, document=stored, duplicate=True)
            return self._pipeline.read_stored(
                stored, path, step=step, cancelled=cancelled, again=again
            )
        except KnownError as error:  # it was removed meanwhile, say
            return Added(path=path, document=None, failure=error.failure)
        except Cancelled:
            raise
        except Exception:  # noqa: BLE001 - one file must not stop the others
            _log.exception("adding a file failed")
            return Added(path=path, document=stored, failure=BUG_FAILURE)

    def _unwanted(self, job: Job, index: int, stored: Document | None) -> None:
        """Tell that a file is not read because the user said so."""
        document = stored
        if stored is not None and stored.state not in _READABLE:
            try:
                document = self._pipeline.give_up(stored)
            except KnownError:
                document = None  # it was removed
        job.tally.stopped += 1
        added = Added(path=job.paths[index], document=document)
        self._publish(_event(job, index, added))

    def _read_members(self, job: Job, index: int, added: Added) -> None:
        """Read what was found in a file, as files of the same job."""
        if not added.members or added.document is None:
            return
        first = job.take_in_members(index, added.document.id, added.members)
        paths = tuple(member.path for member in added.members)
        self._publish(MembersFound(job=job.id, container=added.document, first=first, paths=paths))
        self._expect(job, range(first, first + len(paths)))

    def _claim(self, document: Document) -> bool:
        """Whether nobody else reads it: the same document may lie in many places."""
        with self._lock:
            if document.id in self._reading:
                return False
            self._reading.add(document.id)
            return True

    def _let_go(self, document: Document) -> None:
        with self._lock:
            self._reading.discard(document.id)

    def _count_down(self, job: Job, index: int) -> None:
        last = job.count_down(index)
        if index in job.again:
            self._drops.done_again(job.documents[index].id)
        self._remember_done(job, at_once=False)
        if last:
            self._finish(job)

    def _remember_done(self, job: Job, *, at_once: bool) -> Future[None] | None:
        if job.drop and (through := job.take_through(at_once=at_once)):
            return self._drops.mark_done(job.drop, through)
        return None

    def _finish(self, job: Job) -> None:
        if job.drop:
            with suppress(KnownError):  # its files are looked at again then, and found to be there
                self._drops.finish(job.drop).result()
        with self._lock:
            self._jobs.pop(job.id, None)
            idle = not self._jobs
            if idle:  # with the lock held: a job that comes now estimates its files afterwards
                self._estimate.idle()
        if idle:
            self._rest()
        if job.failure is not None:
            self._publish(JobFailed(job=job.id, failure=job.failure))
        self._publish(
            AddingFinished(job=job.id, cancelled=job.cancelled.is_set(), tally=job.tally.as_event())
        )

    def _step(self, job: Job, index: int) -> Callable[[str, int, int], None]:
        last = ("", 0.0)

        def step(name: str, done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if name == last[0] and now - last[1] < PROGRESS_EVERY_SECONDS:
                return
            last = (name, now)
            if name == "reading" and total:
                self._estimate.move((job.id, index), min(1.0, done / total))
            self._publish(
                FileProgressed(
                    job=job.id,
                    index=index,
                    name=job.paths[index].name,
                    step=name,
                    done=done,
                    total=total,
                    seconds_left=None if self.paused else self._left(),
                )
            )

        return step

    def _left(self) -> float | None:
        return self._estimate.seconds_left(self._clock.now())


def _event(job: Job, index: int, added: Added) -> FileAdded:
    return FileAdded(
        job=job.id,
        index=index,
        path=str(added.path),
        document=added.document,
        duplicate=added.duplicate,
        failure=added.failure or (added.document.failure if added.document else None),
        inside=job.inside.get(index),
    )
