"""Where Carrel Nano's sentences come from: the gathered texts and made-up offices.

Gives passages with questions; must not know tokens or tensors. Held-out documents
are chosen once, by a fixed seed, and never given while learning.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from offices import Offices
from questions import Asker, Neighbours
from wording import Wording

HELD_OUT_SEED: Final = 4
HELD_OUT: Final = 0.03
"""Share of the documents that are only measured on."""
SHARES: Final = {
    "factbook": 3.0, "addresses": 3.5, "wordnet": 1.5, "postgresql": 1.2, "sqlite": 1.0,
    "python": 1.0, "httpd": 0.5,
}  # fmt: skip
"""How often a source is read, against the others."""
OFFICE_SHARE: Final = 0.45
"""Share of contexts about made-up offices."""


@dataclass(frozen=True)
class Asked:
    """A question about some passages.

    Attributes:
        text: the question.
        gold: numbers of the passages that answer it, from 0; none when nothing does.
    """

    text: str
    gold: tuple[int, ...]


@dataclass(frozen=True)
class Context:
    """Passages and questions about them."""

    passages: tuple[str, ...]
    asked: tuple[Asked, ...]


class Corpus:
    """Contexts without end."""

    def __init__(self, texts: Path, wordnet: Path, random: Random, *, held_out: bool) -> None:
        """Read the texts.

        Args:
            texts: what `texts.py` wrote.
            wordnet: folder of WordNet's files.
            random: where chance comes from.
            held_out: give the documents that are only measured on.
        """
        self._random = random
        found = json.loads(texts.read_text("utf-8"))["documents"]
        order = Random(HELD_OUT_SEED)
        self._documents: dict[str, list[list[str]]] = {}
        for source, sentences in found:
            if (order.random() < HELD_OUT) == held_out:
                self._documents.setdefault(source, []).append(sentences)
        self._sources = list(self._documents)
        self._shares = [SHARES[s] for s in self._sources]
        self.wording = Wording(wordnet)
        everything = [d for documents in self._documents.values() for d in documents]
        self.asker = Asker(self.wording, everything)
        self._near = Neighbours(self.asker, [s for d in everything for s in d], random)
        self._offices = Offices(random)

    def _document(self) -> list[str]:
        source = self._random.choices(self._sources, self._shares)[0]
        return self._random.choice(self._documents[source])

    def context(
        self, count: int, longest: int, questions: int, unanswered: float
    ) -> Context | None:
        """A context.

        Args:
            count: passages.
            longest: words of a passage.
            questions: how many to ask at most.
            unanswered: share of questions that nothing answers.

        Returns:
            A context, or None when the chosen document gave too little.
        """
        if self._random.random() < OFFICE_SHARE:
            return self._office(count, questions, unanswered)
        return self._read(count, longest, questions, unanswered)

    def _office(self, count: int, questions: int, unanswered: float) -> Context | None:
        r = self._random
        facts = self._offices.document(count + 2)
        if len(facts) < 4:
            return None
        shown = facts[: min(count, len(facts) - 1)]
        hidden = facts[len(shown) :]
        passages = [f.sentence for f in shown]
        asked: list[Asked] = []
        spare = r.sample(range(len(shown)), len(shown))
        for _ in range(questions * 2):
            if len(asked) == questions:
                break
            if r.random() < unanswered and hidden:
                fact = r.choice(hidden)
                question = self._offices.question(fact, shown)
                if (question and not any(f.kind == fact.kind for f in shown)) or (
                    question and self._foreign(question, fact.shown, shown)
                ):
                    asked.append(Asked(question, ()))
                continue
            gold = spare.pop() if spare else r.randrange(len(shown))
            fact = shown[gold]
            if r.random() < 0.8:
                question = self._offices.question(fact, shown)
            else:
                question = self.asker.ask(
                    fact.sentence, [f.sentence for f in shown if f is not fact], r
                )
            if question:
                asked.append(Asked(question, (gold,)))
        asked = self._pairs(asked)
        return Context(tuple(passages), tuple(asked)) if asked else None

    @staticmethod
    def _foreign(question: str, values: frozenset[str], shown: list) -> bool:  # type: ignore[type-arg]
        """Whether a question names something that no passage names."""
        named = [v for v in values if v.lower() in question.lower()]
        return bool(named) and not any(
            v.lower() in f.sentence.lower() for v in named for f in shown
        )

    def _pairs(self, asked: list[Asked]) -> list[Asked]:
        """Join two questions into one that asks for two facts, now and then."""
        r = self._random
        if len(asked) > 1 and r.random() < 0.3:
            first, second = asked[0], asked[1]
            if len(first.gold) == len(second.gold) == 1 and first.gold != second.gold:
                tail = second.text
                joint = r.choice((" and ", ", and ", " and also ", "? And "))
                if tail[1:2].islower():
                    tail = tail[:1].lower() + tail[1:]
                text = first.text.rstrip("?. ") + joint + tail
                return [Asked(text, (*first.gold, *second.gold)), *asked[2:]]
        return asked

    def _read(self, count: int, longest: int, questions: int, unanswered: float) -> Context | None:
        r = self._random
        passages: list[str] = []
        mixed = r.random() < 0.2
        for _ in range(12):
            if len(passages) >= count:
                break
            document = self._document()
            start = r.randrange(len(document))
            piece = [document[start]] if mixed else document[start : start + count - len(passages)]
            passages += [s for s in piece if len(s.split()) <= longest and s not in passages]
        if len(passages) < 2:
            return None
        if r.random() < 0.3 and len(passages) > 2:
            like = self._near.like(passages[0])
            if like and like not in passages and len(like.split()) <= longest:
                passages[-1] = like
        if r.random() < 0.3:
            r.shuffle(passages)
        asked: list[Asked] = []
        spare = r.sample(range(len(passages)), len(passages))
        for _ in range(questions * 2):
            if len(asked) == questions:
                break
            if r.random() < unanswered:
                other = self._near.like(r.choice(passages)) or r.choice(self._document())
                question = self.asker.ask(other, passages, r)
                if question and other not in passages and not self.asker.blurs(question, passages):
                    asked.append(Asked(question, ()))
                continue
            gold = spare.pop() if spare else r.randrange(len(passages))
            rivals = passages[:gold] + passages[gold + 1 :]
            question = self.asker.ask(passages[gold], rivals, r)
            if question:
                asked.append(Asked(question, (gold,)))
        asked = self._pairs(asked)
        return Context(tuple(passages), tuple(asked)) if asked else None
