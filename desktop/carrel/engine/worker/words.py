"""Text to tokens and back, so that no document can speak as the chat format.

Must not know the context or requests.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from carrel.engine.conversation import Errand
from carrel.engine.encoding import Encoding
from carrel.engine.errors import BadRequest, UnfitGguf
from carrel.engine.segments import (
    ASSISTANT,
    DSML,
    REMINDER,
    TEMPLATE_TOKENS,
    THINK,
    THOUGHT,
    USER,
    Segment,
    SpecialText,
)
from carrel.engine.vocabulary import byte_letters
from carrel.engine.worker.binding import api

NO_TOKEN: Final = -1
"""Stands for a token the vocabulary does not have; no token has this number."""
_OPTIONAL: Final = (DSML, REMINDER, *(f"<｜{errand.value}｜>" for errand in Errand))
"""Special tokens only some conversations need."""

_NEVER_TEXT: Final = (0xC0, 0xC1, *range(0xF5, 0x100))

MAX_PIECE_BYTES: Final = 4096
"""Bytes of one token's text; the checker allows 1,024."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in tokens.

    Attributes:
        borders: positions where a user's message begins, and where the engine's words do. They
            depend on nothing that comes after them, so that a longer conversation has the same.
    """

    tokens: list[int]
    borders: list[int]


class Words:
    """The vocabulary of a loaded engine.

    Args:
        encoding: of the loaded model; for V4's the vocabulary must have the format's tokens.

    Attributes:
        special: numbers of all tokens that are not plain text.
        control: of those, the ones that never stand inside an answer.
        template: numbers of the chat format's tokens, as far as there are.

    Raises:
        UnfitGguf: a token of the format is missing.
    """

    def __init__(self, words: Any, encoding: Encoding) -> None:  # noqa: ANN401 - llama.cpp's handle
        self._words = words
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(MAX_PIECE_BYTES)
        self.encoding = encoding
        self.count: int = api.llama_vocab_n_tokens(words)
        plain = api.LLAMA_TOKEN_ATTR_NORMAL | api.LLAMA_TOKEN_ATTR_BYTE
        attributes = [api.llama_vocab_get_attr(words, token) for token in range(self.count)]
        self.special = frozenset(t for t, found in enumerate(attributes) if not found & plain)
        self.control = frozenset(
            t for t, found in enumerate(attributes) if found & api.LLAMA_TOKEN_ATTR_CONTROL
        )
        texts = (api.llama_vocab_get_text(words, token) for token in self.special)
        self._cutter = SpecialText(t.decode("utf-8", "replace") for t in texts if t)
        self.template: dict[str, int] = {}
        for text in (*TEMPLATE_TOKENS, *_OPTIONAL):
            tokens = self._tokenise(text.encode(), special=True)
            if len(tokens) == 1 and tokens[0] in self.special:
                self.template[text] = tokens[0]
            elif text in TEMPLATE_TOKENS and encoding is not Encoding.TEMPLATE:
                raise UnfitGguf(fault=f"“{text}” is not one special token")
        self._bytes = {
            byte: self._tokenise(bytes([byte]), special=False)
            for byte, letter in byte_letters().items()
            if letter
        }

    @property
    def think(self) -> int:
        """The token that opens thinking, or NO_TOKEN."""
        return self.template.get(THINK, NO_TOKEN)

    @property
    def thought(self) -> int:
        """The token that ends thinking, or NO_TOKEN."""
        return self.template.get(THOUGHT, NO_TOKEN)

    @property
    def dsml(self) -> int:
        """The token in every tag of a tool call, or NO_TOKEN."""
        return self.template.get(DSML, NO_TOKEN)

    def ends(self, token: int) -> bool:
        """Whether an answer is over at this token.

        V4 writes none of its control tokens inside an answer; other models may.
        """
        if token in self.control and self.encoding is not Encoding.TEMPLATE:
            return True
        return self.final(token)

    def final(self, token: int) -> bool:
        """Whether this is one of the tokens that mean the end."""
        return bool(api.llama_vocab_is_eog(self._words, token))

    @property
    def never_text(self) -> set[int]:
        """Tokens of single bytes that stand in no UTF-8 text."""
        return {t for byte in _NEVER_TEXT if byte in self._bytes for t in self._bytes[byte]}

    @property
    def handle(self) -> Any:  # noqa: ANN401 - llama.cpp's handle
        """The vocabulary, for llama.cpp."""
        return self._words

    def name(self, token: int) -> str:
        """How the file writes a token."""
        return (api.llama_vocab_get_text(self._words, token) or b"").decode("utf-8", "replace")

    def text(self, text: str) -> list[int]:
        """Plain text as tokens; never a special one, whatever the text says."""
        tokens: list[int] = []
        for piece in self._cutter.pieces(text):
            found = self._tokenise(piece.encode(), special=False)
            if not self.special.isdisjoint(found):
                # Not known to happen; were it to, each byte is put in by itself.
                found = [t for byte in piece.encode() for t in self._bytes[byte]]
            tokens += found
        return tokens

    def prompt(self, segments: Iterable[Segment], *, opened: bool = True) -> Prompt:
        """A rendered conversation as tokens.

        Args:
            opened: it ends with the engine's turn begun; the last token is then read by itself.

        Raises:
            BadRequest: it needs a special token that this vocabulary does not have.
        """
        tokens: list[int] = []
        borders: list[int] = []
        for segment in segments:
            if not segment.special:
                tokens += self.text(segment.text)
                continue
            if segment.text == USER:
                borders.append(len(tokens))
            token = self.template.get(segment.text)
            if token is None:
                raise BadRequest(cause=f"the model has no token “{segment.text}”")
            tokens.append(token)
            if segment.text == ASSISTANT:
                borders.append(len(tokens))
        if opened:
            borders.append(len(tokens) - 1)
        return Prompt(tokens, sorted({border for border in borders if 0 < border < len(tokens)}))

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for."""
        known = self._pieces.get(token)
        if known is None:
            buffer = self._buffer
            length = api.llama_token_to_piece(self._words, token, buffer, MAX_PIECE_BYTES, 0, False)  # noqa: FBT003 - positional only
            known = self._pieces[token] = buffer.raw[: max(length, 0)]
        return known

    def _tokenise(self, raw: bytes, *, special: bool) -> list[int]:
        room = len(raw) + 2
        buffer = (api.llama_token * room)()
        count = api.llama_tokenize(self._words, raw, len(raw), buffer, room, False, special)  # noqa: FBT003 - positional only
        if count < 0:
            raise UnfitGguf(fault="its tokeniser gives more tokens than there are bytes")
        return buffer[:count]
