"""Words that stand for others. Each command takes the open core and the options."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from carrel.app import App
from carrel.cli import forms
from carrel.cli.commands import DONE
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.glossary import GroupMissing, GroupUnclear, Ways, line_of

Add = Callable[[str, str], ArgumentParser]


def add_parsers(add: Add) -> None:
    """The commands below ``carrel glossary``."""
    listing = add("list", "list this workspace's groups of words")
    listing.add_argument(
        "--shipped", action="store_true", help="instead, those that come with the program"
    )
    adding = add("add", "let words stand for one another in this workspace")
    adding.add_argument("words", nargs="+", metavar="WORDS", help="words or phrases, two at least")
    removing = add("remove", "take a group off")
    removing.add_argument("group", metavar="GROUP", help="its number, or one of its words")
    exporting = add("export", "write this workspace's groups to a text file")
    exporting.add_argument("file", type=Path, metavar="FILE")
    exporting.add_argument("--replace", action="store_true", help="a file that is there already")
    importing = add("import", "add the groups of a text file, one on each line")
    importing.add_argument("file", type=Path, metavar="FILE", help="words separated by commas")
    for parser in (listing, adding, removing, exporting, importing):
        add_json(parser)


def list_groups(app: App, options: Namespace) -> int:
    """List the groups of the workspace, or those that ship."""
    if options.shipped:
        shipped = app.glossary.shipped()
        if options.json:
            print_json({name: [list(ways) for ways in groups] for name, groups in shipped.items()})
            return DONE
        for name, groups in shipped.items():
            print(f"{name}:")
            for ways in groups:
                print(f"       {line_of(ways)}")
        return DONE
    groups = app.glossary.groups().result()
    if options.json:
        print_json([_form(number, ways) for number, ways in enumerate(groups, start=1)])
        return DONE
    for number, ways in enumerate(groups, start=1):
        print(f"{number:5}  {plain(line_of(ways))}")
    if not groups:
        print("This workspace has no groups of its own. “--shipped” lists those of the program.")
    return DONE


def add_group(app: App, options: Namespace) -> int:
    """Add a group."""
    groups = app.glossary.put(",".join(options.words)).result()
    if options.json:
        print_json(_form(len(groups), groups[-1]))
    else:
        print(f"{len(groups):5}  {plain(line_of(groups[-1]))}")
    return DONE


def remove_group(app: App, options: Namespace) -> int:
    """Take a group off."""
    number, ways = _named(app, options.group)
    app.glossary.remove(ways).result()
    if options.json:
        print_json(_form(number, ways))
    else:
        print(f"Removed: {plain(line_of(ways))}")
    return DONE


def export_groups(app: App, options: Namespace) -> int:
    """Write the groups to a file."""
    count = app.glossary.export_file(options.file.absolute(), replace=options.replace).result()
    if options.json:
        print_json({"file": str(options.file), "groups": count})
    else:
        print(f"Groups written to {plain(options.file)}: {count:,}.")
    return DONE


def import_groups(app: App, options: Namespace) -> int:
    """Add the groups of a file."""
    found = app.glossary.import_file(options.file.absolute()).result()
    if options.json:
        print_json({"file": str(options.file), "added": found.added, "known": found.known})
    else:
        print(f"Groups added: {found.added:,}; there already: {found.known:,}.")
    return DONE


COMMANDS: dict[str, Callable[[App, Namespace], int]] = {
    "list": list_groups,
    "add": add_group,
    "remove": remove_group,
    "export": export_groups,
    "import": import_groups,
}


def glossary(app: App, options: Namespace) -> int:
    """One of the commands below ``carrel glossary``."""
    return COMMANDS[options.part](app, options)


def _form(number: int, ways: Ways) -> forms.Form:
    return {"number": number, "words": list(ways)}


def _named(app: App, name: str) -> tuple[int, Ways]:
    """The group somebody means.

    Raises:
        GroupMissing: none.
        GroupUnclear: several have the word.
    """
    groups = list(enumerate(app.glossary.groups().result(), start=1))
    wanted = " ".join(name.split()).casefold()
    found = [(n, ways) for n, ways in groups if wanted in {way.casefold() for way in ways}]
    found = found or [(n, ways) for n, ways in groups if name == str(n)]
    if not found:
        raise GroupMissing(name=name)
    if len(found) > 1:
        raise GroupUnclear(name=name, count=len(found))
    return found[0]
