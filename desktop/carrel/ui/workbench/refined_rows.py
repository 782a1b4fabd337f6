"""What a model wrote or looked over, as rows of a list. Plain Python: no Qt, no app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from carrel.domain.fact_sheet import refined_entity_entry, refined_happening_entry
from carrel.domain.facts import Entities, Timeline
from carrel.domain.refined import Fate, RefinedEntities, RefinedTimeline
from carrel.domain.written import Standing, WrittenSection, WrittenSentence, WrittenSummary
from carrel.ui import words
from carrel.ui.workbench.fact_rows import FactRow, Names, entity_rows, timeline_rows

ASIDE: Final = "Set aside by the model"
"""A filter; what falls under it is shown only there."""

STANDINGS: Final = {
    Standing.CHECKED: "Checked",
    Standing.TO_CHECK: "To check",
    Standing.LEFT_OUT: "Left out",
}


def refined_timeline_rows(found: RefinedTimeline, names: Names) -> tuple[FactRow, ...]:
    """A row for each event, the model's title behind the date."""
    plain = timeline_rows(
        Timeline(happenings=tuple(one.happening for one in found.happenings)), names
    )
    return tuple(
        replace(
            row,
            title=refined_happening_entry(one).title,
            note=_noted(row.note, one.fate),
            group=ASIDE if one.fate is Fate.ASIDE else row.group,
            sought=f"{row.sought}\n{one.title.casefold()}",
            columns=refined_happening_entry(one).columns,
        )
        for one, row in zip(found.happenings, plain, strict=True)
    )


def refined_entity_rows(found: RefinedEntities, names: Names) -> tuple[FactRow, ...]:
    """A row for each name, its other spellings behind it."""
    plain = entity_rows(Entities(entities=tuple(one.entity for one in found.entities)), names)
    rows: list[FactRow] = []
    for one, row in zip(found.entities, plain, strict=True):
        also = f", also {'; '.join(one.others)}" if one.others else ""
        was = f"by the rules: {one.was.value}" if one.was else ""
        rows.append(
            replace(
                row,
                title=f"{row.title}{also}",
                note=" · ".join(filter(None, (was, _noted(row.note, one.fate)))),
                group=ASIDE if one.fate is Fate.ASIDE else row.group,
                sought=f"{row.sought}\n{also.casefold()}",
                columns=refined_entity_entry(one).columns,
            )
        )
    return tuple(rows)


def written_rows(found: WrittenSummary, names: Names) -> tuple[FactRow, ...]:
    """A row for each sentence of a model's; those that were left out come under a filter only."""
    return tuple(
        _written_row(section, one, found.installed_model, names)
        for section in found.sections
        for one in section.sentences
    )


def _written_row(
    section: WrittenSection, one: WrittenSentence, installed_model: str, names: Names
) -> FactRow:
    title = section.title or names.get(section.document, "")
    told = [f"{one.standing.value}: {one.why}" if one.why else ""]
    if section.shown < section.total:
        told.append(f"from {section.shown} of {words.count(section.total, 'passage')}")
    if section.instructed:
        told.append("the section speaks to the assistant")
    parts: Sequence[str] = (title, one.text, *(mention.text for mention in one.mentions))
    return FactRow(
        title=title,
        note=" · ".join(filter(None, told)),
        group=STANDINGS[one.standing],
        mentions=one.mentions,
        sought="\n".join(parts).casefold(),
        columns=(section.title, one.text, one.standing.value, one.why, installed_model),
        words=one.text,
    )


def _noted(note: str, fate: Fate) -> str:
    return " · ".join(filter(None, (note, fate.value if fate is Fate.UNSEEN else "")))
