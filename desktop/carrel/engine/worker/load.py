"""Load a model and make a context, with the settings that are right for ``deepseek4``.

The defaults of llama.cpp and of its Python package are wrong for this
architecture: a window cache of full size, attention that is not fused, weights
repacked into memory of their own. Must not know requests or the wire.
"""

from __future__ import annotations

import ctypes
import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carrel.domain.errors import EngineError
from carrel.engine.chat.encoding import Encoding
from carrel.engine.errors import LeastTooMuch, LoadFailed, NotEnoughMemory, printable
from carrel.engine.files.gguf_check import Facts
from carrel.engine.fit.memory import MemoryNeed, memory_need
from carrel.engine.fit.verdict import CONTEXTS
from carrel.engine.threads import default_threads
from carrel.engine.wire.job import Job, Overrides
from carrel.engine.wire.protocol import EngineSettings
from carrel.engine.worker.binding import ABORT_TEST, FIRST_ERROR, AbortFlag, api, quiet_log
from carrel.engine.worker.placing import apply_placement
from carrel.engine.worker.watch import MappingWatch
from carrel.system.memory import memory

SLACK_BYTES: Final = 4 << 30
"""Bytes of address space for the interpreter, the libraries and what llama.cpp keeps aside."""
THREAD_BYTES: Final = 192 << 20
"""Bytes of address space a thread takes: its stack and its arena of the C library."""
READ_BYTES: Final = 8 << 20
"""Bytes read at a time while warming the page cache."""
TELL_SECONDS: Final = 0.1
"""Seconds between two reports of reading; a fast drive would send hundreds."""
WORTH_READING: Final = 256 << 20
"""Bytes; a smaller file is mapped faster than progress could be shown."""

_GGML_TYPES: Final = {
    "f32": api.GGML_TYPE_F32,
    "f16": api.GGML_TYPE_F16,
    "q8_0": api.GGML_TYPE_Q8_0,
}

