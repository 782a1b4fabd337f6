"""Jobs on model files: import, verify, take off the list; one after another, with progress.

Must not know what a GGUF file or a pack is; `catalog` does.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from carrel.catalog.installed import Catalog
from carrel.catalog.pace import Pace
from carrel.catalog.packs import import_path
from carrel.catalog.verifying import OnStep, verify
from carrel.domain.errors import BUG_FAILURE, KnownError
from carrel.domain.events import Event, ImportProgressed, JobFailed, ModelImported, ModelVerified
from carrel.domain.ids import JobId

PROGRESS_EVERY_SECONDS: Final = 0.1
"""Seconds between two progress events; more often is not seen by anyone."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

Work = Callable[[OnStep, Callable[[], bool]], Event]


class Importing:
    """Runs jobs on model files; they wait for one another, for the disk is one.

    Args:
        catalog: installed models.
        publish: where events go, on the importing thread.
        ids: numbers for jobs.
    """

    def __init__(
        self, catalog: Catalog, publish: Callable[[Event], None], ids: itertools.count[int]
    ) -> None:
        self._catalog = catalog
        self._publish = publish
        self._ids = ids
        self._stopped: dict[JobId, threading.Event] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")

    def import_path(self, path: Path) -> JobId:
        """Check a GGUF file or a pack and list it; ends with `ModelImported` or `JobFailed`."""
        job = self._new_job()

        def work(on_step: OnStep, cancelled: Callable[[], bool]) -> Event:
            installed = import_path(self._catalog, path, on_step, cancelled)
            return ModelImported(job=job, installed=installed)

        return self._submit(job, path.name, work)

    def verify(self, name: str) -> JobId:
        """Compare every byte with what was imported; ends with `ModelVerified` or `JobFailed`."""
        job = self._new_job()

        def work(on_step: OnStep, cancelled: Callable[[], bool]) -> Event:
            found = verify(self._catalog, name, on_step, cancelled)
            return ModelVerified(job=job, installed=found.installed, damage=found.damage)

        return self._submit(job, name, work)

    def run(self, work: Callable[[], _Result]) -> Future[_Result]:
        """Do something short when no job runs."""
        return self._thread.submit(work)

    def cancel(self, job: JobId) -> bool:
        """Stop a job; what was copied is kept for the next time.

        Returns:
            Whether it was one of ours.
        """
        stopped = self._stopped.get(job)
        if stopped is not None:
            stopped.set()
        return stopped is not None

    def close(self) -> None:
        """Stop all jobs and wait for the thread."""
        for stopped in list(self._stopped.values()):
            stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def _new_job(self) -> JobId:
        job = JobId(next(self._ids))
        self._stopped[job] = threading.Event()
        return job

    def _submit(self, job: JobId, name: str, work: Work) -> JobId:
        with suppress(RuntimeError):  # closing: no more work is taken
            self._thread.submit(self._run, job, name, work)
        return job

    def _run(self, job: JobId, name: str, work: Work) -> None:
        try:
            self._publish(work(self._steps(job, name), self._stopped[job].is_set))
        except KnownError as error:
            self._publish(JobFailed(job=job, failure=error.failure))
        except Exception:  # noqa: BLE001 - the border of the import queue
            _log.exception("a job on a model file failed")
            self._publish(JobFailed(job=job, failure=BUG_FAILURE))
        finally:
            self._stopped.pop(job, None)

    def _steps(self, job: JobId, name: str) -> OnStep:
        pace, last = Pace(), ("", 0.0)

        def tell(step: str, done: int, total: int) -> None:
            nonlocal last, pace
            now = time.monotonic()
            if step == last[0] and now - last[1] < PROGRESS_EVERY_SECONDS and done != total:
                return
            if step != last[0]:
                pace = Pace()
            last = (step, now)
            pace.add(done)
            self._publish(
                ImportProgressed(
                    job=job,
                    name=name,
                    done=done,
                    total=total,
                    seconds_left=pace.seconds_left(total),
                    step=step,
                )
            )

        return tell
