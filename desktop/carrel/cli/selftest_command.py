"""``carrel model selftest``: load a model, try it, print what came of it.

Must not know the window or a workspace.
"""

from __future__ import annotations

import sys
from argparse import Namespace

from carrel.catalog.installed import Catalog
from carrel.catalog.self_test import run_self_test
from carrel.cli import forms, plan_command
from carrel.domain.installed import InstalledModel
from carrel.domain.self_tests import CheckState, SelfTest
from carrel.engine.client import Engine
from carrel.engine.wire.protocol import EngineSettings

PASSED, FAILED = 0, 1

_SIGNS = {CheckState.PASSED: "ok", CheckState.FAILED: "FAILED", CheckState.SKIPPED: "skipped"}


def selftest(catalog: Catalog, options: Namespace) -> tuple[forms.Form, int]:
    """Try an installed model, whose entry then keeps the result, or a file as it is.

    Returns:
        What to print as JSON, and the exit code: 0 if nothing failed.

    Raises:
        KnownError: it cannot be loaded or tried.
    """
    found = plan_command.named(catalog, options.target)
    listed = isinstance(found, InstalledModel)
    installed = found if isinstance(found, InstalledModel) else catalog.inspect(found)
    test = _try(installed)
    if listed:
        catalog.store_self_test(installed.name, test)
    form = {"name": installed.name, **forms.self_test_form(test)}
    return form, PASSED if test.passed else FAILED


def print_test(form: forms.Form) -> None:
    """A self-test as plain text."""
    for check in form["checks"]:
        print(f"{_SIGNS[CheckState(check['state'])]:8} {check['title']}: {check['detail']}")
    off = ", ".join(form["off"])
    verdict = "Passed" if form["passed"] else f"Failed; switched off: {off or 'nothing'}"
    print(f"{verdict}, after {form['seconds']:.1f} s with {form['engine']}.")


def _try(installed: InstalledModel) -> SelfTest:
    settings = EngineSettings(
        context_tokens=min(EngineSettings().context_tokens, installed.context_tokens)
    )
    with Engine.start(installed, settings) as engine:
        return run_self_test(engine, installed, on_step=_tell, patient=True)


def _tell(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"Testing {done} of {total}", end="\n" if done == total else "\r", file=sys.stderr)
