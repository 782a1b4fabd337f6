"""Long storms over the real worker, and every round trip in every format."""

from __future__ import annotations

import faulthandler
import os

import pytest

from capsule_storm import MACHINES, rage
from capsule_talks import FORMATS, LENGTHS, check_round_trip
from carrel.engine.client import Engine
from carrel.engine.wire.protocol import EngineSettings

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

EXAMPLES = int(os.environ.get("CARREL_STORMS", "40"))
STEPS = 40


@pytest.mark.parametrize("name", MACHINES)
def test_after_any_history_the_numbers_are_those_of_a_first_reading(
    tiny_gguf, exact_gguf, name: str
) -> None:
    faulthandler.cancel_dump_traceback_later()  # minutes are usual here
    path = exact_gguf if name == "f32" else tiny_gguf
    with Engine.start(path, FORMATS[name]) as tired, Engine.start(path, FORMATS[name]) as fresh:
        rage(name, tired, fresh, examples=EXAMPLES, steps=STEPS)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("tokens", LENGTHS)
def test_a_restored_state_goes_on_bit_for_bit_in_every_format(
    tiny_gguf, exact_gguf, name: str, tokens: int
) -> None:
    engines: list[Engine] = []

    def start(chosen: EngineSettings) -> Engine:
        path = exact_gguf if chosen.cache_type == "f32" else tiny_gguf
        engines.append(Engine.start(path, chosen))
        return engines[-1]

    try:
        check_round_trip(start, FORMATS[name], tokens)
    finally:
        for engine in engines:
            engine.close()
