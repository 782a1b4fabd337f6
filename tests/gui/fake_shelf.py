"""`ShelfApi` in memory: what a user does with the documents of `FakeApp`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from carrel.domain.documents import Alike, Document, Removal, Whereabouts
from carrel.domain.events import DocumentChanged, DocumentRemoved, Event, RemovalsChanged
from carrel.domain.ids import DocumentId
from carrel.domain.labels import LabelCount, LabelKind, labels_on
from carrel.workspace.errors import DocumentGone

REMOVED_AT = 1_764_000_000.0


class FakeShelf:
    """Works on the list it is given."""

    def __init__(
        self,
        stored: list[Document],
        send: Callable[[Event], None],
        threads: ThreadPoolExecutor,
    ) -> None:
        self._stored, self._send, self._threads = stored, send, threads
        self.saved: list[tuple[DocumentId, Path, bool]] = []
        self.waiting: list[Removal] = []
        self.likes: dict[DocumentId, tuple[Alike, ...]] = {}
        self.where: dict[DocumentId, Whereabouts] = {}

    def rename(self, document: DocumentId, name: str) -> Future[Document]:
        def rename() -> Document:
            found = self._get(document)
            file_name = found.file_name or found.name
            named = replace(found, name=name or file_name, file_name=file_name)
            self._stored[self._stored.index(found)] = named
            self._send(DocumentChanged(document=named))
            return named

        return self._threads.submit(rename)

    def label(
        self,
        documents: Sequence[DocumentId],
        kind: LabelKind,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Future[tuple[Document, ...]]:
        def label() -> tuple[Document, ...]:
            field = "tags" if kind is LabelKind.TAG else "collections"
            changed = []
            for wanted in documents:
                found = self._get(wanted)
                names = sorted({*labels_on(found, kind), *add} - ({*remove} - {*add}))
                now = replace(found, **{field: tuple(names)})
                self._stored[self._stored.index(found)] = now
                self._send(DocumentChanged(document=now))
                changed.append(now)
            return tuple(changed)

        return self._threads.submit(label)

    def labels(self, kind: LabelKind) -> Future[tuple[LabelCount, ...]]:
        def labels() -> tuple[LabelCount, ...]:
            names = sorted(name for one in self._stored for name in labels_on(one, kind))
            counts = {name: names.count(name) for name in names}
            return tuple(LabelCount(name=name, documents=n) for name, n in counts.items())

        return self._threads.submit(labels)

    def note(self, document: DocumentId, text: str) -> Future[Document]:
        def note() -> Document:
            found = self._get(document)
            noted = replace(found, note=text)
            self._stored[self._stored.index(found)] = noted
            self._send(DocumentChanged(document=noted))
            return noted

        return self._threads.submit(note)

    def save(self, document: DocumentId, path: Path, *, replace: bool = False) -> Future[Path]:
        self.saved.append((document, path, replace))
        return self._threads.submit(lambda: path)

    def remove(self, document: DocumentId) -> Future[Removal]:
        def remove() -> Removal:
            found = self._get(document)
            self._stored.remove(found)
            removal = Removal(document=found, documents=(document,), removed_at=REMOVED_AT)
            self.waiting.insert(0, removal)
            self._send(DocumentRemoved(document=document))
            self._send(RemovalsChanged())
            return removal

        return self._threads.submit(remove)

    def restore(self, document: DocumentId) -> Future[tuple[Document, ...]]:
        def restore() -> tuple[Document, ...]:
            found = next((one for one in self.waiting if one.document.id == document), None)
            if found is None:
                raise DocumentGone
            self.waiting.remove(found)
            self._stored.append(found.document)
            self._send(DocumentChanged(document=found.document))
            self._send(RemovalsChanged())
            return (found.document,)

        return self._threads.submit(restore)

    def removed(self) -> Future[tuple[Removal, ...]]:
        return self._threads.submit(lambda: tuple(self.waiting))

    def alike(self, document: DocumentId) -> Future[tuple[Alike, ...]]:
        return self._threads.submit(lambda: self.likes.get(document, ()))

    def whereabouts(self, document: DocumentId) -> Future[Whereabouts]:
        return self._threads.submit(lambda: self.where.get(document, Whereabouts()))

    def shred(self, documents: Sequence[DocumentId] | None = None) -> Future[int]:
        def shred() -> int:
            left = [
                one
                for one in self.waiting
                if documents is not None and one.document.id not in documents
            ]
            gone = len(self.waiting) - len(left)
            self.waiting[:] = left
            self._send(RemovalsChanged())
            return gone

        return self._threads.submit(shred)

    def _get(self, document: DocumentId) -> Document:
        found = next((one for one in self._stored if one.id == document), None)
        if found is None:
            raise DocumentGone
        return found
