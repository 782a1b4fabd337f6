"""Ask llama.cpp what a model would take, without giving it the memory.

The file is loaded without a byte of its weights, and contexts are made without
a byte of their caches; on the way llama.cpp prints the sizes it would allocate.
Takes seconds and megabytes for any file. Must not know who asked.
"""

from __future__ import annotations

import ctypes
import math
import re
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import Any, Final

from carrel.engine.errors import LoadFailed
from carrel.engine.files.gguf import Header
from carrel.engine.files.gguf_check import Facts
from carrel.engine.fit.verdict import CACHE_CHOICE, CONTEXTS
from carrel.engine.fit.weights import Weights, weights_of
from carrel.engine.threads import default_threads
from carrel.engine.wire.job import Job
from carrel.engine.worker.bandwidth import memory_bandwidth
from carrel.engine.worker.binding import api, heard_log
from carrel.engine.worker.devices import device_frames, devices
from carrel.engine.worker.inspection import check_parts, facts_frame
from carrel.engine.worker.load import context_parameters, network_parameters
from carrel.system.worker import Wire

ADDRESS_SPACE: Final = 16 << 30
"""Bytes the planning process may map; it uses a hundredth of that."""
ROUNDED_BYTES: Final = 0.005 * (1 << 20)
"""Bytes a printed size may be below the true one: it has two decimals of a MiB."""

_MIB: Final = 1 << 20
_CACHE: Final = re.compile(
    r"^llama_(?:kv_cache|dsv4_comp_state|memory_recurrent)\w*: (?!.*buffer size)"
    r".*\bsize = +([\d.]+) MiB",
    re.MULTILINE,
)
_WORK: Final = re.compile(r"compute buffer size = +([\d.]+) MiB")


def plan(job: Job, wire: Wire) -> None:
    """Check the files, measure, ask, and send what came of it; what llama.cpp refuses is left out.

    Raises:
        GgufError: what is wrong with the files.
        OSError: the disk.
    """
    if not api.llama_supports_gpu_offload():  # drivers map far more than there is
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    speed = memory_bandwidth(job.settings.threads or default_threads())
    facts, headers = check_parts(job.descriptors)
    wire.send(facts_frame(facts, ""))
    weights = _weights(headers, facts.architecture)
    del headers
    with heard_log() as lines:
        api.llama_backend_init()
        try:
            sizes = list(_sizes(job, facts, lines))
        except LoadFailed:
            sizes = []
    wire.send(
        {
            "event": "planned",
            "id": 0,
            "weights": asdict(weights),
            "devices": device_frames(devices()),
            "contexts": sizes,
            "bandwidth": speed,
        }
    )


def _weights(headers: Sequence[Header], architecture: str) -> Weights:
    sizes: dict[str, int] = {}
    experts = {"expert_count": 0, "expert_used_count": 0}
    for header in headers:
        sizes |= {name: tensor.size for name, tensor in header.tensors.items()}
        for key in experts:
            entry = header.entries.get(f"{architecture}.{key}")
            if entry is not None and isinstance(entry.value, int):
                experts[key] = entry.value
    total = experts["expert_count"]
    return weights_of(
        sizes, experts_used=min(total, experts["expert_used_count"]), experts_total=total
    )


def _sizes(job: Job, facts: Facts, lines: list[str]) -> Iterator[list[Any]]:
    """For each context and cache format: bytes of cache and state, and of buffers."""
    with _empty_network(job, facts) as network:
        for n_ctx in CONTEXTS:
            for cache_type in CACHE_CHOICE:
                settings = replace(job.settings, context_tokens=n_ctx, cache_type=cache_type)
                lines.clear()
                parameters = context_parameters(settings, default_threads())
                context = api.llama_init_from_model(network, parameters)
                if not context:
                    continue
                api.llama_free(context)
                text = "".join(lines)
                cache, work = _bytes(_CACHE.findall(text)), _bytes(_WORK.findall(text))
                yield [n_ctx, cache_type, cache, work]


def _bytes(printed: Sequence[str]) -> int:
    """The sum of printed sizes, never below the true one."""
    return math.ceil(sum(float(one) * _MIB + ROUNDED_BYTES for one in printed if float(one)))


@contextmanager
def _empty_network(job: Job, facts: Facts) -> Iterator[Any]:
    parameters, kept = network_parameters(job.settings, {**facts.overrides, **job.overrides})
    parameters.load_mode = api.LLAMA_LOAD_MODE_NONE  # a mapping would be filled all the same
    parameters.no_alloc = True
    names = [f"/proc/self/fd/{descriptor}".encode() for descriptor in job.descriptors]
    paths = (ctypes.c_char_p * len(names))(*names)
    network = api.llama_model_load_from_splits(paths, len(names), parameters)
    if not network:
        raise LoadFailed(cause="it does not load")
    try:
        yield network
    finally:
        api.llama_model_free(network)
        del kept
