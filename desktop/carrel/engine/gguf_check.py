"""Decide whether the engine can run a GGUF file, before llama.cpp sees it.

llama.cpp ends the process on many contradictions in a file's metadata. This
check refuses each of those by name, so that a wrong file costs a sentence and
not a worker. It is no substitute for running the worker locked up. Must not
know where files lie or who asks.

The rules come from llama.cpp's loader and from mutating headers against it
(tests/soak/test_gguf_mutants.py).
"""

from __future__ import annotations

import array
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from carrel.engine import gguf, vocabulary
from carrel.engine.encoding import Encoding
from carrel.engine.errors import DamagedGguf, OtherArchitecture, ShardError, UnfitGguf, printable
from carrel.engine.geometry import Expected, Geometry, Shape, TensorKind, expected_tensors
from carrel.engine.profiles import match_profile

ARCHITECTURE: Final = "deepseek4"

MAX_LAYERS: Final = 512
"""llama.cpp aborts above."""
MAX_EXPERTS: Final = 1024
"""llama.cpp aborts above."""
YARN_CONTEXT: Final = 65_536
"""Tokens of context before YaRN stretches it; the same for every V4-Flash file."""
MAX_FILES: Final = 999
"""Parts of one model; the numbering has five digits, real ones come in at most nine."""

_PREFIX: Final = ARCHITECTURE + "."
_SOFTPLUS_GATE: Final = 4
_SCALINGS: Final = frozenset({"none", "linear", "yarn"})
_MAIN_SHARE: Final = 0.2
"""A number format with a fifth of the bytes belongs in the name of the quantisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a sound file says about itself.

    Attributes:
        size: bytes of all parts.
        quantisation: formats that make up most of the file, the largest first.
        profile: id of its card; see `engine.profiles`.
        profile_title: how the card calls it; shown wherever it answers.
        encoding: the format it is asked in.
        warnings: sentences for the user.
        overrides: metadata to be replaced while loading.
    """

    title: str
    version: str
    licence: str
    size: int
    quantisation: str
    context_tokens: int
    profile: str
    profile_title: str
    encoding: Encoding
    architecture: str
    geometry: Shape
    warnings: tuple[str, ...]
    overrides: dict[str, int | float | str]


def check(streams: Sequence[BinaryIO]) -> Facts:
    """Check a file, or all parts of a file in their order.

    Raises:
        GgufError: the sentence names the fault.
        OSError: the disk.
    """
    headers = [gguf.read_header(stream) for stream in streams]
    first = headers[0]
    architecture = first.text("general.architecture")
    if architecture != ARCHITECTURE:
        raise OtherArchitecture(architecture=printable(architecture) or "unnamed")
    tensors = _join(headers)
    words = vocabulary.check_vocabulary(first)
    shape = _geometry(first, words, tensors)
    _check_numbers(first)
    for expected in expected_tensors(shape):
        _check_tensor(expected, tensors)
    _check_routing(shape, headers, streams)
    overrides, warnings = _repair_yarn(first)
    match = match_profile(first, shape, overrides.keys())
    return Facts(
        title=printable(first.text("general.name")),
        version=printable(first.text("general.version")),
        licence=printable(first.text("general.license")),
        size=sum(header.size for header in headers),
        quantisation=_quantisation(tensors.values()),
        context_tokens=_integer(first, "context_length", 1, 1 << 24),
        profile=match.profile.id,
        profile_title=match.profile.title,
        encoding=match.encoding,
        architecture=architecture,
        geometry=shape,
        warnings=(*warnings, *match.warnings),
        overrides=overrides,
    )


def _join(headers: Sequence[gguf.Header]) -> dict[str, gguf.Tensor]:
    """The tensors of all parts, once it is sure that the parts belong together."""
    tensors: dict[str, gguf.Tensor] = {}
    for number, header in enumerate(headers):
        for key, wanted in (("split.no", number), ("split.count", len(headers))):
            entry = header.entries.get(key)
            if entry is None and len(headers) == 1:
                continue
            if entry is None or entry.kind != gguf.UINT16 or entry.value != wanted:
                raise ShardError(
                    fault=f"part {number + 1} of {len(headers)} is not what its name says"
                )
        doubled = tensors.keys() & header.tensors.keys()
        if doubled:
            raise ShardError(fault=f"“{min(doubled)}” is in two parts")
        tensors |= header.tensors
    stated = headers[0].entries.get("split.tensors.count")
    if len(headers) > 1 and (stated is None or stated.value != len(tensors)):
        raise ShardError(fault="the parts do not hold as many tensors as the first one says")
    return tensors


