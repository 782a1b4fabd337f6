"""One suite for the real engine and the scripted one, so that tests on the fake mean something."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.domain.errors import EngineError
from carrel.engine.chat.encoding import Encoding, Message, Role, Thinking, Tool, ToolCall
from carrel.engine.client import Engine
from carrel.engine.errors import BadRequest, EngineBusy, EngineClosed, PromptTooLong
from carrel.engine.fake import ScriptedEngine
from carrel.engine.speaker import Speaker
from carrel.engine.wire.protocol import (
    Called,
    EngineSettings,
    Finish,
    Prefilled,
    Said,
    Sampling,
    Thought,
)

GREEDY = Sampling(temperature=0)
QUESTION = (Message(role=Role.USER, text="What was the revenue in 2022?"),)
CONTEXT = 1024


SEARCH = Tool.of({"name": "search", "parameters": {"q": "string"}})


def scripted(_: tuple[Message, ...]) -> tuple[str, str]:
    return "Let me think about it. " * 40, "It was 4,080.0 million. " * 400


@pytest.fixture(scope="module")
def real(tiny_gguf: Path) -> Iterator[Engine]:
    with Engine.start(tiny_gguf, EngineSettings(context_tokens=CONTEXT)) as engine:
        yield engine


@pytest.fixture(scope="module")
def generic(generic_gguf) -> Iterator[Engine]:
    with Engine.start(generic_gguf(), EngineSettings(context_tokens=CONTEXT)) as engine:
        yield engine


@pytest.fixture(params=["scripted", "real", "generic"])
def engine(request: pytest.FixtureRequest) -> Speaker:
    if request.param != "scripted":
        return request.getfixturevalue(request.param)
    return ScriptedEngine(scripted, context_tokens=CONTEXT, seconds_per_token=0.001)


def test_what_is_streamed_is_what_is_returned(engine: Speaker) -> None:
    events = []
    answer = engine.generate(
        QUESTION, GREEDY, max_tokens=40, thinking=Thinking.LOW, on_event=events.append
    )

    assert "".join(e.text for e in events if isinstance(e, Said)) == answer.text
    assert "".join(e.text for e in events if isinstance(e, Thought)) == answer.thinking
    assert answer.tally.thinking_tokens + answer.tally.answer_tokens == 40
    assert answer.tally.finish is Finish.LENGTH


def test_reading_is_reported_up_to_the_whole_prompt_before_any_word(engine: Speaker) -> None:
    events = []
    answer = engine.generate(QUESTION, GREEDY, max_tokens=3, on_event=events.append)

    reading = [event for event in events if isinstance(event, Prefilled)]
    assert reading[-1].done == reading[-1].total == answer.tally.prompt_tokens
    assert [e.done for e in reading] == sorted(e.done for e in reading)
    first_word = next(n for n, event in enumerate(events) if not isinstance(event, Prefilled))
    assert all(isinstance(event, Prefilled) for event in events[:first_word])
    assert not any(isinstance(event, Prefilled) for event in events[first_word:])


def test_without_thinking_nothing_is_thought(engine: Speaker) -> None:
    answer = engine.generate(QUESTION, GREEDY, max_tokens=20)

    assert answer.thinking == ""
    assert answer.text


def test_tools_and_a_form_are_said_in_the_prompt(engine: Speaker) -> None:
    if engine.info.encoding is Encoding.TEMPLATE:
        with pytest.raises(BadRequest, match="cannot be offered tools"):
            engine.generate(QUESTION, GREEDY, max_tokens=1, tools=(SEARCH,))
        return
    without = engine.generate(QUESTION, GREEDY, max_tokens=1)
    offered = engine.generate(QUESTION, GREEDY, max_tokens=1, tools=(SEARCH,))
    formed = engine.generate(QUESTION, GREEDY, max_tokens=1, response_format='{"type": "object"}')

    assert offered.tool_calls == ()
    assert offered.tally.prompt_tokens > without.tally.prompt_tokens + 50
    assert formed.tally.prompt_tokens > without.tally.prompt_tokens + 10


def test_the_same_question_gives_the_same_answer(engine: Speaker) -> None:
    first = engine.generate(QUESTION, GREEDY, max_tokens=30)
    second = engine.generate(QUESTION, GREEDY, max_tokens=30)

    assert first.text == second.text
    assert second.tally.reused_tokens == second.tally.prompt_tokens - 1


def test_a_cancel_while_writing_ends_the_answer_and_keeps_what_was_said(engine: Speaker) -> None:
    said = []

    def stop_soon(event: object) -> None:
        if isinstance(event, Said):
            said.append(event.text)
            if len(said) == 5:
                engine.cancel()

    # Random words may end by chance; another seed then speaks on.
    for seed in range(1, 20):
        said.clear()
        answer = engine.generate(QUESTION, Sampling(seed=seed), max_tokens=900, on_event=stop_soon)
        if answer.tally.finish is not Finish.STOP:
            break

    assert answer.tally.finish is Finish.CANCELLED
    assert answer.text == "".join(said)
    assert engine.generate(QUESTION, GREEDY, max_tokens=3).text


def test_a_cancel_with_nothing_under_way_does_nothing(engine: Speaker) -> None:
    engine.cancel()

    assert engine.generate(QUESTION, GREEDY, max_tokens=5).tally.finish is Finish.LENGTH


def test_a_second_question_at_the_same_time_is_refused(engine: Speaker) -> None:
    errors: list[EngineError] = []
    asked = threading.Event()

    def ask_meanwhile(_: object) -> None:
        if not asked.is_set():
            asked.set()
            try:
                engine.count_tokens(["x"])
            except EngineError as error:
                errors.append(error)

    engine.generate(QUESTION, GREEDY, max_tokens=3, on_event=ask_meanwhile)

    assert [type(error) for error in errors] == [EngineBusy]


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(engine: Speaker) -> None:
    long = (Message(role=Role.USER, text="many words here " * 1000),)

    with pytest.raises(PromptTooLong, match=str(CONTEXT - 1)):
        engine.generate(long, GREEDY, max_tokens=1)
    assert engine.generate(QUESTION, GREEDY, max_tokens=3).text


def test_a_full_context_ends_the_answer(engine: Speaker) -> None:
    text = "word " * 200
    while engine.count_tokens([text])[0] < CONTEXT - 40:
        text += "more words "
    for seed in range(1, 20):
        answer = engine.generate(
            (Message(role=Role.USER, text=text),), Sampling(seed=seed), max_tokens=900
        )
        if answer.tally.finish is not Finish.STOP:
            break

    assert answer.tally.finish is Finish.CONTEXT


def test_tokens_are_counted_text_by_text(engine: Speaker) -> None:
    counts = engine.count_tokens(["", "one", "one two three four five"])

    assert counts[0] == 0
    assert 0 < counts[1] < counts[2]
    assert engine.count_tokens([]) == []


def test_more_text_than_a_frame_holds_is_refused(engine: Speaker) -> None:
    with pytest.raises(BadRequest):
        engine.count_tokens(["x" * (13 << 20)])
    assert engine.alive


def test_an_exception_of_the_listener_comes_back_and_the_engine_lives(engine: Speaker) -> None:
    def fail(event: object) -> None:
        if isinstance(event, Said):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.generate(QUESTION, GREEDY, max_tokens=200, on_event=fail)
    assert engine.generate(QUESTION, GREEDY, max_tokens=3).text


def test_the_scripted_engine_calls_the_tools_it_is_offered() -> None:
    call = ToolCall.of("search", {"q": "revenue"}, id="call_1")
    engine = ScriptedEngine(lambda _: ("", "I look."), calls=lambda _: (call,))
    events = []

    answer = engine.generate(QUESTION, max_tokens=9, tools=(SEARCH,), on_event=events.append)

    assert (answer.text, answer.tool_calls) == ("I look.", (call,))
    assert events[-1] == Called(call=call)
    assert engine.generate(QUESTION, max_tokens=9).tool_calls == ()


def test_after_closing_it_says_that_it_is_off(tiny_gguf: Path) -> None:
    engines: list[Speaker] = [
        ScriptedEngine(scripted),
        Engine.start(tiny_gguf, EngineSettings(context_tokens=CONTEXT)),
    ]
    for engine in engines:
        engine.close()
        engine.close()
        assert not engine.alive
        with pytest.raises(EngineClosed):
            engine.generate(QUESTION, GREEDY, max_tokens=1)
