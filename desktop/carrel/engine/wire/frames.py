"""Frames between the window and the engine worker: values to maps, untrusted maps to values.

Every frame is checked where it arrives, on both sides. Must not know llama.cpp, processes or
threads.
"""

from __future__ import annotations

from dataclasses import asdict

from carrel.domain.errors import EngineError
from carrel.engine.chat.choice_grammar import MAX_CHOICE_CHARACTERS, MAX_CHOICES
from carrel.engine.chat.conversation import MAX_TEXT_CHARACTERS, Thinking
from carrel.engine.chat.encoding import Encoding
from carrel.engine.chat.json_grammar import MAX_SCHEMA_CHARACTERS
from carrel.engine.chat.stops import MAX_STOP_CHARACTERS, MAX_STOPS
from carrel.engine.errors import engine_error
from carrel.engine.fields import Fields, checked_text, choice
from carrel.engine.wire.conversations import (
    parse_call,
    parse_format,
    parse_messages,
    parse_offered,
    written_messages,
)
from carrel.engine.wire.protocol import (
    AS_LLAMA_CPP,
    CACHE_TYPES,
    MAX_BATCH_TOKENS,
    MAX_BYTES,
    MAX_CONTEXT_TOKENS,
    MAX_FAULT_CHARACTERS,
    MAX_FAULTS,
    MAX_LAYERS,
    MAX_LOGIT,
    MAX_PIECE_CHARACTERS,
    MAX_SECONDS,
    MAX_SEED,
    MAX_SPLIT,
    MAX_TEXTS,
    MAX_THREADS,
    MAX_TOP_K,
    MIN_CONTEXT_TOKENS,
    Called,
    Cancel,
    Count,
    Counted,
    Done,
    EngineInfo,
    EngineSettings,
    Event,
    Examine,
    Examined,
    Failed,
    Finish,
    Generate,
    Prefilled,
    Progress,
    Ready,
    Request,
    Restart,
    Restarted,
    Said,
    Sampling,
    Tally,
    Thought,
)
from carrel.system.frames import Frame, FrameError


def request_frame(request: Request) -> Frame:
    """A request as a frame."""
    match request:
        case Generate():
            return {
                "do": "generate",
                "id": request.id,
                "messages": written_messages(request.conversation),
                "sampling": asdict(request.sampling),
                "max_tokens": request.max_tokens,
                "thinking": request.thinking.value,
                "tools": [tool.schema for tool in request.tools],
                "response_format": request.response_format,
                "thinking_budget": request.thinking_budget,
                "stop": list(request.stop),
                "json_schema": request.json_schema,
                "choices": list(request.choices),
                "alone": request.alone,
            }
        case Count():
            return {"do": "count", "id": request.id, "texts": list(request.texts)}
        case Examine():
            return {"do": "examine", "id": request.id}
        case Cancel():
            return {"do": "cancel", "id": request.id}


def parse_request(untrusted_frame: Frame) -> Request:
    """Check a frame that reached the worker.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 1, 1 << 62)
    match fields.raw("do"):
        case "generate":
            return Generate(
                id=number,
                conversation=parse_messages(fields),
                sampling=parse_sampling(fields.raw("sampling")),
                max_tokens=fields.integer("max_tokens", 1, MAX_CONTEXT_TOKENS),
                thinking=choice(Thinking, fields.text("thinking", 8)),
                tools=parse_offered(fields),
                response_format=parse_format(fields),
                thinking_budget=fields.integer("thinking_budget", 0, MAX_CONTEXT_TOKENS),
                stop=_stops(fields),
                json_schema=fields.text("json_schema", MAX_SCHEMA_CHARACTERS),
                choices=tuple(
                    checked_text(untrusted_choice, "choices", MAX_CHOICE_CHARACTERS)
                    for untrusted_choice in fields.many("choices", MAX_CHOICES)
                ),
                alone=fields.text("alone", MAX_CHOICE_CHARACTERS),
            )
        case "count":
            untrusted_texts = fields.many("texts", MAX_TEXTS)
            texts = tuple(checked_text(t, "texts", MAX_TEXT_CHARACTERS) for t in untrusted_texts)
            return Count(id=number, texts=texts)
        case "examine":
            return Examine(id=number)
        case "cancel":
            return Cancel(id=number)
        case _:
            raise FrameError(cause="an unknown request")


def _stops(fields: Fields) -> tuple[str, ...]:
    untrusted_stops = fields.many("stop", MAX_STOPS)
    stops = tuple(checked_text(stop, "stop", MAX_STOP_CHARACTERS) for stop in untrusted_stops)
    if not all(stops):
        raise FrameError(cause="an empty stop string")
    return stops


def parse_sampling(untrusted: object) -> Sampling:
    """Check sampling parameters.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    return Sampling(
        temperature=fields.real("temperature", 0.0, 10.0),
        top_p=fields.real("top_p", 0.01, 1.0),
        min_p=fields.real("min_p", 0.0, 1.0),
        top_k=fields.integer("top_k", 0, MAX_TOP_K),
        seed=fields.integer("seed", 0, MAX_SEED),
    )


