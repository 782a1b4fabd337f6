"""Have a locked worker find out what a model takes and what there is to run it on.

Like `inspection`: the window gets back numbers, each checked again. Must not
know where models are listed or what the numbers mean to anyone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrel.domain.errors import ProcessError
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import Device, DeviceKind
from carrel.engine.errors import (
    EngineCrashed,
    FileGone,
    LoadCancelled,
    engine_error,
    printable,
)
from carrel.engine.fields import Fields
from carrel.engine.files.gguf_check import Facts
from carrel.engine.files.gguf_values import MAX_LAYERS
from carrel.engine.files.parts import OpenParts, parts_of
from carrel.engine.fit.placement import MAX_GPUS
from carrel.engine.fit.verdict import CACHE_CHOICE, CONTEXTS, Sizes
from carrel.engine.fit.weights import Weights
from carrel.engine.inspection import MAX_LINE, POLL_SECONDS, parse_facts
from carrel.engine.wire.job import Overrides, Task, job_argument
from carrel.engine.wire.protocol import CACHE_TYPES, MAX_BYTES, EngineSettings
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError

PLAN_SECONDS: Final = 60.0
"""Seconds a worker may take; three are usual. Then the formulae alone have to do."""
MAX_DEVICES: Final = MAX_GPUS + 8
"""Devices of one machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What a worker found out.

    Attributes:
        sizes: of each context that llama.cpp named; empty if it could not be asked.
        bandwidth: bytes a second of memory; 0 if not measured.
    """

    facts: Facts
    weights: Weights | None
    devices: tuple[Device, ...]
    sizes: Mapping[tuple[int, str], Sizes]
    bandwidth: int


def preflight(
    model: InstalledModel | Path,
    settings: EngineSettings,
    cancelled: Callable[[], bool] = lambda: False,
) -> Preflight:
    """Check a model's files and ask what they take; blocks for some seconds.

    Raises:
        FileError: a file cannot be opened.
        EngineError: GgufError says what is wrong; FileChanged; LoadCancelled; EngineCrashed.
    """
    overrides: Overrides = {}
    if isinstance(model, InstalledModel):
        path, overrides = model.path, model.kv_overrides or {}
        if not path.exists():
            raise FileGone(name=path.name)
    else:
        path = model
    with OpenParts(parts_of(path)) as parts:
        argument = job_argument(Task.PLAN, parts, settings, overrides)
        child = Child("engine", [argument], pass_fds=parts.descriptors)
        try:
            return _await(child, cancelled)
        finally:
            child.kill()
            child.close()


def _await(child: Child, cancelled: Callable[[], bool]) -> Preflight:
    deadline = time.monotonic() + PLAN_SECONDS
    facts: Facts | None = None
    while time.monotonic() < deadline:
        if cancelled():
            raise LoadCancelled
        try:
            untrusted_frame = child.receive(POLL_SECONDS)
            match untrusted_frame.get("event"):
                case "inspected":
                    facts = parse_facts(untrusted_frame)
                case "planned" if facts is not None:
                    return parse_plan(untrusted_frame, facts)
                case "failed":
                    raise engine_error(untrusted_frame.get("code"), untrusted_frame.get("fields"))
                case _:
                    raise FrameError(cause="an unknown event")
        except WorkerSilent:
            continue
        except WorkerEnded as error:
            if facts is not None:
                break  # llama.cpp gave up on it; the file itself was checked
            raise EngineCrashed(cause=child.ending()) from error
        except ProcessError as error:
            raise EngineCrashed(cause="it sent something unreadable") from error
    if facts is None:
        raise EngineCrashed(cause="it did not answer in time")
    return Preflight(facts=facts, weights=None, devices=(), sizes={}, bandwidth=0)


def parse_plan(untrusted: Frame, facts: Facts) -> Preflight:
    """Check a plan that crossed the wire.

    Raises:
        FrameError: something is missing or out of range.
    """
    fields = Fields(untrusted)
    sizes: dict[tuple[int, str], Sizes] = {}
    for entry in fields.many("contexts", len(CONTEXTS) * len(CACHE_CHOICE)):
        if not isinstance(entry, list | tuple) or len(entry) != 4:
            raise FrameError(cause="a context without four parts")
        one = Fields(dict(zip(("n", "type", "cache", "work"), entry, strict=True)))
        cache_type = one.text("type", 8)
        if cache_type not in CACHE_TYPES:
            raise FrameError(cause="an unknown cache type")
        sizes[one.integer("n", 1, CONTEXTS[-1]), cache_type] = Sizes(
            cache=one.integer("cache", 0, MAX_BYTES),
            work=one.integer("work", 0, MAX_BYTES),
            confirmed=True,
        )
    return Preflight(
        facts=facts,
        weights=_weights(fields.raw("weights")),
        devices=tuple(_device(entry) for entry in fields.many("devices", MAX_DEVICES)),
        sizes=sizes,
        bandwidth=fields.integer("bandwidth", 0, MAX_BYTES),
    )


def _weights(untrusted: object) -> Weights:
    fields = Fields(untrusted)
    dense, experts = (
        tuple(Fields({"n": size}).integer("n", 0, MAX_BYTES) for size in sizes)
        for sizes in (fields.many("dense", MAX_LAYERS), fields.many("experts", MAX_LAYERS))
    )
    if len(dense) != len(experts):
        raise FrameError(cause="layers without experts to them")
    total = fields.integer("experts_total", 0, 1 << 20)
    return Weights(
        outer=fields.integer("outer", 0, MAX_BYTES),
        embedding=fields.integer("embedding", 0, MAX_BYTES),
        dense=dense,
        experts=experts,
        experts_used=fields.integer("experts_used", 0, total),
        experts_total=total,
    )


def _device(untrusted: object) -> Device:
    fields = Fields(untrusted)
    try:
        kind = DeviceKind(fields.text("kind", 32))
    except ValueError as error:
        raise FrameError(cause="an unknown kind of device") from error
    total = fields.integer("memory_total", 0, MAX_BYTES)
    return Device(
        name=printable(fields.text("name", MAX_LINE)),
        description=printable(fields.text("description", MAX_LINE)),
        backend=printable(fields.text("backend", MAX_LINE)),
        kind=kind,
        memory_total=total,
        memory_free=fields.integer("memory_free", 0, total),
    )
