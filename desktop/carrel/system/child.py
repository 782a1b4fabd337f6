"""The owner's end of the wire: start a worker, talk to it, stop it, say how it ended.

Must not know what the worker does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, Final, cast

from carrel.domain.errors import ProcessError
from carrel.system.frames import Frame, unpack, write_frame
from carrel.system.letters import LetterBox, ending_words, fill

GRACE_SECONDS: Final = 2.0
"""Seconds each rung of the stop ladder waits; a worker between two graph nodes needs under one."""

LOG_TAIL_LINES: Final = 60
"""Lines of stderr kept for a crash report."""

MAX_LOG_LINE: Final = 400
"""Characters kept of one line of stderr."""

_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "CARREL_LOCK", "PYTHONPATH")
"""The only variables a worker inherits: what Python needs to start, nothing that steers it."""


class WorkerEnded(ProcessError):
    """The worker process ended before it finished its work."""

    code = "process.ended"
    sentence = "A helper process ended unexpectedly ({cause})."
    remedy = "Try again; the rest of the program is not affected."


class WorkerSilent(ProcessError):
    """The worker did not answer in time."""

    code = "process.silent"
    sentence = "A helper process did not answer for {seconds} seconds and was stopped."
    remedy = "Try again; the rest of the program is not affected."


class Child:
    """A worker process and the frames to and from it.

    Args:
        program: the worker's name, as in ``carrel worker NAME``.
        arguments: plain strings after the name (numbers of passed descriptors, say).
        pass_fds: descriptors the worker inherits under the same numbers.
        environment: variables to add to the few that every worker gets.
    """

    def __init__(
        self,
        program: str,
        arguments: Sequence[str] = (),
        *,
        pass_fds: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        inherited = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(
            [*_command(), "worker", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=tuple(pass_fds),
            env={**inherited, "GGML_NO_BACKTRACE": "1", **(environment or {})},
            start_new_session=True,  # Ctrl+C in a terminal is the owner's to handle
        )
        self._stdin = cast("BinaryIO", self._process.stdin)
        self._log: deque[str] = deque(maxlen=LOG_TAIL_LINES)
        self._letters = LetterBox()
        self._write_lock = threading.Lock()
        self._killing = False
        self._threads = [
            threading.Thread(target=self._read, name=f"{program}-frames", daemon=True),
            threading.Thread(target=self._drain, name=f"{program}-log", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def log_tail(self) -> str:
        """The last lines the worker wrote to stderr, without control characters."""
        return "\n".join(self._log)

    def send(self, frame: Frame) -> None:
        """Send one frame.

        Raises:
            WorkerEnded: it is gone.
        """
        try:
            with self._write_lock:
                write_frame(self._stdin, frame)
        except (BrokenPipeError, ValueError, OSError) as error:
            raise WorkerEnded(cause=self.ending()) from error

    def receive(self, seconds: float | None = None) -> Frame:
        """Wait for the next frame.

        Args:
            seconds: how long at most; None waits for ever.

        Raises:
            WorkerEnded: it ended; the sentence says how.
            WorkerSilent: nothing came in time (the worker still runs).
            FrameError: it sent something that is not a frame.
        """
        try:
            untrusted_body = self._letters.take(seconds)
        except TimeoutError as error:
            raise WorkerSilent(seconds=round(seconds or 0, 1)) from error
        if untrusted_body is None:
            raise WorkerEnded(cause=self.ending())
        return unpack(untrusted_body)

    def ending(self) -> str:
        """How the process ended, in words; waits for it up to GRACE_SECONDS."""
        try:
            code = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its output but still runs"
        return ending_words(code)

    @property
    def killed(self) -> bool:
        """Whether it was ended by a signal nobody can refuse, and not by us."""
        return self._process.returncode == -signal.SIGKILL and not self._killing

    @property
    def lost_file(self) -> bool:
        """Whether it ended because a file it had mapped became shorter or could not be read."""
        return self._process.returncode == -signal.SIGBUS

    def close(self) -> int:
        """Close the pipe, then terminate, then kill; each step waits GRACE_SECONDS."""
        with suppress(OSError, ValueError):
            self._stdin.close()
        self._letters.discard()
        code = self._stop()
        for thread in self._threads:
            thread.join(GRACE_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        return code

    def kill(self) -> None:
        """Stop at once, without the ladder; `close` still has to be called."""
        self._killing = True
        self._process.kill()

    def _stop(self) -> int:
        for escalate in (self._process.terminate, self._process.kill):
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(GRACE_SECONDS)
            escalate()
        return self._process.wait()

    def _read(self) -> None:
        fill(self._letters, cast("BinaryIO", self._process.stdout), self._process.kill)

    def _drain(self) -> None:
        stderr = cast("BinaryIO", self._process.stderr)
        with suppress(ValueError):
            for untrusted_line in stderr:
                text = untrusted_line[:MAX_LOG_LINE].decode("utf-8", "replace").rstrip()
                self._log.append("".join(c if c.isprintable() else "·" for c in text))


def _command() -> list[str]:
    """How this program starts itself: the frozen executable, or the interpreter.

    The interpreter is isolated from the user's settings, and writes no compiled modules: a worker
    may write no file at all.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-I", "-B", "-m", "carrel"]
