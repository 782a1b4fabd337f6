"""What the questionnaire tool shows: state + event → state. Plain Python: no Qt, no app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from carrel.domain.answers import Answer, AnswerMode, Citation, Verdict
from carrel.domain.questionnaires import (
    AskedDocument,
    Cell,
    Finding,
    Questionnaire,
    RunState,
    Sheet,
)
from carrel.ui import words

FINDINGS: Final = {
    Finding.FOUND: "Found",
    Finding.CHECK: "To check",
    Finding.NOT_STATED: "Not stated",
    Finding.FAILED: "Failed",
    Finding.OPEN: "Open",
}
"""In the order of the filters."""

MODES: Final = {
    AnswerMode.EVIDENCE: "Evidence",
    AnswerMode.PASSAGES: "Passages",
    AnswerMode.WHOLE: "Whole documents",
}

VERDICTS: Final = {
    Verdict.EXACT: "word for word",
    Verdict.NEAR: "nearly word for word",
    Verdict.NOT_FOUND: "not found in the document",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedState:
    """One questionnaire, as the tool shows it.

    Attributes:
        sheet: with all its cells; None while none is chosen.
        only: the finding that is shown; None for all.
        by_question: grouped by question rather than by document.
        seconds_left: of all that is open; None while it is not known.
        doing: what is done for it now, a few words.
    """

    sheet: Sheet | None = None
    only: Finding | None = None
    by_question: bool = False
    seconds_left: float | None = None
    doing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the list: the head of a group, or a cell.

    Attributes:
        head: of a group; empty for a cell.
        title: of a cell, its question or its document.
        finding: of a cell.
        said: the answer in one line.
        quote: the first quote; empty without.
        source: where it stands, and how well it was verified.
        citations: of the answer, all that lead to a place.
    """

    head: str = ""
    title: str = ""
    finding: Finding = Finding.OPEN
    said: str = ""
    quote: str = ""
    source: str = ""
    citations: tuple[Citation, ...] = ()

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        if self.head:
            return self.head
        parts = (self.title, FINDINGS[self.finding], self.said, self.quote, self.source)
        return ". ".join(part for part in parts if part)


def with_changed(
    state: AskedState, listed: Questionnaire, cell: Cell | None, seconds_left: float | None
) -> AskedState:
    """Another cell is done, or something else changed."""
    sheet = state.sheet
    if sheet is None or sheet.questionnaire.id != listed.id:
        return state
    cells = sheet.cells
    if cell is not None:
        key = (cell.document, cell.question)
        cells = tuple(cell if (one.document, one.question) == key else one for one in cells)
    running = listed.state is RunState.RUNNING
    return replace(
        state,
        sheet=replace(sheet, questionnaire=listed, cells=cells),
        seconds_left=seconds_left if running else None,
        doing=state.doing if running and cell is None else "",
    )


def lines(state: AskedState) -> tuple[Line, ...]:
    """What is listed, heads of groups with what lies below them only."""
    sheet = state.sheet
    if sheet is None:
        return ()
    documents = {one.n: one for one in sheet.documents}
    questions = sheet.questionnaire.questions
    cells = [one for one in sheet.cells if state.only in {None, one.finding}]
    if state.by_question:
        cells.sort(key=lambda one: (one.question, one.document))
    found: list[Line] = []
    group = 0
    for cell in cells:
        own = cell.question if state.by_question else cell.document
        name, question = documents[cell.document].name, questions[cell.question - 1]
        if own != group:
            group = own
            found.append(Line(head=question if state.by_question else name))
        found.append(_line(cell, name if state.by_question else question, documents))
    return tuple(found)


def counts(state: AskedState) -> dict[Finding, int]:
    """How many cells there are of each finding."""
    found = dict.fromkeys(FINDINGS, 0)
    for cell in state.sheet.cells if state.sheet else ():
        found[cell.finding] += 1
    return found


def summary(state: AskedState) -> str:
    """How far it has come."""
    if state.sheet is None:
        return ""
    listed = state.sheet.questionnaire
    asked = f"{words.count(len(listed.questions), 'question')} put to "
    asked += f"{words.count(listed.documents, 'document')} · {MODES.get(listed.mode, listed.mode)}"
    if listed.installed_model:
        asked += f" · {listed.installed_model}"
    said = f"{listed.answered:,} of {words.count(listed.total, 'answer')}"
    match listed.state:
        case RunState.RUNNING:
            said += f" · {words.left(state.seconds_left) or 'working'}"
            said += f" · {state.doing}" if state.doing else ""
        case RunState.FINISHED:
            said += " · finished"
        case RunState.INTERRUPTED:
            said += " · interrupted: the program ended. Continue goes on with what is open."
        case RunState.PAUSED:
            said += " · paused"
        case RunState.READY:
            said += " · not started"
    if listed.failure is not None:
        said += f"\n{listed.failure.reason} {listed.failure.remedy}"
    return f"{asked}\n{said}"


def listed_words(one: Questionnaire) -> str:
    """A questionnaire in the list of all."""
    return f"{one.name} ({one.answered:,} of {one.total:,})"


def _line(cell: Cell, title: str, documents: dict[int, AskedDocument]) -> Line:
    exchange = cell.exchange
    answer = exchange.answer if exchange else None
    if exchange is not None and exchange.failure is not None:
        said = f"{exchange.failure.reason} {exchange.failure.remedy}"
        return Line(title=title, finding=cell.finding, said=said)
    if answer is None:
        return Line(title=title, finding=cell.finding, said="Not asked yet.")
    first = next(iter(answer.citations), None)
    quote = " ".join(first.quote.split()) if first else ""
    source = _source(first, documents[cell.document].name) if first else ""
    places = tuple(one for one in answer.citations if one.verdict is not Verdict.NOT_FOUND)
    return Line(
        title=title,
        finding=cell.finding,
        said=_flat(answer),
        quote=quote,
        source=source,
        citations=places,
    )


def _flat(answer: Answer) -> str:
    """The answer's words in one line, without its markup."""
    text = " ".join(answer.text.split())
    for mark in ("**", "> ", "\\"):
        text = text.replace(mark, "")
    return text


def _source(cited: Citation, document: str) -> str:
    place = cited.cells or (words.place(cited.place) if cited.place else "")
    parts = [place, VERDICTS[cited.verdict]]
    if cited.document_name and cited.document_name != document:
        parts.insert(0, cited.document_name)
    if cited.difference:
        parts.append(cited.difference)
    return " · ".join(part for part in parts if part)


def questions_in(untrusted_text: str) -> Sequence[str]:
    """The lines of what somebody typed or imported that say anything."""
    return [line for line in untrusted_text.splitlines() if line.strip()]
