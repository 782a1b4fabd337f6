"""Every decoder that is fuzzed takes its honest inputs, and those that once broke it."""

from pathlib import Path

import pytest

from seeds import seeds
from targets import targets

FUZZ = Path(__file__).resolve().parents[1] / "fuzz"

TARGETS = targets()
FOUND = sorted((FUZZ / "found").iterdir())


def target_of(found: Path):
    """Inputs are named after their target: ``NAME@what.input``."""
    return TARGETS[found.name.partition("@")[0]]


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_decodes_its_first_seed_and_ends_as_known_on_all(name):
    target = TARGETS[name]
    first, *others = seeds(name)
    target.run(first)
    for body in others:
        ends_as_known(target, body)
    for cut in range(0, len(first), max(1, len(first) // 20)):
        ends_as_known(target, first[:cut])


@pytest.mark.parametrize("found", FOUND, ids=lambda path: path.name)
def test_what_once_broke_a_decoder_ends_as_known(found):
    ends_as_known(target_of(found), found.read_bytes())


def ends_as_known(target, body: bytes) -> None:
    try:
        target.run(body)
    except target.errors:
        return
