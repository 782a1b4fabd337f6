"""Carrel Nano through the real worker: answers are asserted, not only that words came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.answering.nano import MARKS, NOTHING
from carrel.domain.installed import NANO_PROFILE
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.wire.protocol import EngineSettings, Finish, Prefilled, Said, Sampling

FILE = Path(__file__).resolve().parents[2] / "models" / "nano" / "carrel-nano.gguf"
GREEDY = Sampling(temperature=0)

PAGE = (
    "Visitors sign in at the reception and wear a badge.",
    "The canteen is open from 11:30 to 14:00.",
    "Salaries are transferred on the 25th of each month.",
    "Passwords must have at least twelve characters.",
    "The warehouse in Rotterdam was closed in March 2021.",
)
ASKED = {
    "When are salaries transferred?": 2,
    "When is the canteen open?": 1,
    "How many characters must passwords have?": 3,
    "When was the warehouse in Rotterdam closed?": 4,
    "Where do visitors sign in?": 0,
}


def lines(page: tuple[str, ...] = PAGE) -> list[str]:
    return [f"{mark} {text}" for mark, text in zip(MARKS, page, strict=False)]


def first_turn(question: str, page: tuple[str, ...] = PAGE) -> Message:
    told = "".join(f"{line}\n" for line in lines(page))
    return Message(role=Role.USER, text=f"{told}\nQuestion: {question}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.start(FILE, EngineSettings(context_tokens=4096)) as started:
        yield started


def ask(engine: Engine, *conversation: Message, **more):
    return engine.generate(
        conversation, GREEDY, max_tokens=200, choices=lines(), alone=NOTHING, **more
    )


def test_it_is_known_by_its_own_card_and_by_no_other_name(engine: Engine) -> None:
    assert engine.info.profile == NANO_PROFILE
    assert "DeepSeek" not in engine.info.title + engine.info.profile_title


@pytest.mark.parametrize("question", ASKED)
def test_it_finds_the_sentence_and_stops(engine: Engine, question: str) -> None:
    answer = ask(engine, first_turn(question))

    assert answer.text == lines()[ASKED[question]]
    assert answer.tally.finish is Finish.STOP


def test_what_is_streamed_is_the_answer(engine: Engine) -> None:
    pieces: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, Said):
            pieces.append(event.text)

    answer = ask(engine, first_turn("When is the canteen open?"), on_event=hear)

    assert "".join(pieces) == answer.text == lines()[1]


def test_it_says_that_nothing_answers(engine: Engine) -> None:
    assert (
        ask(engine, first_turn("Which turbine did the architect of Lyon patent?")).text == NOTHING
    )


def test_a_second_question_goes_on_where_the_first_ended(engine: Engine) -> None:
    chat = [first_turn("When are salaries transferred?")]
    for question in ("Where do visitors sign in?", "When is the canteen open?"):
        answer = ask(engine, *chat)
        chat += [
            Message(role=Role.ASSISTANT, text=answer.text),
            Message(role=Role.USER, text=f"Question: {question}"),
        ]
    last = ask(engine, *chat)

    assert last.text == lines()[1]
    assert last.tally.reused_tokens > last.tally.prompt_tokens / 2


def test_another_question_about_the_same_page_is_answered_as_if_asked_first(
    engine: Engine,
) -> None:
    warm = {question: ask(engine, first_turn(question)).text for question in ASKED}
    with Engine.start(FILE, EngineSettings(context_tokens=4096)) as cold:
        for question, text in warm.items():
            assert ask(cold, first_turn(question)).text == text


def test_a_stopped_reading_leaves_it_right(engine: Engine) -> None:
    long = tuple(f"{text} " * 40 for text in PAGE)

    def stop(event: object) -> None:
        if isinstance(event, Prefilled):
            engine.cancel()

    stopped = ask(engine, first_turn("When is the canteen open?", long), on_event=stop)

    assert stopped.tally.finish is Finish.CANCELLED
    assert ask(engine, first_turn("When is the canteen open?")).text == lines()[1]
