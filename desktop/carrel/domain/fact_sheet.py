"""Facts on their way into a file: what is told of each, and where it stands.

Must not know how facts are found, shown or written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from carrel.domain.facts import (
    Contradiction,
    Contradictions,
    Entities,
    Entity,
    FactsKind,
    Happening,
    Mention,
    Section,
    Summary,
    Timeline,
)
from carrel.domain.ids import DocumentId
from carrel.domain.refined import Fate, RefinedEntity, RefinedHappening, Refinement
from carrel.domain.written import WrittenSummary

Names = Mapping[DocumentId, str]

HEADS: Final = {
    FactsKind.TIMELINE: ("Date", "Precision", "Doubt"),
    FactsKind.ENTITIES: ("Kind", "Name", "Detail", "Mentions", "Documents"),
    FactsKind.CONTRADICTIONS: ("Kind", "Confidence", "What differs"),
    FactsKind.SUMMARY: ("Section",),
}
"""What a table tells of a fact before its places, in the order of `Entry.columns`."""


class Entry(NamedTuple):
    """One fact.

    Attributes:
        title: above it in a document.
        note: what has to be known of it; may be empty.
        columns: as many as the sheet has heads.
        mentions: its places, at least one.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """Facts of one kind.

    Attributes:
        title: of the file.
        note: how they were found, in a sentence; may be empty.
        heads: of the columns.
        names: of the documents.
        paired: each fact has two places that belong side by side.
    """

    title: str
    heads: tuple[str, ...]
    entries: tuple[Entry, ...]
    names: Names
    note: str = ""
    paired: bool = False

    @property
    def all_heads(self) -> tuple[str, ...]:
        """Those of the places among them."""
        sides = (" (first)", " (second)") if self.paired else ("",)
        places = (f"{head}{side}" for side in sides for head in ("Document", "Place", "Sentence"))
        return (*self.heads, *places)

    def rows(self) -> Iterable[tuple[str, ...]]:
        """One for each place, or for each pair of places."""
        for entry in self.entries:
            for mentions in (entry.mentions,) if self.paired else ((m,) for m in entry.mentions):
                places = (
                    part
                    for one in mentions
                    for part in (self.names.get(one.document, ""), one.place.words, one.text)
                )
                yield (*entry.columns, *places)


def sheet_of(
    title: str,
    found: Timeline | Entities | Contradictions | Summary,
    names: Names,
) -> FactSheet:
    """All that was found as a sheet."""
    match found:
        case Timeline(happenings=happenings):
            kind, entries = FactsKind.TIMELINE, [*map(happening_entry, happenings)]
        case Entities(entities=entities):
            kind, entries = FactsKind.ENTITIES, [*map(entity_entry, entities)]
        case Contradictions(contradictions=pairs):
            kind, entries = FactsKind.CONTRADICTIONS, [*map(contradiction_entry, pairs)]
        case Summary(sections=sections):
            kind = FactsKind.SUMMARY
            entries = [
                summary_entry(one, mention, names) for one in sections for mention in one.mentions
            ]
    return FactSheet(
        title=title,
        heads=HEADS[kind],
        entries=tuple(entries),
        names=names,
        paired=kind is FactsKind.CONTRADICTIONS,
    )


def happening_entry(one: Happening) -> Entry:
    """An event."""
    columns = (one.when.iso, one.when.precision.value, one.doubt)
    return Entry(one.when.words, one.doubt, columns, one.mentions)


def entity_entry(one: Entity) -> Entry:
    """A name."""
    columns = (one.kind.value, one.name, one.detail, str(one.count), str(one.documents))
    note = ", ".join(filter(None, (one.kind.value, one.detail)))
    return Entry(one.name, note, columns, one.mentions)


def contradiction_entry(one: Contradiction) -> Entry:
    """A pair of places."""
    columns = (one.kind.value, one.sureness.value, one.words)
    note = f"{one.kind.value}, confidence {one.sureness.value}"
    return Entry(one.words, note, columns, (one.first, one.second))


def summary_entry(section: Section, mention: Mention, names: Names) -> Entry:
    """A sentence of a section."""
    title = section.title or names.get(section.document, "")
    return Entry(title, "", (section.title,), (mention,))


WRITTEN_HEADS: Final = ("Section", "Written", "Check", "Why", "Model")
"""Of a summary that a model wrote; the places are those of its quotes."""


def written_sheet(found: WrittenSummary, names: Names) -> FactSheet:
    """The sentences of a written summary as a sheet, without those that were left out."""
    entries: list[Entry] = []
    for section in found.sections:
        title = section.title or names.get(section.document, "")
        for one in section.said:
            doubt = f" ({one.standing.value}: {one.why})" if one.why else ""
            columns = (
                *(section.title, one.text, one.standing.value, one.why),
                found.installed_model,
            )
            entries.append(Entry(title, f"{one.text}{doubt}", columns, one.mentions))
    return FactSheet(
        title="Summary",
        note=found.words,
        heads=WRITTEN_HEADS,
        entries=tuple(entries),
        names=names,
    )


REFINED_TIMELINE_HEADS: Final = (*HEADS[FactsKind.TIMELINE], "Event", "Second look")
REFINED_NAMES_HEADS: Final = (*HEADS[FactsKind.ENTITIES], "Also written", "Second look")


def refined_happening_entry(one: RefinedHappening) -> Entry:
    """An event that a model looked over; what it set aside says so."""
    plain = happening_entry(one.happening)
    title = f"{plain.title}: {one.title}" if one.title else plain.title
    return _looked(plain, title, one.title, one.fate)


def refined_entity_entry(one: RefinedEntity) -> Entry:
    """A name that a model looked over."""
    plain = entity_entry(one.entity)
    return _looked(plain, plain.title, "; ".join(one.others), one.fate)


def refined_timeline_sheet(
    shown: Sequence[RefinedHappening], names: Names, by: Refinement
) -> FactSheet:
    """Events that a model looked over as a sheet, with those that it set aside."""
    return FactSheet(
        title="Timeline",
        note=by.words,
        heads=REFINED_TIMELINE_HEADS,
        entries=tuple(map(refined_happening_entry, shown)),
        names=names,
    )


def refined_entities_sheet(
    shown: Sequence[RefinedEntity], names: Names, by: Refinement
) -> FactSheet:
    """Names that a model looked over as a sheet, with those that it set aside."""
    return FactSheet(
        title="Names and amounts",
        note=by.words,
        heads=REFINED_NAMES_HEADS,
        entries=tuple(map(refined_entity_entry, shown)),
        names=names,
    )


def _looked(plain: Entry, title: str, more: str, fate: Fate) -> Entry:
    aside = "" if fate is Fate.KEPT else fate.value
    note = ". ".join(filter(None, (plain.note, aside)))
    return Entry(title, note, (*plain.columns, more, fate.value), plain.mentions)
