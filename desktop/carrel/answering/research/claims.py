"""What a model says with lines cited for it: do the lines bear it out?

The engine's word is not enough: every figure of the sentence must stand in the cited lines, words
in quotation marks must stand there as they are, and some of its other words, too. Pure; must not
know documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from carrel.answering.figures import page_scales
from carrel.answering.quotes import check_quote, proves_something
from carrel.answering.tracing import Material, trace_figures
from carrel.domain.answers import Verdict
from carrel.domain.support import Fate
from carrel.language.folding import fold
from carrel.language.guessing import guess_language
from carrel.language.numbers import PLAIN_NUMBER, normal_number
from carrel.language.sentences import sentences
from carrel.language.terms import terms
from carrel.retrieval.words import STOP_TERMS

MAX_CLAIM: Final = 1_200
"""Characters of a sentence that are checked; longer ones are cut at the front."""

SAME_WORDS: Final = 0.5
"""Share of a sentence's words that stand in the lines, from which it only says what they say."""

WORDS_WITH_FIGURES: Final = 0.3
"""The same where its figures stand in the lines: a row of a table has no more words than that."""

SOME_WORDS: Final = 0.2
"""Share from which it says it in other words, with the same figures; below, it says another thing.
With a figure or a name that stands there, none is needed."""

MAX_WORKINGS: Final = 2
"""Computations told of one sentence."""

MAX_REASON_WORDS: Final = 8
"""Words named that do not stand in the lines."""

LANGUAGES: Final = ("eng", "deu", "fra", "spa", "ita", "por", "nld", "rus", "tur", "pol")
"""Told apart to know whether words can be compared at all."""

_QUOTED: Final = regex.compile(r"[\"“„«](?P<words>[^\"“”„«»\n]{3,400})[\"”“»]")
_FIGURE: Final = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}]|\p{{L}}-){PLAIN_NUMBER.pattern}(?!-?\p{{L}})", regex.VERSION1
)
_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}'’-]*")
_NUMBERED: Final = regex.compile(r"\[[0-9]{1,3}\]")
_LAST_MARKS: Final = regex.compile(r"(?:\s*\[[0-9]{1,3}\])++\s*\Z")
_UNTOLD: Final = STOP_TERMS | {
    term
    for word in ("million", "billion", "thousand", "percent", "usd", "eur")
    for term in terms(word)
}
"""Words that say nothing of what a sentence is about."""
_LISTED: Final = regex.compile(r"\A\s*(?:[-*+•>#]+\s*|[0-9]{1,3}[.)]\s+)+")
_MARKUP: Final = regex.compile(r"[*_`#>|~\\]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said with lines cited for it.

    Attributes:
        words: since the last mark of the sentence; its figures must stand in the lines.
        sentence: up to there; its words tell what the figures are about.
    """

    words: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of comparing a sentence with lines.

    Attributes:
        difference: what differs, in a few words; empty when nothing does.
    """

    verdict: Verdict
    difference: str = ""


def claim_before(text: str) -> Claim:
    """The sentence that ends a text, and the part of it since the last mark ``[n]``."""
    text = _LAST_MARKS.sub("", text[-MAX_CLAIM:]).rstrip()
    paragraph = text.rpartition("\n")[2]
    plain = _MARKUP.sub(" ", paragraph)
    found = sentences(plain)
    sentence = plain[found[-1].start :] if found else plain
    parts = [part for part in _NUMBERED.split(sentence) if part.strip(" .,;:")]
    words = _LISTED.sub("", parts[-1] if parts else sentence).strip()
    return Claim(words, _LISTED.sub("", _NUMBERED.sub("", sentence)).strip())


def judge(claim: Claim, lines: str, above: str = "", context: str = "", page: str = "") -> Judged:
    """Compare a sentence with the words of lines.

    Args:
        lines: as the document has them.
        above: the lines before them, such as the heading of a table; their words count beside a
            figure that stands in the lines themselves.
        page: all of their unit; what it says of the scale of its figures counts.
        context: what need not stand in the lines: the question, the document's name, its place.
    """
    scales = "\n".join(line for line in page.split("\n") if page_scales(line))
    material = Material(quotes=(lines,), pages=(scales,), context=context)
    figures = trace_figures(claim.words, material)
    missing = [figure.text for figure in figures if figure.fate is Fate.MISSING]
    if missing:
        return Judged(Verdict.NOT_FOUND, _absent(missing))
    for quoted in _QUOTED.finditer(claim.words):
        if proves_something(quoted["words"]):
            found = check_quote(quoted["words"], lines)
            if found.verdict is Verdict.NOT_FOUND:
                return Judged(Verdict.NOT_FOUND, _absent([quoted["words"][:80]]))
    there = set(terms(lines))
    share = _share(claim.words, there)
    computed = [figure.working for figure in figures if figure.fate is Fate.COMPUTED]
    if computed:
        return Judged(Verdict.NEAR, f"computed: {'; '.join(computed[:MAX_WORKINGS])}")
    about = _share(claim.sentence, there | set(terms(above)), without=float(bool(figures)))
    if share >= SAME_WORDS:
        return Judged(Verdict.EXACT)
    if about >= (WORDS_WITH_FIGURES if figures else SAME_WORDS) and (figures or share > SOME_WORDS):
        return Judged(Verdict.EXACT)
    spoken, read = (guess_language(part, LANGUAGES) for part in (claim.sentence, lines))
    if spoken and read and spoken != read:
        return Judged(Verdict.NEAR, "in another language; figures and names were compared")
    if share >= SOME_WORDS or figures:
        return Judged(Verdict.NEAR, f"in other words: {_others(claim.words, there)}")
    return Judged(Verdict.NOT_FOUND, "the lines say something else")


def _share(words: str, there: set[str], *, without: float = 0.0) -> float:
    """The share of its telling words that stand there, or a value for what has none."""
    wanted = {term for term in terms(words) if term not in _UNTOLD and not term[0].isdigit()}
    return len(wanted & there) / len(wanted) if wanted else without


def bearing(claim: str, line: str) -> bool:
    """Whether a line has anything of a sentence: a figure, or a word that means something."""
    figures = {normal_number(number) for number in _written(claim)}
    if figures & _numbers(line):
        return True
    wanted = {term for term in terms(claim) if term not in STOP_TERMS}
    return bool(wanted & set(terms(line)))


def _written(claim: str) -> list[str]:
    """The figures of a sentence; those inside names such as 10-K or Q4 are none."""
    return [found[0] for found in _FIGURE.finditer(fold(claim).text)]


def _numbers(text: str) -> set[str]:
    return {normal_number(found) for found in PLAIN_NUMBER.findall(fold(text).text)}


def _absent(words: Sequence[str]) -> str:
    told = "”, “".join(words[:3])
    verb = "does" if len(words) == 1 else "do"
    return f"“{told}” {verb} not stand in the lines"


def _others(claim: str, there: set[str]) -> str:
    """The words of a sentence that do not stand in the lines."""
    others = [
        word
        for word in _WORD.findall(claim)
        if (found := terms(word)) and not there.intersection(found) and found[0] not in STOP_TERMS
    ]
    shown = list(dict.fromkeys(others))
    more = " …" if len(shown) > MAX_REASON_WORDS else ""
    return ", ".join(f"“{word}”" for word in shown[:MAX_REASON_WORDS]) + more
