"""``carrel answer``: write an answer with what it was made from, and make it again to compare."""

import argparse
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from carrel.app import App
from carrel.app.replaying import (
    Bundle,
    BundleUnusable,
    Finding,
    NoAnswer,
    bundle_of,
    compare,
    compare_documents,
    model_for,
    read_bundle,
    write_bundle,
)
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.answers import Exchange, Section
from carrel.domain.ids import DocumentId

SAME: Final = 0
DIFFERENT: Final = 1

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """The commands below ``carrel answer``."""
    export = add("export", "write an answer with what it was made from")
    export.add_argument("number", type=int, metavar="ID", help="as “carrel ask --json” tells it")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    replay = add("replay", "make an answer again and compare: 0 the same, 1 different, 2 unusable")
    replay.add_argument("bundle", type=Path, metavar="BUNDLE")
    add_json(replay)


def answer(app: App, options: Namespace) -> int:
    """Export or replay."""
    if options.part == "export":
        exchange, earlier = _exchange(app, options.number)
        bundle = bundle_of(exchange, app.documents().result(), earlier)
        write_bundle(bundle, options.out.absolute())
        print(f"Written to {options.out}.")
        return SAME
    try:
        bundle = read_bundle(options.bundle)
    except BundleUnusable as error:
        print(plain(f"{error.failure.reason} {error.failure.remedy}"))
        return 2
    found = _replayed(app, bundle)
    if options.json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            print(plain(f"{one.what:10} {'the same' if one.same else f'differs: {one.why}'}"))
    return SAME if all(one.same for one in found) else DIFFERENT


def _replayed(app: App, bundle: Bundle) -> list[Finding]:
    """Make it again in a chat of its own, which is removed afterwards."""
    documents = app.documents().result()
    first = compare_documents(bundle, documents)
    ids = {one.sha256: one.id for one in documents}
    scope: tuple[DocumentId, ...] = tuple(ids[one] for one in bundle.scope if one in ids)
    if bundle.scope and not scope:
        return [first]
    model = model_for(bundle, app.installed_models().result()) if bundle.model else None
    exchange = app.asking.ask_and_wait(
        bundle.question,
        mode=bundle.mode,
        documents=scope,
        installed_model=model.name if model else None,
        effort=bundle.effort,
        seed=bundle.seed if bundle.seed >= 0 else None,
        sections=tuple(
            Section(document=ids[one], first=first, last=last)
            for one, first, last in bundle.sections
            if one in ids
        ),
    )
    app.remove_chat(exchange.chat).result()
    return [first, *compare(bundle, bundle_of(exchange, documents, 0))]


def _exchange(app: App, number: int) -> tuple[Exchange, int]:
    """An exchange, and how many came before it in its chat."""
    for chat in app.chats().result():
        listed = app.exchanges(chat.id).result()
        for earlier, exchange in enumerate(listed):
            if exchange.id == number:
                return exchange, earlier
    raise NoAnswer(number=str(number))
