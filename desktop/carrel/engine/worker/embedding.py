"""The embedding worker: texts in, vectors out, under the same lock as the engine.

Run as ``carrel worker embed JOB``. Loads one file of the BERT family. Texts longer
than one window are read in several, whose vectors are averaged. Must not know
documents, the window or what the vectors are for.
"""

from __future__ import annotations

import array
import ctypes
import math
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from os import dup, fdopen
from typing import Any, Final

from carrel.domain.errors import EngineError, LockError
from carrel.engine.errors import BadRequest, DamagedWeights, EngineUnlocked, LoadFailed, printable
from carrel.engine.files.embedding_check import EmbeddingFacts, Pooling, check_embedding
from carrel.engine.files.shards import read_parts
from carrel.engine.threads import default_threads
from carrel.engine.wire.embedding import (
    EmbeddingJob,
    embedded_frame,
    parse_embed,
    parse_embedding_job,
    ready_frame,
)
from carrel.engine.wire.frames import failed_frame
from carrel.engine.worker.inspection import sha256_of
from carrel.system import lock
from carrel.system.frames import Frame, FrameError
from carrel.system.priority import step_back
from carrel.system.worker import Wire

WINDOW_TOKENS: Final = 512
"""Tokens read at once. Most models of the family were trained on texts no longer than that, and
attention over one batch costs the square of its tokens."""
BATCH_TEXTS: Final = 64
"""Windows computed together at most."""
MAX_WINDOWS: Final = 8
"""Windows of one text; 8,000 characters of any script fill no more in most vocabularies."""
SLACK_BYTES: Final = 3 << 30
"""Bytes of address space for the interpreter, the libraries and what llama.cpp keeps aside."""
THREAD_BYTES: Final = 192 << 20
"""Bytes of address space a thread takes: its stack and its arena of the C library."""

EXIT_FAILED, EXIT_USAGE, EXIT_UNLOCKED = 1, 2, 3


def main(arguments: list[str]) -> int:
    """Load, then answer until the owner lets go.

    Returns:
        The exit code: 1 a known failure, 2 wrong usage, 3 no lock; otherwise it does not return.
    """
    from carrel.engine.worker import go_first

    try:
        lock.lock_worker_calls()
        job = parse_embedding_job(arguments[0] if len(arguments) == 1 else "")
        go_first()
        if job.steps_back:
            step_back()
        from carrel.engine.worker import binding  # noqa: F401 - loaded before files are hidden

        lock.lock_worker_files(read=job.paths)
    except LockError as error:
        Wire().send(failed_frame(0, EngineUnlocked(**error.fields)))
        return EXIT_UNLOCKED
    except FrameError as error:
        Wire().send(failed_frame(0, BadRequest(**error.fields)))
        return EXIT_USAGE
    wire = Wire()
    try:
        network = _prepared(job, wire)
    except EngineError as error:
        wire.send(failed_frame(0, error))
        return EXIT_FAILED
    except OSError as error:
        wire.send(failed_frame(0, EngineError(cause=(error.strerror or "it cannot be read"))))
        return EXIT_FAILED
    while True:
        _answer(wire, network, wire.receive())


def _prepared(job: EmbeddingJob, wire: Wire) -> _Network:
    def on_step(step: str, done: int, total: int) -> None:
        wire.send({"event": "progress", "id": 0, "step": step, "done": done, "total": total})

    with ExitStack() as stack:
        streams = [stack.enter_context(fdopen(dup(number), "rb")) for number in job.descriptors]
        facts = check_embedding(read_parts(streams))
    sha256 = sha256_of(job.descriptors, on_step)
    network = _Network(job, facts)
    wire.send(ready_frame(facts, sha256))
    return network


def _answer(wire: Wire, network: _Network, untrusted: Frame) -> None:
    try:
        number, texts = parse_embed(untrusted)
    except FrameError as error:
        untrusted_id = untrusted.get("id")
        number = untrusted_id if isinstance(untrusted_id, int) else 0
        wire.send(failed_frame(number, BadRequest(**error.fields)))
        return
    try:
        vectors, tokens = network.embed(texts)
    except EngineError as error:
        wire.send(failed_frame(number, error))
    else:
        wire.send(embedded_frame(number, vectors, tokens))


