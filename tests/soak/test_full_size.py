"""A file of V4-Flash's true size is planned, loaded and speaks on a machine a quarter as large."""

from __future__ import annotations

import faulthandler
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel.app.engine_host import EngineHost
from carrel.app.planning import Planner, plan_for
from carrel.catalog.installed import Catalog
from carrel.domain.events import EngineChanged
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.plans import FitVerdict
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import LoadCancelled
from carrel.engine.fit.memory import memory_need
from carrel.engine.inspection import inspect_files
from carrel.engine.planning import preflight
from carrel.engine.wire.protocol import EngineSettings, Sampling
from carrel.system.memory import memory

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

TRUE_BYTES = 86_700_000_000
ROOM_ON_DISK = 200_000_000
ALWAYS = (4096, 32_768, 131_072, 1 << 20)
QUESTION = (Message(role=Role.USER, text="Hi"),)


@pytest.fixture(scope="module")
def full_size(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import full_size

    path = tmp_path_factory.mktemp("full") / "full-size.gguf"
    full_size.describe(full_size.FLASH, "q2").write(path)
    yield path
    path.unlink()


def listed(path: Path) -> InstalledModel:
    """As the list would have it; hashing 81 GiB of zeros would show nothing."""
    found = inspect_files(
        path, with_hash=False, on_progress=lambda _: None, cancelled=lambda: False
    )
    return InstalledModel(
        name="full", title=found.facts.title, path=path, size=found.facts.size,
        architecture=found.facts.architecture, layers=found.facts.geometry.layers,
        context_tokens=found.facts.context_tokens, quantisation=found.facts.quantisation,
        licence="", sha256="", added_at=0.0, files=found.files,
    )  # fmt: skip


class OneListed(Catalog):
    """A list that holds one model without its hash."""

    def __init__(self, one: InstalledModel) -> None:
        super().__init__(one.path.parent / "list")
        self._one = one

    def get(self, name: str) -> InstalledModel:
        assert name == self._one.name
        return self._one


def test_it_has_the_true_size_and_takes_little_room(full_size: Path) -> None:
    stat = full_size.stat()

    assert stat.st_size == pytest.approx(TRUE_BYTES, rel=0.001)
    assert stat.st_blocks * 512 <= ROOM_ON_DISK


@pytest.mark.parametrize("batch", [128, 256, 512, 2048])
def test_formulae_agree_with_llama_cpp_within_five_percent_and_are_never_under(
    full_size: Path, batch: int
) -> None:
    found = preflight(full_size, EngineSettings(batch_tokens=batch))

    for n_ctx in ALWAYS:
        for kind in ("f16", "q8_0"):
            printed = found.sizes[n_ctx, kind]
            need = memory_need(
                found.facts.geometry, file_bytes=0, context=n_ctx, batch=batch, cache_type=kind
            )
            rounding = 1 << 17
            assert abs(need.cache + need.state - printed.cache) <= rounding
            assert printed.work - rounding <= need.work <= 1.05 * printed.work


def test_it_is_planned_within_seconds_and_every_size_is_confirmed(full_size: Path) -> None:
    began = time.monotonic()
    plan = plan_for(full_size)
    took = time.monotonic() - began

    assert all(one.confirmed for one in plan.contexts)
    assert plan.estimate.bytes_per_token == pytest.approx(9.55e9, rel=0.01)
    streams = memory().total < TRUE_BYTES
    assert (plan.verdict is FitVerdict.STREAMS) == streams
    assert bool(plan.advice) == streams
    assert took <= 10, "three seconds on an idle machine"


def test_it_loads_and_speaks_while_progress_moves_and_this_process_stays_alive(
    full_size: Path,
) -> None:
    faulthandler.cancel_dump_traceback_later()  # minutes are usual here
    catalog = OneListed(listed(full_size))
    planner = Planner(catalog)
    events: list[EngineChanged] = []
    host = EngineHost(
        catalog, events.append, choose=planner.choose, folder=full_size.parent / "lock"
    )
    engines: list[Engine] = []
    thread = threading.Thread(
        target=lambda: engines.append(host.engine("full", lambda _done, _all: None, lambda: False))
    )
    try:
        longest = _longest_gap_until(thread)
        assert longest < 0.5
        progress = [one.progress for one in events if one.state is EngineState.LOADING]
        assert progress == sorted(progress)
        assert len(set(progress)) >= 20
        assert any(one.seconds_left for one in events)
        told = _said_by(engines[0])
        assert told.tally.answer_tokens + told.tally.thinking_tokens == 1
        assert engines[0].alive
    finally:
        host.close()
        planner.close()


def test_loading_it_is_stopped_within_a_second(full_size: Path) -> None:
    stopped: list[float] = []

    def stop_soon(done: int, total: int) -> None:
        if done > total // 50 and not stopped:
            stopped.append(time.monotonic())

    with pytest.raises(LoadCancelled):
        Engine.start(
            full_size,
            EngineSettings(context_tokens=4096),
            on_progress=stop_soon,
            cancelled=lambda: bool(stopped),
        )
    assert time.monotonic() - stopped[0] < 1 + GIVING_UP_SECONDS


GIVING_UP_SECONDS = 3
"""Seconds the system takes to give back the pages of a process that had mapped gigabytes."""


def _longest_gap_until(thread: threading.Thread) -> float:
    """Seconds this thread, as the window would, waited longest for its next turn."""
    longest, last = 0.0, time.monotonic()
    thread.start()
    while thread.is_alive():
        thread.join(0.02)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


def _said_by(engine: Engine) -> object:
    """One token; the empty network finds all words as likely, the end among them."""
    ask: Callable[[int], object] = lambda seed: engine.generate(  # noqa: E731
        QUESTION, Sampling(seed=seed), max_tokens=1
    )
    for seed in range(1, 4):
        told = ask(seed)
        if told.tally.answer_tokens:
            return told
    return told
