"""Search as a person types it: conditions, beginnings, misspelt words, names in other letters.

What of a question is prose goes to the search that answers use, too. Must not know who asks, or
how passages are ranked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from carrel.app.finding import Finding
from carrel.app.neighbours import joined
from carrel.domain.documents import Hit
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.searching import Also, AlsoWhy, Filter, Found, PieceKind, Reason, ReasonKind, Why
from carrel.language.terms import terms
from carrel.language.transliterating import Script, script_of
from carrel.language.wording import words_in
from carrel.retrieval.demands import Demands, demands_of
from carrel.retrieval.extent import asked_words
from carrel.retrieval.filtering import fitting, properties_of
from carrel.retrieval.search import quoted
from carrel.retrieval.vocabulary import Vocabulary
from carrel.retrieval.wording import Wording, parse
from carrel.workspace.store import Workspace

LEARN_SECONDS: Final = 5.0
"""The longest a search waits for words of documents that were not looked at yet; the others are
learned meanwhile, and are there for the next search."""

BATCH_DOCUMENTS: Final = 64
"""Documents whose words are read at once: a fifth of a second."""

CLOSE_WEIGHT: Final = 0.8
"""Of a word spelt nearly like one of the query that stands nowhere."""

NAME_WEIGHT: Final = 0.6
"""Of a name in other letters: the same spelling in another script may be another name."""

BEGINNING_WEIGHT: Final = 1.0
"""Of a word that begins as asked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """A query, ready to be looked for."""

    text: str
    scope: tuple[DocumentId, ...]
    demands: Demands | None
    weights: dict[str, float]
    also: tuple[Also, ...]
    filters: tuple[Filter, ...]
    documents: int
    notes: tuple[str, ...]


