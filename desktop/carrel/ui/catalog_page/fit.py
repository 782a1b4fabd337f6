"""A plan in words: does it fit, how fast, with which context. Plain Python: no Qt, no app."""

from dataclasses import dataclass
from typing import Final

from carrel.domain.documents import Failure
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import (
    Device,
    DeviceKind,
    FitPlan,
    FitVerdict,
    PlannedContext,
    SpeedEstimate,
)
from carrel.ui import words

VERDICT_WORDS: Final = {
    FitVerdict.RUNS_WELL: "Runs well",
    FitVerdict.TIGHT: "Tight",
    FitVerdict.STREAMS: "Streams from disk",
    FitVerdict.DOES_NOT_FIT: "Does not fit",
}
VERDICT_TONES: Final = {
    FitVerdict.RUNS_WELL: "ok",
    FitVerdict.TIGHT: "warn",
    FitVerdict.STREAMS: "warn",
    FitVerdict.DOES_NOT_FIT: "bad",
}
VERDICT_ICONS: Final = {
    FitVerdict.RUNS_WELL: "circle-check",
    FitVerdict.TIGHT: "triangle-alert",
    FitVerdict.STREAMS: "hard-drive",
    FitVerdict.DOES_NOT_FIT: "circle-x",
}
MEANINGS: Final = {
    FitVerdict.RUNS_WELL: "The weights and the context fit into memory with room to spare.",
    FitVerdict.TIGHT: "It fits, but little memory is left. Close other programs while it works.",
    FitVerdict.STREAMS: "The weights are larger than the memory, so parts of them are read from "
    "the disk again and again. It works, slowly.",
    FitVerdict.DOES_NOT_FIT: "Not even the smallest context fits into the memory.",
}
"""What each verdict means, a sentence."""
IN_A_CELL: Final = {FitVerdict.STREAMS: "Streams"}
"""Shorter than `VERDICT_WORDS`, where many stand below each other."""
CACHE_WORDS: Final = {
    "f16": "Cache in 16 bits (f16)",
    "q8_0": "Cache in 8 bits (q8_0)",
}
"""Heads of the cache types: what is kept of the words read so far, in which numbers."""
_GRAPHICS: Final = {DeviceKind.GPU, DeviceKind.INTEGRATED, DeviceKind.ACCELERATOR}
_WHOLE: Final = 3.0
"""Tokens a second from which decimals say nothing."""
_FAST: Final = 100.0
"""Tokens a second nobody reads as fast; an estimate above says only so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a model fits: an icon, a tone, words, and how full the memory gets (0 to 1)."""

    tone: str
    icon: str
    words: str
    share: float
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCell:
    """One context with one cache type.

    Attributes:
        verdict: as short as a cell asks for.
        total: memory, ``18.2 GiB``.
        spoken: all of it in words, for those who hear the window.
    """

    total: str
    verdict: str
    tone: str
    icon: str
    recommended: bool
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTable:
    """Contexts down, cache types across; a cell can be missing. The recommended one in words."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PlanCell | None, ...]], ...]
    recommended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphics:
    """What the computer has besides the processor: words, a line below them, share in use."""

    words: str
    detail: str
    share: float | None


def fit_of(plan: FitPlan | None, failure: Failure | None, *, missing: bool) -> Fit:
    """The verdict of a model's row."""
    if missing:
        return Fit(
            tone="warn",
            icon="file-x",
            words="File is not there",
            share=0.0,
            meaning="Connect the drive it lies on.",
        )
    if failure is not None:
        return Fit(
            tone="plain",
            icon="circle-question-mark",
            words="Not known",
            share=0.0,
            meaning=f"{failure.reason} {failure.remedy}",
        )
    if plan is None:
        return Fit(tone="plain", icon="clock", words="Working it out…", share=0.0)
    verdict = plan.verdict
    said = VERDICT_WORDS[verdict]
    spare = plan.memory_free - plan.recommended.total_bytes
    if verdict is FitVerdict.TIGHT and spare > 0:
        said = f"{said} — {words.memory_size(spare)} free"
    share = plan.recommended.total_bytes / plan.memory_total if plan.memory_total else 0.0
    return Fit(
        tone=VERDICT_TONES[verdict],
        icon=VERDICT_ICONS[verdict],
        words=said,
        share=min(1.0, share),
        meaning=MEANINGS[verdict],
    )


