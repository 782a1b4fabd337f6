"""Sections of documents that are too long to be read whole: proposed, chosen, printed."""

from __future__ import annotations

import argparse
import re
from argparse import Namespace
from typing import Final

from carrel.answering.errors import DocumentsTooLong
from carrel.app import App
from carrel.cli.forms import Form
from carrel.cli.printing import plain
from carrel.cli.usage import WrongUsage
from carrel.domain.answers import AnswerMode, Effort, Section, run_words
from carrel.domain.errors import KnownError, Reported
from carrel.domain.ids import DocumentId
from carrel.domain.sections import Proposal, ProposedSection

MAX_CHOSEN: Final = 1_000
"""Sections that can be named at once."""

_ONE: Final = re.compile(r"([1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?\Z")


class NoSuchSection(KnownError):
    """A section was named that is not proposed."""

    code = "cli.section"
    sentence = "There is no section {number}; there are {count}."
    remedy = "Leave --sections out to have them listed."


class PagesOfSeveral(KnownError):
    """Pages were named, but of which document is not clear."""

    code = "cli.pages"
    sentence = "Pages can be named when one document is asked about; these are {count}."
    remedy = "Name one document with --document, or sections by their numbers."


class TooLong(Exception):
    """The documents are too long to be read whole.

    Attributes:
        error: in numbers.
        proposal: what can be read instead.
    """

    def __init__(self, error: KnownError, proposal: Proposal) -> None:
        super().__init__(str(error))
        self.error = error
        self.proposal = proposal


def sections_option(text: str) -> tuple[tuple[int, int | None], ...]:
    """``2,3`` or ``12-96``, as argparse wants it: numbers of sections, or first and last page."""
    found = [_ONE.match(part.strip()) for part in text.split(",")]
    if not all(found) or len(found) > MAX_CHOSEN:
        raise argparse.ArgumentTypeError("numbers such as 2,3, or pages such as 12-96")
    told = [(int(one[1]), int(one[2]) if one[2] else None) for one in found if one]
    if any(last is not None and last < first for first, last in told):
        raise argparse.ArgumentTypeError("the last page of a section comes before its first")
    return tuple(told)


def chosen_sections(
    app: App, question: str, scope: tuple[DocumentId, ...], options: Namespace
) -> tuple[Section, ...]:
    """The sections named, or none where all is to be read.

    Raises:
        TooLong: none are named, and the documents are too long beyond doubt.
        NoSuchSection, PagesOfSeveral: what is named is not there.
        WrongUsage: they are named where nothing is read whole.
    """
    if options.mode != AnswerMode.WHOLE.value:
        if options.sections:
            raise WrongUsage("carrel ask: --sections goes with --mode whole")
        return ()
    if not scope:
        return ()
    proposal = propose(app, question, scope, options)
    if not options.sections:
        if proposal.sure:
            raise TooLong(_too_long(proposal), proposal)
        return ()
    made: list[Section] = []
    for number, last in options.sections:
        if last is not None:
            if proposal.documents != 1:
                raise PagesOfSeveral(count=str(proposal.documents))
            document = proposal.sections[0].section.document
            made.append(Section(document=document, first=number, last=last))
        elif number > len(proposal.sections):
            raise NoSuchSection(number=str(number), count=str(len(proposal.sections)))
        else:
            made.append(proposal.sections[number - 1].section)
    return tuple(dict.fromkeys(made))


def propose(app: App, question: str, scope: tuple[DocumentId, ...], options: Namespace) -> Proposal:
    """What can be read of the documents asked about."""
    effort = Effort(options.thinking)
    return app.sections(question, scope, model=options.model, effort=effort).result()


def too_long_instead(
    app: App, error: Reported, question: str, scope: tuple[DocumentId, ...], options: Namespace
) -> TooLong | None:
    """What to tell in the place of an error, where it is that the documents are too long."""
    whole = options.mode == AnswerMode.WHOLE.value
    if error.failure.code != DocumentsTooLong.code or not whole:
        return None
    return TooLong(error, propose(app, question, scope, options))


def proposal_form(proposal: Proposal) -> Form:
    """A proposal in JSON; tokens are about right, seconds null where no speed was measured."""
    return {
        "tokens": proposal.tokens,
        "room": proposal.room,
        "context": proposal.context,
        "counted": proposal.counted,
        "sections": [
            {
                "number": one.number,
                "document": {"id": one.section.document, "name": one.document_name},
                "title": one.section.title,
                "kind": one.kind.value,
                "first": one.section.first,
                "last": one.section.last,
                "of": one.of,
                "tokens": one.tokens,
                "seconds": None if one.seconds is None else round(one.seconds, 1),
                "best_passages": one.best,
                "proposed": one.chosen,
                "known": one.known,
                "fits": one.fits,
            }
            for one in proposal.sections
        ],
        "passages_seconds": proposal.passages_seconds,
    }


def print_proposal(told: TooLong) -> None:
    """Print what can be read instead, and how to ask for it."""
    proposal = told.proposal
    print(plain(str(told.error)))
    print("Sections that can be read instead (* proposed for this question):")
    many = len({one.section.document for one in proposal.sections}) > 1
    for one in proposal.sections:
        print(plain(_line(one, named=many)))
    proposed = ",".join(str(one.number) for one in proposal.sections if one.chosen)
    print(f"Ask again with --sections {proposed or '1'} (numbers, or pages such as 12-96),")
    print("or from the best passages of all with --mode passages.")


def _line(one: ProposedSection, *, named: bool) -> str:
    where = f"{run_words(one.kind, one.section.first, one.section.last)} of {one.of:,}"
    name = f"{one.document_name}, " if named else ""
    notes = [f"{one.tokens:,} tokens"]
    notes += [f"about {max(1, round(one.seconds)):,} s"] if one.seconds is not None else []
    notes += ["read before"] if one.known else []
    notes += [] if one.fits else ["too long"]
    notes += [f"{one.best} of the best passages"] if one.best else []
    title = f"  {one.section.title}" if one.section.title else ""
    mark = "*" if one.chosen else " "
    return f"{mark}{one.number:4}  {name}{where}{title}  ({', '.join(notes)})"


def _too_long(proposal: Proposal) -> DocumentsTooLong:
    return DocumentsTooLong(
        tokens=f"about {proposal.tokens:,}",
        room=f"{proposal.room:,}",
        context=f"{proposal.context:,}",
    )
