"""Sections of documents that are too long to be read whole: cut, chosen for a question, named.

They are cut where the document's own headings say so, as far as sizes allow, and else into runs of
units. Where they are cut does not depend on the question. Pure; must not know the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from carrel.answering.errors import SectionGone
from carrel.answering.whole import WholeDocument
from carrel.domain.answers import ReadPart, Section
from carrel.domain.documents import OutlineEntry
from carrel.domain.ids import DocumentId

ROOM_SHARE: Final = 3
"""A section takes a third of the room at most: two or three can be read together, and one still
fits where the estimate of its tokens was much too low."""

ENOUGH: Final = {1: 8, 2: 4}
"""A section ends before a heading of this level once it has one such part of what it may have; so
chapters stay by themselves, and short ones are joined."""

ENOUGH_ELSE: Final = 2
"""The same before headings of other levels."""

HEADINGS_FROM: Final = 3
"""Level of the highest heading found in texts: where there is no table of contents, many a line
that looks like a chapter's heading is none."""

BEST_PASSAGES: Final = 5
"""Passages found by search whose sections are proposed."""

MOST_TITLE: Final = 120
"""Characters of a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedUnit:
    """A unit as far as cutting needs it.

    Attributes:
        tokens: about.
        level: of the highest heading that begins with it, 1 the highest; 0 for none.
        title: that heading.
    """

    number: int
    tokens: int
    level: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSection:
    """Units that are read together.

    Attributes:
        first, last: numbers of units.
        tokens: about.
        title: may be empty.
    """

    first: int
    last: int
    tokens: int
    title: str


def with_outline(sizes: Mapping[int, int], outline: Sequence[OutlineEntry]) -> list[SizedUnit]:
    """Units with the headings of a table of contents.

    Args:
        sizes: tokens by number, in order.
    """
    found: dict[int, OutlineEntry] = {}
    for entry in outline:
        known = found.get(entry.unit)
        if entry.unit in sizes and (known is None or entry.level < known.level):
            found[entry.unit] = entry
    return [
        SizedUnit(
            number=number,
            tokens=tokens,
            level=found[number].level if number in found else 0,
            title=found[number].title if number in found else "",
        )
        for number, tokens in sizes.items()
    ]


def with_headings(
    sizes: Mapping[int, int], paths: Mapping[int, tuple[str, ...]]
) -> list[SizedUnit]:
    """Units with the headings that stand above their texts, where there is no table of contents.

    Args:
        sizes: tokens by number, in order.
        paths: headings above each unit's first words, the highest first.
    """
    made: list[SizedUnit] = []
    above: tuple[str, ...] = ()
    for number, tokens in sizes.items():
        path = paths.get(number, ())
        same = next((n for n, (a, b) in enumerate(zip(path, above, strict=False)) if a != b), None)
        same = min(len(path), len(above)) if same is None else same
        begins = same < len(path)
        made.append(
            SizedUnit(
                number=number,
                tokens=tokens,
                level=same + HEADINGS_FROM if begins else 0,
                title=path[same] if begins else "",
            )
        )
        above = path
    return made


def cut(units: Sequence[SizedUnit], room: int) -> list[CutSection]:
    """Sections that cover all units, each small enough but for units that are too large alone.

    Args:
        room: tokens that can be read for one question.
    """
    limit = max(1, room // ROOM_SHARE)
    starts: list[int] = []
    held = 0
    for at, unit in enumerate(units):
        enough = limit // ENOUGH.get(unit.level, ENOUGH_ELSE) if unit.level else limit
        if not starts or held + unit.tokens > limit or (unit.level and held >= enough):
            starts.append(at)
            held = 0
        held += unit.tokens
    if len(starts) > 1 and held < limit // ENOUGH[1]:
        before = sum(one.tokens for one in units[starts[-2] :])
        if before <= limit:
            starts.pop()  # a little that is left over goes with the section before it
    ends = [*starts, len(units)]
    return [_section(units[a:b]) for a, b in pairwise(ends)]


def _section(units: Sequence[SizedUnit]) -> CutSection:
    titled = [one for one in units if one.level]
    highest = min((one.level for one in titled), default=0)
    titles = [one.title for one in titled if one.level == highest]
    title = titles[0] if titles else ""
    if len(titles) > 1 and titles[-1] != title:
        title = f"{_short(title, MOST_TITLE // 2)} – {_short(titles[-1], MOST_TITLE // 2)}"
    return CutSection(
        first=units[0].number,
        last=units[-1].number,
        tokens=sum(one.tokens for one in units),
        title=_short(title, MOST_TITLE),
    )


def choose(
    places: Iterable[tuple[DocumentId, int]],
    sections: Sequence[Section],
    tokens: Sequence[int],
    room: int,
) -> tuple[list[int], set[int]]:
    """Which sections to read for a question.

    Args:
        places: document and unit of the passages found, best first.
        sections: in the order they are listed.
        tokens: of each.
        room: tokens that can be read.

    Returns:
        How many of the best passages stand in each section, and the places in the list of those
        to read: as many of these sections as fit together, the best first.
    """
    found = [0] * len(sections)
    order: list[int] = []
    for document, unit in list(places)[:BEST_PASSAGES]:
        at = next((n for n, one in enumerate(sections) if _holds(one, document, unit)), None)
        if at is not None:
            found[at] += 1
            order += [at] if at not in order else []
    chosen: set[int] = set()
    left = room
    for at in order:
        if tokens[at] <= left:
            chosen.add(at)
            left -= tokens[at]
    return found, chosen


def _holds(section: Section, document: DocumentId, unit: int) -> bool:
    return section.document == document and section.first <= unit <= section.last


def only(
    documents: Sequence[WholeDocument], sections: Sequence[Section]
) -> tuple[list[WholeDocument], tuple[ReadPart, ...]]:
    """Sections of documents as if they were documents, in the documents' order, and their names.

    Raises:
        SectionGone: one is not there.
    """
    places = {document.id: place for place, document in enumerate(documents)}
    kept: list[WholeDocument] = []
    parts: list[ReadPart] = []
    for one in sorted(sections, key=lambda one: (places.get(one.document, 0), one.first)):
        found = next((document for document in documents if document.id == one.document), None)
        units = found.units if found is not None else ()
        within = [unit for unit in units if one.first <= unit.number <= one.last]
        if found is None or not within:
            raise SectionGone(first=one.first, last=one.last)
        part = ReadPart(
            document=found.sha256,
            name=found.name,
            kind=within[0].kind,
            first=within[0].number,
            last=within[-1].number,
            of=len(found.units),
            title=one.title,
        )
        parts.append(part)
        kept.append(
            WholeDocument(
                id=found.id,
                name=found.name,
                sha256=found.sha256,
                fence=found.fence,
                units=tuple(within),
                part=part,
            )
        )
    return kept, tuple(parts)


def part_name(sections: Iterable[tuple[DocumentId, int, int]]) -> str:
    """What a capsule of sections is kept under: ``7:12-96``."""
    return ",".join(f"{document}:{first}-{last}" for document, first, last in sections)


def _short(text: str, limit: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"
