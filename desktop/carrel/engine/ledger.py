"""What the engine's context holds, and the points it can be taken back to.

V4's cache can only be extended; taking tokens back needs a saved state. The
ledger decides: which tokens are there, how much of a new prompt they cover,
which saved state is the nearest below, and which became worthless because the
rows under it were overwritten. Pure bookkeeping over opaque states; must not
know llama.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_CHECKPOINTS: Final = 16
"""Saved states; 17 MiB each for the real shape."""

CHECKPOINT_EVERY: Final = 8192
"""Tokens between saved states inside one long message."""

RECENT_MESSAGES: Final = 4
"""Message borders worth a saved state, counted from the end: edits go there."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A saved state: the context as it was after ``position`` tokens.

    Attributes:
        passing: only good until the next one is saved.
    """

    position: int
    state: object
    passing: bool = False


class Ledger:
    """Tokens in the context, and checkpoints below their end."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self._checkpoints: list[Checkpoint] = []

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The saved states, the lowest first."""
        return tuple(self._checkpoints)

    def common(self, prompt: Sequence[int]) -> int:
        """How many tokens of a prompt are in place.

        At least the last token is never counted: it must be computed for its answer.
        """
        limit = min(len(self.tokens), len(prompt) - 1)
        return next((n for n in range(limit) if self.tokens[n] != prompt[n]), limit)

    def nearest(self, position: int) -> Checkpoint | None:
        """The highest checkpoint at or below a position."""
        below = [c for c in self._checkpoints if c.position <= position]
        return below[-1] if below else None

    def save(self, state: object, *, passing: bool = False) -> None:
        """A state saved at the present end; drops one when there are too many."""
        position = len(self.tokens)
        self._checkpoints = [
            c for c in self._checkpoints if c.position != position and not c.passing
        ]
        self._checkpoints.append(Checkpoint(position, state, passing))
        if len(self._checkpoints) > MAX_CHECKPOINTS:
            # The lowest stands after the system text and serves every new conversation.
            del self._checkpoints[1]

    def cut(self, position: int) -> None:
        """The context was taken back; states above are worthless from now on.

        A state holds only what rolls; the compressed rows below it stay in the
        context. Once other tokens overwrite rows below a state, restoring it would
        silently mix two texts.
        """
        del self.tokens[position:]
        self._checkpoints = [c for c in self._checkpoints if c.position <= position]

    def clear(self) -> None:
        """The context is empty."""
        self.tokens.clear()
        self._checkpoints.clear()


def steps(start: int, borders: Sequence[int], total: int, batch: int) -> list[int]:
    """Where each batch ends when reading from ``start`` to ``total``.

    Borders end a batch wherever reading starts, and batches are counted from the
    border below; so the same prompt is computed in the same batches whether its
    beginning was known or not, and gives the same numbers.
    """
    ends: list[int] = []
    previous = 0
    for border in [*borders, total]:
        if not previous < border <= total:
            continue
        ends += [*range(previous + batch, border, batch), border]
        previous = border
    return [end for end in ends if end > start]


def waypoints(borders: Sequence[int], total: int) -> set[int]:
    """Positions inside long messages where reading should pause to save a state."""
    found: set[int] = set()
    for start, end in zip([0, *borders], [*borders, total], strict=True):
        found.update(range(start + CHECKPOINT_EVERY, end, CHECKPOINT_EVERY))
    return found


def worth_saving(borders: Sequence[int]) -> set[int]:
    """The message borders at which a state should be saved."""
    return {*borders[:1], *borders[-1 - RECENT_MESSAGES :]}