class _Network:
    """A loaded embedding model."""

    def __init__(self, job: EmbeddingJob, facts: EmbeddingFacts) -> None:
        from carrel.engine.worker.binding import FIRST_ERROR, all_finite, api, quiet_log

        self._api, self._all_finite = api, all_finite
        self._facts = facts
        self._window = min(WINDOW_TOKENS, facts.context_tokens)
        threads = job.threads or default_threads()
        _limit_address_space(facts, threads, gpus=bool(api.llama_supports_gpu_offload()))
        quiet_log()
        api.llama_backend_init()
        FIRST_ERROR.clear()
        self._network = self._load(job)
        if not self._network:
            cause = FIRST_ERROR[0] if FIRST_ERROR else "llama.cpp gave no reason"
            raise LoadFailed(cause=printable(cause.rpartition("error loading model: ")[2]))
        self._words = api.llama_model_get_vocab(self._network)
        self._context = api.llama_init_from_model(self._network, self._parameters(threads))
        if not self._context:
            cause = FIRST_ERROR[0] if FIRST_ERROR else "there is not enough memory"
            raise LoadFailed(cause=printable(cause))
        if api.llama_model_n_embd_out(self._network) != facts.dimension:
            raise LoadFailed(cause="its vectors are not as wide as its header says")
        self._before, self._after = self._ends()

    def embed(self, texts: Sequence[str]) -> tuple[bytes, int]:
        """The vectors of texts, one after another in single precision, and the tokens read.

        Raises:
            DamagedWeights: numbers came out that are none.
            EngineError: llama.cpp could not compute them.
        """
        owners: list[int] = []
        windows: list[Sequence[int]] = []
        for at, text in enumerate(texts):
            for window in self._windows(text):
                owners.append(at)
                windows.append(window)
        size = self._facts.dimension
        sums = [[0.0] * size for _ in texts]
        place = 0
        for batch in self._batches(windows):
            for vector in self._compute(batch):
                mine = sums[owners[place]]
                length = math.sqrt(math.fsum(x * x for x in vector))
                if length:
                    mine[:] = [old + new / length for old, new in zip(mine, vector, strict=True)]
                place += 1
        packed = array.array("f", (number for one in sums for number in one))
        if sys.byteorder == "big":
            packed.byteswap()
        return packed.tobytes(), sum(map(len, windows))

    def _load(self, job: EmbeddingJob) -> Any:  # noqa: ANN401 - llama.cpp's handle
        api = self._api
        parameters = api.llama_model_default_params()
        parameters.load_mode = api.LLAMA_LOAD_MODE_MMAP
        parameters.use_extra_bufts = False  # a second copy of the weights for little
        # By descriptor: whatever the name points to by now, this is the file that was checked.
        names = [f"/proc/self/fd/{descriptor}".encode() for descriptor in job.descriptors]
        paths = (ctypes.c_char_p * len(names))(*names)
        return api.llama_model_load_from_splits(paths, len(names), parameters)

    def _parameters(self, threads: int) -> Any:  # noqa: ANN401 - llama.cpp's structure
        api = self._api
        parameters = api.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = WINDOW_TOKENS
        parameters.n_seq_max = BATCH_TEXTS
        parameters.kv_unified = True  # otherwise each text of a batch gets its share of the tokens
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_AUTO
        parameters.embeddings = True
        parameters.pooling_type = {
            Pooling.MEAN: api.LLAMA_POOLING_TYPE_MEAN,
            Pooling.CLS: api.LLAMA_POOLING_TYPE_CLS,
            Pooling.LAST: api.LLAMA_POOLING_TYPE_LAST,
        }[self._facts.pooling]
        parameters.no_perf = True
        return parameters

    def _ends(self) -> tuple[list[int], list[int]]:
        """What the vocabulary puts before and after each text."""
        empty = self._tokens("", special=True)
        starts = 1 if empty and self._api.llama_vocab_get_add_bos(self._words) else 0
        if len(empty) + 1 >= self._window:
            raise LoadFailed(cause="its vocabulary puts too much around each text")
        return empty[:starts], empty[starts:]

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        raw = text.encode()
        room = len(raw) + 8
        while True:
            tokens = (self._api.llama_token * room)()
            # Special tokens are put around a text, but none is read from it.
            count = self._api.llama_tokenize(
                self._words,
                raw,
                len(raw),
                tokens,
                room,
                special,
                False,  # noqa: FBT003
            )
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def _windows(self, text: str) -> Iterator[list[int]]:
        body = self._tokens(text, special=False)
        room = self._window - len(self._before) - len(self._after)
        for start in range(0, min(max(1, len(body)), MAX_WINDOWS * room), room):
            window = [*self._before, *body[start : start + room], *self._after]
            # A text without a word in this vocabulary is the token nobody means.
            yield window or [0]

    def _batches(self, windows: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
        batch: list[Sequence[int]] = []
        size = 0
        for window in windows:
            if batch and (size + len(window) > WINDOW_TOKENS or len(batch) == BATCH_TEXTS):
                yield batch
                batch, size = [], 0
            batch.append(window)
            size += len(window)
        if batch:
            yield batch

    def _compute(self, windows: Sequence[Sequence[int]]) -> Iterator[ctypes.Array[ctypes.c_float]]:
        api = self._api
        total = sum(map(len, windows))
        batch = api.llama_batch_init(total, 0, 1)
        try:
            at = 0
            for number, window in enumerate(windows):
                for position, token in enumerate(window):
                    batch.token[at] = token
                    batch.pos[at] = position
                    batch.n_seq_id[at] = 1
                    batch.seq_id[at][0] = number
                    batch.logits[at] = 1
                    at += 1
            batch.n_tokens = total
            code = api.llama_encode(self._context, batch)
        finally:
            api.llama_batch_free(batch)
        if code != 0:
            raise EngineError(cause=f"llama.cpp could not read a text (code {code})")
        for number in range(len(windows)):
            found = api.llama_get_embeddings_seq(self._context, number)
            row = (ctypes.c_float * self._facts.dimension)()
            ctypes.memmove(row, found, ctypes.sizeof(row))
            if not self._all_finite(row):
                raise DamagedWeights
            yield row


def _limit_address_space(facts: EmbeddingFacts, threads: int, *, gpus: bool) -> None:
    """A wrong size somewhere ends in an error here, not in the machine running out of memory."""
    if gpus:
        return  # drivers map far more than there is
    row = 16 * facts.dimension + 4 * facts.inner + facts.heads * WINDOW_TOKENS
    work = 8 * WINDOW_TOKENS * row  # twice what a layer needs in single precision
    limit = 2 * facts.size + work + SLACK_BYTES + threads * THREAD_BYTES
    with suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
