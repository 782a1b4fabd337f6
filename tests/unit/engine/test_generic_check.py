"""Chat models of other architectures: what is sound, and what would end the engine."""

import re
from pathlib import Path

import build_generic
import gguf_writer as g
import pytest

from carrel.engine.chat.encoding import Encoding
from carrel.engine.errors import GgufError, UnfitGguf
from carrel.engine.files.geometry import GenericGeometry
from carrel.engine.files.gguf_check import Facts, check
from carrel.engine.fit.memory import memory_need


def checked(folder: Path, change=lambda _: None, kind: str = "llama") -> Facts:
    writer = build_generic.describe(kind)
    change(writer)
    path = folder / "changed.gguf"
    writer.write(path)
    with path.open("rb") as stream:
        return check([stream])


def setting(key: str, kind: int, value: object):
    return lambda w: w.metadata.__setitem__(key, (kind, value))


def number(key: str, value: int, kind: str = "llama"):
    return setting(f"{kind}.{key}", g.U32, value)


@pytest.mark.parametrize(
    ("kind", "rows", "windows", "state"),
    [
        ("llama", (32, 32, 32, 32), (0, 0, 0, 0), 0),
        ("gemma3", (32, 32, 32, 32), (64, 0, 64, 0), 0),
        ("lfm2", (0, 32, 0, 32), (0, 0, 0, 0), 2 * 64 * 2),
    ],
)
def test_what_a_network_keeps_is_told_from_its_header(
    kind: str, rows, windows, state: int, tmp_path: Path
) -> None:
    facts = checked(tmp_path, kind=kind)
    shape = facts.geometry

    assert (facts.profile, facts.profile_title) == ("generic", "Generic chat model")
    assert facts.encoding is Encoding.TEMPLATE
    assert facts.architecture == kind
    assert isinstance(shape, GenericGeometry)
    assert (shape.key_rows, shape.value_rows) == (rows, rows)
    assert (shape.windows, shape.state_numbers) == (windows, state)


def test_a_window_makes_the_cache_smaller_and_q8_0_halves_it(tmp_path: Path) -> None:
    def cache(kind: str, cache_type: str = "f16") -> int:
        shape = checked(tmp_path, kind=kind).geometry
        return memory_need(
            shape, file_bytes=1, context=8192, batch=256, cache_type=cache_type
        ).cache

    everything = 4 * 8192 * 64 * 2
    assert cache("llama") == everything
    assert cache("llama", "q8_0") == everything * 17 // 32
    assert cache("gemma3") == everything // 2 + 2 * 512 * 64 * 2
    assert cache("lfm2") == everything // 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (number("block_count", 0), "block_count” is 0"),
        (number("block_count", 513), "block_count” is 513"),
        (number("block_count", 5), "layer 4 has no tensors"),
        (number("block_count", 3), "a layer 3, but only 3 are stated"),
        (number("context_length", 7), "context_length” is 7"),
        (number("attention.head_count", 0), "no attention heads"),
        (number("attention.head_count", 3), "another shape than its heads"),
        (number("attention.head_count_kv", 3), "2 heads cannot share 3 keys"),
        (number("attention.head_count_kv", 0), "2 heads cannot share 0 keys"),
        (number("attention.key_length", 64), "keys and values differ"),
        (number("rope.dimension_count", 16), "only 16 of 32 numbers"),
        (number("rope.dimension_count", 31), "31 of 32 numbers of a head cannot be rotated"),
        (number("rope.dimension_count", 0), "0 of 32 numbers"),
        (number("expert_used_count", 2), "more experts are used than there are"),
        (number("expert_count", 4), "has experts and uses none"),
        (number("expert_group_count", 2), "experts do not divide into their groups"),
        (
            lambda w: w.metadata.pop("llama.attention.layer_norm_rms_epsilon"),
            "from dividing by nothing",
        ),
        (
            lambda w: w.metadata["tokenizer.ggml.token_type"][1][1].__setitem__(9, 6),
            "a token for a byte does not say which",
        ),
        (setting("tokenizer.ggml.normalizer.lowercase", g.STRING, "no"), "neither true nor false"),
        (number("vocab_size", 5), "5 words are stated, but 640 are there"),
        (setting("llama.attention.causal", g.BOOL, 0), "is an embedding model"),
        (setting("llama.rope.freq_base", g.F32, float("nan")), "freq_base” is not a number"),
        (setting("llama.attention.layer_norm_rms_epsilon", g.F32, -1e-5), "epsilon” is -1e-05"),
        (setting("llama.attention.scale", g.F32, float("inf")), "scale” is not a number"),
        (setting("llama.rope.scaling.type", g.STRING, "twisted"), "has an unknown value"),
        (
            setting("llama.attention.head_count_kv", g.ARRAY, (g.I32, [1, 1, 1])),
            "3 entries for 4 layers",
        ),
        (
            setting("llama.attention.head_count_kv", g.ARRAY, (g.I32, [1, 1, -1, 1])),
            "is -1 for a layer",
        ),
        (setting("tokenizer.ggml.model", g.STRING, "bert"), "kind of tokeniser (“bert”)"),
        (setting("tokenizer.ggml.pre", g.STRING, "klingon"), "pre-tokeniser (“klingon”)"),
        (setting("tokenizer.ggml.eos_token_id", g.U32, 640), "names a token that is not there"),
        (setting("tokenizer.ggml.add_bos_token", g.U32, 1), "neither true nor false"),
        (lambda w: w.metadata["tokenizer.ggml.tokens"][1][1].__setitem__(9, "!"), "twice"),
        (
            lambda w: (
                w.metadata["tokenizer.ggml.token_type"][1].__class__
                and w.metadata.__setitem__(
                    "tokenizer.ggml.token_type", (g.ARRAY, (g.I32, [1] * 640))
                )
            ),
            "no special tokens",
        ),
        (lambda w: w.tensors.pop("token_embd.weight"), "token_embd.weight” is missing"),
        (
            lambda w: w.tensors.__setitem__("token_embd.weight", (1, (64, 639), bytes(128 * 639))),
            "does not fit the vocabulary",
        ),
        (
            lambda w: w.tensors.__setitem__("output_norm.weight", (1, (64,), bytes(128))),
            "output_norm.weight” is stored as F16",
        ),
        (
            lambda w: w.tensors.__setitem__("blk.0.ffn_up.weight", (26, (64, 128), bytes(32768))),
            "blk.0.ffn_up.weight” is stored as I32",
        ),
    ],
)
def test_what_would_end_the_engine_is_refused_by_name(change, words: str, tmp_path: Path) -> None:
    with pytest.raises(GgufError, match=re.escape(words)):
        checked(tmp_path, change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (number("attention.sliding_window_pattern", 1, "gemma3"), "no layer looks through it"),
        (
            setting("gemma3.attention.sliding_window_pattern", g.ARRAY, (g.BOOL, [True] * 3)),
            "3 entries for 4 layers",
        ),
    ],
)
def test_a_window_no_layer_looks_through_is_refused(change, words: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitGguf, match=words):
        checked(tmp_path, change, "gemma3")


