"""A crash of the engine in the middle of an answer: the question is kept, the rest goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.app import App
from carrel.domain.answers import AnswerMode, ExchangeState
from carrel.domain.events import (
    AddingFinished,
    AnswerAdded,
    AnswerProgressed,
    EngineChanged,
    Event,
    JobFailed,
    ModelImported,
    ThinkingAdded,
)
from carrel.domain.installed import EngineState
from carrel.domain.workspaces import Seal
from carrel.engine.client import Engine
from carrel.settings import Settings
from carrel.workspace.keys import Argon2Cost
from carrel.workspace.store import Workspace

LEAST = Argon2Cost(memory_kib=65_536, passes=3, lanes=4)
"""The least that a workspace opens with."""

QUESTION = "What does the report say about liquidity?"
TEXT = "The report says that liquidity was good and that the covenant was kept.\n" * 20


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=LEAST)
    seal = Seal(active=True, calls="", files="", landlock_abi=0)
    opened = App(made.workspace, seal, Settings(tmp_path / "settings.json"), tmp_path / "models")
    yield opened
    opened.close()


def wait_for(events: Iterator[Event], kind: type[Event], job: int) -> Event:
    return next(
        event for event in events if isinstance(event, kind) and getattr(event, "job", job) == job
    )


def test_the_question_is_kept_with_the_reason_and_the_engine_loads_smaller(
    app: App, tmp_path: Path, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "report.txt"
    document.write_text(TEXT)
    started: list[Engine] = []
    real = Engine._await_ready

    def noted(engine: Engine, *arguments: object) -> object:
        started.append(engine)
        return real(engine, *arguments)

    monkeypatch.setattr(Engine, "_await_ready", noted)
    with app.listen() as events:
        wait_for(events, AddingFinished, app.add_paths([document]))
        wait_for(events, ModelImported, app.import_model(tiny_gguf))
        job = app.asking.ask(QUESTION, chat=None, mode=AnswerMode.PASSAGES)
        states: list[EngineChanged] = []
        failed: JobFailed | None = None
        for event in events:
            match event:
                case AnswerProgressed(step="reading") | ThinkingAdded() | AnswerAdded():
                    os.kill(started[-1].pid, signal.SIGKILL)
                case JobFailed(job=found) if found == job:
                    failed = event
                case EngineChanged():
                    states.append(event)
                    if event.state is EngineState.CRASHED:
                        break
                case _:
                    pass
    assert failed is not None
    assert "memory ran out" in failed.failure.reason
    assert "ask again" in failed.failure.remedy
    assert states[-1].failure == failed.failure
    (chat,) = app.chats().result()
    (kept,) = app.exchanges(chat.id).result()
    assert (kept.question, kept.state) == (QUESTION, ExchangeState.FAILED)
    assert kept.failure == failed.failure
    assert app.search("liquidity").result(), "everything else goes on"

    installed, _built_in = app.installed_models().result()
    app.load_engine(installed.name).result()
    assert app.engine_state() == (EngineState.READY, installed.name)
    assert started[-1].info.context_tokens < started[0].info.context_tokens
