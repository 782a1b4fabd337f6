"""The stored workspace in the forms that adding, answering and showing ask for.

Each class here turns the store's futures into the plain calls its user wants;
all are called on threads of our own, never on the GUI thread. Must not know SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from carrel.answering.research.desk import Described
from carrel.answering.whole import WholeDocument
from carrel.app.finding_again import still_found
from carrel.domain.answers import Answer, AnswerMode, Exchange, ExchangeState, Section
from carrel.domain.blocks import Block
from carrel.domain.documents import (
    Box,
    Document,
    DocumentState,
    Failure,
    Inside,
    Room,
    Span,
    Unit,
    UnitKind,
    UnitPlace,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId
from carrel.domain.sheets import covered, named
from carrel.ingest.pipeline import Beginning, Parsed, Placed
from carrel.parsing.boxes import marked_boxes
from carrel.parsing.client import ParsedMember, Started
from carrel.workspace.committing import Committed
from carrel.workspace.documents import Accepted
from carrel.workspace.segments import Segment
from carrel.workspace.store import Workspace

CACHED_UNITS: Final = 128
"""Units kept while an answer is checked: all that one answer may cite, a few MB."""


BY_PATH: Final = frozenset({"code", "json", "yaml", "xml", "md"})
"""Kinds that are known by their path: a repository has many files of one name."""

PATH_PARTS: Final = 5
"""Folders and the name shown of a path, the last ones: enough to tell files apart."""


class StoredDocuments:
    """What `ingest.pipeline` needs.

    Args:
        workspace: open.
        on_saved: told of a document and its posting segments once they are committed.
        on_returned: told of removed documents that came back, because they were added again.
        on_aged: told when documents became old, or are no longer.
        replace: commits another reading of a document and lets only that be found.
        on_begun: told of a document of which the beginning can be searched.
    """

    def __init__(
        self,
        workspace: Workspace,
        on_saved: Callable[[Document, Sequence[Segment]], None],
        on_returned: Callable[[Sequence[DocumentId]], None] = lambda _: None,
        on_aged: Callable[[], None] = lambda: None,
        replace: Callable[[DocumentId, Callable[[], Committed]], Committed] = lambda _, run: run(),
        on_begun: Callable[[Document], None] = lambda _: None,
    ) -> None:
        self._workspace = workspace
        self._on_saved = on_saved
        self._on_returned = on_returned
        self._on_aged = on_aged
        self._replace = replace
        self._on_begun = on_begun

    def known(self, sha256: str) -> Document | None:
        """The document with these bytes, if there is one."""
        return self._workspace.documents.with_sha256(sha256).result()

    def accept(
        self, name: str, size: int, sha256: str, pieces: Iterator[bytes], path: Path | None = None
    ) -> Document:
        """Store the original and list the document as queued."""
        where = str(path.absolute()) if path else ""
        accepted = self._workspace.accept(
            name=name, size=size, sha256=sha256, pieces=pieces, path=where
        )
        return self._told(accepted).document

    def claim(self, document: DocumentId, path: Path) -> Document:
        """The user added it by itself."""
        where = str(path.absolute())
        return self._told(self._workspace.documents.place(document, None, where).result()).document

    def room(self, document: DocumentId) -> Room:
        """What may come out of it."""
        return self._workspace.documents.room_for(document).result()

    def place(self, member: ParsedMember, inside: Inside, pieces: Iterator[bytes]) -> Placed:
        """Store a document that lies in another, or record that a stored one does."""
        accepted = self._told(
            self._workspace.accept(
                name=member.name,
                size=member.size,
                sha256=member.sha256,
                pieces=pieces,
                inside=inside,
            )
        )
        return Placed(document=accepted.document, path=inside.path, circular=accepted.circular)

    def _told(self, accepted: Accepted) -> Accepted:
        if accepted.returned:
            self._on_returned(accepted.returned)
        if accepted.aged:
            self._on_aged()
        return accepted

    def save_first(self, document: DocumentId, start: Started, first: Beginning) -> Document:
        """Store what was read first; it can be searched when this returns."""
        committed = self._workspace.documents.commit_first(
            document, start, units=first.units, segments=first.segments
        ).result()
        self._on_saved(committed.document, committed.segments)
        self._on_begun(committed.document)
        return committed.document

    def save(self, document: DocumentId, parsed: Parsed) -> Document:
        """Store what was read; it can be searched when this returns."""
        committed = self._workspace.documents.commit_parsed(
            document,
            parsed.summary,
            units=parsed.units,
            segments=parsed.segments,
            seconds=parsed.seconds,
        ).result()
        self._on_saved(committed.document, committed.segments)
        if committed.aged:
            self._on_aged()
        return committed.document

    def save_again(self, document: DocumentId, parsed: Parsed) -> Document:
        """Store what another reading found; it can be searched when this returns, the old cannot.

        Cited words are found in the new texts, or their unit stays as it was.
        """

        def commit() -> Committed:
            return self._workspace.documents.commit_parsed(
                document,
                parsed.summary,
                units=parsed.units,
                segments=parsed.segments,
                seconds=parsed.seconds,
                found=still_found,
            ).result()

        committed = self._replace(document, commit)
        if committed.aged:
            self._on_aged()
        return committed.document

    def fail(self, document: DocumentId, failure: Failure) -> Document:
        """Store why it could not be read; what was stored of its beginning is taken back."""
        stored = self._workspace.documents
        found = stored.get(document).result()
        if found.state is DocumentState.QUEUED and found.units:
            self._replace(document, lambda: stored.forget_first(document).result())
        return stored.fail(document, failure).result()

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The stored bytes."""
        return self._workspace.original(document)


