"""An answer with what was checked and computed for it, as JSON."""

from collections.abc import Mapping

from carrel.cli.forms import Form, citation_form, place_form
from carrel.domain.answers import Answer, Exchange
from carrel.domain.sheet_figures import SheetFigure
from carrel.domain.support import Checks


def answer_form(
    exchange: Exchange,
    sha256: Mapping[int, str],
    profiles: Mapping[str, str],
    cells: Mapping[int, str],
) -> Form:
    """The answer to a question.

    Args:
        sha256: of each document.
        profiles: of each installed model, by its name.
        cells: of citations in sheets, by their numbers.
    """
    answer = exchange.answer
    if answer is None:
        raise ValueError("an exchange without an answer has no form")
    return {
        "id": exchange.id,
        "answer": answer.text,
        "mode": answer.mode.value,
        "citations": [
            citation_form(citation, sha256, citation.cells or cells.get(citation.n, ""))
            for citation in answer.citations
        ],
        "coverage": coverage_form(answer, sha256),
        **checks_form(answer.checks, answer.text),
        "model": answer.installed_model or None,
        "profile": profiles.get(answer.installed_model) or None,
        "thinking": answer.thinking,
        "sampling": dict(answer.sampling),
        "steps": [{"words": one.words, "seconds": one.seconds} for one in answer.steps],
        "tokens": {
            "prompt": answer.tokens.prompt,
            "known": answer.tokens.known,
            "answer": answer.tokens.answer,
        },
        "timing_ms": {
            name: round(getattr(answer.timing, name), 1)
            for name in ("search", "load", "prefill", "decode", "check", "total")
        },
    }


def coverage_form(answer: Answer, sha256: Mapping[int, str]) -> Form:
    """How much of the material an answer rests on."""
    return {
        "units_used": answer.coverage.units_used,
        "units_total": answer.coverage.units_total,
        "sections": [
            {
                "document": {"name": one.name, "sha256": one.document},
                "kind": one.kind.value,
                "first": one.first,
                "last": one.last,
                "of": one.of,
                "title": one.title,
            }
            for one in answer.record.parts
        ],
        "unread": [
            {
                "document": {
                    "id": part.document,
                    "name": part.document_name,
                    "sha256": sha256.get(part.document, ""),
                },
                "unit": part.unit or None,
                "why": part.why,
            }
            for part in answer.coverage.unread
        ],
        "unread_more": answer.coverage.unread_more,
    }


def checks_form(checks: Checks, text: str) -> Form:
    """What was checked of an answer, sentence by sentence, and what was searched for it."""
    searched = checks.searched
    return {
        "outcome": checks.outcome.value,
        "support": {
            "sentences": checks.stating,
            "unsupported": len(checks.unsupported),
            "statements": [
                {
                    "start": one.start,
                    "end": one.end,
                    "text": text[one.start : one.end],
                    "support": one.support.value,
                    "why": one.why or None,
                    "figures": [
                        {
                            "text": f.text,
                            "found": f.fate.value,
                            "working": f.working or None,
                            "sql": f.statement or None,
                        }
                        for f in one.figures
                    ],
                }
                for one in checks.statements
            ],
        },
        "searched": {
            "documents": searched.documents,
            "passages": searched.passages,
            "words": list(searched.words),
            "absent": list(searched.absent),
            "chosen": searched.chosen,
        },
        "instructed": [
            {
                "document": {"id": one.document, "name": one.document_name},
                "unit": place_form(one.place),
                "words": one.words,
            }
            for one in checks.instructed
        ],
        "computed": [_computed_form(one) for one in checks.computed],
    }


def _computed_form(one: SheetFigure) -> Form:
    return {
        "asked_by": one.asked.value,
        "document": {"id": one.document, "name": one.document_name},
        "working": one.working,
        "value": one.value,
        "sql": one.statement,
        "cells": one.cells,
        "rows_counted": one.counted,
        "rows_skipped": one.skipped,
        "remarks": list(one.remarks),
    }
