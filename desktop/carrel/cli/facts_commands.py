"""Facts read off documents: ``carrel timeline`` and its like. Needs no engine."""

from __future__ import annotations

import argparse
import datetime
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from carrel.answering.facts.timeline import having_words
from carrel.app import App
from carrel.app.fact_export import FORMATS, write_facts
from carrel.cli import refined_command
from carrel.cli.commands import DONE, resolve_one
from carrel.cli.fact_forms import (
    contradiction_form,
    entity_form,
    happening_form,
    mention_form,
    print_mention,
)
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import WrongUsage, add_json
from carrel.cli.written_command import written_summary
from carrel.domain.documents import Document
from carrel.domain.events import Event, FactsProgressed
from carrel.domain.fact_sheet import Names, sheet_of
from carrel.domain.facts import (
    Contradictions,
    Entities,
    Entity,
    EntityKind,
    Happening,
    Summary,
    Timeline,
    When,
)

MOST_PLACES: Final = 3
"""Places of one name in a terminal; with ``--json`` all of them are printed."""

Found = Timeline | Entities | Contradictions | Summary


def add_parsers(command: Callable[[str, str], ArgumentParser]) -> None:
    """The commands and what can be typed after them."""
    line = command("timeline", "list what stands under dates in documents, with the places")
    _documents(line)
    line.add_argument(
        "--from", dest="since", type=_first_day, metavar="DATE",
        help="from this day, month or year on: 2020-03-31, 2020-03 or 2020",
    )  # fmt: skip
    line.add_argument("--to", dest="until", type=_last_day, metavar="DATE", help="until then")
    line.add_argument("--words", default="", metavar="WORDS", help="only sentences with these")
    refined_command.add_arguments(line)
    _output(line)
    named = command("entities", "list people, organisations, amounts and the like in documents")
    _documents(named)
    named.add_argument(
        "--kind", choices=[kind.value for kind in EntityKind], default=None, help="only these"
    )
    named.add_argument("--words", default="", metavar="WORDS", help="only names with these")
    refined_command.add_arguments(named)
    _output(named)
    short = command("summary", "print the sentences that say most of each section of documents")
    _documents(short)
    short.add_argument(
        "--model", default="", metavar="NAME",
        help="let this installed model write a few sentences of each section, with checked quotes; "
        "what is written is kept, and the same command goes on with it",
    )  # fmt: skip
    short.add_argument(
        "--again", action="store_true", help="with --model: write anew what is written already"
    )
    _output(short)
    clashing = command("contradictions", "list where documents say different things of the same")
    _documents(clashing)
    _output(clashing)


def timeline(app: App, options: Namespace) -> int:
    """Print what stands under dates, the earliest first."""
    documents = chosen(app, options)
    if options.refine:
        return refined_command.refined_timeline(
            app, options, documents, lambda one: _shown(one.happening, options)
        )
    with progress_told(app, quiet=options.json):
        found = app.facts.timeline([one.id for one in documents]).result()
    shown = [one for one in found.happenings if _shown(one, options)]
    names = {one.id: one.name for one in documents}
    _write(options, "Timeline", Timeline(happenings=tuple(shown)), names)
    if options.json:
        print_json(
            {"happenings": [happening_form(one, names) for one in shown], "more": found.more}
        )
        return DONE
    last = ""
    for one in shown:
        if one.when.words != last:
            print(one.when.words)
        last = one.when.words
        if one.doubt:
            print(f"    {one.doubt}")
        for mention in one.mentions:
            print_mention(mention, names)
    print(f"{len(shown):,} of {len(found.happenings):,} dated events")
    if found.more:
        print("There are more than are listed; name fewer documents to see them.")
    return DONE


def summary(app: App, options: Namespace) -> int:
    """Print the sentences that say most, by section, or let a model write some."""
    documents = chosen(app, options)
    if options.model:
        return written_summary(app, options, documents)
    with progress_told(app, quiet=options.json):
        found = app.facts.summary([one.id for one in documents]).result()
    names = {one.id: one.name for one in documents}
    _write(options, "Summary", found, names)
    if options.json:
        sections = [
            {
                "document": one.document,
                "title": one.title,
                "sentences": one.sentences,
                "chosen": [mention_form(mention, names) for mention in one.mentions],
            }
            for one in found.sections
        ]
        print_json({"sections": sections})
        return DONE
    for one in found.sections:
        print(plain(one.title) or plain(names[one.document]))
        for mention in one.mentions:
            print_mention(mention, names)
    sentences = sum(len(one.mentions) for one in found.sections)
    print(f"{sentences:,} sentences of {len(found.sections):,} sections, word for word")
    return DONE


