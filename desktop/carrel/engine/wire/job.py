"""What a worker is started for, as its one argument.

Files are named twice: by an open descriptor to read from, and by path so that
the lock can admit them. Must not know llama.cpp or how the job is done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from carrel.engine.fields import Fields
from carrel.engine.files.parts import MAX_PARTS, OpenParts
from carrel.engine.wire.frames import parse_settings
from carrel.engine.wire.protocol import EngineSettings
from carrel.system.frames import FrameError

MAX_OVERRIDES: Final = 64
"""Replaced metadata entries; a repair needs five."""
MAX_NAME: Final = 127
"""Bytes of a key or a string value llama.cpp takes for an override."""
MAX_PATH: Final = 4096
"""Characters of a path, the system's own limit."""

Overrides = Mapping[str, int | float | str]


class Task(StrEnum):
    """What to do with the files."""

    INSPECT = "inspect"
    """Check the header."""
    HASH = "hash"
    """Check the header, then compute SHA-256 over all bytes."""
    PLAN = "plan"
    """Check the header, then find out what loading would take."""
    SPEAK = "speak"
    """Load, then answer requests."""
    TIME = "time"
    """Load, then time the shortest loop around llama.cpp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One worker's task.

    Attributes:
        descriptors: of the model's files, in their order.
        overrides: metadata to replace while loading, beside what the check repairs.
        capsule: descriptor of the memory that capsules cross in; -1 without.
    """

    task: Task
    descriptors: tuple[int, ...]
    paths: tuple[Path, ...]
    settings: EngineSettings
    overrides: Overrides
    capsule: int = -1


def job_argument(
    task: Task,
    parts: OpenParts,
    settings: EngineSettings,
    overrides: Overrides,
    capsule: int = -1,
) -> str:
    """The job as the worker's argument."""
    return json.dumps(
        {
            "task": task.value,
            "descriptors": parts.descriptors,
            "paths": [str(path.resolve()) for path in parts.paths],
            "settings": asdict(settings),
            "overrides": dict(overrides),
            "capsule": capsule,
        }
    )


def parse_job(untrusted_argument: str) -> Job:
    """Check the argument.

    Raises:
        FrameError: it is none of ours.
    """
    try:
        untrusted: Any = json.loads(untrusted_argument)
    except ValueError as error:
        raise FrameError(cause="the job is not JSON") from error
    fields = Fields(untrusted)
    descriptors = [Fields({"n": n}) for n in fields.many("descriptors", MAX_PARTS)]
    try:
        task = Task(fields.text("task", 16))
    except ValueError as error:
        raise FrameError(cause="an unknown task") from error
    return Job(
        task=task,
        descriptors=tuple(entry.integer("n", 3, 1 << 20) for entry in descriptors),
        paths=tuple(_path(untrusted_path) for untrusted_path in fields.many("paths", MAX_PARTS)),
        settings=parse_settings(fields.raw("settings")),
        overrides=parse_overrides(fields.raw("overrides")),
        capsule=fields.integer("capsule", -1, 1 << 20),
    )


def _path(untrusted: object) -> Path:
    """A path; its bytes need not be text."""
    if not isinstance(untrusted, str) or not 0 < len(untrusted) <= MAX_PATH or "\0" in untrusted:
        raise FrameError(cause="a path is none")
    return Path(untrusted)


def parse_overrides(untrusted: object) -> dict[str, int | float | str]:
    """Check replaced metadata: short names, plain values.

    Raises:
        FrameError: something else.
    """
    if not isinstance(untrusted, dict) or len(untrusted) > MAX_OVERRIDES:
        raise FrameError(cause="“overrides” is no map, or too long")
    for name, value in untrusted.items():
        short = isinstance(name, str) and len(name.encode()) <= MAX_NAME
        if not short or isinstance(value, bool) or not isinstance(value, int | float | str):
            raise FrameError(cause="an override is not a plain value")
        if isinstance(value, str) and len(value.encode()) > MAX_NAME:
            raise FrameError(cause="an override is too long")
    return dict(untrusted)
