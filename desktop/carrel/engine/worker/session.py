"""One conversation's context: read a prompt, go back when it changed, write tokens.

All knowledge of how V4's cache behaves is here. It can be extended; to go back
it needs a saved state, restored and then checked. A read or write that was
aborted leaves it dirty, and it is restored before anything else. llama.cpp can
be told to keep a few steps for taking back (``n_rs_seq``), but after an abort
that reports success and yields wrong numbers (logits off by 0.2), so it is off.
Must not know requests or the wire.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Final

from carrel.engine.errors import DecodeFailed
from carrel.engine.ledger import Checkpoint, Ledger, steps, waypoints, worth_saving
from carrel.engine.worker.binding import api
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.words import Prompt

SAVE_WHILE_WRITING: Final = 256
"""Tokens between saved states while writing: what stopping in the middle of a step can cost."""

_SEQUENCE: Final = 0
_OK, _NO_ROOM, _ABORTED = 0, 1, 2
_PARTIAL: Final = api.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY


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

    def read(self, prompt: Prompt, on_progress: Callable[[int], None]) -> int:
        """Make the context hold this prompt, computing as little as possible.

        Args:
            on_progress: called with the tokens in place, after each batch.

        Returns:
            How many tokens were in place beforehand.

        Raises:
            Aborted: stopped by the flag; what was read up to the last save is kept.
            DecodeFailed: llama.cpp failed; the context is empty.
        """
        reused = self._return_to(self.ledger.common(prompt.tokens))
        on_progress(reused)
        total = len(prompt.tokens)
        points = waypoints(prompt.borders, total)
        saved = worth_saving(prompt.borders) | points
        borders = sorted({*prompt.borders, *points})
        for end in steps(reused, borders, total, self._loaded.batch_tokens):
            self._decode(prompt.tokens[len(self.ledger.tokens) : end])
            if end in saved and end < total:
                self._save()
            on_progress(end)
        self._saved_at = total
        return reused

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
            self._restore(self.ledger.nearest(start))
            raise Aborted
        self._clear()
        cause = "there was no room" if code == _NO_ROOM else f"code {code}"
        raise DecodeFailed(cause=cause)

    def _return_to(self, common: int) -> int:
        """Take back what lies above ``common``; returns the position really reached."""
        length = len(self.ledger.tokens)
        if common == length:
            return length
        return self._restore(self.ledger.nearest(common))

    def _ends_at(self, position: int) -> bool:
        """Drop what lies from here on; says whether the context then really ends here."""
        removed = api.llama_memory_seq_rm(self._memory, _SEQUENCE, position, -1)
        return bool(removed) and self._end() == position

    def _restore(self, checkpoint: Checkpoint | None) -> int:
        """Go back to a saved state, or to nothing; returns the position reached."""
        if checkpoint is not None:
            state = checkpoint.state
            size = ctypes.sizeof(state) if isinstance(state, ctypes.Array) else 0
            read = api.llama_state_seq_set_data_ext(self._context, state, size, _SEQUENCE, _PARTIAL)
            if read == size > 0 and self._ends_at(checkpoint.position):
                self.ledger.cut(checkpoint.position)
                return checkpoint.position
        self._clear()
        return 0

    def _save(self, *, passing: bool = False) -> None:
        self._saved_at = len(self.ledger.tokens)
        size = api.llama_state_seq_get_size_ext(self._context, _SEQUENCE, _PARTIAL)
        state = (ctypes.c_uint8 * size)()
        written = api.llama_state_seq_get_data_ext(self._context, state, size, _SEQUENCE, _PARTIAL)
        if written == size > 0:
            self.ledger.save(state, passing=passing)

    def _clear(self) -> None:
        api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - positional only
        self.ledger.clear()

    def _end(self) -> int:
        """One past the last position in the context."""
        return int(api.llama_memory_seq_pos_max(self._memory, _SEQUENCE)) + 1