def entities(app: App, options: Namespace) -> int:
    """Print who and what is named, by kind, the most named first."""
    documents = chosen(app, options)
    wanted = options.words.casefold()

    def is_shown(one: Entity) -> bool:
        return wanted in one.name.casefold() and options.kind in (None, one.kind.value)

    if options.refine:
        return refined_command.refined_entities(
            app,
            options,
            documents,
            lambda one: (
                is_shown(one.entity)
                or any(is_shown(replace(one.entity, name=name)) for name in one.others)
            ),
        )
    with progress_told(app, quiet=options.json):
        found = app.facts.entities([one.id for one in documents]).result()
    shown = [one for one in found.entities if is_shown(one)]
    names = {one.id: one.name for one in documents}
    _write(options, "Names and amounts", Entities(entities=tuple(shown)), names)
    if options.json:
        print_json({"entities": [entity_form(one, names) for one in shown], "more": found.more})
        return DONE
    for one in shown:
        detail = f", {plain(one.detail)}" if one.detail else ""
        places = f"mentions: {one.count:,}, documents: {one.documents:,}"
        print(f"{plain(one.name)} ({one.kind.value}{detail}; {places})")
        for mention in one.mentions[:MOST_PLACES]:
            print_mention(mention, names)
        if len(one.mentions) > MOST_PLACES:
            print(f"    and {one.count - MOST_PLACES:,} more; --json lists them")
    print(f"{len(shown):,} of {len(found.entities):,} names, amounts and identifiers")
    if found.more:
        print("There are more than are listed; name fewer documents to see them.")
    return DONE


def contradictions(app: App, options: Namespace) -> int:
    """Print where documents disagree, the surest first.

    Raises:
        WrongUsage: it is one document only.
    """
    documents = chosen(app, options)
    if len(documents) < 2:
        raise WrongUsage("carrel contradictions: name two documents or more")
    with progress_told(app, quiet=options.json):
        found = app.facts.contradictions([one.id for one in documents]).result()
    names = {one.id: one.name for one in documents}
    _write(options, "Contradictions", found, names)
    if options.json:
        forms = [contradiction_form(one, names) for one in found.contradictions]
        print_json({"contradictions": forms, "more": found.more})
        return DONE
    for one in found.contradictions:
        print(f"{one.kind.value} (confidence {one.sureness.value}): {plain(one.words)}")
        print_mention(one.first, names)
        print_mention(one.second, names)
    print(f"{len(found.contradictions):,} contradictions found by rules; there may be others")
    return DONE


def chosen(app: App, options: Namespace) -> list[Document]:
    """The documents named, each once."""
    listed = app.documents().result()
    found = [resolve_one(name, listed) for name in options.documents]
    return list({one.id: one for one in found}.values())


@contextmanager
def progress_told(app: App, *, quiet: bool) -> Iterator[None]:
    """Say on the error output which document is next, while the block runs."""

    def tell(event: Event) -> None:
        if isinstance(event, FactsProgressed) and event.total > 1:
            print(f"· {event.done} of {event.total} documents", file=sys.stderr, flush=True)

    if quiet:
        yield
        return
    unsubscribe = app.subscribe(tell)
    try:
        yield
    finally:
        unsubscribe()


def _output(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output", type=_path_to_write, metavar="FILE",
        help=f"write it to a file, too: {', '.join(FORMATS)}",
    )  # fmt: skip
    add_json(parser)


def _path_to_write(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise argparse.ArgumentTypeError(f"a name that ends in {', '.join(FORMATS)}")
    return path


def _write(options: Namespace, title: str, found: Found, names: Names) -> None:
    """Write what is shown, where that was asked for."""
    if options.output is not None:
        write_facts(sheet_of(title, found, names), options.output)
        print(f"Written: {plain(options.output)}", file=sys.stderr)


def _shown(one: Happening, options: Namespace) -> bool:
    """Whether an event lies in the period and has the words that were asked for."""
    worded = having_words(Timeline(happenings=(one,)), options.words)
    return bool(worded) and one.between(options.since, options.until)


def _documents(parser: ArgumentParser) -> None:
    parser.add_argument("documents", nargs="+", metavar="DOC", help="a number, a SHA-256 or a name")


def _first_day(text: str) -> datetime.date:
    return _when(text).first


def _last_day(text: str) -> datetime.date:
    return _when(text).last


def _when(text: str) -> When:
    try:
        return When.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a date such as 2020-03-31, 2020-03 or 2020") from error
