"""What finding by meaning is worth with an embedding model, beside words alone.

    python tests/bench/evaluate_meaning.py MODEL.gguf reports FOLDER
    python tests/bench/evaluate_meaning.py MODEL.gguf squad FILE...

The model is measured on the passages of each set as in a workspace, without looking at a
question; then the questions are asked with words alone, and with as much meaning as that
allows. Prints how far the model is trusted, hit@1, @5, @10 and MRR of both, also for even and
odd questions, and how many questions got better and worse. The sets are not part of this
repository.
"""

import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from carrel.domain.documents import Hit
from carrel.domain.ids import DocumentId
from carrel.engine.embedder import Embedder
from carrel.language.passages import split_passages
from carrel.retrieval.meaning import Meanings, Meant, pack
from carrel.retrieval.trusting import measure, samples, script_in
from evaluate_search import FOUND, Library, add_pdf, report

BATCH = 512
NOWHERE = FOUND + 1

Asked = tuple[str, tuple[DocumentId, ...], Callable[[Sequence[Hit]], int | None]]
"""A question, the documents it is put to, and how to tell the rank of its answer."""


def compare(what: str, library: Library, questions: Sequence[Asked], embedder: Embedder) -> None:
    """Ask all questions twice and print the figures."""
    texts = [library.rows[id_].passage.text for id_ in sorted(library.rows)]
    meanings = Meanings()
    meanings.open(embedder.info.facts.dimension)
    for at in range(0, len(texts), BATCH):
        body = pack(embedder.passages(texts[at : at + BATCH]))
        meanings.add(at + 1, body, embedder.info.facts.dimension)
    mixed = random.Random(3).sample(texts, len(texts))
    trusts = measure(samples(mixed, seed=1), embedder.questions, embedder.passages)
    for script, trust in trusts.items():
        print(f"{what}: {script} told {trust.told:.3f} sure {trust.sure:.3f} "
              f"weight {trust.weight:.2f} ({trust.tried} tried)")  # fmt: skip
    searcher = library.searcher()
    plain: list[int | None] = []
    fused: list[int | None] = []
    for question, documents, rank in questions:
        trust = trusts.get(script_in(question))
        meant = None
        if trust is not None and trust.weight:
            meant = Meant(meanings, embedder.questions([question])[0], trust)
        for found, means in ((plain, None), (fused, meant)):
            hits = searcher.search(question, limit=FOUND, documents=documents, meant=means)
            found.append(rank(hits))
    report(f"words, {what}", plain)
    report(f"with meaning, {what}", fused)
    pairs = np.array([(a or NOWHERE, b or NOWHERE) for a, b in zip(plain, fused, strict=True)])
    better, worse = (pairs[:, 1] < pairs[:, 0]).sum(), (pairs[:, 1] > pairs[:, 0]).sum()
    print(f"{better} questions better, {worse} worse, of {len(pairs)}")


def reports(folder: Path, embedder: Embedder) -> None:
    """Questions about reports, with the pages that answer them."""
    library = Library()
    ids = {path.name: add_pdf(library, path) for path in sorted(folder.glob("*.pdf"))}
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    for what, given in (("all documents", False), ("document given", True)):
        questions: list[Asked] = []
        for one in map(json.loads, lines):
            gold = {(page["document"], page["page_index"] + 1) for page in one["evidence"]}

            def rank(hits: Sequence[Hit], gold=gold) -> int | None:
                pages = list(dict.fromkeys((hit.document_name, hit.place.number) for hit in hits))
                return next((n for n, page in enumerate(pages, 1) if page in gold), None)

            documents = (DocumentId(ids[one["document"]]),) if given else ()
            questions.append((one["question"], documents, rank))
        compare(what, library, questions, embedder)


def squad(path: Path, embedder: Embedder) -> None:
    """Questions about paragraphs, with the characters that answer them."""
    library = Library()
    questions: list[Asked] = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            id_ = library.add("", [("", text, split_passages(text))])
            for one in paragraph["qas"]:
                spans = [
                    (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                    for answer in one["answers"]
                ]

                def rank(hits: Sequence[Hit], id_=id_, spans=spans) -> int | None:
                    return next(
                        (hit.rank for hit in hits if hit.passage.document == id_ and any(
                            hit.passage.start < high and low < hit.passage.end
                            for low, high in spans)), None)  # fmt: skip

                questions.append((one["question"], (), rank))
    compare(path.name, library, questions, embedder)


if __name__ == "__main__":
    chosen, kind, *paths = sys.argv[1:]
    with Embedder.start(Path(chosen)) as loaded:
        for given_path in paths:
            {"reports": reports, "squad": squad}[kind](Path(given_path), loaded)
