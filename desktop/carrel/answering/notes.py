"""What is said below an answer, in the window and in a terminal: support, coverage, what to try.

Sentences only; must not know how they are shown.
"""

import re
from typing import Final

from carrel.domain.answers import Answer, AnswerMode, Exchange
from carrel.domain.support import Fate, Instructed, Outcome, Statement

MOST_WORDS: Final = 8
"""Words of a question that are listed; more would bury the rest."""

_MARK: Final = re.compile(r"\[[1-9][0-9]{0,2}\](?!\()")

INSTRUCTED: Final = "contains instructions to the assistant; they were treated as text"


def support_line(answer: Answer) -> str:
    """``2 of 7 sentences have no support``; empty when all have it."""
    missing, stating = len(answer.checks.unsupported), answer.checks.stating
    if not missing:
        return ""
    if stating == 1:
        return "The sentence has no support"
    verb = "has" if missing == 1 else "have"
    return f"{missing} of {stating} sentences {verb} no support"


def without_marks(text: str) -> str:
    """Markdown of an answer without the numbers of its citations."""
    return _MARK.sub("", text)


def reason(statement: Statement) -> str:
    """Why a sentence is marked, as one would say it under the pointer."""
    return f"No support: {statement.why}" if statement.why else ""


def workings(statement: Statement) -> list[str]:
    """How its figures that do not stand in the cited words follow from them."""
    return [one.working for one in statement.figures if one.fate is Fate.COMPUTED and one.working]


def coverage_line(answer: Answer) -> str:
    """``Read 9 of 73 pages and sections``; empty when that is not known."""
    coverage = answer.coverage
    if not coverage.units_total:
        return ""
    noun = "page or section" if coverage.units_total == 1 else "pages and sections"
    if _only_searched(answer):
        return f"Searched {coverage.units_total:,} {noun}"
    verb = "Cites" if answer.mode is AnswerMode.EVIDENCE else "Read"
    return f"{verb} {coverage.units_used:,} of {coverage.units_total:,} {noun}"


def read_share(answer: Answer) -> float:
    """How much of the material was looked at, 0 to 1."""
    coverage = answer.coverage
    if _only_searched(answer):
        return 1.0
    return min(1.0, coverage.units_used / max(1, coverage.units_total))


def _only_searched(answer: Answer) -> bool:
    """Whether nothing was read because nothing was found."""
    return not answer.coverage.units_used and answer.checks.searched.documents > 0


def unread_line(answer: Answer) -> str:
    """``3 parts could not be read``; empty when all could."""
    count = len(answer.coverage.unread)
    if not count:
        return ""
    more = "more than " if answer.coverage.unread_more else ""
    return f"{more}{count:,} {'part' if count == 1 else 'parts'} could not be read"


def instructed_line(one: Instructed) -> str:
    """A passage that speaks to the assistant."""
    return f"{one.document_name}, {one.place.words}, {INSTRUCTED}"


def searched_line(answer: Answer) -> str:
    """How much was searched for what: ``1,204 passages of 34 documents, for: covenant, buffer``."""
    searched = answer.checks.searched
    if not searched.documents:
        return ""
    passages = f"{searched.passages:,} {'passage' if searched.passages == 1 else 'passages'}"
    one = searched.documents == 1
    documents = f"{searched.documents:,} {'document' if one else 'documents'}"
    words = ", ".join(searched.words[:MOST_WORDS])
    more = " and more" if len(searched.words) > MOST_WORDS else ""
    return f"Searched {passages} of {documents}" + (f", for: {words}{more}" if words else "")


def not_said_lines(exchange: Exchange) -> list[str]:
    """What was searched and what to try, when the documents do not say; else nothing."""
    answer = exchange.answer
    if answer is None or answer.checks.outcome is not Outcome.NOT_SAID:
        return []
    lines = [searched_line(answer)]
    absent = answer.checks.searched.absent
    if absent:
        named = "”, “".join(absent[:MOST_WORDS])
        verb = "stands" if len(absent) == 1 else "stand"
        lines.append(f"“{named}” {verb} in none of them")
    return [line for line in [*lines, *_advice(exchange, answer)] if line]


def _advice(exchange: Exchange, answer: Answer) -> list[str]:
    advice: list[str] = []
    searched = answer.checks.searched
    if searched.absent:
        advice.append("Try other words for what stands nowhere, and look at its spelling")
    if exchange.documents:
        advice.append("Ask all documents: this was asked of chosen ones only")
    if answer.coverage.unread:
        advice.append("Open what could not be read: the answer may stand there")
    match answer.mode:
        case AnswerMode.EVIDENCE:
            advice.append("Let a model answer: it also understands other words for the same")
        case AnswerMode.PASSAGES:
            advice.append("Choose the documents and have them read whole")
        case _:
            pass
    return [f"→ {line}" for line in advice]
