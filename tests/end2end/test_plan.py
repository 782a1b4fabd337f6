"""A plan is what llama.cpp itself says, found without giving it the memory."""

from __future__ import annotations

import json
from pathlib import Path

import build_generic
import pytest

from carrel.app.planning import plan_for
from carrel.catalog.installed import Catalog
from carrel.domain.plans import DeviceKind, FitVerdict
from carrel.engine.errors import NotGguf
from program import Program

ALWAYS = {4096, 32_768, 131_072, 1_048_576}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_the_tiny_file_runs_well_and_llama_cpp_confirms_every_size(tiny_gguf: Path) -> None:
    plan = plan_for(tiny_gguf)

    assert all(context.confirmed for context in plan.contexts)
    assert {context.n_ctx for context in plan.contexts} >= ALWAYS
    assert plan.verdict is FitVerdict.RUNS_WELL
    assert (plan.recommended.n_ctx, plan.recommended.kv_type) == (32_768, "f16")
    assert plan.advice == ""
    assert plan.devices[0].kind is DeviceKind.CPU
    assert plan.placement.gpu_layers == 0
    assert 1_000_000_000 < plan.estimate.bandwidth < 5_000_000_000_000
    assert 0 < plan.estimate.low < plan.estimate.high
    assert plan.estimate.bytes_per_token < tiny_gguf.stat().st_size


def test_a_plan_is_printed_as_json_for_a_file_that_is_not_installed(
    program: Program, tiny_gguf: Path
) -> None:
    done = program.run("model", "plan", tiny_gguf, "--json")

    assert done.returncode == 0, done.stderr
    form = json.loads(done.stdout)
    pairs = {(one["n_ctx"], one["kv_type"]) for one in form["contexts"]}
    assert pairs >= {(n_ctx, kv_type) for n_ctx in ALWAYS for kv_type in ("f16", "q8_0")}
    for one in form["contexts"]:
        assert {"n_ctx", "kv_type", "n_ubatch", "weights_bytes", "kv_bytes"} <= one.keys()
        parts = one["weights_bytes"] + one["kv_bytes"] + one["compute_bytes"]
        assert one["total_bytes"] == parts
        assert one["verdict"] in {"runs well", "tight", "streams from disk", "does not fit"}
    assert form["recommended"] in form["contexts"]
    assert form["estimate"]["high"] > 0
    assert {"devices", "placement", "advice"} <= form.keys()


@pytest.mark.parametrize("kind", build_generic.KINDS)
def test_other_architectures_are_planned_with_what_llama_cpp_says(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{kind}.gguf"
    build_generic.build(path, kind)

    plan = plan_for(path)

    assert all(one.confirmed for one in plan.contexts)
    assert plan.verdict is FitVerdict.RUNS_WELL
    assert all(one.kv_bytes > 0 and one.compute_bytes > 0 for one in plan.contexts)
    whole = [one.kv_bytes for one in plan.contexts if one.kv_type == "f16"]
    assert whole == sorted(whole)


def test_without_a_name_every_installed_model_is_planned(
    program: Program, tiny_gguf: Path, exact_gguf: Path
) -> None:
    for path in (tiny_gguf, exact_gguf):
        assert program.run("model", "import", path).returncode == 0

    done = program.run("model", "plan")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("with 32,768 tokens of context") == 2
    assert "tokens a second" in done.stdout


def test_a_measured_speed_takes_the_place_of_the_estimate(tiny_gguf: Path, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "list")
    listed = catalog.import_file(tiny_gguf)

    plan = plan_for(catalog.change(listed.name, tokens_per_second=12.5))

    assert (plan.estimate.low, plan.estimate.high) == (12.5, 12.5)
    assert plan.estimate.measured


def test_a_file_that_is_none_cannot_be_planned(program: Program, tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>")

    with pytest.raises(NotGguf):
        plan_for(page)
    done = program.run("model", "plan", "nothing-of-this-name", "--json")
    assert done.returncode == 1
    assert "neither an installed model nor a file" in done.stderr
