"""The engine's process: locked first, then loaded, then asked.

Run as ``carrel worker engine JOB``. Order matters: the filter on system calls
comes before any library of others, the view of the files after the libraries
are loaded and before there are threads, the file itself last. Only modules of
this package import llama_cpp. Must not know the window, the catalog or the
documents.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from carrel.domain.errors import EngineError, LockError
from carrel.engine.errors import BadRequest, EngineUnlocked
from carrel.engine.files import profiles
from carrel.engine.wire.frames import failed_frame
from carrel.engine.wire.job import Job, Task, parse_job
from carrel.engine.worker.inspection import check_files, facts_frame, sha256_of
from carrel.system import lock
from carrel.system.frames import FrameError
from carrel.system.worker import Wire

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_UNLOCKED = 0, 1, 2, 3

FIRST_TO_GO: Final = "500"
"""Added to the worker's badness when memory runs out: it goes before the window does."""


def main(arguments: list[str]) -> int:
    """Do one job.

    Returns:
        The exit code: 0 done, 1 a known failure, 2 wrong usage, 3 no lock.
    """
    started = time.monotonic()
    try:
        lock.lock_worker_calls()
        job = parse_job(arguments[0] if len(arguments) == 1 else "")
        go_first()
        profiles.profiles()  # the cards cannot be read any more once the lock is complete
        if job.task is Task.SPEAK:
            from carrel.engine.worker import serve
        if job.task is Task.PLAN:
            from carrel.engine.worker import planning
        if job.task is Task.TIME:
            from carrel.engine.worker import raw_loop
        lock.lock_worker_files(read=job.paths)
    except LockError as error:
        Wire().send(failed_frame(0, EngineUnlocked(**error.fields)))
        return EXIT_UNLOCKED
    except FrameError as error:
        Wire().send(failed_frame(0, BadRequest(**error.fields)))
        return EXIT_USAGE
    if job.task is Task.SPEAK:
        return serve.Server(job, started).run()
    if job.task is Task.TIME:
        return raw_loop.run(job)
    wire = Wire()
    try:
        if job.task is Task.PLAN:
            planning.plan(job, wire)
        else:
            _inspect(job, wire)
    except EngineError as error:
        wire.send(failed_frame(0, error))
        return EXIT_FAILED
    except OSError as error:
        wire.send(failed_frame(0, EngineError(cause=(error.strerror or "it cannot be read"))))
        return EXIT_FAILED
    return EXIT_DONE


def _inspect(job: Job, wire: Wire) -> None:
    def on_step(step: str, done: int, total: int) -> None:
        wire.send({"event": "progress", "id": 0, "step": step, "done": done, "total": total})

    facts = check_files(job.descriptors)
    sha256 = sha256_of(job.descriptors, on_step) if job.task is Task.HASH else ""
    wire.send(facts_frame(facts, sha256))


def go_first() -> None:
    """When memory runs out, this process is ended before the window is."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="ascii")