def _integer(header: gguf.Header, key: str, low: int, high: int, missing: int | None = None) -> int:
    entry = header.entries.get(_PREFIX + key)
    if entry is None:
        if missing is not None:
            return missing
        raise UnfitGguf(fault=f"“{_PREFIX}{key}” is missing")
    if entry.kind != gguf.UINT32 or not isinstance(entry.value, int):
        raise UnfitGguf(fault=f"“{_PREFIX}{key}” has the wrong type")
    if not low <= entry.value <= high:
        raise UnfitGguf(fault=f"“{_PREFIX}{key}” is {entry.value}")
    return entry.value


def _real(header: gguf.Header, key: str, low: float, high: float, *, needed: bool = True) -> None:
    entry = header.entries.get(_PREFIX + key)
    if entry is None:
        if needed:
            raise UnfitGguf(fault=f"“{_PREFIX}{key}” is missing")
        return
    values = entry.value.items if isinstance(entry.value, gguf.Array) else (entry.value,)
    kind = entry.value.kind if isinstance(entry.value, gguf.Array) else entry.kind
    for value in values:
        if kind != gguf.FLOAT32 or not isinstance(value, float) or not math.isfinite(value):
            raise UnfitGguf(fault=f"“{_PREFIX}{key}” is not a number")
        if not low <= value <= high:
            raise UnfitGguf(fault=f"“{_PREFIX}{key}” is {value:g}")


def _geometry(header: gguf.Header, words: int, tensors: dict[str, gguf.Tensor]) -> Geometry:
    blocks = _integer(header, "block_count", 1, MAX_LAYERS)
    drafts = _integer(header, "nextn_predict_layers", 0, 1, missing=0)
    if drafts and f"blk.{blocks - drafts}.nextn.eh_proj.weight" not in tensors:
        drafts = 0  # files that promise a draft layer but come without it load as if they did not
    head = _integer(header, "attention.key_length", 32, 4096)
    if _integer(header, "attention.value_length", 1, 4096) != head:
        raise UnfitGguf(fault="keys and values differ in length")
    shape = Geometry(
        words=words,
        layers=blocks - drafts,
        width=_integer(header, "embedding_length", 32, 1 << 17),
        heads=_integer(header, "attention.head_count", 1, 4096),
        head=head,
        query_rank=_integer(header, "attention.q_lora_rank", 1, 1 << 16),
        output_groups=_integer(header, "attention.output_group_count", 1, 4096),
        output_rank=_integer(header, "attention.output_lora_rank", 1, 1 << 16),
        window=_integer(header, "attention.sliding_window", 1, 4096),
        ratios=_ratios(header, blocks)[: blocks - drafts],
        indexer_heads=_integer(header, "attention.indexer.head_count", 1, 1024),
        indexer_head=_integer(header, "attention.indexer.key_length", 64, 1024),
        experts=_integer(header, "expert_count", 1, MAX_EXPERTS),
        experts_used=_integer(header, "expert_used_count", 1, MAX_EXPERTS),
        experts_shared=_integer(header, "expert_shared_count", 1, 64),
        expert_width=_integer(header, "expert_feed_forward_length", 1, 1 << 17),
        hash_layers=_integer(header, "hash_layer_count", 0, blocks - drafts),
        streams=_integer(header, "hyper_connection.count", 4, 4),
    )
    _check_shape(header, shape)
    return shape


def _ratios(header: gguf.Header, blocks: int) -> tuple[int, ...]:
    key = _PREFIX + "attention.compress_ratios"
    entry = header.entries.get(key)
    found = entry.value if entry is not None else None
    if not isinstance(found, gguf.Array) or found.kind not in {gguf.INT32, gguf.UINT32}:
        raise UnfitGguf(fault=f"“{key}” is missing or not a list of numbers")
    ratios = tuple(int(item) for item in found.items)
    if not blocks <= len(ratios) <= MAX_LAYERS:
        raise UnfitGguf(fault=f"“{key}” has {len(ratios)} entries for {blocks} layers")
    if not set(ratios) <= {0, 4, 128}:
        raise UnfitGguf(fault="a layer is compressed neither 0 nor 4 nor 128 times")
    if not {4, 128} <= set(ratios[:blocks]):
        raise UnfitGguf(fault="no layer is compressed 4 times, or none 128 times")
    return ratios