def parse_settings(untrusted: object) -> EngineSettings:
    """Check settings.

    Raises:
        FrameError: one is missing or out of range.
    """
    fields = Fields(untrusted)
    cache_type = fields.text("cache_type", 8)
    if cache_type not in CACHE_TYPES:
        raise FrameError(cause="an unknown cache type")
    return EngineSettings(
        context_tokens=fields.integer("context_tokens", MIN_CONTEXT_TOKENS, MAX_CONTEXT_TOKENS),
        threads=fields.integer("threads", 0, MAX_THREADS),
        batch_tokens=fields.integer("batch_tokens", 1, MAX_BATCH_TOKENS),
        cache_type=cache_type,
        address_space=fields.integer("address_space", 0, MAX_BYTES),
        gpu_layers=fields.integer("gpu_layers", AS_LLAMA_CPP, MAX_LAYERS + 1),
        expert_layers_on_cpu=_layers(fields, "expert_layers_on_cpu", MAX_LAYERS),
        split=_layers(fields, "split", MAX_SPLIT),
        fused_attention=fields.truth("fused_attention"),
    )


def parse_encoding(fields: Fields) -> Encoding:
    """Check the name of a format.

    Raises:
        FrameError: there is no such format.
    """
    return choice(Encoding, fields.text("encoding", 32))


def _layers(fields: Fields, name: str, many: int) -> tuple[int, ...]:
    """Numbers of layers, or numbers that count layers."""
    numbers = [Fields({name: number}) for number in fields.many(name, many)]
    return tuple(one.integer(name, 0, MAX_LAYERS + 1) for one in numbers)


def parse_event(untrusted_frame: Frame, *, current: int) -> Event:
    """Check a frame that reached the window.

    Args:
        current: the request under way; 0 while loading. Frames of another are not ours.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 0, 1 << 62)
    if number != current:
        raise FrameError(cause="an answer nobody asked for")
    match fields.raw("event"):
        case "progress" if current == 0:
            done, total = (
                fields.integer("done", 0, MAX_BYTES),
                fields.integer("total", 0, MAX_BYTES),
            )
            return Progress(step=fields.text("step", 16), done=done, total=total)
        case "ready" if current == 0:
            return Ready(info=_info(fields))
        case "prefilled":
            total = fields.integer("total", 0, MAX_CONTEXT_TOKENS)
            return Prefilled(done=fields.integer("done", 0, total), total=total)
        case "thought":
            return Thought(text=fields.text("text", MAX_PIECE_CHARACTERS))
        case "said":
            return Said(text=fields.text("text", MAX_PIECE_CHARACTERS))
        case "called":
            return Called(call=parse_call(fields.raw("call")))
        case "restarted":
            return Restarted(reason=choice(Restart, fields.text("reason", 16)))
        case "done":
            return Done(id=number, tally=_tally(fields))
        case "counted":
            untrusted_counts = fields.many("counts", MAX_TEXTS)
            pairs = [Fields({"n": untrusted}) for untrusted in untrusted_counts]
            return Counted(id=number, counts=tuple(p.integer("n", 0, 1 << 31) for p in pairs))
        case "examined":
            return _examined(number, fields)
        case "failed":
            return Failed(id=number, error=engine_error(fields.raw("code"), fields.raw("fields")))
        case _:
            raise FrameError(cause="an unknown event")


def _info(fields: Fields) -> EngineInfo:
    return EngineInfo(
        title=fields.text("title", 512),
        profile=fields.text("profile", 512),
        profile_title=fields.text("profile_title", 512),
        encoding=parse_encoding(fields),
        words=fields.integer("words", 1, 1 << 22),
        layers=fields.integer("layers", 1, 1 << 10),
        context_tokens=fields.integer("context_tokens", 1, 2 * MAX_CONTEXT_TOKENS),
        trained_tokens=fields.integer("trained_tokens", 1, 1 << 24),
        threads=fields.integer("threads", 1, MAX_THREADS),
        load_seconds=fields.real("load_seconds", 0.0, MAX_SECONDS),
        warnings=tuple(checked_text(w, "warnings", 512) for w in fields.many("warnings", 16)),
        fingerprint=fields.text("fingerprint", 64),
    )


def _tally(fields: Fields) -> Tally:
    return Tally(
        finish=choice(Finish, fields.text("finish", 16)),
        prompt_tokens=fields.integer("prompt_tokens", 0, MAX_CONTEXT_TOKENS),
        reused_tokens=fields.integer("reused_tokens", 0, MAX_CONTEXT_TOKENS),
        thinking_tokens=fields.integer("thinking_tokens", 0, MAX_CONTEXT_TOKENS),
        answer_tokens=fields.integer("answer_tokens", 0, MAX_CONTEXT_TOKENS),
        prefill_seconds=fields.real("prefill_seconds", 0.0, MAX_SECONDS),
        decode_seconds=fields.real("decode_seconds", 0.0, MAX_SECONDS),
        thinking_cut=fields.truth("thinking_cut"),
        restarted=None
        if fields.raw("restarted") is None
        else choice(Restart, fields.text("restarted", 16)),
        repeated=fields.integer("repeated", 0, MAX_TEXT_CHARACTERS),
    )


def _examined(number: int, fields: Fields) -> Examined:
    faults = fields.many("faults", MAX_FAULTS)
    return Examined(
        id=number,
        special=fields.integer("special", 0, 1 << 10),
        faults=tuple(checked_text(f, "faults", MAX_FAULT_CHARACTERS) for f in faults),
        tokens=fields.integer("tokens", 1, MAX_CONTEXT_TOKENS),
        finite=fields.truth("finite"),
        spread=fields.real("spread", 0.0, MAX_LOGIT),
        difference=fields.real("difference", 0.0, MAX_LOGIT),
        seconds=fields.real("seconds", 0.0, MAX_SECONDS),
    )


def failed_frame(number: int, error: EngineError) -> Frame:
    """An error as a frame: its code and its short fields, never its sentence."""
    return {"event": "failed", "id": number, "code": error.code, "fields": dict(error.fields)}
