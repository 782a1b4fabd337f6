"""Whether a model fits this machine, in four words, and what to change when it does not.

Pure arithmetic on numbers that were found elsewhere. Must not know how they were
found, llama.cpp or the system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.domain.plans import (
    Device,
    FitPlan,
    FitVerdict,
    PlannedContext,
    SpeedEstimate,
)
from carrel.engine.fit.placement import Placed, place
from carrel.engine.fit.weights import Weights

CONTEXTS: Final = (4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576)
"""Tokens; every size looked at."""
CACHE_CHOICE: Final = ("f16", "q8_0")
"""Formats of the cache that are looked at, the better first."""
WANTED_TOKENS: Final = 32_768
"""Tokens recommended at most when nobody asks for more: sixteen passages, the history, long
thoughts and an answer fit twice."""
LONG_TOKENS: Final = 131_072
"""Tokens above which the halved cache is chosen as soon as the full one is not well."""
RESERVED_BYTES: Final = 2 << 30
"""Bytes left to the system, the window and its parsers."""
STREAMING_BYTES: Final = 4 << 30
"""Bytes of file cache below which streaming from disk is no use: it would read everything anew for
every word."""

LOW_SHARE, HIGH_SHARE = 0.3, 0.7
"""Of what the memory's speed allows, llama.cpp reaches so much on machines people measured."""
DISK_LOW, DISK_HIGH = 500_000_000, 3_000_000_000
"""Bytes a second of a SATA drive and of a usual NVMe drive."""
GPU_BYTES_PER_SECOND: Final = 300_000_000_000
"""Bytes a second of a small graphics processor's memory; it is not measured, and the part that
stays with the processor takes longer."""

_GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Bytes beside the weights for one context.

    Attributes:
        cache: cache and state.
        work: buffers while computing.
        confirmed: llama.cpp named them.
    """

    cache: int
    work: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What there is to run on.

    Attributes:
        bandwidth: bytes a second of memory; 0 if not measured.
    """

    memory_total: int
    memory_free: int
    devices: tuple[Device, ...] = ()
    bandwidth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The model to be fitted.

    Attributes:
        file_bytes: of all files.
        trained_tokens: no context beyond it is recommended.
        batch: tokens computed at once.
        sizes: by context and cache format; all of CONTEXTS and CACHE_CHOICE.
        measured_speed: tokens a second as last measured; 0 if never.
        smaller_files: known sizes of other quantisations, name to bytes.
    """

    name: str
    file_bytes: int
    weights: Weights
    trained_tokens: int
    batch: int
    sizes: Mapping[tuple[int, str], Sizes]
    measured_speed: float = 0.0
    smaller_files: Mapping[str, int] | None = None


def plan(candidate: Candidate, machine: Machine, *, wanted: int = WANTED_TOKENS) -> FitPlan:
    """Judge every context and recommend one.

    Args:
        wanted: tokens somebody needs; no larger context is recommended.
    """
    contexts = tuple(
        PlannedContext(
            n_ctx=n_ctx,
            kv_type=kv_type,
            n_ubatch=candidate.batch,
            weights_bytes=candidate.file_bytes,
            kv_bytes=sizes.cache,
            compute_bytes=sizes.work,
            verdict=_verdict(candidate, machine, sizes),
            confirmed=sizes.confirmed,
        )
        for n_ctx in CONTEXTS
        for kv_type in CACHE_CHOICE
        for sizes in (candidate.sizes[n_ctx, kv_type],)
    )
    chosen = _recommended(contexts, min(wanted, candidate.trained_tokens))
    placed = _place(candidate, machine, candidate.sizes[chosen.n_ctx, chosen.kv_type])
    return FitPlan(
        name=candidate.name,
        contexts=contexts,
        recommended=chosen,
        estimate=_estimate(candidate, machine, chosen, placed),
        devices=machine.devices,
        placement=placed.placement,
        advice=_advice(candidate, machine, contexts, chosen),
        memory_total=machine.memory_total,
        memory_free=machine.memory_free,
    )


def _place(candidate: Candidate, machine: Machine, sizes: Sizes) -> Placed:
    return place(candidate.weights, cache=sizes.cache, work=sizes.work, devices=machine.devices)


def _needs(candidate: Candidate, machine: Machine, sizes: Sizes) -> tuple[int, int]:
    """Bytes of weights and of everything else that the system's memory has to hold."""
    placed = _place(candidate, machine, sizes)
    own = sizes.cache + sizes.work
    if placed.shared or not placed.gpu_bytes:
        return candidate.file_bytes, own
    # The buffers exist on both sides; what is with the cards is not here.
    here = max(0, own - placed.gpu_own) + sizes.work
    return max(0, candidate.file_bytes - placed.gpu_bytes), min(own, here)


def _verdict(candidate: Candidate, machine: Machine, sizes: Sizes) -> FitVerdict:
    weights, own = _needs(candidate, machine, sizes)
    if weights + own + RESERVED_BYTES <= machine.memory_free:
        return FitVerdict.RUNS_WELL
    if weights + own <= max(machine.memory_free, machine.memory_total - RESERVED_BYTES):
        return FitVerdict.TIGHT
    if own + min(weights, STREAMING_BYTES) + RESERVED_BYTES <= machine.memory_free:
        return FitVerdict.STREAMS
    return FitVerdict.DOES_NOT_FIT


