"""One place where events come out. Must not know who listens."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from carrel.domain.events import Event

Receive = Callable[[Event], None]

_log = logging.getLogger(__name__)


class Publisher:
    """Hands every event to every listener, on the thread where it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Receive, ...] = ()

    def publish(self, event: Event) -> None:
        """Tell all listeners; one that fails is logged and keeps nobody else from hearing."""
        for receive in self._listeners:
            try:
                receive(event)
            except Exception:  # noqa: BLE001 - a border: listeners are not ours
                _log.exception("a listener failed on %s", type(event).__name__)

    def subscribe(self, receive: Receive) -> Callable[[], None]:
        """Listen from now on; returns how to stop."""
        with self._lock:
            self._listeners = (*self._listeners, receive)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(
                    listener for listener in self._listeners if listener is not receive
                )

        return unsubscribe

    @contextmanager
    def listen(self) -> Iterator[Iterator[Event]]:
        """The events from now on, one after another, for a caller that waits for them."""
        arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
        unsubscribe = self.subscribe(arrived.put)
        try:
            yield iter(arrived.get, None)
        finally:
            unsubscribe()
