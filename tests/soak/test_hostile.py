"""Every hostile input ends in words, within limits of time and memory."""

import pytest

from hostile_trials import tried
from made_hostile import HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_input_ends_as_it_should(name):
    assert tried(HOSTILE[name]) == []
