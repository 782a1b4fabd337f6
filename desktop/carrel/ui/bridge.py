"""The one door through which the core reaches the window.

Events come from any thread and leave as one queued Qt signal on the window's
thread; streamed words and progress are merged to about thirty a second, so a
fast engine cannot drown the event loop. Results of futures come the same way.
Must not know any page.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from carrel.domain.documents import Failure
from carrel.domain.errors import BUG_FAILURE, KnownError
from carrel.domain.events import (
    AnswerAdded,
    AnswerProgressed,
    EngineChanged,
    Event,
    FactsProgressed,
    FileProgressed,
    ImportProgressed,
    MeaningChanged,
    QuestionnaireProgressed,
    RecognitionProgressed,
    ThinkingAdded,
)
from carrel.domain.installed import EngineState

log = logging.getLogger(__name__)

Value = TypeVar("Value")

FLUSH_MILLISECONDS: Final = 33
"""Least time between two deliveries: thirty a second look fluent and leave time to draw."""


class Deliveries(QObject):
    """Carries results of futures to the window's thread.

    Signals:
        failed: a future failed and nobody had asked for its failure; carries a `Failure`.
    """

    failed = Signal(object)
    _result_arrived = Signal(object, object, object)

    def __init__(self) -> None:
        """Nothing is on its way yet."""
        super().__init__()
        self._result_arrived.connect(self._on_result_arrived, Qt.ConnectionType.QueuedConnection)

    def deliver(
        self,
        future: "Future[Value]",
        callback: Callable[[Value], None],
        on_failure: Callable[[Failure], None] | None = None,
    ) -> None:
        """Call back on the window's thread when the future is done.

        Args:
            future: from a call of the app.
            callback: given the result; skipped when it is a method (or a partial
                of one) of a widget that has been deleted since.
            on_failure: given what went wrong; without it `failed` is emitted.
        """

        def done(finished: "Future[Any]") -> None:
            if shiboken6.isValid(self):
                self._result_arrived.emit(finished, callback, on_failure)

        future.add_done_callback(done)

    def _on_result_arrived(
        self,
        future: "Future[Any]",
        callback: Callable[[Any], None],
        on_failure: Callable[[Failure], None] | None,
    ) -> None:
        try:
            result = future.result()
        except CancelledError:
            return
        except KnownError as error:
            self._report(error.failure, on_failure)
        except Exception:  # the border between the core's threads and the window
            log.exception("a call of the core failed")
            self._report(BUG_FAILURE, on_failure)
        else:
            if _alive(callback):
                callback(result)

    def _report(self, failure: Failure, on_failure: Callable[[Failure], None] | None) -> None:
        if on_failure is None:
            self.failed.emit(failure)
        elif _alive(on_failure):
            on_failure(failure)


class EventBridge(Deliveries):
    """Carries events, and results, to the window's thread.

    Signals:
        event_published: one event, in the order it happened.
    """

    event_published = Signal(object)
    _woken = Signal()

    def __init__(self, subscribe: Callable[[Callable[[Event], None]], Callable[[], None]]) -> None:
        """Subscribe at once. `subscribe` is `App.subscribe`."""
        super().__init__()
        self.closed = False
        self._held = False
        self._waiting: list[Event] = []
        self._guard = threading.Lock()
        self._flushed_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = subscribe(self.receive)

    def receive(self, event: Event) -> None:
        """Take an event; any thread."""
        with self._guard:
            self._waiting.append(event)
            first = len(self._waiting) == 1
        if first and shiboken6.isValid(self):
            self._woken.emit()

    def close(self) -> None:
        """Take no more events; a second call does nothing."""
        unsubscribe, self._unsubscribe = self._unsubscribe, _nothing
        unsubscribe()
        self._timer.stop()
        self.closed = True

    def hold(self) -> None:
        """Keep back what has happened since, so that the window shows one moment."""
        self._held = True

    def release(self) -> None:
        """Deliver what was kept back."""
        self._held = False
        self._on_timeout()

    def _on_woken(self) -> None:
        passed = (time.monotonic() - self._flushed_at) * 1000
        if passed >= FLUSH_MILLISECONDS:
            self._on_timeout()
        elif not self._timer.isActive():
            self._timer.start(max(1, round(FLUSH_MILLISECONDS - passed)))

    def _on_timeout(self) -> None:
        with self._guard:
            events, self._waiting = self._waiting, []
        if self.closed:  # woken before, by a core that has ended since
            return
        self._flushed_at = time.monotonic()
        merged = merge(events)
        for at, event in enumerate(merged):
            if self._held:  # perhaps by who received the one before
                with self._guard:
                    self._waiting[:0] = merged[at:]
                break
            self.event_published.emit(event)


def _nothing() -> None:
    """Nothing is left to unsubscribe."""


def _alive(callback: Callable[..., None]) -> bool:
    while isinstance(callback, partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


def merge(events: Sequence[Event]) -> list[Event]:
    """The same story with fewer events.

    Words of one job that follow each other become one event; of several reports
    on the same progress only the last is kept, in its place.
    """
    merged: list[Event | None] = []
    latest: dict[tuple[object, ...], int] = {}
    for event in events:
        last = merged[-1] if merged else None
        together = _joined(last, event)
        if together is not None:
            merged[-1] = together
            continue
        key = _progress_key(event)
        if key is not None:
            if key in latest:
                merged[latest[key]] = None
            latest[key] = len(merged)
        merged.append(event)
    return [event for event in merged if event is not None]


def _joined(last: Event | None, event: Event) -> Event | None:
    match last, event:
        case AnswerAdded(), AnswerAdded() if last.job == event.job:
            return replace(last, text=last.text + event.text)
        case ThinkingAdded(), ThinkingAdded() if last.job == event.job:
            return replace(last, text=last.text + event.text)
        case _:
            return None


def _progress_key(event: Event) -> tuple[object, ...] | None:
    match event:
        case FileProgressed(job=job, index=index):
            return ("file", job, index)
        case ImportProgressed(job=job):
            return ("import", job)
        case RecognitionProgressed(job=job):
            return ("recognition", job)
        case MeaningChanged():
            return ("meaning",)
        case QuestionnaireProgressed(questionnaire=one):
            return ("questionnaire", one)
        case FactsProgressed(kind=kind):
            return ("facts", kind)
        case AnswerProgressed(job=job, step=step):
            return ("answer", job, step)
        case EngineChanged(state=EngineState.LOADING, installed_model=name):
            return ("engine", name)
        case _:
            return None