class StoredSources:
    """Canonical texts and boxes, for checking and showing citations."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        # Citations of one answer come from few units; each is read once.
        self._unit = lru_cache(CACHED_UNITS)(self._load)

    def unit(self, document: DocumentId, number: int) -> Unit:
        """The unit with this number, counted from 1."""
        return self._unit(document, number)

    def boxes(self, unit: Unit, spans: Sequence[Span]) -> tuple[Box, ...]:
        """The lines of these spans on the unit's page."""
        if not unit.char_boxes:
            return ()
        return tuple(
            box
            for span in spans
            for box in marked_boxes(unit.text, unit.char_boxes, span.start, span.end)
        )

    def cells(self, unit: Unit, span: Span) -> str:
        """The cells that a span of a unit lies in; see `cells_of`."""
        return cells_of(self._workspace, unit, span)

    def blocks(self, unit: Unit) -> tuple[Block, ...]:
        """What the lines of a unit are."""
        return self._workspace.texts.blocks(unit).result()

    def whole(self, documents: tuple[DocumentId, ...]) -> Sequence[WholeDocument]:
        """These documents with all their text, in the order they were added."""
        stored = self._workspace.documents
        inside = stored.with_inside(documents).result()
        every = [stored.get(document).result() for document in inside]
        # Of one that is still being read only the beginning is there, and that is not the whole.
        begun = {document.id for document in every if document.state is DocumentState.QUEUED}
        found = [
            document
            for document in every
            if (document.units and document.id not in begun) or document.id in documents
        ]
        return [
            WholeDocument(
                id=document.id,
                name=document.name,
                sha256=document.sha256,
                fence=self._workspace.fence(document.sha256),
                units=()
                if document.id in begun
                else self._workspace.texts.units(document.id).result(),
            )
            for document in found
        ]

    def units(self, document: DocumentId) -> Sequence[Unit]:
        """All units of a document with their texts."""
        return self._workspace.texts.units(document).result()

    def described(self, document: DocumentId) -> Described:
        """What a document is called; a file of a repository or an archive by its path."""
        return self._described(self._workspace.documents.get(document).result())

    def named(self, words: str, documents: tuple[DocumentId, ...]) -> Sequence[Described]:
        """Documents of this name, or whose path ends so; if none are given, of all current ones."""
        stored = self._workspace.documents
        if documents:
            inside = stored.with_inside(documents).result()
            among = [stored.get(one).result() for one in inside]
        else:
            among = [one for one in stored.list().result() if not one.old]
        last = words.rpartition("/")[2].casefold()
        likely = [one for one in among if one.units and last in _names(one)]
        found = [self._described(one) for one in likely]
        if "/" not in words:
            return found
        wanted = "/" + words.strip("/").casefold()
        return [one for one in found if f"/{one.path}".casefold().endswith(wanted)]

    def _described(self, document: Document) -> Described:
        path = document.inside[0].path if document.inside else ""
        if not path and document.kind in BY_PATH:
            paths = self._workspace.versions.of(document.id).result().paths
            path = "/".join(Path(paths[0]).parts[-PATH_PARTS:]) if paths else ""
        return Described(id=document.id, name=document.name, path=path.lstrip("/"))

    def forget(self, _document: DocumentId) -> None:
        """Drop what is remembered; a document was removed."""
        self._unit.cache_clear()

    def _load(self, document: DocumentId, number: int) -> Unit:
        return self._workspace.documents.unit(document, number).result()


def _names(document: Document) -> set[str]:
    paths = [document.name, document.file_name, *(one.path for one in document.inside)]
    return {path.rpartition("/")[2].casefold() for path in paths}


def cells_of(workspace: Workspace, unit: Unit, span: Span) -> str:
    """The cells that a span of a unit's text lies in, as ``Rents!B4:D4``; else empty.

    Blocks. Of a table in a text file, which has no sheet: ``A3:L3``.
    """
    if unit.kind is not UnitKind.SHEET:
        return ""
    part = workspace.sheets.part(unit, within=span).result()
    if part is None:
        return ""
    has_sheet = UnitPlace(unit.kind, unit.number, unit.label).has_sheet
    return named(part.sheet if has_sheet else "", covered(part.within(span.start, span.end)))


class StoredChats:
    """What `answering.ask` needs."""

    def __init__(self, workspace: Workspace) -> None:
        self._chats = workspace.chats

    def start(
        self,
        chat: ChatId | None,
        title: str,
        question: str,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...],
        sections: tuple[Section, ...] = (),
    ) -> Exchange:
        """Store the question."""
        return self._chats.start_exchange(
            chat,
            title=title,
            question=question,
            mode=mode,
            documents=documents,
            sections=sections,
        ).result()

    def finish(self, exchange: ExchangeId, answer: Answer, state: ExchangeState) -> Exchange:
        """Store the answer in one transaction."""
        return self._chats.finish_exchange(exchange, answer, state).result()

    def fail(self, exchange: ExchangeId, failure: Failure) -> Exchange:
        """Store why there is no answer."""
        return self._chats.fail_exchange(exchange, failure).result()

    def save_partial(self, exchange: ExchangeId, text: str, thinking: str) -> None:
        """Keep what was said so far, in case the program ends in the middle."""
        self._chats.save_partial(exchange, text=text, thinking=thinking)

    def earlier(self, exchange: Exchange) -> Sequence[Exchange]:
        """The exchanges of the same chat before this one, oldest first."""
        return self._chats.earlier(exchange.id).result()

    def title(self, chat: ChatId) -> str:
        """A chat's title."""
        return self._chats.get(chat).result().title
