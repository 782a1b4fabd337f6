"""The story of one file: snapshot, store, read in a child, save.

A document exists from the moment its bytes are stored (`queued`); what was read
from it appears in one transaction. A crash in between leaves a queued document
that is read after the next start. Must not know SQL, formats or the window.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.errors import BUG_FAILURE, KnownError, ParseError
from carrel.domain.ids import DocumentId
from carrel.ingest.errors import FileOutOfMemory
from carrel.ingest.snapshot import Cancelled, Snapshot, take_snapshot
from carrel.parsing.client import ParsedUnit, ParseSummary, read_document
from carrel.system.shared_memory import SealedCopy

_log = logging.getLogger(__name__)

Step = Callable[[str, int, int], None]


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


class Library(Protocol):
    """The stored documents, as far as adding needs them."""

    def known(self, sha256: str) -> Document | None:
        """The document with these bytes, if there is one."""

    def accept(self, name: str, size: int, sha256: str, pieces: Iterator[bytes]) -> Document:
        """Store the original, encrypted and synced, and list the document as queued."""

    def save(self, document: DocumentId, parsed: Parsed) -> Document:
        """Store what was read, in one transaction; it can be searched from now on."""

    def fail(self, document: DocumentId, failure: Failure) -> Document:
        """Store why it could not be read."""

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The stored bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of one file."""

    path: Path
    document: Document | None
    duplicate: bool = False
    failure: Failure | None = None


class Pipeline:
    """Adds files one at a time; several may run on different threads.

    Args:
        library: where documents are stored.
        read: `parsing.client.read_document`, or a fake with its contract.
    """

    def __init__(self, library: Library, read: Callable[..., ParseSummary] = read_document) -> None:
        self._library = library
        self._read = read

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
                known = self._library.known(snapshot.sha256)
                if known is not None and known.state in {DocumentState.READ, DocumentState.PARTIAL}:
                    return Added(path=path, document=known, duplicate=True)
                document = known or self._library.accept(
                    snapshot.name, snapshot.size, snapshot.sha256, snapshot.pieces()
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

    def resume(self, document: Document, *, cancelled: Callable[[], bool]) -> Document:
        """Read a document whose bytes were stored before the program ended.

        Raises:
            Cancelled: the user stopped it; it stays queued.
        """
        try:
            copy = SealedCopy()
            try:
                for piece in self._library.original(document.id):
                    copy.write(piece)
                copy.seal()
                snapshot = Snapshot(document.name, copy, copy.size, document.sha256)
                added = self._read_and_save(
                    Path(document.name), document, snapshot, lambda *_: None, cancelled
                )
            finally:
                copy.close()
            return added.document or document
        except KnownError as error:
            return self._library.fail(document.id, error.failure)

    def _read_and_save(
        self,
        path: Path,
        document: Document,
        snapshot: Snapshot,
        step: Step,
        cancelled: Callable[[], bool],
    ) -> Added:
        started = time.monotonic()
        units: list[ParsedUnit] = []
        segments: list[tuple[bytes, int]] = []
        step("reading", 0, 0)
        try:
            summary = self._read(
                snapshot.copy.fd,
                name=snapshot.name,
                size=snapshot.size,
                on_unit=units.append,
                on_segment=lambda body, passages: segments.append((body, passages)),
                on_progress=lambda done, total: step("reading", done, total),
                cancelled=cancelled,
            )
        except ParseError as error:
            if cancelled():
                raise Cancelled from error
            saved = self._library.fail(document.id, error.failure)
            return Added(path=path, document=saved, failure=error.failure)
        if cancelled():
            raise Cancelled
        step("saving", 0, 0)
        parsed = Parsed(summary, time.monotonic() - started, units, segments)
        return Added(path=path, document=self._library.save(document.id, parsed))
