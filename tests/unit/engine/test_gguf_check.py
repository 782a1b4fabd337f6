"""The checker refuses what would end the engine, and says why."""

import io
import random
import re
import time
from pathlib import Path

import gguf_writer as g
import pytest

from carrel.domain.errors import EngineError
from carrel.engine.errors import (
    DamagedGguf,
    NotGguf,
    OldGguf,
    OtherArchitecture,
    ShardError,
    TruncatedGguf,
    UnfitGguf,
)
from carrel.engine.files import gguf
from carrel.engine.files.gguf_check import check

OWN = "deepseek4."


def check_path(path: Path):
    with path.open("rb") as stream:
        return check([stream])


def number(key: str, value: int):
    return lambda w: w.metadata.__setitem__(OWN + key, (g.U32, value))


def real(key: str, value: float):
    return lambda w: w.metadata.__setitem__(OWN + key, (g.F32, value))


def test_the_tiny_file_is_sound(tiny_gguf: Path) -> None:
    facts = check_path(tiny_gguf)

    assert facts.context_tokens == 1_048_576
    assert facts.geometry.layers == 5
    assert facts.warnings == ()
    assert facts.overrides == {}
    assert "Q8_0" in facts.quantisation


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (number("expert_used_count", 9), "more experts are used than there are"),
        (number("expert_used_count", 0), "expert_used_count” is 0"),
        (number("hyper_connection.count", 3), "hyper_connection.count” is 3"),
        (number("attention.output_group_count", 3), "output groups"),
        (number("attention.indexer.key_length", 32), "indexer.key_length” is 32"),
        (number("attention.indexer.key_length", 96), "power of two"),
        (number("rope.dimension_count", 31), "odd width"),
        (number("expert_gating_func", 2), "expert_gating_func” is 2"),
        (number("attention.value_length", 64), "differ in length"),
        (number("attention.head_count_kv", 2), "head_count_kv” is 2"),
        (lambda w: w.metadata.pop(OWN + "expert_weights_norm"), "expert_weights_norm” is missing"),
        (number("block_count", 600), "block_count” is 600"),
        (number("vocab_size", 5), "words are stated"),
        (number("hyper_connection.sinkhorn_iterations", 1 << 31), "sinkhorn"),
        (real("attention.layer_norm_rms_epsilon", -1e-6), "epsilon” is -1e-06"),
        (real("hyper_connection.epsilon", float("nan")), "not a number"),
        (lambda w: w.metadata.pop(OWN + "expert_count"), "expert_count” is missing"),
        (
            lambda w: w.metadata.__setitem__(OWN + "rope.scaling.type", (g.STRING, "ya n")),
            "rope.scaling.type” has an unknown value",
        ),
        (
            lambda w: w.metadata.__setitem__(OWN + "expert_count", (g.STRING, "4")),
            "wrong type",
        ),
        (
            lambda w: w.metadata.__setitem__(
                OWN + "attention.compress_ratios", (g.ARRAY, (g.I32, [0] * 5))
            ),
            "no layer is compressed",
        ),
        (
            lambda w: w.metadata.__setitem__(
                OWN + "attention.compress_ratios", (g.ARRAY, (g.I32, [0, 4, 128]))
            ),
            "3 entries for 5 layers",
        ),
        (
            lambda w: w.metadata.__setitem__(
                OWN + "attention.compress_ratios", (g.ARRAY, (g.I32, [0, 0, 4, 128, 8]))
            ),
            "neither 0 nor 4 nor 128",
        ),
        (
            lambda w: w.metadata.__setitem__("tokenizer.ggml.pre", (g.STRING, "gpt-2")),
            "pre-tokeniser",
        ),
        (lambda w: w.metadata["tokenizer.ggml.tokens"][1][1].__setitem__(9, "!"), "twice"),
        (
            lambda w: w.metadata["tokenizer.ggml.tokens"][1][1].__setitem__(400, "a\0b"),
            "zero byte",
        ),
        (
            lambda w: w.metadata["tokenizer.ggml.token_type"][1][1].pop(),
            "does not fit the tokens",
        ),
        (
            lambda w: w.metadata.__setitem__("tokenizer.ggml.eos_token_id", (g.U32, 100_000)),
            "names a token that is not there",
        ),
        (lambda w: w.tensors.pop("blk.2.attn_sinks.weight"), "attn_sinks.weight” is missing"),
        (
            lambda w: w.tensors.__setitem__("output_norm.weight", (0, (32,), bytes(128))),
            "another shape",
        ),
        (
            lambda w: w.tensors.__setitem__("output_norm.weight", (26, (64,), bytes(256))),
            "stored as I32",
        ),
        (
            lambda w: w.tensors.__setitem__(
                "blk.0.ffn_gate_tid2eid.weight",
                (26, (2, 640), bytes(4) + b"\x7f\0\0\0" + bytes(2 * 640 * 4 - 8)),
            ),
            "names an expert that is not there",
        ),
    ],
)
def test_what_would_end_the_engine_is_refused_by_name(hostile_gguf, change, sentence) -> None:
    with pytest.raises(UnfitGguf, match=re.escape(sentence)):
        check_path(hostile_gguf(change))


