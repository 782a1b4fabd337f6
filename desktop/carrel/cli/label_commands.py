"""Tags, collections and notes. Each command takes the open core and the options."""

import argparse
from argparse import Namespace
from collections.abc import Callable

from carrel.app import App
from carrel.cli import forms
from carrel.cli.commands import DONE, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import WrongUsage, add_json
from carrel.domain.documents import Document
from carrel.domain.labels import LabelKind, labels_of, labels_on

Add = Callable[[str, str], argparse.ArgumentParser]

_NAMED = "a number, a SHA-256 or a name"
_KINDS = {"tag": LabelKind.TAG, "collect": LabelKind.COLLECTION}


def add_parsers(add: Add) -> None:
    """The commands below ``carrel documents``."""
    tag = add("tag", "put tags on documents, or take them off")
    collect = add("collect", "put documents into collections, or take them out")
    for parser in (tag, collect):
        parser.add_argument("documents", nargs="+", metavar="ID", help=_NAMED)
        for option, about in (("--add", "several with commas"), ("--remove", "likewise")):
            parser.add_argument(option, action="append", default=[], metavar="NAME", help=about)
        add_json(parser)
    note = add("note", "show the note on a document, or write it")
    note.add_argument("document", metavar="ID", help=_NAMED)
    note.add_argument("text", nargs="?", default=None, metavar="TEXT", help="empty: no note")
    add_json(note)


def label(app: App, options: Namespace) -> int:
    """Put tags on documents, or put them into collections."""
    kind = _KINDS[options.part]
    add, remove = labels_of(",".join(options.add)), labels_of(",".join(options.remove))
    if not (add or remove):
        raise WrongUsage(f"carrel documents {options.part}: --add or --remove is needed")
    listed = app.documents().result()
    wanted = {resolve_one(name, listed).id: None for name in options.documents}
    changed = app.shelf.label(list(wanted), kind, add=add, remove=remove).result()
    if options.json:
        print_json([forms.document_form(document) for document in changed])
        return DONE
    for document in changed:
        names = ", ".join(labels_on(document, kind)) or "–"
        print(f"{document.id:5}  {plain(document.name)}: {plain(names)}")
    return DONE


def note(app: App, options: Namespace) -> int:
    """Show or write a note."""
    document = resolve_one(options.document, app.documents().result())
    if options.text is not None:
        document = app.shelf.note(document.id, options.text).result()
    if options.json:
        print_json(forms.document_form(document))
    else:
        print(document.note if options.text is None else _said(document))
    return DONE


def _said(document: Document) -> str:
    return f"{'Saved the note on' if document.note else 'No note on'} {plain(document.name)}."


def listed(app: App, options: Namespace) -> int:
    """List the tags or the collections that are in use."""
    kind = LabelKind.TAG if options.command == "tags" else LabelKind.COLLECTION
    found = app.shelf.labels(kind).result()
    if options.json:
        print_json([{"name": one.name, "documents": one.documents} for one in found])
        return DONE
    for one in found:
        print(f"{one.documents:6,}  {plain(one.name)}")
    return DONE


COMMANDS: dict[str, Callable[[App, Namespace], int]] = {
    "tag": label,
    "collect": label,
    "note": note,
}
