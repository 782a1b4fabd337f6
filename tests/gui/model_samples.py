"""Installed models with plans and self-tests, as the fake core knows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from carrel.domain.installed import GENERIC_PROFILE, InstalledModel, SignatureState
from carrel.domain.plans import (
    Device,
    DeviceKind,
    FitPlan,
    FitVerdict,
    Placement,
    PlannedContext,
    SpeedEstimate,
)
from carrel.domain.self_tests import CheckState, Feature, SelfCheck, SelfTest

NOW = 1_795_000_000.0
GIB = 1 << 30
MEMORY = 24 * GIB

PASSED = SelfTest(
    checks=(
        SelfCheck(
            name="encoder",
            title="Chat format",
            state=CheckState.PASSED,
            detail="All 4 official cases are equal, byte for byte.",
            switches_off=Feature.ANSWERS,
        ),
        SelfCheck(
            name="logits",
            title="Numbers",
            state=CheckState.PASSED,
            detail="All 129,280 values are finite.",
            switches_off=Feature.ANSWERS,
        ),
        SelfCheck(
            name="golden",
            title="Known answers",
            state=CheckState.SKIPPED,
            detail="This profile has no known answers to compare with.",
        ),
        SelfCheck(
            name="capsule",
            title="Memory of what was read",
            state=CheckState.PASSED,
            detail="Kept and restored: the next 8 tokens are the same, bit for bit.",
            switches_off=Feature.CAPSULES,
        ),
    ),
    ran_at=NOW,
    seconds=12.4,
    engine="b6500",
)
FAILED = replace(
    PASSED,
    checks=(
        *PASSED.checks[:3],
        replace(
            PASSED.checks[3],
            state=CheckState.FAILED,
            detail="After restoring, token 3 of 8 differs; the state is not exact.",
        ),
    ),
)

TINY = InstalledModel(
    name="tiny-v4",
    title="Tiny V4 (test)",
    path=Path("/models/tiny-v4.gguf"),
    size=38_400_000,
    architecture="deepseek4",
    layers=6,
    context_tokens=8192,
    quantisation="Q8_0",
    licence="Apache-2.0",
    sha256="3f" * 32,
    added_at=NOW,
    profile="v4-flash-preview",
    profile_title="DeepSeek V4-Flash preview",
    tokens_per_second=38.2,
    self_test=PASSED,
)
FLASH = InstalledModel(
    name="v4-flash-q2",
    title="DeepSeek V4-Flash",
    path=Path("/media/office/models/DeepSeek-V4-Flash-0731-Q2_K-00001-of-00003.gguf"),
    size=96_300_000_000,
    architecture="deepseek4",
    layers=43,
    context_tokens=1_048_576,
    quantisation="Q2_K",
    licence="MIT",
    sha256="9a" * 32,
    added_at=NOW,
    profile="v4-flash-0731",
    profile_title="DeepSeek V4-Flash-0731",
    signature=SignatureState.SIGNED,
    signer="Northgate IT, model desk",
    verified_at=NOW,
    warnings=("The YaRN entry was wrong and is repaired when the model is loaded.",),
)
PRUNED = InstalledModel(
    name="v4-flash-small",
    title="DeepSeek V4-Flash pruned",
    path=Path("/models/v4-flash-small.gguf"),
    size=19_900_000_000,
    architecture="deepseek4",
    layers=21,
    context_tokens=131_072,
    quantisation="IQ2_XXS",
    licence="MIT",
    sha256="5c" * 32,
    added_at=NOW,
    profile="v4-flash-0731",
    profile_title="DeepSeek V4-Flash-0731",
    signature=SignatureState.UNSIGNED,
)
OTHER = InstalledModel(
    name="small-chat-q4",
    title="Small Chat 8B",
    path=Path("/models/small-chat-q4.gguf"),
    size=5_030_000_000,
    architecture="qwen3",
    layers=36,
    context_tokens=40_960,
    quantisation="Q4_K_M",
    licence="Apache-2.0",
    sha256="77" * 32,
    added_at=NOW,
    profile=GENERIC_PROFILE,
    profile_title="Generic chat model",
    verified_at=NOW,
    self_test=FAILED,
)
PRO = replace(
    FLASH,
    name="v4-pro-q2",
    title="DeepSeek V4-Pro",
    path=Path("/media/office/models/DeepSeek-V4-Pro-Q2_K-00001-of-00009.gguf"),
    size=402_000_000_000,
    layers=61,
    profile="v4-pro",
    profile_title="DeepSeek V4-Pro",
    warnings=(),
    verified_at=0.0,
    sha256="e1" * 32,
)
MODELS = (FLASH, PRUNED, TINY)
MANY = (*MODELS, OTHER, PRO)

PROCESSOR = Device(
    name="CPU",
    description="AMD EPYC",
    backend="CPU",
    kind=DeviceKind.CPU,
    memory_total=MEMORY,
    memory_free=21 * GIB,
)
GRAPHICS = Device(
    name="CUDA0",
    description="NVIDIA RTX 4070",
    backend="CUDA",
    kind=DeviceKind.GPU,
    memory_total=12 * GIB,
    memory_free=9 * GIB,
)

_PER_TOKEN = {"f16": 6_900, "q8_0": 3_700}


def _contexts(found: InstalledModel, verdicts: tuple[FitVerdict, ...]) -> list[PlannedContext]:
    sizes = [n for n in (4096, 32768, 131072, 1048576) if n <= max(found.context_tokens, 8192)]
    return [
        PlannedContext(
            n_ctx=n_ctx,
            kv_type=kind,
            n_ubatch=512,
            weights_bytes=found.size,
            kv_bytes=18_000_000 + per_token * n_ctx,
            compute_bytes=400_000_000 + 700 * n_ctx,
            verdict=verdicts[min(at, len(verdicts) - 1)],
            confirmed=True,
        )
        for at, n_ctx in enumerate(sizes)
        for kind, per_token in _PER_TOKEN.items()
    ]


def plan(found: InstalledModel, *, devices: tuple[Device, ...] = (PROCESSOR,)) -> FitPlan:
    """A plan as a computer with 24 GB would make it."""
    well, tight = FitVerdict.RUNS_WELL, FitVerdict.TIGHT
    streams, never = FitVerdict.STREAMS, FitVerdict.DOES_NOT_FIT
    verdicts, at, low, high, advice = {
        TINY.name: ((well,), 2, 30.0, 45.0, ""),
        OTHER.name: ((well, well, tight), 2, 6.2, 9.1, ""),
        PRUNED.name: (
            (tight, tight, streams),
            1,
            3.0,
            5.0,
            "Close other programs, or use a context of 4k.",
        ),
        FLASH.name: (
            (streams, streams, streams, never),
            3,
            0.4,
            0.8,
            "With 128 GB of memory it would not read from the disk while it answers. A fast disk "
            "(NVMe) helps most now.",
        ),
        PRO.name: (
            (never,),
            0,
            0.0,
            0.0,
            "It needs a computer with at least 96 GB of memory. DeepSeek V4-Flash fits here.",
        ),
    }[found.name]
    contexts = _contexts(found, verdicts)
    return FitPlan(
        name=found.name,
        contexts=tuple(contexts),
        recommended=contexts[min(at, len(contexts) - 1)],
        estimate=SpeedEstimate(
            bandwidth=21_400_000_000, bytes_per_token=4_100_000_000, low=low, high=high
        ),
        devices=devices,
        placement=Placement(words="All layers on the processor."),
        advice=advice,
        memory_total=MEMORY,
        memory_free=21 * GIB,
    )
