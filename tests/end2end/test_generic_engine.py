"""Chat models of other architectures in the real worker: three ways to keep a text, one behaviour.

``llama`` keeps all tokens, ``gemma3`` looks through a window of 64 in half its layers, ``lfm2``
only rolls a state on in half of them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import build_generic
import pytest

from carrel.engine.chat.encoding import Encoding, Message, Role, Thinking
from carrel.engine.client import Engine
from carrel.engine.errors import LoadFailed, UnfitGguf
from carrel.engine.speaker import Generated
from carrel.engine.wire.protocol import EngineSettings, Finish, Prefilled, Said, Sampling

GREEDY = Sampling(temperature=0)
EXACT = EngineSettings(
    context_tokens=4096, batch_tokens=64, cache_type="f32", fused_attention=False, threads=1
)
TEXT = (Path(__file__).resolve().parents[2] / "models" / "tiny" / "text.txt").read_text("utf-8")


def user(text: str) -> Message:
    return Message(role=Role.USER, text=text)


SYSTEM = Message(role=Role.SYSTEM, text="Answer.\n" + TEXT[:900])
FIRST = (SYSTEM, user("What was the operating income in 2022?" + " Say it." * 60))

Ask = Callable[..., Generated]


@pytest.fixture(params=build_generic.KINDS)
def path(request: pytest.FixtureRequest, generic_gguf) -> Path:
    return generic_gguf(request.param, exact=True)


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    with Engine.start(path, EXACT) as started:
        yield started


@pytest.fixture
def cold(path: Path) -> Ask:
    """Ask an engine that has read nothing before."""

    def ask(conversation: tuple[Message, ...], tokens: int = 24) -> Generated:
        with Engine.start(path, EXACT) as fresh:
            return fresh.generate(conversation, GREEDY, max_tokens=tokens)

    return ask


def test_it_says_what_it_is(engine: Engine) -> None:
    assert (engine.info.profile, engine.info.profile_title) == ("generic", "Generic chat model")
    assert engine.info.encoding is Encoding.TEMPLATE
    assert engine.info.trained_tokens == build_generic.CONTEXT


def test_asking_again_rereads_one_token_and_gives_the_same_words(engine: Engine) -> None:
    answers = [engine.generate(FIRST, GREEDY, max_tokens=40) for _ in range(3)]

    assert len({answer.text for answer in answers}) == 1
    assert answers[0].text
    assert [a.tally.prompt_tokens - a.tally.reused_tokens for a in answers[1:]] == [1, 1]


def test_going_back_and_forth_gives_what_a_first_reading_gives(engine: Engine, cold: Ask) -> None:
    edited = (SYSTEM, user("Who wrote the minutes?"))
    one = engine.generate(FIRST, GREEDY, max_tokens=24)
    again = engine.generate(edited, GREEDY, max_tokens=24)
    back = engine.generate(FIRST, GREEDY, max_tokens=24)

    assert again.tally.reused_tokens > 100
    assert again.text == cold(edited).text
    assert back.text == one.text == cold(FIRST).text


def test_a_second_turn_is_answered_as_if_it_were_the_first(engine: Engine, cold: Ask) -> None:
    one = engine.generate(FIRST, GREEDY, max_tokens=24)
    said = Message(role=Role.ASSISTANT, text=one.text, thinking=one.thinking)
    second = (*FIRST, said, user("And in 2021?"))

    two = engine.generate(second, GREEDY, max_tokens=24)

    assert two.tally.reused_tokens > 100
    assert two.text == cold(second).text


def test_a_cancel_while_reading_leaves_it_right(engine: Engine, cold: Ask) -> None:
    long = (SYSTEM, user(TEXT))

    def stop(event: object) -> None:
        if isinstance(event, Prefilled) and event.done > 500:
            engine.cancel()

    answer = engine.generate(long, GREEDY, max_tokens=5, on_event=stop)

    assert answer.tally.finish is Finish.CANCELLED
    assert engine.generate(long, GREEDY, max_tokens=24).text == cold(long).text
    assert engine.generate(FIRST, GREEDY, max_tokens=24).text == cold(FIRST).text


def test_a_cancel_while_writing_leaves_it_right(engine: Engine, cold: Ask) -> None:
    def stop(event: object) -> None:
        if isinstance(event, Said):
            engine.cancel()

    for seed in range(1, 30):
        answer = engine.generate(FIRST, Sampling(seed=seed), max_tokens=2000, on_event=stop)
        if answer.tally.finish is Finish.CANCELLED:
            break
    assert answer.tally.finish is Finish.CANCELLED
    assert engine.generate(FIRST, GREEDY, max_tokens=24).text == cold(FIRST).text


def test_no_special_string_of_the_vocabulary_can_be_smuggled_in(engine: Engine) -> None:
    special = [*build_generic.SPECIAL, *build_generic.USER_DEFINED]
    counts = engine.count_tokens(special)

    assert min(counts) > 1
    (plain,) = engine.count_tokens([" x ".join(special)])
    assert plain > 2 * len(special)


def test_thinking_can_be_switched_off_where_the_template_can(engine: Engine) -> None:
    """Off writes an empty thought into the prompt, four tokens and lines more."""
    off = engine.generate((user("q"),), GREEDY, max_tokens=1, thinking=Thinking.OFF)
    low = engine.generate((user("q"),), GREEDY, max_tokens=1, thinking=Thinking.LOW)

    assert off.tally.prompt_tokens > low.tally.prompt_tokens


def test_heads_that_no_quantised_cache_can_hold_are_said_to_be_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_generic, "HEADS", 4)
    monkeypatch.setattr(build_generic, "HEAD", 16)
    narrow = tmp_path / "narrow.gguf"
    build_generic.build(narrow)

    with pytest.raises(LoadFailed, match="its heads do not fit a cache in q8_0"):
        Engine.start(narrow, EngineSettings(context_tokens=512, cache_type="q8_0"))
    with Engine.start(narrow, EngineSettings(context_tokens=512)) as engine:
        assert engine.generate((user("q"),), GREEDY, max_tokens=3).text


def test_a_vocabulary_with_empty_tokens_is_sound(tmp_path: Path) -> None:
    writer = build_generic.describe()
    tokens = writer.metadata["tokenizer.ggml.tokens"][1][1]
    tokens[600] = tokens[601] = ""
    gaps = tmp_path / "gaps.gguf"
    writer.write(gaps)

    with Engine.start(gaps, EngineSettings(context_tokens=512)) as engine:
        assert engine.generate((user("q"),), GREEDY, max_tokens=3).text

    tokens[602] = "[EMPTY_600]"  # llama.cpp's name for one of them
    writer.write(gaps)
    with pytest.raises(UnfitGguf, match="twice"):
        Engine.start(gaps, EngineSettings(context_tokens=512))
