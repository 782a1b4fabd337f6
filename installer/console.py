"""What set-up says while it works: one line per step, and how far a long step is.

Knows terminals and child processes; knows nothing of what the steps do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LINE_SHARE = 10
"""Per cent between two progress lines when the output is no terminal, so that a log stays short."""

LOG_TAIL_LINES = 30
"""Lines of a failed command's log that are shown; the whole log stays on disk."""


class SetUpError(Exception):
    """Set-up cannot go on; the text is one sentence for the person at the keyboard."""


def say(text: str) -> None:
    """Print one line at once, also when the output is a pipe."""
    print(text, flush=True)


class Progress:
    """How far one long step is: a line that rewrites itself, or plain lines every ten per cent."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._begun = time.monotonic()
        self._first: tuple[int, float] | None = None
        self._said_share = 0
        self._terminal = sys.stdout.isatty()

    def at(self, done: int, total: int) -> None:
        """Show that `done` of `total` parts are finished."""
        now = time.monotonic()
        if total <= 0:
            return
        if self._first is None:
            self._first = (done, now)
        share = min(100, done * 100 // total)
        text = (
            f"    {self._label}: {done} of {total} ({share} %){self._remaining(done, total, now)}"
        )
        if self._terminal:
            print(f"\r{text:<78}", end="", flush=True)
        elif share >= self._said_share + LINE_SHARE:
            self._said_share = share - share % LINE_SHARE
            say(text)

    def _remaining(self, done: int, total: int, now: float) -> str:
        first_done, first_time = self._first or (done, now)
        if done <= first_done or done >= total:
            return ""
        seconds = (now - first_time) / (done - first_done) * (total - done)
        return f", about {_duration(seconds)} left"

    def finish(self) -> None:
        """Leave the progress line and say how long the step took."""
        if self._terminal:
            print("\r" + " " * 78 + "\r", end="")
        say(f"    {self._label}: done in {_duration(time.monotonic() - self._begun)}")


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60} s"


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Run a command with its output in a log file.

    Args:
        command: The program and its arguments.
        log: Where all output goes; older content is replaced.
        environment: Variables added to this process's own.
        directory: Where the command runs.
        on_line: Called with every line of output, for progress.

    Raises:
        SetUpError: The command failed; the end of its log has been printed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    with log.open("w", encoding="utf-8", errors="replace") as record:
        record.write(f"$ {' '.join(words)}\n")
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=directory,
            text=True,
            encoding="utf-8",
            errors="replace",
            # Descriptors marked inheritable go along: set-up's lock, so that a command
            # that outlives a killed set-up still keeps the next one waiting.
            close_fds=False,
        )
        with process:
            for line in process.stdout or ():
                record.write(line)
                if on_line is not None:
                    on_line(line)
    if process.returncode != 0:
        tail = log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL_LINES:]
        say("")
        for line in tail:
            say(f"    | {line[:200]}")
        raise SetUpError(f"“{Path(words[0]).name}” failed; its whole output is in {log}.")
