"""``carrel model …``: installed GGUF files.

Must not know the window or a workspace.
"""

import json
from argparse import Namespace
from typing import Final

from carrel.catalog.installed import Catalog
from carrel.cli import forms, pack_commands, plan_command
from carrel.cli.selftest_command import print_test, selftest
from carrel.domain.self_tests import SelfTest
from carrel.settings import models_folder

DONE: Final = 0


def models(options: Namespace) -> int:
    """Import, inspect, verify, pack, try or list GGUF files."""
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
        case "pack":
            return pack_commands.pack(options)
        case "verify":
            return pack_commands.verify_models(catalog, options)
        case "trust":
            return pack_commands.trust(catalog, options)
        case "inspect":
            found = catalog.inspect(options.path.absolute())
        case _:
            found = pack_commands.bring_in(catalog, options)
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


def print_json(value: object) -> None:
    """One line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)
