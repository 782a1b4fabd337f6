"""End an answer at a given string, wherever tokens happen to be cut.

Pure; must not know tokens or the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

MAX_STOPS: Final = 16
"""Stop strings of one request."""
MAX_STOP_CHARACTERS: Final = 256
"""Characters of one; what may be a stop is held back, and the reader waits for it."""


class StopStrings:
    """Looks for the first of some strings in a text that comes in pieces.

    Args:
        stops: none of them empty.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._longest = max(map(len, self._stops), default=0)
        self._held = ""

    def feed(self, piece: str) -> tuple[str, bool]:
        """The next piece.

        Returns:
            What can be shown, and whether a stop string came; it is not shown itself.
        """
        if not self._stops:
            return piece, False
        text = self._held + piece
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self._held = ""
            return text[: min(places)], True
        kept = self._begun(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept], False

    def rest(self) -> str:
        """What was held back and became no stop."""
        held, self._held = self._held, ""
        return held

    def _begun(self, text: str) -> int:
        """Characters at the end that may be the beginning of a stop string."""
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stops):
                return length
        return 0
