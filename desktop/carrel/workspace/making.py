"""How an answer was made, between its columns and values. Must not know who asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields

from carrel.domain.answers import (
    AnswerRecord,
    AnswerStep,
    ReadPart,
    Section,
    ShownDocument,
    ShownPassage,
)
from carrel.domain.documents import UnitKind
from carrel.domain.ids import DocumentId
from carrel.workspace.rows import json_text, storable


def steps_text(steps: Sequence[AnswerStep]) -> str:
    """Steps as they are stored."""
    return json_text([[storable(one.words), one.thought, round(one.seconds, 3)] for one in steps])


def steps_of(text: str) -> tuple[AnswerStep, ...]:
    """Steps from what is stored."""
    return tuple(
        AnswerStep(words=words, thought=thought, seconds=seconds)
        for words, thought, seconds in json.loads(text)
    )


def sections_text(sections: Sequence[Section]) -> str:
    """Sections as they are stored."""
    told = ([one.document, one.first, one.last, storable(one.title)] for one in sections)
    return json_text(list(told))


def sections_of(text: str) -> tuple[Section, ...]:
    """Sections from what is stored."""
    return tuple(
        Section(document=DocumentId(document), first=first, last=last, title=title)
        for document, first, last, title in json.loads(text)
    )


def record_text(record: AnswerRecord) -> str:
    """A record as it is stored; fields that say nothing are left out."""
    told = {name: value for name, value in asdict(record).items() if value}
    told["documents"] = [
        {**one, "name": storable(one["name"])} for one in told.get("documents", ())
    ]
    told["parts"] = [
        {**one, "name": storable(one["name"]), "title": storable(one["title"])}
        for one in told.get("parts", ())
    ]
    return json_text({name: value for name, value in told.items() if value})


def record_of(text: str) -> AnswerRecord:
    """A record from what is stored."""
    stored = json.loads(text)
    plain = {one.name: stored[one.name] for one in fields(AnswerRecord) if one.name in stored}
    plain["passages"] = tuple(ShownPassage(**one) for one in stored.get("passages", ()))
    plain["documents"] = tuple(ShownDocument(**one) for one in stored.get("documents", ()))
    plain["parts"] = tuple(
        ReadPart(**{**one, "kind": UnitKind(one["kind"])}) for one in stored.get("parts", ())
    )
    return AnswerRecord(**plain)
