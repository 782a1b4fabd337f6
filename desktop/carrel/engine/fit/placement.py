"""Which device holds what: dense weights first, then experts layer by layer while they fit.

A token is multiplied with every dense weight but with few of the experts, so a
graphics processor gains most from the dense ones; experts that find no room
stay in the system's memory. Pure functions. Must not know llama.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from carrel.domain.plans import Device, DeviceKind, Placement
from carrel.engine.fit.weights import Weights

RESERVED_BYTES: Final = 1 << 30
"""Bytes of a graphics processor's memory left to the display and to its driver."""
MAX_GPUS: Final = 16
"""Graphics processors used together; llama.cpp's own limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A placement and what it takes.

    Attributes:
        gpu_bytes: weights on graphics processors.
        gpu_own: cache and buffers there.
        gpu_per_token: bytes of weights a token reads there.
        shared: the graphics processor uses the system's memory, so nothing is gained in room.
    """

    placement: Placement
    gpu_bytes: int = 0
    gpu_own: int = 0
    gpu_per_token: int = 0
    shared: bool = False


def place(weights: Weights, *, cache: int, work: int, devices: Sequence[Device]) -> Placed:
    """Propose where weights and cache go.

    Args:
        cache: bytes of cache and state; they go with their layers.
        work: bytes of buffers, needed on every graphics processor that computes.
        devices: as ggml lists them.
    """
    gpus = _usable(devices)
    if not gpus or not weights.dense:
        return Placed(placement=Placement(words="All on the processor."))
    budgets = [max(0, gpu.memory_free - RESERVED_BYTES - work) for gpu in gpus]
    shared = gpus[0].kind is DeviceKind.INTEGRATED
    layers = len(weights.dense)
    per_layer = cache // layers
    for on_cpu in range(layers + 1 if any(weights.experts) else 1):
        sizes = [
            dense + per_layer + (0 if layer < on_cpu else experts)
            for layer, (dense, experts) in enumerate(
                zip(weights.dense, weights.experts, strict=True)
            )
        ]
        counts = _pack([*sizes, weights.outer], budgets)
        if counts is not None:
            return _placed(weights, gpus, counts, on_cpu, cache, work, shared=shared)
    # Not even the dense part fits: the last layers only, and all experts with the processor.
    without = range(layers) if any(weights.experts) else range(0)
    for first in range(1, layers + 1):
        sizes = [dense + per_layer for dense in weights.dense[first:]]
        counts = _pack([*sizes, weights.outer], budgets)
        if counts is not None:
            whole = _placed(weights, gpus, counts, len(without), cache, work, shared=shared)
            placement = replace(
                whole.placement,
                gpu_layers=layers - first + 1,
                expert_layers_on_cpu=tuple(layer for layer in without if layer >= first),
                words=f"{layers - first} of {layers} layers on {_names(gpus)}, "
                "the rest on the processor.",
            )
            inside = weights.outer + sum(weights.dense[first:])
            return replace(
                whole, placement=placement, gpu_bytes=inside, gpu_per_token=inside,
                gpu_own=per_layer * (layers - first) + work,
            )  # fmt: skip
    return Placed(placement=Placement(words=f"All on the processor; {_names(gpus)} is too small."))


def _usable(devices: Sequence[Device]) -> list[Device]:
    """Graphics processors with memory of their own; else the one that shares the system's."""
    own = [one for one in devices if one.kind is DeviceKind.GPU]
    shared = [one for one in devices if one.kind is DeviceKind.INTEGRATED]
    return own[:MAX_GPUS] or shared[:1]


def _pack(sizes: Sequence[int], budgets: Sequence[int]) -> list[int] | None:
    """How many items, in their order, each device takes; None if they do not all fit."""
    counts = [0] * len(budgets)
    device, left = 0, budgets[0]
    for size in sizes:
        while size > left:
            device += 1
            if device == len(budgets):
                return None
            left = budgets[device]
        left -= size
        counts[device] += 1
    return counts


def _placed(
    weights: Weights,
    gpus: Sequence[Device],
    counts: Sequence[int],
    on_cpu: int,
    cache: int,
    work: int,
    *,
    shared: bool,
) -> Placed:
    layers = len(weights.dense)
    used = [gpu for gpu, count in zip(gpus, counts, strict=True) if count]
    experts = sum(weights.experts[on_cpu:])
    if on_cpu == 0:
        words = f"All layers on {_names(used)}."
    elif on_cpu == layers:
        words = f"Attention and shared weights on {_names(used)}, all experts in memory."
    else:
        words = (
            f"Attention, shared weights and the experts of {layers - on_cpu} of {layers} layers "
            f"on {_names(used)}, the other experts in memory."
        )
    return Placed(
        placement=Placement(
            gpu_layers=layers + 1,
            expert_layers_on_cpu=tuple(range(on_cpu)),
            split=tuple(counts) if len(gpus) > 1 else (),
            words=words,
        ),
        gpu_bytes=weights.dense_per_token + experts,
        gpu_own=cache + work * len(used),
        gpu_per_token=weights.dense_per_token + weights.routed_per_token(experts),
        shared=shared,
    )


def _names(gpus: Sequence[Device]) -> str:
    if len(gpus) == 1:
        return gpus[0].description or gpus[0].name
    return f"{len(gpus)} graphics processors"
