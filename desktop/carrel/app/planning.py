"""Plan installed models, and files that are not installed yet, for this machine.

Joins what the worker found out, what the formulae say and what the system has.
Must not know the window or workspaces.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from carrel.catalog.installed import Catalog
from carrel.domain.errors import KnownError
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import DeviceKind, FitPlan
from carrel.engine.errors import LoadCancelled
from carrel.engine.files.gguf_check import Facts
from carrel.engine.files.profiles import profile_of
from carrel.engine.fit.memory import cache_bytes, memory_need, state_bytes
from carrel.engine.fit.verdict import (
    CACHE_CHOICE,
    CONTEXTS,
    WANTED_TOKENS,
    Candidate,
    Machine,
    Sizes,
    plan,
)
from carrel.engine.fit.weights import Weights
from carrel.engine.planning import Preflight, preflight
from carrel.engine.wire.protocol import EngineSettings
from carrel.system.memory import memory

BIG_BYTES: Final = 16 << 30
"""Bytes of a model that a usual machine can hold once, not twice."""
WORTH_PLANNING: Final = 1 << 30
"""Bytes of a model below which any graphics processor holds it."""
PRINTED_BYTES: Final = 1 << 17
"""Bytes by which a sum of printed sizes may differ from the true one: each has two decimals."""


class Planner:
    """Plans installed models, one after another, on a thread of its own.

    Args:
        catalog: installed models.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._closing = threading.Event()
        self._processor_only = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="plan")

    def submit(self, name: str, wanted: int = WANTED_TOKENS) -> Future[FitPlan]:
        """Plan an installed model; the future fails with a `KnownError`."""
        return self._thread.submit(self.plan, name, wanted)

    def plan(self, name: str, wanted: int = WANTED_TOKENS) -> FitPlan:
        """Plan an installed model; blocks for some seconds.

        Raises:
            KnownError: it is not installed, or its files cannot be used.
        """
        return plan_for(self._catalog.get(name), wanted=wanted, cancelled=self._closing.is_set)

    def choose(
        self, installed: InstalledModel, wanted: int, cancelled: Callable[[], bool]
    ) -> EngineSettings:
        """How to load a model: as it was last loaded, or as planned.

        Where there is a graphics processor, all but small models are planned at every load:
        where the parts go depends on what is free now.

        Args:
            wanted: tokens of context asked for; 0 leaves it to the plan.

        Raises:
            LoadCancelled: it was given up.
        """
        context, cache = installed.loaded_context, installed.loaded_cache
        if wanted:
            context, cache = wanted, cache or CACHE_CHOICE[0]
        known = EngineSettings()
        if context:
            known = replace(known, context_tokens=context, cache_type=cache or CACHE_CHOICE[0])
        if context and (installed.size < WORTH_PLANNING or self._processor_only):
            return _within(known, installed)
        try:
            found = plan_for(
                installed,
                wanted=max(context, WANTED_TOKENS),
                cancelled=lambda: cancelled() or self._closing.is_set(),
            )
        except LoadCancelled:
            raise
        except KnownError:  # loading will say what is wrong, in its own words
            return _within(known, installed)
        kinds = {device.kind for device in found.devices}
        self._processor_only = kinds == {DeviceKind.CPU}
        if not context:
            known = replace(
                known,
                context_tokens=found.recommended.n_ctx,
                cache_type=found.recommended.kv_type,
            )
        if found.placement.gpu_layers:
            known = replace(
                known,
                gpu_layers=found.placement.gpu_layers,
                expert_layers_on_cpu=found.placement.expert_layers_on_cpu,
                split=found.placement.split,
            )
        elif not self._processor_only:
            known = replace(known, gpu_layers=0)
        return _within(known, installed)

    def close(self) -> None:
        """Give up what is planned."""
        self._closing.set()
        self._thread.shutdown(cancel_futures=True)


def plan_for(
    model: InstalledModel | Path,
    *,
    wanted: int = WANTED_TOKENS,
    settings: EngineSettings = EngineSettings(),  # noqa: B008 - a frozen value
    cancelled: Callable[[], bool] = lambda: False,
) -> FitPlan:
    """Plan a model; blocks for some seconds, so not for the window's thread.

    Args:
        model: an installed model, or a file that need not be installed.
        wanted: tokens of context somebody needs.

    Raises:
        FileError, EngineError: as `engine.planning.preflight`.
    """
    found = preflight(model, settings, cancelled)
    installed = model if isinstance(model, InstalledModel) else None
    name = installed.name if installed else Path(str(model)).stem
    machine = memory()
    return plan(
        Candidate(
            name=name,
            file_bytes=found.facts.size,
            weights=found.weights or _guessed_weights(found.facts),
            trained_tokens=found.facts.context_tokens,
            batch=settings.batch_tokens,
            sizes=_sizes(found, settings),
            measured_speed=installed.tokens_per_second if installed else 0.0,
            smaller_files=profile_of(found.facts.profile).files,
        ),
        Machine(
            memory_total=machine.total,
            memory_free=machine.available,
            devices=found.devices,
            bandwidth=found.bandwidth,
        ),
        wanted=wanted,
    )


def _within(settings: EngineSettings, installed: InstalledModel) -> EngineSettings:
    """No more context than was trained."""
    return replace(settings, context_tokens=min(settings.context_tokens, installed.context_tokens))


def _sizes(found: Preflight, settings: EngineSettings) -> dict[tuple[int, str], Sizes]:
    """What llama.cpp named; the formulae where it did not."""
    sizes: dict[tuple[int, str], Sizes] = {}
    for n_ctx in CONTEXTS:
        for cache_type in CACHE_CHOICE:
            named = found.sizes.get((n_ctx, cache_type))
            shape, batch = found.facts.geometry, settings.batch_tokens
            exact = state_bytes(shape) + cache_bytes(
                shape, context=n_ctx, batch=batch, cache_type=cache_type
            )
            if named is None:
                need = memory_need(
                    shape, file_bytes=0, context=n_ctx, batch=batch, cache_type=cache_type
                )
                sizes[n_ctx, cache_type] = Sizes(cache=exact, work=need.work)
            elif abs(named.cache - exact) <= PRINTED_BYTES:
                sizes[n_ctx, cache_type] = replace(named, cache=exact)
            else:
                sizes[n_ctx, cache_type] = named
    return sizes


def _guessed_weights(facts: Facts) -> Weights:
    """All dense: what is known when the tensors could not be looked at."""
    layers = facts.geometry.layers
    return Weights(
        outer=0,
        embedding=0,
        dense=(facts.size // layers,) * layers,
        experts=(0,) * layers,
        experts_used=0,
        experts_total=0,
    )
