"""Hostile inputs end in words, within limits; those that take longer are tried by `make soak`."""

import pytest

from hostile_trials import tried
from made_hostile import HOSTILE


@pytest.mark.parametrize("name", [name for name, one in HOSTILE.items() if one.quick])
def test_a_hostile_input_ends_as_it_should(name):
    assert tried(HOSTILE[name]) == []
