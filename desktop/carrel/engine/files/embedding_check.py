"""The rules an embedding model's file must keep: what it is, how wide, how its texts are put.

Common to the BERT family. A file that passes may still be refused by llama.cpp's
loader with a reason; the locked worker is the second line. Must not know where
files lie or who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.engine.errors import (
    NoEmbeddingModel,
    RerankerFile,
    UnfitGguf,
    VocabularyFile,
    printable,
)
from carrel.engine.files import gguf
from carrel.engine.files.generic_check import (
    MAX_HEAD,
    MAX_HEADS,
    MAX_INNER,
    check_experts,
    check_tensors,
)
from carrel.engine.files.gguf_values import MAX_CONTEXT, MAX_LAYERS, Values
from carrel.engine.files.shards import join
from carrel.engine.files.vocabulary import check_embedding_vocabulary

FAMILY: Final = frozenset({"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3"})
"""Architectures of llama.cpp that share BERT's network. XLM-RoBERTa's files are named “bert”."""
MIN_CONTEXT: Final = 64
"""Tokens; with less no sentence could be read."""
MAX_DIMENSION: Final = 4096
"""Numbers of a vector; bge-large and bge-m3 have 1,024."""
_RANK: Final = 4
_ROTATED: Final = frozenset({"nomic-bert", "nomic-bert-moe", "jina-bert-v3"})


class Pooling(StrEnum):
    """How the vectors of a text's tokens become one."""

    MEAN = "mean"
    CLS = "cls"
    """That of the first token."""
    LAST = "last"


