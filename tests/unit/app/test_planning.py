"""How a model is loaded: as last time, as asked for, or as planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carrel.app import planning
from carrel.app.planning import BIG_BYTES, Planner
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import (
    Device,
    DeviceKind,
    FitPlan,
    FitVerdict,
    Placement,
    PlannedContext,
    SpeedEstimate,
)
from carrel.engine.errors import LoadCancelled, LoadFailed
from carrel.engine.files.profiles import profile_of
from carrel.engine.wire.protocol import AS_LLAMA_CPP, EngineSettings

CPU = Device(
    name="CPU", description="", backend="CPU", kind=DeviceKind.CPU, memory_total=1, memory_free=1
)
RECOMMENDED = PlannedContext(
    n_ctx=16_384, kv_type="q8_0", n_ubatch=256, weights_bytes=1, kv_bytes=1, compute_bytes=1,
    verdict=FitVerdict.TIGHT,
)  # fmt: skip
PLAN = FitPlan(
    name="any", contexts=(RECOMMENDED,), recommended=RECOMMENDED, devices=(CPU,),
    estimate=SpeedEstimate(bandwidth=0, bytes_per_token=1, low=0, high=0),
    placement=Placement(), advice="", memory_total=1, memory_free=1,
)  # fmt: skip


def entry(**changes) -> InstalledModel:
    values = {
        "name": "any", "title": "", "path": Path("/none"), "size": 1 << 20, "layers": 5,
        "architecture": "deepseek4", "context_tokens": 1 << 20, "quantisation": "",
        "licence": "", "sha256": "", "added_at": 0.0,
    }  # fmt: skip
    return InstalledModel(**{**values, **changes})


class Asked:
    """Stands where the worker would be asked."""

    def __init__(self, monkeypatch):
        self.times = 0
        self.answer = PLAN
        self.error = None
        monkeypatch.setattr(planning, "plan_for", self.plan_for)

    def plan_for(self, installed, *, wanted, cancelled):
        self.times += 1
        if cancelled():
            raise LoadCancelled
        if self.error is not None:
            raise self.error
        return self.answer


@pytest.fixture
def asked(monkeypatch) -> Asked:
    return Asked(monkeypatch)


def choose(installed: InstalledModel, wanted: int = 0, *, stopped: bool = False) -> EngineSettings:
    return Planner(catalog=None).choose(installed, wanted, lambda: stopped)


def test_a_model_never_loaded_takes_the_recommended_context(asked) -> None:
    settings = choose(entry())

    assert (settings.context_tokens, settings.cache_type) == (16_384, "q8_0")
    assert settings.gpu_layers == AS_LLAMA_CPP


def test_what_worked_last_time_is_tried_first_without_asking(asked) -> None:
    settings = choose(entry(loaded_context=65_536, loaded_cache="q8_0"))

    assert (settings.context_tokens, settings.cache_type) == (65_536, "q8_0")
    assert asked.times == 0


def test_a_wanted_context_goes_before_both(asked) -> None:
    assert choose(entry(loaded_context=65_536, loaded_cache="q8_0"), 8192).context_tokens == 8192
    assert choose(entry(context_tokens=2048), 8192).context_tokens == 2048


def test_a_large_model_is_placed_anew_each_time_and_keeps_its_context(asked) -> None:
    gpu = replace(CPU, kind=DeviceKind.GPU)
    placement = Placement(gpu_layers=44, expert_layers_on_cpu=(0, 1), split=(20, 24))
    asked.answer = replace(PLAN, devices=(CPU, gpu), placement=placement)
    big = entry(size=BIG_BYTES, loaded_context=65_536, loaded_cache="f16")

    settings = choose(big)

    assert (settings.context_tokens, settings.cache_type) == (65_536, "f16")
    assert (settings.gpu_layers, settings.split) == (44, (20, 24))
    assert settings.expert_layers_on_cpu == (0, 1)
    asked.answer = replace(PLAN, devices=(CPU, gpu))
    assert choose(big).gpu_layers == 0, "a card without room gets nothing"


def test_where_there_is_only_the_processor_one_plan_is_enough(asked) -> None:
    planner = Planner(catalog=None)
    big = entry(size=BIG_BYTES, loaded_context=65_536, loaded_cache="f16")

    settings = [planner.choose(big, 0, lambda: False) for _ in range(3)]

    assert asked.times == 1
    assert {one.context_tokens for one in settings} == {65_536}


def test_a_plan_that_fails_leaves_the_words_to_the_load(asked) -> None:
    asked.error = LoadFailed(cause="no")

    assert choose(entry()).context_tokens == EngineSettings().context_tokens


def test_a_plan_can_be_given_up(asked) -> None:
    with pytest.raises(LoadCancelled):
        choose(entry(), stopped=True)


def test_the_card_names_the_quantisations_to_take_instead() -> None:
    files = profile_of("v4-flash-0731").files

    assert files["IQ2_XXS + Q2_K"] == 86_700_000_000
    assert max(files.values()) > 150_000_000_000
