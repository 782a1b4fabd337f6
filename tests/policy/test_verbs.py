"""`make` alone lists every verb that people are told to use."""

import re
import subprocess

import pytest

VERBS = "setup run demo test check fmt bench soak bundle lock"


@pytest.mark.parametrize("verb", VERBS.split())
def test_help_names_the_verb(root, verb):
    shown = subprocess.run(
        ["make", "-s", "-C", str(root), "help"], capture_output=True, text=True, check=True
    )
    assert re.search(rf"^  make {verb} +\S", shown.stdout, re.MULTILINE)


def test_every_verb_in_the_guide_exists(root):
    guide = (root / "CONTRIBUTING.md").read_text("utf-8")
    rules = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)\b", guide)) <= set(rules)


def test_the_gate_can_be_started(root):
    assert (root / ".ci" / "run").stat().st_mode & 0o111
