"""Check a file's tokeniser: what byte-level BPE needs, and the tokens of the chat format.

Must not know the network or the files.
"""

from __future__ import annotations

from typing import Final

from carrel.engine import gguf
from carrel.engine.encoding import TEMPLATE_TOKENS
from carrel.engine.errors import DamagedGguf, UnfitGguf

MAX_WORDS: Final = 1 << 21
"""Tokens; the real vocabulary has 129,280."""
MAX_TOKEN_BYTES: Final = 1024
"""Bytes of one token; the longest real one is a run of 128 spaces, 256 bytes as written here."""
PRE_TOKENISER: Final = "joyai-llm"
"""llama.cpp's name for V4's pre-tokeniser; with another one, words split differently."""
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
_NO_TOKEN: Final = 0xFFFFFFFF


def check_vocabulary(header: gguf.Header) -> int:
    """Check the tokeniser's entries.

    Returns:
        The number of tokens.

    Raises:
        DamagedGguf, UnfitGguf: the sentence names the fault.
    """
    if header.text("tokenizer.ggml.model") != "gpt2":
        raise UnfitGguf(fault="its tokeniser is not byte-level BPE")
    if header.text("tokenizer.ggml.pre") != PRE_TOKENISER:
        raise UnfitGguf(fault=f"its pre-tokeniser is not “{PRE_TOKENISER}”")
    tokens = _strings(header, "tokens")
    if not 0 < len(tokens) <= MAX_WORDS:
        raise DamagedGguf(fault=f"{len(tokens)} tokens")
    if len(set(tokens)) != len(tokens):
        raise UnfitGguf(fault="a token stands in the vocabulary twice")
    if not all(0 < len(token) <= MAX_TOKEN_BYTES for token in tokens):
        raise UnfitGguf(fault="a token is empty or too long")
    _check_text(tokens)
    _check_merges(_strings(header, "merges"))
    types = _types(header, len(tokens))
    _check_ids(header, len(tokens))
    places = {token: place for place, token in enumerate(tokens)}
    for letter in byte_letters().values():
        place = places.get(letter.encode())
        if place is None:
            raise UnfitGguf(fault="a byte has no token, so not every text could be read")
    for special in TEMPLATE_TOKENS:
        place = places.get(special.encode())
        if place is None or types[place] not in {CONTROL, USER_DEFINED}:
            raise UnfitGguf(fault=f"“{special}” is not a special token")
    return len(tokens)


def byte_letters() -> dict[int, str]:
    """The letter that stands for each byte in byte-level BPE."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    return letters | {byte: chr(256 + place) for place, byte in enumerate(hidden)}


def _strings(header: gguf.Header, key: str) -> tuple[bytes, ...]:
    entry = header.entries.get(f"tokenizer.ggml.{key}")
    found = entry.value if entry is not None else None
    if not isinstance(found, gguf.Array) or found.kind != gguf.STRING:
        raise UnfitGguf(fault=f"“tokenizer.ggml.{key}” is missing or not a list of strings")
    return tuple(item for item in found.items if isinstance(item, bytes))


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


def _types(header: gguf.Header, count: int) -> tuple[int, ...]:
    scores = header.entries.get("tokenizer.ggml.scores")
    if scores is not None and not (
        isinstance(scores.value, gguf.Array)
        and scores.value.kind == gguf.FLOAT32
        and len(scores.value.items) == count
    ):
        raise UnfitGguf(fault="“tokenizer.ggml.scores” does not fit the tokens")
    entry = header.entries.get("tokenizer.ggml.token_type")
    found = entry.value if entry is not None else None
    if not isinstance(found, gguf.Array) or found.kind != gguf.INT32 or len(found.items) != count:
        raise UnfitGguf(fault="“tokenizer.ggml.token_type” does not fit the tokens")
    types = tuple(int(item) for item in found.items)
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
