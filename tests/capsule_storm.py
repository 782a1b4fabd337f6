"""Any history, then the same numbers: branches, edits, aborts, capsules, in any order.

The oracle is a fresh engine that reads the same conversation. What is compared
is the hash of the raw numbers behind the next word: one bit of difference fails.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from capsule_talks import GREEDY, TEXT
from carrel.engine.capsule_talk import Beginning
from carrel.engine.chat.encoding import Message, Role
from carrel.engine.client import Engine
from carrel.engine.wire.capsules import Point
from carrel.engine.wire.protocol import Prefilled, Said

engines: dict[str, tuple[Engine, Engine]] = {}
"""The one that lives through everything and the oracle, by format."""
_fresh: dict[tuple[str, tuple[Message, ...]], str] = {}


def said(text: str) -> Message:
    return Message(role=Role.ASSISTANT, text=text)


def asked(text: str) -> Message:
    return Message(role=Role.USER, text=text)


class Storm(RuleBasedStateMachine):
    """One engine that lives through everything, one that always starts anew."""

    name = "f32"

    def __init__(self) -> None:
        super().__init__()
        self.chat: tuple[Message, ...] = ()
        self.states: list[tuple[Beginning, Point, bytes]] = []
        self.tired, self.fresh = engines[self.name]

    @initialize(length=st.integers(30, 1400))
    def begin(self, length: int) -> None:
        self.chat = (Message(role=Role.SYSTEM, text="Answer."), asked(TEXT[:length]), said("Read."))

    @rule(start=st.integers(0, 2000), length=st.integers(1, 900))
    def another_document(self, start: int, length: int) -> None:
        if len(self.chat) < 9:
            self.chat = (*self.chat, asked(TEXT[start : start + length] or "x"), said("Read."))

    @rule(tokens=st.integers(1, 300), question=st.sampled_from(["Who?", "When was it?", "42"]))
    def answer(self, tokens: int, question: str) -> None:
        told = self.tired.generate((*self.chat, asked(question)), GREEDY, max_tokens=tokens)
        if len(self.chat) < 9:
            self.chat = (*self.chat, asked(question), said(told.text or "-"))

    @rule(tokens=st.integers(1, 40))
    def regenerate(self, tokens: int) -> None:
        self.tired.generate((*self.chat, asked("Again?")), GREEDY, max_tokens=tokens)

    @rule()
    def go_back(self) -> None:
        if len(self.chat) > 3:
            self.chat = self.chat[:-2]

    @rule(text=st.sampled_from(["edited", "another text altogether", "1,577 million"]))
    def edit(self, text: str) -> None:
        self.chat = (*self.chat[:1], asked(text + TEXT[:500]), *self.chat[2:])

    @rule(after=st.integers(0, 900))
    def stop_while_reading(self, after: int) -> None:
        def stop(event: object) -> None:
            if isinstance(event, Prefilled) and event.done >= after:
                self.tired.cancel()

        self.tired.generate((*self.chat, asked("Stop?")), GREEDY, max_tokens=4, on_event=stop)

    @rule()
    def stop_while_writing(self) -> None:
        def stop(event: object) -> None:
            if isinstance(event, Said):
                self.tired.cancel()

        self.tired.generate((*self.chat, asked("Stop!")), GREEDY, max_tokens=400, on_event=stop)

    @rule()
    def keep(self) -> None:
        held = self.tired.hold(self.chat)
        assert held.held.here is not None
        with self.tired.keep(held) as image:
            self.states.append((held, image.point, b"".join(image.pieces())))

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        beginning, point, state = data.draw(st.sampled_from(self.states), label="state")
        self.tired.restore(beginning, point, [state], len(state))
        self.chat = beginning.messages

    @rule()
    def forget(self) -> None:
        self.tired.forget()

    @rule(question=st.sampled_from(["Compare.", "What was the income in 2022?"]))
    def compare(self, question: str) -> None:
        conversation = (*self.chat, asked(question))
        key = (self.name, conversation)
        if key not in _fresh:
            self.fresh.forget()
            _fresh[key] = self.fresh.fingerprint(conversation)
        assert self.tired.fingerprint(conversation) == _fresh[key]

    def teardown(self) -> None:
        if self.chat:
            self.compare("At the end?")


class HalfStorm(Storm):
    """The same in the formats answers are given in."""

    name = "f16"


class SmallStorm(Storm):
    """The same with a cache of eight bits."""

    name = "q8_0"


MACHINES = {"f32": Storm, "f16": HalfStorm, "q8_0": SmallStorm}


def rage(name: str, tired: Engine, fresh: Engine, *, examples: int, steps: int) -> None:
    """Let a storm rage over an engine; the other one is the oracle."""
    engines[name] = (tired, fresh)
    run_state_machine_as_test(
        MACHINES[name],
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
