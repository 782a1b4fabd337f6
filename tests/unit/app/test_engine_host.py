"""One engine at a time: loaded when needed, kept, replaced, and told about."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from carrel.app.engine_host import CONTEXT_TOKENS, EngineHost
from carrel.catalog.errors import NotInstalled
from carrel.domain.installed import EngineState
from carrel.engine.errors import LoadCancelled, LoadFailed
from carrel.engine.fake import ScriptedEngine


class Catalog:
    def get(self, name):
        if name == "none":
            raise NotInstalled(name=name)
        return SimpleNamespace(name=name, context_tokens=1 << 20 if name != "small" else 512)


class Host:
    def __init__(self):
        self.started = []
        self.events = []
        self.fail = False
        self.during_load = None
        self.host = EngineHost(Catalog(), self.events.append, self.start)

    def start(self, installed, settings, *, on_progress, cancelled):
        if self.fail:
            raise LoadFailed(cause="no")
        on_progress(1, 2)
        if self.during_load is not None:
            self.during_load()
        if cancelled():
            raise LoadCancelled
        engine = ScriptedEngine(lambda conversation: ("", "word"))
        self.started.append((installed.name, settings, engine))
        return engine

    def engine(self, name):
        return self.host.engine(name, lambda done, total: None, lambda: False)

    @property
    def states(self):
        return [event.state for event in self.events]


def test_the_engine_is_loaded_once_and_kept():
    host = Host()
    assert host.engine("tiny") is host.engine("tiny")
    assert len(host.started) == 1
    assert host.states == [
        EngineState.LOADING,
        EngineState.LOADING,
        EngineState.BUSY,
        EngineState.BUSY,
    ]


def test_another_model_replaces_the_one_loaded():
    host = Host()
    first = host.engine("tiny")
    host.engine("small")
    assert not first.alive
    assert [name for name, _, _ in host.started] == ["tiny", "small"]


def test_the_context_is_no_larger_than_trained():
    host = Host()
    host.engine("tiny")
    host.engine("small")
    assert [settings.context_tokens for _, settings, _ in host.started] == [CONTEXT_TOKENS, 512]


def test_an_engine_that_died_is_loaded_anew():
    host = Host()
    host.engine("tiny").close()
    host.host.rest(0.0)
    assert host.states[-1] is EngineState.CRASHED
    assert host.engine("tiny").alive
    assert len(host.started) == 2


def test_a_failure_to_load_is_told_and_raised():
    host = Host()
    host.fail = True
    with pytest.raises(LoadFailed):
        host.engine("tiny")
    assert host.events[-1].state is EngineState.CRASHED
    assert host.events[-1].failure.code == "engine.load"


def test_rest_tells_the_speed_and_unload_gives_the_memory_back():
    host = Host()
    engine = host.engine("tiny")
    host.host.rest(23.0)
    assert (host.events[-1].state, host.events[-1].tokens_per_second) == (EngineState.READY, 23.0)
    host.host.unload()
    assert not engine.alive
    assert host.host.state == (EngineState.OFF, "")


def test_a_cancel_reaches_only_the_job_that_is_answered():
    host = Host()
    engine = host.engine("tiny")
    cancelled = []
    engine.cancel = lambda: cancelled.append(True)
    host.host.answering = 5
    host.host.cancel(4)
    assert not cancelled
    host.host.cancel(5)
    assert cancelled


def test_a_model_that_is_not_installed_is_named():
    host = Host()
    with pytest.raises(NotInstalled):
        host.engine("none")


def test_a_stopped_load_leaves_the_engine_off_and_the_next_load_goes_through():
    host = Host()
    host.during_load = host.host.stop_loading
    with pytest.raises(LoadCancelled):
        host.host.load("tiny")
    assert (host.host.state, host.events[-1].failure) == ((EngineState.OFF, ""), None)

    host.during_load = None
    host.host.load("tiny")
    assert host.host.state == (EngineState.READY, "tiny")


def test_a_smaller_context_is_loaded_anew_and_kept_for_the_questions_after_it():
    host = Host()
    first = host.engine("tiny")
    host.host.load("tiny", 4096)
    assert not first.alive
    host.engine("tiny").close()
    host.engine("tiny")
    contexts = [settings.context_tokens for _, settings, _ in host.started]
    assert contexts == [CONTEXT_TOKENS, 4096, 4096]
