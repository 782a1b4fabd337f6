"""Build a tiny embedding model of the BERT family.

    python models/tiny/build_embedding.py OUT.gguf [--kind bert|xlm-roberta|nomic-bert|jina-bert-v2]
                                          [--seed N]
    python models/tiny/build_embedding.py OUT.gguf --texts FILE...

Without texts the weights are random: the mechanics are those of a real model, and
what comes out means nothing. With texts (files, one text a line) the vectors mean something:
words that stand in the same company get alike vectors (a co-occurrence matrix, its
positive pointwise mutual information, reduced by a singular value decomposition),
and a text gets the average of its words, rare ones counted more. Its network
passes these vectors through unchanged. For tests and measurements; the same seed
and texts give the same file on one machine.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import build as v4
import gguf_writer as g

LAYERS, WIDTH, HEADS, INNER, CONTEXT = 2, 64, 2, 128, 512
KINDS = ("bert", "xlm-roberta", "nomic-bert", "jina-bert-v2")
MEAN, CLS = 1, 2

SPECIAL = ("[PAD]", *(f"[unused{n}]" for n in range(1, 100)), "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Where BERT has them: 0, and 100 to 103."""
MARK = "\u2581"
WORD = re.compile(r"\w+|[^\w\s]")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789äöüßéèçñ.,;:!?%$€()[]'\"-+*/&"

COMPANY = 6
"""Words to each side that count as company."""
MOST_WORDS = 30_000
"""Words of a vocabulary made from texts."""
PIECE_WIDTH = 127
"""Dimensions of the meaning; each takes two of the file's, so that all rows have mean 0."""


def words_of(text: str) -> list[str]:
    """Words as BERT's pieces begin: lower case, signs alone, Chinese signs alone."""
    found: list[str] = []
    for word in WORD.findall(text.lower()):
        if any("\u3400" <= sign <= "\u9fff" for sign in word):
            found += list(word)
        else:
            found.append(word)
    return found


