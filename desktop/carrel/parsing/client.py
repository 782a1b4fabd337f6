"""Reading documents and rendering pages from the window's side: one killable child each.

Must not know formats: everything a document says is learned from checked frames.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from carrel.domain.documents import DocumentState, Flaw, LedgerEntry, Room
from carrel.domain.errors import LockError, ParseError
from carrel.language.segment import SegmentBuilder
from carrel.parsing import limits, remarks
from carrel.parsing.errors import Cancelled, Crashed, OutOfMemory, TooLarge
from carrel.parsing.pictured import split_pictured
from carrel.parsing.protocol import (
    Check,
    Description,
    Done,
    Failed,
    MemberEnded,
    MemberStarted,
    Piece,
    Progress,
    SegmentSent,
    Started,
    WrongFrame,
)
from carrel.parsing.remarks import Remark
from carrel.parsing.render import PageRenderer
from carrel.parsing.starting import Order, Worker, start_alone
from carrel.parsing.values import ParsedMember, ParsedUnit, ParseSummary
from carrel.system.child import WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError
from carrel.system.shared_memory import SealedCopy

__all__ = [
    "PageRenderer",
    "ParseSummary",
    "ParsedMember",
    "ParsedUnit",
    "Started",
    "read_document",
]

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
    on_member: Callable[[ParsedMember], None] = lambda _member: None,
    on_start: Callable[[Started], None] = lambda _started: None,
    room: Room = limits.ALONE,
    start: Callable[[Order], Worker] = start_alone,
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
        on_member: takes a document out of the document; what it raises ends the reading.
        on_start: told what the document is and who reads it, before anything else.
        room: what may come out of it.
        start: where its process comes from, such as `Parsers.start`.

    Returns:
        What was read. If the child died after some units, the state is partial
        and a warning says where reading stopped.

    Raises:
        ParseError: nothing could be read; the sentence says why.
        LockError: the child could not lock itself, and read nothing.
    """
    if size > limits.MAX_DOCUMENT_BYTES:
        raise TooLarge
    reading = _Reading(on_unit, on_segment, on_progress, on_member, on_start, Check(room=room))
    short = name[-limits.MAX_LABEL :].replace("\0", "")
    child = start(Order(fd=fd, name=short, size=size, room=room))
    try:
        return reading.run(child, cancelled)
    finally:
        child.kill()
        child.close()
        reading.drop_member()


class _Gathered:
    """A member while its bytes arrive."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.copy = SealedCopy()
        self.digest = hashlib.sha256()

    def add(self, body: bytes) -> None:
        self.digest.update(body)
        self.copy.write(body)


@dataclass(slots=True)
class _Reading:
    on_unit: Callable[[ParsedUnit], None]
    on_segment: Callable[[bytes, int], None]
    on_progress: Callable[[int, int], None]
    on_member: Callable[[ParsedMember], None]
    on_start: Callable[[Started], None]
    check: Check
    started: Started | None = None
    remarks: list[Remark] = field(default_factory=list)
    waiting: list[ParsedUnit] = field(default_factory=list)
    units: int = 0
    passages: int = 0
    members: int = 0
    gathered: _Gathered | None = None
    description: Description = field(default_factory=lambda: Description((), ()))

    def run(self, child: Worker, cancelled: Callable[[], bool]) -> ParseSummary:
        """Follow the child to its end."""
        try:
            while True:
                message = self.check.message(_next_frame(child, cancelled))
                match message:
                    case Started():
                        self.started = message
                        self.on_start(message)
                    case Progress():
                        self.on_progress(message.done, message.total)
                    case ParsedUnit():
                        self.waiting.append(message)
                    case MemberStarted(path=path):
                        self.gathered = _Gathered(path)
                    case Piece(body=body):
                        self._gather(body)
                    case MemberEnded(whole=whole):
                        self._end_member(whole=whole)
                    case SegmentSent():
                        self._hand_over()
                        self.on_segment(message.body, message.passages)
                    case Remark():
                        self.remarks.append(message)
                    case Description():
                        self.description = message
                    case Done():
                        self._hand_over()
                        return self._summary(None)
                    case Failed():
                        return self._ended_early(message.error, message.error.failure.reason)
        except (WorkerEnded, WorkerSilent, FrameError, WrongFrame) as error:
            self._salvage()
            cause = error.fields.get("cause") or str(error)
            return self._ended_early(Crashed(cause=cause), f"Reading failed: {cause}.")

    def drop_member(self) -> None:
        """Forget the member under way."""
        if self.gathered is not None:
            self.gathered.copy.close()
            self.gathered = None

    def _gather(self, body: bytes) -> None:
        if self.gathered is not None:
            try:
                self.gathered.add(body)
            except OSError as error:
                raise OutOfMemory from error

    def _end_member(self, *, whole: bool) -> None:
        found = self.gathered
        if whole and found is not None:
            self.members += 1
            found.copy.seal()
            self.on_member(
                ParsedMember(
                    path=found.path,
                    size=found.copy.size,
                    sha256=found.digest.hexdigest(),
                    copy=found.copy,
                )
            )
        self.drop_member()

    def _hand_over(self) -> None:
        """A segment covers all that waits, or nothing that waits has passages."""
        for unit in self.waiting:
            self.units += 1
            self.passages += len(unit.passages)
            self.on_unit(unit)
        self.waiting.clear()

    def _salvage(self) -> None:
        """Units that came before the child died, with the postings it did not come to send.

        At most what a child reads in SEGMENT_SECONDS; the names of their pages are not weighed.
        """
        if not self.waiting:
            return
        builder = SegmentBuilder()
        for unit in self.waiting:
            for index, span in enumerate(unit.passages):
                builder.add(
                    text=unit.text[span.start : span.end],
                    heading=span.heading,
                    starts_unit=index == 0,
                )
        self._hand_over()
        if passages := len(builder):
            self.on_segment(builder.build(), passages)

    def _ended_early(self, error: ParseError, reason: str) -> ParseSummary:
        if self.started is None or not (self.units or self.members):
            raise error
        what = "part" if self.units == 1 else f"{self.units:,} parts"
        what += " could be read"
        if not self.units:
            files = "file" if self.members == 1 else f"{self.members:,} files"
            what = f"{files} could be unpacked"
        return self._summary(f"Only the first {what}. {reason}", error.failure.remedy)

    def _summary(self, loss: str | None, remedy: str = "") -> ParseSummary:
        started = self.started or Started("unknown", "unknown", 0)
        said, pictured = split_pictured(self.remarks, self.units)
        partial = loss is not None or any(remark.is_loss for remark in said)
        warnings = remarks.sentences(said)
        ledger = [entry for remark in said for entry in remark.entries]
        if loss:
            stopped = LedgerEntry(unit=0, what=Flaw.TRUNCATED, why=loss, remedy=remedy, loss=True)
            ledger.insert(0, stopped)
        return ParseSummary(
            kind=started.kind,
            parser=started.parser,
            parser_version=started.parser_version,
            state=DocumentState.PARTIAL if partial else DocumentState.READ,
            units=self.units,
            passages=self.passages,
            warnings=tuple(warnings + ([loss] if loss else [])),
            ledger=tuple(ledger[: limits.MAX_LEDGER]),
            members=self.members,
            pictured=pictured,
            # What leads beyond the last unit that was read leads nowhere.
            outline=tuple(
                entry if entry.unit <= self.units else replace(entry, unit=0)
                for entry in self.description.outline
            ),
            properties=self.description.properties,
            sketch=self.description.sketch,
            cut=loss is not None,
        )


def _next_frame(child: Worker, cancelled: Callable[[], bool]) -> Frame:
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
