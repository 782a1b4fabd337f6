"""Start values that already look words up: a circuit put in by hand.

Everything is trained afterwards; nothing here is fixed. The circuit:

0. layer 0 tells each token what stood before it;
1. layer 1 tells each token the number of the passage it stands in (its last tag);
2. layers 2 and 3 let each word of the question find the same or a related word
   (layer 3: the same two words) in the passages, and note the passage's number;
3. layer 4 lets the answer position sum these notes over the question's words,
   rare words counting more, and so choose a tag;
4. the last layer copies: it finds where the present token stood before and
   says what followed there.

Related words are near each other from the start, because their embeddings are
sums of random vectors for stem, meaning (WordNet, our thesaurus) and kind.
The width is divided into named ranges of channels so that this can be read.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from geometry import STREAMS, TAGS, Geometry, tensors
from offices import CITIES, COUNTRIES, DAYS, FIRST, LAST, MONTHS
from questions import STOP
from torch import Tensor
from vocabulary import BOS, END_OF_THOUGHT, NORMAL_TYPE, Vocabulary
from wording import Wording

ONE: Final = 0
"""Channel that is 4 for every token: the graph has no bias anywhere."""
RARITY: Final = 1
"""Channel that holds how rare a token is."""
TAGNESS: Final = 2
"""Channel that marks tags and the word that opens a question."""
ANSWER: Final = 3
"""Channel that marks the token after which an answer begins."""
NOWHERE: Final = 188
"""Channel that marks the first token: what finds nothing looks there."""
CONTENT: Final = slice(4, 84)
CODE: Final = slice(84, 100)
PLACE: Final = slice(100, 116)
VOTE: Final = slice(116, 132)
BEFORE: Final = slice(132, 188)
WORDS_IN, CODES, EARLIER = 80, 16, 56
"""Sizes of the ranges: content, codes of passages, and the token before."""

QUESTION: Final = TAGS
"""Code of the question; codes below are of the passages, the one after is of nothing."""
COMMON_WEIGHT, RAREST_WEIGHT = 0.7, 4.0
"""Bounds of what the rarity channel holds."""
AWAY: Final = 0.7
"""How strongly a word of the question looks away from the question itself."""
NEARNESS: Final = {2: 0.04, 3: 0.11, 4: 0.53, 5: 0.56, 6: 0.41, 7: 0.47}
"""Strength per pair of positions so that a nearer tag always counts more, up to some 1,500 tokens;
found by a random search."""
RECENT: Final = {4: 1.0}
"""The same for the words of a question, so that an earlier question counts less; much weaker."""
QUIET: Final = 0.0
"""What unstructured parts write at the start, as a share of the usual."""
THRESHOLD: Final = 0.95
"""How good a match must be to count more than looking at nothing: some 12 of 30."""
STRONG, SHARP, TURNING = 3.0, 6.0, 4.0
"""Gains of keys: of their content, where words must be told apart, and of their position. They
bound attention scores."""

OWN, FORM, STEM, CASE, KIND = 0.35, 0.45, 1.0, 0.15, 0.5
MEANING, OWN_MEANING, MOST_MEANING = 0.9, 1.2, 1.25
"""Weights of the random vectors in a word's embedding, and a bound for meanings together."""

KINDS: Final[dict[str, frozenset[str]]] = {
    "person": frozenset(w.lower() for w in (*FIRST, *LAST))
    | {"who", "whom", "whose", "mr", "mrs", "dr"},
    "time": frozenset(w.lower() for w in (*MONTHS, *DAYS))
    | {"when", "year", "date", "a.m", "p.m", "until"},
    "place": frozenset(w.lower() for w in (*CITIES, *COUNTRIES))
    | {"where", "city", "country", "building"},
    "number": frozenset(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "many",
            "much",
            "percent",
            "million",
        ]
    ),
    "cause": frozenset(["why", "because", "since", "due", "reason", "cause", "therefore"]),
}


@dataclass(frozen=True)
class Lexicon:
    """What the start values know about tokens.

    Attributes:
        vocabulary: the tokens.
        wording: forms and meanings of words.
        rarity: per token the natural logarithm of one in so many sentences.
    """

    vocabulary: Vocabulary
    wording: Wording
    rarity: np.ndarray


