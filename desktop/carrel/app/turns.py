"""Work with the engine in pieces: each takes a turn of its own, so a question waits for one only.

Must not know what is done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from carrel.app.asking import Asking, Stopped
from carrel.app.engine_host import EngineHost
from carrel.domain.documents import Failure
from carrel.domain.errors import BUG_FAILURE, KnownError
from carrel.domain.ids import JobId

_log = logging.getLogger(__name__)

Piece = Callable[[JobId, Stopped], bool]
"""Does one piece; returns whether there are more."""


class Turns:
    """One piece of work after another, until there are no more, one fails, or it is paused.

    Args:
        asking: the line for the engine.
        engines: the engine.
        piece: does the next piece.
        end: called once, on any thread: with why it failed, or None.
    """

    def __init__(
        self,
        asking: Asking,
        engines: EngineHost,
        piece: Piece,
        end: Callable[[Failure | None], None],
    ) -> None:
        self._asking = asking
        self._engines = engines
        self._piece = piece
        self._end = end
        self._paused = threading.Event()
        self._lock = threading.Lock()
        self._over = False
        self._job: JobId | None = None

    def take(self) -> None:
        """Wait for the next turn."""
        if self._paused.is_set():
            self._finish(None)
            return
        self._job = job = self._asking.run(self._work)
        if self._paused.is_set():  # it came between
            self._asking.cancel(job)

    def pause(self) -> None:
        """Stop within a second, also where another has the engine."""
        self._paused.set()
        job = self._job
        if job is not None:
            self._asking.cancel(job)
        if job is None or self._engines.answering != job:
            self._finish(None)  # its turn may be long in coming

    def _work(self, job: JobId, stopped: Stopped) -> None:
        failure: Failure | None = None
        more = False
        if not (stopped() or self._paused.is_set()):
            try:
                more = self._piece(job, lambda: stopped() or self._paused.is_set())
            except KnownError as error:
                failure = error.failure
            except Exception:  # noqa: BLE001 - the border of this work
                _log.exception("work in turns failed")
                failure = BUG_FAILURE
            if failure is not None:
                self._engines.rest(0.0, failure)
        if stopped() or self._paused.is_set():
            self._finish(None)
        elif failure is not None or not more:
            self._finish(failure)
        else:
            self.take()

    def _finish(self, failure: Failure | None) -> None:
        with self._lock:
            if self._over:
                return
            self._over = True
        self._end(failure)
