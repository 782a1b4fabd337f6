"""A list of questions put to many documents, and what came of it.

Each question and document make a cell; a cell's answer is an exchange like any other, so it has
citations that were checked. Must not know how cells are answered, stored or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.answers import Answer, AnswerMode, Effort, Exchange, ExchangeState, Verdict
from carrel.domain.documents import Failure
from carrel.domain.ids import DocumentId, QuestionnaireId
from carrel.domain.support import Outcome

MAX_QUESTIONS: Final = 200
"""Questions of one questionnaire; longer lists are several questionnaires."""

MAX_QUESTION: Final = 4_000
"""Characters of one question, as many as search looks at; longer ones are pasted texts."""

MAX_DOCUMENTS: Final = 5_000
"""Documents of one questionnaire."""

MAX_CELLS: Final = 100_000
"""Answers of one questionnaire; at a minute each that is two months of work."""

MAX_NAME: Final = 120
"""Characters of a questionnaire's name; more fits no line."""

NOT_SAID: Final = "the documents do not say"
"""How an answer begins, whatever its case, that says that nothing was said."""


class RunState(StrEnum):
    """How far a questionnaire has come."""

    READY = "ready"
    """It has not been started."""
    RUNNING = "running"
    """It is worked on, or waits for its turn."""
    PAUSED = "paused"
    """Somebody paused or stopped it, or something keeps it from going on."""
    INTERRUPTED = "interrupted"
    """The program ended while it was worked on."""
    FINISHED = "finished"
    """Every cell has an answer, or a reason why there is none."""


class Finding(StrEnum):
    """What came of one question about one document."""

    OPEN = "open"
    """It was not asked yet, or its answer was broken off."""
    FOUND = "found"
    """There is an answer, and each of its quotes stands in the document, and each of its sentences
    rests on one."""
    CHECK = "to check"
    """There is an answer, but a quote was not found, a sentence rests on none, or it quotes
    nothing."""
    NOT_STATED = "not stated"
    """The document does not say, as far as it was read."""
    FAILED = "failed"
    """It could not be answered; the failure says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDocument:
    """A document of a questionnaire.

    Attributes:
        n: its place, counts from 1.
        document: its id; the document may be gone by now.
        name: as it was when the questionnaire was made.
        characters: of its text then, for estimates.
    """

    n: int
    document: DocumentId
    name: str
    sha256: str
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One question put to one document.

    Attributes:
        question, document: their places, counting from 1.
        exchange: None as long as it was not asked.
    """

    question: int
    document: int
    exchange: Exchange | None = None

    @property
    def finding(self) -> Finding:
        """What came of it."""
        return finding_of(self.exchange)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuestionnaire:
    """What a questionnaire is made of.

    Attributes:
        documents: in the order in which they are asked.
        mode: whole reads each document whole where it fits, else its best passages.
        installed_model: name of the installed model; empty for evidence, or for the usual one.
        identity: of the file it was made from, so that the file goes on with it; empty without.
    """

    name: str
    questions: tuple[str, ...]
    documents: tuple[DocumentId, ...]
    mode: AnswerMode
    installed_model: str = ""
    effort: Effort = Effort.OFF
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A questionnaire in a list.

    Attributes:
        made_at, changed_at: seconds since the epoch, UTC.
        answered: cells that are done, failed ones included.
        failed: of these.
        seconds: worked on it so far.
        failure: what keeps it from going on; None when nothing does.
    """

    id: QuestionnaireId
    name: str
    mode: AnswerMode
    installed_model: str
    effort: Effort
    state: RunState
    made_at: float
    changed_at: float
    questions: tuple[str, ...]
    documents: int
    answered: int
    failed: int
    seconds: float
    identity: str = ""
    failure: Failure | None = None

    @property
    def total(self) -> int:
        """All cells."""
        return len(self.questions) * self.documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A questionnaire with all its cells, the questions of one document after another."""

    questionnaire: Questionnaire
    documents: tuple[AskedDocument, ...]
    cells: tuple[Cell, ...]


def finding_of(exchange: Exchange | None) -> Finding:
    """What an exchange says of its document; nothing unverified counts as found."""
    if exchange is None:
        return Finding.OPEN
    match exchange.state:
        case ExchangeState.FAILED:
            return Finding.FAILED
        case ExchangeState.ANSWERED if exchange.answer is not None:
            return _of_answer(exchange.answer)
        case _:
            return Finding.OPEN


def _of_answer(answer: Answer) -> Finding:
    if answer.checks.outcome is Outcome.NOT_SAID or says_nothing(answer):
        return Finding.NOT_STATED
    verdicts = {citation.verdict for citation in answer.citations}
    doubtful = not verdicts or Verdict.NOT_FOUND in verdicts or bool(answer.checks.unsupported)
    return Finding.CHECK if doubtful else Finding.FOUND


def says_nothing(answer: Answer) -> bool:
    """Whether an answer is that the documents do not say; a closest passage may stand below."""
    return answer.text.lstrip("*_> ").casefold().startswith(NOT_SAID)


def tally(cells: Iterable[Cell]) -> dict[Finding, int]:
    """How many cells there are of each finding; those without any are there, too."""
    counted = dict.fromkeys(Finding, 0)
    for cell in cells:
        counted[cell.finding] += 1
    return counted


def clean_questions(untrusted_lines: Sequence[str]) -> tuple[str, ...]:
    """Questions as somebody typed or imported them: one line each, blanks made one, none twice."""
    found: dict[str, None] = {}
    for line in untrusted_lines:
        words = " ".join(line.split())
        if words:
            found.setdefault(words)
    return tuple(found)
