"""Gather the texts and learn the tokens: everything that comes before training.

python models/nano/prepare.py BUILD [--seed 1]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import texts
import vocabulary
from corpus import Corpus
from geometry import Geometry
from sequences import NOTHING

CONTEXTS: Final = 25_000
"""Contexts whose words the tokens are learnt from; some 400,000 lines."""


USUAL: Final = 3
"""How often WordNet's texts must use a word before it is shown as a word of its own."""
MOST_TIMES: Final = 20
"""How often a usual word is shown at most."""


def lines(corpus: Corpus) -> Iterator[str]:
    """Passages and questions as they stand in a prompt, without line breaks."""
    for _ in range(CONTEXTS):
        context = corpus.context(8, 45, 6, 0.1)
        if context is None:
            continue
        for passage in context.passages:
            yield " " + passage
        for asked in context.asked:
            yield " " + asked.text
            yield "Question: " + asked.text
        yield NOTHING
    known = corpus.wording
    for word in sorted({*known.verbs, *known.nouns}):
        times = known.verbs.get(word, 0) + known.nouns.get(word, 0)
        if times >= USUAL and word.isascii():
            for _ in range(min(times, MOST_TIMES)):
                yield f" {word} {word}s"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Gather the texts and learn the tokens.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    gathered = chosen.build / "texts.json"
    if not gathered.exists():
        texts.gather(chosen.build / "sources", gathered)
    wordnet = chosen.build / "sources/wordnet/usr/share/wordnet"
    corpus = Corpus(gathered, wordnet, Random(chosen.seed), held_out=False)
    out = chosen.build / "vocabulary.json"
    vocabulary.learn(lines(corpus), Geometry().words, out)
    print(out, len(vocabulary.Vocabulary.read(out).merges), "merges")


if __name__ == "__main__":
    main()