class Searching:
    """Searches of one open workspace."""

    def __init__(self, workspace: Workspace, finding: Finding) -> None:
        self._workspace, self._finding = workspace, finding
        self._vocabulary = Vocabulary()
        self._learned: set[DocumentId] = set()
        self._learning = threading.Lock()

    def search(self, query: str, *, limit: int, documents: tuple[DocumentId, ...]) -> Found:
        """The best passages for what somebody typed; see `carrel.retrieval.wording`.

        Passages that touch come as one.

        Raises:
            KnownError: the index could not be loaded, a date is none, or no document fits.
        """
        meant = self._meant(query, documents)
        hits: Sequence[Hit] = ()
        by_meaning = self._finding.meant(meant.text)
        if meant.text.strip() or meant.weights:
            hits = self._finding.search_with_boxes(
                meant.text,
                limit=limit,
                documents=meant.scope,
                demands=meant.demands,
                also=meant.weights,
                meant=by_meaning,
            )
        elif meant.filters:
            hits = self._finding.firsts(meant.scope, limit)
        return Found(
            hits=joined(hits),
            also=meant.also,
            filters=meant.filters,
            documents=meant.documents,
            notes=meant.notes,
            by_meaning=by_meaning is not None and not quoted(meant.text, meant.demands),
        )

    def explain(self, query: str, hit: Hit, *, documents: tuple[DocumentId, ...]) -> Why | None:
        """Why a hit of this query stands where it does; None when it is found no more.

        Raises:
            KnownError: as of `search`.
        """
        meant = self._meant(query, documents)
        why = self._finding.explain(
            meant.text,
            hit,
            documents=meant.scope,
            demands=meant.demands,
            also=meant.weights,
            meant=self._finding.meant(meant.text),
        )
        return None if why is None else _with_words(why, meant.also)

    def _meant(self, query: str, documents: tuple[DocumentId, ...]) -> _Meant:
        wording = parse(query)
        scope, met = self._finding.scope(documents), 0
        if wording.filters:
            scope = self._fitting(wording, scope)
            met = len(scope)
        also, weights = self._beginnings(wording)
        demands = self._demands(wording)
        more, extra = self._others(wording.text, scope)
        return _Meant(
            text=wording.text,
            scope=scope,
            demands=demands,
            weights={**extra, **weights},
            also=(*also, *more),
            filters=wording.filters,
            documents=met,
            notes=wording.notes,
        )

    def _fitting(
        self, wording: Wording, documents: tuple[DocumentId, ...]
    ) -> tuple[DocumentId, ...]:
        names = {one.name for one in wording.filters}
        filed = self._workspace.filing.all(
            labels=bool(names & {"tag", "folder"}),
            folders="folder" in names,
            properties=properties_of(names),
        ).result()
        return fitting(filed, wording.filters, documents)

    def _demands(self, wording: Wording) -> Demands | None:
        if wording.groups or wording.excluded:
            return demands_of(wording.groups, wording.excluded, self._words_beginning)
        return None

    def _words_beginning(self, start: str) -> Sequence[str]:
        return self._words().beginning(start)

    def _beginnings(self, wording: Wording) -> tuple[list[Also], dict[str, float]]:
        also: list[Also] = []
        weights: dict[str, float] = {}
        for piece in (one for group in wording.groups for one in group):
            if piece.kind is PieceKind.BEGINNING:
                others = tuple(self._words_beginning(piece.text))
                weights |= {term: BEGINNING_WEIGHT for one in others for term in terms(one)}
                why = AlsoWhy.BEGINNING
                also.append(Also(word=f"{piece.text}*", others=others, why=why))
        return also, weights

    def _others(
        self, text: str, scope: tuple[DocumentId, ...]
    ) -> tuple[list[Also], dict[str, float]]:
        """What is looked for in place of words that stand nowhere, and names in other letters."""
        also: list[Also] = []
        weights: dict[str, float] = {}
        quoted = "".join(text.split('"')[1::2])
        also += self._own(" ".join(text.split('"')[0::2]), scope)
        own = {term for one in also for term in terms(one.word)}
        asked = asked_words(text)
        present = self._finding.present((term for told in asked.values() for term in told), scope)
        scripts = self._scripts() if any(_may_be_name(word) for word in asked) else frozenset()
        for word, told in asked.items():
            if word in quoted or any(sign.isdigit() for sign in word):
                continue
            found: list[tuple[AlsoWhy, Sequence[str], float]] = []
            if present.isdisjoint(told) and not own.issuperset(told):
                found.append((AlsoWhy.SPELLING, self._words().close(word), CLOSE_WEIGHT))
            if _may_be_name(word) and scripts - {script_of(word.casefold()), Script.OTHER}:
                found.append((AlsoWhy.SCRIPT, self._words().same_names(word), NAME_WEIGHT))
            for why, others, weight in found:
                real = [one for one in others if self._is_there(one, scope)]
                if real:
                    weights |= {term: weight for one in real for term in terms(one)}
                    also.append(Also(word=word, others=tuple(real), why=why))
        return also, weights

    def _own(self, text: str, scope: tuple[DocumentId, ...]) -> list[Also]:
        """What the workspace's own words put beside those of a text; the search knows them."""
        found = self._finding.glossary.own_said(text)
        meant = [
            (said, tuple(one for one in others if self._is_there(one, scope)))
            for said, others in found
        ]
        return [Also(word=said, others=real, why=AlsoWhy.OWN) for said, real in meant if real]

    def _is_there(self, word: str, scope: tuple[DocumentId, ...]) -> bool:
        """Documents that were removed leave their words behind until the next start."""
        told = terms(word)
        return bool(told) and self._finding.present(told, scope).issuperset(told)

    def _scripts(self) -> frozenset[str]:
        """The scripts in which anything is written."""
        with self._learning:
            self._learn_documents()
        return self._workspace.wordlists.scripts().result()

    def _words(self) -> Vocabulary:
        """All words of the workspace, or those that could be learned in `LEARN_SECONDS`."""
        with self._learning:
            left = self._learn_documents()
            stored = self._workspace.wordlists.all().result()
            new = [id_ for id_ in stored if id_ not in self._learned]
            for at in range(0, len(new), BATCH_DOCUMENTS):
                if time.monotonic() > left:
                    break
                batch = new[at : at + BATCH_DOCUMENTS]
                for words in self._workspace.wordlists.get(batch).result():
                    self._vocabulary.add(words)
                self._learned.update(batch)
        return self._vocabulary

    def _learn_documents(self) -> float:
        """Look at the words of documents that are new; returns when to stop waiting."""
        until = time.monotonic() + LEARN_SECONDS
        for document in self._workspace.wordlists.without().result():
            if time.monotonic() > until:
                break
            words: set[str] = set()
            after = 0
            while batch := self._workspace.texts.batch(document, after).result():
                for _, text in batch:
                    words |= words_in(text)
                after = batch[-1][0]
            scripts = {script_of(word).value for word in words}
            try:
                self._workspace.wordlists.keep(document, words, scripts).result()
            except KnownError as error:  # a full disk, say: they are looked at once more
                _log.warning("the words of a document were not stored: %s", error.failure.code)
                self._vocabulary.add(words)
        return until


def _with_words(why: Why, also: Sequence[Also]) -> Why:
    """Reasons with the words of the query that another spelling, script or ending stands beside."""
    beside = {term: one.word for one in also for other in one.others for term in terms(other)}

    def said(reason: Reason) -> Reason:
        if reason.kind is not ReasonKind.OTHER or reason.beside:
            return reason
        found = (beside[term] for term in terms(reason.words) if term in beside)
        return replace(reason, beside=next(found, ""))

    return replace(why, reasons=tuple(map(said, why.reasons)))


def _may_be_name(word: str) -> bool:
    """Names begin with a capital, in scripts that have any."""
    return word != word.lower() or script_of(word.casefold()) is Script.ARABIC
