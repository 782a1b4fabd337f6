"""Text recognition of pictured pages in the background: what waits, its turn, progress, cancel.

Documents wait here until nothing is being added, so that everything that has text can be
searched first; then their pages are recognised one by one. Must not know how.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from carrel.app.finding import Finding
from carrel.app.library import StoredSources
from carrel.app.publisher import Publisher
from carrel.domain.documents import Document, Unit
from carrel.domain.errors import KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentChanged,
    Event,
    FileAdded,
    RecognitionFinished,
    RecognitionProgressed,
    RecognitionQueued,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.ingest.recognition import recognise
from carrel.parsing.pictured import WAIT
from carrel.parsing.tessdata import Languages, installed_languages
from carrel.settings import RECOGNITION, RECOGNITION_LANGUAGES, Settings
from carrel.workspace.recognition import KeptPage, WaitingPage
from carrel.workspace.segments import Segment
from carrel.workspace.store import Workspace

MAX_CHILDREN: Final = 4
"""Documents recognised at once; each child takes up to 250 MB, and they step back anyway."""

CHANGED_EVERY_SECONDS: Final = 2.0
"""Seconds between two announcements that a document changed while its pages are recognised."""

POLL_SECONDS: Final = 0.2
"""Seconds between two looks at whether somebody wants to stop, while documents are added."""

OFF: Final = "Switch text recognition on in the settings; the page is read then."
MISSING: Final = (
    "Install the language data of Tesseract (on Debian tesseract-ocr-eng, tesseract-ocr-deu and so"
    " on) and open the workspace again; the page is read then."
)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    id: JobId
    document: Document
    cancelled: threading.Event = field(default_factory=threading.Event)
    told_at: float = 0.0
    started: float = 0.0


class StoredPictures:
    """What `ingest.recognition` needs of the workspace.

    Args:
        workspace: open.
        on_kept: told of a document and the segment of a page once it is committed.
    """

    def __init__(
        self, workspace: Workspace, on_kept: Callable[[Document, Segment | None], None]
    ) -> None:
        self._workspace = workspace
        self._on_kept = on_kept

    def waiting(self, document: DocumentId) -> Sequence[WaitingPage]:
        """The pages that wait, in order."""
        return self._workspace.recognition.waiting(document).result()

    def unit(self, document: DocumentId, number: int) -> Unit:
        """A unit as it is stored."""
        return self._workspace.documents.unit(document, number).result()

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The stored bytes."""
        return self._workspace.original(document)

    def keep(self, document: DocumentId, page: KeptPage) -> Document:
        """Store what came of a page; it can be searched when this returns."""
        changed, segment = self._workspace.recognition.keep(document, page).result()
        self._on_kept(changed, segment)
        return changed


