"""The life of stored documents: renamed, labelled, noted, saved back, removed, brought back.

A removed document is out of sight at once. It can come back until `UNDO_SECONDS`
have passed, until the user empties what was removed, or until the window is
closed; then nothing of it is left. Must not know who asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from carrel.app.finding import Finding
from carrel.app.saving import save_original
from carrel.domain.documents import (
    UNDO_SECONDS,
    Alike,
    Document,
    DocumentState,
    Removal,
    Whereabouts,
)
from carrel.domain.errors import KnownError
from carrel.domain.events import DocumentChanged, DocumentRemoved, Event, RemovalsChanged
from carrel.domain.ids import DocumentId
from carrel.domain.labels import LabelCount, LabelKind
from carrel.workspace.errors import DocumentGone
from carrel.workspace.store import Workspace

MAX_NAME: Final = 200
"""Characters of a name the user gives; more fits no line of the window."""

_log = logging.getLogger(__name__)


class Remembers(Protocol):
    """Whoever keeps something of documents in memory."""

    def forget(self, document: DocumentId) -> None:
        """The document was removed."""


class Shelf:
    """What can be done with stored documents. All methods return at once.

    Args:
        workspace: open.
        finding: made to forget, to find again, and to know by another name.
        remembers: told of each removed document.
        publish: where events go.
        resume: reads documents that came back before they were read.
        counted: told when there are more or fewer documents.
    """

    def __init__(
        self,
        workspace: Workspace,
        finding: Finding,
        remembers: Sequence[Remembers],
        *,
        publish: Callable[[Event], None],
        resume: Callable[[Sequence[Document]], object],
        counted: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._finding = finding
        self._remembers = tuple(remembers)
        self._publish = publish
        self._resume = resume
        self._counted = counted
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="shelf")
        self._savers = ThreadPoolExecutor(1, thread_name_prefix="save")
        self._alarm: threading.Timer | None = None
        self._alarm_lock = threading.Lock()
        self._closed = False
        self._threads.submit(self._shred_expired)

    def rename(self, document: DocumentId, name: str) -> Future[Document]:
        """Call a document otherwise; an empty name gives it its file's name back."""
        return self._threads.submit(self._rename, document, " ".join(name.split())[:MAX_NAME])

    def label(
        self,
        documents: Sequence[DocumentId],
        kind: LabelKind,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Future[tuple[Document, ...]]:
        """Put tags on documents, or put them into collections, and take them off or out again.

        Args:
            add: as `labels_of` makes them; wins over `remove`.
        """
        return self._threads.submit(self._label, tuple(documents), kind, tuple(add), tuple(remove))

    def labels(self, kind: LabelKind) -> Future[tuple[LabelCount, ...]]:
        """The tags, or the collections, that are in use."""
        return self._workspace.labels.names(kind)

    def note(self, document: DocumentId, text: str) -> Future[Document]:
        """Keep a note on a document, as typed; done when it lies on the disk."""
        return self._threads.submit(self._note, document, text)

    def save(self, document: DocumentId, path: Path, *, replace: bool = False) -> Future[Path]:
        """Save a document's original to a file or into a folder; see `saving.save_original`."""
        return self._savers.submit(self._save, document, path, replace)

    def remove(self, document: DocumentId) -> Future[Removal]:
        """Remove a document, with what lies inside of it and nowhere else; it can come back."""
        return self._threads.submit(self._remove, document)

    def restore(self, document: DocumentId) -> Future[tuple[Document, ...]]:
        """Bring a removed document back; DocumentGone when nothing is left of it."""
        return self._threads.submit(self._restore, document)

    def removed(self) -> Future[tuple[Removal, ...]]:
        """What can still come back, the last removed first."""
        return self._workspace.documents.removals.waiting()

    def shred(self, documents: Sequence[DocumentId] | None = None) -> Future[int]:
        """Leave nothing of removed documents; how many those were.

        Args:
            documents: as they were removed; None for all.
        """
        return self._threads.submit(self._shred, documents)

    def came_back(self, documents: Sequence[DocumentId]) -> None:
        """They were added again while they could still come back; on the caller's thread."""
        for document in documents:
            stored = self._workspace.documents.get(document).result()
            self._finding.show(stored)
            self._publish(DocumentChanged(document=stored))
        self._counted()
        self._publish(RemovalsChanged())

    def at(self, path: Path) -> Future[Document | None]:
        """The document that lay at a path when it was added last; None when there is none.

        Whoever adds the path again makes what lies there now its next version.
        """
        return self._workspace.versions.at(str(path.absolute()))

    def whereabouts(self, document: DocumentId) -> Future[Whereabouts]:
        """Where a document lies on the disk, and its versions there."""
        return self._workspace.versions.of(document)

    def alike(self, document: DocumentId) -> Future[tuple[Alike, ...]]:
        """Other documents that are nearly the same, the most alike first."""
        return self._workspace.versions.alike(document)

    def aged(self) -> None:
        """Documents became old, or are no longer: search and tell so; on the caller's thread."""
        for document in sorted(self._finding.aged()):
            with suppress(DocumentGone):
                stored = self._workspace.documents.get(document).result()
                self._publish(DocumentChanged(document=stored))

    def close(self, *, shred: bool) -> None:
        """Finish what was asked for.

        Args:
            shred: nothing that was removed can come back any more.
        """
        with self._alarm_lock:
            self._closed = True
            if self._alarm is not None:
                self._alarm.cancel()
        self._savers.shutdown()
        if shred:
            self._threads.submit(self._shred, None)
        self._threads.shutdown()

    def _rename(self, document: DocumentId, name: str) -> Document:
        renamed = self._workspace.documents.rename(document, name).result()
        self._finding.show(renamed)
        self._publish(DocumentChanged(document=renamed))
        return renamed

    def _label(
        self,
        documents: Sequence[DocumentId],
        kind: LabelKind,
        add: Sequence[str],
        remove: Sequence[str],
    ) -> tuple[Document, ...]:
        labelled = self._workspace.labels.change(documents, kind, add=add, remove=remove).result()
        for document in labelled:
            self._publish(DocumentChanged(document=document))
        return labelled

    def _note(self, document: DocumentId, text: str) -> Document:
        noted = self._workspace.labels.set_note(document, text).result()
        self._publish(DocumentChanged(document=noted))
        return noted

    def _save(self, document: DocumentId, path: Path, replace: bool) -> Path:  # noqa: FBT001
        stored = self._workspace.documents.get(document).result()
        return save_original(stored, self._workspace.original(document), path, replace=replace)

    def _remove(self, document: DocumentId) -> Removal:
        removal = self._workspace.documents.removals.hide(document).result()
        for gone in removal.documents:
            self._finding.hide(gone)
            for one in self._remembers:
                one.forget(gone)
        self._counted()
        for gone in removal.documents:
            self._publish(DocumentRemoved(document=gone))
        self._publish(RemovalsChanged())
        self.aged()
        self._set_alarm(removal.removed_at + UNDO_SECONDS - time.time())
        return removal

    def _restore(self, document: DocumentId) -> tuple[Document, ...]:
        back = self._workspace.documents.removals.restore(document).result()
        for one in back:
            self._finding.show(one)
        self._counted()
        for one in back:
            self._publish(DocumentChanged(document=one))
        self._publish(RemovalsChanged())
        self.aged()
        self._resume([one for one in back if one.state is DocumentState.QUEUED])
        return back

    def _shred(self, documents: Sequence[DocumentId] | None) -> int:
        removals = self._workspace.documents.removals
        waiting = [one.document.id for one in removals.waiting().result()]
        wanted = [one for one in waiting if documents is None or one in documents]
        if not wanted:
            return 0
        gone = self._finding.alone(lambda: removals.shred(wanted).result()).documents
        if not removals.compact().result():
            self._workspace.empty_log().result()
        self._publish(RemovalsChanged())
        self.aged()
        return len(gone)

    def _shred_expired(self) -> None:
        """Leave nothing of what was removed long ago, and come again when the next has to go."""
        try:
            waiting = self._workspace.documents.removals.waiting().result()
            now = time.time()
            # A clock that was set back must not keep them for ever.
            expired = [one for one in waiting if not 0 <= now - one.removed_at < UNDO_SECONDS]
            if expired:
                self._shred([one.document.id for one in expired])
            ages = [now - one.removed_at for one in waiting if one not in expired]
            if ages:
                self._set_alarm(UNDO_SECONDS - max(ages))
        except KnownError as error:
            _log.warning("removed documents were not shredded: %s", error.failure.code)

    def _set_alarm(self, seconds: float) -> None:
        with self._alarm_lock:
            if self._closed or (self._alarm is not None and self._alarm.is_alive()):
                return
            self._alarm = threading.Timer(max(0.0, seconds), self._on_alarm)
            self._alarm.daemon = True
            self._alarm.start()

    def _on_alarm(self) -> None:
        with self._alarm_lock:
            self._alarm = None
            if not self._closed:
                self._threads.submit(self._shred_expired)
