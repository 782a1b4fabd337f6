"""Questions to measure on, made once and fixed: real ones, made ones, written ones.

    python models/nano/cases.py BUILD --real XQUAD.json

The real ones are people's questions about encyclopaedia paragraphs (XQuAD's
English part); nothing is ever learnt from them, and they are not kept here.
"""

import argparse
import json
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Final

from corpus import Corpus
from questions import telling
from texts import sentences_of

HERE: Final = Path(__file__).parent
REAL: Final = 400
MADE: Final = 150
MANY: Final = 100
NOWHERE: Final = 100
TURNS: Final = 60
"""How many cases of each sort."""
PASSAGES: Final = (3, 6)
SATURATION, LENGTH_SHARE = 1.2, 0.75
"""The usual constants of BM25."""


@dataclass(frozen=True)
class Case:
    """A question with its passages.

    Attributes:
        sort: of the case.
        passages: what the answer is to be found in.
        question: the question.
        gold: passages that answer it, in order; empty when none does.
        before: question and gold of a first turn, if any.
    """

    sort: str
    passages: list[str]
    question: str
    gold: list[int]
    before: tuple[str, int] | None = None


def real_cases(path: Path) -> list[Case]:
    """Cases of a file in SQuAD's format: 3 to 6 neighbouring sentences of one paragraph."""
    random, found = Random(9), []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            text, spans, at = paragraph["context"], [], 0
            for sentence in sentences_of(text):
                start = text.find(sentence.split()[0], at)
                at = max(start, at) + len(sentence)
                spans.append((max(start, 0), at, sentence))
            for asked in paragraph["qas"]:
                answer = asked["answers"][0]
                right = [
                    i
                    for i, (start, stop, sentence) in enumerate(spans)
                    if start - 2 <= answer["answer_start"] < stop + 2 and answer["text"] in sentence
                ]
                if len(right) != 1 or len(spans) < PASSAGES[0]:
                    continue
                count = min(len(spans), random.randint(*PASSAGES))
                low = max(0, right[0] - count + 1)
                first = random.randint(low, min(right[0], len(spans) - count))
                passages = [s for _, _, s in spans[first : first + count]]
                if len(set(passages)) == count:
                    found.append(
                        Case("real", passages, asked["question"].strip(), [right[0] - first])
                    )
    random.shuffle(found)
    return found[:REAL]


def made_cases(corpus: Corpus) -> list[Case]:
    """Cases of held-out documents and of offices made up for the purpose."""
    found: list[Case] = []
    wanted = {"made": MADE, "many": MANY, "nowhere": NOWHERE, "second": TURNS, "two": TURNS}
    random = Random(17)
    while wanted:
        sort = random.choice(sorted(wanted))
        count = random.randint(8, 12) if sort == "many" else random.randint(*PASSAGES)
        context = corpus.context(count, 40, 4, 1.0 if sort == "nowhere" else 0.0)
        if context is None or (sort == "many" and len(context.passages) < 8):
            continue
        passages = list(context.passages)
        ones = [a for a in context.asked if len(a.gold) == 1]
        twos = [a for a in context.asked if len(a.gold) == 2]
        none = [a for a in context.asked if not a.gold]
        if sort == "nowhere" and none:
            found.append(Case(sort, passages, none[0].text, []))
        elif sort == "two" and twos:
            found.append(Case(sort, passages, twos[0].text, list(twos[0].gold)))
        elif sort == "second" and len(ones) > 1:
            found.append(
                Case(
                    sort,
                    passages,
                    ones[1].text,
                    list(ones[1].gold),
                    (ones[0].text, ones[0].gold[0]),
                )
            )
        elif sort in {"made", "many"} and ones:
            found.append(Case(sort, passages, ones[0].text, list(ones[0].gold)))
        else:
            continue
        wanted[sort] -= 1
        wanted = {k: v for k, v in wanted.items() if v}
    return found


def written_cases() -> list[Case]:
    """The office questions written by hand before anything was trained."""
    found = []
    for page in tomllib.loads((HERE / "office_questions.toml").read_text("utf-8"))["page"]:
        for asked in page["question"]:
            gold = [asked["gold"]] if asked["gold"] >= 0 else []
            sort = "paraphrase" if asked.get("paraphrase") else "written"
            found.append(Case(sort, page["passages"], asked["text"], gold))
    return found


def best_by_bm25(passages: list[str], question: str, corpus: Corpus) -> int:
    """The passage that BM25 puts first; rarity as in the texts."""
    asker = corpus.asker

    def stems(text: str) -> list[str]:
        return [asker.stem(w) for w in telling(text)]

    sizes = [max(1, len(stems(p))) for p in passages]
    mean, scores = sum(sizes) / len(sizes), []
    for passage, size in zip(passages, sizes, strict=True):
        count = Counter(stems(passage))
        norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * size / mean)
        scores.append(
            sum(
                asker.weight(s) * count[s] * (1 + SATURATION) / (count[s] + norm)
                for s in set(stems(question))
                if count[s]
            )
        )
    return max(range(len(scores)), key=scores.__getitem__)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make the cases to measure on.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--real", type=Path)
    chosen = parser.parse_args()
    wordnet = chosen.build / "sources/wordnet/usr/share/wordnet"
    corpus = Corpus(chosen.build / "texts.json", wordnet, Random(2026), held_out=True)
    cases = written_cases() + made_cases(corpus) + (real_cases(chosen.real) if chosen.real else [])
    whole = Corpus(chosen.build / "texts.json", wordnet, Random(1), held_out=False)
    for sort in sorted({c.sort for c in cases}):
        mine = [c for c in cases if c.sort == sort and len(c.gold) == 1]
        if mine:
            hits = sum(best_by_bm25(c.passages, c.question, whole) == c.gold[0] for c in mine)
            chance = sum(1 / len(c.passages) for c in mine) / len(mine)
            print(f"{sort}: {len(mine)} answered, BM25 {hits / len(mine):.3f}, chance {chance:.3f}")
    (chosen.build / "cases.json").write_text(json.dumps([asdict(c) for c in cases]), "utf-8")


if __name__ == "__main__":
    main()
