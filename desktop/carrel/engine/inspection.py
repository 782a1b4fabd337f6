"""Have a model's files checked and hashed by a locked worker.

The window never decodes a file that came from outside; it gets back facts,
each checked again. Must not know where models are listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrel.domain.errors import ProcessError
from carrel.domain.installed import FileIdentity
from carrel.engine.errors import EngineCrashed, FileUnsteady, LoadCancelled, engine_error, printable
from carrel.engine.fields import Fields
from carrel.engine.files.geometry import GenericGeometry, Geometry, Shape
from carrel.engine.files.gguf_check import Facts
from carrel.engine.files.parts import OpenParts, parts_of
from carrel.engine.files.profiles import profile_of
from carrel.engine.wire.frames import parse_encoding
from carrel.engine.wire.job import Task, job_argument, parse_overrides
from carrel.engine.wire.protocol import MAX_BYTES, EngineSettings, Progress
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError

POLL_SECONDS: Final = 0.2
"""Seconds between two looks at whether it was cancelled."""
MAX_LINE: Final = 256
"""Characters of one fact."""
MAX_WARNINGS: Final = 16
"""Warnings about one file."""
MAX_NUMBER: Final = 1 << 40
"""Any number of a geometry."""
MAX_LAYERS: Final = 1 << 10
"""Layers of a network."""

_LAYERED: Final = frozenset({"ratios", "key_rows", "value_rows", "windows"})
"""Fields of a geometry with one number for each layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a worker found out about a model's files.

    Attributes:
        paths: all parts, absolute.
        sha256: over all bytes, part after part; empty if not asked for.
    """

    paths: tuple[Path, ...]
    files: tuple[FileIdentity, ...]
    facts: Facts
    sha256: str


def inspect_files(
    path: Path,
    *,
    with_hash: bool,
    on_progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> Inspection:
    """Check a model's files; blocks, so not for the window's thread.

    Raises:
        FileError: a file cannot be opened.
        EngineError: GgufError says what is wrong; FileUnsteady; LoadCancelled; EngineCrashed.
    """
    task = Task.HASH if with_hash else Task.INSPECT
    with OpenParts(parts_of(path)) as parts:
        argument = job_argument(task, parts, EngineSettings(), {})
        before = parts.identities()
        child = Child("engine", [argument], pass_fds=parts.descriptors)
        try:
            facts, sha256 = _await(child, on_progress, cancelled)
        finally:
            child.kill()
            child.close()
        for path, was, now in zip(parts.paths, before, parts.identities(), strict=True):
            if was != now:
                raise FileUnsteady(name=path.name)
        return Inspection(
            paths=tuple(part.resolve() for part in parts.paths),
            files=parts.identities(),
            facts=facts,
            sha256=sha256,
        )


def _await(
    child: Child, on_progress: Callable[[Progress], None], cancelled: Callable[[], bool]
) -> tuple[Facts, str]:
    while True:
        if cancelled():
            raise LoadCancelled
        try:
            untrusted_frame = child.receive(POLL_SECONDS)
            match untrusted_frame.get("event"):
                case "progress":
                    fields = Fields(untrusted_frame)
                    total = fields.integer("total", 0, MAX_BYTES)
                    done = fields.integer("done", 0, total)
                    on_progress(Progress(step=fields.text("step", 16), done=done, total=total))
                case "inspected":
                    return parse_facts(untrusted_frame), _sha256(untrusted_frame)
                case "failed":
                    raise engine_error(untrusted_frame.get("code"), untrusted_frame.get("fields"))
                case _:
                    raise FrameError(cause="an unknown event")
        except WorkerSilent:
            continue
        except WorkerEnded as error:
            raise EngineCrashed(cause=child.ending()) from error
        except ProcessError as error:
            raise EngineCrashed(cause="it sent something unreadable") from error


def parse_facts(untrusted: Frame) -> Facts:
    """Check facts that crossed the wire.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    profile = profile_of(fields.text("profile", MAX_LINE))
    warnings = [Fields({"w": warning}) for warning in fields.many("warnings", MAX_WARNINGS)]
    return Facts(
        title=printable(fields.text("title", MAX_LINE)),
        version=printable(fields.text("version", MAX_LINE)),
        licence=printable(fields.text("licence", MAX_LINE)),
        size=fields.integer("size", 1, MAX_BYTES),
        quantisation=printable(fields.text("quantisation", MAX_LINE)),
        context_tokens=fields.integer("context_tokens", 1, 1 << 24),
        profile=profile.id,
        profile_title=profile.title,
        encoding=parse_encoding(fields),
        architecture=printable(fields.text("architecture", MAX_LINE)),
        geometry=parse_geometry(fields.raw("geometry")),
        warnings=tuple(printable(entry.text("w", MAX_LINE)) for entry in warnings),
        overrides=parse_overrides(fields.raw("overrides")),
    )


def parse_geometry(untrusted: object) -> Shape:
    """Check the numbers of a network; only those of V4 have ratios.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    kind = Geometry if fields.raw("ratios") is not None else GenericGeometry
    values: dict[str, Any] = {
        name: _numbers(fields, name) if name in _LAYERED else fields.integer(name, 0, MAX_NUMBER)
        for name in kind.__dataclass_fields__
    }
    return kind(**values)


def _numbers(fields: Fields, name: str) -> tuple[int, ...]:
    items = [Fields({name: item}) for item in fields.many(name, MAX_LAYERS)]
    return tuple(item.integer(name, 0, MAX_NUMBER) for item in items)


def _sha256(untrusted: Frame) -> str:
    found = Fields(untrusted).text("sha256", 64)
    if found and (len(found) != 64 or set(found) - set("0123456789abcdef")):
        raise FrameError(cause="a SHA-256 that is none")
    return found
