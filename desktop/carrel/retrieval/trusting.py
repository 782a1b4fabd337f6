"""How far an embedding model can be trusted, measured on the passages of the workspace itself.

A sentence is taken out of a passage, and from the rest of the passage every word
that the sentence has, too. A model that knows what texts mean still finds the rest
more alike to its sentence than the rest of other passages; one that knows nothing
(random weights, another language) cannot tell, because no word is left in common.
The share of other passages that are less alike says how much likeness may add to
what the words say, and below a certainty nothing. No question of a user is
looked at. Must not know models, or where passages lie.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from carrel.domain.meaning import Trust
from carrel.language.sentences import sentences
from carrel.language.terms import locate
from carrel.retrieval.words import STOP_TERMS

SAMPLES: Final = 160
"""Sentences tried of each script: the certainty is then a few hundredths."""
FEWEST: Final = 40
"""Sentences below which nothing can be said about a script."""
FEWEST_TERMS: Final = 5
"""Different words that say something, of a sentence that is tried."""
FEWEST_LEFT: Final = 100
"""Characters that must be left of a passage."""
LONGEST_SENTENCE: Final = 500
"""Characters; rows of tables that run on are no sentences."""

MOST_WEIGHT: Final = 0.1
"""What likeness may add at most, of the best passage's score. With it a model that is trusted
wrongly (random weights, or words by their company in the very same texts) cost one question of 58
on annual reports, where a weight of 0.25 cost three to seven; a good one kept most of its worth."""
NOTHING_KNOWN: Final = 0.75
"""Certainty up to which a model adds nothing. Models of random weights, and those asked in a
language they were not trained for, reached 0.7 at most on these sets."""
WELL_KNOWN: Final = 0.8
"""Certainty from which a model adds all it may; MiniLM reached 0.81 to 0.97 in English."""
CEILING_SHARE: Final = 0.75
"""Of the samples' own likeness, the share that lies below the ceiling."""
DEVIATIONS: Final = 2.0
"""Standard deviations by which what was measured may be too good."""

_SCRIPTS: Final = (
    ("latin", regex.compile(r"\p{Latin}")),
    ("cyrillic", regex.compile(r"\p{Cyrillic}")),
    ("greek", regex.compile(r"\p{Greek}")),
    ("arabic", regex.compile(r"\p{Arabic}")),
    ("hebrew", regex.compile(r"\p{Hebrew}")),
    ("devanagari", regex.compile(r"\p{Devanagari}")),
    ("thai", regex.compile(r"\p{Thai}")),
    ("hangul", regex.compile(r"\p{Hangul}")),
    ("kana", regex.compile(r"[\p{Hiragana}\p{Katakana}]")),
    ("han", regex.compile(r"\p{Han}")),
)
_LETTER: Final = regex.compile(r"\p{L}")

Vectors = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to vectors of length 1."""


class Sample(NamedTuple):
    """A sentence, and what is left of its passage without any of its words."""

    script: str
    sentence: str
    rest: str


def script_in(text: str) -> str:
    """The script of most letters of a text; ``other`` where it is none of those known."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if counts["kana"]:  # Japanese is written in both
        counts["kana"] += counts.pop("han")
    name = max(counts, key=lambda one: counts[one])
    return name if 2 * counts[name] > len(_LETTER.findall(text)) > 0 else "other"


def sample_of(text: str, chance: random.Random) -> Sample | None:
    """A sentence of a passage and what is left without it; None where that says nothing."""
    spans = sentences(text)
    fit = [
        span
        for span in spans
        if span.end - span.start <= LONGEST_SENTENCE
        and len({term for _, _, term in locate(text[span.start : span.end])} - STOP_TERMS)
        >= FEWEST_TERMS
    ]
    if len(spans) < 2 or not fit:
        return None
    chosen = chance.choice(fit)
    sentence = text[chosen.start : chosen.end]
    around = text[: chosen.start] + " " + text[chosen.end :]
    said = {term for _, _, term in locate(sentence)}
    kept: list[str] = []
    at = 0
    for start, end, _ in locate(around, among=said):
        if start >= at:
            kept.append(around[at:start])
        at = max(at, end)
    rest = " ".join("".join((*kept, around[at:])).split())
    return Sample(script_in(sentence), sentence, rest) if len(rest) >= FEWEST_LEFT else None


def samples(texts: Iterable[str], *, seed: int) -> list[Sample]:
    """Samples of passages, at most `SAMPLES` of each script.

    Args:
        texts: of passages, in an order that has nothing to do with what they say.
        seed: the same gives the same samples.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret is drawn
    found: list[Sample] = []
    counts: dict[str, int] = {}
    for text in texts:
        one = sample_of(text, chance)
        if one is not None and counts.get(one.script, 0) < SAMPLES:
            counts[one.script] = counts.get(one.script, 0) + 1
            found.append(one)
    return found


def measure(found: Sequence[Sample], ask: Embed, tell: Embed) -> dict[str, Trust]:
    """How far a model is trusted, by script; scripts with too few samples are left out.

    Args:
        found: samples.
        ask, tell: vectors of questions, and of passages.
    """
    trusts: dict[str, Trust] = {}
    for script in dict.fromkeys(one.script for one in found):
        mine = [one for one in found if one.script == script]
        if script == "other" or len(mine) < FEWEST:
            continue
        asked = ask([one.sentence for one in mine])
        told = tell([one.rest for one in mine])
        trusts[script] = trust_of(asked @ told.T)
    return trusts


def trust_of(likeness: Vectors) -> Trust:
    """What to make of likenesses: row by sentence, column by rest; each its own on the diagonal."""
    count = len(likeness)
    own = np.diag(likeness)
    below = (likeness < own[:, None]).sum(axis=1) / (count - 1)
    told = float(below.mean())
    sure = told - DEVIATIONS * float(below.std()) / math.sqrt(count)
    others = likeness[~np.eye(count, dtype=bool)]
    known = (sure - NOTHING_KNOWN) / (WELL_KNOWN - NOTHING_KNOWN)
    return Trust(
        weight=round(MOST_WEIGHT * min(1.0, max(0.0, known)), 3),
        floor=float(others.mean()),
        ceiling=float(np.quantile(own, CEILING_SHARE)),
        tried=count,
        told=told,
        sure=sure,
    )
