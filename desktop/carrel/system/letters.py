"""What arrives from a worker and waits to be taken: bounded, read by a thread of its own.

Also how a process ended, in words. Must not know what the worker does.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, Final

from carrel.system.frames import FrameError, read_body

QUEUED_FRAMES: Final = 256
"""Frames that may wait. A full letter box stops the reading thread, then the pipe, then the
worker."""

QUEUED_BYTES: Final = 16 * 1024 * 1024
"""Bytes that may wait, and one frame more: what a hostile worker can make us hold."""


class LetterBox:
    """Frames that arrived and wait, bounded in number and bytes; the last letter stays for ever."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._end: FrameError | None = None
        self._ended = False
        self._discarding = False

    def put(self, untrusted_body: bytes) -> None:
        """Add a frame; waits while the box is full."""
        with self._changed:
            self._changed.wait_for(lambda: self._discarding or not self._full())
            if self._discarding:
                return
            self._waiting.append(untrusted_body)
            self._bytes += len(untrusted_body)
            self._changed.notify_all()

    def end(self, error: FrameError | None = None) -> None:
        """Nothing more will come."""
        with self._changed:
            self._ended, self._end = True, error
            self._changed.notify_all()

    def discard(self) -> None:
        """Nobody will take any more: let the reading thread go on to its end."""
        with self._changed:
            self._discarding = True
            self._waiting.clear()
            self._changed.notify_all()

    def take(self, seconds: float | None) -> bytes | None:
        """The next frame's bytes; None at the end.

        Raises:
            TimeoutError: nothing came in time.
            FrameError: the stream ended with something that is no frame.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting or self._ended, seconds):
                raise TimeoutError
            if self._waiting:
                untrusted_body = self._waiting.popleft()
                self._bytes -= len(untrusted_body)
                self._changed.notify_all()
                return untrusted_body
            if self._end is not None:
                raise self._end
            return None

    def _full(self) -> bool:
        return len(self._waiting) >= QUEUED_FRAMES or self._bytes >= QUEUED_BYTES


def fill(box: LetterBox, stream: BinaryIO, on_nonsense: Callable[[], object]) -> None:
    """Put every frame of a stream into a box until its end; the life of a reading thread.

    Args:
        on_nonsense: called when something came that is no frame, after the box knows.
    """
    try:
        while (untrusted_body := read_body(stream)) is not None:
            box.put(untrusted_body)
    except FrameError as error:
        box.end(error)
        on_nonsense()
        return
    except ValueError:
        pass  # the stream was closed under us
    box.end()


def ending_words(code: int) -> str:
    """How a process ended, from its exit code, negative for a signal."""
    if code == 0:
        return "it left without an answer"
    if code < 0:
        return _SIGNAL_WORDS.get(signal.Signals(-code), f"signal {signal.Signals(-code).name}")
    return f"exit code {code}"


_SIGNAL_WORDS: Final = {
    signal.SIGKILL: "it was killed, most likely because memory ran out",
    signal.SIGSEGV: "it read memory it should not have",
    signal.SIGABRT: "a check inside it failed",
    signal.SIGBUS: "the file it was reading was cut short or taken away",
    signal.SIGFPE: "it divided by zero",
    signal.SIGXCPU: "it used all the processor time allowed for one file",
    signal.SIGSYS: "it tried to do something the lock forbids",
    signal.SIGTERM: "it was asked to stop",
}