class Recognising:
    """Recognises text in the background.

    Args:
        workspace: open.
        publisher: of events; those of adding are heard, those of recognition published.
        ids: numbers for jobs.
        remembers: what is told of each page that was read.
        settings: whether text recognition is on, and the languages it is to use.
    """

    def __init__(
        self,
        workspace: Workspace,
        publisher: Publisher,
        ids: itertools.count[int],
        remembers: tuple[Finding, StoredSources],
        settings: Settings,
    ) -> None:
        self._workspace = workspace
        self._finding, self._sources = remembers
        self._library = StoredPictures(workspace, self._kept)
        self._publish = publisher.publish
        self._ids = ids
        self._settings = settings
        self._quiet = True
        self._paused = False
        self._jobs: dict[JobId, _Job] = {}
        self._busy: set[DocumentId] = set()
        self._stopped: set[DocumentId] = set()
        self._adding: set[JobId] = set()
        self._changing = threading.Lock()
        self._closing = threading.Event()
        workers = max(1, min(MAX_CHILDREN, os.cpu_count() or 1))
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="recognise")
        self._unsubscribe = publisher.subscribe(self._hear)

    def start(self) -> None:
        """Go on with everything that waits: since the last time, or because it was stopped."""
        with self._changing:
            self._stopped.clear()
        self._threads.submit(self._resume)

    def pause(self) -> None:
        """Recognise nothing until the next start."""
        self._paused = True
        for job in list(self._jobs.values()):
            job.cancelled.set()

    def hurry(self) -> None:
        """Somebody waits for it: no longer step back behind everything else."""
        self._quiet = False

    @property
    def jobs(self) -> frozenset[JobId]:
        """Those that wait or run."""
        with self._changing:
            return frozenset(self._jobs)

    def cancel(self, job: JobId) -> bool:
        """Stop a job; pages not done yet wait for the next start.

        Returns:
            Whether it was one of ours.
        """
        found = self._jobs.get(job)
        if found is not None:
            found.cancelled.set()
        return found is not None

    def settings_changed(self) -> None:
        """Text recognition was switched on or off, or is to use other languages."""
        if self._settings.get(RECOGNITION):
            self.start()
            return
        for job in list(self._jobs.values()):
            job.cancelled.set()
        self._explain(OFF)

    def close(self) -> None:
        """Stop everything and wait for it."""
        self._unsubscribe()
        self._closing.set()
        for job in list(self._jobs.values()):
            job.cancelled.set()
        self._threads.shutdown(cancel_futures=True)

    def languages(self) -> Languages | None:
        """What is used: all that is installed, or what was chosen of it."""
        found = installed_languages()
        chosen = self._settings.get(RECOGNITION_LANGUAGES)
        if found is None or not chosen:
            return found
        if set(chosen.split("+")) <= set(found.names):
            return replace(found, names=(chosen,))
        return found

    def _hear(self, event: Event) -> None:
        match event:
            case AddingStarted(job=job):
                with self._changing:
                    self._adding.add(job)
            case AddingFinished(job=job):
                with self._changing:
                    self._adding.discard(job)
            case FileAdded(document=document, duplicate=False) if document is not None:
                self._queue(document)
            case DocumentChanged(document=document):
                self._queue(document)

    def _resume(self) -> None:
        try:
            for document in self._workspace.recognition.documents().result():
                self._queue(document)
        except KnownError as error:
            _log.warning("text recognition cannot go on: %s", error.failure.code)

    def _queue(self, document: Document) -> None:
        waits = document.pictured is not None and document.pictured.waiting
        if not waits or self._paused or self._closing.is_set():
            return
        with self._changing:
            if document.id in self._busy or document.id in self._stopped:
                return
            job = _Job(JobId(next(self._ids)), document)
            self._jobs[job.id] = job
            self._busy.add(document.id)
        self._publish(RecognitionQueued(job=job.id, document=document, total=int(waits or 0)))
        with suppress(RuntimeError):  # closing: no more work is taken
            self._threads.submit(self._run, job)

    def _run(self, job: _Job) -> None:
        done = False
        try:
            on = self._settings.get(RECOGNITION)
            languages = self.languages() if on else None
            if languages is None:
                self._explain(MISSING if on else OFF, job.document.id)
                return
            if not self._wait_for_adding(job):
                return
            self._explain(WAIT, job.document.id)
            job.started = time.monotonic()
            done = recognise(
                self._library,
                job.document,
                languages,
                quiet=self._quiet,
                on_page=lambda document, pages, total: self._tell(job, document, pages, total),
                cancelled=lambda: job.cancelled.is_set() or self._closing.is_set(),
            )
        except KnownError as error:  # it was removed meanwhile, say
            _log.warning("text recognition ended: %s", error.failure.code)
        except Exception:  # noqa: BLE001 - one document must not stop the others
            _log.exception("text recognition failed")
        finally:
            self._finish(job, done=done)

    def _kept(self, document: Document, segment: Segment | None) -> None:
        self._sources.forget(document.id)
        if segment is not None:
            self._finding.add_recognised(document, segment)

    def _wait_for_adding(self, job: _Job) -> bool:
        """Wait until nothing is being added; False when somebody wants to stop."""
        while not (job.cancelled.is_set() or self._closing.is_set()):
            with self._changing:
                if not self._adding:
                    return True
            self._closing.wait(POLL_SECONDS)
        return False

    def _tell(self, job: _Job, document: Document, done: int, total: int) -> None:
        job.document = document
        now = time.monotonic()
        self._publish(
            RecognitionProgressed(
                job=job.id,
                document=document,
                done=done,
                total=total,
                seconds_left=(now - job.started) / done * (total - done),
            )
        )
        if done < total and now - job.told_at > CHANGED_EVERY_SECONDS:
            job.told_at = now
            self._publish(DocumentChanged(document=document))

    def _finish(self, job: _Job, *, done: bool) -> None:
        document = job.document
        if not self._closing.is_set():
            with suppress(KnownError):
                document = self._workspace.documents.get(document.id).result()
        # Before the job is forgotten, so that this announcement does not queue the document.
        self._publish(DocumentChanged(document=document))
        with self._changing:
            self._jobs.pop(job.id, None)
            self._busy.discard(document.id)
            if job.cancelled.is_set():
                self._stopped.add(document.id)
        self._publish(RecognitionFinished(job=job.id, document=document, done=done))

    def _explain(self, remedy: str, document: DocumentId | None = None) -> None:
        with suppress(KnownError):
            self._workspace.recognition.explain(remedy, document).result()
