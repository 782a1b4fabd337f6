"""The search over the open workspace: loaded once, kept in step, merged in the background.

Joins `retrieval`, which knows passages by number, with the store, which has
their texts and boxes. Must not know who searches.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

from carrel.app.found_cells import CellsOf
from carrel.domain.answers import UnreadPart
from carrel.domain.documents import Box, Document, Hit
from carrel.domain.errors import KnownError
from carrel.domain.glossary import Ways
from carrel.domain.ids import DocumentId, PassageId
from carrel.domain.searching import Why
from carrel.domain.support import Searched
from carrel.parsing.boxes import line_boxes
from carrel.retrieval.demands import Demands
from carrel.retrieval.glossary import Glossary, glossary_with
from carrel.retrieval.meaning import Meant
from carrel.retrieval.search import Searchable, Searcher
from carrel.workspace.committing import Committed
from carrel.workspace.passages import StoredPassage
from carrel.workspace.removal import Removed
from carrel.workspace.segments import Segment
from carrel.workspace.store import Workspace

_log = logging.getLogger(__name__)


class _Texts:
    """What the searcher needs of the store."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def passages(self, ids: Sequence[PassageId]) -> Sequence[StoredPassage]:
        """Passages in the order of the ids; those that no longer exist are left out."""
        return self._workspace.passages.get(ids).result()


