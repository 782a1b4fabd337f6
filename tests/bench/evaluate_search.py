"""How often search and evidence mode find what people marked as the answer.

    python tests/bench/evaluate_search.py reports FOLDER     PDFs and questions.jsonl with
                                                             question, document, evidence pages
    python tests/bench/evaluate_search.py squad FILE...      SQuAD-like JSON
    python tests/bench/evaluate_search.py strange FILE...    the same: every other article is
                                                             there, questions about the others
                                                             are to be turned away

Prints hit@1, @5, @10 and MRR over all questions and over two halves (even and
odd), so that a change made with one half in view can be judged on the other.
The question sets are not part of this repository.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from carrel.answering.evidence import choose_evidence
from carrel.domain.documents import Hit, Passage, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.language.passages import split_passages
from carrel.language.segment import SegmentBuilder
from carrel.parsing.client import read_document
from carrel.retrieval.search import Searchable, Searcher
from plain_bm25 import PlainBm25

FOUND = 60
EVIDENCE_FROM = 30


@dataclass(frozen=True)
class Placed:
    """A passage as a store gives it."""

    passage: Passage
    place: UnitPlace
    document_name: str
    document_sha256: str = ""


@dataclass
class Library:
    """Passages in memory, and the search over them."""

    rows: dict[int, Placed] = field(default_factory=dict)
    documents: list[Searchable] = field(default_factory=list)
    segments: list[tuple[int, bytes]] = field(default_factory=list)

    def passages(self, ids: Sequence[PassageId]) -> list[Placed]:
        """As the search asks for them."""
        return [self.rows[id_] for id_ in ids]

    def searcher(self) -> Searcher:
        """Open everything."""
        searcher = Searcher(self)
        searcher.open(self.documents, self.segments)
        while searcher.merge_once():
            pass
        return searcher

    def add(self, name: str, units: Iterable, segments: Sequence[tuple[bytes, int]] = ()) -> int:
        """A document from units: label, text, passages with start, end and heading."""
        document, first = len(self.documents) + 1, len(self.rows) + 1
        builder = SegmentBuilder()
        for number, (label, text, spans) in enumerate(units, 1):
            for index, span in enumerate(spans):
                id_ = len(self.rows) + 1
                words = text[span.start : span.end]
                builder.add(text=words, heading=span.heading, starts_unit=index == 0)
                passage = Passage(
                    id=PassageId(id_), document=DocumentId(document), unit=UnitId(number),
                    start=span.start, end=span.end, heading=span.heading, text=words,
                )  # fmt: skip
                self.rows[id_] = Placed(passage, UnitPlace(UnitKind.PAGE, number, label), name)
        end = len(self.rows) + 1
        at = first
        for body, count in segments or [(builder.build(), end - first)]:
            self.segments.append((at, body))
            at += count
        self.documents.append(
            Searchable(id=DocumentId(document), name=name, passages=range(first, end))
        )
        return document


def add_pdf(library: Library, path: Path) -> int:
    """Read a PDF as the program does, in a child."""
    body = path.read_bytes()
    fd = os.memfd_create(path.name, os.MFD_ALLOW_SEALING)
    try:
        os.write(fd, body)
        units: list = []
        segments: list[tuple[bytes, int]] = []
        read_document(
            fd, name=path.name, size=len(body), on_unit=units.append, cancelled=lambda: False,
            on_segment=lambda segment, count: segments.append((segment, count)),
            on_progress=lambda done, total: None,
        )  # fmt: skip
    finally:
        os.close(fd)
    return library.add(path.name, ((u.label, u.text, u.passages) for u in units), segments)


def report(what: str, ranks: Sequence[int | None]) -> None:
    """Print hit rates of all, of the even and of the odd questions."""

    def line(some: Sequence[int | None]) -> str:
        total = max(1, len(some))
        hits = [sum(rank is not None and rank <= k for rank in some) / total for k in (1, 5, 10)]
        hits.append(sum(1 / rank for rank in some if rank) / total)
        return " ".join(f"{value:.3f}" for value in hits)

    print(f"{what:<26} {line(ranks)}   even {line(ranks[::2])}   odd {line(ranks[1::2])}")


def report_evidence(what: str, right: Sequence[Sequence[bool]]) -> None:
    """Print how often evidence mode answered, and with the right sentence."""

    def line(some: Sequence[Sequence[bool]]) -> str:
        total = max(1, len(some))
        answered, first = sum(map(bool, some)), sum(bool(one) and one[0] for one in some)
        return f"{answered / total:.3f} {first / total:.3f} {sum(map(any, some)) / total:.3f}"

    print(f"{what:<26} {line(right)}   even {line(right[::2])}   odd {line(right[1::2])}"
          "   (answered, first right, any right)")  # fmt: skip


def reports(folder: Path) -> None:
    """Questions about reports, with the pages that answer them."""
    library = Library()
    ids = {path.name: add_pdf(library, path) for path in sorted(folder.glob("*.pdf"))}
    searcher = library.searcher()
    plain = PlainBm25({id_: row.passage.text for id_, row in library.rows.items()})
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    for what in ("all documents", "document given"):
        ranks: list[int | None] = []
        plain_ranks: list[int | None] = []
        chosen: list[list[bool]] = []
        for one in questions:
            gold = {(page["document"], page["page_index"] + 1) for page in one["evidence"]}
            given = (DocumentId(ids[one["document"]]),) if what == "document given" else ()
            hits = searcher.search(one["question"], limit=FOUND, documents=given)
            pages = list(dict.fromkeys(map(_page, hits)))
            ranks.append(next((rank for rank, page in enumerate(pages, 1) if page in gold), None))
            among = library.documents[given[0] - 1].passages if given else None
            rows = [library.rows[id_] for id_ in plain.rank(one["question"], FOUND, among)]
            pages = list(dict.fromkeys((row.document_name, row.place.number) for row in rows))
            plain_ranks.append(
                next((rank for rank, page in enumerate(pages, 1) if page in gold), None)
            )
            evidence = choose_evidence(one["question"], hits[:EVIDENCE_FROM])
            chosen.append([_page(choice.hit) in gold for choice in evidence])
        report(f"plain BM25, {what}", plain_ranks)
        report(f"pages, {what}", ranks)
        report_evidence(f"evidence, {what}", chosen)


def _page(hit: Hit) -> tuple[str, int]:
    return hit.document_name, hit.place.number


def squad(path: Path) -> None:
    """Questions about paragraphs, with the characters that answer them."""
    library = Library()
    questions: list[tuple[str, int, list[tuple[int, int]]]] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            id_ = library.add("", [("", text, split_passages(text))])
            for one in paragraph["qas"]:
                spans = [
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in one["answers"]
                ]
                questions.append((one["question"], id_, spans))
    searcher = library.searcher()
    plain = PlainBm25({id_: row.passage.text for id_, row in library.rows.items()})
    ranks: list[int | None] = []
    plain_ranks: list[int | None] = []
    chosen: list[list[bool]] = []
    for question, id_, spans in questions:

        def holds(document: int, start: int, end: int, spans=spans, id_=id_) -> bool:
            return document == id_ and any(start < high and low < end for low, high in spans)

        hits = searcher.search(question, limit=EVIDENCE_FROM)
        ranks.append(next((hit.rank for hit in hits if holds(
            hit.passage.document, hit.passage.start, hit.passage.end)), None))  # fmt: skip
        rows = [library.rows[id_].passage for id_ in plain.rank(question, EVIDENCE_FROM)]
        plain_ranks.append(next((rank for rank, row in enumerate(rows, 1) if holds(
            row.document, row.start, row.end)), None))  # fmt: skip
        chosen.append([holds(choice.hit.passage.document, *choice.span)
                       for choice in choose_evidence(question, hits)])  # fmt: skip
    report(f"plain BM25, {path.name}", plain_ranks)
    report(f"passages, {path.name}", ranks)
    report_evidence(f"evidence, {path.name}", chosen)


def strange(path: Path) -> None:
    """Questions whose answers are there and are to be kept, and others, to be turned away."""
    library = Library()
    here: list[tuple[str, int, list[tuple[int, int]]]] = []
    elsewhere: list[str] = []
    for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            asked = paragraph["qas"]
            if number % 2:
                elsewhere += [one["question"] for one in asked]
                continue
            text = paragraph["context"]
            id_ = library.add("", [("", text, split_passages(text))])
            for one in asked:
                spans = [
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in one["answers"]
                ]
                here.append((one["question"], id_, spans))
    searcher = library.searcher()
    kept = first = turned_away = 0
    for question, id_, spans in here:
        chosen = choose_evidence(question, searcher.search(question, limit=EVIDENCE_FROM))
        kept += bool(chosen)
        for choice in chosen[:1]:
            start, end = choice.span
            found = choice.hit.passage.document == id_
            first += found and any(start < high and low < end for low, high in spans)
    for question in elsewhere:
        hits = searcher.search(question, limit=EVIDENCE_FROM)
        turned_away += not choose_evidence(question, hits)
    print(f"{path.name}: of {len(here)} questions kept {kept / len(here):.3f}, first right "
          f"{first / len(here):.3f}; of {len(elsewhere)} strange ones turned away "
          f"{turned_away / len(elsewhere):.3f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    kind, *paths = sys.argv[1:]
    for given_path in paths:
        {"reports": reports, "squad": squad, "strange": strange}[kind](Path(given_path))
