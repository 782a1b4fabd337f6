"""What the engine's context holds, and the points it can be taken back to.

V4's cache can only be extended; taking tokens back needs a saved state. The
ledger decides: which tokens are there, how much of a new prompt they cover,
which saved state is the nearest below, and which became worthless because the
rows under it were overwritten. Pure bookkeeping over opaque states; must not
know llama.cpp.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from carrel.engine.wire.capsules import MAX_POINTS

MAX_CHECKPOINTS: Final = 16
"""Saved states; 17 MiB each for the real shape."""

CHECKPOINT_EVERY: Final = 8192
"""Tokens between saved states inside one long message."""

RECENT_BORDERS: Final = 8
"""Message borders worth a saved state, counted from the end: edits go there. Two a turn."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A saved state: the context as it was after ``position`` tokens.

    Attributes:
        passing: only good until the next one is saved.
        lasting: kept when there are too many; the end of what a capsule covers.
    """

    position: int
    state: object
    passing: bool = False
    lasting: bool = False


class Ledger:
    """Tokens in the context, and checkpoints below their end.

    Attributes:
        read: how many of the tokens were read, from the front; the rest was written one by one,
            whose numbers differ in the last bits from those of the same tokens read together.
    """

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.read = 0
        self._checkpoints: list[Checkpoint] = []

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The saved states, the lowest first."""
        return tuple(self._checkpoints)

    def common(self, prompt: Sequence[int]) -> int:
        """How many tokens of a prompt are in place.

        At least the last token is never counted: it must be computed for its answer.
        """
        return self._same(prompt, min(len(self.tokens), len(prompt) - 1))

    def covers(self, prefix: Sequence[int], stops: Container[int]) -> Checkpoint | None:
        """The highest checkpoint inside the beginning of a prompt that is in place.

        Args:
            stops: where a first reading of it would end a batch and settle. A state of another
                prompt that ends elsewhere would be gone on from in other batches.
        """
        return self.nearest(self._same(prefix, min(self.read, len(prefix))), stops)

    def nearest(self, position: int, stops: Container[int] | None = None) -> Checkpoint | None:
        """The highest checkpoint at or below a position.

        Args:
            stops: of those that were read, only these; None for all.
        """
        below = [
            c
            for c in self._checkpoints
            if c.position <= position
            and (stops is None or c.position in stops or c.position > self.read)
        ]
        return below[-1] if below else None

    def save(self, state: object, *, passing: bool = False, lasting: bool = False) -> None:
        """A state saved at the present end; drops one when there are too many."""
        position = len(self.tokens)
        lasting = lasting or any(c.lasting for c in self._checkpoints if c.position == position)
        self._checkpoints = [
            c for c in self._checkpoints if c.position != position and not c.passing
        ]
        self._checkpoints.append(Checkpoint(position, state, passing, lasting))
        if len(self._checkpoints) > MAX_CHECKPOINTS:
            # The lowest stands after the system text and serves every new conversation.
            del self._checkpoints[
                next((n for n, c in enumerate(self._checkpoints) if n and not c.lasting), 1)
            ]

    def replace(self, tokens: Sequence[int]) -> None:
        """The context now holds exactly these tokens, put there whole."""
        self.tokens = list(tokens)
        self.read = len(self.tokens)
        self._checkpoints.clear()

    def cut(self, position: int) -> None:
        """The context was taken back; states above are worthless from now on.

        A state holds only what rolls; the compressed rows below it stay in the
        context. Once other tokens overwrite rows below a state, restoring it would
        silently mix two texts.
        """
        del self.tokens[position:]
        self.read = min(self.read, position)
        self._checkpoints = [c for c in self._checkpoints if c.position <= position]

    def clear(self) -> None:
        """The context is empty."""
        self.replace(())

    def _same(self, prompt: Sequence[int], limit: int) -> int:
        if self.tokens[:limit] == prompt[:limit]:
            return limit
        return next((n for n in range(limit) if self.tokens[n] != prompt[n]), limit)


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


def capsule_points(borders: Sequence[int], total: int) -> list[int]:
    """Positions in the beginning of a prompt at which its state is worth keeping on disk.

    The end; each message border, so that the same documents and one more need only the new one
    read; and places inside long messages, so that reading that was stopped goes on from there.
    """
    found = {total, *borders, *waypoints(borders, total)}
    return sorted(point for point in found if 0 < point <= total)[-MAX_POINTS:]


def worth_saving(borders: Sequence[int]) -> set[int]:
    """The message borders at which a state should be saved."""
    return {*borders[:1], *borders[-1 - RECENT_BORDERS :]}
