"""How answers are written by the real worker: held to JSON, stopped, cut, begun anew.

The weights are random, so only what does not depend on them is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.client import Engine
from carrel.engine.errors import BadSchema, DamagedWeights, PromptTooLong
from carrel.engine.pace import RawLoop
from carrel.engine.wire.pacing import TimeIt
from carrel.engine.wire.protocol import (
    EngineSettings,
    Finish,
    Restart,
    Restarted,
    Said,
    Sampling,
    Thought,
)
from carrel.engine.worker.thinking_budget import CLOSING, GRACE
from program import Program

QUESTION = (Message(role=Role.USER, text="What was the operating income in 2022?"),)
SETTINGS = EngineSettings(context_tokens=8192)
SEEDS = range(1, 20)

FACTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 12},
        "year": {"type": "integer"},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "kind": {"enum": ["agreement", "bilan – été", "“x”\\\n"]},
        "sure": {"type": "boolean"},
        "parts": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {"n": {"const": 7}, "t": {"type": "string", "maxLength": 3}},
                "required": ["t"],
            },
        },
    },
    "required": ["year", "kind", "parts"],
}


@pytest.fixture(scope="module")
def engine(tiny_gguf: Path) -> Iterator[Engine]:
    with Engine.start(tiny_gguf, SETTINGS) as started:
        yield started


def is_fact(found) -> bool:
    """Valid under FACTS, checked by hand."""
    names = list(FACTS["properties"])
    assert {"year", "kind", "parts"} <= found.keys() <= set(names)
    assert list(found) == [name for name in names if name in found]
    assert type(found["year"]) is int
    assert found["kind"] in FACTS["properties"]["kind"]["enum"]
    # Bytes that are no letter in the end were one to the grammar and are shown as up to four.
    assert 1 <= len(re.sub("�+", "�", found.get("name", "x"))) <= 12
    assert found.get("share") is None or isinstance(found["share"], int | float)
    assert isinstance(found.get("sure", True), bool)
    assert len(found["parts"]) <= 3
    for part in found["parts"]:
        assert part.get("n", 7) == 7
        assert len(re.sub("�+", "�", part["t"])) <= 3
        assert part.keys() <= {"n", "t"}
    return True


@pytest.mark.parametrize("thinking", [Thinking.OFF, Thinking.LOW])
def test_nonsense_weights_write_valid_json(engine: Engine, thinking: Thinking) -> None:
    seen = set()
    for seed in range(1, 16):
        answer = engine.generate(
            QUESTION,
            Sampling(seed=seed),
            max_tokens=600,
            thinking=thinking,
            thinking_budget=40,
            json_schema=json.dumps(FACTS),
        )
        if answer.tally.finish is Finish.STOP and answer.text:
            assert is_fact(json.loads(answer.text))
            seen.add(answer.text)
        else:  # the thinking itself was ended by the token that ends an answer
            assert not answer.text

    assert len(seen) > 8


def test_greedy_nonsense_writes_valid_json_too(engine: Engine) -> None:
    schema = json.dumps(
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 5}
    )
    answer = engine.generate(QUESTION, Sampling(temperature=0), max_tokens=200, json_schema=schema)

    assert 2 <= len(json.loads(answer.text)) <= 5


def test_a_schema_that_cannot_be_kept_is_a_known_error_and_the_engine_goes_on(
    engine: Engine,
) -> None:
    with pytest.raises(BadSchema, match="“pattern”"):
        engine.generate(QUESTION, max_tokens=5, json_schema='{"type": "string", "pattern": "a"}')

    assert engine.generate(QUESTION, max_tokens=5).tally.answer_tokens


def thinks_on(engine: Engine, budget: int, *, tokens: int = 400) -> Iterator:
    """Answers whose thinking was ended by the budget, whatever the seed made of them."""
    for seed in SEEDS:
        answer = engine.generate(
            QUESTION,
            Sampling(seed=seed),
            max_tokens=tokens,
            thinking=Thinking.LOW,
            thinking_budget=budget,
        )
        if answer.tally.thinking_cut:
            yield answer


@pytest.mark.parametrize("budget", [2, 16, 64])
def test_thinking_ends_at_its_budget_and_the_answer_follows(engine: Engine, budget: int) -> None:
    cut = list(thinks_on(engine, budget, tokens=budget + 30))

    assert cut
    thought = {answer.tally.thinking_tokens for answer in cut}
    assert max(thought) == budget
    assert min(thought) >= budget - budget // 8
    assert any(answer.text for answer in cut)
    assert all(CLOSING.strip() not in answer.thinking for answer in cut)


def test_a_long_budget_ends_with_a_closing_line(engine: Engine) -> None:
    (closing,) = engine.count_tokens([CLOSING])
    budget = 10 * closing + 10
    answer = next(thinks_on(engine, budget, tokens=budget + 5))

    assert answer.thinking.endswith(CLOSING)
    assert budget - GRACE <= answer.tally.thinking_tokens <= budget


def test_an_unspent_budget_changes_nothing(engine: Engine) -> None:
    def answer(budget: int):
        return engine.generate(
            QUESTION, Sampling(seed=5), max_tokens=60, thinking=Thinking.LOW, thinking_budget=budget
        )

    free, limited = answer(0), answer(4000)

    assert not limited.tally.thinking_cut
    assert (free.thinking, free.text) == (limited.thinking, limited.text)


def test_a_stop_string_ends_the_answer_and_is_not_shown(engine: Engine) -> None:
    whole = engine.generate(QUESTION, Sampling(seed=3), max_tokens=60)
    for start in range(5, len(whole.text) - 6, 7):
        stop = whole.text[start : start + 5]
        events: list = []
        answer = engine.generate(
            QUESTION, Sampling(seed=3), max_tokens=60, stop=(stop,), on_event=events.append
        )
        assert answer.text == whole.text[: whole.text.index(stop)]
        assert answer.tally.finish is Finish.STOP
        assert "".join(e.text for e in events if isinstance(e, Said)) == answer.text


def test_the_same_seed_gives_the_same_words_and_another_gives_others(engine: Engine) -> None:
    warm = {"temperature": 0.9, "top_p": 0.95, "min_p": 0.02, "top_k": 200}
    texts = [
        engine.generate(QUESTION, Sampling(seed=seed, **warm), max_tokens=40).text
        for seed in (7, 8, 7)
    ]

    assert texts[0] == texts[2] != texts[1]


def test_one_candidate_leaves_no_chance(engine: Engine) -> None:
    greedy = engine.generate(QUESTION, Sampling(temperature=0), max_tokens=30).text

    for narrow in ({"top_k": 1}, {"min_p": 1.0}, {"top_p": 0.01}):
        answer = engine.generate(QUESTION, Sampling(seed=9, **narrow), max_tokens=30)
        assert answer.text == greedy


def forgetful(writer, *, sure: float) -> None:
    """Change a file so that each word follows from the one before alone; then it must go round.

    Args:
        sure: how much likelier the likeliest word becomes, as a factor on all logits.
    """
    import gguf_writer as g
    import numpy as np

    for name, (kind, dimensions, raw) in list(writer.tensors.items()):
        if name.endswith(("attn_output_b.weight", "ffn_down_exps.weight", "ffn_down_shexp.weight")):
            writer.tensors[name] = (kind, dimensions, bytes(len(raw)))
    kind, dimensions, raw = writer.tensors["output_norm.weight"]
    scaled = np.frombuffer(raw, np.float32) * np.float32(sure)
    assert kind == g.TYPE_F32
    writer.tensors["output_norm.weight"] = (kind, dimensions, scaled.tobytes())


def test_an_answer_that_goes_round_is_begun_anew_and_then_cut(hostile_gguf) -> None:
    path = hostile_gguf(lambda writer: forgetful(writer, sure=1000.0))
    events: list = []
    with Engine.start(path, SETTINGS) as engine:
        answer = engine.generate(
            QUESTION, Sampling(temperature=0), max_tokens=4000, on_event=events.append
        )

    assert answer.tally.finish is Finish.LOOP
    assert answer.tally.restarted is Restart.LOOP
    restarts = [place for place, event in enumerate(events) if isinstance(event, Restarted)]
    assert len(restarts) == 1
    streamed = "".join(e.text for e in events[restarts[0] :] if isinstance(e, Said | Thought))
    assert answer.tally.repeated > 300
    assert answer.text == streamed[: -answer.tally.repeated]
    # What was cut off is a repetition of what is kept.
    assert answer.text[-20:] in streamed[len(answer.text) :]


def test_a_loop_that_chance_leads_out_of_costs_one_new_beginning(hostile_gguf) -> None:
    path = hostile_gguf(lambda writer: forgetful(writer, sure=1.0))
    with Engine.start(path, SETTINGS) as engine:
        answer = engine.generate(QUESTION, Sampling(temperature=0), max_tokens=1000)

    assert answer.tally.restarted is Restart.LOOP
    assert answer.tally.finish in {Finish.STOP, Finish.LENGTH}
    assert answer.tally.repeated == 0


def test_numbers_that_are_none_get_one_more_try_and_then_a_sentence(hostile_gguf) -> None:
    def poison(writer) -> None:
        kind, dimensions, raw = writer.tensors["output_norm.weight"]
        writer.tensors["output_norm.weight"] = (kind, dimensions, b"\0\0\xc0\x7f" * (len(raw) // 4))

    events: list = []
    with Engine.start(hostile_gguf(poison), SETTINGS) as engine:
        with pytest.raises(DamagedWeights):
            engine.generate(QUESTION, max_tokens=5, on_event=events.append)
        assert [e.reason for e in events if isinstance(e, Restarted)] == [Restart.NUMBERS]
        assert engine.alive


def test_one_bad_number_among_all_is_noticed_wherever_it_stands(hostile_gguf) -> None:
    """Only the logit of one rare token is infinite; no other word shows it."""

    def poison(writer) -> None:
        kind, dimensions, raw = writer.tensors["output.weight"]
        place = len(raw) // dimensions[1] * (dimensions[1] - 40)
        # The scale of the row's first block of numbers becomes infinite.
        changed = raw[:place] + b"\x00\x7c" + raw[place + 2 :]
        writer.tensors["output.weight"] = (kind, dimensions, changed)

    with (
        Engine.start(hostile_gguf(poison), SETTINGS) as engine,
        pytest.raises(DamagedWeights),
    ):
        engine.generate(QUESTION, Sampling(temperature=0), max_tokens=5)


def test_the_pace_is_measured_against_llama_cpp_alone(tiny_gguf: Path, tmp_path: Path) -> None:
    program = Program(tmp_path)
    told = program.run("bench", "engine", "--file", tiny_gguf, "--rounds", "1", "--json")

    form = json.loads(told.stdout)
    assert form["rounds"] == 1
    assert form["prompt_tokens"] > 300
    assert 32 <= form["written_tokens"] <= 96
    for rate in ("read_rate", "raw_read_rate", "write_rate", "raw_write_rate"):
        assert 1 < form[rate] < 1e6
    # The same work in both, so they cannot be far apart even on a busy machine.
    assert 0.2 < form["write_ratio"] < 5
    assert 0.2 < form["read_ratio"] < 5
    assert 0 <= form["cancel_writing_ms"] < 5000
    nothing = program.run("bench", "engine")
    assert nothing.returncode == 1
    assert "No model is installed" in nothing.stderr


def test_the_raw_loop_refuses_what_it_cannot_read(tiny_gguf: Path) -> None:
    raw = RawLoop.start(tiny_gguf, EngineSettings(context_tokens=256))
    try:
        long = (Message(role=Role.USER, text="word " * 400),)
        with pytest.raises(PromptTooLong):
            raw.time(
                TimeIt(conversation=long, thinking=Thinking.OFF, sampling=Sampling(), tokens=5)
            )
        timed = raw.time(
            TimeIt(conversation=QUESTION, thinking=Thinking.OFF, sampling=Sampling(), tokens=5)
        )
        assert timed.first_seconds >= timed.read_seconds > 0
    finally:
        raw.close()
