"""A question is taken apart: what to look for, with which weight, and in which documents.

Must not know the index or the store.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import regex

from carrel.language.folding import fold
from carrel.language.sentences import sentences
from carrel.language.terms import grams, locate, terms
from carrel.retrieval.glossary import Glossary, Group, folded_terms, holds, shipped_glossary
from carrel.retrieval.words import AMOUNT_TERMS, INSTRUCTION_STARTS, STOP_TERMS

MAX_QUESTION: Final = 4_000
"""Characters of a question that are looked at; a pasted page would only slow the search down."""

MAX_TERMS: Final = 64
"""Different terms looked for, the question's own first."""

EXPANSION_WEIGHT: Final = 0.5
"""Of a word of the question. A paraphrase is a guess; half a vote keeps it behind the real word."""

BEGINNING_WEIGHT: Final = 0.4
"""Of the beginning of an inflected word (`carrel.language.scripts`), beside the whole word and
its pieces."""

SINGLE_SIGN_WEIGHT: Final = 0.4
"""Of a pair of Chinese signs; a single sign alone says little, and pairs contain it."""

PART_WEIGHT: Final = 0.2
"""Of a whole mixed word: the “3” and the “M” of “3M” say little; the year of “FY2018” does not
count as such a part."""

NAMED_WEIGHT: Final = 0.25
"""Of a word that already chose the document by its name; it stands on every page there."""

GRAM_WEIGHT: Final = 0.5
"""Of a piece of a word beside the word itself; between 0.3 and 0.8 little changes."""

MAX_GRAMS: Final = 128
"""Pieces of words looked for: those of some twenty words."""

_ENGLISH: Final = regex.compile(
    r"(?i)\b(?:the|of|and|is|are|did|does|do|what|which|who|how|when|where|why|has|have)\b"
)
_QUOTED: Final = regex.compile(r"[\"“„«「](?P<phrase>[^\"“”„«»「」\n]{2,200})[\"”“»」]")
_SHORT_YEAR: Final = regex.compile(r"\bfy ?'?([0-9]{2})\b", regex.IGNORECASE)
_SHOUTED: Final = regex.compile(r"\b\p{Lu}{3,5}\b")
_YEAR: Final = regex.compile(r"(?:19|20)[0-9]{2}\Z")
_HOW_MANY: Final = regex.compile(
    r"\b(?:how (?:much|many|large|big|high|long|old|far)|wie ?viele?|combien|cuánt[oa]s?|quanto)\b"
    r"|多少|几|كم|сколько|kaç|कितन|เท่าไ|กี่",
    regex.IGNORECASE,
)
_TURN: Final = regex.compile(
    r"\b(?i:how (?:much|many|large|big|high|great|long|old|far|often|wide|deep|tall|heavy)"
    r"|(?:at|by|as of|since|before) (?:the )?(?:end|beginning|start|close) of"
    r"|(?i:what|which) (?:share|proportion|percentage) of)\b"
)
"""Turns of speech whose words say nothing about what is looked for."""
_DENSE: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]\Z", regex.VERSION1)


@dataclass(slots=True)
class Query:
    """What to look for.

    Attributes:
        body: weights of terms in the text.
        heading: weights of terms in headings.
        grams: weights of pieces of words, in languages that inflect more than English does.
        phrases: quoted words that must stand there as they are.
        wants_amount: whether the answer is a number.
        words: all words of the question, folded, in order; document names are compared with them.
        shouted: those of three to five capital letters, folded.
        paraphrased: terms of the question that other words may stand for (`EXPANSION_WEIGHT`).
        beside: words of the question that the glossary put a term beside, by that term.
    """

    body: dict[str, float] = field(default_factory=dict)
    heading: dict[str, float] = field(default_factory=dict)
    grams: dict[str, float] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    wants_amount: bool = False
    words: tuple[str, ...] = ()
    shouted: tuple[str, ...] = ()
    paraphrased: frozenset[str] = frozenset()
    beside: dict[str, str] = field(default_factory=dict)

    def weaken(self, named: Iterable[str]) -> None:
        """Lower the weight of words that chose a document, unless nothing else is left."""
        named = set(named) & self.body.keys()
        if named and len(named) < len(self.body):
            for term in named:
                self.body[term] *= NAMED_WEIGHT
                self.heading.pop(term, None)


