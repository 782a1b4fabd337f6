"""One conversation's context: read a prompt, go back when it changed, write tokens.

All knowledge of how the caches behave is here. V4's can be extended; to go back
it needs a saved state, restored and then checked. A read or write that was
aborted leaves it dirty, and it is restored before anything else. The same holds
for other networks with windows or rolling states. Where keys and values of all
tokens stay, going back only drops what is above, and nothing needs saving.

A state that is restored lies in the window's cache in another order than while it
was computed, and sums in another order differ in the last bits, which is enough to
send a token to another expert. So the state is settled at every border: saved and
at once restored. From there on a first reading and one that starts from a saved
state compute the same numbers, bit for bit (measured: 0 differences of any size at
all lengths tried; without it logits differ by 1e-5 in single precision and by 20
with the tiny network in half precision). It costs some 35 ms at the real shape.

llama.cpp can
be told to keep a few steps for taking back (``n_rs_seq``), but after an abort
that reports success and yields wrong numbers (logits off by 0.2), so it is off.
Must not know requests or the wire.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Final

from carrel.engine.errors import DecodeFailed
from carrel.engine.worker.binding import api
from carrel.engine.worker.ledger import Checkpoint, Ledger, steps, waypoints, worth_saving
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.words import Prompt

SAVE_WHILE_WRITING: Final = 256
"""Tokens between saved states while writing: what stopping in the middle of a step can cost."""

_SEQUENCE: Final = 0
_OK, _NO_ROOM, _ABORTED = 0, 1, 2
_PARTIAL: Final = api.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
_BYTES: Final = ctypes.POINTER(ctypes.c_uint8)
_FULL: Final = api.LLAMA_STATE_SEQ_FLAGS_NONE


class Aborted(Exception):
    """The flag was raised; the session is in order again."""


class Session:
    """The tokens in the context and the way to change them."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._context = loaded.context
        self._memory = api.llama_get_memory(loaded.context)
        self._batch = api.llama_batch_init(loaded.batch_tokens, 0, 1)
        self.ledger = Ledger()
        self._saved_at = 0

    @property
    def full(self) -> bool:
        """Whether not one more token fits."""
        return len(self.ledger.tokens) >= self._loaded.context_tokens

    def read(
        self, prompt: Prompt, on_progress: Callable[[int], None], *, exact: bool = False
    ) -> int:
        """Make the context hold this prompt, computing as little as possible.

        Args:
            on_progress: called with the tokens in place, after each batch.
            exact: use no token that was written: all numbers are then those of a first reading.

        Returns:
            How many tokens were in place beforehand.

        Raises:
            Aborted: stopped by the flag; what was read up to the last save is kept.
            DecodeFailed: llama.cpp failed; the context is empty.
        """
        common = self.ledger.common(prompt.tokens)
        if exact or common < len(self.ledger.tokens):
            limit = min(common, self.ledger.read) if exact else common
            reused = self._restore(self._below(limit, prompt))
        else:
            reused = common
        self._read_on(prompt, reused, on_progress, hold=False)
        self._saved_at = len(prompt.tokens)
        return reused

    def hold(self, prefix: Prompt, on_progress: Callable[[int], None], *, until: int = 0) -> int:
        """Make the context end after the beginning of a prompt.

        The state there is settled, as a first reading of any longer prompt would have it.

        Args:
            until: a border or waypoint of it where reading pauses; 0 for its end. It pauses
                nowhere if more is in place.

        Returns:
            How many tokens were in place beforehand.

        Raises:
            Aborted, DecodeFailed: as for `read`.
        """
        reused = self._restore(self.covered(prefix))
        try:
            self._read_on(prefix, reused, on_progress, hold=True, until=until)
        except Aborted:
            # Between two batches nothing is dirty, but the state there is not settled.
            self._restore(self.covered(prefix))
            raise
        return reused

    def covered(self, prefix: Prompt) -> Checkpoint | None:
        """The state to go on from when this beginning is to be read."""
        return self.ledger.covers(prefix.tokens, {*_all_borders(prefix), len(prefix.tokens)})

    @property
    def settled(self) -> bool:
        """Whether the context ends where a state was settled, and holds nothing written."""
        end = len(self.ledger.tokens)
        found = self.ledger.nearest(end)
        return found is not None and found.position == end == self.ledger.read

    def take(self, tokens: Sequence[int], address: int, size: int) -> bool:
        """Make the context hold tokens whose full state, written by `give`, lies at an address.

        Returns:
            Whether it does; if not, the context is empty.
        """
        # Reading a state, llama.cpp itself zeroes all rows but the window's, which are masked.
        self._clear(zeros=False)
        state = ctypes.cast(address, _BYTES)
        read = api.llama_state_seq_set_data_ext(self._context, state, size, _SEQUENCE, _FULL)
        if read != size or self._end() != len(tokens):
            self._clear()
            return False
        self.ledger.replace(tokens)
        self._save(lasting=True)
        return True

    def full_size(self) -> int:
        """Bytes of the full state at the present end."""
        return int(api.llama_state_seq_get_size_ext(self._context, _SEQUENCE, _FULL))

    def give(self, address: int, size: int) -> bool:
        """Write the full state to an address with `full_size` bytes; says whether it was all."""
        state = ctypes.cast(address, _BYTES)
        written = api.llama_state_seq_get_data_ext(self._context, state, size, _SEQUENCE, _FULL)
        return bool(written == size)

    def forget(self) -> None:
        """Empty the context."""
        self._clear()

    def _read_on(
        self,
        prompt: Prompt,
        start: int,
        on_progress: Callable[[int], None],
        *,
        hold: bool,
        until: int = 0,
    ) -> None:
        on_progress(start)
        total = len(prompt.tokens)
        borders = sorted({*_all_borders(prompt), *([total] if hold else [])})
        saved = worth_saving(borders) | waypoints(prompt.borders, total)
        for end in steps(start, borders, total, self._loaded.batch_tokens):
            if until and end > until:
                return
            known = len(self.ledger.tokens)
            self._decode(prompt.tokens[known:end])
            if self.ledger.read == known:
                self.ledger.read = end
            if end in borders:
                keep = end in saved or end == until
                self._settle(keep=keep, lasting=hold and end == total)
            on_progress(end)

    def write(self, token: int) -> None:
        """Append one token that was chosen.

        Raises:
            Aborted, DecodeFailed: as for `read`.
        """
        self._decode([token])
        if len(self.ledger.tokens) - self._saved_at >= SAVE_WHILE_WRITING:
            self._save(passing=True)

    def _decode(self, tokens: Sequence[int]) -> None:
        if self._loaded.abort.raised:
            raise Aborted
        batch, start = self._batch, len(self.ledger.tokens)
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place] = token
            batch.pos[place] = start + place
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = _SEQUENCE
            batch.logits[place] = place == len(tokens) - 1
        code = api.llama_decode(self._context, batch)
        if code == _OK:
            self.ledger.tokens.extend(tokens)
            return
        # Part of the batch may have been written: nothing after the last save can be trusted.
        if code == _ABORTED:
            self._restore(
                Checkpoint(start, None) if self._loaded.keeps_all else self.ledger.nearest(start)
            )
            raise Aborted
        self._clear()
        cause = "there was no room" if code == _NO_ROOM else f"code {code}"
        raise DecodeFailed(cause=cause)

    def _below(self, limit: int, prompt: Prompt) -> Checkpoint | None:
        """Where to go back to, so that at most so many tokens stay.

        Where all tokens are kept it is the end of a batch of this prompt, so that the rest is
        computed in the same batches as in a first reading.
        """
        if not self._loaded.keeps_all:
            return self.ledger.nearest(limit, _all_borders(prompt))
        ends = steps(0, _all_borders(prompt), len(prompt.tokens), self._loaded.batch_tokens)
        found = max((end for end in ends if end <= limit), default=0)
        return Checkpoint(found, None) if found else None

    def _ends_at(self, position: int) -> bool:
        """Drop what lies from here on; says whether the context then really ends here."""
        removed = api.llama_memory_seq_rm(self._memory, _SEQUENCE, position, -1)
        return bool(removed) and self._end() == position

    def _restore(self, checkpoint: Checkpoint | None) -> int:
        """Go back to a saved state, or to nothing; returns the position reached."""
        if checkpoint is not None and checkpoint.state is None:
            if self._loaded.keeps_all and self._ends_at(checkpoint.position):
                self.ledger.cut(checkpoint.position)
                return checkpoint.position
        elif checkpoint is not None:
            state = checkpoint.state
            size = ctypes.sizeof(state) if isinstance(state, ctypes.Array) else 0
            read = api.llama_state_seq_set_data_ext(self._context, state, size, _SEQUENCE, _PARTIAL)
            if read == size > 0 and self._ends_at(checkpoint.position):
                self.ledger.cut(checkpoint.position)
                return checkpoint.position
        self._clear()
        return 0

    def _settle(self, *, keep: bool, lasting: bool = False) -> None:
        """Put the state in the order that restoring gives it, and keep it if it is worth it."""
        if self._loaded.keeps_all:
            if keep:
                self.ledger.save(None, lasting=lasting)
            return
        state = self._state()
        position = len(self.ledger.tokens)
        if state is None or self._restore(Checkpoint(position, state)) != position:
            self._clear()
            raise DecodeFailed(cause="a saved state could not be put back")
        if keep:
            self.ledger.save(state, lasting=lasting)

    def _save(self, *, passing: bool = False, lasting: bool = False) -> None:
        self._saved_at = len(self.ledger.tokens)
        state = self._state()
        if state is not None or self._loaded.keeps_all:
            self.ledger.save(state, passing=passing, lasting=lasting)

    def _state(self) -> Any | None:  # noqa: ANN401 - a ctypes array
        """What rolls, at the present end; nothing does where all tokens are kept."""
        if self._loaded.keeps_all:
            return None
        size = api.llama_state_seq_get_size_ext(self._context, _SEQUENCE, _PARTIAL)
        state = (ctypes.c_uint8 * size)()
        written = api.llama_state_seq_get_data_ext(self._context, state, size, _SEQUENCE, _PARTIAL)
        return state if written == size > 0 else None

    def _clear(self, *, zeros: bool = True) -> None:
        api.llama_memory_clear(self._memory, zeros)
        self.ledger.clear()

    def _end(self) -> int:
        """One past the last position in the context."""
        return int(api.llama_memory_seq_pos_max(self._memory, _SEQUENCE)) + 1


def _all_borders(prompt: Prompt) -> list[int]:
    """Where reading ends a batch and settles, wherever it starts: borders, and inside long ones."""
    return sorted({*prompt.borders, *waypoints(prompt.borders, len(prompt.tokens))})
