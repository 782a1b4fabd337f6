"""The rules a chat model of another architecture must keep so that the engine does not end.

Common to all: what llama.cpp's loader asserts instead of reporting, and what its
networks take for granted. A file that passes may still be refused by the loader
with a reason; the locked worker is the second line. Must not know where files
lie or who asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from carrel.engine.errors import DraftFile, EmbeddingFile, NoTemplate, UnfitGguf, printable
from carrel.engine.files import gguf
from carrel.engine.files.architectures import (
    CHAT,
    DOUBLE_STATE,
    EXPERTS_NEEDED,
    WITHOUT_SECTIONS,
    Memory,
    Traits,
)
from carrel.engine.files.geometry import GenericGeometry
from carrel.engine.files.gguf_values import MAX_CONTEXT, MAX_LAYERS, MIN_CONTEXT, Values
from carrel.engine.files.vocabulary import MAX_TEMPLATE_BYTES

MAX_EXPERTS: Final = 1024
"""llama.cpp aborts above."""
MAX_WIDTH: Final = 1 << 17
"""Numbers in a row; the widest known network has 18,432."""
MAX_HEADS: Final = 1024
"""Attention heads of a layer; the most known are 256."""
MAX_HEAD: Final = 2048
"""Numbers of one head; MLA caches have 576."""
MAX_INNER: Final = 1 << 20
"""Width of a feed-forward layer; the widest known has 65,536."""
MAX_STATE: Final = 1 << 16
"""Any width of a recurrent layer."""
ROPE_SECTIONS: Final = 4
"""Numbers in the list of sections of a rotation."""

_SCALINGS: Final = frozenset({"none", "linear", "yarn", "longrope"})
_LAYER: Final = re.compile(r"blk\.(?P<layer>\d{1,3})\.(?P<name>.+)\Z")
_EPSILONS: Final = ("attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon")
_EXACT_PARTS: Final = ("ssm_a", "ssm_d", "ssm_conv1d", "ssm_dt.bias", "shortconv.conv")
"""Tensors of recurrent layers that are used element by element, whatever their shape."""
_FOREIGN_KEYS: Final = ("classifier.output_labels", "pooling_type_cls", "classifier.pooling_type")
_FOREIGN_NAMES: Final = ("cls.", "cls_out.", "cls.output.", "dense_2.", "dense_3.")

Tensors = Mapping[str, gguf.Tensor]


def check_generic(header: gguf.Header, tensors: Tensors, words: int) -> GenericGeometry:
    """Check a file whose architecture is in `architectures.CHAT` and whose vocabulary was checked.

    Args:
        header: of the first part.
        tensors: of all parts.
        words: tokens of the vocabulary.

    Returns:
        What memory depends on.

    Raises:
        GgufError: the sentence names the fault.
    """
    architecture = header.text("general.architecture")
    traits = CHAT[architecture]
    values = Values(header, architecture + ".")
    _check_purpose(header, values, tensors)
    blocks = values.integer("block_count", 1, MAX_LAYERS)
    drafts = values.integer("nextn_predict_layers", 0, blocks - 1, missing=0)
    layers = blocks - drafts
    width = values.integer("embedding_length", 1, MAX_WIDTH)
    heads = values.each("attention.head_count", blocks, 0, MAX_HEADS)
    groups = values.each("attention.head_count_kv", blocks, 0, MAX_HEADS, missing=-1)
    groups = tuple(h if g < 0 else g for g, h in zip(groups, heads, strict=True))
    head = _check_heads(values, traits, width, heads, groups)
    check_experts(architecture, values, blocks)
    _check_numbers(header, values)
    inner = max(values.each("feed_forward_length", blocks, 0, MAX_INNER, missing=0))
    inner = max(inner, *values.each("expert_feed_forward_length", blocks, 0, MAX_INNER, missing=0))
    check_tensors(tensors, blocks, width, words)
    if traits.plain:
        _check_attention(tensors, width, heads, groups, head)
    state = _check_states(header, values, traits, width)
    rolling = _rolling_layers(values, traits, groups, layers)
    latent = traits.memory is Memory.LATENT and values.has("attention.key_length_mla")
    key, value = head
    both = architecture == "falcon-h1"  # every layer has a state and keys
    kept = [(0 if rolls and not both else g) for g, rolls in zip(groups, rolling, strict=False)]
    return GenericGeometry(
        words=words,
        layers=layers,
        width=width,
        heads=max(heads),
        key_rows=tuple(key * g for g in kept),
        value_rows=tuple(0 if latent else value * g for g in kept),
        windows=_windows(values, traits, layers, blocks),
        state_numbers=state * sum(rolling),
        inner=inner,
    )


def _check_purpose(header: gguf.Header, values: Values, tensors: Tensors) -> None:
    """It must be made for answering."""
    architecture = header.text("general.architecture")
    if values.integer("pooling_type", 0, 4, missing=0) or any(
        name.startswith(_FOREIGN_NAMES) for name in tensors
    ):
        raise EmbeddingFile(architecture=printable(architecture))
    for key in _FOREIGN_KEYS:
        values.refuse(key)
    if not values.truth("attention.causal", missing=True):
        raise EmbeddingFile(architecture=printable(architecture))
    template = header.text("tokenizer.chat_template")
    if not template.strip():
        raise NoTemplate
    if len(template.encode()) > MAX_TEMPLATE_BYTES:
        raise UnfitGguf(fault="its chat template is longer than any real one")
    if "blk.0.nextn.eh_proj.weight" in tensors or (
        any(".nextn." in name for name in tensors) and "blk.0.attn_norm.weight" not in tensors
    ):
        raise DraftFile


def _check_heads(
    values: Values,
    traits: Traits,
    width: int,
    heads: tuple[int, ...],
    groups: tuple[int, ...],
) -> tuple[int, int]:
    """Widths of keys and values; how heads share them."""
    first = heads[0]
    if max(heads) == 0:
        raise UnfitGguf(fault="it has no attention heads")
    for count, shared in zip(heads, groups, strict=True):
        keyless = shared == 0 and traits.memory is Memory.STATE
        if not keyless and (count == 0 or shared == 0 or count % shared):
            raise UnfitGguf(fault=f"{count} heads cannot share {shared} keys")
    usual = width // first if first else 0
    key = values.integer("attention.key_length", 1, MAX_HEAD, missing=usual)
    value = values.integer("attention.value_length", 1, MAX_HEAD, missing=usual)
    if first == 0 and usual == 0 and not (values.has("attention.key_length") and key and value):
        # The loader takes the widths of all layers from the first one's heads.
        raise UnfitGguf(fault="the first layer has no heads, and none of the keys' width is stated")
    if not (1 <= key <= MAX_HEAD and 1 <= value <= MAX_HEAD):
        raise UnfitGguf(fault="keys or values have an impossible width")
    if traits.equal_heads and key != value:
        raise UnfitGguf(fault="keys and values differ in length")
    rope = values.integer("rope.dimension_count", 0, MAX_HEAD, missing=key)
    least = 2 if traits.rotates else 0
    if rope % 2 or not least <= rope <= key:
        raise UnfitGguf(fault=f"{rope} of {key} numbers of a head cannot be rotated")
    if traits.whole_rotation and rope != key:
        raise UnfitGguf(fault=f"only {rope} of {key} numbers of a head are rotated")
    if traits.memory is Memory.LATENT:
        _check_latent(values, rope)
    for name in ("key_length_swa", "value_length_swa"):
        values.integer(f"attention.{name}", 1, MAX_HEAD, missing=key)
    other = values.integer("rope.dimension_count_swa", 0, MAX_HEAD, missing=rope)
    if other % 2 or not least <= other <= key:
        raise UnfitGguf(fault=f"{other} of {key} numbers of a head cannot be rotated")
    return key, value


def _check_latent(values: Values, rope: int) -> None:
    values.integer("attention.kv_lora_rank", 1, MAX_WIDTH)
    values.integer("attention.q_lora_rank", 1, MAX_WIDTH, missing=1)
    key = values.integer("attention.key_length_mla", 1, MAX_HEAD, missing=0)
    value = values.integer("attention.value_length_mla", 1, MAX_HEAD, missing=0)
    if (key == 0) != (value == 0):
        raise UnfitGguf(fault="only keys or only values are compressed")
    whole = key or values.integer("attention.key_length", 1, MAX_HEAD)
    if whole <= rope:
        raise UnfitGguf(fault="the whole of each key is rotated")


def check_experts(architecture: str, values: Values, blocks: int) -> None:
    """What holds for the experts of all architectures; UnfitGguf where it does not."""
    experts = values.integer("expert_count", 0, MAX_EXPERTS, missing=0)
    used = max(values.each("expert_used_count", blocks, 0, MAX_EXPERTS, missing=0))
    groups = values.integer("expert_group_count", 0, MAX_EXPERTS, missing=0)
    chosen = values.integer("expert_group_used_count", 0, MAX_EXPERTS, missing=0)
    values.integer("expert_shared_count", 0, MAX_EXPERTS, missing=0)
    values.integer("expert_shared_feed_forward_length", 0, MAX_INNER, missing=0)
    values.integer("leading_dense_block_count", 0, blocks, missing=0)
    values.integer("interleave_moe_layer_step", 1, blocks, missing=1)
    values.integer("expert_gating_func", 0, 4, missing=0)
    if experts == 0 and architecture in EXPERTS_NEEDED:
        raise UnfitGguf(fault="it has no experts, and its architecture is made of them")
    if used > experts:
        raise UnfitGguf(fault="more experts are used than there are")
    if experts and not used:
        raise UnfitGguf(fault="it has experts and uses none")
    if groups > 1 and (groups >= experts or experts % groups or not 0 < chosen < groups):
        raise UnfitGguf(fault="its experts do not divide into their groups")
    if groups and not experts:
        raise UnfitGguf(fault="it has groups of experts and no experts")
    if groups and groups >= experts:
        raise UnfitGguf(fault="it has as many groups of experts as experts")


def _check_numbers(header: gguf.Header, values: Values) -> None:
    """Values that are no sizes but can end or stall the engine all the same."""
    context = values.integer("context_length", MIN_CONTEXT, MAX_CONTEXT)
    values.integer("rope.scaling.original_context_length", 1, MAX_CONTEXT, missing=context)
    values.word("rope.scaling.type", _SCALINGS, missing="linear")
    for key in _EPSILONS:
        values.real(key, 0.0, 1.0)
    if not any(values.has(key) for key in _EPSILONS):
        raise UnfitGguf(fault="it does not say how its norms are kept from dividing by nothing")
    for key in ("rope.freq_base", "rope.freq_base_swa"):
        values.real(key, 1.0, 1e12)
    for key in ("rope.scaling.factor", "rope.scale_linear"):
        values.real(key, 0.0, 1e6)
    if "general.tensor_extra.name" in header.entries:
        raise UnfitGguf(fault="“general.tensor_extra.name” does not belong in such a file")
    if header.text("general.architecture") in WITHOUT_SECTIONS:
        values.refuse("rope.dimension_sections")
    sections = values.items("rope.dimension_sections")
    if sections is not None:
        numbers = [int(item) for item in sections.items if isinstance(item, int)]
        if len(numbers) > ROPE_SECTIONS or not all(0 <= n <= MAX_HEAD for n in numbers):
            raise UnfitGguf(fault="its rotation has impossible sections")
    prefix = header.text("general.architecture") + "."
    for key, entry in header.entries.items():
        if key.startswith(prefix) and entry.kind in {gguf.FLOAT32, gguf.FLOAT64}:
            values.real(key.removeprefix(prefix), -1e30, 1e30)


def check_tensors(tensors: Tensors, blocks: int, width: int, words: int) -> None:
    """What holds for the tensors of all architectures."""
    for name in ("token_embd.weight", "output.weight"):
        found = tensors.get(name)
        if found is None and name == "output.weight":
            continue  # it answers with the same rows it reads with
        if found is None:
            raise UnfitGguf(fault=f"tensor “{name}” is missing")
        if found.dimensions != (width, words):
            raise UnfitGguf(fault=f"tensor “{name}” does not fit the vocabulary")
    seen: set[int] = set()
    for name, tensor in tensors.items():
        layer = _LAYER.match(name)
        if layer is not None:
            seen.add(int(layer["layer"]))
        if tensor.type_name == "I32":
            raise UnfitGguf(fault=f"tensor “{name}” is stored as {tensor.type_name}")
        elementwise = len(tensor.dimensions) == 1 or any(part in name for part in _EXACT_PARTS)
        if elementwise and tensor.type_name != "F32":
            raise UnfitGguf(fault=f"tensor “{name}” is stored as {tensor.type_name}")
    if seen and max(seen) >= blocks:
        raise UnfitGguf(fault=f"it has a layer {max(seen)}, but only {blocks} are stated")
    missing = set(range(blocks)) - seen
    if missing:
        raise UnfitGguf(fault=f"layer {min(missing)} has no tensors")


def _check_attention(
    tensors: Tensors,
    width: int,
    heads: tuple[int, ...],
    groups: tuple[int, ...],
    head: tuple[int, int],
) -> None:
    """Matrices around attention, where their shapes follow from the heads."""
    key, value = head
    for layer, (count, shared) in enumerate(zip(heads, groups, strict=True)):
        wanted = {
            "attn_q": (width, count * key),
            "attn_k": (width, shared * key),
            "attn_v": (width, shared * value),
            "attn_qkv": (width, count * key + shared * (key + value)),
            "attn_output": (count * value, width),
        }
        for name, dimensions in wanted.items():
            found = tensors.get(f"blk.{layer}.{name}.weight")
            if found is not None and found.dimensions != dimensions:
                raise UnfitGguf(
                    fault=f"tensor “blk.{layer}.{name}.weight” has another shape than its heads"
                )


def _check_states(header: gguf.Header, values: Values, traits: Traits, width: int) -> int:
    """Numbers of one recurrent layer's rolling state."""
    if traits.memory is not Memory.STATE:
        return 0
    cached = values.integer("shortconv.l_cache", 2, 64, missing=0)
    if cached:
        return width * (cached - 1)
    kernel = values.integer("ssm.conv_kernel", 1, 64, missing=1)
    inner = values.integer("ssm.inner_size", 1, MAX_STATE, missing=0)
    state = values.integer("ssm.state_size", 1, MAX_STATE, missing=0)
    groups = values.integer("ssm.group_count", 1, MAX_STATE, missing=0)
    ranks = values.integer("ssm.time_step_rank", 1, MAX_STATE, missing=0)
    if inner and header.text("general.architecture") in DOUBLE_STATE and inner != 2 * width:
        raise UnfitGguf(fault="its recurrent layers are not twice as wide as the network")
    if groups and ranks % groups:
        raise UnfitGguf(fault="the heads of its recurrent layers cannot share their groups")
    if ranks and inner % ranks:
        raise UnfitGguf(fault="its recurrent layers do not divide into their heads")
    return (kernel - 1) * (inner + 2 * groups * state) + state * inner


