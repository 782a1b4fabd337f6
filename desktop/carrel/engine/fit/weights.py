"""How the bytes of a file are shared out: dense parts and experts, layer by layer.

Told from the names of the tensors, which llama.cpp's loader prescribes for
every architecture. Pure values. Must not know files or devices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LAYER: Final = re.compile(r"blk\.(\d+)\.(.+)\Z")
_EMBEDDING: Final = "token_embd.weight"
_OUTPUT: Final = "output.weight"
_ROUTED: Final = "_exps."
_TABLE: Final = "ffn_gate_tid2eid.weight"
"""Chooses experts by the word; one row is read for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Bytes of weights by where they stand.

    Attributes:
        outer: outside the layers and multiplied for every token: the output matrix above all.
        embedding: a table of which each token reads one row; llama.cpp keeps it with the
            processor.
        dense: of each layer, what every token is multiplied with.
        experts: of each layer, all its routed experts together.
        experts_used, experts_total: how many of them a token takes, of how many; both 0 if the
            network has none.
    """

    outer: int
    embedding: int
    dense: tuple[int, ...]
    experts: tuple[int, ...]
    experts_used: int
    experts_total: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.outer + self.embedding + sum(self.dense) + sum(self.experts)

    @property
    def dense_per_token(self) -> int:
        """Bytes every token reads, whichever experts it takes."""
        return self.outer + sum(self.dense)

    def routed_per_token(self, bytes_of_experts: int) -> int:
        """Bytes a token reads of so many bytes of experts."""
        return bytes_of_experts * self.experts_used // max(1, self.experts_total)

    @property
    def per_token(self) -> int:
        """Bytes of weights read for each written token."""
        return self.dense_per_token + self.routed_per_token(sum(self.experts))


def weights_of(sizes: Mapping[str, int], *, experts_used: int, experts_total: int) -> Weights:
    """Share out the tensors of a file.

    Args:
        sizes: bytes by the name of the tensor.
    """
    outer = embedding = 0
    dense: dict[int, int] = {}
    experts: dict[int, int] = {}
    for name, size in sizes.items():
        found = _LAYER.match(name)
        if found is not None:
            layer = int(found[1])
            part = experts if _ROUTED in found[2] else dense
            if found[2] != _TABLE:
                part[layer] = part.get(layer, 0) + size
            else:
                embedding += size
        elif name == _EMBEDDING:
            embedding += size
        else:
            outer += size
    if _OUTPUT not in sizes:  # the embedding is the output matrix as well
        outer += sizes.get(_EMBEDDING, 0)
        embedding -= sizes.get(_EMBEDDING, 0)
    layers = range(1 + max((*dense, *experts), default=-1))
    return Weights(
        outer=outer,
        embedding=embedding,
        dense=tuple(dense.get(layer, 0) for layer in layers),
        experts=tuple(experts.get(layer, 0) for layer in layers),
        experts_used=experts_used,
        experts_total=experts_total,
    )
