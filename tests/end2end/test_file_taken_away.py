"""A model's file is cut short, deleted or replaced under the program: a sentence, nothing lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.app import App
from carrel.domain.answers import AnswerMode, ExchangeState
from carrel.domain.documents import Failure
from carrel.domain.events import (
    AddingFinished,
    AnswerFinished,
    Event,
    JobFailed,
    ModelImported,
    ModelVerified,
)
from carrel.domain.installed import EngineState
from carrel.domain.workspaces import Seal
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


def end_of(app: App, start) -> Event:
    """The event a job ends with."""
    ends = (AddingFinished, AnswerFinished, JobFailed, ModelImported, ModelVerified)
    with app.listen() as events:
        job = start()
        return next(e for e in events if isinstance(e, ends) and e.job == job)


def ask(app: App) -> Failure | None:
    """Why a question got no answer; None if it got one."""
    ended = end_of(app, lambda: app.asking.ask(QUESTION, chat=None, mode=AnswerMode.PASSAGES))
    return ended.failure if isinstance(ended, JobFailed) else None


@pytest.fixture
def loaded(app: App, tmp_path: Path, tiny_gguf: Path) -> Path:
    """A model's file, loaded, and a document to ask about."""
    document, file = tmp_path / "report.txt", tmp_path / "model.gguf"
    document.write_text(TEXT)
    shutil.copy(tiny_gguf, file)
    end_of(app, lambda: app.add_paths([document]))
    end_of(app, lambda: app.import_model(file))
    app.load_engine("model").result()
    return file


def test_a_file_cut_short_while_it_is_mapped_costs_the_answer_and_nothing_else(
    app: App, loaded: Path, tiny_gguf: Path
) -> None:
    os.truncate(loaded, 300_000)

    lost = ask(app)
    assert lost is not None
    assert lost.code == "engine.lost_file"
    assert "the file it was reading was cut short or taken away" in lost.reason
    assert "verify it on the models page" in lost.remedy
    assert app.engine_state() == (EngineState.CRASHED, "model")
    (chat,) = app.chats().result()
    (kept,) = app.exchanges(chat.id).result()
    assert (kept.question, kept.state, kept.failure) == (QUESTION, ExchangeState.FAILED, lost)
    assert app.search("liquidity").result(), "everything else goes on"

    changed = ask(app)
    assert changed is not None
    assert (changed.code, "carrel model verify" in changed.remedy) == ("engine.file_changed", True)

    shutil.copy(tiny_gguf, loaded)
    verified = end_of(app, lambda: app.verify_model("model"))
    assert isinstance(verified, ModelVerified)
    assert ask(app) is None, "what the sentences told to do was enough"


def test_a_deleted_file_answers_until_it_is_loaded_anew(app: App, loaded: Path) -> None:
    loaded.unlink()

    assert ask(app) is None
    app.unload_engine().result()
    gone = ask(app)
    assert gone is not None
    assert gone.code == "engine.file_gone"
    assert gone.remedy == "Put the file back, or import it from where it lies now."


def test_another_file_under_the_name_of_a_loaded_one_is_not_loaded(
    app: App, loaded: Path, exact_gguf: Path
) -> None:
    other = loaded.with_name("other")
    shutil.copy(exact_gguf, other)
    other.rename(loaded)

    assert ask(app) is None, "the file that was imported is still open"
    app.unload_engine().result()
    changed = ask(app)
    assert changed is not None
    assert changed.reason == "“model.gguf” was changed since it was imported."
    assert "import it again" in changed.remedy
