"""Run a GGUF file through llama.cpp's low-level binding, for measuring and tests.

Constrained decoding is here in its plainest form: among the answers that may be
given, only tokens that continue one of them are allowed. Must not know PyTorch.
"""

import ctypes
import importlib
import sys
import types
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

MAX_PIECE: Final = 512
"""Bytes of one token's text."""


def binding() -> Any:  # noqa: ANN401 - a module of ctypes functions
    """llama-cpp-python's low-level module, without the package around it."""
    if "llama_cpp" not in sys.modules:
        found = find_spec("llama_cpp")
        if found is None or found.submodule_search_locations is None:
            raise ImportError("llama_cpp")
        package = types.ModuleType("llama_cpp")
        package.__path__ = list(found.submodule_search_locations)
        sys.modules["llama_cpp"] = package
    return importlib.import_module("llama_cpp.llama_cpp")


class Runner:
    """A loaded file and one context."""

    def __init__(
        self, path: Path, *, context: int = 4096, fused: bool = True, single: bool = False
    ) -> None:
        """Load a file.

        Args:
            path: of the file.
            context: tokens.
            fused: use flash attention.
            single: keep the cache in single precision.

        Raises:
            OSError: llama.cpp refused it.
        """
        self.api = api = binding()

        @api.llama_log_callback  # type: ignore[untyped-decorator]
        def quiet(_level: int, _text: bytes, _data: object) -> None:
            return

        self._quiet = quiet
        api.llama_log_set(quiet, None)
        api.llama_backend_init()
        wanted = api.llama_model_default_params()
        wanted.use_extra_bufts = False
        self._network = api.llama_model_load_from_file(str(path).encode(), wanted)
        if not self._network:
            raise OSError(str(path))
        self._words = api.llama_model_get_vocab(self._network)
        self.count = int(api.llama_vocab_n_tokens(self._words))
        made = api.llama_context_default_params()
        made.n_ctx, made.n_batch, made.n_ubatch = context, context, min(context, 512)
        made.n_threads = made.n_threads_batch = 1
        made.flash_attn_type = int(fused)
        made.type_k = made.type_v = 0 if single else 1
        made.swa_full = False
        self._context = api.llama_init_from_model(self._network, made)
        if not self._context:
            raise OSError("no context")
        self._room = context
        self._place = 0

    def tokens(self, text: str, *, special: bool = True) -> list[int]:
        """A text as tokens."""
        raw = text.encode()
        found = (self.api.llama_token * (len(raw) + 2))()
        number = self.api.llama_tokenize(
            self._words,
            raw,
            len(raw),
            found,
            len(found),
            False,  # noqa: FBT003
            special,
        )
        return list(found[:number])

    def piece(self, token: int) -> bytes:
        """The bytes of a token."""
        buffer = ctypes.create_string_buffer(MAX_PIECE)
        size = self.api.llama_token_to_piece(self._words, token, buffer, MAX_PIECE, 0, True)  # noqa: FBT003
        return buffer.raw[: max(size, 0)]

    def clear(self) -> None:
        """Forget everything that was read."""
        self.api.llama_memory_clear(self.api.llama_get_memory(self._context), True)  # noqa: FBT003
        self._place = 0

    def read(self, tokens: Sequence[int], *, every: bool = False) -> np.ndarray:
        """Read tokens.

        Args:
            tokens: more of the text.
            every: give the scores after each token instead of after the last.

        Returns:
            Scores, [tokens or 1, vocabulary].
        """
        batch = self.api.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = token, self._place + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = every or i == len(tokens) - 1
        code = self.api.llama_decode(self._context, batch)
        self.api.llama_batch_free(batch)
        if code:
            raise RuntimeError(code)
        self._place += len(tokens)
        places = range(len(tokens)) if every else [len(tokens) - 1]
        rows = [self.api.llama_get_logits_ith(self._context, i) for i in places]
        return np.stack([np.ctypeslib.as_array(row, (self.count,)).copy() for row in rows])

    def among(self, prompt: list[int], answers: list[list[int]], end: int, most: int) -> list[int]:
        """The greedy answer made of the given ones, one after the other, each at most once.

        Args:
            prompt: tokens to read first; the context is cleared before.
            answers: allowed answers; the last stands alone.
            end: token that ends the whole.
            most: answers that may follow each other.
        """
        self.clear()
        scores, said = self.read(prompt)[-1], []
        open_ones, inside, given = list(range(len(answers))), 0, 0
        while True:
            live = [i for i in open_ones if len(answers[i]) > inside]
            allowed = {answers[i][inside] for i in live}
            done = [i for i in open_ones if inside and len(answers[i]) == inside]
            if done:
                given += 1
                last = done[0] == len(answers) - 1
                rest = [i for i in range(len(answers) - 1) if answers[i][0] not in said]
                more = set() if last or given >= most else {answers[i][0] for i in rest}
                allowed |= more | {end}
            best = max(allowed, key=lambda token: scores[token])
            if done and best == end:
                return said
            if done and best in more:
                open_ones, inside = rest, 0
            open_ones = [
                i for i in open_ones if len(answers[i]) > inside and answers[i][inside] == best
            ]
            inside += 1
            said.append(best)
            scores = self.read([best])[-1]

    def freely(self, prompt: list[int], end: int, most: int) -> list[int]:
        """The greedy answer without bounds; stops at `end` or after `most` tokens."""
        self.clear()
        scores, said = self.read(prompt)[-1], []
        while len(said) < most:
            best = int(scores.argmax())
            if best == end:
                break
            said.append(best)
            scores = self.read([best])[-1]
        return said
