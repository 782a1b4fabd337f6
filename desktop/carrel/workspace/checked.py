"""What was checked of an answer, between its column and values. Must not know who asks."""

from __future__ import annotations

import json
from typing import Any

from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import Asked, SheetFigure
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
                    [_figure_row(figure) for figure in one.figures],
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
            "computed": [_computed_row(one) for one in checks.computed],
        }
    )


def _figure_row(figure: CheckedFigure) -> list[str]:
    row = [storable(figure.text), figure.fate.value, storable(figure.working)]
    return [*row, storable(figure.statement)] if figure.statement else row


def _figure(text: str, fate: str, working: str, statement: str = "") -> CheckedFigure:
    return CheckedFigure(text=text, fate=Fate(fate), working=working, statement=statement)


def _computed_row(one: SheetFigure) -> list[Any]:
    said = (one.document_name, one.working, one.value, one.statement, one.cells)
    kept = [storable(text) for text in said]
    remarks = [storable(remark) for remark in one.remarks]
    return [one.asked.value, one.document, *kept, one.counted, one.skipped, remarks]


def _computed(row: list[Any]) -> SheetFigure:
    asked, document, name, working, value, statement, cells, counted, skipped, remarks = row
    return SheetFigure(
        asked=Asked(asked),
        document=DocumentId(document),
        document_name=name,
        working=working,
        value=value,
        statement=statement,
        cells=cells,
        counted=counted,
        skipped=skipped,
        remarks=tuple(remarks),
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
                figures=tuple(_figure(*row) for row in figures),
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
        computed=tuple(map(_computed, stored.get("computed", ()))),
    )
