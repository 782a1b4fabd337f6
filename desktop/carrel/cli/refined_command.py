"""Facts looked over by a model, in a terminal: ``carrel timeline DOC --refine``, and names.

Must not know how they are looked over.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from carrel.app import App
from carrel.app.fact_export import write_facts
from carrel.cli.fact_forms import entity_form, happening_form, print_mention
from carrel.cli.printing import plain, print_json
from carrel.domain.documents import Document
from carrel.domain.events import Event
from carrel.domain.fact_events import RefiningProgressed
from carrel.domain.fact_sheet import (
    FactSheet,
    refined_entities_sheet,
    refined_timeline_sheet,
)
from carrel.domain.refined import Fate, RefinedEntity, RefinedHappening, Refinement

DONE: Final = 0

Refined = TypeVar("Refined", RefinedHappening, RefinedEntity)

MOST_PLACES: Final = 3
"""Places of one fact in a terminal; with ``--json`` all of them are printed."""


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed to have facts looked over."""
    parser.add_argument(
        "--refine", action="store_true",
        help="let a model look them over: it joins and names them and sets some aside, checked; "
        "it adds none and removes none",
    )  # fmt: skip
    parser.add_argument(
        "--model", default="", metavar="NAME", help="with --refine: an installed model"
    )


def refined_timeline(
    app: App,
    options: Namespace,
    documents: Sequence[Document],
    wanted: Callable[[RefinedHappening], bool],
) -> int:
    """Print what stands under dates, as a model looked it over."""
    names = {one.id: one.name for one in documents}
    with _told(app, quiet=options.json):
        found = app.refining.timeline(list(names), installed_model=options.model).result()
    shown = [one for one in found.happenings if wanted(one)]
    _write(options, refined_timeline_sheet(shown, names, found.by))
    if options.json:
        print_json({"by": _by_form(found.by), "happenings": [
            {**happening_form(one.happening, names), "title": one.title, "fate": one.fate.value,
             "joined": one.joined} for one in shown
        ]})  # fmt: skip
        return DONE
    for fate, part in _by_fate(shown, lambda one: one.fate):
        if fate is not Fate.KEPT:
            print(f"{fate.value.capitalize()} ({len(part)}):")
        for one in part:
            title = f": {plain(one.title)}" if one.title else ""
            print(f"{one.happening.when.words}{title}")
            for mention in one.happening.mentions[:MOST_PLACES]:
                print_mention(mention, names)
            _more(len(one.happening.mentions))
    print(plain(found.by.words))
    return DONE


def refined_entities(
    app: App,
    options: Namespace,
    documents: Sequence[Document],
    wanted: Callable[[RefinedEntity], bool],
) -> int:
    """Print who and what is named, as a model looked it over."""
    names = {one.id: one.name for one in documents}
    with _told(app, quiet=options.json):
        found = app.refining.entities(list(names), installed_model=options.model).result()
    shown = [one for one in found.entities if wanted(one)]
    _write(options, refined_entities_sheet(shown, names, found.by))
    if options.json:
        print_json({"by": _by_form(found.by), "entities": [
            {**entity_form(one.entity, names), "also": list(one.others), "fate": one.fate.value,
             "was": one.was.value if one.was else None} for one in shown
        ]})  # fmt: skip
        return DONE
    for fate, part in _by_fate(shown, lambda one: one.fate):
        if fate is not Fate.KEPT:
            print(f"{fate.value.capitalize()} ({len(part)}):")
        for one in part:
            entity = one.entity
            also = f", also {'; '.join(map(plain, one.others))}" if one.others else ""
            was = f", by the rules: {one.was.value}" if one.was else ""
            print(
                f"{plain(entity.name)} ({entity.kind.value}{was}{also}; mentions: {entity.count:,})"
            )
            for mention in entity.mentions[:MOST_PLACES]:
                print_mention(mention, names)
            _more(len(entity.mentions))
    print(plain(found.by.words))
    return DONE


def _by_fate(
    shown: Sequence[Refined], fate_of: Callable[[Refined], Fate]
) -> Iterator[tuple[Fate, list[Refined]]]:
    for fate in Fate:
        part = [one for one in shown if fate_of(one) is fate]
        if part:
            yield fate, part


def _more(places: int) -> None:
    if places > MOST_PLACES:
        print(f"    and {places - MOST_PLACES:,} more places; --json lists them")


def _by_form(by: Refinement) -> dict[str, object]:
    return {
        "model": by.installed_model,
        "looked": by.looked,
        "total": by.total,
        "refused": by.refused,
    }


def _write(options: Namespace, sheet: FactSheet) -> None:
    if options.output is not None:
        write_facts(sheet, options.output)
        print(f"Written: {plain(options.output)}", file=sys.stderr)


@contextmanager
def _told(app: App, *, quiet: bool) -> Iterator[None]:
    """Say on the error output how far it has come, while the block runs."""

    def tell(event: Event) -> None:
        if isinstance(event, RefiningProgressed) and event.step == "judging":
            left = f", about {event.seconds_left:,.0f} s left" if event.seconds_left else ""
            print(f"· {event.done:,} of {event.total:,}{left}", file=sys.stderr, flush=True)

    if quiet:
        yield
        return
    unsubscribe = app.subscribe(tell)
    try:
        yield
    finally:
        unsubscribe()
