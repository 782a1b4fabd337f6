"""The story of one file: snapshot, store, read in a child, save.

A document exists from the moment its bytes are stored (`queued`); what was read
from it appears in one transaction. A crash in between leaves a queued document
that is read after the next start. Of a long one the first pages are committed before,
so that they can be searched while the rest is read; in the end all of it takes their
place. Documents inside a document are stored while it is read, each as a queued one;
so a crash in the middle of an archive loses none that was stored, and the archive
itself is read again. Must not know SQL, formats or the window.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from carrel.domain.documents import Document, DocumentState, Failure, Inside, Room
from carrel.domain.errors import BUG_FAILURE, KnownError, ParseError
from carrel.domain.ids import DocumentId
from carrel.ingest.errors import FileOutOfMemory, NotReadAgain
from carrel.ingest.snapshot import PIECE_BYTES, Cancelled, Snapshot, take_snapshot
from carrel.parsing.client import ParsedMember, ParsedUnit, ParseSummary, Started, read_document
from carrel.parsing.errors import Cancelled as ReadingStopped
from carrel.parsing.remarks import MEMBER_CIRCULAR, Remark
from carrel.system.shared_memory import SealedCopy

_log = logging.getLogger(__name__)

Step = Callable[[str, int, int], None]

WAIT_SECONDS: Final = 0.1
"""Seconds between two looks at whether the user still wants what waits for the same bytes."""

_READABLE: Final = frozenset((DocumentState.READ, DocumentState.PARTIAL))


@dataclass(slots=True)
class Parsed:
    """Everything read from one document, ready to be saved.

    Attributes:
        segments: posting segments, each with the number of passages it covers, in order.
    """

    summary: ParseSummary
    seconds: float
    units: list[ParsedUnit] = field(default_factory=list)
    segments: list[tuple[bytes, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was read first of a document; as in `Parsed`."""

    units: Sequence[ParsedUnit]
    segments: Sequence[tuple[bytes, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A document that was found inside another.

    Attributes:
        circular: it is, or holds, what it was found in, and was not put inside.
    """

    document: Document
    path: str
    circular: bool = False


class Library(Protocol):
    """The stored documents, as far as adding needs them."""

    def known(self, sha256: str) -> Document | None:
        """The document with these bytes, if there is one."""

    def accept(
        self, name: str, size: int, sha256: str, pieces: Iterator[bytes], path: Path
    ) -> Document:
        """Store the original, encrypted and synced, and list the document as queued.

        Once it was read, it takes the place of what lay at the same path before.
        """

    def claim(self, document: DocumentId, path: Path) -> Document:
        """The user added a document that is stored already: it stays when its containers go.

        It takes the place of what lay at the same path before.
        """

    def room(self, document: DocumentId) -> Room:
        """What may come out of a document."""

    def place(self, member: ParsedMember, inside: Inside, pieces: Iterator[bytes]) -> Placed:
        """Store a document that lies in another, or record that a stored one does."""

    def save_first(self, document: DocumentId, start: Started, first: Beginning) -> Document:
        """Store what was read first; it can be searched from now on, and the document waits."""

    def save(self, document: DocumentId, parsed: Parsed) -> Document:
        """Store what was read, in one transaction; it can be searched from now on."""

    def save_again(self, document: DocumentId, parsed: Parsed) -> Document:
        """The same in place of what was read before; what citations need of that stays."""

    def fail(self, document: DocumentId, failure: Failure) -> Document:
        """Store why it could not be read; what was stored of its beginning is taken back."""

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The stored bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of one file."""

    path: Path
    document: Document | None
    duplicate: bool = False
    failure: Failure | None = None
    members: tuple[Placed, ...] = ()


class Pipeline:
    """Adds files one at a time; several may run on different threads.

    Args:
        library: where documents are stored.
        read: `parsing.client.read_document`, or a fake with its contract.
    """

    def __init__(self, library: Library, read: Callable[..., ParseSummary] = read_document) -> None:
        self._library = library
        self._read = read
        self._in_hand: set[str] = set()
        self._free = threading.Condition()

    def add(self, path: Path, *, step: Step, cancelled: Callable[[], bool]) -> Added:
        """Add one file.

        Args:
            step: told the name of the step, and how much of it is done and in all.
            cancelled: asked often; a cancelled file is as if it had never been added, or stays
                queued when its bytes were stored already.

        Raises:
            Cancelled: the user stopped it.
        """
        document: Document | None = None
        try:
            snapshot = take_snapshot(
                path, on_progress=lambda done, total: step("storing", done, total),
                cancelled=cancelled,
            )  # fmt: skip
            try:
                with self._alone(snapshot.sha256, cancelled):
                    known = self._library.known(snapshot.sha256)
                    if known is not None and known.state in _READABLE:
                        known = self._library.claim(known.id, path)
                        return Added(path=path, document=known, duplicate=True)
                    document = (
                        self._library.claim(known.id, path)
                        if known is not None
                        else self._library.accept(
                            snapshot.name, snapshot.size, snapshot.sha256, snapshot.pieces(), path
                        )
                    )
                    return self._read_and_save(path, document, snapshot, step, cancelled)
            finally:
                snapshot.close()
        except KnownError as error:
            return Added(path=path, document=document, failure=error.failure)
        except Cancelled:
            raise
        except MemoryError:
            failure = FileOutOfMemory(name=path.name).failure
            return Added(path=path, document=document, failure=failure)
        except Exception:  # noqa: BLE001 - one file must not stop the others
            _log.exception("adding a file failed")
            return Added(path=path, document=document, failure=BUG_FAILURE)

    def read_stored(
        self,
        document: Document,
        path: Path | None = None,
        *,
        step: Step = lambda *_: None,
        cancelled: Callable[[], bool],
        again: bool = False,
    ) -> Added:
        """Read a document whose bytes are stored: a member, or one from before the program ended.

        Args:
            path: what it is called in what comes back; its name by default.
            again: also when it was read; until the new reading is saved, that one stays.

        Raises:
            Cancelled: the user stopped it; it stays queued.
            KnownError: the workspace refuses.
        """
        path = path or Path(document.name)
        with self._alone(document.sha256, cancelled):
            return self._read_stored(document, path, step, cancelled, again=again)

    def _read_stored(
        self,
        document: Document,
        path: Path,
        step: Step,
        cancelled: Callable[[], bool],
        *,
        again: bool,
    ) -> Added:
        known = self._library.known(document.sha256)
        document = known or document
        if known is not None and known.state in _READABLE and not again:
            return Added(path=path, document=known, duplicate=True)  # somebody was faster
        copy = SealedCopy()
        try:
            for piece in self._library.original(document.id):
                copy.write(piece)
            copy.seal()
            snapshot = Snapshot(document.name, copy, copy.size, document.sha256)
            return self._read_and_save(path, document, snapshot, step, cancelled)
        except (OSError, MemoryError):
            failure = FileOutOfMemory(name=document.name).failure
            return Added(path=path, document=document, failure=failure)
        except KnownError as error:
            failed = self._library.fail(document.id, error.failure)
            return Added(path=path, document=failed, failure=error.failure)
        finally:
            copy.close()

    @contextmanager
    def _alone(self, sha256: str, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Nobody else reads the same bytes meanwhile; the second comes after, to find them known.

        Raises:
            Cancelled: the user did not want to wait.
        """
        with self._free:
            while sha256 in self._in_hand:
                if cancelled():
                    raise Cancelled
                self._free.wait(WAIT_SECONDS)
            self._in_hand.add(sha256)
        try:
            yield
        finally:
            with self._free:
                self._in_hand.discard(sha256)
                self._free.notify_all()

    def give_up(self, document: Document) -> Document:
        """The user does not want a stored document read: it is listed so, with what to do.

        Raises:
            KnownError: the workspace refuses, or the document was removed.
        """
        return self._library.fail(document.id, ReadingStopped().failure)

    def _read_and_save(
        self,
        path: Path,
        document: Document,
        snapshot: Snapshot,
        step: Step,
        cancelled: Callable[[], bool],
    ) -> Added:
        started = time.monotonic()
        placed: list[Placed] = []
        reading = _Reading(self._library, document, step)
        step("reading", 0, 0)
        try:
            summary = self._read(
                snapshot.copy.fd,
                name=snapshot.name,
                size=snapshot.size,
                on_start=reading.begin,
                on_unit=reading.units.append,
                on_segment=reading.take_segment,
                on_progress=reading.move,
                on_member=lambda member: placed.append(self._place(document, member)),
                room=self._library.room(document.id),
                cancelled=cancelled,
            )
        except ParseError as error:
            if cancelled():
                raise _stopped(reading.document) from error
            saved = self._library.fail(document.id, error.failure)
            return Added(path=path, document=saved, failure=error.failure)
        if cancelled():
            raise _stopped(reading.document)
        again = document.state in _READABLE
        if again and summary.cut and len(reading.units) < document.units:
            failure = NotReadAgain(name=document.name).failure
            return Added(path=path, document=document, failure=failure)
        step("saving", 0, 0)
        circles = [
            entry
            for one in placed
            if one.circular
            for entry in Remark(code=MEMBER_CIRCULAR, name=one.path).entries
        ]
        summary = replace(summary, ledger=(*summary.ledger, *circles))
        seconds = time.monotonic() - started
        parsed = Parsed(summary, seconds, reading.units, reading.segments)
        # Its beginning, or an earlier reading, gives way.
        stored = again or reading.document.units
        save = self._library.save_again if stored else self._library.save
        saved = save(document.id, parsed)
        inside = tuple(one for one in placed if not one.circular)
        return Added(path=path, document=saved, members=inside)

    def _place(self, container: Document, member: ParsedMember) -> Placed:
        def pieces() -> Iterator[bytes]:
            position = 0
            while piece := os.pread(member.copy.fd, PIECE_BYTES, position):
                position += len(piece)
                yield piece

        return self._library.place(member, Inside(container.id, member.path), pieces())


def _stopped(document: Document) -> Cancelled:
    stopped = Cancelled()
    stopped.document = document
    return stopped


class _Reading:
    """What came of a document so far; its beginning is stored while the rest is read.

    Attributes:
        document: as it is now.
    """

    def __init__(self, library: Library, document: Document, step: Step) -> None:
        self._library, self.document, self._step = library, document, step
        self._start: Started | None = None
        self._total = 0
        self.units: list[ParsedUnit] = []
        self.segments: list[tuple[bytes, int]] = []

    def begin(self, start: Started) -> None:
        """It is known what the document is."""
        self._start = start

    def move(self, done: int, total: int) -> None:
        """So many units were read."""
        self._total = total
        self._step("reading", done, total)

    def take_segment(self, body: bytes, passages: int) -> None:
        """The units so far can be searched with these postings."""
        self.segments.append((body, passages))
        more = self._total > len(self.units)
        if more and self._start is not None and not self.document.units:
            first = Beginning(self.units, self.segments)
            self.document = self._library.save_first(self.document.id, self._start, first)
