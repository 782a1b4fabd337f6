"""Turn the engine's tokens into thoughts and words.

Tokens come as bytes that may end inside a letter; what belongs to thinking is
told by two special tokens, known by number, never by their text. Pure; must not
know llama.cpp or the wire.
"""

from __future__ import annotations

import codecs
from typing import Final

from carrel.engine.protocol import Said, Thought

_DECODER: Final = codecs.getincrementaldecoder("utf-8")


class Speech:
    """The state between two tokens.

    Args:
        think: number of the token that opens thinking.
        thought: number of the token that ends it.
        thinking: the prompt has opened it already.

    Attributes:
        thinking_tokens, answer_tokens: seen so far.
    """

    def __init__(self, *, think: int, thought: int, thinking: bool) -> None:
        self._marks = {think: True, thought: False}
        self._thinking = thinking
        self._letters = _DECODER("replace")
        self.thinking_tokens = 0
        self.answer_tokens = 0

    def feed(self, token: int, piece: bytes) -> list[Thought | Said]:
        """The next token; returns what can be shown of it."""
        if self._thinking:
            self.thinking_tokens += 1
        else:
            self.answer_tokens += 1
        if token in self._marks:
            rest = self.finish()
            self._thinking = self._marks[token]
            return rest
        return self._shown(self._letters.decode(piece))

    def finish(self) -> list[Thought | Said]:
        """What is left of an unfinished letter."""
        rest = self._shown(self._letters.decode(b"", final=True))
        self._letters.reset()
        return rest

    def _shown(self, text: str) -> list[Thought | Said]:
        if not text:
            return []
        return [Thought(text=text) if self._thinking else Said(text=text)]
