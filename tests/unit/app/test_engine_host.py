"""One engine at a time: loaded when needed, kept, replaced, and told about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carrel.app.engine_host import EngineHost
from carrel.catalog.errors import NotInstalled
from carrel.domain.events import EngineChanged, ModelChanged
from carrel.domain.installed import EngineState, InstalledModel
from carrel.engine.errors import (
    EngineCrashed,
    EngineKilled,
    EngineOutgrown,
    LoadCancelled,
    LoadFailed,
    NotEnoughMemory,
    OtherIsLoaded,
)
from carrel.engine.fake import ScriptedEngine
from carrel.engine.fit.verdict import WANTED_TOKENS


def entry(name: str, **changes) -> InstalledModel:
    values = {
        "name": name, "title": "", "path": Path("/none"), "size": 1 << 20, "layers": 5,
        "architecture": "deepseek4", "context_tokens": 512 if name == "small" else 1 << 20,
        "quantisation": "", "licence": "", "sha256": "", "added_at": 0.0,
    }  # fmt: skip
    return InstalledModel(**{**values, **changes})


class Catalog:
    def __init__(self):
        self.entries = {name: entry(name) for name in ("tiny", "small")}
        self.entries["big"] = entry("big", size=80 << 30)

    def get(self, name):
        if name not in self.entries:
            raise NotInstalled(name=name)
        return self.entries[name]

    def change(self, name, **known):
        self.entries[name] = replace(self.get(name), **known)
        return self.entries[name]

    def note_speed(self, name, tokens_per_second, reading_per_second=0.0):
        known = {
            key: value
            for key, value in (
                ("tokens_per_second", tokens_per_second),
                ("reading_per_second", reading_per_second),
            )
            if value and getattr(self.get(name), key) != value
        }
        return self.change(name, **known) if known else None


class Host:
    def __init__(self, folder=None):
        self.started = []
        self.events = []
        self.fail = False
        self.errors = []
        self.during_load = None
        self.catalog = Catalog()
        self.host = EngineHost(self.catalog, self.events.append, self.start, folder=folder)

    def start(self, installed, settings, *, on_progress, cancelled):
        if self.fail:
            raise LoadFailed(cause="no")
        if self.errors:
            raise self.errors.pop(0)
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
        return [event.state for event in self.events if isinstance(event, EngineChanged)]

    @property
    def contexts(self):
        return [settings.context_tokens for _, settings, _ in self.started]


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
    assert [settings.context_tokens for _, settings, _ in host.started] == [WANTED_TOKENS, 512]


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
    assert contexts == [WANTED_TOKENS, 4096, 4096]


def test_a_context_that_worked_is_remembered():
    host = Host()
    host.engine("tiny")

    found = host.catalog.get("tiny")
    assert (found.loaded_context, found.loaded_cache) == (WANTED_TOKENS, "f16")


def test_an_engine_killed_while_loading_is_smaller_the_next_time():
    host = Host()
    host.errors = [EngineKilled(cause="memory ran out"), EngineKilled(cause="again")]

    with pytest.raises(EngineOutgrown, match="memory ran out") as caught:
        host.engine("tiny")
    assert "context of 16384 tokens" in caught.value.failure.remedy
    assert host.events[-1].failure == caught.value.failure
    with pytest.raises(EngineOutgrown):
        host.engine("tiny")
    assert host.engine("tiny").alive
    assert host.contexts == [8192]
    assert host.catalog.get("tiny").loaded_context == 8192


def test_the_smallest_context_stays_when_the_engine_is_killed_again():
    host = Host()
    host.host.load("tiny", 4096)
    host.host.unload()
    host.errors = [EngineKilled(cause="memory ran out")]

    with pytest.raises(EngineKilled) as caught:
        host.engine("tiny")
    assert not isinstance(caught.value, EngineOutgrown)
    host.engine("tiny")
    assert host.contexts == [4096, 4096]


def test_a_context_larger_than_memory_is_smaller_the_next_time():
    host = Host()
    host.errors = [NotEnoughMemory(context=32_768, needed="9 GiB", free="2 GiB", smaller=8192)]

    with pytest.raises(NotEnoughMemory) as caught:
        host.engine("tiny")
    assert "it needs 9 GiB beside the weights, and 2 GiB are free" in caught.value.failure.reason
    assert "8192" in caught.value.failure.remedy
    host.engine("tiny")
    assert host.contexts == [8192]


def test_an_engine_killed_while_answering_is_told_with_the_reason_and_shrinks():
    host = Host()
    host.engine("tiny").close()
    failure = EngineKilled(cause="memory ran out").failure

    host.host.rest(0.0, failure)

    assert (host.events[-1].state, host.events[-1].failure) == (EngineState.CRASHED, failure)
    host.engine("tiny")
    assert host.contexts == [WANTED_TOKENS, 16_384]


def test_an_engine_that_died_of_something_else_keeps_its_context():
    host = Host()
    host.engine("tiny").close()

    host.host.rest(0.0, EngineCrashed(cause="a check failed").failure)
    host.engine("tiny")

    assert host.contexts == [WANTED_TOKENS, WANTED_TOKENS]


def test_one_large_model_at_a_time_across_programs(tmp_path):
    first, second = Host(tmp_path), Host(tmp_path)
    first.engine("big")

    with pytest.raises(OtherIsLoaded, match="“big” loaded"):
        second.engine("big")
    assert second.events[-1].failure.code == "engine.other_loaded"
    assert second.engine("tiny").alive, "small models are free"
    first.host.unload()
    assert second.engine("big").alive
    with pytest.raises(OtherIsLoaded):
        first.engine("big")
    second.engine("tiny")
    assert first.engine("big").alive


def test_a_load_that_failed_or_was_stopped_lets_others_in(tmp_path):
    first, second = Host(tmp_path), Host(tmp_path)
    first.fail = True
    with pytest.raises(LoadFailed):
        first.engine("big")
    second.during_load = second.host.stop_loading
    with pytest.raises(LoadCancelled):
        second.engine("big")
    first.fail = False

    assert first.engine("big").alive


def test_the_speed_of_an_answer_is_noted_with_the_model():
    host = Host()
    host.engine("tiny")
    for speed, tokens in ((99.0, 3), (23.0, 100), (23.0, 100), (0.0, 100)):
        host.host.rest(speed, tokens=tokens)

    assert host.catalog.get("tiny").tokens_per_second == 23.0
    changed = [event for event in host.events if isinstance(event, ModelChanged)]
    assert [event.installed.tokens_per_second for event in changed] == [23.0]
