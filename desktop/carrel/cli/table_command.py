"""The tables of a page: ``carrel table``. Takes the open core."""

from argparse import ArgumentParser, Namespace

from carrel.app import App
from carrel.cli.commands import DONE, FAILED, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.errors import KnownError
from carrel.domain.tables import Table, csv_of

COLUMN = 44
"""Characters of a column in a terminal at most; ``--csv`` and ``--json`` have all of them."""


class NoTable(KnownError):
    """There is no such table on the page."""

    code = "cli.table"
    sentence = "Page or section {page} of “{name}” has {count}."
    remedy = "Name another page, or another table with --table."


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed after ``carrel table``."""
    parser.add_argument("document", metavar="DOC", help="a number, a SHA-256 or a name")
    parser.add_argument(
        "--page", type=int, required=True, metavar="N", help="its place in the document, from 1"
    )
    parser.add_argument("--table", type=int, default=0, metavar="K", help="only the K-th of them")
    parser.add_argument("--csv", action="store_true", help="comma-separated values")
    add_json(parser)


def table(app: App, options: Namespace) -> int:
    """Print the tables of a page; returns 1 when there is none."""
    document = resolve_one(options.document, app.documents().result())
    found = app.contents.page_tables(document.id, options.page).result()
    if options.table:
        if not 0 < options.table <= len(found):
            count = f"{len(found)} table{'s' * (len(found) > 1)}" if found else "no table"
            raise NoTable(page=str(options.page), name=document.name, count=count)
        found = found[options.table - 1 : options.table]
    if options.json:
        print_json([_form(one) for one in found])
    elif options.csv:
        print("\n".join(csv_of(one) for one in found), end="")
    else:
        for one in found:
            _print(one)
        print(f"{len(found)} tables" if found else "no table on this page")
    return DONE if found else FAILED


def _form(found: Table) -> dict[str, object]:
    return {
        "unit": found.unit,
        "heads": found.heads,
        "rows": [
            [
                {"text": cell.text, "spans": [[*span] for span in cell.spans]} if cell else None
                for cell in row
            ]
            for row in found.rows
        ],
    }


def _print(found: Table) -> None:
    texts = [[plain(cell)[:COLUMN] for cell in row] for row in found.texts()]
    widths = [max(len(row[at]) for row in texts) for at in range(found.columns)]
    for at, row in enumerate(texts):
        first, *others = (
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *others)).rstrip())
        if at + 1 == found.heads:
            print("-" * (sum(widths) + 2 * (len(widths) - 1)))
    print()