def _check_shape(header: gguf.Header, shape: Geometry) -> None:
    rope = _integer(header, "rope.dimension_count", 2, shape.head)
    refused = (
        (_integer(header, "attention.head_count_kv", 1, 1) != 1, "it has more than one key head"),
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
    stated = _integer(header, "vocab_size", 1, 1 << 22, missing=shape.words)
    if stated != shape.words:
        raise UnfitGguf(fault=f"{stated} words are stated, but {shape.words} are there")


def _check_numbers(header: gguf.Header) -> None:
    """Values that are no sizes but can end or stall the engine all the same."""
    _integer(header, "attention.indexer.top_k", 1, 1 << 16)
    _integer(header, "hyper_connection.sinkhorn_iterations", 1, 1000)
    _integer(header, "expert_gating_func", _SOFTPLUS_GATE, _SOFTPLUS_GATE)
    _integer(header, "expert_group_count", 0, 1, missing=0)
    _integer(header, "pooling_type", 0, 0, missing=0)
    _real(header, "attention.layer_norm_rms_epsilon", 1e-12, 1e-2)
    _real(header, "hyper_connection.epsilon", 1e-12, 1e-2)
    _real(header, "attention.compress_rope_freq_base", 1.0, 1e9)
    _real(header, "rope.freq_base", 1.0, 1e9, needed=False)
    _real(header, "expert_weights_scale", 1e-3, 1e3)
    _real(header, "swiglu_clamp_exp", 1e-3, 1e6)
    _real(header, "swiglu_clamp_shexp", 1e-3, 1e6, needed=False)
    for name, high in (
        ("scaling.factor", 1e4),
        ("scaling.attn_factor", 1e3),
        ("scaling.alpha", 1e6),
    ):
        _real(header, f"rope.{name}", 0.0, high, needed=False)
    for name in ("beta_fast", "beta_slow"):
        _real(header, f"rope.scaling.yarn_{name}", 0.0, 1e4, needed=False)
    for key in (
        "attention.key_length_swa",
        "attention.value_length_swa",
        "rope.dimension_count_swa",
    ):
        if _PREFIX + key in header.entries:
            raise UnfitGguf(fault=f"“{_PREFIX}{key}” does not belong in such a file")
    causal = header.entries.get(_PREFIX + "attention.causal")
    if causal is not None and causal.value != 1:
        raise UnfitGguf(fault="its attention looks into the future")


def _check_tensor(expected: Expected, tensors: dict[str, gguf.Tensor]) -> None:
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


def _repair_yarn(header: gguf.Header) -> tuple[dict[str, int | float | str], tuple[str, ...]]:
    """Overrides for files whose converter lost the stretched positions.

    Without YaRN the file loads and answers, but goes astray in long texts; files
    converted before August 2026 with a then new library have this fault.
    """
    context = _integer(header, "context_length", 1, 1 << 24)
    stated_type = header.text(_PREFIX + "rope.scaling.type")
    original = _integer(header, "rope.scaling.original_context_length", 1, 1 << 24, missing=context)
    factor = header.entries.get(_PREFIX + "rope.scaling.factor")
    stretched = factor is not None and isinstance(factor.value, float) and factor.value > 1
    if stated_type not in _SCALINGS and _PREFIX + "rope.scaling.type" in header.entries:
        raise UnfitGguf(fault="its kind of position scaling is unknown")
    if context <= YARN_CONTEXT or (stated_type == "yarn" and stretched and original < context):
        return {}, ()
    overrides: dict[str, int | float | str] = {
        _PREFIX + "rope.scaling.type": "yarn",
        _PREFIX + "rope.scaling.factor": context / YARN_CONTEXT,
        _PREFIX + "rope.scaling.original_context_length": YARN_CONTEXT,
        _PREFIX + "rope.scaling.yarn_beta_fast": 32.0,
        _PREFIX + "rope.scaling.yarn_beta_slow": 1.0,
    }
    return overrides, ("The file lost its YaRN positions when it was made; they are repaired.",)


def _quantisation(tensors: Iterable[gguf.Tensor]) -> str:
    shares: Counter[str] = Counter()
    for tensor in tensors:
        shares[tensor.type_name] += tensor.size
    total = shares.total()
    main = [name for name, size in shares.most_common() if size >= _MAIN_SHARE * total]
    return " + ".join(main) or "mixed"
