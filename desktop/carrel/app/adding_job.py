"""One command to add files: which files, what is known of each, and what came of them so far.

Its own lock keeps it right on any thread; must not know events or the line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from carrel.domain.documents import Document, DocumentState, Failure, Inside
from carrel.domain.events import Tally
from carrel.domain.ids import DocumentId, JobId
from carrel.ingest.pipeline import Added, Placed
from carrel.workspace.drops import ListedFile

REMEMBER_EVERY: Final = 64
"""Files that are through before that is written down; after a crash so many are looked at twice
and found to be there."""

REMEMBER_SECONDS: Final = 2.0
"""Seconds after which it is written down in any case."""

MAX_KIND: Final = 8
"""Characters of a file's suffix that tell its kind."""


@dataclass(slots=True)
class Counts:
    """What came of the files so far; see `Tally`."""

    read: int = 0
    partial: int = 0
    failed: int = 0
    duplicates: int = 0
    not_added: int = 0
    stopped: int = 0

    def as_event(self) -> Tally:
        """As it is published."""
        return Tally(
            read=self.read,
            partial=self.partial,
            failed=self.failed,
            duplicates=self.duplicates,
            not_added=self.not_added,
            stopped=self.stopped,
        )


@dataclass(slots=True)
class Job:
    """One command to add files.

    Attributes:
        drop: where it is remembered; 0 for documents that are stored already.
        documents: those of its files that are stored, by index.
        inside: where the files lie that were found in others, by index.
        unwanted: files the user stopped, by index.
        again: files that are read though they were, by index.
        started: whether its beginning was told.
        failure: why not all of its files could be found.
    """

    id: JobId
    drop: int = 0
    paths: list[Path] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    documents: dict[int, Document] = field(default_factory=dict)
    inside: dict[int, Inside] = field(default_factory=dict)
    unwanted: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: bool = False
    failure: Failure | None = None
    tally: Counts = field(default_factory=Counts)
    _listing: bool = True
    _open: int = 0
    _through: list[Path] = field(default_factory=list)
    _remembered_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Files found so far."""
        return len(self.paths)

    def kind(self, index: int) -> str:
        """What a file's speed is measured by: its suffix."""
        return self.paths[index].suffix.lower()[:MAX_KIND]

    def is_unwanted(self, index: int) -> bool:
        """Whether the user stopped this file, or all."""
        return self.cancelled.is_set() or index in self.unwanted

    def take_in(self, files: Sequence[ListedFile], documents: Sequence[Document] = ()) -> int:
        """More files to read, some of them stored; returns the index of the first."""
        with self._lock:
            first = len(self.paths)
            self.paths += [file.path for file in files]
            self.sizes += [file.size for file in files]
            self.documents.update(enumerate(documents, first))
            self._open += len(files)
        return first

    def take_in_members(self, index: int, container: DocumentId, members: Sequence[Placed]) -> int:
        """Files that were found in one; returns the index of the first."""
        with self._lock:
            first = len(self.paths)
            for at, member in enumerate(members, first):
                self.inside[at] = Inside(container, member.path)
                self.documents[at] = member.document
                self.paths.append(self.paths[index] / member.path)
                self.sizes.append(member.document.size)
            self._open += len(members)
        return first

    def count_up(self, added: Added) -> None:
        """Note what came of a file."""
        with self._lock:
            found = self.tally
            if added.duplicate:
                found.duplicates += 1
            elif added.document is None:
                found.not_added += 1
            elif added.document.state is DocumentState.READ:
                found.read += 1
            elif added.document.state is DocumentState.PARTIAL:
                found.partial += 1
            else:
                found.failed += 1

    def count_down(self, index: int) -> bool:
        """A file is through; returns whether it was the last."""
        with self._lock:
            if index not in self.documents:
                self._through.append(self.paths[index])
            self._open -= 1
            return not (self._open or self._listing)

    def end_listing(self) -> bool:
        """No more files will be found by walking; returns whether all are through."""
        with self._lock:
            self._listing = False
            return not self._open

    def take_through(self, *, at_once: bool) -> list[Path]:
        """Files that are through and were not asked for yet; empty while they are few."""
        with self._lock:
            now = time.monotonic()
            few = len(self._through) < REMEMBER_EVERY
            if few and now - self._remembered_at < REMEMBER_SECONDS and not at_once:
                return []
            found, self._through, self._remembered_at = self._through, [], now
            return found
