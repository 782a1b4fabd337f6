"""When thinking must end, so that an answer still comes.

Pure; must not know llama.cpp or the wire.
"""

from __future__ import annotations

from typing import Final

CLOSING: Final = "\n\nThat is enough thinking. I answer now with what I have found.\n"
"""Said in the engine's name before thinking is ended: cut off without a word, it goes on thinking
in its answer."""
GRACE: Final = 48
"""Tokens before the limit within which the end of a sentence is taken as the end."""
_ENDS: Final = (b".", b"!", b"?", b"\n", "。".encode(), "！".encode(), "？".encode())


class ThinkingBudget:
    """Counts nothing itself; says when thinking is over.

    Args:
        tokens: of thinking at most, the closing line and the mark of its end included; 0 for no
            limit.
        closing: tokens of the closing line; it is left out where it would eat a tenth or more.

    Attributes:
        closed: whether the closing line is said.
    """

    def __init__(self, tokens: int, closing: int) -> None:
        self.closed = tokens > 10 * closing
        reserve = (closing if self.closed else 0) + 1
        self._limit = max(1, tokens - reserve) if tokens else 0
        # A short budget is not spent on waiting for a full stop.
        self._grace = min(GRACE, tokens // 8)

    def over(self, thought: int, piece: bytes) -> bool:
        """Whether to end it here.

        Args:
            thought: tokens of thinking so far.
            piece: the text of the last one.
        """
        if not self._limit:
            return False
        if thought >= self._limit:
            return True
        ended = piece.rstrip(b" ").endswith(_ENDS)
        return ended and thought >= self._limit - self._grace