def content_vectors(known: Lexicon, size: int, random: np.random.Generator) -> np.ndarray:
    """One vector of variance one per token; related words have related vectors."""
    vectors: dict[object, np.ndarray] = defaultdict(lambda: random.standard_normal(size))
    rows = []
    for token in range(len(known.vocabulary.tokens)):
        total = np.zeros(size)
        for feature, weight in features(known, token).items():
            total += weight * vectors[feature]
        rows.append(total / max(1e-6, float(np.sqrt((total**2).mean()))))
    return np.array(rows, np.float32)


def features(known: Lexicon, token: int) -> dict[object, float]:
    """Weighted properties of a token."""
    found: dict[object, float] = {("token", token): OWN}
    if known.vocabulary.types[token] != NORMAL_TYPE:
        return {("token", token): 1.0}
    shown = known.vocabulary.shown(token)
    word = shown.strip()
    if word.isdigit():
        return {("token", token): 1.0, ("kind", "number"): 0.3}
    if not word.isalpha() or len(word) < 2:
        return {("token", token): 1.0}
    low, opens = word.lower(), shown.startswith(" ") or word[0].isupper()
    share = 1.0 if opens else 0.5
    found["form", low] = FORM * share
    found["stem", known.wording.stem(low)] = STEM * share
    found["case", word[0].isupper()] = CASE
    if not opens:
        return found
    for kind, members in KINDS.items():
        if low in members:
            found["kind", kind] = KIND
    meanings = known.wording.groups.get(low) or known.wording.groups.get(
        known.wording.lemma(low), {}
    )
    weights = {m: (OWN_MEANING if m < 0 else MEANING * w) for m, w in meanings.items()}
    total = math.sqrt(sum(w * w for w in weights.values()))
    shrink = min(1.0, MOST_MEANING / total) if total else 1.0
    found |= {("meaning", m): w * shrink for m, w in weights.items()}
    return found


def telling_weight(known: Lexicon, token: int) -> float:
    """How much a token of a question tells: rare words much, question words and signs little."""
    if known.vocabulary.types[token] != NORMAL_TYPE:
        return 0.0
    word = known.vocabulary.shown(token).strip().lower()
    if not word.isalnum() or word == "question":
        return 0.0
    most = COMMON_WEIGHT if word in STOP else RAREST_WEIGHT
    return min(most, float(known.rarity[token]) / 2.0)


def start_values(g: Geometry, known: Lexicon, seed: int) -> dict[str, Tensor]:
    """Start values of all tensors but the output matrix, which is the embedding's."""
    random = torch.Generator().manual_seed(seed)
    values: dict[str, Tensor] = {}
    for name, (kind, shape) in tensors(g).items():
        if name != "output.weight":
            values[name] = _plain(g, name, kind, shape, random)
    codes = torch.linalg.qr(torch.randn(CODES, CODES, generator=random))[0] * 4.0
    _silent(g, values)
    values["token_embd.weight"] = _embedding(g, known, codes, seed)
    _earlier(g, values)
    _place(g, values)
    _same(g, values, 2, codes[QUESTION])
    _same_pair(g, values, 3, codes[QUESTION])
    _sum(g, values, 4, codes)
    _copy(g, values, g.layers - 1)
    return values


def _silent(g: Geometry, values: dict[str, Tensor]) -> None:
    """Let nothing write into the stream yet, so that what the circuit writes there stays clear."""
    for layer in range(g.layers):
        for name in ("attn_output_b", "ffn_down_exps", "ffn_down_shexp"):
            values[f"blk.{layer}.{name}.weight"] *= QUIET


def _plain(
    g: Geometry, name: str, kind: str, shape: tuple[int, ...], random: torch.Generator
) -> Tensor:
    drawn = torch.randn(shape, generator=random)
    if kind == "experts":
        rows = torch.rand(shape[0], g.experts, generator=random).argsort(1)
        return rows[:, : g.experts_used].int()
    if kind == "scale" and name.endswith("_scale.weight"):
        return torch.ones(shape)
    if "hc_" in name and name.endswith("_fn.weight"):
        return torch.zeros(shape)
    if name.endswith("_base.weight"):
        even = math.log((0.25 - g.epsilon) / (0.75 + g.epsilon))
        into = torch.full((STREAMS,), even)
        if name.startswith("output"):
            return into
        return torch.cat([into, torch.zeros(STREAMS), (torch.eye(STREAMS) * 8).flatten()])
    if kind == "bias":
        return torch.zeros(shape)
    if kind == "norm":
        return torch.ones(shape) * (0.3 if "compressor_norm" in name else 1.0)
    if "_ape" in name:
        return 0.02 * drawn
    if "output_b" in name or "down" in name:
        return drawn * (0.2 / math.sqrt(shape[-1]))
    return drawn / math.sqrt(shape[-1])


