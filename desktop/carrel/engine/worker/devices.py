"""What ggml can compute on here, by its backend interface.

The same for CPU, CUDA, Vulkan, Metal, ROCm, SYCL and CANN. Must not know what is to be placed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from carrel.domain.plans import Device, DeviceKind
from carrel.engine.errors import printable
from carrel.engine.fit.placement import MAX_GPUS
from carrel.engine.worker.binding import ggml
from carrel.system.memory import memory

_KINDS: Final = (DeviceKind.CPU, DeviceKind.GPU, DeviceKind.INTEGRATED, DeviceKind.ACCELERATOR)
"""In the order of ggml's numbers; a device of another number only groups others."""

_HANDLE: Final = ctypes.c_void_p
_SIZE: Final = ctypes.POINTER(ctypes.c_size_t)

for _name, _arguments, _result in (
    ("ggml_backend_dev_count", [], ctypes.c_size_t),
    ("ggml_backend_dev_get", [ctypes.c_size_t], _HANDLE),
    ("ggml_backend_dev_name", [_HANDLE], ctypes.c_char_p),
    ("ggml_backend_dev_description", [_HANDLE], ctypes.c_char_p),
    ("ggml_backend_dev_type", [_HANDLE], ctypes.c_int),
    ("ggml_backend_dev_memory", [_HANDLE, _SIZE, _SIZE], None),
    ("ggml_backend_dev_backend_reg", [_HANDLE], _HANDLE),
    ("ggml_backend_reg_name", [_HANDLE], ctypes.c_char_p),
    ("ggml_backend_cpu_buffer_type", [], _HANDLE),
):
    _function = getattr(ggml, _name)
    _function.argtypes, _function.restype = _arguments, _result


def devices() -> tuple[Device, ...]:
    """All devices, in ggml's order."""
    count = min(ggml.ggml_backend_dev_count(), MAX_GPUS + 8)
    found = (_device(ggml.ggml_backend_dev_get(index)) for index in range(count))
    return tuple(device for device in found if device is not None)


def device_frames(listed: Sequence[Device]) -> list[dict[str, Any]]:
    """Devices as maps for a frame."""
    return [asdict(device) for device in listed]


def cpu_buffer_type() -> int:
    """The handle of ordinary memory, where tensors can be ordered to stay."""
    handle: int = ggml.ggml_backend_cpu_buffer_type()
    return handle


def _device(handle: int) -> Device | None:
    number = ggml.ggml_backend_dev_type(handle)
    if not 0 <= number < len(_KINDS):
        return None
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    ggml.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    kind = _KINDS[number]
    memory_free, memory_total = free.value, total.value
    if kind is DeviceKind.CPU:  # ggml takes all of it for free
        machine = memory()
        memory_free, memory_total = machine.available, machine.total
    return Device(
        name=_text(ggml.ggml_backend_dev_name(handle)),
        description=_text(ggml.ggml_backend_dev_description(handle)),
        backend=_text(ggml.ggml_backend_reg_name(ggml.ggml_backend_dev_backend_reg(handle))),
        kind=kind,
        memory_total=memory_total,
        memory_free=min(memory_free, memory_total),
    )


def _text(raw: bytes | None) -> str:
    return printable((raw or b"").decode("utf-8", "replace")).strip()
