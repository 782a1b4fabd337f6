"""Tell llama.cpp which device holds what. Must not know how that was chosen."""

from __future__ import annotations

import ctypes
from typing import Any

from carrel.engine.wire.protocol import AS_LLAMA_CPP, EngineSettings
from carrel.engine.worker.binding import api
from carrel.engine.worker.devices import cpu_buffer_type


class _Override(ctypes.Structure):
    """``llama_model_tensor_buft_override``, which the Python package leaves out."""

    _fields_ = (("pattern", ctypes.c_char_p), ("buffer_type", ctypes.c_void_p))


def apply_placement(parameters: Any, settings: EngineSettings) -> tuple[object, ...]:  # noqa: ANN401 - llama.cpp's structure
    """Set layers, split and the tensors that stay in ordinary memory.

    Returns:
        What must live until the file is loaded.
    """
    kept: list[object] = []
    if not api.llama_supports_gpu_offload():
        parameters.n_gpu_layers = 0
    elif settings.gpu_layers != AS_LLAMA_CPP:
        parameters.n_gpu_layers = settings.gpu_layers
    if settings.expert_layers_on_cpu:
        layers = "|".join(map(str, settings.expert_layers_on_cpu))
        pattern = rf"^blk\.({layers})\.ffn_(up|down|gate|gate_up)_exps".encode()
        overrides = (_Override * 2)(_Override(pattern, cpu_buffer_type()), _Override(None, None))
        parameters.tensor_buft_overrides = ctypes.cast(overrides, ctypes.c_void_p)
        kept += [pattern, overrides]
    if len(settings.split) > 1:
        shares = split_shares(settings.split, api.llama_max_devices())
        split = (ctypes.c_float * len(shares))(*shares)
        parameters.tensor_split = split
        kept.append(split)
    return tuple(kept)


def split_shares(counts: tuple[int, ...], devices: int) -> list[float]:
    """Shares by which llama.cpp gives each device exactly so many layers.

    It compares a layer's place with the sums of the shares; half a layer less on the first
    keeps every sum between two layers, whatever is rounded.
    """
    shares = [*map(float, counts), *[0.0] * devices][:devices]
    first = next((index for index, share in enumerate(shares) if share), 0)
    last = max((index for index, share in enumerate(shares) if share), default=0)
    if first != last:
        shares[first] -= 0.5
        shares[last] += 0.5
    return shares
