"""How well a sentence answers a question, from what can be counted in both.

What is counted is the same for every language. Pure; must not know how
passages were found or what is done with the best sentence.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

import regex

from carrel.domain.documents import Hit, Span
from carrel.language.forms import Forms
from carrel.language.sentences import sentences
from carrel.language.terms import Located, terms
from carrel.retrieval.query import EXPANSION_WEIGHT, Query
from carrel.retrieval.routing import Names
from carrel.retrieval.words import STOP_TERMS

NEAR: Final = 4
"""Terms between two that are said to stand together, stop words counted."""

TYPICAL_WORDS: Final = 25
"""Terms of a usual sentence; longer ones say more than was asked."""

MOST_COUNTED: Final = 4
"""Words after “how many” that say what is counted."""

NAMED_SHARE: Final = 0.8
"""Of the most that a document's name is mentioned: what counts as mentioned as well."""

_YEAR: Final = regex.compile(r"(?:1[0-9]|20)[0-9]{2}\Z")
_FIGURE: Final = regex.compile(r"[0-9]")
_MONTH: Final = (
    "january february march april may june july august september october november december"
)
_DATE: Final = regex.compile(
    r"\b(?:1[0-9]|20)[0-9]{2}\b|\b[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}\b|\bcentury\b|\b(?i:"
    + "|".join(_MONTH.split())
    + r")\b"
)
_NAME: Final = regex.compile(r"(?<=[\p{L}\p{N},;)] )\p{Lu}[\p{L}\p{M}.'-]+|^\p{Lu}\p{Ll}+ \p{Lu}")
_NUMBER_WORD: Final = regex.compile(
    r"\b(?i:one|two|three|four|five|six|seven|eight|nine|ten|dozen|half|twice|hundred|thousand)\b"
)
_PERCENT: Final = regex.compile(r"(?i)[%٪]|\bper ?cent\b|\bprozent\b|\bpour cent\b|процент")
_MONEY: Final = regex.compile(
    r"[$€£¥]|\b(?:USD|EUR|GBP|CHF|JPY)\b|(?i)\b(?:dollars?|euros?|pounds?|francs?)\b"
)
_WHEN: Final = regex.compile(
    r"(?i)\b(?:when|what (?:year|date|day|month|century)|(?:which|what) (?:year|date)|"
    r"how long ago|wann|in welchem jahr|quand|cuándo|когда)\b|哪一?年|什么时候|何時"
)
_WHO: Final = regex.compile(r"(?i)\b(?:who|whom|whose|wer|wen|wem|qui|quién|кто)\b|谁")
_WHERE: Final = regex.compile(
    r"(?i)\b(?:where|(?:what|which) (?:country|city|state|place)|wo|où|dónde|где)\b|哪里"
)
_ASKS_SHARE: Final = regex.compile(
    r"(?i)\b(?:what|which) (?:share|part|proportion|fraction|percent(?:age)?|rate)\b"
    r"|\bpercent(?:age)?\b|\brates?\b|\bmargins?\b|\bprozent\b|процент"
)
_ASKS_MONEY: Final = regex.compile(
    r"(?i)\bhow much\b|\b(?:pay|paid|cost|price|proceeds|revenues?|sales|income|profit|expenses?|"
    r"dividends?|fee|salary|value|worth|backlog|debt|cash|assets|budget)\b"
)
_COUNTED: Final = regex.compile(r"(?i)\b(?:how many|wie ?viele|combien de|cuánt[oa]s)\s+(.{1,80})")
_DEFINES: Final = regex.compile(r"(?i)^(?:what (?:is|are)|define|explain|what does .* mean)\b")
_DEFINITION: Final = regex.compile(
    r"(?i)\b(?:is|are) (?:an?|the|defined|called|known)\b|\bmeans?\b|\brefers? to\b"
)


class Kind(Enum):
    """The kind of thing a question asks for."""

    DATE = "date"
    SHARE = "share"
    MONEY = "money"
    FIGURE = "figure"
    NAME = "name"
    DEFINITION = "definition"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as sentences are compared with it.

    Attributes:
        pairs: terms of it that stand side by side.
        counted: terms of what “how many” counts.
        figures: numbers it has itself.
        named: names of the documents it names.
    """

    query: Query
    kind: Kind
    pairs: frozenset[tuple[str, str]]
    counted: frozenset[str]
    figures: frozenset[str]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage.

    Attributes:
        span: in the unit's canonical text.
        found: terms of the question in it.
        around: those in the sentence before it or the headings, but not in it.
        located: its terms with their places in the passage.
        standing: the passage's score, as a share of the best one's.
    """

    hit: Hit
    span: Span
    text: str
    found: frozenset[str]
    around: frozenset[str]
    located: tuple[Located, ...]
    standing: float


