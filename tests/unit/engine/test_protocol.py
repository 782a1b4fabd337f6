"""Neither side of the wire believes the other."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.errors import EngineError
from carrel.engine.chat.encoding import Errand, Message, Role, Thinking, Tool, ToolCall
from carrel.engine.errors import TruncatedGguf, engine_error
from carrel.engine.wire.conversations import written_call
from carrel.engine.wire.frames import (
    failed_frame,
    parse_event,
    parse_request,
    parse_settings,
    request_frame,
)
from carrel.engine.wire.job import parse_job, parse_overrides
from carrel.engine.wire.protocol import (
    Called,
    Cancel,
    Count,
    Done,
    EngineSettings,
    Examine,
    Failed,
    Finish,
    Generate,
    Prefilled,
    Restart,
    Said,
    Sampling,
)
from carrel.system.frames import FrameError, pack, unpack

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WORDS = [
    "id",
    "do",
    "event",
    "text",
    "done",
    "total",
    "code",
    "fields",
    "messages",
    "texts",
    "call",
]
DOINGS = [
    "generate",
    "count",
    "examine",
    "examined",
    "restarted",
    "cancel",
    "said",
    "called",
    "done",
    "failed",
    1,
]
VALUES = PLAIN | st.sampled_from(DOINGS)


SEARCH = Tool.of({"name": "search", "parameters": {"q": "数"}})
CONVERSATION = (
    Message(role=Role.SYSTEM, text="s", tools=(SEARCH,), response_format="{}"),
    Message(role=Role.USER, text="x"),
    Message(
        role=Role.ASSISTANT,
        text="",
        thinking="y",
        calls=(ToolCall.of("search", {"q": "1"}, id="a"), ToolCall(name="n", arguments="broken")),
    ),
    Message(role=Role.TOOL, text="r", call_id="a"),
    Message(role=Role.REMINDER, text="today"),
    Message(role=Role.DEVELOPER, text="d", errand=Errand.QUERY),
)


@pytest.mark.parametrize(
    "request_",
    [
        Cancel(id=3),
        Count(id=1, texts=("a", "数")),
        Generate(
            id=2,
            conversation=CONVERSATION,
            sampling=Sampling(temperature=0.5, top_p=0.9, min_p=0.1, top_k=40, seed=4),
            max_tokens=5,
            thinking=Thinking.HIGH,
            tools=(SEARCH,),
            response_format='{"type": "object"}',
            thinking_budget=64,
            stop=("\n\n", "数"),
            json_schema='{"type": "null"}',
            choices=("① eins", "② \n"),
            alone="nichts",
        ),
        Examine(id=4),
    ],
)
def test_a_request_arrives_as_it_was_sent(request_) -> None:
    assert parse_request(unpack(pack(request_frame(request_))[4:])) == request_


@given(st.dictionaries(st.sampled_from(WORDS), VALUES))
def test_no_frame_does_anything_but_parse_or_be_refused(untrusted) -> None:
    for parse in (parse_request, lambda frame: parse_event(frame, current=1), parse_settings):
        with contextlib.suppress(FrameError):
            parse(untrusted)


MESSAGE_WORDS = [
    *("role", "text", "thinking", "calls", "call_id", "tools", "response_format", "errand"),
]
GOOD = request_frame(
    Generate(id=1, conversation=(), sampling=Sampling(), max_tokens=1, thinking=Thinking.OFF)
)


@given(st.dictionaries(st.sampled_from(MESSAGE_WORDS), PLAIN | st.sampled_from([*Role, *Errand])))
def test_no_message_does_anything_but_parse_or_be_refused(untrusted) -> None:
    with contextlib.suppress(FrameError):
        parse_request({**GOOD, "messages": [untrusted]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "user", "thinking": "t"},
        {"role": "user", "calls": [["1", "f", "{}"]]},
        {"role": "assistant", "call_id": "1"},
        {"role": "user", "tools": ["{}"]},
        {"role": "tool", "response_format": "{}"},
        {"role": "assistant", "errand": "title"},
        {"role": "system", "tools": ["[]"]},
        {"role": "system", "tools": ["[" * 100_000]},
        {"role": "system", "tools": ["{}"] * 129},
        {"role": "assistant", "calls": [["1", "f"]]},
        {"role": "assistant", "calls": [["1", "f" * 257, "{}"]]},
        {"role": "nobody"},
    ],
)
def test_what_a_message_s_role_cannot_say_is_refused(wrong) -> None:
    with pytest.raises(FrameError):
        parse_request({**GOOD, "messages": [{"text": "", **wrong}]})


def test_a_call_arrives() -> None:
    call = ToolCall.of("f", {"x": 1}, id="call_1")
    frame = {"event": "called", "id": 1, "call": written_call(call)}

    assert parse_event(unpack(pack(frame)[4:]), current=1) == Called(call=call)
    with pytest.raises(FrameError):
        parse_event({**frame, "call": ["1", "f", 3]}, current=1)


def test_events_of_another_request_are_refused() -> None:
    with pytest.raises(FrameError, match="nobody asked"):
        parse_event({"event": "said", "id": 2, "text": "x"}, current=1)
    assert parse_event({"event": "said", "id": 1, "text": "x"}, current=1) == Said(text="x")


def test_progress_cannot_exceed_its_total() -> None:
    good = {"event": "prefilled", "id": 1, "done": 3, "total": 4}
    assert parse_event(good, current=1) == Prefilled(done=3, total=4)
    with pytest.raises(FrameError):
        parse_event({**good, "done": 5}, current=1)


def test_a_tally_arrives() -> None:
    frame = {
        "event": "done", "id": 1, "finish": "stop", "prompt_tokens": 3, "reused_tokens": 1,
        "thinking_tokens": 0, "answer_tokens": 2, "prefill_seconds": 0.5, "decode_seconds": 0.25,
        "thinking_cut": False, "restarted": None, "repeated": 0,
    }  # fmt: skip
    event = parse_event(frame, current=1)

    assert isinstance(event, Done)
    assert event.tally.finish is Finish.STOP
    assert event.tally.tokens_per_second == 8
    again = parse_event({**frame, "finish": "loop", "restarted": "loop"}, current=1)
    assert isinstance(again, Done)
    assert again.tally.restarted is Restart.LOOP
    with pytest.raises(FrameError):
        parse_event({**frame, "restarted": "whim"}, current=1)


def test_an_error_crosses_as_code_and_short_fields() -> None:
    sent = failed_frame(1, TruncatedGguf(size=3, needed=9))
    event = parse_event(sent, current=1)

    assert isinstance(event, Failed)
    assert isinstance(event.error, TruncatedGguf)
    assert "3 bytes are there" in event.error.failure.reason


def test_a_hostile_worker_chooses_a_sentence_but_cannot_write_one() -> None:
    error = engine_error("gguf.damaged", {"fault": "a\nb\x1b[31m" + "x" * 1000, 5: "y"})

    assert "\n" not in error.failure.reason
    assert "\x1b" not in error.failure.reason
    assert len(error.failure.reason) < 260
    assert type(engine_error("workspace.failed", {})) is EngineError
    assert type(engine_error(["x"], "y")) is EngineError


def test_settings_out_of_range_are_refused() -> None:
    good = {
        "context_tokens": 4096, "threads": 1, "batch_tokens": 256, "cache_type": "f16",
        "address_space": 0, "fused_attention": True, "gpu_layers": -1,
        "expert_layers_on_cpu": [0, 1], "split": [],
    }  # fmt: skip
    assert parse_settings(good) == EngineSettings(
        context_tokens=4096, threads=1, expert_layers_on_cpu=(0, 1)
    )
    for wrong in (
        {"context_tokens": 1 << 31}, {"threads": -1}, {"cache_type": "q4_0"}, {"gpu_layers": -2},
        {"gpu_layers": 1000}, {"expert_layers_on_cpu": ["0|.*"]}, {"expert_layers_on_cpu": [-1]},
        {"split": [1] * 17}, {"split": 3},
    ):  # fmt: skip
        with pytest.raises(FrameError):
            parse_settings({**good, **wrong})


@pytest.mark.parametrize("untrusted", ["", "[]", "{}", '{"task": "speak"}', "nonsense"])
def test_a_job_that_is_none_is_refused(untrusted: str) -> None:
    with pytest.raises(FrameError):
        parse_job(untrusted)


@pytest.mark.parametrize("untrusted", [None, {"k" * 200: 1}, {"k": True}, {"k": "v" * 200}, {1: 2}])
def test_overrides_are_short_plain_values(untrusted) -> None:
    with pytest.raises(FrameError):
        parse_overrides(untrusted)
