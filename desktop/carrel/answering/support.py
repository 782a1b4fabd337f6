"""Which sentences of an answer rest on what the documents say.

A sentence is supported when it carries a citation that holds, and its figures and names stand in
the cited words or on their page, or follow from them. A sentence without a mark of its own is
supported by words cited in its paragraph that hold it, or when all its figures follow from cited
ones. Must not know the engine, the store or the window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from carrel.answering.naming import missing_names
from carrel.answering.quotes import check_quote
from carrel.answering.statements import Sentence, answer_sentences, says_nothing
from carrel.answering.tracing import Material, trace_figures
from carrel.domain.answers import Citation, Verdict
from carrel.domain.support import CheckedFigure, Fate, Outcome, Statement, Support

MAX_STATEMENTS: Final = 400
"""Sentences of an answer that are checked; an answer of two thousand tokens has a tenth of that."""

NO_CITATION: Final = "no citation"
NOT_FOUND: Final = "its quote was not found in the documents"
LEADS_NOWHERE: Final = "its number leads to no citation"

PageOf = Callable[[Citation], str]
"""The text of the unit a citation stands in; empty when it is gone."""

Located = Callable[[CheckedFigure, Sentence, Sequence[Citation]], CheckedFigure]
"""Looks for a missing figure elsewhere (in a workbook, say); gives it back when it is not there."""


def check_support(
    text: str,
    citations: Sequence[Citation],
    *,
    question: str = "",
    page_of: PageOf = lambda _: "",
    elsewhere: Located = lambda figure, _sentence, _cited: figure,
) -> tuple[Statement, ...]:
    """Look at every sentence of an answer.

    Args:
        text: the answer's Markdown; ``[n]`` refers to the citation with that number.
        citations: checked.
        question: as asked; its years and names are known.
        page_of: gives the text of the unit a citation stands in.
        elsewhere: where a figure is looked for that neither stands nor follows.
    """
    by_number = {citation.n: citation for citation in citations}
    checker = _Checker(text, by_number, question, page_of, elsewhere)
    sentences = answer_sentences(text)[:MAX_STATEMENTS]
    blocks: dict[int, list[Citation]] = {}
    for sentence in sentences:
        held = blocks.setdefault(sentence.block, [])
        held += [one for one in checker.holding(sentence) if one not in held]
    return tuple(checker.check(one, blocks[one.block]) for one in sentences)


def outcome_of(statements: Sequence[Statement], text: str) -> Outcome:
    """Whether an answer says something, or that the documents do not say."""
    if any(one.support is Support.SUPPORTED for one in statements):
        return Outcome.SAID
    sentences = answer_sentences(text)
    if any(one.negates and not one.marks for one in sentences[:2]):
        return Outcome.NOT_SAID
    return Outcome.SAID if sentences else Outcome.NOT_SAID


class _Checker:
    """Checks the sentences of one answer."""

    def __init__(
        self,
        text: str,
        citations: Mapping[int, Citation],
        question: str,
        page_of: PageOf,
        elsewhere: Located,
    ) -> None:
        self._text = text
        self._citations = citations
        self._question = question
        self._page_of = page_of
        self._elsewhere = elsewhere
        self._pages: dict[int, str] = {}

    def holding(self, sentence: Sentence) -> list[Citation]:
        """The citations of a sentence that hold."""
        cited = [self._citations[n] for n in sentence.marks if n in self._citations]
        return [one for one in cited if one.verdict is not Verdict.NOT_FOUND]

    def check(self, sentence: Sentence, block: Sequence[Citation]) -> Statement:
        """Judge one sentence.

        Args:
            block: the citations that hold of its paragraph.
        """
        if sentence.marks:
            return self._with_marks(sentence)
        figures = trace_figures(sentence.words, Material(context=self._question))
        news = [one for one in figures if one.fate is Fate.MISSING]
        if says_nothing(sentence) and not (sentence.introduces and news):
            return self._told(sentence, Support.FREE)
        if sentence.negates and not news:
            return self._told(sentence, Support.FREE)
        covering = [one for one in block if _covers(one, sentence)]
        if covering:
            return self._told(sentence, Support.SUPPORTED)
        everything = [
            one for one in self._citations.values() if one.verdict is not Verdict.NOT_FOUND
        ]
        if news and everything:
            figures = trace_figures(sentence.words, self._material(everything, pages=False))
            computed = [one for one in figures if one.fate is Fate.COMPUTED]
            if computed and all(one.fate is not Fate.MISSING for one in figures):
                return self._told(sentence, Support.SUPPORTED, figures=figures)
        return self._told(sentence, Support.UNSUPPORTED, NO_CITATION, figures)

    def _with_marks(self, sentence: Sentence) -> Statement:
        held = self.holding(sentence)
        if not held:
            known = any(number in self._citations for number in sentence.marks)
            why = NOT_FOUND if known else LEADS_NOWHERE
            return self._told(sentence, Support.UNSUPPORTED, why)
        figures = [
            one if one.fate is not Fate.MISSING else self._elsewhere(one, sentence, held)
            for one in trace_figures(sentence.words, self._material(held))
        ]
        missing = [one for one in figures if one.fate is Fate.MISSING]
        if missing:
            return self._told(sentence, Support.UNSUPPORTED, _missing(missing), figures)
        names = missing_names(sentence.words, self._sources(held))
        if names:
            why = f"“{'”, “'.join(names[:3])}” does not stand in what is cited"
            return self._told(sentence, Support.UNSUPPORTED, why, figures)
        return self._told(sentence, Support.SUPPORTED, figures=figures)

    def _material(self, cited: Sequence[Citation], *, pages: bool = True) -> Material:
        return Material(
            quotes=tuple(one.source_text for one in cited),
            pages=tuple(dict.fromkeys(self._page(one) for one in cited)) if pages else (),
            context=self._context(cited),
            answer=self._text,
        )

    def _sources(self, cited: Sequence[Citation]) -> list[str]:
        quotes = [one.source_text for one in cited]
        return [*quotes, *(self._page(one) for one in cited), self._context(cited)]

    def _context(self, cited: Sequence[Citation]) -> str:
        names = [f"{one.document_name.replace('_', ' ')}\n{_place(one)}" for one in cited]
        return "\n".join([self._question, *dict.fromkeys(names)])

    def _page(self, citation: Citation) -> str:
        if citation.n not in self._pages:
            self._pages[citation.n] = self._page_of(citation)
        return self._pages[citation.n]

    def _told(
        self,
        sentence: Sentence,
        support: Support,
        why: str = "",
        figures: Sequence[CheckedFigure] = (),
    ) -> Statement:
        return Statement(
            start=sentence.start,
            end=sentence.end,
            support=support,
            why=why,
            figures=tuple(figures),
        )


def _covers(citation: Citation, sentence: Sentence) -> bool:
    """Whether the cited words hold the sentence, word for word or nearly."""
    found = check_quote(sentence.words, citation.source_text)
    return found.verdict is not Verdict.NOT_FOUND


def _place(citation: Citation) -> str:
    return "" if citation.place is None else citation.place.words


def _missing(figures: Sequence[CheckedFigure]) -> str:
    """Which figures stand nowhere, in a few words."""
    told = "”, “".join(one.text for one in figures[:3])
    verb = "does" if len(figures) == 1 else "do"
    why = f"“{told}” {verb} not stand in what is cited"
    hint = next((one.working for one in figures if one.working), "")
    return f"{why}; {hint}" if hint else why
