"""The host with real workers: whatever ends one, the program goes on and says what to do."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.app.engine_host import EngineHost
from carrel.app.planning import Planner
from carrel.catalog.installed import Catalog
from carrel.domain.events import EngineChanged
from carrel.domain.installed import EngineState
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import (
    EngineCrashed,
    EngineKilled,
    EngineOutgrown,
    FileChanged,
    NotEnoughMemory,
)
from carrel.engine.wire.protocol import EngineSettings, Said, Sampling

QUESTION = (Message(role=Role.USER, text="What remains?" * 30),)


class Office:
    """A host over a list with one model, which it may load in any way."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.catalog = Catalog(folder)
        self.name = self.catalog.import_file(model).name
        self.events: list[object] = []
        self.settings = EngineSettings(context_tokens=4096)
        self.during_load: Callable[[], None] = lambda: None
        self.host = EngineHost(
            self.catalog,
            self.events.append,
            choose=lambda _entry, wanted, _stop: replace(
                self.settings, context_tokens=wanted or self.settings.context_tokens
            ),
        )

    def engine(self) -> Engine:
        return self.host.engine(self.name, lambda _done, _total: None, lambda: False)

    @property
    def last(self) -> EngineChanged:
        found = self.events[-1]
        assert isinstance(found, EngineChanged)
        return found


@pytest.fixture
def office(tmp_path: Path, tiny_gguf: Path) -> Iterator[Office]:
    copy = Path(shutil.copy(tiny_gguf, tmp_path / "copy.gguf"))
    made = Office(tmp_path / "list", copy)
    yield made
    made.host.close()


def generate(engine: Engine, while_speaking: Callable[[], None] = lambda: None) -> str:
    return engine.generate(
        QUESTION,
        Sampling(seed=3),
        max_tokens=400,
        on_event=lambda event: while_speaking() if isinstance(event, Said) else None,
    ).text


def test_an_engine_killed_while_speaking_is_a_card_and_the_next_one_is_smaller(office) -> None:
    office.settings = EngineSettings(context_tokens=8192)
    engine = office.engine()

    with pytest.raises(EngineKilled, match="memory ran out") as caught:
        generate(engine, lambda: os.kill(engine.pid, signal.SIGKILL))
    office.host.rest(0.0, caught.value.failure)

    assert office.last.state is EngineState.CRASHED
    assert office.last.failure == caught.value.failure
    assert office.engine().info.context_tokens == 4096
    assert generate(office.engine())


def test_an_engine_killed_while_loading_says_what_the_next_try_will_be(office, monkeypatch) -> None:
    office.settings = EngineSettings(context_tokens=8192)
    real = Engine._await_ready

    def killed(engine: Engine, *arguments: object) -> object:
        os.kill(engine.pid, signal.SIGKILL)
        return real(engine, *arguments)

    monkeypatch.setattr(Engine, "_await_ready", killed)
    with pytest.raises(EngineOutgrown) as caught:
        office.engine()
    assert "loaded with a context of 4096 tokens" in caught.value.failure.remedy
    assert office.last.failure == caught.value.failure
    monkeypatch.setattr(Engine, "_await_ready", real)

    assert office.engine().info.context_tokens == 4096


def test_an_engine_we_end_ourselves_counts_as_no_lack_of_memory(office) -> None:
    engine = office.engine()
    engine._child.kill()

    with pytest.raises(EngineCrashed) as caught:
        generate(engine)
    assert not isinstance(caught.value, EngineKilled)


def test_a_file_cut_short_while_it_is_mapped_is_a_card_and_is_not_loaded_again(office) -> None:
    path = office.catalog.get(office.name).path
    engine = office.engine()

    with pytest.raises(EngineCrashed, match="cut short or taken away") as caught:
        generate(engine, lambda: os.truncate(path, 4096))
    office.host.rest(0.0, caught.value.failure)

    assert office.last.failure is not None
    assert office.last.state is EngineState.CRASHED
    with pytest.raises(FileChanged, match="was changed since it was imported"):
        office.engine()
    assert office.last.failure.code == "engine.file_changed"


def test_a_context_larger_than_memory_is_refused_with_numbers_and_the_next_fits(office) -> None:
    office.settings = EngineSettings(
        context_tokens=1 << 20, cache_type="f32", batch_tokens=512, address_space=2 << 30
    )

    with pytest.raises(NotEnoughMemory) as caught:
        office.engine()

    failure = caught.value.failure
    assert "1048576 tokens" in failure.reason
    assert "GiB beside the weights, and 1." in failure.reason
    smaller = int(failure.remedy.split("context of ")[1].split()[0])
    assert 4096 <= smaller < 1 << 20
    assert office.last.failure == failure
    engine = office.engine()
    assert engine.info.context_tokens == smaller
    assert generate(engine)


def test_the_plan_chooses_and_what_worked_is_tried_first(office, tmp_path: Path) -> None:
    planner = Planner(office.catalog)
    host = EngineHost(office.catalog, office.events.append, choose=planner.choose)
    try:
        engine = host.engine(office.name, lambda _done, _total: None, lambda: False)
        assert engine.info.context_tokens == 32_768
        assert Catalog(tmp_path / "list").get(office.name).loaded_context == 32_768
    finally:
        host.close()
        planner.close()


def test_experts_can_be_ordered_to_stay_in_memory(office) -> None:
    plain = generate(office.engine())
    office.host.unload()
    office.settings = EngineSettings(
        context_tokens=4096, gpu_layers=6, expert_layers_on_cpu=(0, 2, 4), split=(3, 3)
    )

    assert generate(office.engine()) == plain
