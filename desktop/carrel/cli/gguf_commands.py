"""``carrel model …``: installed GGUF files.

Must not know the window or a workspace.
"""

import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from carrel.catalog.built_in import built_in
from carrel.catalog.installed import Catalog
from carrel.cli import forms, pack_commands, plan_command
from carrel.cli.printing import plain, print_json
from carrel.cli.selftest_command import print_test, selftest
from carrel.domain.installed import InstalledModel
from carrel.domain.plans import FitPlan
from carrel.domain.self_tests import SelfTest
from carrel.settings import models_folder

DONE: Final = 0
FAILED: Final = 1

NONE: Final = "No model is installed. “carrel model import FILE” checks a file and lists it."


def models(options: Namespace) -> int:
    """Import, inspect, verify, pack, try or list GGUF files."""
    catalog = Catalog(models_folder(), built_in())
    match options.part:
        case "list":
            listed = catalog.list()
            if options.json:
                print_json([forms.installed_form(one) for one in listed])
            else:
                _print_list(listed)
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
                if not found_plans:
                    print(NONE)
            return DONE if all(isinstance(plan, FitPlan) for plan in found_plans) else FAILED
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
        _print_facts(found)
    return DONE


def _print_list(listed: Sequence[InstalledModel]) -> None:
    for one in listed:
        tried = _tried(one.self_test)
        print(f"{one.name:40} {one.size / 1e9:8.2f} GB  {tried:10}  {plain(one.path)}")
    if not listed:
        print(NONE)


def _print_facts(one: InstalledModel) -> None:
    """What is known about a model, for people: what is not known is left out."""
    verified = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.verified_at))
    facts = {
        "name": one.name,
        "title": one.title,
        "file": one.path,
        "size": f"{one.size / 1e9:.2f} GB ({one.size:,} bytes)",
        "kind": f"{one.profile_title} ({one.architecture}, {one.layers} layers)",
        "context": f"{one.context_tokens:,} tokens",
        "quantisation": one.quantisation,
        "licence": one.licence,
        "SHA-256": one.sha256,
        "signature": f"{one.signature.value}{' by ' if one.signer else ''}{one.signer}",
        "verified": verified if one.verified_at else "",
        "self-test": _tried(one.self_test),
    }
    for name, value in facts.items():
        if value:
            print(f"{name:13} {plain(value)}")
    for warning in one.warnings:
        print(f"{'note':13} {plain(warning)}")


def _tried(test: SelfTest | None) -> str:
    if test is None:
        return "not tested"
    return "tested" if test.passed else "FAILED"
