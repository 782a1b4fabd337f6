"""Facts as lines of a terminal and as values for programs. Must not know commands."""

from __future__ import annotations

from typing import Final

from carrel.cli.printing import plain
from carrel.domain.fact_sheet import Names
from carrel.domain.facts import Contradiction, Entity, Happening, Mention

MAX_SHOWN: Final = 300
"""Characters of one sentence in a terminal; with ``--json`` all of it is printed."""


def print_mention(mention: Mention, names: Names) -> None:
    """A place and the sentence there."""
    text = mention.text if len(mention.text) <= MAX_SHOWN else f"{mention.text[: MAX_SHOWN - 1]}…"
    print(f"    {plain(names[mention.document])}, {plain(mention.place.words)}: {plain(text)}")


def mention_form(mention: Mention, names: Names) -> dict[str, object]:
    """A place for programs."""
    return {
        "document": mention.document,
        "name": names[mention.document],
        "place": mention.place.words,
        "unit": mention.place.number,
        "start": mention.span.start,
        "end": mention.span.end,
        "words": mention.words,
        "sentence": mention.text,
    }


def happening_form(one: Happening, names: Names) -> dict[str, object]:
    """A dated event for programs."""
    return {
        "date": one.when.iso,
        "precision": one.when.precision.value,
        "fiscal": one.when.fiscal,
        "order": one.order.value,
        "or": one.other.iso if one.other else None,
        "mentions": [mention_form(mention, names) for mention in one.mentions],
    }


def entity_form(one: Entity, names: Names) -> dict[str, object]:
    """A name for programs."""
    return {
        "kind": one.kind.value,
        "name": one.name,
        "detail": one.detail,
        "count": one.count,
        "documents": one.documents,
        "mentions": [mention_form(mention, names) for mention in one.mentions],
    }


def contradiction_form(one: Contradiction, names: Names) -> dict[str, object]:
    """A pair of places for programs."""
    return {
        "kind": one.kind.value,
        "confidence": one.sureness.value,
        "words": one.words,
        "first": mention_form(one.first, names),
        "second": mention_form(one.second, names),
    }
