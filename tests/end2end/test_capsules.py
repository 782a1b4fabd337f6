"""The full state of the real worker: taken, given back, refused; the same numbers bit for bit."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from capsule_storm import rage
from capsule_talks import (
    ASK,
    EXACT,
    FORMATS,
    GREEDY,
    LENGTHS,
    ROOMY,
    SMALL,
    TEXT,
    beginning,
    check_round_trip,
    put_back,
    taken,
)
from carrel.engine.chat.encoding import Message, Role, Thinking
from carrel.engine.client import Engine
from carrel.engine.errors import BadRequest, CapsuleRefused, EngineClosed, PromptTooLong
from carrel.engine.wire.protocol import EngineSettings, Prefilled


@pytest.fixture
def start(tiny_gguf: Path, exact_gguf: Path) -> Iterator:
    engines: list[Engine] = []

    def begin(settings: EngineSettings = ROOMY) -> Engine:
        path = exact_gguf if settings.cache_type == "f32" else tiny_gguf
        engines.append(Engine.start(path, settings))
        return engines[-1]

    yield begin
    for engine in engines:
        engine.close()


QUICK = [("f16", tokens) for tokens in LENGTHS] + [("f32", 129), ("q8_0", 513)]
"""The others run in `make soak`."""


@pytest.mark.parametrize(("name", "tokens"), QUICK)
def test_a_restored_state_goes_on_bit_for_bit_as_the_one_never_interrupted(
    start, name: str, tokens: int
) -> None:
    check_round_trip(start, FORMATS[name], tokens)


def test_keeping_a_state_changes_no_number(start) -> None:
    engine, plain = start(), start()
    messages = beginning(engine, 700)
    taken(engine, messages)
    assert engine.fingerprint((*messages, ASK)) == plain.fingerprint((*messages, ASK))


def test_what_is_held_is_not_read_again_and_looking_reads_nothing(start) -> None:
    engine = start()
    messages = beginning(engine, 600)
    assert engine.look(messages).held.in_place == 0
    progress: list[Prefilled] = []
    held = engine.hold(messages, on_event=progress.append).held
    assert (held.in_place, held.reused, held.finished) == (600, 0, True)
    assert (progress[-1].done, progress[-1].total) == (600, 600)
    engine.generate((*messages, ASK), GREEDY, max_tokens=20)
    assert engine.look(messages).held.in_place == 600
    assert engine.hold(messages).held.reused == 600
    answer = engine.generate((*messages, replace(ASK, text="Who?")), GREEDY, max_tokens=5)
    assert answer.tally.reused_tokens == 600


@pytest.mark.parametrize("thinking", [Thinking.LOW, Thinking.MAX])
def test_a_beginning_fits_before_questions_that_are_thought_about(start, thinking) -> None:
    engine = start()
    messages = beginning(engine, 300)
    held = engine.hold(messages, thinking).held
    answer = engine.generate((*messages, ASK), GREEDY, max_tokens=4, thinking=thinking)
    assert answer.tally.reused_tokens == held.tokens >= 300
    more = (*messages, ASK, Message(role=Role.ASSISTANT, text="42.", thinking="Hm."), ASK)
    assert engine.generate(more, GREEDY, max_tokens=4, thinking=thinking).tally.reused_tokens >= 300


def test_one_more_document_goes_on_from_the_state_of_those_before(start) -> None:
    engine = start()
    first = beginning(engine, 400)
    both = (*first, replace(ASK, text=TEXT[:900]), Message(role=Role.ASSISTANT, text="Read."))
    _, state = taken(engine, first)
    engine.forget()
    found = engine.look(both)
    point = next(point for point in found.held.points if point.tokens == 400)
    engine.restore(found, point, [state], len(state))
    held = engine.hold(both).held
    assert held.reused == 400
    assert engine.fingerprint((*both, ASK)) == start().fingerprint((*both, ASK))


def test_reading_that_is_stopped_can_be_kept_where_it_stopped(start) -> None:
    engine = start(replace(ROOMY, context_tokens=32_768))
    document = replace(ASK, text=(TEXT * 10)[:26_000])
    messages = (document, Message(role=Role.ASSISTANT, text="Read."))

    def stop(event: object) -> None:
        if isinstance(event, Prefilled) and event.done > 8300:
            engine.cancel()

    held = engine.hold(messages, on_event=stop)
    assert not held.held.finished
    assert held.held.here is not None
    assert 8192 <= held.held.in_place == held.held.here.tokens < 8500
    with engine.keep(held) as image:
        state = b"".join(image.pieces())
    engine.forget()
    engine.restore(held, held.held.here, [state], len(state))
    assert engine.hold(messages).held.reused == held.held.here.tokens
    other = start(replace(ROOMY, context_tokens=32_768))
    assert engine.fingerprint((*messages, ASK)) == other.fingerprint((*messages, ASK))


def test_reading_with_a_pause_gives_the_numbers_of_reading_without(start) -> None:
    engine = start()
    messages = (*beginning(engine, 400), ASK, Message(role=Role.ASSISTANT, text="Read."))
    points = engine.look(messages).held.points
    middle = next(point for point in points if point.tokens == 400)
    held = engine.hold(messages, until=400).held
    assert (held.in_place, held.here, held.finished) == (400, middle, True)
    assert held.tokens > 400
    again = engine.hold(messages, until=points[0].tokens).held  # more is there already
    assert (again.in_place, again.reused) == (400, 400)
    assert engine.hold(messages).held.reused == 400
    assert engine.fingerprint((*messages, ASK)) == start().fingerprint((*messages, ASK))
    with pytest.raises(BadRequest):
        engine.hold(messages, until=401)


def _damages(state: bytes) -> dict[str, bytes]:
    return {
        "cut short": state[:-1],
        "longer": state + b"\0",
        "no mark": b"\0" * 8 + state[8:],
        "another mark inside": state[:8] + b"\xff" * 64 + state[72:],
        "empty but for its mark": state[:8] + b"\0" * (len(state) - 8),
        "random": state[:8] + bytes(range(256)) * (len(state) // 256),
    }


def test_a_state_that_is_none_is_refused_and_nothing_of_it_stays(start) -> None:
    engine = start()
    messages = beginning(engine, 513)
    asked = (*messages, ASK)
    numbers = engine.fingerprint(asked)
    found, state = taken(engine, messages)
    for name, damaged in _damages(state).items():
        with pytest.raises(CapsuleRefused):
            engine.restore(found, found.held.points[-1], [damaged], len(damaged))
        assert engine.fingerprint(asked) == numbers, name


def test_a_state_of_another_cache_format_or_text_is_refused(start) -> None:
    engine, small = start(), start(SMALL)
    messages = beginning(engine, 300)
    found, state = taken(engine, messages)
    with pytest.raises(CapsuleRefused):
        put_back(small, messages, state)
    other = engine.look((*messages[:1], replace(messages[1], text="Other."), messages[2]))
    with pytest.raises(CapsuleRefused):
        engine.restore(other, found.held.points[-1], [state], len(state))
    with pytest.raises(CapsuleRefused):  # the right text, a state that covers less
        engine.restore(found, found.held.points[0], [state], len(state))


def test_a_beginning_larger_than_the_context_is_refused_in_numbers(start) -> None:
    engine = start(replace(ROOMY, context_tokens=512))
    long = (replace(ASK, text=TEXT[:6000]), Message(role=Role.ASSISTANT, text="Read."))
    with pytest.raises(PromptTooLong, match="511"):
        engine.look(long)


def test_keys_tell_apart_all_that_matters(start) -> None:
    engine, same, small = start(), start(replace(ROOMY, context_tokens=4096)), start(SMALL)
    exact = start(EXACT)
    messages = beginning(engine, 200)
    point = engine.look(messages).held.points[-1]
    key = engine.capsule_key(point)
    assert key == same.capsule_key(same.look(messages).held.points[-1])
    assert len({key, small.capsule_key(point), exact.capsule_key(point)}) == 3
    assert engine.capsule_key(engine.look(messages[:2]).held.points[-1]) != key


def test_there_is_nothing_to_keep_before_something_was_held(start) -> None:
    engine = start()
    with pytest.raises(CapsuleRefused):
        engine.keep(engine.look((ASK, Message(role=Role.ASSISTANT, text="Yes."))))
    with pytest.raises(BadRequest):
        engine.look(())
    held = engine.hold((ASK, Message(role=Role.ASSISTANT, text="Yes.")))
    engine.generate((ASK,), GREEDY, max_tokens=4)
    with pytest.raises(BadRequest):  # the context went on meanwhile
        engine.keep(held)
    engine.close()
    with pytest.raises(EngineClosed):
        engine.keep(held)


def test_an_engine_that_is_closed_while_its_state_is_read_out_leaves_the_reader_its_bytes(
    start,
) -> None:
    engine = start()
    held = engine.hold(beginning(engine, 300))
    image = engine.keep(held)
    pieces = image.pieces()
    first = next(pieces)
    engine.close()
    rest = b"".join(pieces)
    assert len(first) + len(rest) == image.size
    image.close()


def test_a_small_storm_of_branches_stops_and_capsules_changes_no_number(start) -> None:
    rage("f16", start(), start(), examples=4, steps=14)