def test_another_architecture_is_named(hostile_gguf) -> None:
    path = hostile_gguf(
        lambda w: w.metadata.__setitem__("general.architecture", (g.STRING, "deepseek41"))
    )

    with pytest.raises(OtherArchitecture, match="“deepseek41” is a different architecture"):
        check_path(path)


def test_lost_yarn_is_repaired_and_told(hostile_gguf) -> None:
    def lose(writer) -> None:
        for key in [k for k in writer.metadata if ".rope.scaling." in k]:
            del writer.metadata[key]

    facts = check_path(hostile_gguf(lose))

    assert facts.overrides["deepseek4.rope.scaling.factor"] == 16.0
    assert facts.overrides["deepseek4.rope.scaling.original_context_length"] == 65_536
    assert "YaRN" in facts.warnings[0]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NotGguf),
        (b"GG", NotGguf),
        (b"<html>not found</html>", NotGguf),
        (b"GGUF", TruncatedGguf),
        (b"GGUF\x02\0\0\0" + bytes(16), OldGguf),
        (b"GGUF\x03\0\0\0" + b"\xff" * 16, DamagedGguf),
    ],
)
def test_other_files_are_told_apart(content: bytes, error: type[EngineError]) -> None:
    with pytest.raises(error):
        check([io.BytesIO(content)])


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.9999])
def test_a_copy_cut_short_is_called_that(tiny_gguf: Path, share: float) -> None:
    whole = tiny_gguf.read_bytes()

    with pytest.raises(TruncatedGguf, match="cut short"):
        check([io.BytesIO(whole[: int(len(whole) * share)])])


def test_shards_must_belong_together(tiny_gguf: Path) -> None:
    with (
        tiny_gguf.open("rb") as one,
        tiny_gguf.open("rb") as two,
        pytest.raises(ShardError, match="part 1 of 2"),
    ):
        check([one, two])


def test_no_mutated_header_ends_in_anything_but_a_verdict(tiny_gguf: Path) -> None:
    whole = bytearray(tiny_gguf.read_bytes())
    with tiny_gguf.open("rb") as stream:
        data_start = gguf.read_header(stream).data_start
    chance = random.Random(11)
    slowest, faults = 0.0, []
    for _ in range(400):
        mutant = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(data_start)
            mutant[place] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        began = time.perf_counter()
        try:
            check([io.BytesIO(bytes(mutant))])
        except EngineError as error:
            faults.append(error.failure.reason)
        slowest = max(slowest, time.perf_counter() - began)
    assert len(faults) > 100
    assert not [fault for fault in faults if "?" in fault]
    assert slowest < 5
