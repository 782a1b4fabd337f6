"""What is said below an answer, in the window and in a terminal: support, coverage, what to try.

Sentences only; must not know how they are shown.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from carrel.domain.answers import Answer, AnswerMode, Exchange, ReadPart
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


def computed(answer: Answer) -> list[tuple[str, str]]:
    """What was computed for an answer, each once: how, and the SELECT where there is one."""
    told = {one.working: one.statement for one in answer.checks.computed}
    for statement in answer.checks.statements:
        for one in statement.figures:
            if one.fate is Fate.COMPUTED and one.working:
                told.setdefault(one.working, one.statement)
    return list(told.items())


def coverage_line(answer: Answer) -> str:
    """``Searched 74 pages and sections, cites 1 of them``; empty when that is not known.

    A search goes through all there is; a model is shown a part of it; only whole documents and
    their sections are read.
    """
    coverage = answer.coverage
    used, total = coverage.units_used, coverage.units_total
    if not total:
        return ""
    noun = "page or section" if total == 1 else "pages and sections"
    if answer.mode is AnswerMode.WHOLE:
        if not used:  # reading was stopped; the answer says where
            return ""
        if answer.record.parts:
            return f"Read {parts_words(answer.record.parts)}"
        if used == total:
            return f"Read all {total:,} {noun}" if total > 1 else f"Read 1 {noun}"
    searched = f"Searched {total:,} {noun}"
    if not used:
        return searched
    them = "it" if total == 1 else f"{used:,} of them"
    if answer.mode is AnswerMode.EVIDENCE:
        return f"{searched}, cites {them}"
    return f"{searched}; the model was shown parts of {them}"


def parts_words(parts: Sequence[ReadPart]) -> str:
    """Sections that were read: ``pages 12–96 and 120–140 of 304``; several documents by name."""
    told: list[str] = []
    for _, group in groupby(parts, key=lambda one: one.document):
        each = list(group)
        first = each[0]
        runs = [each[0].words, *(one.words.partition(" ")[2] for one in each[1:])]
        listed = " and ".join([", ".join(runs[:-1]), runs[-1]] if len(runs) > 1 else runs)
        told.append(f"{listed} of {first.of:,}")
        if len({one.document for one in parts}) > 1:
            told[-1] += f" of “{first.name}”"
    return "; ".join(told)


def shown_words(answer: Answer) -> str:
    """What of the material a model was shown: ``read 9 pages``, ``saw parts of 9 pages``."""
    used = answer.coverage.units_used
    if not used:
        return ""
    noun = "page or section" if used == 1 else "pages and sections"
    if answer.mode is AnswerMode.WHOLE:
        return f"read {used:,} {noun}"
    return f"saw parts of {used:,} {noun}"


def read_share(answer: Answer) -> float:
    """How much of the material was gone through, 0 to 1: by search, or by the model."""
    coverage = answer.coverage
    if answer.mode is AnswerMode.EVIDENCE or not coverage.units_used:
        return 1.0
    return min(1.0, coverage.units_used / max(1, coverage.units_total))


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
    if not searched.documents or answer.mode is AnswerMode.WHOLE:
        return ""  # of whole documents the line of coverage says what was read
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
        case AnswerMode.WHOLE if answer.record.parts:
            advice.append("Have other sections read: the rest of the documents was not")
        case _:
            pass
    return [f"→ {line}" for line in advice]
