"""The rules a ``deepseek4`` file must keep so that the engine neither ends nor goes astray.

They come from llama.cpp's loader (src/models/deepseek4.cpp) and from mutating
headers against it (tests/soak). Must not know where files lie or who asks.
"""

from __future__ import annotations

import array
import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from carrel.engine.errors import DamagedGguf, DraftFile, ForkFile, UnfitGguf
from carrel.engine.files import gguf
from carrel.engine.files.geometry import Expected, Geometry, TensorKind, expected_tensors
from carrel.engine.files.gguf_values import MAX_CONTEXT, MAX_LAYERS, MIN_CONTEXT, Values

ARCHITECTURE: Final = "deepseek4"
MAX_EXPERTS: Final = 1024
"""llama.cpp aborts above."""
YARN_CONTEXT: Final = 65_536
"""Tokens of context before YaRN stretches it; the same for every V4 file."""

_PREFIX: Final = ARCHITECTURE + "."
_RATIOS: Final = "attention.compress_ratios"
_ORIGINAL: Final = "rope.scaling.original_context_length"
_CLAMPS: Final = ("swiglu_clamp_exp", "swiglu_clamp_shexp")
_SOFTPLUS_GATE: Final = 4
_SCALINGS: Final = frozenset({"none", "linear", "yarn"})
_FOREIGN_KEYS: Final = (
    "attention.key_length_swa",
    "attention.value_length_swa",
    "rope.dimension_count_swa",
)
_LAYER: Final = re.compile(r"blk\.(?P<layer>\d{1,3})\.(?P<name>.+)\Z")
_DRAFT_NAMES: Final = frozenset(
    {
        "nextn.eh_proj.weight",
        "nextn.enorm.weight",
        "nextn.hnorm.weight",
        "nextn.embed_tokens.weight",
        "nextn.shared_head_head.weight",
        "nextn.shared_head_norm.weight",
    }
)
_OPTIONAL_NAMES: Final = frozenset({"exp_probs_b_vl.bias"})
"""Routing of picture tokens; there in files of the vision release, and not used for text."""

Tensors = Mapping[str, gguf.Tensor]
Overrides = dict[str, int | float | str]


def check_v4(
    headers: Sequence[gguf.Header],
    streams: Sequence[BinaryIO],
    tensors: Tensors,
    words: int,
) -> Geometry:
    """Check a ``deepseek4`` file whose vocabulary was checked.

    Args:
        headers: of all parts.
        streams: the parts, to read the one tensor whose content matters.
        tensors: of all parts.
        words: tokens of the vocabulary.

    Returns:
        The network's shape.

    Raises:
        GgufError: the sentence names the fault.
        OSError: the disk.
    """
    _check_names(tensors)
    values = Values(headers[0], _PREFIX)
    shape = _geometry(values, words, tensors)
    _check_numbers(values, values.integer("block_count", 1, MAX_LAYERS))
    for expected in expected_tensors(shape):
        _check_tensor(expected, tensors)
    _check_rest(shape, tensors)
    _check_routing(shape, headers, streams)
    return shape


def _check_names(tensors: Tensors) -> None:
    """Tell files of other programs, and drafts without a model, by the names of their tensors."""
    if any(name.startswith("mtp.") for name in tensors):
        raise DraftFile
    layers = [found for name in tensors if (found := _LAYER.match(name))]
    names = {found["name"] for found in layers}
    if "nextn.eh_proj.weight" in names and "blk.0.attn_norm.weight" not in tensors:
        raise DraftFile
    known = _known_names() | _DRAFT_NAMES | _OPTIONAL_NAMES
    foreign = sorted(name for name in tensors if _plain(name) not in known)
    if foreign:
        raise ForkFile(tensor=foreign[0])


def _plain(name: str) -> str:
    """A tensor's name without its layer; scales of some number formats count as their tensor."""
    found = _LAYER.match(name)
    plain = found["name"] if found else name
    return re.sub(r"\.(input_)?scale\Z", ".weight", plain)


def _known_names() -> set[str]:
    """Names of tensors in networks with layers of all kinds, without their layers."""
    sample = Geometry(
        words=1, layers=3, width=1, heads=1, head=1, query_rank=1, output_groups=1, output_rank=1,
        window=1, ratios=(0, 4, 128), indexer_heads=1, indexer_head=1, experts=1, experts_used=1,
        experts_shared=1, expert_width=1, hash_layers=1, streams=4,
    )  # fmt: skip
    return {_plain(expected.name) for expected in expected_tensors(sample)}


