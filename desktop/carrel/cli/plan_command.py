"""``carrel model plan``: whether and how models fit this machine.

Must not know how a plan is made.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import Final

from carrel.app.planning import plan_for
from carrel.catalog.errors import NeitherListedNorThere, NotInstalled
from carrel.catalog.installed import Catalog
from carrel.cli import forms
from carrel.cli.printing import plain
from carrel.domain.documents import Failure
from carrel.domain.errors import KnownError
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import FitPlan, PlannedContext
from carrel.engine.wire.protocol import EngineSettings

_GIB: Final = 1 << 30
_MIB: Final = 1 << 20


Unplanned = tuple[str, Failure]
"""The name of a model that cannot be planned, and why."""


def plans(catalog: Catalog, options: Namespace) -> list[FitPlan | Unplanned]:
    """Plan what was named: an installed model, a file, or all installed models.

    Of all installed models, one that cannot be planned does not hinder the others.

    Raises:
        KnownError: what was named is neither, or its files cannot be used.
    """
    settings = EngineSettings(batch_tokens=options.batch)
    planned: list[FitPlan | Unplanned] = []
    found = [named(catalog, options.name)] if options.name else [*catalog.list()]
    for one in found:
        try:
            planned.append(plan_for(one, wanted=options.context, settings=settings))
        except KnownError as error:
            if options.name:
                raise
            planned.append((one.name, error.failure))
    return planned


def named(catalog: Catalog, name: str) -> InstalledModel | Path:
    """An installed model, else the path of a file.

    Raises:
        NeitherListedNorThere: there is neither.
    """
    path = Path(name)
    try:
        return catalog.get(name)
    except NotInstalled:
        if os.path.lexists(path):
            return path.absolute()
        raise NeitherListedNorThere(name=name) from None


def show(plan: FitPlan | Unplanned) -> None:
    """A plan as a table for people, or why there is none."""
    if not isinstance(plan, FitPlan):
        name, failure = plan
        print(f"{plain(name)}: {plain(failure.reason)} {plain(failure.remedy)}")
        return
    print(f"{plain(plan.name)}: {plan.verdict} with {plan.recommended.n_ctx:,} tokens of context")
    print(
        f"  memory {plan.memory_total / _GIB:.1f} GiB, free {plan.memory_free / _GIB:.1f} GiB; "
        f"weights {plan.recommended.weights_bytes / _GIB:.1f} GiB"
    )
    for device in plan.devices:
        print(
            f"  {device.backend} {device.description or device.name}: "
            f"{device.memory_total / _GIB:.1f} GiB, free {device.memory_free / _GIB:.1f} GiB"
        )
    print(f"  {plan.placement.words}")
    print("    context  cache  cache MiB  buffers MiB  all GiB")
    for one in plan.contexts:
        print(_row(one, chosen=one == plan.recommended))
    print(f"  {_speed(plan)}")
    if plan.advice:
        print(f"  {plan.advice}")


def _row(one: PlannedContext, *, chosen: bool) -> str:
    mark = "→" if chosen else " "
    return (
        f"  {mark} {one.n_ctx:7}  {one.kv_type:5}  {one.kv_bytes / _MIB:9.1f}  "
        f"{one.compute_bytes / _MIB:11.1f}  {one.total_bytes / _GIB:7.1f}  {one.verdict}"
        f"{'' if one.confirmed else ' (computed, not confirmed)'}"
    )


def _speed(plan: FitPlan) -> str:
    estimate = plan.estimate
    if estimate.measured:
        return f"{estimate.low:.1f} tokens a second, as measured with this model."
    if not estimate.bandwidth:
        return "Its speed could not be estimated."
    return (
        f"About {estimate.low:.1f} to {estimate.high:.1f} tokens a second: each reads "
        f"{estimate.bytes_per_token / 1e9:.1f} GB, and memory gives "
        f"{estimate.bandwidth / 1e9:.0f} GB a second."
    )


def plan_output(found: list[FitPlan | Unplanned], options: Namespace) -> object:
    """What ``--json`` prints: the form of the one that was named, or a list."""
    listed = [
        forms.plan_form(plan)
        if isinstance(plan, FitPlan)
        else {"name": plan[0], **forms.failure_form(plan[1])}
        for plan in found
    ]
    return listed[0] if options.name else listed