_MISFIT: Final = "block size"
"""In llama.cpp's words when a quantised cache cannot hold heads of this width."""

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded engine.

    Attributes:
        network, context, words: llama.cpp's handles (model, context, vocabulary).
        abort: stops llama_decode between two steps of the network.
        keeps_all: keys and values of every token stay where they are, so that going back only
            means dropping what is above.
        keep: objects llama.cpp holds pointers to.
    """

    network: Any
    context: Any
    words: Any
    abort: AbortFlag
    context_tokens: int
    batch_tokens: int
    threads: int
    keeps_all: bool
    keep: tuple[object, ...]


def load(job: Job, facts: Facts, on_step: OnStep) -> Loaded:
    """Load the checked files of a job.

    Raises:
        LoadFailed: llama.cpp refused; with its own words.
        NotEnoughMemory, LeastTooMuch: the context could not be allocated.
    """
    settings = job.settings
    threads = settings.threads or default_threads()
    _check_room(settings, facts)
    _limit_address_space(settings, facts, threads)
    warm_page_cache(job, on_step)
    quiet_log()
    api.llama_backend_init()
    overrides = {**facts.overrides, **job.overrides}
    network, kept = _load_network(job, overrides, on_step)
    abort = AbortFlag()
    context = _make_context(network, settings, facts, threads)
    api.llama_set_abort_callback(context, ABORT_TEST, abort.address)
    return Loaded(
        network=network,
        context=context,
        words=api.llama_model_get_vocab(network),
        abort=abort,
        context_tokens=api.llama_n_ctx(context),
        batch_tokens=settings.batch_tokens,
        threads=threads,
        keeps_all=_keeps_all(network),
        keep=kept,
    )


def _check_room(settings: EngineSettings, facts: Facts) -> None:
    """Refuse what would have the system end this process in the middle of it."""
    if api.llama_supports_gpu_offload() and settings.gpu_layers:
        return  # the cache lies with the cards, and they say no without harm
    own = _need(settings, facts, settings.context_tokens).own
    room = _room(settings, facts.size)
    if room and own > room:
        raise _too_much(settings, facts, room)


def _room(settings: EngineSettings, still_to_map: int) -> int:
    """Bytes there are beside the mapped file; 0 if that is not known."""
    available = memory().available
    if not settings.address_space:
        return available
    threads = settings.threads or default_threads()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    taken = pages * resource.getpagesize() + still_to_map + threads * THREAD_BYTES
    left = max(1, settings.address_space - taken)
    return min(available, left) if available else left


def _too_much(settings: EngineSettings, facts: Facts, free: int) -> EngineError:
    """Which sentence, with the numbers and the context that would fit."""
    said = {
        "context": settings.context_tokens,
        "needed": _gib(_need(settings, facts, settings.context_tokens).own),
        "free": _gib(free),
    }
    for n_ctx in reversed(CONTEXTS):
        if n_ctx < settings.context_tokens and _need(settings, facts, n_ctx).own <= free:
            return NotEnoughMemory(**said, smaller=n_ctx)
    return LeastTooMuch(**said)


def _need(settings: EngineSettings, facts: Facts, context: int) -> MemoryNeed:
    return memory_need(
        facts.geometry,
        file_bytes=facts.size,
        context=context,
        batch=settings.batch_tokens,
        cache_type=settings.cache_type,
    )


def _keeps_all(network: Any) -> bool:  # noqa: ANN401 - llama.cpp's handle
    """Whether no layer rolls a state or looks through a window; V4 counts as a hybrid."""
    rolls = api.llama_model_is_recurrent(network) or api.llama_model_is_hybrid(network)
    return not rolls and api.llama_model_n_swa(network) == 0


def _limit_address_space(settings: EngineSettings, facts: Facts, threads: int) -> None:
    """A wrong size somewhere ends in an error here, not in the machine running out of memory."""
    if api.llama_supports_gpu_offload():
        return  # drivers map far more than there is
    need = _need(settings, facts, settings.context_tokens)
    capsule = need.cache + need.state  # mapped while it is written or restored
    computed = facts.size + 2 * need.own + capsule + SLACK_BYTES + threads * THREAD_BYTES
    limit = settings.address_space or computed
    with suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def warm_page_cache(job: Job, on_step: OnStep) -> None:
    """Read the files once, in order, so that waiting has a bar and mapping is quick.

    llama.cpp maps the whole file in one call that cannot report or be stopped. If
    memory cannot hold the file, nothing is read: what was read first would be gone
    when it is mapped. `watch` tells how the mapping goes then.
    """
    sizes = [os.fstat(descriptor).st_size for descriptor in job.descriptors]
    total = sum(sizes)
    if total < WORTH_READING or total > memory().available:
        return
    buffer = bytearray(READ_BYTES)
    done = 0
    told = time.monotonic()
    for descriptor, size in zip(job.descriptors, sizes, strict=True):
        position = 0
        while position < size:
            count = os.preadv(descriptor, [buffer], position)
            if count == 0:
                break  # the file shrank; llama.cpp will say so
            position += count
            done += count
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                on_step("reading", done, total)
    on_step("reading", done, total)


def network_parameters(
    settings: EngineSettings, replaced: Overrides
) -> tuple[Any, tuple[object, ...]]:
    """How a file is loaded; the second part must live as long as the first is used."""
    parameters = api.llama_model_default_params()
    parameters.load_mode = api.LLAMA_LOAD_MODE_MMAP
    parameters.check_tensors = False  # would read the whole file again; logits are checked instead
    # It would copy the weights into another layout, 28 GiB of V4-Flash's. Of small models only
    # those in Q4_0 gain (reading 1.9 to 3 times as fast; Q8_0 and Q4_K within the noise), and take
    # twice their memory.
    parameters.use_extra_bufts = False
    parameters.load_mtp = False
    overrides = _override_array(replaced)
    parameters.kv_overrides = overrides
    return parameters, (overrides, *apply_placement(parameters, settings))


def _load_network(job: Job, replaced: Overrides, on_step: OnStep) -> tuple[Any, tuple[object, ...]]:
    parameters, kept = network_parameters(job.settings, replaced)
    offloads = api.llama_supports_gpu_offload() and job.settings.gpu_layers != 0

    @api.llama_progress_callback  # type: ignore[untyped-decorator]
    def progress(share: float, _data: object) -> bool:
        if offloads:  # otherwise a thousand calls in a moment
            on_step("placing", int(share * 1000), 1000)
        return True

    parameters.progress_callback = progress
    # By descriptor: whatever the name points to by now, this is the file that was checked.
    names = [f"/proc/self/fd/{descriptor}".encode() for descriptor in job.descriptors]
    paths = (ctypes.c_char_p * len(names))(*names)
    total = sum(os.fstat(descriptor).st_size for descriptor in job.descriptors)
    FIRST_ERROR.clear()
    with MappingWatch(total, on_step):
        network = api.llama_model_load_from_splits(paths, len(names), parameters)
    if not network:
        raise LoadFailed(cause=_first_error())
    return network, (*kept, progress, paths)


def _first_error() -> str:
    if not FIRST_ERROR:
        return "llama.cpp gave no reason"
    _, _, reason = FIRST_ERROR[0].rpartition("error loading model: ")
    return printable(reason or FIRST_ERROR[0])


def _override_array(overrides: Overrides) -> Any:  # noqa: ANN401 - a ctypes array
    array = (api.llama_model_kv_override * (len(overrides) + 1))()  # ends with an empty key
    for entry, (key, value) in zip(array, overrides.items(), strict=False):
        entry.key = key.encode()
        if isinstance(value, str):
            entry.tag = api.LLAMA_KV_OVERRIDE_TYPE_STR
            entry.value.val_str = value.encode()
        elif isinstance(value, float):
            entry.tag = api.LLAMA_KV_OVERRIDE_TYPE_FLOAT
            entry.value.val_f64 = value
        else:
            entry.tag = api.LLAMA_KV_OVERRIDE_TYPE_INT
            entry.value.val_i64 = value
    return array


def context_parameters(settings: EngineSettings, threads: int) -> Any:  # noqa: ANN401 - llama.cpp's structure
    """How a context is made."""
    parameters = api.llama_context_default_params()
    parameters.n_ctx = settings.context_tokens
    parameters.n_batch = parameters.n_ubatch = settings.batch_tokens
    parameters.n_seq_max = 1
    parameters.n_rs_seq = 0  # see `session`: taking back after an abort is not exact
    parameters.n_outputs_max = 1  # only the last token's; else a batch of them is reserved
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.flash_attn_type = (
        api.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if settings.fused_attention
        else api.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    parameters.swa_full = False
    parameters.type_k = parameters.type_v = _GGML_TYPES[settings.cache_type]
    parameters.no_perf = True
    return parameters


def _make_context(network: Any, settings: EngineSettings, facts: Facts, threads: int) -> Any:  # noqa: ANN401 - llama.cpp's handles
    parameters = context_parameters(settings, threads)
    parameters.n_ctx = min(settings.context_tokens, facts.context_tokens)
    if facts.encoding is Encoding.TEMPLATE and settings.fused_attention:
        # Not every network can be computed that way; llama.cpp knows which.
        parameters.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_AUTO
    FIRST_ERROR.clear()
    context = api.llama_init_from_model(network, parameters)
    if not context and FIRST_ERROR and _MISFIT in FIRST_ERROR[0]:
        raise LoadFailed(cause=f"its heads do not fit a cache in {settings.cache_type}")
    if not context:
        raise _too_much(settings, facts, _room(settings, 0))
    return context


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
