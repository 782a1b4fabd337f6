"""Check a file's tokeniser: what its kind needs, and for V4 the tokens of the chat format.

A text that meets a token which is not there, or one written another way than
its kind demands, ends llama.cpp. Must not know the network or the files.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from carrel.engine.chat.encoding import TEMPLATE_TOKENS
from carrel.engine.errors import DamagedGguf, UnfitGguf, printable
from carrel.engine.files import gguf
from carrel.engine.files.gguf_values import Values

MAX_WORDS: Final = 1 << 20
"""Tokens; V4's vocabulary has 129,280, the largest known 262,144."""
MAX_TOKEN_BYTES: Final = 1024
"""Bytes of one token; the longest real one is a run of 128 spaces, 256 bytes as written here."""
MAX_TEMPLATE_BYTES: Final = 256 << 10
"""Bytes of a chat template; the longest known has 20 KiB."""
PRE_TOKENISER: Final = "joyai-llm"
"""llama.cpp's name for V4's pre-tokeniser; with another one, words split differently."""
BYTE_LEVEL, PIECES = "gpt2", "llama"
"""Byte-level BPE, and SentencePiece with a token for each byte."""
WORD_PIECES, UNIGRAMS = "bert", "t5"
"""BERT's pieces of words, and SentencePiece as XLM-RoBERTa has it; in embedding models."""
USUAL_SPECIALS: Final = 104
"""Tokens up to the last of the places where BERT has its special tokens."""
PRE_TOKENISERS: Final = frozenset(
    {
        "a.x-4.0", "afmoe", "bailingmoe", "bailingmoe2", "bloom", "chameleon", "chatglm-bpe",
        "codeshell", "cohere2moe", "command-r", "dbrx", "deepseek-coder", "deepseek-llm",
        "deepseek-r1-qwen", "deepseek-v3", "default", "exaone", "exaone-moe", "exaone4",
        "f2llmv2", "falcon", "falcon-h1", "falcon3", "gemma4", "gigachat", "glm4", "glm5",
        "gpt-2", "gpt-4o", "gpt3-finnish", "granite-docling", "granite-embed-multi-311m",
        "granite-embed-multi-97m", "grok-2", "hunyuan", "hunyuan-dense", "hy_v4", "jais",
        "jais-2", "jina-de", "jina-es", "jina-v1-en", "jina-v2-code", "jina-v2-de", "jina-v2-es",
        "jina-v5-nano", "joyai-llm", "kanana2", "kimi-k2", "kormo", "laguna", "lfm2",
        "llada-moe", "llama-bpe", "llama-v3", "llama3", "llama4", "megrez", "mellum", "mellum2",
        "midm-2.0", "minerva-7b", "minicpm5", "minimax-m2", "modern-bert", "mpt", "olmo",
        "phi-2", "pixtral", "poro-chat", "qwen2", "qwen35", "refact", "roberta-bpe",
        "sarvam-moe", "seed-coder", "smaug-bpe", "smollm", "solar-open", "spark2_5", "stablelm2",
        "starcoder", "superbpe", "talkie", "tekken", "tiny_aya", "trillion", "ufakzeka",
        "viking", "whitespace", "youtu",
    }
)  # fmt: skip
"""Those llama.cpp knows (src/llama-vocab.cpp); with another name it does not load."""
NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6
_NO_TOKEN: Final = 0xFFFFFFFF
_TRUTHS: Final = (
    "add_bos_token",
    "add_eos_token",
    "add_sep_token",
    "add_space_prefix",
    "remove_extra_whitespaces",
    "normalizer.lowercase",
)
_SPELLED: Final = frozenset(f"<0x{byte:02X}>".encode() for byte in range(256))
"""How a token that stands for a byte is written."""


def check_vocabulary(header: gguf.Header) -> int:
    """Check the entries of V4's tokeniser.

    Returns:
        The number of tokens.

    Raises:
        DamagedGguf, UnfitGguf: the sentence names the fault.
    """
    if header.text("tokenizer.ggml.model") != BYTE_LEVEL:
        raise UnfitGguf(fault="its tokeniser is not byte-level BPE")
    if header.text("tokenizer.ggml.pre") != PRE_TOKENISER:
        raise UnfitGguf(fault=f"its pre-tokeniser is not “{PRE_TOKENISER}”")
    tokens, types = _check_tokens(header)
    _check_byte_level(header, tokens)
    places = {token: place for place, token in enumerate(tokens)}
    for special in TEMPLATE_TOKENS:
        place = places.get(special.encode())
        if place is None or types[place] not in {CONTROL, USER_DEFINED}:
            raise UnfitGguf(fault=f"“{special}” is not a special token")
    return len(tokens)


