"""Finding by meaning. Each command takes the open core and the options."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from carrel.app import App
from carrel.cli import forms
from carrel.cli.commands import DONE
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.events import Event, MeaningChanged
from carrel.domain.meaning import MeaningState, trust_said

FAILED: Final = 1

Add = Callable[[str, str], ArgumentParser]


def add_parsers(add: Add) -> None:
    """The commands below ``carrel embeddings``."""
    status = add("status", "tell which embedding model is used, and how far it has come")
    status.add_argument(
        "--wait", action="store_true", help="until all passages have vectors, with progress"
    )
    use = add("use", "find passages by their meaning, too, with this embedding model")
    use.add_argument("file", type=Path, metavar="FILE", help="a GGUF file of the BERT family")
    use.add_argument(
        "--no-wait", action="store_true",
        help="do not compute vectors now; the window, or “status --wait”, goes on with it",
    )  # fmt: skip
    off = add("off", "find passages by their words alone, and remove all vectors")
    for parser in (status, use, off):
        add_json(parser)


def status(app: App, options: Namespace) -> int:
    """Tell of the model."""
    return _told(app, options, wait=options.wait)


def use(app: App, options: Namespace) -> int:
    """Choose a model, and compute vectors."""
    app.meaning.use(options.file).result()
    return _told(app, options, wait=not options.no_wait)


def off(app: App, options: Namespace) -> int:
    """Use none."""
    app.meaning.off().result()
    return _told(app, options, wait=False)


COMMANDS: dict[str, Callable[[App, Namespace], int]] = {"status": status, "use": use, "off": off}


def embeddings(app: App, options: Namespace) -> int:
    """One of the commands below ``carrel embeddings``."""
    return COMMANDS[options.part](app, options)


def _told(app: App, options: Namespace, *, wait: bool) -> int:
    if wait:
        stop = app.subscribe(lambda event: _progressed(event, as_json=options.json))
        try:
            state = app.meaning.wait()
        finally:
            stop()
    else:
        state = app.meaning.loaded()
    if options.json:
        print_json(_form(state))
    else:
        for line in _lines(state):
            print(plain(line))
    return FAILED if state.failure is not None else DONE


def _progressed(event: Event, *, as_json: bool) -> None:
    if not isinstance(event, MeaningChanged) or not event.state.building:
        return
    state = event.state
    if as_json:
        print_json({"state": "building", "done": state.done, "total": state.total})
    else:
        print(f"{state.done:,} of {state.total:,} passages", file=sys.stderr)


def _form(state: MeaningState) -> forms.Form:
    chosen = state.chosen
    return {
        "model": None
        if chosen is None
        else {
            "name": chosen.name,
            "file": str(chosen.path),
            "sha256": chosen.sha256,
            "architecture": chosen.architecture,
            "dimension": chosen.dimension,
            "pooling": chosen.pooling,
        },
        "done": state.done,
        "total": state.total,
        "scripts": {
            script: {
                "weight": trust.weight,
                "told": round(trust.told, 3),
                "sure": round(trust.sure, 3),
                "tried": trust.tried,
            }
            for script, trust in state.trusts.items()
        },
        "failure": None if state.failure is None else forms.failure_form(state.failure),
    }


def _lines(state: MeaningState) -> Iterator[str]:
    chosen = state.chosen
    if chosen is None:
        yield "No embedding model is chosen: passages are found by their words alone."
        return
    yield f"{chosen.name} ({chosen.architecture}, {chosen.dimension} numbers)  {chosen.path}"
    yield f"Vectors: {state.done:,} of {state.total:,} passages."
    for script, trust in state.trusts.items():
        yield f"  {trust_said(script, trust)}"
    if not state.trusts:
        yield "How far it can be trusted is measured once there are enough passages."
    if state.failure is not None:
        yield f"{state.failure.reason} {state.failure.remedy} [{state.failure.code}]"