@pytest.mark.parametrize(
    ("architecture", "key", "value", "words"),
    [
        ("glm4moe", "expert_count", (g.U32, 0), "made of them"),
        ("glm4", "rope.dimension_sections", (g.ARRAY, (g.I32, [8, 8, 0, 0])), "does not belong"),
        ("granitehybrid", "ssm.inner_size", (g.U32, 64), "not twice as wide"),
    ],
)
def test_what_only_one_architecture_asserts_is_checked_too(
    architecture: str, key: str, value, words: str, tmp_path: Path
) -> None:
    def rename(writer) -> None:
        writer.metadata = {
            name.replace("llama.", f"{architecture}."): entry
            for name, entry in writer.metadata.items()
        }
        writer.metadata["general.architecture"] = (g.STRING, architecture)
        writer.metadata[f"{architecture}.{key}"] = value

    with pytest.raises(UnfitGguf, match=words):
        checked(tmp_path, rename)


def pieces(writer) -> None:
    """The same file with a tokeniser of pieces."""
    tokens = [t.replace("Ġ", "▁") for t in writer.metadata["tokenizer.ggml.tokens"][1][1]]
    types = [1] * len(tokens)
    tokens[:3], types[:3] = ["<unk>", "<s>", "</s>"], [2, 3, 3]
    for byte in range(256):
        tokens[3 + byte], types[3 + byte] = f"<0x{byte:02X}>", 6
    tokens = [f"{t}·{n}" if t in tokens[:n] else t for n, t in enumerate(tokens)]
    writer.metadata |= {
        "tokenizer.ggml.model": (g.STRING, "llama"),
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, tokens)),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, types)),
        "tokenizer.ggml.scores": (g.ARRAY, (g.F32, [-float(n) for n in range(len(tokens))])),
    }


def test_a_tokeniser_of_pieces_needs_a_token_for_each_byte(tmp_path: Path) -> None:
    assert checked(tmp_path, pieces).profile == "generic"

    def lose(writer) -> None:
        pieces(writer)
        writer.metadata["tokenizer.ggml.tokens"][1][1][3 + 65] = "<0xA>"
        writer.metadata["tokenizer.ggml.token_type"][1][1][3 + 65] = 1

    with pytest.raises(UnfitGguf, match="a byte has no token"):
        checked(tmp_path, lose)

    def misspell(writer) -> None:
        pieces(writer)
        writer.metadata["tokenizer.ggml.token_type"][1][1][400] = 6

    with pytest.raises(UnfitGguf, match="does not say which"):
        checked(tmp_path, misspell)
