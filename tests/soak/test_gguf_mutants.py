"""What the checker accepts must not end the engine: mutated files through the real worker.

CARREL_MUTANTS sets how many mutants are made (default 600); CARREL_SEED another course.
"""

import io
import os
import random
from pathlib import Path

import pytest

from carrel.domain.errors import EngineError
from carrel.engine import gguf
from carrel.engine.client import Engine
from carrel.engine.encoding import Message, Role
from carrel.engine.errors import EngineCrashed
from carrel.engine.gguf_check import check
from carrel.engine.protocol import EngineSettings, Sampling

QUESTION = (Message(role=Role.USER, text="What was the revenue? " * 60),)


def byte_mutants(whole: bytes, data_start: int, chance: random.Random):
    """Header bytes changed at random; more often where numbers stand than in names."""
    keys = [place for place in range(64, data_start) if whole[place : place + 10] == b"deepseek4."]
    while True:
        mutant = bytearray(whole)
        for _ in range(chance.randrange(1, 3)):
            if chance.random() < 0.6:
                place = chance.choice(keys) + chance.randrange(20, 64)
            else:
                place = chance.randrange(24, data_start)
            mutant[min(place, data_start - 1)] = chance.choice(
                [0, 1, 2, 3, 5, 0x7F, 0x80, 0xFF, chance.randrange(256)]
            )
        yield bytes(mutant)


def value_mutants(folder: Path, chance: random.Random):
    """Well-formed files with plausible but wrong values, the kind a checker lets through."""
    import build
    import gguf_writer as g

    whole = build.describe(1)
    usual = dict(whole.metadata)
    keys = [key for key in usual if key.startswith(("deepseek4.", "tokenizer.", "general."))]
    extra = ["attention.causal", "pooling_type", "nextn_predict_layers", "expert_group_count"]
    while True:
        whole.metadata = dict(usual)
        for _ in range(chance.randrange(1, 3)):
            key = chance.choice(keys)
            whole.metadata[key] = _other(usual[key], chance, g)
        if chance.random() < 0.2:
            whole.metadata["deepseek4." + chance.choice(extra)] = (g.U32, chance.randrange(4))
        path = folder / "values.gguf"
        whole.write(path)
        yield path.read_bytes()


def _other(entry, chance: random.Random, g):
    kind, value = entry
    match kind:
        case g.U32:
            near = [value - 1, value + 1, value * 2, value // 2, value ^ 4, 0, 1, 2, 64, 1 << 16]
            return kind, max(0, chance.choice([*near, chance.randrange(1 << 10), (1 << 31) + 5]))
        case g.F32:
            near = [value * 2, value / 3, 0.5, 1.0, 1e-9, 1e6, 0.0, -1.0, 1e30]
            return kind, chance.choice(near)
        case g.BOOL:
            return kind, not value
        case g.STRING:
            return kind, chance.choice(["", "none", "linear", "x" * 300, "yarn", "longrope", value])
        case _:
            element, items = value
            items = list(items)
            place = chance.randrange(len(items))
            if element == g.STRING:
                items[place] = chance.choice(["", " ", "a b", "ſ", "<0x-1>", "x" * 500, "a  b"])
            else:
                items[place] = chance.choice([0, 1, 3, 4, 5, 6, 128])
            return kind, (element, items)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("course", ["bytes", "values"])
def test_no_accepted_mutant_ends_the_worker(course: str, tiny_gguf: Path, tmp_path: Path) -> None:
    whole = tiny_gguf.read_bytes()
    with tiny_gguf.open("rb") as stream:
        data_start = gguf.read_header(stream).data_start
    chance = random.Random(int(os.environ.get("CARREL_SEED", "1")))
    accepted, crashed, refused_late = 0, [], 0
    made = (
        byte_mutants(whole, data_start, chance)
        if course == "bytes"
        else value_mutants(tmp_path, chance)
    )
    for number in range(int(os.environ.get("CARREL_MUTANTS", "600"))):
        mutant = next(made)
        try:
            check([io.BytesIO(mutant)])
        except EngineError:
            continue
        accepted += 1
        path = tmp_path / f"mutant-{number}.gguf"
        path.write_bytes(mutant)
        try:
            with Engine.start(path, EngineSettings(context_tokens=1024)) as engine:
                engine.generate(QUESTION, Sampling(temperature=0), max_tokens=3)
        except EngineCrashed as error:
            crashed.append((number, str(error)))
            continue
        except EngineError:
            refused_late += 1
        path.unlink()

    assert accepted > 20
    assert crashed == [], f"{accepted} accepted, {refused_late} refused by the engine itself"