_ORDER: Final = tuple(FitVerdict)


def _recommended(contexts: Sequence[PlannedContext], most: int) -> PlannedContext:
    """The largest that runs best, the full cache before the halved one where both are as good."""
    usable = [one for one in contexts if one.n_ctx <= max(most, CONTEXTS[0])]
    best = min(_ORDER.index(one.verdict) for one in usable)
    if _ORDER[best] is FitVerdict.DOES_NOT_FIT:
        return usable[0]
    good = [one for one in usable if _ORDER.index(one.verdict) == best]
    full = [one for one in good if one.kv_type == CACHE_CHOICE[0]]
    largest = max(good, key=lambda one: one.n_ctx)
    if full and (largest.n_ctx <= LONG_TOKENS or full[-1].n_ctx == largest.n_ctx):
        return full[-1]
    return largest


def _estimate(
    candidate: Candidate, machine: Machine, chosen: PlannedContext, placed: Placed
) -> SpeedEstimate:
    per_token = candidate.weights.per_token
    if candidate.measured_speed > 0:
        speed = candidate.measured_speed
        return SpeedEstimate(
            bandwidth=machine.bandwidth, bytes_per_token=per_token, low=speed, high=speed,
            measured=True,
        )  # fmt: skip
    if not machine.bandwidth:
        return SpeedEstimate(bandwidth=0, bytes_per_token=per_token, low=0.0, high=0.0)
    here = per_token - placed.gpu_per_token
    seconds = here / machine.bandwidth + placed.gpu_per_token / GPU_BYTES_PER_SECOND
    # A long context is read again for every token: not at all at its start, whole at its end.
    late = seconds + chosen.kv_bytes / machine.bandwidth
    slow, fast = late / LOW_SHARE, seconds / HIGH_SHARE
    if chosen.verdict in {FitVerdict.STREAMS, FitVerdict.DOES_NOT_FIT}:
        missing = _read_from_disk(candidate.weights, machine.memory_free - chosen.own_bytes)
        slow, fast = slow + missing / DISK_LOW, fast + missing / DISK_HIGH
    return SpeedEstimate(
        bandwidth=machine.bandwidth,
        bytes_per_token=per_token,
        low=1 / slow if slow else 0.0,
        high=1 / fast if fast else 0.0,
    )


def _read_from_disk(weights: Weights, cached: int) -> int:
    """Bytes a token reads from the disk when so many bytes of the file stay in memory.

    What every token needs stays cached before what a token needs now and then.
    """
    cached = max(0, cached)
    dense = weights.dense_per_token
    routed = sum(weights.experts)
    if cached < dense:
        return weights.per_token  # by the time a layer is needed again, it has been dropped
    missing = max(0, routed - (cached - dense))
    return weights.routed_per_token(missing)


def _advice(
    candidate: Candidate,
    machine: Machine,
    contexts: Sequence[PlannedContext],
    chosen: PlannedContext,
) -> str:
    if chosen.verdict is FitVerdict.RUNS_WELL:
        return ""
    sizes = candidate.sizes[chosen.n_ctx, chosen.kv_type]
    weights, own = _needs(candidate, machine, sizes)
    missing = weights + own + RESERVED_BYTES - machine.memory_free
    if chosen.verdict is FitVerdict.TIGHT:
        return f"Close other programs: with {_gib(missing)} more free memory it would run well."
    largest = machine.memory_total - 2 * RESERVED_BYTES - own
    smaller = _smaller_file(candidate, largest)
    better = f"take {smaller}" if smaller else f"add {_gib(missing)} of memory"
    if chosen.verdict is FitVerdict.STREAMS:
        return (
            f"It needs {_gib(weights + own)} of memory and {_gib(machine.memory_free)} are free, "
            f"so weights are read from the disk for every word; to run well, {better}."
        )
    least = contexts[0]
    if chosen.own_bytes > machine.memory_free - RESERVED_BYTES > least.own_bytes:
        return f"Choose a context of {least.n_ctx:,} tokens, or {better}."
    return (
        f"Even a context of {least.n_ctx:,} tokens needs {_gib(own + RESERVED_BYTES)} beside the "
        f"weights and {_gib(machine.memory_free)} are free; close other programs, or {better}."
    )


def _smaller_file(candidate: Candidate, most: int) -> str:
    """The largest known quantisation that would fit, or the size one would need."""
    fitting = {
        name: size
        for name, size in (candidate.smaller_files or {}).items()
        if size <= most and size < candidate.file_bytes
    }
    if fitting:
        name = max(fitting, key=lambda one: fitting[one])
        return f"the quantisation {name} ({_gib(fitting[name])})"
    if most > candidate.file_bytes // 4:  # no quantisation shrinks a file further than that
        return f"a quantisation of at most {_gib(most)}"
    return ""


def _gib(size: int) -> str:
    gib = size / _GIB
    return f"{gib:.1f} GiB" if gib < 10 else f"{gib:.0f} GiB"