def check_generic_vocabulary(header: gguf.Header) -> int:
    """Check the entries of another model's tokeniser.

    Returns:
        The number of tokens.

    Raises:
        DamagedGguf, UnfitGguf: the sentence names the fault.
    """
    kind = header.text("tokenizer.ggml.model")
    if kind not in {BYTE_LEVEL, PIECES}:
        raise UnfitGguf(fault=f"its kind of tokeniser (“{printable(kind)}”) is not supported")
    tokens, types = _check_tokens(header)
    if kind == BYTE_LEVEL:
        pre = header.text("tokenizer.ggml.pre")
        if pre and pre not in PRE_TOKENISERS:
            raise UnfitGguf(fault=f"its pre-tokeniser (“{printable(pre)}”) is unknown")
        _check_byte_level(header, tokens)
    else:
        _check_pieces(header, tokens)
    if CONTROL not in types:
        raise UnfitGguf(fault="it has no special tokens, so no answer would ever end")
    return len(tokens)


def check_embedding_vocabulary(header: gguf.Header) -> int:
    """Check the entries of an embedding model's tokeniser.

    Returns:
        The number of tokens.

    Raises:
        DamagedGguf, UnfitGguf: the sentence names the fault.
    """
    kind = header.text("tokenizer.ggml.model")
    if kind not in {BYTE_LEVEL, WORD_PIECES, UNIGRAMS}:
        raise UnfitGguf(fault=f"its kind of tokeniser (“{printable(kind)}”) is not supported")
    tokens, _ = _check_tokens(header)
    if kind == BYTE_LEVEL:
        pre = header.text("tokenizer.ggml.pre")
        if pre and pre not in PRE_TOKENISERS:
            raise UnfitGguf(fault=f"its pre-tokeniser (“{printable(pre)}”) is unknown")
        _check_byte_level(header, tokens)
    elif len(tokens) < USUAL_SPECIALS:
        # llama.cpp takes the usual places of special tokens where a file does not state them.
        raise UnfitGguf(fault=f"its vocabulary has only {len(tokens)} tokens")
    if kind == UNIGRAMS:
        if "tokenizer.ggml.scores" not in header.entries:
            raise UnfitGguf(fault="“tokenizer.ggml.scores” is missing")
        _check_letters(header)
    _check_ends(header)
    return len(tokens)


def _check_letters(header: gguf.Header) -> None:
    """The packed table by which letters are normalised: its first number is its own length."""
    entry = header.entries.get("tokenizer.ggml.precompiled_charsmap")
    if entry is None:
        return
    found = entry.value
    if not isinstance(found, gguf.Array) or found.kind not in {gguf.INT8, gguf.UINT8}:
        raise UnfitGguf(fault="“tokenizer.ggml.precompiled_charsmap” has the wrong type")
    raw = bytes(int(item) & 0xFF for item in found.items[:4])
    size = int.from_bytes(raw, "little")
    if len(raw) < 4 or size % 4 or size + 4 >= len(found.items):
        raise UnfitGguf(fault="“tokenizer.ggml.precompiled_charsmap” is damaged")
    if found.items[-1] != 0:
        raise UnfitGguf(fault="“tokenizer.ggml.precompiled_charsmap” does not end")


def _check_ends(header: gguf.Header) -> None:
    """A special token that is put around each text must be there."""
    for key in ("bos", "eos", "seperator", "cls", "unknown", "padding"):
        entry = header.entries.get(f"tokenizer.ggml.{key}_token_id")
        if entry is not None and entry.value in {-1, _NO_TOKEN}:
            raise UnfitGguf(fault=f"“tokenizer.ggml.{key}_token_id” names no token")


