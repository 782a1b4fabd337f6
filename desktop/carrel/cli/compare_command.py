"""Two documents side by side: ``carrel compare``. Takes the open core."""

from argparse import ArgumentParser, Namespace

from carrel.app import App
from carrel.cli.commands import DONE, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.comparing import Change, ChangeKind, FigureChange, Side
from carrel.domain.documents import UnitPlace

MAX_SHOWN = 400
"""Characters of one passage in a terminal; with ``--json`` all of it is printed."""

Places = dict[int, UnitPlace]


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed after ``carrel compare``."""
    parser.add_argument("before", metavar="A", help="a number, a SHA-256 or a name")
    parser.add_argument("after", metavar="B", help="likewise; the newer one")
    add_json(parser)


def compare(app: App, options: Namespace) -> int:
    """Print what differs: changed numbers first."""
    listed = app.documents().result()
    pair = [resolve_one(name, listed) for name in (options.before, options.after)]
    found = app.contents.compare(pair[0].id, pair[1].id).result()
    old, new = (
        {place.number: place for place in app.contents.units(document.id).result()}
        for document in pair
    )
    counts = {kind.value: found.count(kind) for kind in ChangeKind}
    if options.json:
        print_json(
            {
                "before": pair[0].id,
                "after": pair[1].id,
                "counts": {**counts, "unchanged": found.unchanged},
                "changes": [_form(change, old, new) for change in found.changes],
            }
        )
        return DONE
    for change in found.changes:
        print(change.kind.value)
        for figure in change.figures:
            print(f"    {_figure(figure)}")
        _print_side("-", change.before, old)
        _print_side("+", change.after, new)
    print(", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no change")
    print(f"{found.unchanged} sentences unchanged")
    return DONE


def _print_side(sign: str, side: Side | None, places: Places) -> None:
    if side is not None:
        text = side.text if len(side.text) <= MAX_SHOWN else f"{side.text[: MAX_SHOWN - 1]}…"
        print(f"  {sign} {plain(places[side.unit].words)}: {plain(text)}")


def _figure(figure: FigureChange) -> str:
    unit = f" ({figure.unit})" if figure.unit else ""
    percent = "" if figure.percent is None else f", {figure.percent:+.1f} %"
    return f"{figure.old} → {figure.new}{unit}{percent}"


def _form(change: Change, old: Places, new: Places) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "figures": [figure._asdict() for figure in change.figures],
        "before": _side_form(change.before, old),
        "after": _side_form(change.after, new),
    }


def _side_form(side: Side | None, places: Places) -> dict[str, object] | None:
    return None if side is None else {**side._asdict(), "place": places[side.unit].words}
