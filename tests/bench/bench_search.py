"""Search over 100,000 passages of made-up reports: how long a question takes, and starting up.

The words follow Zipf's law, as those of real text do, so common words have long
postings; the questions are whole sentences.
"""

import random
import statistics
import string
import time
from collections.abc import Sequence
from itertools import accumulate

from carrel.domain.documents import Passage, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.language.segment import SegmentBuilder
from carrel.retrieval.search import Searchable, Searcher
from run import Row

PASSAGES = 100_000
WORDS_IN_PASSAGE = 180
VOCABULARY = 60_000
SEGMENT = 2_000
DOCUMENT = 500
QUESTIONS = 200
QUESTION_WORDS = 12
STOP_WORDS = 60


class MadeUp:
    """A store whose texts are made when asked for."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self.words = [self._word(number) for number in range(VOCABULARY)]
        self._weights: list[float] = list(accumulate(1 / (rank + 5) for rank in range(VOCABULARY)))
        self._shown = self.text(0)

    def _word(self, number: int) -> str:
        letters = "".join(
            self._random.choices(string.ascii_lowercase, k=self._random.randint(3, 8))
        )
        return f"{letters}{string.ascii_lowercase[number % 26]}"

    def text(self, seed: int, words: int = WORDS_IN_PASSAGE) -> str:
        """The text of one passage."""
        return " ".join(random.Random(seed).choices(self.words, cum_weights=self._weights, k=words))

    def question(self, seed: int) -> str:
        """A whole sentence. Its words are not among the commonest: those are stop words."""
        told = [word for word in self.text(seed, 40).split() if word not in self.words[:STOP_WORDS]]
        return f"What is the {' '.join(told[:QUESTION_WORDS])}?"

    def passages(self, ids: Sequence[PassageId]) -> list["_Placed"]:
        """As the search asks for them. One text for all: making them up is not what is measured."""
        return [_Placed(id_, self._shown) for id_ in ids]


class _Placed:
    def __init__(self, id_: PassageId, text: str) -> None:
        self.document_name, self.document_sha256 = "report", ""
        self.place = UnitPlace(UnitKind.PAGE, 1, "")
        self.passage = Passage(
            id=id_, document=DocumentId(1), unit=UnitId(1), start=0, end=len(text), heading="",
            text=text,
        )  # fmt: skip


def _segments(store: MadeUp) -> list[tuple[int, bytes]]:
    found = []
    for first in range(1, PASSAGES + 1, SEGMENT):
        builder = SegmentBuilder()
        for id_ in range(first, first + SEGMENT):
            builder.add(
                text=store.text(id_),
                heading=store.text(-id_, 6),
                starts_unit=id_ % 3 == 1,
            )
        found.append((first, builder.build()))
    return found


def _milliseconds(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def main() -> list[Row]:
    """Build, open, search, merge, search again."""
    store = MadeUp()
    begun = time.perf_counter()
    segments = _segments(store)
    built = time.perf_counter() - begun
    documents = [
        Searchable(
            id=DocumentId(first),
            name=f"Report {first}.pdf",
            passages=range(first, first + DOCUMENT),
        )
        for first in range(1, PASSAGES + 1, DOCUMENT)
    ]
    searcher = Searcher(store)
    begun = time.perf_counter()
    searcher.open(documents, segments)
    opened = _milliseconds(begun)
    rows = [
        Row(what="index 100,000 passages, in the parser", value=built, unit="s"),
        Row(what="segments of 100,000 passages", value=sum(len(b) for _, b in segments) / 2**20,
            unit="MiB"),
        Row(what="open 100,000 passages in 50 segments", value=opened, unit="ms", gate=2_000),
        *_search(searcher, store, "50 segments, not yet merged", gate=None),
    ]  # fmt: skip
    begun = time.perf_counter()
    merges = 0
    longest = 0.0
    while searcher.merge_once():
        merges += 1
        longest = max(longest, _milliseconds(begun))
        begun = time.perf_counter()
    rows.append(
        Row(what=f"longest of {merges} merges, in the background", value=longest, unit="ms")
    )
    rows += _search(searcher, store, f"{searcher.index.segments} segments", gate=30)
    extra = SegmentBuilder()
    for id_ in range(200):
        extra.add(text=store.text(id_))
    body = extra.build()
    begun = time.perf_counter()
    new = Searchable(id=DocumentId(PASSAGES + 1), name="New.pdf",
                     passages=range(PASSAGES + 1, PASSAGES + 201))  # fmt: skip
    searcher.add_document(new, [(PASSAGES + 1, body)])
    rows.append(Row(what="make a new document findable", value=_milliseconds(begun), unit="ms",
                    gate=50))  # fmt: skip
    return rows


def _search(searcher: Searcher, store: MadeUp, when: str, *, gate: float | None) -> list[Row]:
    times: list[float] = []
    processor: list[float] = []
    for number in range(QUESTIONS):
        question = store.question(10_000_000 + number)
        begun, used = time.perf_counter(), time.thread_time()
        searcher.search(question, limit=20)
        times.append(_milliseconds(begun))
        processor.append((time.thread_time() - used) * 1000)
    times.sort()
    processor.sort()
    return [
        Row(what=f"a question, {when}, median", value=statistics.median(times), unit="ms"),
        Row(what=f"a question, {when}, median of the processor", unit="ms",
            value=statistics.median(processor)),
        Row(what=f"a question, {when}, 95 of 100 within", value=times[int(QUESTIONS * 0.95)],
            unit="ms", gate=gate),
    ]  # fmt: skip
