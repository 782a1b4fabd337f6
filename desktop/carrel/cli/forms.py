"""The JSON the commands print: stable, and described in ``docs`` of README's command section.

Every form is a plain dictionary made from domain values; nothing here prints.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from carrel.domain.answers import Citation
from carrel.domain.documents import (
    Alike,
    Document,
    DocumentState,
    Failure,
    Hit,
    Inside,
    LedgerEntry,
    OutlineEntry,
    Property,
    Unit,
    UnitPlace,
    Whereabouts,
    whole_ledger,
)
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import FitPlan, PlannedContext
from carrel.domain.searching import Found, Why
from carrel.domain.self_tests import SelfTest
from carrel.domain.workspaces import WorkspaceInfo

Form = dict[str, Any]


def document_form(document: Document) -> Form:
    """A document in a list."""
    return {
        "id": document.id,
        "name": document.name,
        "file_name": document.file_name or document.name,
        "sha256": document.sha256,
        "kind": document.kind,
        "size": document.size,
        "state": document.state.value,
        "units": document.units,
        "passages": document.passages,
        "added_at": document.added_at,
        "seconds": round(document.seconds, 3),
        "reason": document.failure.reason if document.failure else None,
        "remedy": document.failure.remedy if document.failure else None,
        "warnings": list(document.warnings),
        "own": document.own,
        "inside": [inside_form(inside) for inside in document.inside],
        "members": document.members,
        "old": document.old,
        "newer": document.newer,
        "replaces": document.replaces,
        "gone": document.gone,
        "recognition": recognition_form(document) if document.pictured else None,
        "tags": list(document.tags),
        "collections": list(document.collections),
        "note": document.note,
        "parser": document.parser,
        "parser_version": document.parser_version,
    }


def recognition_form(document: Document) -> Form:
    """How far text recognition has come, in pages; confidence 0 to 100."""
    pages = document.pictured
    return {
        "pages": pages.total if pages else 0,
        "waiting": pages.waiting if pages else 0,
        "read": pages.read if pages else 0,
        "failed": pages.failed if pages else 0,
        "unsure": pages.unsure if pages else 0,
        "confidence": round(pages.confidence, 1) if pages else 0.0,
    }


def recognised_form(unit: Unit) -> Form | None:
    """What of a unit's text was recognised in a picture (OCR); None when all is its own."""
    part = unit.recognised
    if part is None:
        return None
    return {
        "start": part.start,
        "confidence": round(part.confidence, 1),
        "languages": part.languages,
    }


def inside_form(inside: Inside) -> Form:
    """Where a document lies in another."""
    return {"document": inside.container, "path": inside.path}


def whereabouts_form(where: Whereabouts, alike: Sequence[Alike]) -> Form:
    """Where a document lies on the disk, its versions there, oldest first, and what is like it."""
    return {
        "places": list(where.paths),
        "versions": [
            {"document": one.document, "name": one.name, "seen_at": one.seen_at, "old": one.old}
            for one in where.versions
        ],
        "alike": [
            {"document": one.document, "name": one.name, "share": round(one.share, 3)}
            for one in alike
        ],
    }


def shown_form(
    document: Document,
    units: Sequence[UnitPlace],
    ledger: Sequence[LedgerEntry],
    outline: Sequence[OutlineEntry],
    properties: Sequence[Property],
) -> Form:
    """A document with all that is known of it; a line about the whole has no unit."""
    entries = [
        {
            "unit": entry.unit or None,
            "what": entry.what.value,
            "why": entry.why,
            "remedy": entry.remedy,
            "loss": entry.loss,
            "name": entry.name,
        }
        for entry in whole_ledger(document, ledger)
    ]
    return {
        **document_form(document),
        "units": [place_form(place) for place in units],
        "ledger": entries,
        "outline": [
            {"title": line.title, "level": line.level, "unit": line.unit or None}
            for line in outline
        ],
        "properties": [{"name": name, "value": value} for name, value in properties],
    }


def added_form(
    path: str,
    document: Document | None,
    failure: Failure | None,
    *,
    duplicate: bool,
    inside: Inside | None = None,
) -> Form:
    """What came of one file: read, partial, failed or duplicate."""
    # A document that is stored but could not be read now (a full disk) stays queued for the next
    # start; this time it failed.
    waits = document is not None and document.state is DocumentState.QUEUED
    state = "failed" if document is None or waits else document.state.value
    failure = failure or (document.failure if document else None)
    return {
        "path": path,
        "state": "duplicate" if duplicate else state,
        "document": document.id if document else None,
        "units": document.units if document else 0,
        "seconds": round(document.seconds, 3) if document else 0.0,
        "reason": failure.reason if failure else None,
        "remedy": failure.remedy if failure else None,
        "warnings": list(document.warnings) if document else [],
        "parent": inside.container if inside else None,
        "inside": inside.path if inside else None,
        "replaces": document.replaces if document else None,
    }


def left_out_form(path: str, sentence: str) -> Form:
    """What of a folder is not added, in the form of a file."""
    return {
        **added_form(path, None, None, duplicate=False),
        "state": "left out",
        "reason": sentence,
        "remedy": "Add by name what you need of it.",
    }


def place_form(place: UnitPlace) -> Form:
    """A unit, without its text."""
    return {"kind": place.kind.value, "number": place.number, "label": place.label}


