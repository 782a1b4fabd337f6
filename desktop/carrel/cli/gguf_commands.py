"""``carrel model …``: installed GGUF files.

Must not know the window or a workspace.
"""

import json
import sys
import time
from argparse import Namespace
from typing import Any, Final

from carrel.catalog.installed import Catalog
from carrel.cli import forms, plan_command
from carrel.cli.selftest_command import print_test, selftest
from carrel.domain.self_tests import SelfTest
from carrel.settings import models_folder

DONE: Final = 0
PROGRESS_EVERY_SECONDS: Final = 0.2
"""Seconds between two lines of progress on a terminal."""


def models(options: Namespace) -> int:
    """Import, inspect, try or list GGUF files."""
    catalog = Catalog(models_folder())
    match options.part:
        case "list":
            listed = catalog.list()
            if options.json:
                print_json([forms.installed_form(one) for one in listed])
            else:
                for one in listed:
                    tried = _tried(one.self_test)
                    print(f"{one.name:40} {one.size / 1e9:8.2f} GB  {tried:10}  {one.path}")
            return DONE
        case "selftest":
            form, code = selftest(catalog, options)
            if options.json:
                print_json(form)
            else:
                print_test(form)
            return code
        case "plan":
            found_plans = plan_command.plans(catalog, options)
            if options.json:
                print_json(plan_command.plan_output(found_plans, options))
            else:
                for plan in found_plans:
                    plan_command.show(plan)
            return DONE
        case "inspect":
            found = catalog.inspect(options.path.absolute())
        case _:
            found = catalog.import_file(
                options.path.absolute(), on_progress=_hashing(), cancelled=lambda: False
            )
    if options.json:
        print_json(forms.installed_form(found))
    else:
        for name, value in forms.installed_form(found).items():
            print(f"{name:16} {value}")
    return DONE


def _tried(test: SelfTest | None) -> str:
    if test is None:
        return "not tested"
    return "tested" if test.passed else "FAILED"


def _hashing() -> Any:  # noqa: ANN401 - a progress callback or one that does nothing
    shown = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if sys.stderr.isatty() and (now - shown > PROGRESS_EVERY_SECONDS or done == total):
            shown = now
            end = "\n" if done == total else "\r"
            print(f"Checking {done / 1e9:.1f} of {total / 1e9:.1f} GB", end=end, file=sys.stderr)

    return tell


def print_json(value: object) -> None:
    """One line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)
