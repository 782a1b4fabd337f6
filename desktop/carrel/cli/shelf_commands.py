"""Rename, save, remove and bring back documents. Each takes the open core and the options."""

import argparse
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from carrel.app import App
from carrel.cli import forms
from carrel.cli.commands import DONE, follow_jobs, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import WrongUsage, add_json
from carrel.domain.documents import UNDO_SECONDS, Document, Removal
from carrel.domain.errors import KnownError
from carrel.parsing.versions import is_outdated

Add = Callable[[str, str], argparse.ArgumentParser]

NAMED = "a number, a SHA-256 or a name"


class NothingRemoved(KnownError):
    """There is nothing to bring back."""

    code = "cli.nothing_removed"
    sentence = "No removed document can come back."
    remedy = "An hour after it was removed nothing is left of a document; add the file again."


def add_documents_parsers(add: Add) -> None:
    """The commands below ``carrel documents`` that change something."""
    rename = add("rename", "call a document otherwise; its file keeps its name")
    rename.add_argument("document", metavar="ID", help=NAMED)
    rename.add_argument("name", metavar="NAME", help="empty: the name of its file again")
    add_json(rename)
    remove = add("remove", "remove documents; they can come back for an hour")
    remove.add_argument("documents", nargs="+", metavar="ID", help=NAMED)
    remove.add_argument(
        "--for-good", action="store_true", help="leave nothing of them at once; no way back"
    )
    add_json(remove)
    reread = add("reread", "read documents once more, with the parsers of this version")
    reread.add_argument("documents", nargs="*", metavar="ID", help=NAMED)
    reread.add_argument("--all", action="store_true", help="all documents")
    reread.add_argument(
        "--outdated", action="store_true", help="those that an earlier parser version read"
    )
    reread.add_argument(
        "--no-ocr", action="store_true",
        help="do not wait for text recognition; pages in pictures are read later",
    )  # fmt: skip
    add_json(reread)
    removed = add("removed", "list what was removed and can still come back")
    add_json(removed)
    restore = add("restore", "bring a removed document back, with what went along")
    restore.add_argument(
        "document", nargs="?", default="", metavar="ID", help=f"{NAMED}; the last removed without"
    )
    add_json(restore)
    empty = add("empty", "leave nothing of what was removed; no way back")
    add_json(empty)


def add_save_parser(add: Add) -> None:
    """``carrel document save``."""
    save = add("save", "save its original to a file, bit for bit")
    save.add_argument("document", metavar="ID", help=NAMED)
    save.add_argument("path", type=Path, metavar="FILE", help="a new file, or a folder")
    save.add_argument("--replace", action="store_true", help="a file that is there already")
    add_json(save)


def rename(app: App, options: Namespace) -> int:
    """Call a document otherwise."""
    document = resolve_one(options.document, app.documents().result())
    renamed = app.shelf.rename(document.id, options.name).result()
    if options.json:
        print_json(forms.document_form(renamed))
    else:
        print(f"{renamed.id:5}  {plain(renamed.name)}  (file: {plain(renamed.file_name)})")
    return DONE


def save(app: App, options: Namespace) -> int:
    """Save an original."""
    document = resolve_one(options.document, app.documents().result())
    path = options.path.absolute()
    saved = app.shelf.save(document.id, path, replace=options.replace).result()
    if options.json:
        print_json({"path": str(saved), "size": document.size, "sha256": document.sha256})
    else:
        print(f"Saved {plain(document.name)} as {plain(saved)}, {document.size:,} bytes, checked.")
    return DONE


def remove(app: App, options: Namespace) -> int:
    """Remove documents."""
    listed = app.documents().result()
    named = [resolve_one(name, listed) for name in options.documents]
    wanted: dict[int, Document] = {document.id: document for document in named}
    removals = [app.shelf.remove(document.id) for document in _topmost(wanted)]
    done = [future.result() for future in removals]
    if options.for_good:
        app.shelf.shred([one.document.id for one in done]).result()
    if options.json:
        print_json([removal_form(one, for_good=options.for_good) for one in done])
        return DONE
    for one in done:
        inside = len(one.documents) - 1
        also = f" with {inside} documents inside" if inside else ""
        print(f"Removed {plain(one.document.name)}{also}.")
    if options.for_good:
        print("Nothing is left of it. Chats keep the words they quoted.")
    elif done:
        print(f"“carrel documents restore {done[-1].document.id}” brings it back for an hour.")
    return DONE


def reread(app: App, options: Namespace) -> int:
    """Read documents once more; returns 1 when not one of them could be."""
    listed = app.documents().result()
    named = [resolve_one(name, listed) for name in options.documents]
    if options.all:
        named = list(listed)
    elif options.outdated:
        named += [one for one in listed if is_outdated(one)]
    elif not named:
        raise WrongUsage("carrel documents reread: name documents, or --all or --outdated")
    wanted = list({document.id: None for document in named})
    if wanted:
        return follow_jobs(app, options, lambda: {app.adding.read_again(wanted)})
    if not options.json:
        print("There is nothing to read again.")
    return DONE


def removed(app: App, options: Namespace) -> int:
    """List what can come back."""
    waiting = app.shelf.removed().result()
    if options.json:
        print_json([removal_form(one) for one in waiting])
        return DONE
    for one in waiting:
        until = time.strftime("%H:%M", time.localtime(one.removed_at + UNDO_SECONDS))
        print(f"{one.document.id:5}  until {until}  {plain(one.document.name)}")
    return DONE


def restore(app: App, options: Namespace) -> int:
    """Bring a removed document back."""
    waiting = app.shelf.removed().result()
    if not waiting:
        raise NothingRemoved
    named = options.document or str(waiting[0].document.id)
    found = resolve_one(named, tuple(one.document for one in waiting))
    back = app.shelf.restore(found.id).result()
    if options.json:
        print_json([forms.document_form(document) for document in back])
        return DONE
    for document in back:
        print(f"{document.id:5}  {document.state.value:8}  {plain(document.name)}")
    return DONE


def empty(app: App, options: Namespace) -> int:
    """Leave nothing of what was removed."""
    count = app.shelf.shred().result()
    if options.json:
        print_json({"documents": count})
    else:
        print(f"{count} documents are gone for good. Chats keep the words they quoted.")
    return DONE


COMMANDS: dict[str, Callable[[App, Namespace], int]] = {
    "rename": rename,
    "remove": remove,
    "reread": reread,
    "removed": removed,
    "restore": restore,
    "empty": empty,
}


def removal_form(removal: Removal, *, for_good: bool = False) -> forms.Form:
    """A removed document."""
    until = removal.removed_at + UNDO_SECONDS
    return {
        "document": forms.document_form(removal.document),
        "documents": list(removal.documents),
        "removed_at": removal.removed_at,
        "until": None if for_good else until,
    }


def _topmost(wanted: dict[int, Document]) -> list[Document]:
    """Those that do not go along with another of them, as far as can be told by their places."""
    return [
        document
        for document in wanted.values()
        if document.own or not any(inside.container in wanted for inside in document.inside)
    ]
