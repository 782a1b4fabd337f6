"""Facts as rows of a list, and as a table for a spreadsheet. Plain Python: no Qt, no app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.domain.fact_sheet import (
    Entry,
    FactSheet,
    contradiction_entry,
    entity_entry,
    happening_entry,
)
from carrel.domain.facts import (
    Clash,
    Contradictions,
    Entities,
    EntityKind,
    Mention,
    Precision,
    Summary,
    Sureness,
    Timeline,
    When,
)
from carrel.domain.ids import DocumentId
from carrel.ui import words

LEAD: Final = 90
"""Characters before the marked words that are shown; the words have to fit the first lines."""

KINDS: Final = {
    EntityKind.PERSON: "People",
    EntityKind.ORGANISATION: "Organisations",
    EntityKind.PLACE: "Places",
    EntityKind.AMOUNT: "Amounts",
    EntityKind.MAIL: "E-mail",
    EntityKind.PHONE: "Phone",
    EntityKind.IDENTIFIER: "Identifiers",
}
CLASHES: Final = {Clash.NUMBERS: "Numbers", Clash.DATES: "Dates", Clash.NEGATION: "Denied"}
PRECISIONS: Final = {
    Precision.DAY: "Days",
    Precision.MONTH: "Months",
    Precision.QUARTER: "Quarters",
    Precision.YEAR: "Years",
}
SURENESS: Final = {Sureness.HIGH: "confidence high", Sureness.MEDIUM: "confidence medium"}

Names = Mapping[DocumentId, str]
Pieces = tuple[tuple[str, bool], ...]
"""Words, and whether they are marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact.

    Attributes:
        title: what it is about.
        note: what has to be known of it; may be empty.
        group: which filter it falls under.
        mentions: its places.
        sought: all its words, small, for the filter.
        whens: its date, in each reading; none of what has no date.
        columns: what a spreadsheet shows before the places.
        words: shown in place of the sentence of its first place, which then comes behind as a
            quote; empty for a fact that is such a sentence.
    """

    title: str
    note: str
    group: str
    mentions: tuple[Mention, ...]
    sought: str
    whens: tuple[When, ...] = ()
    columns: tuple[str, ...] = ()
    words: str = ""

    def between(self, since: When | None, until: When | None) -> bool:
        """Whether it may lie in a period; None for an open end."""
        return any(
            (since is None or one.last >= since.first)
            and (until is None or one.first <= until.last)
            for one in self.whens
        )


def timeline_rows(found: Timeline, names: Names) -> tuple[FactRow, ...]:
    """A row for each event."""
    return tuple(
        FactRow(
            title=one.when.words,
            note=one.doubt or _places(one.mentions),
            group=PRECISIONS[one.when.precision],
            mentions=one.mentions,
            sought=_sought(one.when.words, one.mentions, names),
            whens=(one.when,) if one.other is None else (one.when, one.other),
            columns=happening_entry(one).columns,
        )
        for one in found.happenings
    )


def entity_rows(found: Entities, _names: Names) -> tuple[FactRow, ...]:
    """A row for each name."""
    return tuple(
        FactRow(
            title=one.name,
            note=" · ".join(
                filter(
                    None,
                    (
                        one.detail,
                        words.count(one.count, "mention"),
                        words.count(one.documents, "document"),
                    ),
                )
            ),
            group=KINDS[one.kind],
            mentions=one.mentions,
            sought=f"{one.name} {one.detail}".casefold(),
            columns=entity_entry(one).columns,
        )
        for one in found.entities
    )


def contradiction_rows(found: Contradictions, names: Names) -> tuple[FactRow, ...]:
    """A row for each pair."""
    return tuple(
        FactRow(
            title=one.words,
            note=SURENESS[one.sureness],
            group=CLASHES[one.kind],
            mentions=(one.first, one.second),
            sought=_sought(one.words, (one.first, one.second), names),
            columns=contradiction_entry(one).columns,
        )
        for one in found.contradictions
    )


def summary_rows(found: Summary, names: Names) -> tuple[FactRow, ...]:
    """A row for each sentence."""
    return tuple(
        FactRow(
            title=section.title or names.get(section.document, ""),
            note=place_words(mention, names),
            group="",
            mentions=(mention,),
            sought=_sought(section.title, (mention,), names),
            columns=(section.title,),
        )
        for section in found.sections
        for mention in section.mentions
    )


def place_words(mention: Mention, names: Names) -> str:
    """Document and place of a mention."""
    return f"{names.get(mention.document, 'A removed document')}, {mention.place.words}"


def row_pieces(row: FactRow) -> Pieces:
    """What a fact says, in pieces."""
    if not row.words:
        return pieces(row.mentions[0])
    quoted = tuple((f"“{mention.text}”", True) for mention in row.mentions[:1])
    return ((f"{row.words}  ", False), *quoted)


def pieces(mention: Mention) -> Pieces:
    """The sentence in pieces, the words meant marked and not too far from its beginning."""
    text, hot = mention.text, mention.hot
    start = 0
    if hot.start > LEAD:
        start = text.find(" ", hot.start - LEAD, hot.start) + 1
    before = ("… " if start else "") + text[start : hot.start]
    return (before, False), (text[hot.start : hot.end], True), (text[hot.end :], False)


def sheet_of_rows(
    title: str,
    heads: tuple[str, ...],
    rows: Sequence[FactRow],
    names: Names,
    *,
    paired: bool,
    note: str = "",
) -> FactSheet:
    """Rows on their way into a file."""
    return FactSheet(
        title=title,
        note=note,
        heads=heads,
        entries=tuple(Entry(row.title, row.note, row.columns, row.mentions) for row in rows),
        names=names,
        paired=paired,
    )


def _places(mentions: Sequence[Mention]) -> str:
    return words.count(len(mentions), "place") if len(mentions) > 1 else ""


def _sought(title: str, mentions: Sequence[Mention], names: Names) -> str:
    parts = [title]
    for one in mentions:
        parts += [one.text, names.get(one.document, "")]
    return "\n".join(parts).casefold()
