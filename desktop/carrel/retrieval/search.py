"""Search over all passages: a question in, hits with their places out.

Keeps the index and the names of the documents; texts, places and boxes come
from the store. One thread adds and removes documents, any number search. Must
not know SQL, how boxes are stored, or what the hits are wanted for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

from carrel.domain.documents import Box, Hit, Passage, Span, UnitPlace
from carrel.domain.ids import DocumentId, PassageId
from carrel.domain.searching import Why
from carrel.domain.support import Searched
from carrel.language.folding import fold
from carrel.language.terms import terms
from carrel.retrieval.demands import Demands
from carrel.retrieval.explaining import Boost, in_words
from carrel.retrieval.extent import extent
from carrel.retrieval.glossary import shipped_glossary
from carrel.retrieval.index import Index, Merged, Range
from carrel.retrieval.marking import marked_words
from carrel.retrieval.meaning import Meant
from carrel.retrieval.phrases import pattern
from carrel.retrieval.query import Query, understand
from carrel.retrieval.routing import Names

MAX_LIMIT: Final = 1_000
"""Hits of one search; nobody reads more, and texts are fetched for each."""

PHRASE_CANDIDATES: Final = 20_000
"""Passages with all words of a quoted phrase that are ranked before their texts are read."""

PHRASE_READ: Final = 2_000
"""Texts read to find a quoted phrase, best ranked first; about 20 ms per hundred."""

PHRASE_BATCH: Final = 200
"""Texts read at once."""


class PlacedPassage(Protocol):
    """A passage, and what a hit says about where it stands."""

    @property
    def passage(self) -> Passage:
        """The passage with its text."""

    @property
    def place(self) -> UnitPlace:
        """Its unit."""

    @property
    def document_name(self) -> str:
        """The name of its document."""

    @property
    def document_sha256(self) -> str:
        """The hash of its document."""


class PassageStore(Protocol):
    """Where texts come from. Called on the thread that searches."""

    def passages(self, ids: Sequence[PassageId]) -> Sequence[PlacedPassage]:
        """Passages in the order of the ids; those that no longer exist are left out."""


BoxesOf = Callable[[Passage, Sequence[Span]], tuple[Box, ...]]
"""The lines of some spans of a passage's text on its page; empty where there is no page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """A document whose passages are in the index.

    Attributes:
        passages: the ids of its own passages.
        recognised: the ids of those that text recognition added, in ascending runs.
    """

    id: DocumentId
    name: str
    passages: range
    recognised: tuple[range, ...] = ()

    @property
    def runs(self) -> list[Range]:
        """All its passages."""
        return [Range(run.start, len(run)) for run in (self.passages, *self.recognised) if run]

    def with_recognised(self, run: range) -> Searchable:
        """The same with more passages."""
        runs = self.recognised
        if runs and runs[-1].stop == run.start:
            runs, run = runs[:-1], range(runs[-1].start, run.stop)
        return replace(self, recognised=(*runs, run))


def no_boxes(passage: Passage, spans: Sequence[Span]) -> tuple[Box, ...]:
    """For stores without pages."""
    del passage, spans
    return ()


class Searcher:
    """The search of one open workspace.

    Args:
        store: texts and places.
        boxes_of: places on pages.

    Attributes:
        glossary: words that stand for others, from the next search on.
    """

    def __init__(self, store: PassageStore, boxes_of: BoxesOf = no_boxes) -> None:
        self._store = store
        self._boxes_of = boxes_of
        self._index = Index()
        self._changing = threading.Lock()
        self._documents: dict[DocumentId, Searchable] = {}
        self._hidden: dict[DocumentId, Searchable] = {}
        self._old: frozenset[DocumentId] = frozenset()
        self._made: _Catalogue | None = None
        self.glossary = shipped_glossary()

    @property
    def index(self) -> Index:
        """For figures and tests."""
        return self._index

    def open(
        self,
        documents: Iterable[Searchable],
        segments: Iterable[tuple[int, bytes]],
        hidden: Iterable[Searchable] = (),
    ) -> list[int]:
        """Take over everything stored. Called once, before the first search.

        Args:
            documents: all that have passages.
            segments: first passage and body of each.
            hidden: documents that cannot be found until they are shown.

        Returns:
            The first passages of segments that cannot be used; their documents are not found
            until they are read again.
        """
        known = {document.id: document for document in documents}
        unusable = self._index.load(segments)
        out_of_sight = {document.id: document for document in hidden}
        self._index.keep_only(
            [run for doc in known.values() for run in doc.runs],
            [run for doc in out_of_sight.values() for run in doc.runs],
        )
        with self._changing:
            self._documents, self._hidden, self._made = known, out_of_sight, None
        return unusable

    def add_document(self, document: Searchable, segments: Iterable[tuple[int, bytes]]) -> None:
        """Make a document that was just committed findable at once.

        Raises:
            SegmentError: a segment cannot be used.
        """
        with self._changing:
            for first_passage, body in segments:
                self._index.add_segment(first_passage, body)
            self._documents[document.id] = document
            self._made = None

    def add_recognised(self, id_: DocumentId, name: str, run: range, body: bytes) -> None:
        """Make passages that text recognition added to a document findable at once.

        Those of a hidden document come back with it.

        Args:
            run: ids of the passages.
            body: the posting segment over them.

        Raises:
            SegmentError: it cannot be used.
        """
        with self._changing:
            self._index.add_segment(run.start, body)
            if id_ in self._hidden:
                self._hidden[id_] = self._hidden[id_].with_recognised(run)
                self._index.hide(run.start, len(run))
                return
            known = self._documents.get(id_) or Searchable(id=id_, name=name, passages=range(0))
            self._documents[id_] = known.with_recognised(run)
            self._made = None

    def remove_document(self, id_: DocumentId) -> None:
        """Make a document unfindable for ever; does nothing when it is not known."""
        with self._changing:
            for known in (self._documents, self._hidden):
                gone = known.pop(id_, None)
                if gone is not None:
                    for run in gone.runs:
                        self._index.forget(*run)
                    self._made = None

    def hide_document(self, id_: DocumentId) -> None:
        """Make a document unfindable until it is shown; does nothing when it is not known."""
        with self._changing:
            gone = self._documents.pop(id_, None)
            if gone is not None:
                self._hidden[id_] = gone
                for run in gone.runs:
                    self._index.hide(*run)
                self._made = None

    def show_document(self, id_: DocumentId) -> None:
        """Make a hidden document findable again; does nothing when it is not hidden."""
        with self._changing:
            back = self._hidden.pop(id_, None)
            if back is not None:
                self._documents[id_] = back
                for run in back.runs:
                    self._index.show(*run)
                self._made = None

    def rename_document(self, id_: DocumentId, name: str) -> None:
        """From now on a question names a document so; does nothing when it is not known."""
        with self._changing:
            for known in (self._documents, self._hidden):
                if id_ in known:
                    known[id_] = replace(known[id_], name=name)
                    self._made = None

    def set_old(self, old: frozenset[DocumentId]) -> frozenset[DocumentId]:
        """These documents are only found when they are named; returns those this changed for."""
        with self._changing:
            changed = self._old ^ old
            self._old = old
            self._made = None if changed else self._made
            return changed

    @property
    def _catalogue(self) -> _Catalogue:
        """Made when it is asked for: ten thousand additions in a row make it once."""
        with self._changing:
            if self._made is None:
                self._made = _Catalogue(tuple(self._documents.values()), self._old)
            return self._made

    def merge_once(self) -> Merged | None:
        """Merge some small segments; for a background thread. See `Index.merge_once`."""
        return self._index.merge_once()

    def search(
        self,
        question: str,
        *,
        limit: int = 20,
        documents: Sequence[DocumentId] = (),
        demands: Demands | None = None,
        also: Mapping[str, float] = MappingProxyType({}),
        meant: Meant | None = None,
    ) -> list[Hit]:
        """The passages that answer a question best, best first.

        Words in double quotes must stand in a passage as they are, apart from case, spacing and
        typographic variants.

        Args:
            question: a question or some words, in any language.
            limit: hits at most, up to MAX_LIMIT.
            documents: only these; empty means all but old ones.
            demands: what else a passage must meet.
            also: terms looked for beside those of the question, with their weights.
            meant: what the question means; None for words alone. Not looked at where words are
                quoted: they are to be found as they are.
        """
        limit = min(limit, MAX_LIMIT)
        query, among, boosts, _ = self._prepared(question, documents, also)
        if query.phrases or (demands is not None and demands.needs_text):
            found = self._with_phrases(query, limit, among, boosts, demands)
        else:
            ids = self._index.search(
                query, limit, among=among, boosts=boosts, demands=demands, meant=meant
            )
            placed = self._store.passages([PassageId(scored.passage) for scored in ids])
            scores = dict(ids)
            found = [(scores[one.passage.id], one) for one in placed]
        return [
            self._hit(rank, score, one, query) for rank, (score, one) in enumerate(found, start=1)
        ]

    def explain(
        self,
        question: str,
        passage: Passage,
        *,
        documents: Sequence[DocumentId] = (),
        demands: Demands | None = None,
        also: Mapping[str, float] = MappingProxyType({}),
        meant: Meant | None = None,
    ) -> Why | None:
        """Why a search finds a passage where it does; None when it does not.

        Args:
            question, documents, demands, also, meant: as of `search`.
        """
        query, among, boosts, names = self._prepared(question, documents, also)
        for phrase in query.phrases:
            for term in terms(phrase):
                query.body.setdefault(term, 1.0)
        if query.phrases or (demands is not None and demands.needs_text):
            meant = None  # see `search`
        account = self._index.explain(
            passage.id, query, among=among, boosts=boosts, demands=demands, meant=meant
        )
        if account is None:
            return None
        found = names.get(passage.document, ())
        return in_words(account, question, passage.text, found, query.beside)

    def _prepared(
        self, question: str, documents: Sequence[DocumentId], also: Mapping[str, float]
    ) -> tuple[Query, Sequence[Range] | None, list[Boost], dict[DocumentId, tuple[str, ...]]]:
        """What to look for, where, what is preferred, and the words that name documents."""
        catalogue = self._catalogue
        query = understand(question, self.glossary)
        for term, weight in also.items():
            query.body.setdefault(term, weight)
        among: Sequence[Range] | None = None if documents else catalogue.current
        boosts: list[Boost] = []
        if documents:
            chosen = [doc for id_ in documents if (doc := catalogue.get(id_)) is not None]
            among = [run for doc in chosen for run in doc.runs]
        named = catalogue.named(query)
        if documents:
            # Only words that name the chosen documents have done their work.
            named = [(doc, share, words) for doc, share, words in named if doc.id in documents]
        for doc, share, words in named:
            boosts += [Boost(run.first, run.size, share) for run in doc.runs]
            query.weaken(term for word in words for term in terms(word))
        return query, among, boosts, {doc.id: tuple(sorted(words)) for doc, _, words in named}

    def firsts(self, documents: Sequence[DocumentId], limit: int) -> list[Hit]:
        """How documents begin, for a query that names no words."""
        catalogue = self._catalogue
        chosen = [doc for id_ in documents if (doc := catalogue.get(id_)) is not None and doc.runs]
        placed = self._store.passages([PassageId(doc.runs[0].first) for doc in chosen[:limit]])
        return [self._hit(rank, 0.0, one, Query()) for rank, one in enumerate(placed, start=1)]

    def present(self, terms: Iterable[str], documents: Sequence[DocumentId] = ()) -> frozenset[str]:
        """Those terms that stand in any passage that is looked through."""
        catalogue = self._catalogue
        among = catalogue.runs_of(documents) if documents else catalogue.current
        return self._index.present(terms, among=among)

    def extent(self, question: str, documents: Sequence[DocumentId] = ()) -> Searched:
        """How much `search` looks through for a question, and which of its words stand nowhere.

        Args:
            question: as asked.
            documents: only these; empty means all but old ones.
        """
        catalogue = self._catalogue
        among = catalogue.runs_of(documents)
        return extent(
            question,
            catalogue.count(documents),
            sum(run.size for run in among),
            lambda term: bool(self._index.containing([term], 1, among=among)),
            chosen=bool(documents),
        )

    def _with_phrases(
        self,
        query: Query,
        limit: int,
        among: Sequence[Range] | None,
        boosts: Sequence[Boost],
        demands: Demands | None,
    ) -> list[tuple[float, PlacedPassage]]:
        wanted = [term for phrase in query.phrases for term in terms(phrase)]
        only = among
        if query.phrases:
            if not wanted:
                return []
            ids = self._index.containing(wanted, PHRASE_CANDIDATES, among=among)
            only = [Range(run.start, len(run)) for run in _runs(ids)]
            if not only:
                return []
        for term in wanted:
            query.body.setdefault(term, 1.0)
        ranked = self._index.search(query, PHRASE_READ, among=only, boosts=boosts, demands=demands)
        patterns = [pattern(phrase) for phrase in query.phrases]
        found: list[tuple[float, PlacedPassage]] = []
        for at in range(0, len(ranked), PHRASE_BATCH):
            batch = dict(ranked[at : at + PHRASE_BATCH])
            for one in self._store.passages([PassageId(id_) for id_ in batch]):
                text = fold(one.passage.text, case=True).text
                if all(wanted.search(text) for wanted in patterns) and (
                    demands is None or demands.met_by(one.passage.text)
                ):
                    found.append((batch[one.passage.id], one))
            if len(found) >= limit:
                break
        return found[:limit]

    def _hit(self, rank: int, score: float, one: PlacedPassage, query: Query) -> Hit:
        spans = marked_words(one.passage.text, query)
        return Hit(
            rank=rank,
            score=round(score, 4),
            passage=one.passage,
            document_name=one.document_name,
            document_sha256=one.document_sha256,
            place=one.place,
            spans=spans,
            boxes=self._boxes_of(one.passage, spans),
        )


class _Catalogue:
    """The documents at one moment. Immutable."""

    def __init__(self, documents: tuple[Searchable, ...], old: frozenset[DocumentId]) -> None:
        self._by_id = {doc.id: doc for doc in documents}
        # What is old is not meant by its name, which what took its place most often shares.
        self._documents = tuple(doc for doc in documents if doc.id not in old)
        self._names = Names([doc.name for doc in self._documents])
        self.current: tuple[Range, ...] | None = None
        if len(self._documents) < len(documents):
            self.current = _joined(self._documents)

    def get(self, id_: DocumentId) -> Searchable | None:
        """A document, or None when it is not known."""
        return self._by_id.get(id_)

    def count(self, documents: Sequence[DocumentId]) -> int:
        """Documents that are looked through; all but old ones when none are given."""
        if not documents:
            return len(self._documents)
        return sum(one in self._by_id for one in documents)

    def runs_of(self, documents: Sequence[DocumentId]) -> Sequence[Range]:
        """The passages that are looked through."""
        if not documents:
            return self.current if self.current is not None else _joined(self._documents)
        chosen = [self._by_id[id_] for id_ in documents if id_ in self._by_id]
        return [run for document in chosen for run in document.runs]

    def named(self, query: Query) -> list[tuple[Searchable, float, frozenset[str]]]:
        """The documents a question names, how much, and by which words."""
        return [
            (self._documents[found.position], found.share, found.words)
            for found in self._names.find(query.words, query.shouted)
        ]


def _joined(documents: Iterable[Searchable]) -> tuple[Range, ...]:
    """The passages of documents as few runs."""
    runs: list[Range] = []
    for first, size in sorted(run for document in documents for run in document.runs):
        if runs and runs[-1].first + runs[-1].size == first:
            runs[-1] = Range(runs[-1].first, runs[-1].size + size)
        else:
            runs.append(Range(first, size))
    return tuple(runs)


def quoted(question: str, demands: Demands | None) -> bool:
    """Whether words are to stand as they are, so that only words are looked for."""
    return bool(understand(question).phrases) or (demands is not None and demands.needs_text)


def _runs(ids: Sequence[int]) -> list[range]:
    """Ascending ids as runs."""
    runs: list[range] = []
    for id_ in ids:
        if runs and runs[-1].stop == id_:
            runs[-1] = range(runs[-1].start, id_ + 1)
        else:
            runs.append(range(id_, id_ + 1))
    return runs
