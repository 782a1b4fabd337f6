"""What was checked of an answer, between its column and values. Must not know who asks."""

from __future__ import annotations

import json
from typing import Any

from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.domain.support import (
    CheckedFigure,
    Checks,
    Fate,
    Instructed,
    Outcome,
    Searched,
    Statement,
    Support,
)
from carrel.workspace.rows import json_text, storable


def checks_text(checks: Checks) -> str:
    """As it is stored."""
    searched = checks.searched
    return json_text(
        {
            "outcome": checks.outcome.value,
            "statements": [
                [
                    one.start,
                    one.end,
                    one.support.value,
                    storable(one.why),
                    [[storable(f.text), f.fate.value, storable(f.working)] for f in one.figures],
                ]
                for one in checks.statements
            ],
            "searched": {
                "documents": searched.documents,
                "passages": searched.passages,
                "words": [storable(word) for word in searched.words],
                "absent": [storable(word) for word in searched.absent],
                "chosen": searched.chosen,
            },
            "instructed": [
                [
                    one.document,
                    storable(one.document_name),
                    one.place.kind.value,
                    one.place.number,
                    storable(one.place.label),
                    storable(one.words),
                ]
                for one in checks.instructed
            ],
        }
    )


def checks_of(text: str) -> Checks:
    """From its column; empty for an answer that was not checked."""
    stored: dict[str, Any] = json.loads(text)
    if not stored:
        return Checks()
    searched = stored["searched"]
    return Checks(
        outcome=Outcome(stored["outcome"]),
        statements=tuple(
            Statement(
                start=start,
                end=end,
                support=Support(support),
                why=why,
                figures=tuple(
                    CheckedFigure(text=words, fate=Fate(fate), working=working)
                    for words, fate, working in figures
                ),
            )
            for start, end, support, why, figures in stored["statements"]
        ),
        searched=Searched(
            documents=searched["documents"],
            passages=searched["passages"],
            words=tuple(searched["words"]),
            absent=tuple(searched["absent"]),
            chosen=searched["chosen"],
        ),
        instructed=tuple(
            Instructed(
                document=DocumentId(id_),
                document_name=name,
                place=UnitPlace(UnitKind(kind), number, label),
                words=words,
            )
            for id_, name, kind, number, label, words in stored["instructed"]
        ),
    )