def vocabulary(texts: Iterable[str]) -> tuple[list[str], Counter[str]]:
    """Tokens as llama.cpp's files have them, and how often each word of the texts stands there."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(words_of(text))
    words = [word for word, _ in counts.most_common(MOST_WORDS)]
    letters = dict.fromkeys([*LETTERS, *(sign for word in words for sign in word)])
    tokens = [*SPECIAL]
    tokens += list(dict.fromkeys([*(MARK + word for word in words), *(MARK + s for s in letters)]))
    seen = set(tokens)
    tokens += [sign for sign in letters if sign not in seen]
    return tokens, counts


def metadata(kind: str, tokens: Sequence[str], width: int, name: str) -> dict[str, tuple[int, Any]]:
    """All metadata, key to (kind, value)."""
    architecture = "bert" if kind == "xlm-roberta" else kind
    unigrams = kind == "xlm-roberta"
    own: dict[str, tuple[int, Any]] = {
        "context_length": (g.U32, CONTEXT),
        "embedding_length": (g.U32, width),
        "block_count": (g.U32, LAYERS),
        "feed_forward_length": (g.U32, INNER),
        "attention.head_count": (g.U32, HEADS),
        "attention.layer_norm_epsilon": (g.F32, 1e-12),
        "attention.causal": (g.BOOL, False),
        "pooling_type": (g.U32, CLS if unigrams else MEAN),
    }
    if kind == "nomic-bert":
        own["rope.freq_base"] = (g.F32, 1000.0)
    special = len(SPECIAL)
    types = [v4.CONTROL_TYPE] * special + [v4.NORMAL_TYPE] * (len(tokens) - special)
    found = {
        "general.architecture": (g.STRING, architecture),
        "general.type": (g.STRING, "model"),
        "general.name": (g.STRING, name),
        "general.license": (g.STRING, "apache-2.0"),
        "general.file_type": (g.U32, 1),
        "general.quantization_version": (g.U32, 2),
        **{f"{architecture}.{key}": value for key, value in own.items()},
        "tokenizer.ggml.model": (g.STRING, "t5" if unigrams else "bert"),
        "tokenizer.ggml.pre": (g.STRING, "default"),
        "tokenizer.ggml.token_type_count": (g.U32, 2),
        "tokenizer.ggml.tokens": (g.ARRAY, (g.STRING, list(tokens))),
        "tokenizer.ggml.token_type": (g.ARRAY, (g.I32, types)),
        "tokenizer.ggml.bos_token_id": (g.U32, 101),
        "tokenizer.ggml.eos_token_id": (g.U32, 102),
        "tokenizer.ggml.unknown_token_id": (g.U32, 100),
        "tokenizer.ggml.seperator_token_id": (g.U32, 102),
        "tokenizer.ggml.padding_token_id": (g.U32, 0),
        "tokenizer.ggml.cls_token_id": (g.U32, 101),
        "tokenizer.ggml.mask_token_id": (g.U32, 103),
    }
    if unigrams:
        scores = [0.0] * special + [-float(len(token) == 1) - 5.0 for token in tokens[special:]]
        found["tokenizer.ggml.scores"] = (g.ARRAY, (g.F32, scores))
        found["tokenizer.ggml.add_bos_token"] = (g.BOOL, True)
        found["tokenizer.ggml.add_eos_token"] = (g.BOOL, True)
        found["tokenizer.ggml.add_space_prefix"] = (g.BOOL, True)
    return found


def layer_shapes(kind: str, width: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The tensors of one layer: name to (kind, shape with the fastest axis last)."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    if kind == "nomic-bert":
        found["attn_qkv.weight"] = ("matrix", (3 * width, width))
    for name in ("attn_q", "attn_k", "attn_v"):
        if kind != "nomic-bert":
            found[f"{name}.weight"] = ("matrix", (width, width))
            found[f"{name}.bias"] = ("bias", (width,))
    found["attn_output.weight"] = ("matrix", (width, width))
    if kind != "nomic-bert":
        found["attn_output.bias"] = ("bias", (width,))
    for name in ("attn_output_norm", "layer_output_norm"):
        found[f"{name}.weight"] = ("norm", (width,))
        found[f"{name}.bias"] = ("bias", (width,))
    found["ffn_up.weight"] = ("matrix", (INNER, width))
    found["ffn_down.weight"] = ("matrix", (width, INNER))
    if kind in {"nomic-bert", "jina-bert-v2"}:
        found["ffn_gate.weight"] = ("matrix", (INNER, width))
    if kind in {"bert", "xlm-roberta"}:
        found["ffn_up.bias"] = ("bias", (INNER,))
    if kind != "nomic-bert":
        found["ffn_down.bias"] = ("bias", (width,))
    return found


def describe(kind: str = "bert", seed: int = 1, *, exact: bool = False) -> g.GgufWriter:
    """A file of random weights in memory; tests change it before writing."""
    formats = v4.EXACT if exact else v4.USUAL
    text = (Path(__file__).parent / "text.txt").read_text("utf-8")
    tokens, _ = vocabulary([text])
    random, writer = v4.Random(seed), g.GgufWriter()
    name = f"Carrel tiny {kind} (random weights, seed {seed})"
    writer.metadata = metadata(kind, tokens, WIDTH, name)
    writer.add_tensor(
        "token_embd.weight", random.spread((len(tokens), WIDTH), 1.0), formats["half"]
    )
    writer.add_tensor("token_types.weight", random.spread((2, WIDTH), 0.1), g.TYPE_F32)
    if kind in {"bert", "xlm-roberta"}:
        places = random.spread((CONTEXT, WIDTH), 0.1)
        writer.add_tensor("position_embd.weight", places, g.TYPE_F32)
    for last, form in (("weight", "norm"), ("bias", "bias")):
        v4.add_tensor(writer, random, f"token_embd_norm.{last}", form, (WIDTH,), v4.EXACT)
    for layer in range(LAYERS):
        for name, (form, shape) in layer_shapes(kind, WIDTH).items():
            v4.add_tensor(writer, random, f"blk.{layer}.{name}", form, shape, formats)
    return writer


def build(path: Path, kind: str = "bert", *, seed: int = 1, exact: bool = False) -> None:
    """Write a file of random weights.

    Args:
        path: where to.
        kind: one of KINDS.
        seed: of the weights; the same seed gives the same bytes.
        exact: store all weights in single precision.
    """
    describe(kind, seed, exact=exact).write(path)


def build_meaning(path: Path, texts: Sequence[str], *, pieces: int = PIECE_WIDTH) -> None:
    """Write a file whose vectors mean something to the language of the texts.

    Args:
        path: where to.
        texts: at least some hundred sentences.
        pieces: dimensions of the meaning.
    """
    tokens, counts = vocabulary(texts)
    vectors = _meanings(tokens, texts, pieces)
    total = sum(counts.values())
    rarity = np.array(
        [
            1e-3 / (1e-3 + counts.get(token.removeprefix(MARK), 0) / total)
            if token.startswith(MARK)
            else 0.0
            for token in tokens
        ]
    )
    meant = vectors * rarity[:, None]
    width = -(-2 * (pieces + 1) // 64) * 64
    rows = np.zeros((len(tokens), width), np.float32)
    rows[:, :pieces], rows[:, pieces : 2 * pieces] = meant, -meant
    # The norm of each row must be the same, or the network would make it so and lose how much a
    # word counts: the rest goes into two dimensions that the last layer drops.
    rest = np.sqrt(np.maximum(1.01 - (meant**2).sum(axis=1), 0))
    rows[:, -2], rows[:, -1] = rest, -rest
    writer = g.GgufWriter()
    writer.metadata = metadata("bert", tokens, width, "Carrel words by their company")
    writer.metadata["bert.block_count"] = (g.U32, 1)
    writer.add_tensor("token_embd.weight", rows, g.TYPE_F16)
    zeros = np.zeros((CONTEXT, width), np.float32)
    writer.add_tensor("token_types.weight", zeros[:2], g.TYPE_F32)
    writer.add_tensor("position_embd.weight", zeros, g.TYPE_F32)
    one, kept = np.ones(width, np.float32), np.ones(width, np.float32)
    kept[-2:] = 0
    writer.add_tensor("token_embd_norm.weight", one, g.TYPE_F32)
    writer.add_tensor("token_embd_norm.bias", zeros[0], g.TYPE_F32)
    for name, (_, shape) in layer_shapes("bert", width).items():
        values = np.zeros(shape, np.float32)
        if name.endswith("norm.weight"):
            values = kept if name.startswith("layer") else one
        writer.add_tensor(f"blk.0.{name}", values, g.TYPE_F32)
    writer.write(path)


def _meanings(tokens: Sequence[str], texts: Iterable[str], pieces: int) -> np.ndarray:
    """One vector for each token, of length 1 at most: what its company says about it."""
    places = {token.removeprefix(MARK): n for n, token in enumerate(tokens) if MARK in token}
    size = len(tokens)
    pairs: Counter[int] = Counter()
    for text in texts:
        ids = np.array([places[word] for word in words_of(text) if word in places], np.int64)
        for away in range(1, COMPANY + 1):
            low, high = ids[:-away], ids[away:]
            values, often = np.unique(low * size + high, return_counts=True)
            pairs.update(dict(zip(values.tolist(), (often / away).tolist(), strict=True)))
    keys = np.fromiter(pairs.keys(), np.int64, len(pairs))
    weights = np.fromiter(pairs.values(), np.float64, len(pairs))
    left = np.concatenate((keys // size, keys % size))
    right = np.concatenate((keys % size, keys // size))
    weights = np.concatenate((weights, weights))
    sums = np.bincount(left, weights, size)
    context = np.maximum(sums, 1e-9) ** 0.75
    told = np.log(weights * context.sum() / (np.maximum(sums[left], 1e-9) * context[right]))
    good = told > 0
    left, right, told = left[good], right[good], told[good]
    found = _reduced(left, right, told, size, pieces)
    length = np.sqrt((found**2).sum(axis=1, keepdims=True))
    return np.divide(found, length, out=np.zeros_like(found), where=length > 0)


def _reduced(
    left: np.ndarray, right: np.ndarray, told: np.ndarray, size: int, pieces: int
) -> np.ndarray:
    """The first singular vectors of a sparse matrix, by random projection and two iterations."""
    order = np.argsort(left, kind="stable")
    left, right, told = left[order], right[order], told[order].astype(np.float32)
    starts = np.flatnonzero(np.diff(left, prepend=-1))
    heads = left[starts]

    def times(some: np.ndarray) -> np.ndarray:
        found = np.zeros((size, some.shape[1]), np.float32)
        for column in range(0, some.shape[1], 16):
            part = told[:, None] * some[right, column : column + 16]
            found[heads, column : column + 16] = np.add.reduceat(part, starts, axis=0)
        return found

    basis = v4.Random(7).spread((size, pieces + 16), 1.0)
    for _ in range(3):
        basis = np.linalg.qr(times(times(basis)))[0].astype(np.float32)  # as good as symmetric
    small = basis.T @ times(basis)
    values, vectors = np.linalg.eigh((small + small.T) / 2)
    best = np.argsort(-np.abs(values))[:pieces]
    found: np.ndarray = (basis @ vectors[:, best]) * np.sqrt(np.abs(values[best]))
    return found


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=KINDS, default="bert")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=Path, nargs="+", help="files with one text a line")
    chosen = parser.parse_args()
    if chosen.texts:
        lines = [line for path in chosen.texts for line in path.read_text("utf-8").splitlines()]
        build_meaning(chosen.out, [line for line in lines if line.strip()])
    else:
        build(chosen.out, chosen.kind, seed=chosen.seed)
    print(chosen.out, chosen.out.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