def _check_rest(shape: Geometry, tensors: Tensors) -> None:
    """Tensors beside the expected ones: of a draft layer, or optional and then well-formed."""
    for name in tensors:
        found = _LAYER.match(name)
        if found is None:
            continue
        layer = int(found["layer"])
        if layer > shape.layers:
            raise UnfitGguf(fault=f"tensor “{name}” belongs to a layer that is not there")
        if found["name"] in _OPTIONAL_NAMES and layer < shape.layers:
            exact = Expected(name, (shape.experts,), TensorKind.EXACT)
            _check_tensor(exact, tensors)


def _geometry(values: Values, words: int, tensors: Tensors) -> Geometry:
    blocks = values.integer("block_count", 1, MAX_LAYERS)
    drafts = values.integer("nextn_predict_layers", 0, 1, missing=0)
    if drafts and f"blk.{blocks - drafts}.nextn.eh_proj.weight" not in tensors:
        drafts = 0  # files that promise a draft layer but come without it load as if they did not
    head = values.integer("attention.key_length", 32, 4096)
    if values.integer("attention.value_length", 1, 4096) != head:
        raise UnfitGguf(fault="keys and values differ in length")
    shape = Geometry(
        words=words,
        layers=blocks - drafts,
        width=values.integer("embedding_length", 32, 1 << 17),
        heads=values.integer("attention.head_count", 1, 4096),
        head=head,
        query_rank=values.integer("attention.q_lora_rank", 1, 1 << 16),
        output_groups=values.integer("attention.output_group_count", 1, 4096),
        output_rank=values.integer("attention.output_lora_rank", 1, 1 << 16),
        window=values.integer("attention.sliding_window", 1, 4096),
        ratios=_ratios(values, blocks)[: blocks - drafts],
        indexer_heads=values.integer("attention.indexer.head_count", 1, 1024),
        indexer_head=values.integer("attention.indexer.key_length", 64, 1024),
        experts=values.integer("expert_count", 1, MAX_EXPERTS),
        experts_used=values.integer("expert_used_count", 1, MAX_EXPERTS),
        experts_shared=values.integer("expert_shared_count", 1, 64),
        expert_width=values.integer("expert_feed_forward_length", 1, 1 << 17),
        hash_layers=values.integer("hash_layer_count", 0, blocks - drafts),
        streams=values.integer("hyper_connection.count", 4, 4),
        indexer_top=values.integer("attention.indexer.top_k", 1, 1 << 16),
    )
    _check_shape(values, shape)
    return shape


def _ratios(values: Values, blocks: int) -> tuple[int, ...]:
    key = _PREFIX + _RATIOS
    found = values.items(_RATIOS)
    if found is None or found.kind not in {gguf.INT32, gguf.UINT32}:
        raise UnfitGguf(fault=f"“{key}” is missing or not a list of numbers")
    ratios = tuple(int(item) for item in found.items)
    if not blocks <= len(ratios) <= MAX_LAYERS:
        raise UnfitGguf(fault=f"“{key}” has {len(ratios)} entries for {blocks} layers")
    if not set(ratios) <= {0, 4, 128}:
        raise UnfitGguf(fault="a layer is compressed neither 0 nor 4 nor 128 times")
    if not {4, 128} <= set(ratios[:blocks]):
        raise UnfitGguf(fault="no layer is compressed 4 times, or none 128 times")
    return ratios


def _check_shape(values: Values, shape: Geometry) -> None:
    rope = values.integer("rope.dimension_count", 2, shape.head)
    refused = (
        (values.integer("attention.head_count_kv", 1, 1) != 1, "it has more than one key head"),
        (rope % 2 == 1, "the rotated part of a head has an odd width"),
        (rope > shape.indexer_head, "the rotated part is wider than the indexer's heads"),
        (shape.head % 32 != 0, "the width of a head is not a multiple of 32"),
        (shape.width % 32 != 0, "the width of the network is not a multiple of 32"),
        (shape.heads % shape.output_groups != 0, "the heads do not divide into the output groups"),
        (shape.indexer_head.bit_count() != 1, "the indexer's heads are not a power of two wide"),
        (shape.indexer_head == shape.head, "the indexer's heads are as wide as the others"),
        (shape.experts_used > shape.experts, "more experts are used than there are"),
    )
    for wrong, fault in refused:
        if wrong:
            raise UnfitGguf(fault=fault)


