"""The list of installed models as JSON bytes, and back with every field checked.

Must not know where the list lies or what a GGUF file is.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from carrel.catalog.errors import CatalogTooNew
from carrel.domain.installed import FileIdentity, InstalledModel, SignatureState
from carrel.domain.self_tests import CheckState, Feature, SelfCheck, SelfTest
from carrel.engine.fields import Fields
from carrel.engine.wire.job import parse_overrides
from carrel.engine.wire.protocol import CACHE_TYPES, MAX_BYTES, MAX_CONTEXT_TOKENS
from carrel.system.frames import FrameError

FORMAT: Final = 2
"""Of the JSON file; a higher number was written by a later version."""
MAX_FILE_BYTES: Final = 4 << 20
"""Bytes of the JSON file; a hundred entries take 200 KiB."""
MAX_ENTRIES: Final = 1000
"""Entries of the list."""
MAX_LINE: Final = 4096
"""Characters of one value, the longest a path can have."""
MAX_PARTS: Final = 999
"""Parts of one model."""
MAX_CHECKS: Final = 32
"""Checks of one self-test."""

Entries = tuple[InstalledModel, ...]


def list_bytes(listed: Entries) -> bytes:
    """The list, ready to be written."""
    entries = [{**asdict(one), "path": str(one.path)} for one in listed]
    text = json.dumps({"format": FORMAT, "models": entries}, indent=1, ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape")


def parse_list(untrusted_bytes: bytes) -> Entries:
    """Check the bytes of a list.

    Raises:
        FrameError: they are none.
        CatalogTooNew: a later version wrote them.
    """
    if len(untrusted_bytes) > MAX_FILE_BYTES:
        raise FrameError(cause="it is too large")
    try:
        untrusted: Any = json.loads(untrusted_bytes.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise FrameError(cause="it is not JSON") from error
    fields = Fields(untrusted)
    if fields.integer("format", 1, 1 << 30) > FORMAT:
        raise CatalogTooNew
    found = tuple(_parse_entry(entry) for entry in fields.many("models", MAX_ENTRIES))
    if len({one.name for one in found}) != len(found):
        raise FrameError(cause="a name stands there twice")
    return found


def _parse_entry(untrusted: object) -> InstalledModel:
    fields = Fields(untrusted)
    overrides = fields.raw("kv_overrides")
    untrusted_path = fields.raw("path")
    if not isinstance(untrusted_path, str) or len(untrusted_path) > MAX_LINE:
        raise FrameError(cause="a path is none")
    path = Path(untrusted_path)
    if not path.is_absolute() or "\0" in untrusted_path:
        raise FrameError(cause="a path is not absolute")
    return InstalledModel(
        name=fields.text("name", MAX_LINE),
        title=fields.text("title", MAX_LINE),
        path=path,
        size=fields.integer("size", 1, MAX_BYTES),
        architecture=fields.text("architecture", MAX_LINE),
        layers=fields.integer("layers", 1, 1 << 10),
        context_tokens=fields.integer("context_tokens", 1, 1 << 24),
        quantisation=fields.text("quantisation", MAX_LINE),
        licence=fields.text("licence", MAX_LINE),
        sha256=fields.text("sha256", 64),
        added_at=fields.real("added_at", 0.0, 1e12),
        warnings=tuple(Fields({"w": w}).text("w", MAX_LINE) for w in fields.many("warnings", 16)),
        kv_overrides=None if overrides is None else parse_overrides(overrides),
        files=tuple(_parse_identity(pair) for pair in fields.many("files", MAX_PARTS)),
        memory=fields.integer("memory", 0, MAX_BYTES),
        **_later_fields(untrusted),
    )


def _later_fields(untrusted: object) -> dict[str, Any]:
    """What format 1 did not have."""
    if not isinstance(untrusted, dict) or "profile" not in untrusted:
        return {}
    fields = Fields(untrusted)
    try:
        signature = SignatureState(fields.text("signature", 32))
    except ValueError as error:
        raise FrameError(cause="an unknown kind of signature") from error
    return {
        "profile": fields.text("profile", MAX_LINE),
        "profile_title": fields.text("profile_title", MAX_LINE),
        "signature": signature,
        "signer": fields.text("signer", MAX_LINE),
        "verified_at": fields.real("verified_at", 0.0, 1e12),
        "tokens_per_second": fields.real("tokens_per_second", 0.0, 1e9),
        "self_test": _parse_self_test(fields.raw("self_test")),
        **_last_load(untrusted),
        **_reading_speed(untrusted),
    }


def _last_load(untrusted: dict[str, Any]) -> dict[str, Any]:
    """How it was last loaded, where that was noted."""
    if "loaded_context" not in untrusted:
        return {}
    fields = Fields(untrusted)
    cache = fields.text("loaded_cache", 8)
    if cache not in {"", *CACHE_TYPES}:
        raise FrameError(cause="an unknown cache type")
    context = fields.integer("loaded_context", 0, MAX_CONTEXT_TOKENS)
    return {"loaded_context": context, "loaded_cache": cache}


def _reading_speed(untrusted: dict[str, Any]) -> dict[str, Any]:
    """How fast it last read, where that was noted."""
    if "reading_per_second" not in untrusted:
        return {}
    return {"reading_per_second": Fields(untrusted).real("reading_per_second", 0.0, 1e9)}


def _parse_self_test(untrusted: object) -> SelfTest | None:
    if untrusted is None:
        return None
    fields = Fields(untrusted)
    return SelfTest(
        checks=tuple(_parse_check(check) for check in fields.many("checks", MAX_CHECKS)),
        ran_at=fields.real("ran_at", 0.0, 1e12),
        seconds=fields.real("seconds", 0.0, 1e9),
        engine=fields.text("engine", MAX_LINE),
    )


def _parse_check(untrusted: object) -> SelfCheck:
    fields = Fields(untrusted)
    try:
        return SelfCheck(
            name=fields.text("name", MAX_LINE),
            title=fields.text("title", MAX_LINE),
            state=CheckState(fields.text("state", 32)),
            detail=fields.text("detail", MAX_LINE),
            switches_off=Feature(fields.text("switches_off", 32)),
        )
    except ValueError as error:
        raise FrameError(cause="an unknown outcome of a self-test") from error


def _parse_identity(untrusted: object) -> FileIdentity:
    if not isinstance(untrusted, list) or len(untrusted) != 2:
        raise FrameError(cause="a file without size and time")
    fields = Fields({"size": untrusted[0], "time": untrusted[1]})
    return FileIdentity(fields.integer("size", 0, MAX_BYTES), fields.integer("time", 0, 1 << 63))
