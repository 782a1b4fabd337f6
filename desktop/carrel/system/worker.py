"""The worker's end of the wire: claim stdout, read frames, leave when the owner does.

Must not know what the worker does.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, Final

from carrel.system.frames import Frame, FrameError, read_frame, write_frame

QUEUED_FRAMES: Final = 64
"""Frames. Commands are few; a full queue makes the owner's write wait, which is wanted."""


class Wire:
    """Frames in and out of this worker process.

    The first act of a worker: the real stdout becomes private, and whatever
    libraries print goes to stderr, so that they cannot disturb the frames.
    A thread, started by the first `receive` or by `start`, reads stdin; when it ends, the
    owner is gone and the process exits. It is started late because Landlock covers only the
    threads that come after it.

    Args:
        on_frame: called on the reading thread for each frame before it is queued; returns
            True if it dealt with the frame (such as ``cancel`` while the main thread works).
    """

    def __init__(self, on_frame: Callable[[Frame], bool] | None = None) -> None:
        self._on_frame = on_frame
        self._out: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._in: BinaryIO = os.fdopen(os.dup(0), "rb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._frames: queue.Queue[Frame] = queue.Queue(QUEUED_FRAMES)
        self._write_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read; call it once the lock is complete."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, name="wire", daemon=True)
            self._thread.start()

    def receive(self) -> Frame:
        """Wait for the next frame."""
        self.start()
        return self._frames.get()

    def send(self, frame: Frame) -> None:
        """Send one frame; exits the process if nobody reads any more."""
        try:
            with self._write_lock:
                write_frame(self._out, frame)
        except BrokenPipeError:
            os._exit(0)

    def _read(self) -> None:
        try:
            while (frame := read_frame(self._in)) is not None:
                if self._on_frame is None or not self._on_frame(frame):
                    self._frames.put(frame)
        except FrameError as error:
            sys.stderr.write(f"wire: {error}\n")
        # End of stdin means that the owner died or let go: a child never outlives it.
        os._exit(0)