def take_apart(question: str, query: Query, documents: Sequence[str] = ()) -> Asked:
    """What a question asks for.

    Args:
        documents: names of those it may name.
    """
    told = [term for term in terms(question) if term in query.body and term not in STOP_TERMS]
    own = [term for term in terms(question) if not _is_small(term)]
    pairs = {
        (one, other)
        for one, other in pairwise(own)
        if one in query.body and other in query.body and one != other
    }
    counted = _COUNTED.search(question)
    nouns: list[str] = []
    for term in terms(counted[1])[:MOST_COUNTED] if counted else ():
        if term in STOP_TERMS:
            break
        nouns.append(term)
    return Asked(
        query=query,
        kind=_kind(question, query),
        pairs=frozenset(pairs),
        counted=frozenset(nouns),
        figures=frozenset(term for term in told if _FIGURE.search(term)),
        named=_named(query, documents),
    )


def _named(query: Query, documents: Sequence[str]) -> frozenset[str]:
    found = Names(documents).find(query.words, query.shouted)
    most = max((one.share for one in found), default=0.0)
    return frozenset(documents[one.position] for one in found if one.share >= NAMED_SHARE * most)


def _is_small(term: str) -> bool:
    return term in STOP_TERMS and len(term) <= 3


def _kind(question: str, query: Query) -> Kind:
    if _WHEN.search(question):
        return Kind.DATE
    if _COUNTED.search(question):
        return Kind.FIGURE
    if _ASKS_SHARE.search(question):
        return Kind.SHARE
    if _WHO.search(question) or _WHERE.search(question):
        return Kind.NAME
    if query.wants_amount:
        return Kind.MONEY if _ASKS_MONEY.search(question) else Kind.FIGURE
    if _DEFINES.search(question.strip()):
        return Kind.MONEY if _ASKS_MONEY.search(question) else Kind.DEFINITION
    return Kind.OTHER


