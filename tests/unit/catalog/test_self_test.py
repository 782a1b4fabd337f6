"""What a self-test says about sound and unsound engines."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from carrel.catalog.official import continuations, differing_conversations
from carrel.catalog.self_test import engine_version, needs_test, run_self_test
from carrel.domain.self_tests import CheckState, Feature, SelfTest
from carrel.engine.chat.encoding import Encoding
from carrel.engine.errors import DecodeFailed, EngineCrashed, SelfTestStopped
from carrel.engine.fake import ScriptedEngine

PREVIEW = SimpleNamespace(profile="v4-flash-preview", self_test=None)
OTHER = SimpleNamespace(profile="generic", self_test=None)


def official(conversation):
    cases = {case.prompt: "".join(case.steps) for case in continuations("v4-flash-preview")}
    return "", cases.get(conversation[-1].text, "one two three") + " and so on"


def engine(script=official, *, context_tokens: int = 8192, **seen):
    made = ScriptedEngine(script, context_tokens=context_tokens)
    examined = made.examine()
    made.examine = lambda: replace(examined, **seen)
    return made


def state(test: SelfTest, name: str) -> CheckState:
    return next(check.state for check in test.checks if check.name == name)


def test_a_sound_engine_passes_and_every_check_is_counted() -> None:
    steps = []
    test = run_self_test(engine(), PREVIEW, on_step=lambda *step: steps.append(step))

    assert test.passed
    assert not test.off
    assert [check.name for check in test.checks] == [
        "encoder",
        "logits",
        "golden",
        "capsule",
        "stop",
    ]
    assert steps == [(n, 5) for n in range(6)]
    assert test.engine == engine_version()


@pytest.mark.parametrize(
    ("seen", "name", "words"),
    [
        ({"finite": False}, "logits", "not numbers"),
        ({"spread": 0.0}, "logits", "equally likely"),
        ({"difference": 0.5}, "logits", "other numbers"),
        ({"faults": ("“<think>” becomes “x”",)}, "encoder", "becomes “x”"),
    ],
)
def test_what_is_wrong_is_said_and_no_answer_is_given(seen, name: str, words: str) -> None:
    test = run_self_test(engine(**seen), OTHER)

    failed = [check for check in test.checks if check.state is CheckState.FAILED]
    assert [check.name for check in failed] == [name]
    assert words in failed[0].detail
    assert test.off == {Feature.ANSWERS}


def test_one_other_first_word_is_forgiven_two_are_not_and_none_right_is_the_end() -> None:
    prompts = [case.prompt for case in continuations("v4-flash-preview")]

    def wrong(count):
        return lambda c: ("", "No.") if c[-1].text in prompts[:count] else official(c)

    one, two, five = (run_self_test(engine(wrong(count)), PREVIEW) for count in (1, 2, 5))

    assert state(one, "golden") is CheckState.PASSED
    assert state(two, "golden") is CheckState.FAILED
    assert not two.off
    assert five.off == {Feature.ANSWERS}


def test_long_prompts_are_left_out_on_a_slow_machine_unless_asked_for() -> None:
    slow = {"seconds": 1.6, "tokens": 16}  # ten tokens a second
    asked = []

    def script(conversation):
        asked.append(len(conversation[-1].text))
        return official(conversation)

    quick = run_self_test(engine(script, **slow), PREVIEW)
    short = len([length for length in asked if length > 1000])
    patient = run_self_test(engine(script, **slow), PREVIEW, patient=True)

    golden = next(check for check in quick.checks if check.name == "golden")
    assert golden.state is CheckState.PASSED
    assert "3 of 3" in golden.detail
    assert "12 minutes" in golden.detail
    assert short == 0
    assert "5 of 5" in next(c.detail for c in patient.checks if c.name == "golden")


def test_a_model_without_official_answers_is_not_blamed() -> None:
    test = run_self_test(engine(lambda _: ("", "nonsense")), OTHER)

    assert state(test, "golden") is CheckState.SKIPPED
    assert test.passed


def test_a_check_that_breaks_is_a_failed_check_but_a_dead_engine_ends_the_test() -> None:
    def broken(error):
        def script(conversation):
            if conversation[-1].text.startswith("Rispondi"):
                raise error
            return official(conversation)

        return engine(script)

    test = run_self_test(broken(DecodeFailed(cause="code -3")), PREVIEW)
    assert state(test, "golden") is CheckState.FAILED
    assert state(test, "stop") is CheckState.PASSED
    with pytest.raises(EngineCrashed):
        run_self_test(broken(EngineCrashed(cause="no memory")), PREVIEW)


def test_it_can_be_stopped() -> None:
    with pytest.raises(SelfTestStopped):
        run_self_test(engine(), PREVIEW, cancelled=lambda: True)


def test_it_is_due_once_for_each_version_of_the_engine() -> None:
    test = run_self_test(engine(), OTHER)

    assert needs_test(OTHER)
    assert not needs_test(SimpleNamespace(self_test=test))
    assert needs_test(SimpleNamespace(self_test=replace(test, engine="llama-cpp-python 0.0.1")))


@pytest.mark.parametrize("encoding", [Encoding.V4_PREVIEW, Encoding.V4_0731])
def test_the_official_conversations_that_ship_are_written_as_published(encoding) -> None:
    assert differing_conversations(encoding) == ()


def test_an_encoder_that_differs_is_found(monkeypatch) -> None:
    monkeypatch.setattr("carrel.catalog.official.render", lambda *_, **__: ())

    test = run_self_test(engine(), PREVIEW)

    assert state(test, "encoder") is CheckState.FAILED
    assert test.off == {Feature.ANSWERS}