def _check_tokens(header: gguf.Header) -> tuple[tuple[bytes, ...], Sequence[int]]:
    """What all kinds of tokenisers need; gives the tokens and their types."""
    # llama.cpp names empty tokens by their number; a few real vocabularies have some.
    listed = enumerate(_strings(header, "tokens"))
    tokens = tuple(token or b"[EMPTY_%d]" % place for place, token in listed)
    if not 0 < len(tokens) <= MAX_WORDS:
        raise DamagedGguf(fault=f"{len(tokens)} tokens")
    if len(set(tokens)) != len(tokens):
        raise UnfitGguf(fault="a token stands in the vocabulary twice")
    if max(map(len, tokens)) > MAX_TOKEN_BYTES:
        raise UnfitGguf(fault="a token is too long")
    _check_text(tokens)
    types = _types(header, len(tokens))
    _check_ids(header, len(tokens))
    values = Values(header, "tokenizer.ggml.")
    for key in _TRUTHS:
        values.truth(key, missing=False)
    if any(kind == BYTE and tokens[place] not in _SPELLED for place, kind in enumerate(types)):
        raise UnfitGguf(fault="a token for a byte does not say which")
    return tokens, types


def _check_byte_level(header: gguf.Header, tokens: tuple[bytes, ...]) -> None:
    _check_merges(_strings(header, "merges"))
    letters = {letter.encode() for letter in byte_letters().values()}
    if not letters.issubset(tokens):
        raise UnfitGguf(fault="a byte has no token, so not every text could be read")


def _check_pieces(header: gguf.Header, tokens: tuple[bytes, ...]) -> None:
    """A byte without a piece is looked up as ``<0x..>``."""
    if not _SPELLED.issubset(tokens):
        raise UnfitGguf(fault="a byte has no token, so not every text could be read")
    if "tokenizer.ggml.scores" not in header.entries:
        raise UnfitGguf(fault="“tokenizer.ggml.scores” is missing")


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in byte-level BPE."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    return letters | {byte: chr(256 + place) for place, byte in enumerate(hidden)}


def _strings(header: gguf.Header, key: str) -> tuple[bytes, ...]:
    entry = header.entries.get(f"tokenizer.ggml.{key}")
    found = entry.value if entry is not None else None
    if (
        not isinstance(found, gguf.Array)
        or found.kind != gguf.STRING
        or not isinstance(found.items, tuple)
    ):
        raise UnfitGguf(fault=f"“tokenizer.ggml.{key}” is missing or not a list of strings")
    return found.items


def _check_text(tokens: tuple[bytes, ...]) -> None:
    if any(b"\0" in token for token in tokens):
        # llama.cpp ends a string there, and two tokens may become one.
        raise UnfitGguf(fault="a token holds a zero byte")
    try:
        b"\n".join(tokens).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedGguf(fault="a token is not text") from error


def _check_merges(merges: tuple[bytes, ...]) -> None:
    for merge in merges:
        if merge.find(b" ", 1) < 1 or len(merge) > 2 * MAX_TOKEN_BYTES:
            raise DamagedGguf(fault="a merge does not have two parts")
    _check_text(merges)


def _types(header: gguf.Header, count: int) -> Sequence[int]:
    scores = header.entries.get("tokenizer.ggml.scores")
    if scores is not None and not (
        isinstance(scores.value, gguf.Array)
        and scores.value.kind == gguf.FLOAT32
        and len(scores.value.items) == count
        and all(isinstance(x, float) and math.isfinite(x) for x in scores.value.items)
    ):
        raise UnfitGguf(fault="“tokenizer.ggml.scores” does not fit the tokens")
    entry = header.entries.get("tokenizer.ggml.token_type")
    found = entry.value if entry is not None else None
    if not isinstance(found, gguf.Array) or found.kind != gguf.INT32 or len(found.items) != count:
        raise UnfitGguf(fault="“tokenizer.ggml.token_type” does not fit the tokens")
    types = [int(item) for item in found.items]
    if not 0 <= min(types) <= max(types) <= 6:
        raise UnfitGguf(fault="a token has an unknown type")
    return types


def _check_ids(header: gguf.Header, count: int) -> None:
    for key, entry in header.entries.items():
        if not (key.startswith("tokenizer.ggml.") and key.endswith("_token_id")):
            continue
        if entry.kind not in {gguf.UINT32, gguf.INT32} or not isinstance(entry.value, int):
            raise UnfitGguf(fault=f"“{key}” has the wrong type")
        if not (0 <= entry.value < count or entry.value in {-1, _NO_TOKEN}):
            raise UnfitGguf(fault=f"“{key}” names a token that is not there")
