"""Watch folders. Each command takes the open core and the options."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from carrel.app import App
from carrel.cli import forms
from carrel.cli.commands import DONE, follow_adding
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.watching import WatchedFolder
from carrel.workspace.errors import NotWatched

Add = Callable[[str, str], ArgumentParser]


def add_parsers(add: Add) -> None:
    """The commands below ``carrel watch``."""
    adding = add("add", "add what comes into a folder, and what changes there, from now on")
    adding.add_argument("path", type=Path, metavar="FOLDER")
    add_json(adding)
    listing = add("list", "list the watched folders")
    add_json(listing)
    removing = add("remove", "watch a folder no more; its documents stay")
    removing.add_argument("folder", metavar="FOLDER", help="its path, or its number")
    add_json(removing)
    scan = add("scan", "look at the watched folders now, and add what is new")
    add_json(scan)


def add(app: App, options: Namespace) -> int:
    """Watch a folder."""
    folder = app.watching.add(options.path.absolute()).result()
    if options.json:
        print_json(folder_form(folder))
    else:
        print(f"{plain(folder.path)} is watched. The window looks at it while it is open; ", end="")
        print("“carrel watch scan” looks now.")
    return DONE


def list_folders(app: App, options: Namespace) -> int:
    """List the watched folders."""
    folders = app.watching.folders().result()
    if options.json:
        print_json([folder_form(folder) for folder in folders])
    else:
        for folder in folders:
            _print_folder(folder)
    return DONE


def remove(app: App, options: Namespace) -> int:
    """Watch a folder no more."""
    folder = _named(app, options.folder)
    app.watching.remove(folder.id).result()
    if options.json:
        print_json(folder_form(folder))
    else:
        print(f"{plain(folder.path)} is watched no more. Its documents stay.")
    return DONE


def scan(app: App, options: Namespace) -> int:
    """Look now, and wait until what was found is read."""
    code = DONE
    with app.listen() as events:
        app.adding.pause(paused=False)  # who gives the command wants it done
        looked = app.watching.look_now().result()
        if looked.jobs:
            code = follow_adding(set(looked.jobs), events, as_json=options.json)
    folders = app.watching.folders().result()
    if options.json:
        print_json({"folders": [folder_form(folder) for folder in folders]})
    else:
        for folder in folders:
            _print_folder(folder)
    return code


COMMANDS: dict[str, Callable[[App, Namespace], int]] = {
    "add": add,
    "list": list_folders,
    "remove": remove,
    "scan": scan,
}


def watch(app: App, options: Namespace) -> int:
    """One of the commands below ``carrel watch``."""
    return COMMANDS[options.part](app, options)


def folder_form(folder: WatchedFolder) -> forms.Form:
    """A watched folder."""
    return {
        "id": folder.id,
        "path": str(folder.path),
        "added_at": folder.added_at,
        "looked_at": folder.looked_at,
        "files": folder.files,
        "waiting": folder.waiting,
        "reason": folder.trouble.reason if folder.trouble else None,
        "remedy": folder.trouble.remedy if folder.trouble else None,
        "left_out": list(folder.left_out),
    }


def _print_folder(folder: WatchedFolder) -> None:
    looked = (
        time.strftime("looked at %Y-%m-%d %H:%M", time.localtime(folder.looked_at))
        if folder.looked_at
        else "not looked at yet"
    )
    waiting = f", {folder.waiting:,} may still be written" if folder.waiting else ""
    print(f"{folder.id:5}  {plain(folder.path)}: {folder.files:,} files{waiting}, {looked}")
    if folder.trouble is not None:
        print(f"       {plain(folder.trouble.reason)} {folder.trouble.remedy}")
    for sentence in folder.left_out:
        print(f"       {plain(sentence)}")


def _named(app: App, name: str) -> WatchedFolder:
    """The folder somebody means.

    Raises:
        NotWatched: none.
    """
    path = Path(name).absolute()
    for folder in app.watching.folders().result():
        if name == str(folder.id) or path == folder.path:
            return folder
    raise NotWatched(name=name)
