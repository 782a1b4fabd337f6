"""Reading documents and rendering pages from the window's side: one killable child each.

Must not know formats: everything a document says is learned from checked frames.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from carrel.domain.documents import DocumentState
from carrel.domain.errors import LockError, ParseError
from carrel.parsing import limits
from carrel.parsing.errors import Cancelled, Crashed, TooLarge
from carrel.parsing.protocol import (
    Check,
    Done,
    Failed,
    Progress,
    SegmentSent,
    Started,
    WrongFrame,
)
from carrel.parsing.remarks import Remark
from carrel.parsing.render import ENVIRONMENT, PageRenderer
from carrel.parsing.values import ParsedUnit, ParseSummary
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError

__all__ = ["PageRenderer", "ParseSummary", "ParsedUnit", "read_document"]

POLL_SECONDS: Final = 0.1
"""Seconds between two looks at whether the user wants to stop."""


def read_document(
    fd: int,
    *,
    name: str,
    size: int,
    on_unit: Callable[[ParsedUnit], None],
    on_segment: Callable[[bytes, int], None],
    on_progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> ParseSummary:
    """Read one document in a child of its own. Any thread; blocks until it is read.

    Units are handed over together with the segment that covers their passages:
    all ``on_unit`` calls for a segment, then its ``on_segment``. So whatever was
    handed over is complete and can be searched, even if the child dies.

    Args:
        fd: a sealed memfd with the document's bytes; stays open.
        name: the file's name, a hint about text kinds only.
        size: bytes.
        on_progress: units read so far and in all (0 if unknown).
        cancelled: asked about ten times a second.

    Returns:
        What was read. If the child died after some units, the state is partial
        and a warning says where reading stopped.

    Raises:
        ParseError: nothing could be read; the sentence says why.
        LockError: the child could not lock itself, and read nothing.
    """
    if size > limits.MAX_DOCUMENT_BYTES:
        raise TooLarge
    reading = _Reading(on_unit, on_segment, on_progress)
    child = Child(
        "parser",
        ["read", str(fd), str(size), name[-limits.MAX_LABEL :].replace("\0", "")],
        pass_fds=[fd],
        environment=ENVIRONMENT,
    )
    try:
        return reading.run(child, cancelled)
    finally:
        child.kill()
        child.close()


@dataclass(slots=True)
class _Reading:
    on_unit: Callable[[ParsedUnit], None]
    on_segment: Callable[[bytes, int], None]
    on_progress: Callable[[int, int], None]
    check: Check = field(default_factory=Check)
    started: Started | None = None
    remarks: list[Remark] = field(default_factory=list)
    waiting: list[ParsedUnit] = field(default_factory=list)
    units: int = 0
    passages: int = 0

    def run(self, child: Child, cancelled: Callable[[], bool]) -> ParseSummary:
        """Follow the child to its end."""
        try:
            while True:
                message = self.check.message(_next_frame(child, cancelled))
                match message:
                    case Started():
                        self.started = message
                    case Progress():
                        self.on_progress(message.done, message.total)
                    case ParsedUnit():
                        self.waiting.append(message)
                    case SegmentSent():
                        self._hand_over()
                        self.on_segment(message.body, message.passages)
                    case Remark():
                        self.remarks.append(message)
                    case Done():
                        self._hand_over()
                        return self._summary(None)
                    case Failed():
                        return self._ended_early(message.error, message.error.failure.reason)
        except (WorkerEnded, WorkerSilent, FrameError, WrongFrame) as error:
            cause = error.fields.get("cause") or str(error)
            return self._ended_early(Crashed(cause=cause), f"Reading failed: {cause}.")

    def _hand_over(self) -> None:
        """A segment covers all that waits, or nothing that waits has passages."""
        for unit in self.waiting:
            self.units += 1
            self.passages += len(unit.passages)
            self.on_unit(unit)
        self.waiting.clear()

    def _ended_early(self, error: ParseError, reason: str) -> ParseSummary:
        if self.started is None or not self.units:
            raise error
        return self._summary(f"Only the first {self.units} parts could be read. {reason}")

    def _summary(self, loss: str | None) -> ParseSummary:
        started = self.started or Started("unknown", "unknown", 0)
        partial = loss is not None or any(remark.is_loss for remark in self.remarks)
        warnings = [remark.sentence for remark in self.remarks]
        return ParseSummary(
            kind=started.kind,
            parser=started.parser,
            parser_version=started.parser_version,
            state=DocumentState.PARTIAL if partial else DocumentState.READ,
            units=self.units,
            passages=self.passages,
            warnings=tuple(warnings + ([loss] if loss else [])),
        )


def _next_frame(child: Child, cancelled: Callable[[], bool]) -> Frame:
    """The next frame, while looking at whether the user wants to stop.

    Raises:
        Cancelled: the user does.
        WorkerSilent: no sign of life for STALL_SECONDS.
        WorkerEnded, FrameError: as `Child.receive`.
        LockError: the worker refused to work without its lock.
    """
    deadline = time.monotonic() + limits.STALL_SECONDS
    while True:
        if cancelled():
            raise Cancelled
        try:
            frame = child.receive(POLL_SECONDS)
        except WorkerSilent:
            if time.monotonic() > deadline:
                raise WorkerSilent(
                    seconds=round(limits.STALL_SECONDS),
                    cause=f"it showed no sign of life for {limits.STALL_SECONDS:.0f} seconds",
                ) from None
            continue
        if frame.get("event") == "failed" and frame.get("code") == LockError.code:
            raise LockError(cause="a helper process could not lock itself")
        return frame
