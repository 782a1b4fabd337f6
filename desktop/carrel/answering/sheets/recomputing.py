"""Figures of an answer that stand nowhere, recomputed from the workbooks it cites.

Two ways, both strict. The question, or the sentence itself, asks for a figure of one sheet
without any doubt, and that is the figure. Or the sentence says what was done (a total, a
difference, a share) with the cited cells of a column that it names. Must not know the engine,
the store or the window.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from carrel.answering.figures import Figure, figures
from carrel.answering.sheets.agreeing import agrees, same
from carrel.answering.sheets.books import Book, Books
from carrel.answering.sheets.cited_cells import figures_of_cited
from carrel.answering.sheets.figuring import Found, plans, told
from carrel.answering.statements import Sentence
from carrel.domain.answers import Citation
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import Asked, SheetFigure
from carrel.domain.support import CheckedFigure, Fate
from carrel.retrieval.glossary import Glossary

LEAST_DIGITS: Final = 2
"""Significant digits of a figure that is looked for among cited cells; one digit follows from
anything."""

MOST_SECONDS: Final = 5.0
"""Seconds that the figures of one answer are looked for; those left then stay missing."""

MOST_BOOKS: Final = 4
"""Workbooks that one sentence is recomputed from; more are not cited by one."""


class Recomputing:
    """Looks for the figures of one answer.

    Args:
        books: of the workspace.
        question: as asked.
        glossary: words that stand for others.
        found: what the question itself asked for, already computed and told by the answer.
        proposed: numbers that statements of the model gave.
    """

    def __init__(
        self,
        books: Books,
        question: str,
        glossary: Glossary | None = None,
        found: Sequence[Found] = (),
        proposed: Sequence[SheetFigure] = (),
    ) -> None:
        self._books = books
        self._question = question
        self._glossary = glossary
        self._found = list(found)
        self._proposed = proposed
        self._spent = 0.0
        self.computed: list[SheetFigure] = [one.figure for one in found]

    def locate(
        self, figure: CheckedFigure, sentence: Sentence, cited: Sequence[Citation]
    ) -> CheckedFigure:
        """The figure as computed from cells; as it is where it does not follow from any."""
        for one in self._found:
            if any(citation.cells == one.cited.cells for citation in cited) and _says(one, figure):
                return _computed(figure, one.figure)
        wanted = figures(figure.text)
        if len(wanted) != 1 or wanted[0].is_year:
            return figure
        documents = dict.fromkeys(
            one.document for one in cited if one.document is not None and one.cells
        )
        for proposed in self._proposed:
            if proposed.document in documents and same(proposed.value, wanted[0]):
                if proposed not in self.computed:
                    self.computed.append(proposed)
                return _computed(figure, proposed)
        for document in list(documents)[:MOST_BOOKS]:
            if self._spent > MOST_SECONDS:
                break
            begun = time.monotonic()
            found = self._search(document, wanted[0], sentence, cited)
            self._spent += time.monotonic() - begun
            if found is not None:
                if found not in self.computed:
                    self.computed.append(found)
                return _computed(figure, found)
        return figure

    def _search(
        self,
        document: DocumentId,
        wanted: Figure,
        sentence: Sentence,
        cited: Sequence[Citation],
    ) -> SheetFigure | None:
        with self._books.opened(document) as book:
            if book is None:
                return None
            found = self._asked(book, wanted, sentence.words)
            if found is not None or _digits(wanted) < LEAST_DIGITS:
                return found
            cells = [one.cells for one in cited if one.document == document]
            return figures_of_cited(book, wanted, sentence.words, self._question, cells)

    def _asked(self, book: Book, wanted: Figure, words: str) -> SheetFigure | None:
        """A figure that the question or the sentence asks for as a question would."""
        bare = " ".join(words.replace(wanted.text, " ").split())
        for text in (bare, self._question):
            for plan in plans(text, book, self._glossary):
                one = told(book, plan, Asked.CHECK)
                if one is None or plan.group is not None or not same(one.figure.value, wanted):
                    continue
                if text is bare or agrees(plan, bare, self._question):
                    return one.figure
        return None


def _computed(figure: CheckedFigure, found: SheetFigure) -> CheckedFigure:
    return replace(figure, fate=Fate.COMPUTED, working=found.working, statement=found.statement)


def _says(found: Found, figure: CheckedFigure) -> bool:
    """Whether a figure is one that the told result itself says."""
    said = [found.head, found.said, *(word for row in found.rows for word in row)]
    return any(figure.text in text.replace("\\", "") for text in said)


def _digits(figure: Figure) -> int:
    return len("".join(filter(str.isdigit, figure.number)).lstrip("0"))