def _embedding(g: Geometry, known: Lexicon, codes: Tensor, seed: int) -> Tensor:
    random = np.random.default_rng(seed)
    table = 0.1 * random.standard_normal((g.words, g.width)).astype(np.float32)
    table[:, CONTENT] = content_vectors(known, WORDS_IN, random)
    table[:, ONE] = 4.0
    table[:, RARITY] = [telling_weight(known, token) for token in range(g.words)]
    number = known.vocabulary.number
    table[:, NOWHERE] = 0.0
    table[number[BOS], NOWHERE] = 6.0
    marked = [*known.vocabulary.tags, number["Question"]]
    table[:, TAGNESS] = 0.0
    table[:, ANSWER] = 0.0
    for place, token in enumerate(marked):
        table[token, TAGNESS] = 6.0
        table[token, CODE] = codes[place].numpy()
    # Without content, or the copying layer would repeat what an earlier answer began with.
    table[number[END_OF_THOUGHT], CONTENT] = 0.0
    table[number[END_OF_THOUGHT], ANSWER] = 6.0
    return torch.from_numpy(table)


def _keys(g: Geometry, values: dict[str, Tensor], layer: int) -> tuple[Tensor, Tensor, Tensor]:
    """The key, query-down and query-up matrices of a layer, keys with a constant position."""
    b, nope = f"blk.{layer}.", g.head - g.rope
    keys = values[b + "attn_kv.weight"]
    keys[nope:] = 0
    keys[nope::2, ONE] = 0.4
    norm = values[b + "attn_kv_a_norm.weight"]
    norm[:nope], norm[nope:] = STRONG, TURNING
    down, up = values[b + "attn_q_a.weight"], values[b + "attn_q_b.weight"]
    up[: g.head] = 0
    down[-1] = 0
    down[-1, ONE] = 0.5
    return keys, down, up


