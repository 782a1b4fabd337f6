"""Choose the next token, held to a grammar if asked, and notice numbers that are none.

Must not know requests or the wire.
"""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Any, Self

from carrel.engine.errors import BadSchema, DamagedWeights
from carrel.engine.wire.protocol import Sampling
from carrel.engine.worker.binding import all_finite, api
from carrel.engine.worker.words import Words


class Sampler:
    """Chains of llama.cpp samplers with every parameter given, none by default.

    Use as a context manager; it frees the chains.

    Args:
        grammar: in llama.cpp's notation; empty for free text.

    Raises:
        BadSchema: llama.cpp cannot read the grammar.
    """

    def __init__(
        self,
        sampling: Sampling,
        context: Any,  # noqa: ANN401 - llama.cpp's handle
        words: Words,
        grammar: str = "",
    ) -> None:
        self._context = context
        self._words = words
        self._free = _chain(sampling, [])
        self._held: _Held | None = None
        if grammar:
            try:
                self._held = _Held(sampling, words, grammar)
            except BadSchema:
                api.llama_sampler_free(self._free)
                raise

    def next(self, *, held: bool = False) -> int:
        """The token after the last one decoded.

        Args:
            held: to the grammar. It follows only the tokens it chose itself: once begun, it must
                be asked for every token to the end.

        Raises:
            DamagedWeights: the engine computed something that is no number.
        """
        logits = api.llama_get_logits_ith(self._context, -1)
        if not logits:
            raise DamagedWeights
        row = (ctypes.c_float * self._words.count).from_address(ctypes.addressof(logits.contents))
        if not all_finite(row):
            raise DamagedWeights
        token: int = api.llama_sampler_sample(self._free, self._context, -1)
        if held and self._held is not None:
            token = self._held.instead_of(token, self._context)
        if not 0 <= token < self._words.count:
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
        api.llama_sampler_free(self._free)
        if self._held is not None:
            self._held.close()


class _Held:
    """Tokens a grammar allows.

    llama.cpp ends the process if a grammar is told of a token it does not allow, so it is told
    only of tokens it was asked about. Asking about one is quick and about all of them is not:
    the word chosen freely is kept where it is allowed.
    """

    def __init__(self, sampling: Sampling, words: Words, grammar: str) -> None:
        self._words = words
        self._grammar = api.llama_sampler_init_grammar(words.handle, grammar.encode(), b"root")
        if not self._grammar:
            raise BadSchema(fault="it makes a grammar the engine cannot read")
        # No token of the chat format belongs into the answer, but for the one that ends it.
        # Nor does a byte that is part of no letter.
        banned = sorted({t for t in words.special if not words.final(t)} | words.never_text)
        biases = (api.llama_logit_bias * max(1, len(banned)))()
        for bias, token in zip(biases, banned, strict=False):
            bias.token, bias.bias = token, float("-inf")
        self._banned = frozenset(banned)
        ban = api.llama_sampler_init_logit_bias(words.count, len(banned), biases)
        self._chain = _chain(sampling, [ban, self._grammar])
        self._one = (api.llama_token_data * 1)()
        self._row = api.llama_token_data_array(
            data=ctypes.cast(self._one, ctypes.POINTER(api.llama_token_data)), size=1, selected=-1
        )

    def instead_of(self, token: int, context: Any) -> int:  # noqa: ANN401 - llama.cpp's handle
        """This token if it is allowed, else one that is."""
        if token not in self._banned:
            self._one[0] = api.llama_token_data(id=token, logit=1.0, p=0.0)
            self._row.size, self._row.selected = 1, -1
            api.llama_sampler_apply(self._grammar, ctypes.byref(self._row))
            if self._row.size == 1 and self._one[0].logit == 1.0:
                api.llama_sampler_accept(self._grammar, token)
                return token
        chosen: int = api.llama_sampler_sample(self._chain, context, -1)
        return chosen

    def close(self) -> None:
        """Free it."""
        api.llama_sampler_free(self._chain)


def plain_chain(sampling: Sampling) -> Any:  # noqa: ANN401 - llama.cpp's handle
    """The chain alone, to be freed by the caller."""
    return _chain(sampling, [])


def _chain(sampling: Sampling, before: list[Any]) -> Any:  # noqa: ANN401 - llama.cpp's handle
    """Samplers one after another; it owns those that stand before."""
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for sampler in before:
        api.llama_sampler_chain_add(chain, sampler)
    if sampling.temperature == 0:
        api.llama_sampler_chain_add(chain, api.llama_sampler_init_greedy())
        return chain
    api.llama_sampler_chain_add(chain, api.llama_sampler_init_temp(sampling.temperature))
    # Each of these sorts; one that would keep every word is left out.
    if sampling.top_k > 0:
        api.llama_sampler_chain_add(chain, api.llama_sampler_init_top_k(sampling.top_k))
    if sampling.top_p < 1:
        api.llama_sampler_chain_add(chain, api.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        api.llama_sampler_chain_add(chain, api.llama_sampler_init_min_p(sampling.min_p, 1))
    api.llama_sampler_chain_add(chain, api.llama_sampler_init_dist(sampling.seed))
    return chain
