"""Choose the next token, and notice numbers that are none.

Must not know requests or the wire.
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Any, Self

from carrel.engine.errors import DamagedWeights
from carrel.engine.protocol import Sampling
from carrel.engine.worker.binding import all_finite, api


class Sampler:
    """A chain of llama.cpp samplers with every parameter given, none by default.

    Use as a context manager; it frees the chain.
    """

    def __init__(self, sampling: Sampling, context: Any, words: int) -> None:  # noqa: ANN401 - llama.cpp's handle
        self._context = context
        self._words = words
        self._chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        if sampling.temperature == 0:
            self._add(api.llama_sampler_init_greedy())
            return
        self._add(api.llama_sampler_init_temp(sampling.temperature))
        if sampling.top_p < 1:
            self._add(api.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(api.llama_sampler_init_dist(sampling.seed))

    def next(self) -> int:
        """The token after the last one decoded.

        Raises:
            DamagedWeights: the engine computed something that is no number.
        """
        logits = api.llama_get_logits_ith(self._context, -1)
        if not logits:
            raise DamagedWeights
        row = (ctypes.c_float * self._words).from_address(ctypes.addressof(logits.contents))
        if not all_finite(row):
            raise DamagedWeights
        token: int = api.llama_sampler_sample(self._chain, self._context, -1)
        if not 0 <= token < self._words:
            raise DamagedWeights
        return token

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        api.llama_sampler_free(self._chain)

    def _add(self, sampler: Any) -> None:  # noqa: ANN401 - llama.cpp's handle
        api.llama_sampler_chain_add(self._chain, sampler)
