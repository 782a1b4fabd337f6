"""The sentences of ranked passages that answer a question, chosen without an engine.

How good a sentence (or a row of a table) is, `ranking.py` says. When even the
best passage holds too few of the question's words, nothing is chosen: then the
documents do not say. Pure; must not know how passages were found.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from carrel.answering.quotes import proves_something
from carrel.answering.ranking import Sentence, score, sentences_of, take_apart, weights_of
from carrel.domain.documents import Hit, Span
from carrel.language.folding import fold
from carrel.language.forms import Forms
from carrel.language.terms import terms
from carrel.retrieval.glossary import Glossary
from carrel.retrieval.query import EXPANSION_WEIGHT, Query, understand
from carrel.retrieval.routing import Names
from carrel.retrieval.words import AMOUNT_TERMS

MAX_EVIDENCE: Final = 5
"""Sentences chosen at most."""

MAX_PER_DOCUMENT: Final = 3
"""Sentences of one document taken before those of others, so that these are heard."""

ENOUGH_ENGLISH: Final = 0.40
"""Share of the question's words, weighed by how rare they are among the passages found, that a
passage with its headings must hold to bear on the question. Of questions whose answers are there
93 in 100 are kept, of questions about something else 91 are turned away."""

ENOUGH_OTHER: Final = 0.27
"""The same for languages whose words are not stemmed here: 82 to 94 kept, 70 to 90 turned away."""

ENOUGH_STEMMED: Final = 0.30
"""The same for other languages in Latin letters that are stemmed (`carrel.language.forms`): of
German questions 90 of 100 kept and 84 turned away; without stems 87 and 83
(`tests/bench/evaluate_search.py strange`)."""

ENOUGH_RUSSIAN: Final = 0.37
"""The same for Russian: 86 kept and 88 turned away. At 0.40, 84 and 93; without stems 73 and 93."""

ENOUGH_ARABIC: Final = 0.31
"""The same for languages in Arabic letters, whose particles are parts of words."""

ENOUGH_HINDI: Final = 0.36
"""The same for Hindi and others in its letters, stemmed: 92 kept and 82 turned away; without stems
91 and 83."""

ENOUGH_INDIC: Final = 0.32
"""The same for other languages in Indian letters, which are not stemmed."""

ENOUGH_TURKISH: Final = 0.34
"""The same for Turkish: 84 kept and 86 turned away; without stems 78 and 87, at 0.24."""

ENOUGH_TURKISH_FORMS: Final = 0.24
"""The same where its words are not stemmed: one carries the endings of several."""

ENOUGH_TRIPLES: Final = 0.35
"""The same for Thai and its neighbours, whose terms are triples of characters: 93 and 88."""

ENOUGH_PAIRS: Final = 0.20
"""The same for Chinese, Japanese and Korean, where pairs also join unrelated signs: 91 and 89."""

PARAPHRASE: Final = 2
"""Words of paraphrases in a passage that stand for the question's own."""

SAME_LANGUAGE: Final = 5
"""Passages, the best first, by which the language of a question's documents is told."""

WORTH_SHOWING: Final = 0.6
"""Of the best sentence's score: what a further sentence needs to be shown beside it."""

