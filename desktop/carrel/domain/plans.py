"""Whether and how a model fits this machine: what was planned, by which numbers, in which words.

Must not know llama.cpp, the system or how anything is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FitVerdict(StrEnum):
    """How a model will run."""

    RUNS_WELL = "runs well"
    TIGHT = "tight"
    STREAMS = "streams from disk"
    DOES_NOT_FIT = "does not fit"


class DeviceKind(StrEnum):
    """What a device is to ggml."""

    CPU = "cpu"
    GPU = "gpu"
    INTEGRATED = "integrated"
    ACCELERATOR = "accelerator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device ggml can compute on.

    Attributes:
        backend: ggml's name of it: CPU, CUDA, Vulkan, Metal, ROCm, SYCL, CANN.
        memory_total, memory_free: bytes; the system's memory for the processor.
    """

    name: str
    description: str
    backend: str
    kind: DeviceKind
    memory_total: int
    memory_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContext:
    """The memory one context size takes.

    Attributes:
        n_ctx: tokens.
        kv_type: format of the numbers in the cache.
        n_ubatch: tokens computed at once.
        weights_bytes: of the files; mapped.
        kv_bytes: cache and the compressors' state.
        compute_bytes: buffers while computing.
        confirmed: llama.cpp itself named the same sizes when asked without allocating.
    """

    n_ctx: int
    kv_type: str
    n_ubatch: int
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    verdict: FitVerdict
    confirmed: bool = False

    @property
    def own_bytes(self) -> int:
        """What cannot be dropped and read again."""
        return self.kv_bytes + self.compute_bytes

    @property
    def total_bytes(self) -> int:
        """What avoids reading from disk while answering."""
        return self.weights_bytes + self.own_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedEstimate:
    """Tokens a second to expect while writing.

    Attributes:
        bandwidth: bytes a second of memory, measured for a moment; 0 if not measured, and then
            low and high are 0 too.
        bytes_per_token: read for each written token.
        low, high: tokens a second; equal when measured with this model.
        measured: with this model on this machine, not computed from the bandwidth.
    """

    bandwidth: int
    bytes_per_token: int
    low: float
    high: float
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which device holds what.

    Attributes:
        gpu_layers: layers given to graphics processors, the output counted as one; 0 keeps all
            on the processor.
        expert_layers_on_cpu: of those, the ones whose experts stay in the system's memory.
        split: how many of the layers each of several graphics processors takes; empty for one.
        words: the same in a sentence.
    """

    gpu_layers: int = 0
    expert_layers_on_cpu: tuple[int, ...] = ()
    split: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitPlan:
    """The whole plan for one model on this machine.

    Attributes:
        contexts: every size looked at, smallest first, each cache type in turn.
        recommended: the one to load.
        advice: what to change when it is not well, a sentence; empty when it is.
        memory_free: bytes the system can give now.
    """

    name: str
    contexts: tuple[PlannedContext, ...]
    recommended: PlannedContext
    estimate: SpeedEstimate
    devices: tuple[Device, ...]
    placement: Placement
    advice: str
    memory_total: int
    memory_free: int

    @property
    def verdict(self) -> FitVerdict:
        """Of the recommended context."""
        return self.recommended.verdict
