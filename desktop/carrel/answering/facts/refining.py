"""What a model said of facts, applied as far as it can be checked.

Nothing is added and nothing is lost: every place that rules found stands in the result once. Pure;
must not know how a model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

import regex
from rapidfuzz import fuzz

from carrel.answering.facts.judging import KINDS, Candidate, Verdict, Verdicts
from carrel.answering.facts.name_lists import COMPANY, HONORIFICS, INSTITUTION, LEGAL
from carrel.domain.facts import Entity, EntityKind, Happening, Mention, Precision
from carrel.domain.refined import Fate, RefinedEntity, RefinedHappening
from carrel.language.folding import fold

LEAST_TITLE_WORDS: Final = 2
"""Words of a title; one says too little."""

MOST_TITLE_WORDS: Final = 12
"""Words of a title; with more the sentence itself is as short."""

ALIKE: Final = 82.0
"""Of 100: likeness of two names of which one may be a misspelling of the other."""

COMMON_LETTERS: Final = 4
"""Letters of a word that two sentences must share to tell of one event."""

_WORD: Final = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}.,'’&%-]*")
_EDGES: Final = ".,'’-"
_NEGATION_WORDS: Final = """
not no never neither nor cannot without nicht kein keine keinen keiner keinem nie niemals
ne pas jamais aucun aucune sin nunca ningún ninguna не нет никогда
"""
_NEGATIONS: Final = frozenset(_NEGATION_WORDS.split())
_PRECISIONS: Final = tuple(Precision)

Fact = TypeVar("Fact")


class Applied(NamedTuple):
    """How facts were taken.

    Attributes:
        refused: things said that were not followed.
    """

    happenings: tuple[RefinedHappening, ...] = ()
    entities: tuple[RefinedEntity, ...] = ()
    refused: int = 0


def happening_candidate(one: Happening) -> Candidate:
    """A dated event for `judging.judge`."""
    return Candidate(one.when.words, one.mentions[0])


def entity_candidate(one: Entity) -> Candidate:
    """A name for `judging.judge`."""
    return Candidate(f"{one.kind.value}: {one.name}", one.mentions[0])


def apply_to_happenings(found: Sequence[Happening], verdicts: Verdicts) -> Applied:
    """Dated events with what was said of them.

    Args:
        found: those shown, in their order.
    """
    groups, refused = _grouped(found, verdicts, may_be_one_event)
    made: list[RefinedHappening] = []
    for group in groups:
        title = ""
        for at in group:
            untrusted_title = verdicts[at].title if at in verdicts else ""
            if untrusted_title and not title:
                title = title_from(untrusted_title, found[at].mentions)
                refused += not title
        made.append(
            RefinedHappening(
                happening=_one_happening([found[at] for at in group]),
                fate=_fate(verdicts.get(group[0])),
                title=title,
                joined=len(group),
            )
        )
    return Applied(happenings=tuple(made), refused=refused)


def apply_to_entities(found: Sequence[Entity], verdicts: Verdicts) -> Applied:
    """Names with what was said of them; see `apply_to_happenings`."""
    kinds = [_kind(one, verdicts.get(at)) for at, one in enumerate(found)]
    seen = [replace(one, kind=kind) for one, kind in zip(found, kinds, strict=True)]
    groups, refused = _grouped(seen, verdicts, may_be_one_name)
    made: list[RefinedEntity] = []
    for group in groups:
        members = [seen[at] for at in group]
        first = max(members, key=lambda one: (one.count, len(one.name)))
        was = found[group[0]].kind
        made.append(
            RefinedEntity(
                entity=_one_entity(first, members),
                fate=_fate(verdicts.get(group[0])),
                others=tuple(dict.fromkeys(one.name for one in members if one.name != first.name)),
                was=was if was is not first.kind else None,
            )
        )
    return Applied(entities=tuple(made), refused=refused)


def title_from(untrusted_title: str, mentions: Sequence[Mention]) -> str:
    """A title, if all its words stand in one of the sentences in that order; else empty.

    A sentence that denies something gives a title that denies it, too.
    """
    wanted = [_plain(word) for word in _WORD.findall(untrusted_title)]
    if not LEAST_TITLE_WORDS <= len(wanted) <= MOST_TITLE_WORDS:
        return ""
    for mention in mentions:
        there = [(match[0], _plain(match[0])) for match in _WORD.finditer(mention.text)]
        chosen: list[str] = []
        at = 0
        for raw, plain in there:
            if at < len(wanted) and plain == wanted[at]:
                chosen.append(raw.rstrip(",.;:"))
                at += 1
        if at < len(wanted):
            continue
        if any(_denies(plain) for _, plain in there) and not any(map(_denies, wanted)):
            continue
        return " ".join(chosen)
    return ""


def may_be_one_event(one: Happening, other: Happening) -> bool:
    """Whether two lines can tell of one event: of one time, with a word in common."""
    a, b = one.when, other.when
    if a.fiscal != b.fiscal or not (a.first <= b.last and b.first <= a.last) or a.year != b.year:
        return False
    return any(_telling(first) & _telling(second) for first in one.mentions[:1]
               for second in other.mentions[:1])  # fmt: skip


def may_be_one_name(one: Entity, other: Entity) -> bool:
    """Whether two names can be one: of one kind, with a word in common or nearly so."""
    if one.kind is not other.kind:
        return False
    a, b = _name_words(one.name), _name_words(other.name)
    if not a or not b:
        return False
    if one.kind is EntityKind.PERSON:
        return _alike(a[-1], b[-1]) and _initials_agree(a, b)
    shared = set(a) & set(b)
    if any(len(word) >= COMMON_LETTERS or word == a[0] == b[0] for word in shared):
        return True
    return _is_short_for(a, b) or _is_short_for(b, a) or _alike(" ".join(a), " ".join(b))


def _grouped(
    found: Sequence[Fact], verdicts: Verdicts, may_be_one: Callable[[Fact, Fact], bool]
) -> tuple[list[list[int]], int]:
    """The places of facts that are one, in their order; how many joinings were refused."""
    home = list(range(len(found)))

    def root(at: int) -> int:
        while home[at] != at:
            at = home[at]
        return at

    refused = 0
    for at, verdict in sorted(verdicts.items()):
        other = verdict.same
        if other is None:
            continue
        both_kept = verdict.keep and other in verdicts and verdicts[other].keep
        if both_kept and may_be_one(found[at], found[other]):
            first, last = sorted((root(at), root(other)))
            home[last] = first
        else:
            refused += 1
    groups: dict[int, list[int]] = {}
    for at in range(len(found)):
        groups.setdefault(root(at), []).append(at)
    return list(groups.values()), refused


def _fate(verdict: Verdict | None) -> Fate:
    if verdict is None:
        return Fate.UNSEEN
    return Fate.KEPT if verdict.keep else Fate.ASIDE


def _kind(one: Entity, verdict: Verdict | None) -> EntityKind:
    if verdict is None or verdict.kind is None or one.kind not in KINDS or not verdict.keep:
        return one.kind
    return verdict.kind


def _one_happening(members: Sequence[Happening]) -> Happening:
    """All places under the date that says most."""
    first = min(members, key=lambda one: _PRECISIONS.index(one.when.precision))
    return replace(first, mentions=_together(one.mentions for one in members))


def _one_entity(first: Entity, members: Sequence[Entity]) -> Entity:
    if len(members) == 1:
        return first
    mentions = _together(one.mentions for one in members)
    documents = len({mention.document for mention in mentions})
    return replace(
        first,
        mentions=mentions,
        count=sum(one.count for one in members),
        documents=max(documents, *(one.documents for one in members)),
    )


def _together(groups: Iterable[Sequence[Mention]]) -> tuple[Mention, ...]:
    every = [mention for group in groups for mention in group]
    return tuple(sorted(every, key=lambda one: (one.document, one.place.number, one.span)))


def _telling(mention: Mention) -> set[str]:
    return {
        plain
        for word in _WORD.findall(mention.text)
        if len(plain := _plain(word)) >= COMMON_LETTERS and plain.isalpha()
    }


def _plain(word: str) -> str:
    return fold(word.strip(_EDGES), case=True).text


def _denies(word: str) -> bool:
    return word in _NEGATIONS or word.endswith(("n't", "n’t"))


def _name_words(name: str) -> list[str]:
    words = [_plain(word) for word in _WORD.findall(name)]
    idle = LEGAL | COMPANY | HONORIFICS | {"the", "of", "and", "&"}
    kept = [word for word in words if word and word not in idle]
    return kept or words


def _alike(one: str, other: str) -> bool:
    return one == other or fuzz.ratio(one, other, score_cutoff=ALIKE) > 0


def _initials_agree(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether first names agree as far as both are given: “J. Smith” may be John, never Mary."""
    if len(one) < 2 or len(other) < 2:
        return True
    a, b = one[0].rstrip("."), other[0].rstrip(".")
    if len(a) == 1 or len(b) == 1:
        return a[:1] == b[:1]
    return _alike(a, b) or a.startswith(b) or b.startswith(a)


def _is_short_for(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether one word is made of the first letters of the others: ``sec``."""
    words = [word for word in long if word not in INSTITUTION] or long
    every = {"".join(word[0] for word in part) for part in (long, words) if len(part) > 1}
    return len(short) == 1 and short[0].replace(".", "") in every
