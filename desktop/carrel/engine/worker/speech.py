"""Turn the engine's tokens into thoughts, words and calls of tools.

Tokens come as bytes that may end inside a letter; what belongs to thinking, and
what is a tag of a call, is told by special tokens, known by number, never by
their text. Pure; must not know llama.cpp or the wire.
"""

from __future__ import annotations

import codecs
from typing import Final

from carrel.engine.chat.conversation import ToolCall
from carrel.engine.chat.dsml import CallReader
from carrel.engine.wire.protocol import Called, Said, Thought

MAX_SHOWN_CHARACTERS: Final = 1 << 14
"""Characters of one piece given out; a call that came to nothing may have a million."""

_DECODER: Final = codecs.getincrementaldecoder("utf-8")
_NO_TOKEN: Final = -1

Spoken = Thought | Said | Called


class Speech:
    """The state between two tokens.

    Args:
        think: number of the token that opens thinking.
        thought: number of the token that ends it.
        thinking: the prompt has opened it already.
        dsml: number of the token in every tag of a call; without it no calls are looked for.

    Attributes:
        thinking_tokens, answer_tokens: seen so far.
    """

    def __init__(self, *, think: int, thought: int, thinking: bool, dsml: int = _NO_TOKEN) -> None:
        self._marks = {think: True, thought: False}
        self._dsml = dsml
        self._thinking = thinking
        self._letters = _DECODER("replace")
        self._calls = CallReader()
        self.thinking_tokens = 0
        self.answer_tokens = 0

    def feed(self, token: int, piece: bytes) -> list[Spoken]:
        """The next token; returns what can be shown of it."""
        if self._thinking:
            self.thinking_tokens += 1
        else:
            self.answer_tokens += 1
        if token in self._marks:
            rest = self.finish()
            self._thinking = self._marks[token]
            return rest
        if token == self._dsml and not self._thinking:
            return [*self._unfinished_letter(), *_shown(self._calls.mark())]
        return self._spoken(self._letters.decode(piece))

    def finish(self) -> list[Spoken]:
        """What is left of an unfinished letter or call."""
        rest = self._unfinished_letter()
        return rest if self._thinking else [*rest, *_shown(self._calls.finish())]

    def _unfinished_letter(self) -> list[Spoken]:
        rest = self._spoken(self._letters.decode(b"", final=True))
        self._letters.reset()
        return rest

    def _spoken(self, text: str) -> list[Spoken]:
        if not text:
            return []
        if self._thinking:
            return [Thought(text=text)]
        return _shown(self._calls.text(text) if self._dsml != _NO_TOKEN else [text])


def _shown(parts: list[str | ToolCall]) -> list[Spoken]:
    spoken: list[Spoken] = []
    for part in parts:
        if isinstance(part, ToolCall):
            spoken.append(Called(call=part))
            continue
        steps = range(0, len(part), MAX_SHOWN_CHARACTERS)
        spoken += [Said(text=part[start : start + MAX_SHOWN_CHARACTERS]) for start in steps]
    return spoken