def understand(question: str, glossary: Glossary | None = None) -> Query:
    """Take a question apart.

    Args:
        question: any text; beyond MAX_QUESTION characters it is cut.
        glossary: words that stand for others; the shipped ones when none is given.
    """
    glossary = glossary or shipped_glossary()
    question = question[:MAX_QUESTION]
    query = Query(
        phrases=tuple(found["phrase"].strip() for found in _QUOTED.finditer(question)),
        words=tuple(_words(question)),
        shouted=tuple(word.casefold() for word in _SHOUTED.findall(question)),
    )
    asked, instructions = _parted(question)
    measured, asked = asked, _TURN.sub(" ", asked)  # “how large was the backlog”: the backlog
    own = _content(asked) or _content(question) or dict.fromkeys(terms(question), 1.0)
    for term, weight in own.items():
        query.body[term] = weight
        query.heading[term] = weight
    for year in _SHORT_YEAR.findall(asked):
        query.body.setdefault(f"20{year}", 1.0)
    told = folded_terms(asked)
    groups = glossary.named(told)
    groups += glossary.named(folded_terms(instructions), headings_only=True)
    all_told = [*told, *folded_terms(instructions)]
    for group, used in groups:
        said = ", ".join(one for one in group.said if holds(all_told, folded_terms(one)))
        if used:
            _look_for_others(query, group, said)
        _look_under(query, group, said)
    query.paraphrased = frozenset(
        term
        for group, used in groups
        if used
        for said in group.said
        if holds(told, folded_terms(said))
        for term in terms(said)
    )
    query.wants_amount = (
        bool(_HOW_MANY.search(measured))
        or bool(AMOUNT_TERMS & set(terms(measured)))
        or any(group.amount for group, used in groups if used)
    )
    query.grams = _pieces(asked)
    for weights in (query.body, query.heading):
        for term in list(weights)[MAX_TERMS:]:
            del weights[term]
    return query


def _words(question: str) -> list[str]:
    return regex.findall(r"[\p{L}\p{M}\p{N}]+", fold(question, case=True).text)


def _parted(question: str) -> tuple[str, str]:
    """The sentences that ask, and those that say how to answer."""
    asking: list[str] = []
    telling: list[str] = []
    spans = sentences(question)
    for span in spans:
        sentence = question[span.start : span.end]
        first = sentence.split(maxsplit=1)[0].strip(",;:").casefold()
        instructs = first in INSTRUCTION_STARTS and not sentence.rstrip().endswith(("?", "？", "؟"))
        (telling if instructs and len(spans) > 1 else asking).append(sentence)
    if not asking:
        return question, ""
    return "\n".join(asking), "\n".join(telling)


def _content(text: str) -> dict[str, float]:
    """The terms that say what a text is about, each with its weight."""
    found: dict[str, float] = {}
    mixed = (0, 0)
    for start, end, term in locate(text):
        shouted = end - start > 1 and text[start:end].isupper() and text[start:end].isalpha()
        if term in STOP_TERMS and not shouted:
            continue
        weight = 1.0
        if len(term) == 1 and _DENSE.match(term):
            weight = SINGLE_SIGN_WEIGHT
        elif term.endswith("*"):
            weight = BEGINNING_WEIGHT
        elif mixed[0] <= start and end <= mixed[1] and not _YEAR.match(term):
            weight = PART_WEIGHT
        if _is_mixed(term):
            mixed = (start, end)
        found[term] = max(weight, found.get(term, 0.0))
    return found


def _pieces(text: str) -> dict[str, float]:
    """Pieces of the words that say what a text is about, each with its weight."""
    latin = _ENGLISH.search(text) is None
    said = " ".join(text[start:end] for start, end, term in locate(text) if term not in STOP_TERMS)
    return dict.fromkeys(list(dict.fromkeys(grams(said, latin=latin)))[:MAX_GRAMS], GRAM_WEIGHT)


def _is_mixed(term: str) -> bool:
    return not term.isalpha() and any(map(str.isalpha, term))


def _look_for_others(query: Query, group: Group, said: str) -> None:
    for phrase in (*group.said, *group.leads_to):
        for term in terms(phrase):
            if term not in STOP_TERMS:
                query.body.setdefault(term, EXPANSION_WEIGHT)
                query.beside.setdefault(term, said)


def _look_under(query: Query, group: Group, said: str) -> None:
    for phrase in group.stands_under:
        for term in terms(phrase):
            if term not in STOP_TERMS:
                query.heading.setdefault(term, EXPANSION_WEIGHT)
                query.beside.setdefault(term, said)
