"""Every module fits in the head, says what it is for, and is named for what it does."""

import ast
import re
from pathlib import Path

MODULE_LINES = 500
FUNCTION_LINES = 60

FORBIDDEN_WORDS = {
    *("common", "core", "data", "helper", "helpers", "manager", "managers", "misc"),
    *("model", "models", "util", "utils", "tools"),
}
"""Words that say nothing, or too many things."""

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError|\bprint\(")


def test_module_fits_in_the_head(module: Path) -> None:
    lines = module.read_text("utf-8").count("\n")
    assert lines <= MODULE_LINES, f"{lines} lines: find the second noun in it"


def test_functions_fit_on_a_screen(module: Path) -> None:
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert not long


def test_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_name_has_one_meaning(module: Path) -> None:
    words = set(re.split(r"[_/]", str(module.with_suffix("")).rpartition("desktop/")[2]))
    assert not words & FORBIDDEN_WORDS - ({"model"} if module.stem == "item_model" else set())


def test_nothing_is_left_unfinished(module: Path) -> None:
    printing_is_its_work = "cli" in module.parts
    found = [match[0] for match in UNFINISHED.finditer(module.read_text("utf-8"))]
    assert not [word for word in found if not (word == "print(" and printing_is_its_work)]