def hit_form(hit: Hit) -> Form:
    """A hit; ``spans`` count from the start of ``text``, boxes in points from the top left."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "document": {
            "id": hit.passage.document,
            "name": hit.document_name,
            "sha256": hit.document_sha256,
        },
        "unit": place_form(hit.place),
        "cells": hit.cells or None,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "spans": [list(span) for span in hit.spans],
        "boxes": [[round(edge, 2) for edge in box] for box in hit.boxes],
    }


def search_form(query: str, took_ms: float, found: Found) -> Form:
    """The answer to a search."""
    return {
        "query": query,
        "took_ms": round(took_ms, 2),
        "hits": [hit_form(hit) for hit in found.hits],
        "also": [
            {"word": one.word, "others": list(one.others), "why": one.why.value}
            for one in found.also
        ],
        "filters": [one.words for one in found.filters],
        "documents": found.documents or None,
        "notes": list(found.notes),
        "by_meaning": found.by_meaning,
    }


def why_form(why: Why | None) -> Form | None:
    """Why a hit stands where it does; null when it is found no more."""
    if why is None:
        return None
    return {
        "score": round(why.score, 4),
        "passages": why.passages,
        "reasons": [
            {
                "kind": one.kind.value,
                "words": one.words,
                "beside": one.beside,
                "share": round(one.score / why.score, 4) if why.score else 0.0,
                "text": round(one.text, 4),
                "heading": round(one.heading, 4),
                "page": round(one.page, 4),
                "passages": one.passages,
            }
            for one in why.reasons
        ],
    }


def citation_form(citation: Citation, sha256: Mapping[int, str], cells: str = "") -> Form:
    """A citation; ``document`` and ``unit`` are null when the quote was not found anywhere."""
    return {
        "n": citation.n,
        "document": None
        if citation.document is None
        else {
            "id": citation.document,
            "name": citation.document_name,
            "sha256": sha256.get(citation.document, ""),
        },
        "unit": place_form(citation.place) if citation.place else None,
        "cells": cells or None,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "verdict": citation.verdict.value,
        "difference": citation.difference,
        "boxes": [[round(edge, 2) for edge in box] for box in citation.boxes],
        "ocr_confidence": None if citation.confidence is None else round(citation.confidence, 1),
    }


def failure_form(failure: Failure) -> Form:
    """An error, in place of a result."""
    return {"error": {"code": failure.code, "reason": failure.reason, "remedy": failure.remedy}}


def workspace_form(info: WorkspaceInfo) -> Form:
    """A workspace."""
    return {
        "name": info.name,
        "folder": str(info.folder),
        "created_at": info.created_at,
        "slots": list(info.slots),
        "documents": info.documents,
        "units": info.units,
    }


def self_test_form(test: SelfTest) -> Form:
    """What came of a self-test."""
    return {
        "passed": test.passed,
        "off": sorted(feature.value for feature in test.off),
        "engine": test.engine,
        "ran_at": test.ran_at,
        "seconds": round(test.seconds, 3),
        "checks": [
            {
                "name": check.name,
                "title": check.title,
                "state": check.state.value,
                "detail": check.detail,
                "switches_off": check.switches_off.value,
            }
            for check in test.checks
        ],
    }


def installed_form(installed: InstalledModel) -> Form:
    """An installed model, or one that could be."""
    return {
        "name": installed.name,
        "title": installed.title,
        "path": str(installed.path),
        "size": installed.size,
        "architecture": installed.architecture,
        "profile": installed.profile,
        "profile_title": installed.profile_title,
        "layers": installed.layers,
        "context_tokens": installed.context_tokens,
        "quantisation": installed.quantisation,
        "licence": installed.licence,
        "sha256": installed.sha256,
        "signature": installed.signature.value,
        "signer": installed.signer,
        "verified_at": installed.verified_at,
        "warnings": list(installed.warnings),
        "built_in": installed.built_in,
        "self_test": self_test_form(installed.self_test) if installed.self_test else None,
    }


def plan_form(plan: FitPlan) -> Form:
    """Whether and how a model fits this machine; all sizes in bytes."""
    return {
        "name": plan.name,
        "verdict": plan.verdict.value,
        "contexts": [context_form(one) for one in plan.contexts],
        "recommended": context_form(plan.recommended),
        "estimate": {
            "bandwidth": plan.estimate.bandwidth,
            "bytes_per_token": plan.estimate.bytes_per_token,
            "low": round(plan.estimate.low, 2),
            "high": round(plan.estimate.high, 2),
            "measured": plan.estimate.measured,
        },
        "devices": [
            {
                "name": device.name,
                "description": device.description,
                "backend": device.backend,
                "kind": device.kind.value,
                "memory_total": device.memory_total,
                "memory_free": device.memory_free,
            }
            for device in plan.devices
        ],
        "placement": {
            "gpu_layers": plan.placement.gpu_layers,
            "expert_layers_on_cpu": list(plan.placement.expert_layers_on_cpu),
            "split": list(plan.placement.split),
            "words": plan.placement.words,
        },
        "advice": plan.advice,
        "memory_total": plan.memory_total,
        "memory_free": plan.memory_free,
    }


def context_form(one: PlannedContext) -> Form:
    """What one context takes."""
    return {
        "n_ctx": one.n_ctx,
        "kv_type": one.kv_type,
        "n_ubatch": one.n_ubatch,
        "weights_bytes": one.weights_bytes,
        "kv_bytes": one.kv_bytes,
        "compute_bytes": one.compute_bytes,
        "total_bytes": one.total_bytes,
        "verdict": one.verdict.value,
        "confirmed": one.confirmed,
    }