def _rolling_layers(
    values: Values, traits: Traits, groups: tuple[int, ...], layers: int
) -> list[bool]:
    """Which layers keep a rolling state."""
    if traits.memory is not Memory.STATE:
        return [False] * layers
    stated = values.items("attention.recurrent_layers")
    if stated is not None:
        return [bool(item) for item in stated.items][:layers]
    interval = values.integer("full_attention_interval", 1, MAX_LAYERS, missing=0)
    if interval:
        return [(layer + 1) % interval != 0 for layer in range(layers)]
    none = [shared == 0 for shared in groups[:layers]]
    return none if any(none) else [True] * layers


def _windows(values: Values, traits: Traits, layers: int, blocks: int) -> tuple[int, ...]:
    """How far each layer looks back; 0 is all the way."""
    window = values.integer("attention.sliding_window", 0, MAX_CONTEXT, missing=traits.window)
    if traits.memory is not Memory.WINDOW or window == 0:
        return (0,) * layers
    key = "attention.sliding_window_pattern"
    stated = values.items(key)
    if stated is not None:
        if len(stated.items) != blocks:
            raise UnfitGguf(
                fault=f"its “{key}” has {len(stated.items)} entries for {blocks} layers"
            )
        windowed = [bool(item) for item in stated.items][:layers]
    else:
        every = values.integer(key, 0, MAX_LAYERS, missing=traits.pattern)
        windowed = [every == 0 or layer % every < every - 1 for layer in range(layers)]
    if not any(windowed):
        raise UnfitGguf(fault="it has a window, but no layer looks through it")
    return tuple(window if seen else 0 for seen in windowed)