def context_of(found: InstalledModel, plan: FitPlan | None) -> tuple[str, str]:
    """The context in two lines: what to load, and what it was trained for."""
    trained = words.tokens(found.context_tokens)
    if plan is None or plan.verdict is FitVerdict.DOES_NOT_FIT:
        return trained, "trained"
    return words.tokens(plan.recommended.n_ctx), f"of {trained} trained"


def speed_of(found: InstalledModel, plan: FitPlan | None) -> tuple[str, str]:
    """The speed in two lines: the figure, and how it is known."""
    if found.tokens_per_second > 0:
        return f"{speed(found.tokens_per_second)} tok/s", "measured"
    if plan is None or plan.verdict is FitVerdict.DOES_NOT_FIT or plan.estimate.high <= 0:
        return "–", ""
    return (
        f"{speed_range(plan.estimate)} tok/s",
        "measured" if plan.estimate.measured else "estimate",
    )


def speed(value: float) -> str:
    """Tokens a second: ``4.2``, ``38``, ``0.35``."""
    if value < 1:
        return f"{value:.2g}"
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def speed_range(estimate: SpeedEstimate) -> str:
    """``3–5``, ``0.4–0.8``, one figure when both are the same, ``over 100``."""
    digits = 0 if estimate.low >= _WHOLE else 1
    low, high = f"{estimate.low:.{digits}f}", f"{estimate.high:.{digits}f}"
    if not estimate.measured and estimate.low >= _FAST:
        return f"over {_FAST:.0f}"
    if estimate.measured or low == high:
        return speed(estimate.high)
    return f"{low}–{high}"


def table_of(plan: FitPlan) -> PlanTable:
    """The plan as a table; of two entries for one place the recommended or smaller one."""
    kinds = tuple(dict.fromkeys(planned.kv_type for planned in plan.contexts))
    best: dict[tuple[int, str], PlannedContext] = {}
    for planned in plan.contexts:
        key = (planned.n_ctx, planned.kv_type)
        known = best.get(key)
        if (
            known is None
            or planned == plan.recommended
            or (known != plan.recommended and planned.total_bytes < known.total_bytes)
        ):
            best[key] = planned
    sizes = sorted({n_ctx for n_ctx, _ in best})
    rows = tuple(
        (
            words.tokens(n_ctx),
            tuple(_cell(best.get((n_ctx, kind)), plan.recommended) for kind in kinds),
        )
        for n_ctx in sizes
    )
    chosen = plan.recommended
    return PlanTable(
        heads=tuple(CACHE_WORDS.get(kind, f"Cache {kind}") for kind in kinds),
        rows=rows,
        recommended=f"Recommended: {words.tokens(chosen.n_ctx)}, cache {chosen.kv_type}",
    )


def _cell(planned: PlannedContext | None, recommended: PlannedContext) -> PlanCell | None:
    if planned is None:
        return None
    mine = planned == recommended
    total, said = words.memory_size(planned.total_bytes), VERDICT_WORDS[planned.verdict]
    parts = [f"{planned.n_ctx:,} tokens, cache {planned.kv_type}", total, said]
    if mine:
        parts.append("recommended")
    return PlanCell(
        total=total,
        verdict=IN_A_CELL.get(planned.verdict, said),
        tone=VERDICT_TONES[planned.verdict],
        icon=VERDICT_ICONS[planned.verdict],
        recommended=mine,
        spoken=": ".join((parts[0], ", ".join(parts[1:]))),
    )


def graphics_of(devices: tuple[Device, ...] | None) -> Graphics:
    """What can compute besides the processor; None before anything has been planned."""
    if devices is None:
        return Graphics(words="–", detail="Known once a model is listed", share=None)
    found = [device for device in devices if device.kind in _GRAPHICS]
    if not found:
        detail = "Models run on the processor"
        return Graphics(words="No graphics processor", detail=detail, share=None)
    first = found[0]
    name = first.description or first.name
    total = sum(device.memory_total for device in found)
    free = sum(device.memory_free for device in found)
    said = f"{name} · {words.memory(total)} GiB" if total else name
    if len(found) > 1:
        said = f"{len(found)} × {said}"
    share = 1 - free / total if total else None
    return Graphics(words=said, detail=first.backend, share=share)


def smaller_context(found: InstalledModel, plan: FitPlan | None) -> int:
    """The next smaller context to try after a load that did not fit; 0 when there is none."""
    if plan is None:
        return 0
    used = min(plan.recommended.n_ctx, found.context_tokens)
    below = [planned.n_ctx for planned in plan.contexts if planned.n_ctx < used]
    return max(below, default=0)
