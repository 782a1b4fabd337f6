"""Contexts as rows of tokens, with what is to be learnt at each place.

The format is V4's chat template without thinking. The tag stands first in an
answer: choosing is then one token, and copying begins after a unique pair.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from corpus import Context, Corpus
from geometry import TAGS
from torch import Tensor
from vocabulary import ASSISTANT, END_OF_THOUGHT, USER, Vocabulary

NOTHING: Final = "The documents do not say."
"""The answer when no passage answers."""
SEVERAL: Final = 0.5
"""Share of contexts with several questions: those teach most per token."""
COPIED: Final = 0.35
"""Share of the copied tokens that are learnt; the end of a sentence always is."""
NO_LOSS, CHOICE, COPY, END = 0, 1, 2, 3
"""What is learnt at a place: nothing, the choice of a passage, its text, the end."""
BOS, EOS, PAD = 0, 1, 2


@dataclass(frozen=True)
class Stage:
    """Sizes of the contexts at one time of learning.

    Attributes:
        length: tokens of a row.
        rows: rows of a batch.
        passages: least and most.
        longest: words of a passage, least and most of the bound.
        questions: asked in a context at most.
        brief: share of answers that are the tag only.
    """

    length: int
    rows: int
    passages: tuple[int, int]
    longest: tuple[int, int]
    questions: int
    brief: float


@dataclass(frozen=True)
class Batch:
    """Rows of tokens.

    Attributes:
        ids: [rows, length].
        wanted: places where something is learnt, [rows, n]; 0 fills up.
        targets: the token to come there, [rows, n]; -100 where nothing is learnt.
        kinds: what is learnt there, [rows, n].
        place: code of the passage of each passage token, else -1, [rows, length].
        gold: code of the first right passage on each question token, else -1.
    """

    ids: Tensor
    wanted: Tensor
    targets: Tensor
    kinds: Tensor
    place: Tensor
    gold: Tensor


class Sequences:
    """Turns contexts into rows."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, seed: int) -> None:
        """Prepare the parts of the template."""
        self._corpus, self._v = corpus, vocabulary
        self._random = np.random.default_rng(seed)
        encode = vocabulary.encode
        self._line, self._asks, self._none = encode("\n"), encode("Question:"), encode(NOTHING)
        number = vocabulary.number
        self._user, self._turn = number[USER], [number[ASSISTANT], number[END_OF_THOUGHT]]
        self._kept: dict[str, list[int]] = {}

    def _passage(self, text: str) -> list[int]:
        if text not in self._kept:
            if len(self._kept) > 60_000:
                self._kept.clear()
            self._kept[text] = self._v.encode(" " + text)
        return self._kept[text]

    def prompt(self, passages: tuple[str, ...], question: str) -> list[int]:
        """The tokens of a first turn, up to where the answer begins."""
        ids = [BOS, self._user]
        for i, text in enumerate(passages):
            ids += [self._v.tags[i], *self._passage(text), *self._line]
        return [*ids, *self._line, *self._asks, *self._v.encode(" " + question), *self._turn]

    def row(self, context: Context, length: int, brief: float) -> tuple[list[int], ...] | None:
        """One row: tokens, kinds, passage codes, right codes; None when no answer fits."""
        r, count = self._random, len(context.passages)
        first = 0 if r.random() < 0.6 else int(r.integers(0, TAGS - count + 1))
        tags = self._v.tags[first : first + count]
        ids, kinds, place, gold = [BOS, self._user], [0, 0], [-1, -1], [-1, -1]

        def add(
            tokens: list[int], kind: list[int] | None = None, at: int = -1, right: int = -1
        ) -> None:
            ids.extend(tokens)
            kinds.extend(kind or [NO_LOSS] * len(tokens))
            place.extend([at] * len(tokens))
            gold.extend([right] * len(tokens))

        for i, text in enumerate(context.passages):
            add([tags[i], *self._passage(text), *self._line], at=first + i)
        add(self._line)
        done = 0
        for turn, asked in enumerate(context.asked):
            question = [*self._asks, *self._v.encode(" " + asked.text)]
            question = [self._user, *question] if turn else question
            answer, said = self._answer(context, asked.gold, tags, brief)
            if len(ids) + len(question) + 2 + min(len(answer), 4) > length:
                break
            add(question, right=first + asked.gold[0] if asked.gold else TAGS)
            add(self._turn)
            add(answer, said)
            done += 1
        if not done:
            return None
        fill = length - len(ids)
        rows = ((ids, PAD), (kinds, 0), (place, -1), (gold, -1))
        return tuple((x + [v] * max(0, fill))[:length] for x, v in rows)

    def _answer(
        self, context: Context, gold: tuple[int, ...], tags: list[int], brief: float
    ) -> tuple[list[int], list[int]]:
        if not gold:
            return [*self._none, EOS], [CHOICE, *[COPY] * (len(self._none) - 1), END]
        if len(gold) == 1 and self._random.random() < brief:
            return [tags[gold[0]], EOS], [CHOICE, NO_LOSS]
        ids: list[int] = []
        kinds: list[int] = []
        for place in gold:
            text = self._passage(context.passages[place])
            ids += [tags[place], *text]
            kinds += [CHOICE if not kinds else END, *[COPY] * len(text)]
        return [*ids, EOS], [*kinds, END]

    def batch(self, stage: Stage, unanswered: float) -> Batch:
        """A batch of a stage's size."""
        r = self._random
        rows = []
        while len(rows) < stage.rows:
            count = int(r.integers(stage.passages[0], stage.passages[1] + 1))
            longest = int(r.integers(stage.longest[0], stage.longest[1] + 1))
            most = stage.questions if r.random() < SEVERAL else 1
            context = self._corpus.context(count, longest, most, unanswered)
            row = self.row(context, stage.length, stage.brief) if context else None
            if row:
                rows.append(row)
        ids, kinds, place, gold = (
            torch.from_numpy(np.array(x, np.int64)) for x in zip(*rows, strict=True)
        )
        longest = int((ids != PAD).sum(1).max())
        return pack(ids[:, :longest], kinds[:, :longest], place[:, :longest], gold[:, :longest])


def pack(ids: Tensor, kinds: Tensor, place: Tensor, gold: Tensor) -> Batch:
    """Find the places where something is learnt."""
    skipped = (kinds == COPY) & (torch.rand(kinds.shape) > COPIED)
    kinds = kinds.masked_fill(skipped, NO_LOSS)
    learnt = (kinds[:, 1:] > 0).long()
    most = int(learnt.sum(1).max())
    order = torch.argsort(learnt, dim=1, descending=True, stable=True)[:, :most]
    real = learnt.gather(1, order) > 0
    targets = ids[:, 1:].gather(1, order).masked_fill(~real, -100)
    said = kinds[:, 1:].gather(1, order).masked_fill(~real, NO_LOSS)
    return Batch(ids, order.masked_fill(~real, 0), targets, said, place, gold)
