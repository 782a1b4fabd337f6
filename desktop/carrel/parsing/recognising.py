"""Recognising text from the window's side: one killable, locked child for one document.

Must not know formats or Tesseract: what a page says is learned from a checked frame.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Final

from carrel.domain.documents import Box
from carrel.domain.errors import LockError, ParseError, from_wire
from carrel.parsing import limits
from carrel.parsing.errors import Cancelled, Crashed
from carrel.parsing.protocol import WrongFrame, recognised
from carrel.parsing.render import ENVIRONMENT
from carrel.parsing.tessdata import Languages
from carrel.parsing.values import RecognisedPage
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError

POLL_SECONDS: Final = 0.1
"""Seconds between two looks at whether the user wants to stop."""

PAGES_OF_A_CHILD: Final = 60
"""Pages after which a fresh child goes on: its processor time in all is limited, and what
libraries forget to give back goes with it."""

SILENT_SECONDS: Final = 3_600.0
"""Seconds of one page after which a child is stopped. Its processor time is limited by the
system; this is for one that does nothing, on a machine that leaves it no time for an hour."""


class PageReader:
    """Recognises pages of one document. One thread at a time.

    The child is started with the first page, and anew after it died.

    Args:
        fd: a sealed memfd with the document; copied, so the caller may close its own.
        size: bytes.
        languages: what is installed, or a part of it.
        quiet: whether the child steps back behind everything else that runs.
    """

    def __init__(self, fd: int, size: int, languages: Languages, *, quiet: bool) -> None:
        self._fd = os.dup(fd)
        self._size = size
        self._languages = languages
        self._quiet = quiet
        self._child: Child | None = None
        self._pages = 0

    def read(
        self, page: int, *, covered: Sequence[Box] = (), cancelled: Callable[[], bool]
    ) -> RecognisedPage:
        """Recognise a page.

        Args:
            page: counts from 1.
            covered: where text is known already; what is recognised there is left out.
            cancelled: asked about ten times a second.

        Raises:
            Cancelled: the user wants to stop.
            ParseError: the page cannot be drawn or recognised; the sentence says why.
            LockError: the child could not lock itself, and read nothing.
        """
        if self._pages >= PAGES_OF_A_CHILD:
            self._stop()
        child = self._running()
        self._pages += 1
        boxes = [list(box) for box in covered[: limits.MAX_COVERED]]
        try:
            child.send({"command": "recognise", "page": page, "covered": boxes})
            untrusted_frame = _next_frame(child, cancelled)
            if untrusted_frame.get("event") == "failed":
                raise _failure(untrusted_frame)
            return recognised(untrusted_frame)
        except (WorkerEnded, WorkerSilent, FrameError, WrongFrame) as error:
            self._stop()
            raise Crashed(cause=error.fields.get("cause") or str(error)) from error
        except (Cancelled, LockError):
            self._stop()
            raise

    def close(self) -> None:
        """Stop the child and let go of the document."""
        self._stop()
        os.close(self._fd)

    def _running(self) -> Child:
        if self._child is None:
            numbers = (self._fd, self._size, int(self._quiet), int(self._languages.oriented))
            names = ",".join(self._languages.names)
            self._child = Child(
                "recognise",
                [*map(str, numbers), names, str(self._languages.folder)],
                pass_fds=[self._fd],
                environment={**ENVIRONMENT, "OMP_THREAD_LIMIT": "1"},
            )
            self._pages = 0
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.close()
            self._child = None


def _next_frame(child: Child, cancelled: Callable[[], bool]) -> Frame:
    deadline = time.monotonic() + SILENT_SECONDS
    while not cancelled():
        try:
            return child.receive(POLL_SECONDS)
        except WorkerSilent:
            if time.monotonic() > deadline:
                raise
    raise Cancelled


def _failure(untrusted_frame: Frame) -> ParseError | LockError:
    if untrusted_frame.get("code") == LockError.code:
        return LockError(cause="a helper process could not lock itself")
    error = from_wire(untrusted_frame.get("code"), ParseError)
    if not isinstance(error, ParseError) or "{" in error.sentence:
        return ParseError()
    return error
