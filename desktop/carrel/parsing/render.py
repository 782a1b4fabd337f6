"""Pages of one document as pixels, drawn by a locked child into shared memory.

Must not know formats or who shows the pages.
"""

from __future__ import annotations

import os
import threading
from typing import Final

from carrel.domain.documents import PageImage
from carrel.domain.errors import LockError, ParseError, ProcessError, from_wire
from carrel.parsing import limits
from carrel.parsing.errors import Crashed
from carrel.parsing.protocol import WrongFrame
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError
from carrel.system.shared_memory import SharedMemory

RENDER_SECONDS = 30.0
"""Seconds one page may take; ordinary ones take 0.05, dense maps some seconds."""

MIN_SCALE: Final = 0.05
MAX_SCALE: Final = 16.0
"""Pixels per point; screens use 1 to 4."""

ENVIRONMENT: Final = {
    # One thread: the lock has to be complete before a second one exists, and boxes are small.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Addresses of glibc's arenas would eat the address space a worker may have.
    "MALLOC_ARENA_MAX": "2",
}
"""What a parser worker gets in its environment besides the usual."""


class PageRenderer:
    """Draws pages of one PDF or picture. Any thread; requests are served one after the other.

    The child is started with the first request, and anew after it died.

    Args:
        fd: a sealed memfd with the document; copied, so the caller may close its own.
        size: bytes.
    """

    def __init__(self, fd: int, size: int) -> None:
        self._fd = os.dup(fd)
        self._size = size
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._memory: SharedMemory | None = None
        self._closed = False

    def render(self, page: int, scale: float) -> PageImage:
        """Draw a page.

        Args:
            page: counts from 1.
            scale: pixels per point, MIN_SCALE to MAX_SCALE; made smaller if a side would have
                more than MAX_PAGE_PIXELS.

        Raises:
            ParseError: the page or the document cannot be drawn; the sentence says why.
            ProcessError: the renderer was closed, or its child sent nonsense.
            LockError: the child could not lock itself.
        """
        with self._lock:
            if self._closed:
                raise ProcessError(cause="the renderer was closed")
            child, memory = self._running()
            try:
                child.send({"command": "render", "page": page, "scale": float(scale)})
                return _image(child.receive(RENDER_SECONDS), memory)
            except (WorkerEnded, WorkerSilent, FrameError, WrongFrame) as error:
                self._stop()
                raise Crashed(cause=error.fields.get("cause") or str(error)) from error
            except LockError:
                self._stop()
                raise

    def close(self) -> None:
        """Stop the child and let go of the document; waits for a page being drawn."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._stop()
                os.close(self._fd)

    def _running(self) -> tuple[Child, SharedMemory]:
        if self._child is None or self._memory is None:
            memory = SharedMemory.create(limits.PAGE_MEMORY_BYTES)
            arguments = [self._fd, self._size, memory.fd, memory.size]
            try:
                self._child = Child(
                    "parser",
                    ["render", *map(str, arguments)],
                    pass_fds=[self._fd, memory.fd],
                    environment=ENVIRONMENT,
                )
            except BaseException:
                memory.close()
                raise
            self._memory = memory
        return self._child, self._memory

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.close()
            self._child = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None


def _image(untrusted_frame: Frame, memory: SharedMemory) -> PageImage:
    """The pixels a frame announces.

    Raises:
        ParseError: the worker names why there are none.
        LockError: it could not lock itself.
        WrongFrame: it makes no sense.
    """
    if untrusted_frame.get("event") == "failed":
        if untrusted_frame.get("code") == LockError.code:
            raise LockError(cause="a helper process could not lock itself")
        error = from_wire(untrusted_frame.get("code"), ParseError)
        raise error if "{" not in error.sentence else ParseError()
    untrusted_width = untrusted_frame.get("width")
    untrusted_height = untrusted_frame.get("height")
    if (
        untrusted_frame.get("event") != "rendered"
        or type(untrusted_width) is not int
        or type(untrusted_height) is not int
        or not 0 < untrusted_width <= limits.MAX_PAGE_PIXELS
        or not 0 < untrusted_height <= limits.MAX_PAGE_PIXELS
    ):
        raise WrongFrame(cause="an image of the wrong size")
    pixels = memory.view[: untrusted_width * untrusted_height * 4]
    return PageImage(width=untrusted_width, height=untrusted_height, pixels=pixels)
