"""Four words, the context that is recommended, and what to change."""

from __future__ import annotations

import pytest

from carrel.domain.plans import Device, DeviceKind, FitVerdict
from carrel.engine.fit.verdict import (
    CACHE_CHOICE,
    CONTEXTS,
    DISK_HIGH,
    Candidate,
    Machine,
    Sizes,
    plan,
)
from carrel.engine.fit.weights import Weights

GIB = 1 << 30
WEIGHTS = Weights(
    outer=GIB // 2,
    embedding=GIB,
    dense=(160 << 20,) * 43,
    experts=(1700 << 20,) * 43,
    experts_used=6,
    experts_total=256,
)


def candidate(**changes) -> Candidate:
    sizes = {
        (n_ctx, kind): Sizes(cache=int(n_ctx * 7000 * share), work=(128 << 20) + n_ctx * 900)
        for n_ctx in CONTEXTS
        for kind, share in zip(CACHE_CHOICE, (1.0, 0.53), strict=True)
    }
    values = {
        "name": "flash", "file_bytes": WEIGHTS.total, "weights": WEIGHTS,
        "trained_tokens": 1 << 20, "batch": 256, "sizes": sizes,
    }  # fmt: skip
    return Candidate(**{**values, **changes})


def machine(total: float, free: float | None = None, *devices: Device) -> Machine:
    free = total - 1 if free is None else free
    return Machine(
        memory_total=int(total * GIB),
        memory_free=int(free * GIB),
        devices=devices,
        bandwidth=80_000_000_000,
    )


@pytest.mark.parametrize(
    ("installed", "free", "word", "hint"),
    [
        (128, 120, FitVerdict.RUNS_WELL, ""),
        (96, 70, FitVerdict.TIGHT, "Close other programs: with "),
        (32, 24, FitVerdict.STREAMS, "read from the disk for every word"),
        (4, 2, FitVerdict.DOES_NOT_FIT, "close other programs"),
    ],
)
def test_memory_decides_the_word_and_every_worse_word_says_what_to_change(
    installed, free, word, hint
) -> None:
    found = plan(candidate(), machine(installed, free))

    assert found.verdict is word
    assert hint in found.advice
    assert bool(found.advice) == (word is not FitVerdict.RUNS_WELL)


def test_no_more_context_is_recommended_than_somebody_needs_or_than_was_trained() -> None:
    rich = machine(256)

    assert plan(candidate(), rich).recommended.n_ctx == 32_768
    assert plan(candidate(), rich, wanted=1 << 20).recommended.n_ctx == 1 << 20
    assert plan(candidate(), rich, wanted=200_000).recommended.n_ctx == 131_072
    assert plan(candidate(trained_tokens=8192), rich).recommended.n_ctx == 8192
    assert len(plan(candidate(trained_tokens=8192), rich).contexts) == 2 * len(CONTEXTS)


def test_the_halved_cache_is_chosen_for_long_contexts_that_would_be_tight() -> None:
    weights = WEIGHTS.total / GIB
    short_of_full = machine(256, weights + 2 + 6.5)

    found = plan(candidate(), short_of_full, wanted=1 << 20)

    assert (found.recommended.n_ctx, found.recommended.kv_type) == (1 << 20, "q8_0")
    rich = plan(candidate(), machine(256), wanted=1 << 20)
    assert rich.recommended.kv_type == "f16"


def test_a_known_smaller_quantisation_is_named_with_its_size() -> None:
    files = {"IQ2_XXS": 40 * GIB, "IQ1_S": 20 * GIB, "Q8_0": 200 * GIB}
    found = plan(candidate(smaller_files=files), machine(48, 40))

    assert "the quantisation IQ2_XXS (40 GiB)" in found.advice
    unknown = plan(candidate(), machine(48, 40))
    assert "a quantisation of at most 4" in unknown.advice


def test_a_card_takes_the_need_off_the_system_memory() -> None:
    card = Device(
        name="GPU0", description="", backend="CUDA", kind=DeviceKind.GPU,
        memory_total=24 * GIB, memory_free=24 * GIB,
    )  # fmt: skip
    alone = plan(candidate(), machine(80, 76))
    helped = plan(candidate(), machine(80, 76, card))

    assert alone.verdict is not FitVerdict.RUNS_WELL
    assert helped.verdict is FitVerdict.RUNS_WELL
    assert helped.placement.gpu_layers == 44
    assert helped.estimate.high > alone.estimate.high


def test_memory_that_is_shared_with_a_graphics_processor_is_counted_once() -> None:
    shared = Device(
        name="Metal", description="", backend="Metal", kind=DeviceKind.INTEGRATED,
        memory_total=64 * GIB, memory_free=64 * GIB,
    )  # fmt: skip

    assert plan(candidate(), machine(64, 60, shared)).verdict is FitVerdict.STREAMS


def test_the_estimate_is_a_share_of_what_memory_gives() -> None:
    found = plan(candidate(), machine(256)).estimate
    bound = found.bandwidth / found.bytes_per_token

    assert found.bytes_per_token == WEIGHTS.per_token
    assert found.high == pytest.approx(0.7 * bound)
    assert 0.25 * bound < found.low < 0.31 * bound


def test_streaming_is_bounded_by_the_disk() -> None:
    fast = plan(candidate(), machine(128)).estimate
    cached = plan(candidate(), machine(48, 40)).estimate
    little = plan(candidate(), machine(16, 7)).estimate

    assert fast.high > cached.high > little.high > 0
    assert little.high < DISK_HIGH / WEIGHTS.per_token * 1.01


def test_a_speed_that_was_measured_is_taken_as_it_is() -> None:
    found = plan(candidate(measured_speed=9.0), machine(256)).estimate

    assert (found.low, found.high, found.measured) == (9.0, 9.0, True)


def test_without_a_measured_bandwidth_there_is_no_estimate() -> None:
    found = plan(candidate(), Machine(memory_total=256 * GIB, memory_free=250 * GIB)).estimate

    assert (found.low, found.high, found.bandwidth) == (0.0, 0.0, 0)
