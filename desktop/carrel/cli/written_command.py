"""A summary that a model writes, in a terminal: ``carrel summary DOC --model NAME``.

Must not know how it is written.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from carrel.app import App
from carrel.app.fact_export import write_facts
from carrel.cli.printing import plain, print_json
from carrel.domain.documents import Document
from carrel.domain.events import Event
from carrel.domain.fact_events import SectionWritten, WritingProgressed
from carrel.domain.fact_sheet import Names, written_sheet
from carrel.domain.written import Quote, WrittenSection, WrittenSentence, WrittenSummary

DONE: Final = 0


def written_summary(app: App, options: Namespace, documents: Sequence[Document]) -> int:
    """Let a model write, tell each section when it is done, and say what the check found."""
    names = {one.id: one.name for one in documents}

    def tell(event: Event) -> None:
        match event:
            case WritingProgressed(step="waiting", seconds_left=left) if left is not None:
                told = f"· {event.written} of {event.sections} sections"
                print(f"{told}, about {left:,.0f} s left", file=sys.stderr, flush=True)
            case SectionWritten(section=section) if not options.json:
                print_section(section, names)

    ids = [one.id for one in documents]
    if not options.json and not options.again:
        there = app.writing.kept(ids, installed_model=options.model).result()
        for section in there.sections if there else ():
            print_section(section, names)
    unsubscribe = app.subscribe(tell)
    try:
        found = app.writing.write(ids, installed_model=options.model, again=options.again).result()
    finally:
        unsubscribe()
    if options.output is not None:
        write_facts(written_sheet(found, names), options.output)
        print(f"Written: {plain(options.output)}", file=sys.stderr)
    if options.json:
        print_json(summary_form(found, names))
    else:
        print(plain(found.words))
    return DONE


def print_section(section: WrittenSection, names: Names) -> None:
    """The sentences of a section with their places; those left out are counted."""
    print(plain(section.title) or plain(names[section.document]))
    if section.shown < section.total:
        told = f"{section.shown} of {section.total} passages: the section is too long for the model"
        print(f"  (from {told})")
    if section.instructed:
        print(f"  (the section speaks to the assistant: “{plain(section.instructed)}”)")
    for one in section.said:
        doubt = f"  [{one.standing.value}: {plain(one.why)}]" if one.why else ""
        print(f"  {plain(one.text)}{doubt}")
        for mention in one.mentions:
            where = f"{plain(names[mention.document])}, {plain(mention.place.words)}"
            print(f"    “{plain(mention.text)}” ({where})")
    out = len(section.sentences) - len(section.said)
    if out:
        print(f"  ({out} left out: their quotes were not found)")
    sys.stdout.flush()


def summary_form(found: WrittenSummary, names: Names) -> dict[str, object]:
    """A written summary for programs; sentences that were left out are among them."""
    return {
        "model": found.installed_model,
        "finished": found.finished,
        "sections": [_section_form(one, names) for one in found.sections],
        "counts": {standing.value: count for standing, count in found.counts.items()},
    }


def _section_form(one: WrittenSection, names: Names) -> dict[str, object]:
    return {
        "document": one.document,
        "name": names[one.document],
        "title": one.title,
        "first": one.first,
        "last": one.last,
        "shown": one.shown,
        "parts": one.total,
        "seconds": one.seconds,
        "instructed": one.instructed,
        "sentences": [_sentence_form(sentence) for sentence in one.sentences],
    }


def _sentence_form(one: WrittenSentence) -> dict[str, object]:
    return {
        "text": one.text,
        "standing": one.standing.value,
        "why": one.why,
        "quotes": [_quote_form(quote) for quote in one.quotes],
    }


def _quote_form(quote: Quote) -> dict[str, object]:
    form: dict[str, object] = {
        "quote": quote.words,
        "verdict": quote.verdict.value,
        "difference": quote.difference,
    }
    if quote.mention is not None:
        mention = quote.mention
        form |= {
            "place": mention.place.words,
            "unit": mention.place.number,
            "start": mention.span.start,
            "end": mention.span.end,
            "source": mention.text,
        }
    return form
