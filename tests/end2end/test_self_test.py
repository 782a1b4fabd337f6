"""A model is tried by the real worker after its first load, once, and refused if it fails."""

import json
import threading
from pathlib import Path

import pytest

from carrel.app.engine_host import EngineHost
from carrel.app.trying import Trying
from carrel.catalog.errors import FailedSelfTest
from carrel.catalog.installed import Catalog
from carrel.catalog.self_test import run_self_test
from carrel.domain.events import ModelChanged
from carrel.domain.self_tests import CheckState, Feature
from carrel.engine.client import Engine
from carrel.engine.errors import SelfTestStopped
from program import Program


class Tiny:
    """What a self-test needs to know of an entry."""

    profile = "v4-other"


class Hosted:
    def __init__(self, path: Path, folder: Path) -> None:
        self.catalog = Catalog(folder)
        self.name = self.catalog.import_file(path).name
        self.events: list = []
        self.steps: list[tuple[int, int]] = []
        trying = Trying(self.catalog, self.events.append)
        self.host = EngineHost(self.catalog, self.events.append, trying=trying)

    def engine(self, cancelled=lambda: False):
        return self.host.engine(
            self.name,
            lambda _done, _total: None,
            cancelled,
            on_test=lambda *step: self.steps.append(step),
        )

    @property
    def stored(self):
        return self.catalog.get(self.name).self_test


@pytest.fixture
def hosted(tmp_path: Path):
    made: list[Hosted] = []

    def make(path: Path) -> Hosted:
        made.append(Hosted(path, tmp_path / "list"))
        return made[-1]

    yield make
    for one in made:
        one.host.close()


def test_the_first_load_tries_the_model_and_the_second_does_not(hosted, tiny_gguf: Path) -> None:
    one = hosted(tiny_gguf)
    one.engine()

    assert one.stored.passed
    assert one.stored.seconds < 10
    assert one.steps[0] == (0, len(one.stored.checks))
    assert [e.installed.self_test for e in one.events if isinstance(e, ModelChanged)] == [
        one.stored
    ]
    first = one.stored
    one.steps.clear()
    one.host.unload()
    one.engine()
    assert not one.steps
    assert one.stored == first
    one.host.test(one.name, lambda *step: one.steps.append(step), lambda: False)
    assert one.steps
    assert one.stored.ran_at > first.ran_at


def test_a_model_whose_output_is_empty_loads_but_may_not_answer(hosted, hostile_gguf) -> None:
    """As a copy that stopped early on a disk that had made room for the whole file."""

    def empty(writer) -> None:
        kind, dimensions, raw = writer.tensors["output.weight"]
        writer.tensors["output.weight"] = (kind, dimensions, bytes(len(raw)))

    one = hosted(hostile_gguf(empty))
    for _ in range(2):
        with pytest.raises(FailedSelfTest, match="parts of the file are empty"):
            one.engine()
    assert one.stored.off == {Feature.ANSWERS}
    assert [e.installed.name for e in one.events if isinstance(e, ModelChanged)] == [one.name]


def test_a_stopped_test_leaves_no_result_and_runs_the_next_time(hosted, tiny_gguf: Path) -> None:
    one = hosted(tiny_gguf)
    stopped = threading.Event()
    with pytest.raises(SelfTestStopped):
        one.host.test(one.name, lambda done, _: stopped.set() if done else None, stopped.is_set)

    assert one.stored is None
    one.engine()
    assert one.stored.passed


def test_the_command_tries_a_file_and_an_installed_model(tiny_gguf: Path, tmp_path: Path) -> None:
    program = Program(tmp_path)
    form = json.loads(program.run("model", "selftest", tiny_gguf, "--json").stdout)
    assert form["passed"]
    assert {check["name"] for check in form["checks"]} >= {
        "encoder",
        "logits",
        "golden",
        "capsule",
        "stop",
    }

    name = json.loads(program.run("model", "import", tiny_gguf, "--json").stdout)["name"]
    told = program.run("model", "selftest", name)
    assert told.returncode == 0
    assert "Passed" in told.stdout
    listed, _built_in = json.loads(program.run("model", "list", "--json").stdout)
    assert listed["self_test"]["passed"]
    nobody = program.run("model", "selftest", "nobody")
    assert nobody.returncode == 1
    assert "nobody" in nobody.stderr


def test_a_state_that_goes_on_differently_switches_keeping_off_and_nothing_else(
    tiny_gguf: Path,
) -> None:
    """One number of the state is changed on its way back, as a wrong cache would."""
    with Engine.start(tiny_gguf) as engine:
        restore = engine.restore

        def damaged(beginning, point, pieces, size) -> None:
            state = bytearray(b"".join(pieces))
            for place in range(size // 2, size // 2 + 4096):
                state[place] ^= 0x40
            restore(beginning, point, [bytes(state)], size)

        sound = run_self_test(engine, Tiny)
        engine.restore = damaged
        unsound = run_self_test(engine, Tiny)

    assert sound.passed
    assert "bit for bit" in next(c.detail for c in sound.checks if c.name == "capsule")
    assert [c.name for c in unsound.checks if c.state is CheckState.FAILED] == ["capsule"]
    assert unsound.off == {Feature.CAPSULES}


@pytest.mark.parametrize("kind", ["llama", "gemma3", "lfm2"])
def test_a_generic_model_is_tried_as_far_as_it_can_be(
    kind: str, generic_gguf, tmp_path: Path
) -> None:
    done = Program(tmp_path).run("model", "selftest", generic_gguf(kind), "--json")
    states = {check["name"]: check["state"] for check in json.loads(done.stdout)["checks"]}

    assert done.returncode == 0
    assert states == {
        "encoder": "skipped", "logits": "passed", "golden": "skipped", "capsule": "skipped",
        "stop": "passed",
    }  # fmt: skip
