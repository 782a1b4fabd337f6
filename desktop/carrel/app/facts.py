"""Reads facts off stored documents: one document after another, with progress, until stopped.

Must not know how facts are found or shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from carrel.answering.facts.contradictions import contradictions
from carrel.answering.facts.entities import entities
from carrel.answering.facts.sentences import Stop, Stopped
from carrel.answering.facts.summary import summary
from carrel.answering.facts.timeline import timeline
from carrel.app.fact_export import write_facts
from carrel.domain.documents import Unit
from carrel.domain.events import Event, FactsProgressed
from carrel.domain.fact_sheet import FactSheet
from carrel.domain.facts import Contradictions, Entities, FactsKind, Summary, Timeline
from carrel.domain.ids import DocumentId
from carrel.workspace.store import Workspace

Found = TypeVar("Found")
Heard = Callable[[int], None]


class Facts:
    """Looks for facts, one request at a time. All methods return at once.

    A request is cancelled when another of its kind comes; its future says so.

    Args:
        workspace: open.
        publish: told how many documents are done.
    """

    def __init__(self, workspace: Workspace, publish: Callable[[Event], None]) -> None:
        self._workspace = workspace
        self._publish = publish
        self._numbers = itertools.count(1)
        self._newest = dict.fromkeys(FactsKind, 0)
        self._work = ThreadPoolExecutor(1, thread_name_prefix="facts")
        self._writes = ThreadPoolExecutor(1, thread_name_prefix="facts-export")

    def timeline(self, documents: Sequence[DocumentId]) -> Future[Timeline]:
        """What stands under dates in some documents.

        Raises:
            DocumentGone: by the future; there is no such document.
        """
        return self._start(
            FactsKind.TIMELINE,
            documents,
            lambda units, stopped, heard: timeline(units, stopped=stopped, heard=heard),
        )

    def entities(self, documents: Sequence[DocumentId]) -> Future[Entities]:
        """Who and what is named in some documents.

        Raises:
            DocumentGone: by the future; there is no such document.
        """
        return self._start(
            FactsKind.ENTITIES,
            documents,
            lambda units, stopped, heard: entities(units, stopped=stopped, heard=heard),
        )

    def contradictions(self, documents: Sequence[DocumentId]) -> Future[Contradictions]:
        """Where some documents disagree.

        Raises:
            DocumentGone: by the future; there is no such document.
        """

        def find(units: Iterator[Sequence[Unit]], stopped: Stopped, heard: Heard) -> Contradictions:
            named = zip(self._names(documents), units, strict=True)
            return contradictions(named, stopped=stopped, heard=heard)

        return self._start(FactsKind.CONTRADICTIONS, documents, find)

    def summary(self, documents: Sequence[DocumentId]) -> Future[Summary]:
        """The sentences that say most of each section of some documents.

        Raises:
            DocumentGone: by the future; there is no such document.
        """

        def find(units: Iterator[Sequence[Unit]], stopped: Stopped, heard: Heard) -> Summary:
            outlines = {
                document: self._workspace.documents.outline(document).result()
                for document in documents
            }
            return summary(units, outlines, stopped=stopped, heard=heard)

        return self._start(FactsKind.SUMMARY, documents, find)

    def export(self, sheet: FactSheet, path: Path) -> Future[Path]:
        """Write facts as CSV, XLSX or DOCX, as the path's suffix says.

        Raises:
            FactsNotWritten: by the future; it cannot be written.
        """

        def write() -> Path:
            write_facts(sheet, path)
            return path

        return self._writes.submit(write)

    def stop(self, kind: FactsKind | None = None) -> None:
        """Cancel what is under way, if there is something; of one kind, or all."""
        for one in FactsKind if kind is None else (kind,):
            self._newest[one] = 0

    def close(self) -> None:
        """Stop, and wait until it has; no more is taken."""
        self.stop()
        self._work.shutdown(cancel_futures=True)
        self._writes.shutdown()

    def _start(
        self,
        kind: FactsKind,
        documents: Sequence[DocumentId],
        find: Callable[[Iterator[Sequence[Unit]], Stopped, Heard], Found],
    ) -> Future[Found]:
        self._newest[kind] = number = next(self._numbers)
        total = len(documents)

        def stopped() -> bool:
            return self._newest[kind] != number

        def heard(done: int) -> None:
            self._publish(FactsProgressed(kind=kind.value, done=done, total=total))

        def run() -> Found:
            try:
                return find(self._units(documents, stopped), stopped, heard)
            except Stop as error:
                raise CancelledError from error

        return self._work.submit(run)

    def _names(self, documents: Sequence[DocumentId]) -> Iterator[str]:
        for document in documents:
            yield self._workspace.documents.get(document).result().name

    def _units(
        self, documents: Sequence[DocumentId], stopped: Stopped
    ) -> Iterator[tuple[Unit, ...]]:
        for document in documents:
            if stopped():
                raise Stop
            yield self._workspace.texts.units(document).result()