def _check_numbers(values: Values, blocks: int) -> None:
    """Values that are no sizes but can end or stall the engine all the same."""
    values.integer("hyper_connection.sinkhorn_iterations", 1, 1000)
    values.integer("expert_gating_func", _SOFTPLUS_GATE, _SOFTPLUS_GATE)
    values.integer("expert_group_count", 0, 1, missing=0)
    if not values.has("expert_weights_norm"):
        raise UnfitGguf(fault=f"“{_PREFIX}expert_weights_norm” is missing")
    values.truth("expert_weights_norm", missing=True)
    values.integer("pooling_type", 0, 0, missing=0)
    values.real("attention.layer_norm_rms_epsilon", 1e-12, 1e-2, needed=True)
    values.real("hyper_connection.epsilon", 1e-12, 1e-2, needed=True)
    values.real("attention.compress_rope_freq_base", 1.0, 1e9, needed=True)
    values.real("rope.freq_base", 1.0, 1e9)
    values.real("expert_weights_scale", 1e-3, 1e3, needed=True)
    values.real("swiglu_clamp_exp", 1e-3, 1e6, needed=True)
    values.real("swiglu_clamp_shexp", 1e-3, 1e6)
    for name, high in (
        ("scaling.factor", 1e4),
        ("scaling.attn_factor", 1e3),
        ("scaling.alpha", 1e6),
    ):
        values.real(f"rope.{name}", 0.0, high)
    for name in ("beta_fast", "beta_slow"):
        values.real(f"rope.scaling.yarn_{name}", 0.0, 1e4)
    for key in _CLAMPS:
        clamps = values.items(key)
        if clamps is not None and len(clamps.items) != blocks:
            raise UnfitGguf(
                fault=f"“{_PREFIX}{key}” has {len(clamps.items)} entries for {blocks} layers"
            )
    for key in _FOREIGN_KEYS:
        values.refuse(key)
    if not values.truth("attention.causal", missing=True):
        raise UnfitGguf(fault="its attention looks into the future")


def _check_tensor(expected: Expected, tensors: Tensors) -> None:
    found = tensors.get(expected.name)
    if found is None:
        raise UnfitGguf(fault=f"tensor “{expected.name}” is missing")
    rows = math.prod(found.dimensions[1:])
    wanted_rows = math.prod(expected.dimensions[1:])
    same = found.dimensions == expected.dimensions or (
        # The loader reshapes this one itself, so converters store it either way.
        expected.name.endswith("attn_output_a.weight")
        and (found.dimensions[0], rows) == (expected.dimensions[0], wanted_rows)
    )
    if not same:
        raise UnfitGguf(fault=f"tensor “{expected.name}” has another shape than its layer")
    allowed = {
        TensorKind.EXACT: found.type_name == "F32",
        TensorKind.IDS: found.type_name == "I32",
        TensorKind.MATRIX: found.type_name != "I32",
    }
    if not allowed[expected.kind]:
        raise UnfitGguf(fault=f"tensor “{expected.name}” is stored as {found.type_name}")


def _check_routing(
    shape: Geometry, headers: Sequence[gguf.Header], streams: Sequence[BinaryIO]
) -> None:
    """Hash layers name experts by number; one that is not there ends the process."""
    for layer in range(shape.hash_layers):
        name = f"blk.{layer}.ffn_gate_tid2eid.weight"
        for header, stream in zip(headers, streams, strict=True):
            tensor = header.tensors.get(name)
            if tensor is None:
                continue
            stream.seek(header.data_start + tensor.offset)
            ids = array.array("i")
            ids.frombytes(stream.read(tensor.size))
            if sys.byteorder == "big":
                ids.byteswap()
            if len(ids) * ids.itemsize != tensor.size:
                raise DamagedGguf(fault=f"tensor “{name}” cannot be read whole")
            if min(ids) < 0 or max(ids) >= shape.experts:
                raise UnfitGguf(fault=f"tensor “{name}” names an expert that is not there")


def repair_yarn(header: gguf.Header) -> tuple[Overrides, tuple[str, ...]]:
    """Overrides for files whose converter lost the stretched positions.

    Without YaRN the file loads and answers, but goes astray in long texts; files
    converted before August 2026 with a then new library have this fault.
    """
    values = Values(header, _PREFIX)
    context = values.integer("context_length", MIN_CONTEXT, MAX_CONTEXT)
    kind = values.word("rope.scaling.type", _SCALINGS, missing="")
    original = values.integer(_ORIGINAL, 1, MAX_CONTEXT, missing=context)
    stretched = values.number("rope.scaling.factor") > 1
    if context <= YARN_CONTEXT or (kind == "yarn" and stretched and original < context):
        return {}, ()
    overrides: Overrides = {
        _PREFIX + "rope.scaling.type": "yarn",
        _PREFIX + "rope.scaling.factor": context / YARN_CONTEXT,
        _PREFIX + "rope.scaling.original_context_length": YARN_CONTEXT,
        _PREFIX + "rope.scaling.yarn_beta_fast": 32.0,
        _PREFIX + "rope.scaling.yarn_beta_slow": 1.0,
    }
    return overrides, ("The file lost its YaRN positions when it was made; they are repaired.",)