_PAIRS: Final = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]", regex.VERSION1
)
_TRIPLES: Final = regex.compile(
    r"[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]", regex.VERSION1
)
_BY_LETTERS: Final = (
    (regex.compile(r"\p{Script=Arabic}"), ENOUGH_ARABIC),
    (regex.compile(r"\p{Script=Devanagari}"), ENOUGH_HINDI),
    (regex.compile(r"[\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}]"), ENOUGH_INDIC),
)
_TURKISH: Final = regex.compile(r"[ğışĞİŞ]")
_CYRILLIC: Final = regex.compile(r"\p{Script=Cyrillic}")
_ENGLISH: Final = regex.compile(
    r"(?i)\b(?:the|of|and|is|are|did|does|do|what|which|who|how|when|where|why|has|have)\b"
)
_FISCAL: Final = regex.compile(r"fy[0-9]{2,4}(?:q[1-4])?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A sentence that answers.

    Attributes:
        hit: the passage it stands in.
        span: code points of the unit's canonical text.
        score: only comparable within one choice.
    """

    hit: Hit
    span: Span
    score: float


def choose_evidence(
    question: str, hits: Sequence[Hit], glossary: Glossary | None = None
) -> list[Chosen]:
    """The sentences that answer best, best first; none when nothing bears on the question.

    Args:
        question: as asked.
        hits: the passages found for it, best first.
        glossary: words that stand for others; the shipped ones when none is given.
    """
    query = understand(question, glossary)
    forms = _forms(question, hits)
    if not _bearing_on(hits, query, _enough(question, stemmed=forms.stemmed), forms):
        return []
    ranked, texts = _ranked(question, query, hits, forms)
    return _varied(ranked, texts) if ranked else []


def best_sentences(
    question: str,
    hits: Sequence[Hit],
    count: int,
    *,
    others: bool = False,
    glossary: Glossary | None = None,
) -> list[Chosen]:
    """The sentences that hold most of a question, best first, whether or not they answer it.

    Args:
        question: as asked.
        hits: the passages found for it, best first.
        count: at most.
        others: also those that hold none of its words, last.
        glossary: as of `choose_evidence`.
    """
    query, forms = understand(question, glossary), _forms(question, hits)
    return _ranked(question, query, hits, forms, others=others)[0][:count]


def _forms(question: str, hits: Sequence[Hit]) -> Forms:
    return Forms(question, "\n".join(hit.passage.text for hit in hits[:SAME_LANGUAGE]))


def _ranked(
    question: str, query: Query, hits: Sequence[Hit], forms: Forms, *, others: bool = False
) -> tuple[list[Chosen], dict[int, Sentence]]:
    """All sentences that share a word with the question, best first, and what they say."""
    query.weaken(_naming(hits, query))  # what names the document stands on all its pages
    candidates = [
        sentence
        for hit in hits
        for sentence in sentences_of(hit, query, hits[0], forms, others=others)
        if proves_something(sentence.text)
    ]
    weights = weights_of(candidates, query)
    asked = take_apart(question, query, list(dict.fromkeys(hit.document_name for hit in hits)))
    scored = [
        Chosen(hit=one.hit, span=one.span, score=score(one, asked, weights)) for one in candidates
    ]
    ranked = sorted(scored, key=lambda chosen: -chosen.score)
    return ranked, {id(one.span): one for one in candidates}


def _enough(question: str, *, stemmed: bool) -> float:
    """The share of a question's words that makes a passage relevant, by the kind of its terms."""
    if _PAIRS.search(question):
        return ENOUGH_PAIRS
    if _TRIPLES.search(question):
        return ENOUGH_TRIPLES
    for letters, share in _BY_LETTERS:
        if letters.search(question):
            return share
    if _TURKISH.search(question):
        return ENOUGH_TURKISH if stemmed else ENOUGH_TURKISH_FORMS
    if _ENGLISH.search(question):
        return ENOUGH_ENGLISH
    if stemmed:
        return ENOUGH_RUSSIAN if _CYRILLIC.search(question) else ENOUGH_STEMMED
    return ENOUGH_OTHER


def _bearing_on(hits: Sequence[Hit], query: Query, share: float, forms: Forms) -> list[Hit]:
    """The passages that, with their headings and names, hold enough of the question's words."""
    own = _telling(hits, query)
    others = {term for term, weight in query.body.items() if weight == EXPANSION_WEIGHT}
    held: list[set[str]] = []
    for hit in hits:
        context = f"{hit.passage.text}\n{hit.passage.heading}\n{hit.document_name}".replace(
            "_", " "
        )
        here = set(forms.terms(context))
        if len(here & others) >= PARAPHRASE:
            here |= query.paraphrased
        held.append(own & here)
    counts = Counter(term for words in held for term in words)
    weights = {term: _rarity(counts[term], len(hits)) for term in own}
    enough = share * sum(weights.values())
    return [
        hit
        for hit, words in zip(hits, held, strict=True)
        if sum(weights[term] for term in words) >= enough
    ]


def _telling(hits: Sequence[Hit], query: Query) -> set[str]:
    """The words of a question that a passage must speak of.

    Not those that only name a document that was found, nor those that say in what to count.
    """
    own = {term for term, weight in query.body.items() if weight > EXPANSION_WEIGHT}
    said = own - _naming(hits, query) - AMOUNT_TERMS - {term for term in own if _FISCAL.match(term)}
    return said or own or set(query.body)


def _naming(hits: Sequence[Hit], query: Query) -> set[str]:
    """The terms of a question that name a document that was found."""
    names = Names(list(dict.fromkeys(hit.document_name for hit in hits)))
    return {
        term
        for named in names.find(query.words, query.shouted)
        for word in named.words
        for term in terms(word)
    }


def _rarity(count: int, total: int) -> float:
    return math.log(1 + (total + 1) / (count + 0.5))


def _varied(ranked: Sequence[Chosen], texts: dict[int, Sentence]) -> list[Chosen]:
    """The best few, none twice, from as many places as bear on the question.

    First the best sentence of each unit, with room left for other documents; what is left over
    then goes to further sentences, best first.
    """
    worthy: list[Chosen] = []
    said: set[str] = set()
    for one in ranked:
        words = " ".join(fold(texts[id(one.span)].text, case=True).text.split())
        if one.score >= WORTH_SHOWING * ranked[0].score and words not in said:
            said.add(words)
            worthy.append(one)
    several = len({one.hit.passage.document for one in worthy}) > 1
    most = MAX_PER_DOCUMENT if several else MAX_EVIDENCE
    first: list[Chosen] = []
    units: set[tuple[int, int]] = set()
    documents: Counter[int] = Counter()
    for one in worthy:
        document, unit = one.hit.passage.document, one.hit.place.number
        if (document, unit) not in units and documents[document] < most:
            units.add((document, unit))
            documents[document] += 1
            first.append(one)
    leading = first[:MAX_EVIDENCE]
    further = [one for one in worthy if one not in leading]
    chosen = leading + further[: MAX_EVIDENCE - len(leading)]
    return sorted(chosen, key=lambda one: -one.score)
