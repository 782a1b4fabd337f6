"""The real worker held to given texts, whatever the weights would rather say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.engine.chat.choice_grammar import MAX_CHOICE_CHARACTERS, MAX_CHOICES, grammar_of_choices
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import BadSchema
from carrel.engine.wire.protocol import EngineSettings, Finish, Sampling

QUESTION = (Message(role=Role.USER, text="Which of these is it?"),)
TEXTS = (
    "\u2460 Der Hof – 12\u00a0%.",
    '\u2461 He said "no" \\ and left.',
    "\u2462 数は三つ。",
    "\u2463 a\nb\tc\u200b",
    "\uff5c 世界，a\ufb01\uff1a\U0001f600",
)
"""The last begins with the byte that a lone bad byte is read as, too, and spells it thrice."""
ALONE = "The documents do not say."


@pytest.fixture(scope="module")
def engine(tiny_gguf: Path) -> Iterator[Engine]:
    with Engine.start(tiny_gguf, EngineSettings(context_tokens=4096)) as started:
        yield started


@pytest.mark.parametrize("alone", ["", ALONE])
def test_nonsense_weights_say_nothing_but_the_given_texts(engine: Engine, alone: str) -> None:
    for seed in range(1, 13):
        texts = TEXTS[seed % len(TEXTS) :]
        answer = engine.generate(
            (Message(role=Role.USER, text="Which one? " * seed),),
            Sampling(seed=seed),
            max_tokens=300,
            choices=texts,
            alone=alone,
        )

        assert answer.tally.finish is Finish.STOP
        allowed = {*texts, *(a + b for a in texts for b in texts)}
        assert answer.text in allowed | ({alone} - {""})


def test_one_text_is_said_as_it_is(engine: Engine) -> None:
    answer = engine.generate(
        QUESTION, Sampling(temperature=0), max_tokens=300, choices=["Yes, \u2460."]
    )

    assert answer.text in {"Yes, \u2460.", "Yes, \u2460.Yes, \u2460."}


@pytest.mark.parametrize(
    "choices", [[""], ["a"] * (MAX_CHOICES + 1), ["a" * (MAX_CHOICE_CHARACTERS + 1)]]
)
def test_choices_that_cannot_be_kept_are_refused_before_anything_is_read(
    engine: Engine, choices: list[str]
) -> None:
    with pytest.raises(BadSchema):
        engine.generate(QUESTION, max_tokens=5, choices=choices)

    assert engine.generate(QUESTION, max_tokens=5).tally.answer_tokens


def test_a_grammar_without_texts_is_refused() -> None:
    with pytest.raises(BadSchema, match="texts to choose"):
        grammar_of_choices([], "alone")