def sentences_of(
    hit: Hit, query: Query, best: Hit, forms: Forms, *, others: bool = False
) -> list[Sentence]:
    """The sentences of a passage that share a term with a question.

    Args:
        best: the passage that ranks first.
        forms: of the question's words.
        others: also those that share none.
    """
    text = hit.passage.text
    base = hit.passage.start
    located = forms.located(text)
    starts = [start for start, _, _ in located]
    above = forms.terms(f"{hit.passage.heading}\n{hit.place.label}")
    heading = frozenset(above) & query.body.keys()
    standing = hit.score / best.score if best.score > 0 else 1.0
    found: list[Sentence] = []
    before: frozenset[str] = frozenset()
    for span in sentences(text):
        inside = located[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
        here = frozenset(term for _, _, term in inside) & query.body.keys()
        if here or others:
            around = (before | heading) - here
            place = Span(base + span.start, base + span.end)
            words = text[span.start : span.end]
            found.append(Sentence(hit, place, words, here, around, tuple(inside), standing))
        before = here
    return found


def weights_of(candidates: Sequence[Sentence], query: Query) -> dict[str, float]:
    """What each term of the question says here: those in every sentence say little."""
    counts = Counter(term for one in candidates for term in one.found)
    total = len(candidates)
    return {
        term: weight * math.log(1 + (total + 1) / (counts[term] + 0.5))
        for term, weight in query.body.items()
    }


WORTH: Final = {
    "covered": 6.65, "paraphrased": 0.1, "around": 2.8, "standing": 4.0, "first": 0.35,
    "kind": 1.6, "no_kind": -0.8, "long": -0.5, "short": -1.5, "pairs": 1.45, "precise": 1.5,
    "figures": 0.15, "other_year": -1.0, "counted": 0.95, "near": 0.15, "asks": -1.5, "named": 2.0,
}  # fmt: skip
"""What each count is worth, in the order of `counts`.

Fitted (choice among the sentences found, maximum likelihood) to every other question of XQuAD in
English, German and Russian and of COVID-QA; then what those sets have no examples of (rows, short
headings, documents that are named) was set by hand looking at annual reports. Of the questions not
used the first sentence is right for .79 (English), .53 (COVID-QA), .73 (German), .74 (Russian)."""


def score(one: Sentence, asked: Asked, weights: Mapping[str, float]) -> float:
    """How well a sentence answers; only comparable between the sentences of one question."""
    counted = counts(one, asked, weights)
    return sum(worth * count for worth, count in zip(WORTH.values(), counted, strict=True))


def counts(one: Sentence, asked: Asked, weights: Mapping[str, float]) -> tuple[float, ...]:
    """What can be counted in a sentence, each from 0 to about 1, in the order of `WORTH`."""
    query = asked.query
    own = {term for term, weight in query.body.items() if weight > EXPANSION_WEIGHT}
    whole = sum(sorted((weights[term] for term in own), reverse=True)[:12]) or 1.0
    covered = sum(weights[term] for term in one.found & own) / whole
    others = sum(weights[term] for term in one.found - own) / whole
    around = sum(weights[term] for term in one.around & own) / whole
    said = [term for _, _, term in one.located]
    kind = _has_kind(one.text, said, asked)
    words = len(said) or 1
    told = sum(term in query.body for term in said) / words
    figures = {term for term in said if _FIGURE.search(term)}
    years = {term for term in figures if _YEAR.match(term)}
    asked_years = {term for term in asked.figures if _YEAR.match(term)}
    return (
        min(1.0, covered),
        min(1.0, others),
        min(1.0, around),
        min(1.0, one.standing),
        float(one.hit.rank == 1),
        kind,
        float(kind == 0.0 and asked.kind not in (Kind.OTHER, Kind.DEFINITION)),
        max(0.0, math.log(words / TYPICAL_WORDS)),
        float(words <= 4),
        _together(said, asked.pairs),
        min(1.0, told),
        len(asked.figures & figures) / len(asked.figures) if asked.figures else 0.0,
        float(bool(asked_years) and bool(years) and not years & asked_years),
        _counts_what_is_asked(one, said, asked),
        _figure_near(said, asked, own),
        float(one.text.rstrip().endswith(("?", "？", "؟"))),
        float(one.hit.document_name in asked.named),
    )


def _has_kind(text: str, said: Sequence[str], asked: Asked) -> float:
    """0 to 1: whether a sentence has the kind of thing a question asks for."""
    telling = any(_telling(term, asked) for term in said)
    match asked.kind:
        case Kind.DATE:
            return float(bool(_DATE.search(text)))
        case Kind.SHARE:
            return 1.0 if telling and _PERCENT.search(text) else 0.4 * telling
        case Kind.MONEY:
            return 1.0 if telling and _MONEY.search(text) else 0.6 * telling
        case Kind.FIGURE:
            return 1.0 if telling else 0.5 * bool(_NUMBER_WORD.search(text))
        case Kind.NAME:
            names = {name.casefold().rstrip(".") for name in _NAME.findall(text)}
            return float(bool(names - set(asked.query.words)))
        case Kind.DEFINITION:
            return 0.5 * bool(_DEFINITION.search(text))
        case Kind.OTHER:
            return 0.0


def _telling(term: str, asked: Asked) -> bool:
    """Whether a term is a figure that the question does not have, and no year."""
    return bool(_FIGURE.match(term)) and term not in asked.figures and not _YEAR.match(term)


def _together(said: Sequence[str], pairs: frozenset[tuple[str, str]]) -> float:
    """The share of the question's pairs that stand side by side here, too."""
    if not pairs:
        return 0.0
    kept = [term for term in said if not _is_small(term)]
    here = set(pairwise(kept))
    return sum(pair in here for pair in pairs) / len(pairs)


def _counts_what_is_asked(one: Sentence, said: Sequence[str], asked: Asked) -> float:
    """Whether a figure counts what “how many” asks for; a share of it does not."""
    if not asked.counted:
        return 0.0
    text, base = one.hit.passage.text, one.hit.passage.start
    for at, term in enumerate(said):
        if not _telling(term, asked) or not asked.counted & set(said[at + 1 : at + 1 + NEAR]):
            continue
        end = one.located[at][1]
        if not _PERCENT.match(text[end : min(end + 10, one.span.end - base)].lstrip()):
            return 1.0
    return 0.0


def _figure_near(said: Sequence[str], asked: Asked, own: set[str]) -> float:
    """How near a figure stands to a word of the question, where a figure is asked for."""
    if asked.kind not in (Kind.SHARE, Kind.MONEY, Kind.FIGURE):
        return 0.0
    places = [at for at, term in enumerate(said) if term in own and not _FIGURE.search(term)]
    best = 0.0
    for at, term in enumerate(said):
        if _telling(term, asked) and places:
            best = max(best, 1.0 / (1.0 + min(abs(at - place) for place in places) / NEAR))
    return best