class Finding:
    """Finds passages. `load` has to run once; everything else waits for it.

    Args:
        workspace: open.
        meant: what a question means, where an embedding model is chosen and trusted with it.
    """

    def __init__(
        self, workspace: Workspace, meant: Callable[[str], Meant | None] = lambda _: None
    ) -> None:
        self._workspace = workspace
        self.meant = meant
        self._searcher = Searcher(_Texts(workspace))
        self._segments: dict[int, Segment] = {}
        self._loaded = threading.Event()
        self._ageing = threading.Lock()
        self._failure: KnownError | None = None
        self._storing = True
        self._merging = ThreadPoolExecutor(1, thread_name_prefix="merge")

    def load(self) -> None:
        """Read all posting segments into memory."""
        try:
            segments = self._workspace.segments.load().result()
            names = {one.id: one.name for one in self._workspace.documents.list().result()}
            found = self._workspace.documents.passage_ranges().result()
            recognised = self._workspace.passages.recognised().result()
            every = [
                Searchable(
                    id=id_,
                    name=names.get(id_, ""),
                    passages=found.get(id_, range(0)),
                    recognised=recognised.get(id_, ()),
                )
                for id_ in sorted({*found, *recognised})
            ]
            unusable = self._searcher.open(
                [one for one in every if one.id in names],
                [(segment.first_passage, segment.body) for segment in segments],
                hidden=[one for one in every if one.id not in names],
            )
            self._searcher.set_old(self._workspace.versions.old().result())
            self._searcher.glossary = glossary_with(self._workspace.own_words.groups().result())
            self._segments = {segment.first_passage: segment for segment in segments}
            self._merging.submit(self._merge)
            if unusable:
                _log.warning("%d posting segments cannot be used", len(unusable))
        except KnownError as error:
            self._failure = error
        finally:
            self._loaded.set()

    @property
    def glossary(self) -> Glossary:
        """Words that stand for others."""
        self._wait()
        return self._searcher.glossary

    def speak(self, own: Sequence[Ways]) -> None:
        """From the next search on these are the workspace's own groups of words."""
        self._wait()
        self._searcher.glossary = glossary_with(own)

    def search(
        self, question: str, *, limit: int, documents: tuple[DocumentId, ...]
    ) -> Sequence[Hit]:
        """The best passages, best first, without their boxes.

        Raises:
            KnownError: the index could not be loaded.
        """
        self._wait()
        return self._searcher.search(
            question, limit=limit, documents=self.scope(documents), meant=self.meant(question)
        )

    def search_with_boxes(
        self,
        question: str,
        *,
        limit: int,
        documents: tuple[DocumentId, ...],
        demands: Demands | None = None,
        also: Mapping[str, float] = MappingProxyType({}),
        meant: Meant | None = None,
    ) -> Sequence[Hit]:
        """The same with the lines each passage takes on its page, or its cells in a sheet.

        Args:
            documents: these and no others, as `scope` gives them; all for none.
            demands, also, meant: as of `carrel.retrieval.search.Searcher.search`.
        """
        self._wait()
        return self._with_places(
            self._searcher.search(
                question,
                limit=limit,
                documents=documents,
                demands=demands,
                also=also,
                meant=meant,
            )
        )

    def explain(
        self,
        question: str,
        hit: Hit,
        *,
        documents: tuple[DocumentId, ...],
        demands: Demands | None = None,
        also: Mapping[str, float] = MappingProxyType({}),
        meant: Meant | None = None,
    ) -> Why | None:
        """Why a hit stands where it does; None when it is not found any more."""
        self._wait()
        return self._searcher.explain(
            question, hit.passage, documents=documents, demands=demands, also=also, meant=meant
        )

    def firsts(self, documents: tuple[DocumentId, ...], limit: int) -> Sequence[Hit]:
        """How documents begin."""
        self._wait()
        return self._with_places(self._searcher.firsts(documents, limit))

    def present(self, terms: Iterable[str], documents: tuple[DocumentId, ...]) -> frozenset[str]:
        """Those terms that stand anywhere in scope."""
        self._wait()
        return self._searcher.present(terms, documents)

    def _with_places(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        units = list({hit.passage.unit for hit in hits})
        packed = self._workspace.passages.boxes(units).result()
        cells = CellsOf(self._workspace)
        return [
            replace(hit, boxes=_lines(hit, packed.get(hit.passage.unit, b"")), cells=cells.of(hit))
            for hit in hits
        ]

    def units_total(self, documents: tuple[DocumentId, ...]) -> int:
        """Units in scope; all of the workspace when no documents are given."""
        return self._workspace.documents.units_total(self.scope(documents)).result()

    def searched(self, question: str, documents: tuple[DocumentId, ...]) -> Searched:
        """How much a question is looked for in, and which of its words stand nowhere there."""
        self._wait()
        found = self._searcher.extent(question, self.scope(documents))
        return replace(found, chosen=bool(documents))

    def unread(
        self, documents: tuple[DocumentId, ...], most: int
    ) -> tuple[Sequence[UnreadPart], bool]:
        """Parts in scope that were not read, at most so many, and whether there are more."""
        rows = self._workspace.documents.unread(self.scope(documents), most + 1).result()
        parts = [
            UnreadPart(document=DocumentId(id_), document_name=name, unit=unit, why=why)
            for id_, name, unit, why in rows[:most]
        ]
        return parts, len(rows) > most

    def add(self, document: Document, segments: Sequence[Segment]) -> None:
        """Make a document that was just committed findable."""
        if not segments:
            return
        self._wait()
        first = segments[0].first_passage
        count = sum(segment.passages for segment in segments)
        self._searcher.add_document(
            Searchable(id=document.id, name=document.name, passages=range(first, first + count)),
            [(segment.first_passage, segment.body) for segment in segments],
        )
        self._segments.update({segment.first_passage: segment for segment in segments})
        self._merging.submit(self._merge)

    def add_recognised(self, document: Document, segment: Segment) -> None:
        """Make the text of a page that was recognised findable."""
        self._wait()
        first = segment.first_passage
        run = range(first, first + segment.passages)
        self._searcher.add_recognised(document.id, document.name, run, segment.body)
        self._segments[first] = segment
        self._merging.submit(self._merge)

    def forget(self, document: DocumentId) -> None:
        """The document is gone for good."""
        self._wait()
        self._searcher.remove_document(document)

    def hide(self, document: DocumentId) -> None:
        """The document was removed, but may come back."""
        self._wait()
        self._searcher.hide_document(document)

    def show(self, document: Document) -> None:
        """The document came back, or is called otherwise."""
        self._wait()
        self._searcher.show_document(document.id)
        self._searcher.rename_document(document.id, document.name)

    def aged(self) -> frozenset[DocumentId]:
        """Look which documents are old; returns those for which that changed."""
        self._wait()
        with self._ageing:  # so that what was looked up later is not overtaken
            return self._searcher.set_old(self._workspace.versions.old().result())

    def alone(self, run: Callable[[], Removed]) -> Removed:
        """Remove documents from the store while no segments are merged, then forget them."""
        self._wait()

        def both() -> Removed:
            removed = run()
            for document in removed.documents:
                self._searcher.remove_document(document)
            self._drop(removed.segments)
            return removed

        return self._merging.submit(both).result()

    def replace(self, document: DocumentId, run: Callable[[], Committed]) -> Committed:
        """Store another reading while no segments are merged; from then on only it is found."""
        self._wait()

        def both() -> Committed:
            committed = run()
            self._searcher.remove_document(document)
            self._drop(committed.dropped)
            self.add(committed.document, committed.segments)
            for segment in committed.recognised:
                self.add_recognised(committed.document, segment)
            return committed

        return self._merging.submit(both).result()

    def finish_merging(self) -> None:
        """Wait until nothing is left to merge now."""
        self._merging.submit(lambda: None).result()

    def close(self) -> None:
        """End the background thread."""
        self._loaded.set()
        self._merging.shutdown(cancel_futures=True)

    def scope(self, documents: tuple[DocumentId, ...]) -> tuple[DocumentId, ...]:
        """Who asks about an archive or a mail asks about what is inside, too."""
        return self._workspace.documents.with_inside(documents).result() if documents else ()

    def _drop(self, segments: Sequence[int]) -> None:
        gone = set(segments)
        for first, segment in list(self._segments.items()):
            if segment.id in gone:
                del self._segments[first]

    def _wait(self) -> None:
        self._loaded.wait()
        if self._failure is not None:
            raise self._failure

    def _merge(self) -> None:
        """Merge neighbouring small segments, in memory first, then in the store."""
        while self._storing and (merged := self._searcher.merge_once()) is not None:
            old = [self._segments[first] for first in merged.replaced]
            try:
                stored = self._workspace.segments.replace(
                    [segment.id for segment in old],
                    level=max(segment.level for segment in old) + 1,
                    first_passage=merged.first_passage,
                    passages=merged.passages,
                    body=merged.body,
                ).result()
            except KnownError as error:
                # Memory is merged, the store is not: from now on they differ, and only the next
                # start can merge again.
                self._storing = False
                _log.warning("segments were not merged: %s", error.failure.code)
                return
            for first in merged.replaced:
                del self._segments[first]
            self._segments[stored.first_passage] = stored


def _lines(hit: Hit, char_boxes: bytes) -> tuple[Box, ...]:
    if not char_boxes:
        return ()
    return tuple(line_boxes(char_boxes, hit.passage.start, hit.passage.end))
