"""A small store of passages in memory, and the search over it."""

from dataclasses import dataclass

from carrel.domain.documents import Passage, UnitKind, UnitPlace
from carrel.language.segment import SegmentBuilder
from carrel.retrieval.search import Searchable, Searcher


@dataclass(frozen=True)
class Placed:
    passage: Passage
    place: UnitPlace
    document_name: str
    document_sha256: str = "0" * 64


class Library:
    """Documents as lists of passages, each a unit of its own."""

    def __init__(self, **kwargs):
        self.rows = {}
        self.searcher = Searcher(self, **kwargs)
        self.next = 1

    def passages(self, ids):
        return [self.rows[id_] for id_ in ids if id_ in self.rows]

    def prepare(self, name, *texts, heading=""):
        first, id_ = self.next, len({row.passage.document for row in self.rows.values()}) + 1
        builder = SegmentBuilder()
        for number, text in enumerate(texts, 1):
            builder.add(text=text, heading=heading)
            self.rows[self.next] = Placed(
                Passage(id=self.next, document=id_, unit=self.next, start=0, end=len(text),
                        heading=heading, text=text),
                UnitPlace(UnitKind.PAGE, number, str(number)),
                name,
            )  # fmt: skip
            self.next += 1
        document = Searchable(id=id_, name=name, passages=range(first, self.next))
        return document, [(first, builder.build())]

    def add(self, name, *texts, heading=""):
        document, segments = self.prepare(name, *texts, heading=heading)
        self.searcher.add_document(document, segments)
        return document.id

    def found(self, question, **kwargs):
        return [hit.passage.text for hit in self.searcher.search(question, **kwargs)]