def _write(
    g: Geometry,
    values: dict[str, Tensor],
    layer: int,
    source: slice,
    rows: Tensor,
    *,
    head: int = 0,
) -> None:
    """Let a head write what its value holds in `source` into the stream: `rows` [width, size]."""
    b, size = f"blk.{layer}.", source.stop - source.start
    group, inside = divmod(head, g.heads // g.groups)
    assert inside == 0
    low, high = values[b + "attn_output_a.weight"], values[b + "attn_output_b.weight"]
    first = group * g.output_rank
    low[first : first + size] = 0
    low[first : first + size, source] = torch.eye(size)
    high[:, first : first + size] = rows


def _into(g: Geometry, target: slice, amount: float) -> Tensor:
    rows = torch.zeros(g.width, target.stop - target.start)
    rows[target] = amount * torch.eye(target.stop - target.start)
    return rows


def _rope_query(
    g: Geometry, up: Tensor, column: int, strengths: dict[int, float], back: int
) -> None:
    """Make head 0 prefer keys `back` tokens away; strengths per pair."""
    first = g.head - g.rope
    for pair, strength in strengths.items():
        turn = g.rope_base ** (-2 * pair / g.rope) * back
        up[first + 2 * pair, column] = strength * math.cos(turn)
        up[first + 2 * pair + 1, column] = -strength * math.sin(turn)


def _earlier(g: Geometry, values: dict[str, Tensor]) -> None:
    keys, _down, up = _keys(g, values, 0)
    norm = values["blk.0.attn_kv_a_norm.weight"]
    norm[: g.head - g.rope], norm[g.head - g.rope :] = 1.5, 12.0
    keys[:EARLIER] = 0
    keys[:EARLIER, CONTENT] = _projection()
    _rope_query(g, up, -1, {0: 1.0, 1: 0.8, 2: 0.5, 3: 0.4, 4: 0.4, 5: 0.4}, 1)
    _write(g, values, 0, slice(0, EARLIER), _into(g, BEFORE, 0.6))


def _projection() -> Tensor:
    """From content to the smaller range that tells what stood before."""
    fixed = torch.Generator().manual_seed(77)
    return torch.linalg.qr(torch.randn(WORDS_IN, EARLIER, generator=fixed))[0].t()


def _place(g: Geometry, values: dict[str, Tensor]) -> None:
    keys, _down, up = _keys(g, values, 1)
    keys[:CODES] = 0
    keys[:CODES, CODE] = 3.0 * torch.eye(CODES)
    keys[-g.rope :] = 0
    keys[-g.rope :: 2, TAGNESS] = 3.0
    values["blk.1.attn_kv_a_norm.weight"][-g.rope :] = 14.0
    _rope_query(g, up, -1, NEARNESS, 0)
    _write(g, values, 1, slice(0, CODES), _into(g, PLACE, 0.6))


def _same(g: Geometry, values: dict[str, Tensor], layer: int, question: Tensor) -> None:
    keys, down, up = _keys(g, values, layer)
    codes = slice(WORDS_IN, WORDS_IN + CODES)
    keys[: codes.stop] = 0
    keys[:WORDS_IN, CONTENT] = torch.eye(WORDS_IN)
    keys[codes, PLACE] = 3.0 * torch.eye(CODES)
    down[:WORDS_IN] = 0
    down[:WORDS_IN, CONTENT] = torch.eye(WORDS_IN)
    up[:WORDS_IN, :WORDS_IN] = torch.eye(WORDS_IN)
    up[codes, -1] = -AWAY * question
    keys[codes.stop] = 0
    keys[codes.stop, NOWHERE] = 10.0
    up[codes.stop, -1] = THRESHOLD
    values[f"blk.{layer}.attn_kv_a_norm.weight"][: g.head - g.rope] = SHARP
    _write(g, values, layer, codes, _into(g, VOTE, 0.08))
    blocks = values[f"blk.{layer}.attn_compressor_kv.weight"]
    blocks[: g.head], blocks[g.head :] = keys, keys
    values[f"blk.{layer}.attn_compressor_norm.weight"][:] = 0.3


def _same_pair(g: Geometry, values: dict[str, Tensor], layer: int, question: Tensor) -> None:
    keys, down, up = _keys(g, values, layer)
    half = 46
    codes = slice(2 * half, 2 * half + CODES)
    keys[: codes.stop] = 0
    mine = _projection()[:half]
    keys[:half, CONTENT] = mine
    keys[half : 2 * half, BEFORE.start : BEFORE.start + half] = torch.eye(half)
    keys[codes, PLACE] = 3.0 * torch.eye(CODES)
    down[: 2 * half] = 0
    down[:half, CONTENT] = mine
    down[half : 2 * half, BEFORE.start : BEFORE.start + half] = torch.eye(half)
    up[: 2 * half, : 2 * half] = torch.eye(2 * half)
    up[codes, -1] = -AWAY * question
    keys[codes.stop] = 0
    keys[codes.stop, NOWHERE] = 10.0
    up[codes.stop, -1] = THRESHOLD
    values[f"blk.{layer}.attn_kv_a_norm.weight"][: g.head - g.rope] = SHARP
    _write(g, values, layer, codes, _into(g, VOTE, 0.08))


def _sum(g: Geometry, values: dict[str, Tensor], layer: int, codes: Tensor) -> None:
    keys, down, up = _keys(g, values, layer)
    asked, rare, away = CODES, CODES + 1, CODES + 2
    keys[: away + 1] = 0
    keys[:CODES, VOTE] = 0.2 * torch.eye(CODES)
    keys[asked, PLACE] = codes[QUESTION]
    keys[rare, RARITY] = 1.5
    keys[away, ONE] = -1.0
    down[0] = 0
    down[0, ANSWER] = 1.0
    up[asked, 0], up[rare, 0] = 1.0, 0.8
    up[away, -1] = 0.5
    _rope_query(g, up, 0, RECENT, 0)
    _write(g, values, layer, slice(0, CODES), _into(g, CODE, 8.0))


def _copy(g: Geometry, values: dict[str, Tensor], layer: int) -> None:
    keys, down, up = _keys(g, values, layer)
    mine, nope = _projection(), g.head - g.rope
    keys[:nope] = 0
    keys[:EARLIER, CONTENT] = mine
    keys[EARLIER:nope, BEFORE] = torch.eye(EARLIER)
    down[:EARLIER] = 0
    down[:EARLIER, CONTENT] = mine
    up[EARLIER:nope, :EARLIER] = torch.eye(EARLIER)
    rows = torch.zeros(g.width, EARLIER)
    rows[CONTENT] = 0.7 * mine.t()
    _write(g, values, layer, slice(0, EARLIER), rows)
