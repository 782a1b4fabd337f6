"""Notice that an engine has begun to say the same again and again.

Only exact repetition counts, token by token, and much of it: tables, lists,
code and a quote said twice are what answers are made of. Penalties on words
that were used before would be simpler and would spoil quotes. Pure; must not
know llama.cpp or what a token says.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MAX_PERIOD: Final = 512
"""Tokens; the longest passage whose repetition is noticed. Loops seen in the wild are a word, a
sentence or a paragraph."""
MIN_TOKENS: Final = 384
"""Tokens repeated before it is a loop, however short the passage: a table with 16 rows and 12
columns of the same value has fewer, and so has a drawn line."""
MIN_TIMES: Final = 3
"""Times a passage is repeated exactly, one directly after the other, after its first
appearance. A form with two or three equal blocks for signatures stays below."""
CHECK_EVERY: Final = 32
"""Tokens between two looks; one look takes some 10 microseconds."""

_KEY: Final = 16
"""Tokens at the end whose last appearance gives the candidates for the period."""
_SIZE: Final = 4
"""Bytes of a token number."""


class Loop(NamedTuple):
    """A repetition at the end.

    Attributes:
        period: tokens of the repeated passage.
        repeated: tokens at the end that only repeat; the first appearance is before them.
    """

    period: int
    repeated: int


def enough(period: int) -> int:
    """How many repeated tokens make a loop of this period."""
    return max(MIN_TOKENS, MIN_TIMES * period)


class LoopDetector:
    """Watches one text grow."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._unseen = 0

    def clear(self) -> None:
        """Another text begins."""
        self._packed.clear()
        self._unseen = 0

    def add(self, token: int) -> Loop | None:
        """The next token; returns the loop once there is one."""
        self._packed += token.to_bytes(_SIZE, "little")
        self._unseen += 1
        if self._unseen < CHECK_EVERY:
            return None
        self._unseen = 0
        return self._look()

    def _look(self) -> Loop | None:
        packed = self._packed
        key = packed[-_KEY * _SIZE :]
        first = max(0, len(packed) - (MAX_PERIOD + _KEY) * _SIZE)
        end = len(packed) - 1  # the key itself ends one byte later
        while (found := packed.rfind(key, first, end)) >= 0:
            end = found + len(key) - 1
            distance = len(packed) - len(key) - found
            if distance % _SIZE:
                continue
            wanted = enough(distance // _SIZE) * _SIZE
            repeats = len(packed) >= wanted + distance and (
                packed[-wanted:] == packed[-wanted - distance : -distance]
            )
            if repeats:
                return Loop(distance // _SIZE, self._repeated(distance) // _SIZE)
        return None

    def _repeated(self, distance: int) -> int:
        """Bytes at the end that stand, the same, one period earlier."""
        packed = self._packed
        place = len(packed)
        step = _SIZE
        while place - step - distance >= 0 and (
            packed[place - step : place] == packed[place - step - distance : place - distance]
        ):
            place -= step
        return len(packed) - place
