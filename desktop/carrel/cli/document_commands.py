"""What is known of one document: its ledger, and its canonical text. Takes the open core."""

import time
from argparse import Namespace

from carrel.app import App
from carrel.cli import forms, label_commands, shelf_commands
from carrel.cli.commands import DONE, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.scoping import with_labels
from carrel.domain.documents import Document, Whereabouts, nothing_missing, whole_ledger


def documents(app: App, options: Namespace) -> int:
    """List the documents, those inside others below them; or tell of one."""
    if options.part == "show":
        return _show(app, options)
    if options.part is not None:
        commands = {**shelf_commands.COMMANDS, **label_commands.COMMANDS}
        return commands[options.part](app, options)
    listed = with_labels(app.documents().result(), options)
    if options.json:
        print_json([forms.document_form(document) for document in listed])
        return DONE
    for document in listed:
        inside = "".join(f"  (in {one.container}: {plain(one.path)})" for one in document.inside)
        inside += "  (older version)" if document.old else ""
        inside += "".join(f"  #{plain(tag)}" for tag in document.tags)
        inside += "  (no longer in the folder)" if document.gone else ""
        print(
            f"{document.id:5}  {document.state.value:8} {document.units:5} units"
            f"  {plain(document.name)}{inside}"
        )
    return DONE


def _show(app: App, options: Namespace) -> int:
    """Tell of a document: facts, units, and what of it was not read."""
    document = resolve_one(options.document, app.documents().result())
    units = app.contents.units(document.id).result()
    ledger = app.contents.ledger(document.id).result()
    outline = app.contents.outline(document.id).result()
    properties = app.contents.properties(document.id).result()
    where = app.shelf.whereabouts(document.id).result()
    alike = app.shelf.alike(document.id).result()
    if options.json:
        form = forms.shown_form(document, units, ledger, outline, properties)
        print_json({**form, **forms.whereabouts_form(where, alike)})
        return DONE
    print(
        f"{plain(document.name)}: {document.kind}, {document.state.value}, {document.units} units"
    )
    for inside in document.inside:
        print(f"  inside document {inside.container}: {plain(inside.path)}")
    if document.members:
        print(f"  {document.members} documents inside")
    _print_whereabouts(document, where)
    for what, names in (("tags", document.tags), ("collections", document.collections)):
        if names:
            print(f"  {what}: {plain(', '.join(names))}")
    if document.note:
        print(f"  note: {plain(document.note)}")
    if document.pictured is not None:
        pages = document.pictured
        print(
            f"  text recognised on {pages.read} of {pages.total} pages in pictures"
            f" (confidence {pages.confidence:.0f}, {pages.waiting} waiting, {pages.failed} failed)"
        )
    for one in alike:
        print(f"  nearly the same as {one.document} {plain(one.name)} ({one.percent} %)")
    for name, value in properties:
        print(f"  {name}: {plain(value)}")
    if outline:
        print("  Contents:")
    for line in outline:
        print(f"    {'  ' * (line.level - 1)}{plain(line.title)}  ({line.unit or '–'})")
    entries = whole_ledger(document, ledger)
    for entry in entries:
        place = f"unit {entry.unit}" if entry.unit else "whole"
        print(f"  {place:10} {entry.what.value}: {entry.why} {entry.remedy}".rstrip())
    if not entries:
        print(f"  {nothing_missing(document)}")
    return DONE


def _print_whereabouts(document: Document, where: Whereabouts) -> None:
    for path in where.paths:
        print(f"  from {plain(path)}")
    if len(where.versions) > 1:
        print(f"  version {where.number(document.id)} of {len(where.versions)}:")
        for one in where.versions:
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.seen_at))
            print(f"    {one.document:5}  since {since}{'' if one.old else '  (newest)'}")
    elif document.old:
        print("  in older versions only")


def document(app: App, options: Namespace) -> int:
    """Print a document's text, or save its original."""
    return shelf_commands.save(app, options) if options.part == "save" else _text(app, options)


def _text(app: App, options: Namespace) -> int:
    """Print a document's canonical text, or one unit's."""
    document = resolve_one(options.document, app.documents().result())
    numbers = [place.number for place in app.contents.units(document.id).result()]
    if options.unit is not None:
        numbers = [options.unit]
    units = [app.contents.unit(document.id, number) for number in numbers]
    for future in units:
        unit = future.result()
        if options.json:
            print_json(
                {
                    "unit": {"kind": unit.kind.value, "number": unit.number, "label": unit.label},
                    "parser_version": unit.parser_version,
                    "text": unit.text,
                    "recognised": forms.recognised_form(unit),
                }
            )
        else:
            print(unit.text)
    return DONE
