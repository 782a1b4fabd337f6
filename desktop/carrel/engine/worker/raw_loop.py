"""The shortest loop that makes llama.cpp read a prompt and write: what our own is measured against.

Nothing is looked at, remembered, shown or sent while it runs; the settings of
the context and the choice of words are the same. Must not know what is compared.
"""

from __future__ import annotations

import time

from carrel.domain.errors import EngineError
from carrel.engine.chat.encoding import render
from carrel.engine.errors import BadRequest, DecodeFailed, PromptTooLong
from carrel.engine.files.gguf_check import Facts
from carrel.engine.wire.frames import failed_frame
from carrel.engine.wire.job import Job
from carrel.engine.wire.pacing import Timed, TimeIt, parse_time_it, timed_frame
from carrel.engine.worker.binding import api
from carrel.engine.worker.inspection import check_files
from carrel.engine.worker.load import Loaded, load
from carrel.engine.worker.sampling import plain_chain
from carrel.engine.worker.words import Words
from carrel.system.frames import Frame, FrameError
from carrel.system.worker import Wire


def run(job: Job) -> int:
    """Load, then time requests until the owner lets go.

    Returns:
        1 if loading failed; otherwise it does not return.
    """
    wire = Wire()
    try:
        facts: Facts = check_files(job.descriptors)
        loaded = load(job, facts, lambda _step, _done, _total: None)
        words = Words(loaded.words, facts.encoding)
    except EngineError as error:
        wire.send(failed_frame(0, error))
        return 1
    wire.send({"event": "loaded"})
    while True:
        wire.send(_answer(wire.receive(), loaded, words))


def _answer(untrusted: Frame, loaded: Loaded, words: Words) -> Frame:
    try:
        return timed_frame(_time(parse_time_it(untrusted), loaded, words))
    except FrameError as error:
        return failed_frame(0, BadRequest(**error.fields))
    except EngineError as error:
        return failed_frame(0, error)


def _time(request: TimeIt, loaded: Loaded, words: Words) -> Timed:
    tokens = words.prompt(render(request.conversation, request.thinking, words.encoding)).tokens
    if len(tokens) + request.tokens > loaded.context_tokens:
        raise PromptTooLong(tokens=len(tokens), context=loaded.context_tokens - request.tokens)
    context, batch = loaded.context, api.llama_batch_init(loaded.batch_tokens, 0, 1)
    api.llama_memory_clear(api.llama_get_memory(context), True)  # noqa: FBT003 - positional only
    chain = plain_chain(request.sampling)
    sample, decode = api.llama_sampler_sample, api.llama_decode
    try:
        began = time.monotonic()
        for start in range(0, len(tokens), loaded.batch_tokens):
            part = tokens[start : start + loaded.batch_tokens]
            batch.n_tokens = len(part)
            for place, token in enumerate(part):
                batch.token[place] = token
                batch.pos[place] = start + place
                batch.n_seq_id[place] = 1
                batch.seq_id[place][0] = 0
                batch.logits[place] = start + place == len(tokens) - 1
            _check(decode(context, batch))
        read = time.monotonic()
        token = sample(chain, context, -1)
        first = time.monotonic()
        batch.n_tokens, batch.n_seq_id[0], batch.seq_id[0][0], batch.logits[0] = 1, 1, 0, True
        for position in range(len(tokens), len(tokens) + request.tokens - 1):
            batch.token[0] = token
            batch.pos[0] = position
            _check(decode(context, batch))
            token = sample(chain, context, -1)
        ended = time.monotonic()
    finally:
        api.llama_sampler_free(chain)
        api.llama_batch_free(batch)
    return Timed(
        prompt_tokens=len(tokens),
        read_seconds=read - began,
        first_seconds=first - began,
        write_seconds=ended - read,
    )


def _check(code: int) -> None:
    if code:
        raise DecodeFailed(cause=f"code {code}")
