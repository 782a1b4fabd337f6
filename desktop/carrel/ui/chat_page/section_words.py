"""What is said of sections that are proposed and of those chosen. Pure; must not know widgets."""

from collections.abc import Collection
from dataclasses import dataclass

from carrel.domain.answers import run_words
from carrel.domain.sections import Proposal, ProposedSection
from carrel.ui import words
from carrel.ui.chat_page.modes import span_words


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen, summed up.

    Attributes:
        line: for the reader.
        possible: whether it can be read together.
    """

    line: str
    possible: bool


def head_line(proposal: Proposal) -> str:
    """Why there is something to choose, and what is chosen already."""
    line = f"Too long: about {proposal.tokens:,} tokens; {proposal.room:,} can be read at once."
    if any(one.chosen for one in proposal.sections):
        return f"{line} Ticked: where search finds the best passages."
    return f"{line} Tick what is to be read."


def title_of(one: ProposedSection, *, named: bool) -> str:
    """The first line: the section's title, after its document's name where there are several."""
    title = one.section.title or where_of(one).capitalize()
    return f"{one.document_name} – {title}" if named else title


def where_of(one: ProposedSection) -> str:
    """``pages 12–96 of 304``."""
    return f"{run_words(one.kind, one.section.first, one.section.last)} of {one.of:,}"


def cost_of(one: ProposedSection) -> str:
    """The second line: where it stands and what reading it takes."""
    told = [where_of(one), words.count(one.tokens, "token")]
    if one.known:
        told.append("read before")
    elif one.seconds is not None:
        told.append(f"{span_words(one.seconds)} to read")
    if not one.fits:
        told.append("too long to be read: answer from passages")
    return " · ".join(told)


def best_of(one: ProposedSection) -> str:
    """How many of the best passages stand in it; empty for none."""
    return f"{one.best} of the best passages" if one.best else ""


def choice_of(proposal: Proposal, numbers: Collection[int]) -> Choice:
    """What becomes of the sections with these numbers."""
    chosen = [one for one in proposal.sections if one.number in numbers]
    if not chosen:
        return Choice("Nothing is chosen", possible=False)
    tokens = sum(one.tokens for one in chosen)
    told = words.count(len(chosen), "section")
    if tokens > proposal.room:
        return Choice(f"{told} · {tokens:,} of {proposal.room:,} tokens: too much", possible=False)
    line = f"{told} · {tokens:,} of {proposal.room:,} tokens"
    if proposal.answer_seconds is not None and all(one.seconds is not None for one in chosen):
        reading = sum(one.seconds or 0.0 for one in chosen if not (one.known and len(chosen) == 1))
        line += f" · {span_words(reading + proposal.answer_seconds)}"
    return Choice(line, possible=True)


def passages_words(proposal: Proposal) -> str:
    """What the other way out is called: ``Answer from passages (about 40 s)``."""
    seconds = proposal.passages_seconds
    return "Answer from passages" + (f" ({span_words(seconds)})" if seconds is not None else "")
