"""Who and what is named in documents, grouped by normal form, each mention a place.

Pure; must not know where documents come from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from carrel.answering.facts.identifiers import Named, identifiers_in
from carrel.answering.facts.naming import names_in, rests_on_first_name
from carrel.answering.facts.sentences import Stop, Stopped, Told, told_sentences
from carrel.answering.facts.short_names import ShortNames
from carrel.answering.figures import Figure, figures, plain
from carrel.domain.documents import Span, Unit, UnitKind
from carrel.domain.facts import Entities, Entity, EntityKind, Mention
from carrel.domain.ids import DocumentId

MOST_ENTITIES: Final = 20_000
"""Names and amounts that are kept; some hundred reports have as many."""

MOST_MENTIONS: Final = 500
"""Places kept of one of them; a report names its company a thousand times."""

CURRENCIES: Final = frozenset("$€£¥₹₽") | {"CHF"}

_MONEY: Final = regex.compile(
    r"[$€£¥₹₽]|(?<!\p{L})(?i:USD|EUR|GBP|CHF|JPY|INR|dollars?|euros?|pounds)(?!\p{L})"
)
_SMALL: Final = regex.compile(r"(?<![\p{L}\p{N}.@/-])\p{Ll}[\p{Ll}-]+(?![\p{L}@]|\.\p{L})")
"""Words written small; those of addresses say nothing."""

_STOPS: Final = frozenset(".!?;:。")
_NUMBER: Final = regex.compile(r"\d[\d.,']*")
_SIGNED: Final = frozenset("$€£¥₹₽")
_SCALED: Final = {12: " trillion", 9: " billion", 6: " million"}

Heard = Callable[[int], None]


@dataclass(slots=True)
class _Group:
    """What has one normal form."""

    detail: str
    count: int = 0
    written: Counter[str] = field(default_factory=Counter)
    documents: set[DocumentId] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)

    def take(self, other: _Group) -> None:
        """Take the mentions of another, in the order of the documents."""
        self.count += other.count
        self.written += other.written
        self.documents |= other.documents
        both = sorted([*self.mentions, *other.mentions], key=_where)
        self.mentions = both[:MOST_MENTIONS]


Groups = dict[tuple[EntityKind, str], _Group]


def entities(
    documents: Iterable[Sequence[Unit]],
    *,
    stopped: Stopped = lambda: False,
    heard: Heard = lambda _done: None,
) -> Entities:
    """What is named in some documents.

    Args:
        documents: the units of each, in order; taken one after another.
        stopped: asked many times a second.
        heard: told how many documents are done.

    Raises:
        Stop: `stopped` said so.
    """
    groups: Groups = {}
    more = False
    for done, units in enumerate(documents, 1):
        small = _small_words(units)
        sentences = [(told, [*_named(told)]) for told in told_sentences(units, stopped)]
        short = ShortNames(sentences, small)
        for told, sure in sentences:
            if stopped():
                raise Stop
            for named in _with_more(sure, [*short.more(told, sure)]):
                if named.kind is EntityKind.PERSON and _doubtful(told, named, small):
                    continue
                group = groups.get((named.kind, named.key))
                if group is None:
                    if len(groups) >= MOST_ENTITIES:
                        more = True
                        continue
                    group = groups[named.kind, named.key] = _Group(named.detail)
                _count(group, told, named.span)
        heard(done)
    _join_surnames(groups)
    found = [_entity(kind, key, group) for (kind, key), group in groups.items()]
    kinds = list(EntityKind)
    found.sort(key=lambda one: (kinds.index(one.kind), -one.count, one.name.casefold()))
    return Entities(entities=tuple(found), more=more)


def _count(group: _Group, told: Told, span: Span) -> None:
    group.count += 1
    group.documents.add(told.document)
    group.written[" ".join(told.raw[span.start : span.end].split())] += 1
    if len(group.mentions) < MOST_MENTIONS:
        group.mentions.append(told.mention(span))


def _named(told: Told) -> Iterator[Named]:
    numbers = list(identifiers_in(told.raw))
    yield from numbers
    taken = [one.span for one in numbers]
    for one in names_in(told.raw):
        if not any(one.span.start < span.end and span.start < one.span.end for span in taken):
            yield one
    if _MONEY.search(told.raw):
        yield from _amounts(told)


def _with_more(sure: list[Named], more: list[Named]) -> list[Named]:
    """Names with those that the rest of the document makes sure; a place within one is none."""
    kept = [
        one
        for one in sure
        if one.kind is not EntityKind.PLACE
        or not any(one.span.start < m.span.end and m.span.start < one.span.end for m in more)
    ]
    return sorted([*kept, *more], key=lambda one: one.span)


def _small_words(units: Sequence[Unit]) -> frozenset[str]:
    """The words that a document also writes small."""
    return frozenset(word for unit in units for word in _SMALL.findall(unit.text))


def _doubtful(told: Told, named: Named, small: frozenset[str]) -> bool:
    """Whether the last name is a word of the document: “Scott Safety” sells masks."""
    words = told.raw[named.span.start : named.span.end]
    return rests_on_first_name(words) and words.split()[-1].casefold() in small


def _amounts(told: Told) -> Iterator[Named]:
    """Sums with their currency; not those in rows, whose scale stands at the head of a table."""
    text = told.raw
    prose = text.rstrip("\"'”’)")[-1:] in _STOPS
    alone = len(_NUMBER.findall(text)) == 1
    paged = told.kind is UnitKind.PAGE
    for figure in figures(text):
        if figure.unit not in CURRENCIES or not figure.value or not _counts(figure, text):
            continue
        if not figure.scale and not prose and (not alone or (paged and figure.places != 2)):
            continue
        span = Span(figure.start, figure.end - (text[figure.end - 1] in ".,"))
        yield Named(EntityKind.AMOUNT, span, f"{figure.unit} {plain(abs(figure.value))}")


def _counts(figure: Figure, text: str) -> bool:
    """Whether it is a sum of its own: neither a range’s first part nor a number of a row."""
    behind = text[figure.end : figure.end + 2]
    return bool(figure.scale) or not behind[:1].isalnum()


def _join_surnames(groups: Groups) -> None:
    """“Mr. Roman” is Michael Roman where his documents have one Roman only."""
    full: dict[str, list[str]] = defaultdict(list)
    for kind, key in groups:
        if kind is EntityKind.PERSON and not key.startswith("* "):
            full[key.rpartition(" ")[2]].append(key)
    for kind, key in [one for one in groups if one[0] is EntityKind.PERSON]:
        if not key.startswith("* "):
            continue
        lone = groups[kind, key]
        named = [groups[kind, one] for one in full.get(key.removeprefix("* "), [])]
        homes = [one for one in named if lone.documents <= one.documents]
        if len(homes) == 1:
            del groups[kind, key]
            lone.written.clear()
            homes[0].take(lone)


def _entity(kind: EntityKind, key: str, group: _Group) -> Entity:
    name = max(group.written, key=lambda one: (group.written[one], len(one)))
    if kind is EntityKind.AMOUNT:
        name = _sum(key)
    elif kind is EntityKind.MAIL:
        name = key
    return Entity(
        kind=kind,
        name=name,
        detail=group.detail,
        count=group.count,
        documents=len(group.documents),
        mentions=tuple(group.mentions),
    )


def _sum(key: str) -> str:
    """``$ 2,500,000`` as ``$2.5 million``; smaller and crooked sums in full."""
    unit, _, digits = key.partition(" ")
    figure = digits.replace(",", "")
    if len(figure.partition(".")[2]) == 1:
        digits += "0"
    for power, word in _SCALED.items():
        whole, _, rest = figure.partition(".")
        if not rest and len(whole) > power and not whole[-(power - 3) :].strip("0"):
            tail = whole[-power:].rstrip("0")
            head = f"{int(whole[:-power]):,}" + (f".{tail}" if tail else "")
            digits = f"{head}{word}"
            break
    return f"{unit}{digits}" if unit in _SIGNED else f"{unit} {digits}"


def _where(mention: Mention) -> tuple[int, int, int]:
    return mention.document, mention.place.number, mention.span.start