_POOLINGS: Final = {0: Pooling.MEAN, 1: Pooling.MEAN, 2: Pooling.CLS, 3: Pooling.LAST}
"""By the format's number; a file that names none is averaged, as BERT's authors' tools do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingFacts:
    """What a sound file says about itself.

    Attributes:
        size: bytes of all parts.
        dimension: numbers of a vector.
        context_tokens: of the longest text it was made for.
        inner, heads: what working memory depends on.
        asks, tells: what is put before a question and before a passage, as it was trained.
    """

    title: str
    architecture: str
    size: int
    dimension: int
    context_tokens: int
    inner: int
    heads: int
    pooling: Pooling
    asks: str
    tells: str


_PROMPTS: Final[Sequence[tuple[str, str, str]]] = (
    ("nomic-embed-text", "search_query: ", "search_document: "),
    ("nomic embed text", "search_query: ", "search_document: "),
    ("e5-", "query: ", "passage: "),
    ("multilingual-e5", "query: ", "passage: "),
    ("multilingual e5", "query: ", "passage: "),
    ("bge-small-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-base-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-large-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge small en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge base en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge large en", "Represent this sentence for searching relevant passages: ", ""),
    ("arctic-embed", "Represent this sentence for searching relevant passages: ", ""),
    ("mxbai-embed", "Represent this sentence for searching relevant passages: ", ""),
)
"""What the makers of well-known models put before a question and before a passage (from their
model cards), by a part of the name in the header."""


def check_embedding(headers: Sequence[gguf.Header]) -> EmbeddingFacts:
    """Check a file whose headers have been read.

    Raises:
        GgufError: the sentence names the fault.
    """
    first = headers[0]
    architecture = first.text("general.architecture")
    if architecture not in FAMILY or first.text("general.type") in {"adapter", "mmproj"}:
        raise NoEmbeddingModel(architecture=printable(architecture) or "unnamed")
    tensors = join(headers)
    if not tensors:
        raise VocabularyFile
    words = check_embedding_vocabulary(first)
    values = Values(first, architecture + ".")
    stated = values.integer("vocab_size", 1, 1 << 22, missing=words)
    if stated != words:
        raise UnfitGguf(fault=f"{stated} words are stated, but {words} are there")
    blocks = values.integer("block_count", 1, MAX_LAYERS)
    width = values.integer("embedding_length", 1, MAX_DIMENSION)
    heads = _check_heads(values, width, architecture)
    inner = values.integer("feed_forward_length", 1, MAX_INNER)
    check_experts(architecture, values, blocks)
    check_tensors(tensors, blocks, width, words)
    _check_layers(tensors, blocks, width)
    context = values.integer("context_length", MIN_CONTEXT, MAX_CONTEXT)
    _check_numbers(first, values, tensors, width, context)
    asks, tells = _prompts(first)
    return EmbeddingFacts(
        title=printable(first.text("general.name")),
        architecture=architecture,
        size=sum(header.size for header in headers),
        dimension=width,
        context_tokens=context,
        inner=inner,
        heads=heads,
        pooling=_pooling(values),
        asks=asks,
        tells=tells,
    )


def _pooling(values: Values) -> Pooling:
    number = values.integer("pooling_type", 0, _RANK, missing=0)
    if number == _RANK or values.has("classifier.output_labels"):
        raise RerankerFile
    return _POOLINGS[number]


def _check_heads(values: Values, width: int, architecture: str) -> int:
    heads = values.integer("attention.head_count", 1, MAX_HEADS)
    if values.integer("attention.head_count_kv", 1, MAX_HEADS, missing=heads) != heads:
        raise UnfitGguf(fault="its heads share keys, as no BERT does")
    if width % heads:
        raise UnfitGguf(fault=f"{width} numbers cannot be shared by {heads} heads")
    head = width // heads
    for key in ("attention.key_length", "attention.value_length"):
        if values.integer(key, 1, MAX_HEAD, missing=head) != head:
            raise UnfitGguf(fault="keys or values have an impossible width")
    rotated = values.integer("rope.dimension_count", 0, MAX_HEAD, missing=head)
    if architecture in _ROTATED and (rotated != head or head % 2):
        raise UnfitGguf(fault=f"{rotated} of {head} numbers of a head cannot be rotated")
    if values.truth("attention.causal", missing=False):
        raise UnfitGguf(fault="its tokens see only what stands before them, as in no BERT")
    return heads


def _check_numbers(
    header: gguf.Header,
    values: Values,
    tensors: Mapping[str, gguf.Tensor],
    width: int,
    context: int,
) -> None:
    if not values.has("attention.layer_norm_epsilon"):
        raise UnfitGguf(fault="it does not say how its norms are kept from dividing by nothing")
    values.real("attention.layer_norm_epsilon", 0.0, 1.0)
    values.real("rope.freq_base", 1.0, 1e12)
    values.real("rope.scaling.factor", 0.0, 1e6)
    values.integer("moe_every_n_layers", 0, MAX_LAYERS, missing=0)
    if "general.tensor_extra.name" in header.entries:
        raise UnfitGguf(fault="“general.tensor_extra.name” does not belong in such a file")
    kinds = Values(header, "tokenizer.ggml.").integer("token_type_count", 1, 1024, missing=1)
    wanted = {"position_embd.weight": (width, context), "token_types.weight": (width, kinds)}
    for name, dimensions in wanted.items():
        found = tensors.get(name)
        flat = found is not None and (*found.dimensions, 1) == dimensions  # one kind: one row
        if found is not None and found.dimensions != dimensions and not flat:
            raise UnfitGguf(fault=f"tensor “{name}” has another shape than is stated")
        if found is not None and found.type_name not in {"F32", "F16"}:
            raise UnfitGguf(fault=f"tensor “{name}” is stored as {found.type_name}")


def _check_layers(tensors: Mapping[str, gguf.Tensor], blocks: int, width: int) -> None:
    for layer in range(blocks):
        wanted = {"attn_qkv": (width, 3 * width)} | dict.fromkeys(
            ("attn_q", "attn_k", "attn_v", "attn_output"), (width, width)
        )
        for name, dimensions in wanted.items():
            found = tensors.get(f"blk.{layer}.{name}.weight")
            if found is not None and found.dimensions != dimensions:
                raise UnfitGguf(
                    fault=f"tensor “blk.{layer}.{name}.weight” has another shape than its heads"
                )


def _prompts(header: gguf.Header) -> tuple[str, str]:
    keys = ("general.name", "general.basename", "general.finetune")
    said = " ".join(header.text(key) for key in keys).casefold()
    for part, asks, tells in _PROMPTS:
        if part in said:
            return asks, tells
    return "", ""
