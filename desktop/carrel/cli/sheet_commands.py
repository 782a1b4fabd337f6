"""Asking a workbook as data: ``carrel sql``. Takes the open core."""

from argparse import ArgumentParser, Namespace

from carrel.app import App
from carrel.cli.commands import DONE, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.sheets import SheetTable, Value

MAX_SHOWN = 60
"""Characters of one value in a terminal; with ``--json`` all of it is printed."""


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed after ``carrel sql``."""
    parser.add_argument("document", metavar="DOC", help="a number, a SHA-256 or a name")
    parser.add_argument(
        "query", nargs="?", default="", metavar="SELECT",
        help="one SELECT; left out, the tables and their columns are listed",
    )  # fmt: skip
    add_json(parser)


def sql(app: App, options: Namespace) -> int:
    """Run one SELECT over a workbook, or list what can be selected from."""
    document = resolve_one(options.document, app.documents().result())
    if not options.query.strip():
        _print_tables(app.contents.tables(document.id).result(), as_json=options.json)
        return DONE
    result = app.contents.select(document.id, options.query).result()
    if options.json:
        print_json(
            {
                "document": document.id,
                "columns": list(result.columns),
                "rows": [list(row) for row in result.rows],
                "cut": result.cut,
                "took_ms": round(result.seconds * 1000),
            }
        )
        return DONE
    print("\t".join(map(_cell, result.columns)))
    for row in result.rows:
        print("\t".join(map(_cell, row)))
    more = "; there are more" if result.cut else ""
    print(f"{len(result.rows):,} rows in {result.seconds * 1000:.0f} ms{more}")
    return DONE


def _print_tables(tables: tuple[SheetTable, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "name": table.name,
                    "sheet": table.sheet or None,
                    "hidden": table.hidden,
                    "columns": list(table.columns),
                }
                for table in tables
            ]
        )
        return
    for table in tables:
        hidden = " (hidden)" if table.hidden else ""
        print(f'"{plain(table.name)}"{hidden}: {", ".join(map(_cell, table.columns))}')


def _cell(value: Value) -> str:
    text = "" if value is None else " ".join(plain(str(value)).split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
