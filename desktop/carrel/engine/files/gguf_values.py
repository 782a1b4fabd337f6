"""Values of one architecture in a header, each checked for type and range where it is read.

llama.cpp ends the process, or silently computes nonsense, on some numbers that
are out of range; a check that forgets one is found by the mutation tests. Must
not know which values an architecture has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from carrel.engine.errors import UnfitGguf
from carrel.engine.files import gguf

MAX_LAYERS: Final = 512
"""Layers of a network; llama.cpp aborts above."""
MAX_CONTEXT: Final = 1 << 24
"""Tokens of context a file may promise."""
MIN_CONTEXT: Final = 256
"""Tokens; less holds no question, and llama.cpp ends when a batch is longer than the context."""

_WHOLE: Final = frozenset({gguf.UINT32, gguf.INT32})
"""Types llama.cpp takes for the items of a list of whole numbers."""


class Values:
    """Entries whose keys begin with the architecture's name.

    Args:
        header: that holds them.
        prefix: before each key, with its point; such as ``llama.``.
    """

    def __init__(self, header: gguf.Header, prefix: str) -> None:
        self._entries = header.entries
        self._prefix = prefix

    def has(self, key: str) -> bool:
        """Whether there is such an entry."""
        return self._prefix + key in self._entries

    def integer(self, key: str, low: int, high: int, missing: int | None = None) -> int:
        """A 32-bit whole number within limits.

        Raises:
            UnfitGguf: it is out of range, of another type, or missing without a substitute.
        """
        entry = self._entries.get(self._prefix + key)
        if entry is None:
            return self._substitute(key, missing)
        if entry.kind != gguf.UINT32 or not isinstance(entry.value, int):
            raise UnfitGguf(fault=f"“{self._prefix}{key}” has the wrong type")
        if not low <= entry.value <= high:
            raise UnfitGguf(fault=f"“{self._prefix}{key}” is {entry.value}")
        return entry.value

    def each(
        self, key: str, layers: int, low: int, high: int, missing: int | None = None
    ) -> tuple[int, ...]:
        """One whole number for each layer: one for all, or a list as long as there are layers.

        Raises:
            UnfitGguf: as for `integer`, or the list has another length.
        """
        entry = self._entries.get(self._prefix + key)
        if entry is None or not isinstance(entry.value, gguf.Array):
            return (self.integer(key, low, high, missing),) * layers
        found = entry.value
        if found.kind not in _WHOLE:
            raise UnfitGguf(fault=f"“{self._prefix}{key}” is not a list of numbers")
        if len(found.items) != layers:
            raise UnfitGguf(
                fault=f"“{self._prefix}{key}” has {len(found.items)} entries for {layers} layers"
            )
        numbers = tuple(int(item) for item in found.items)
        if not low <= min(numbers) <= max(numbers) <= high:
            wrong = next(number for number in numbers if not low <= number <= high)
            raise UnfitGguf(fault=f"“{self._prefix}{key}” is {wrong} for a layer")
        return numbers

    def real(self, key: str, low: float, high: float, *, needed: bool = False) -> None:
        """A finite 32-bit number within limits, or a list of such numbers.

        Raises:
            UnfitGguf: it is none, or it is missing although it is needed.
        """
        entry = self._entries.get(self._prefix + key)
        if entry is None:
            if needed:
                self._substitute(key, None)
            return
        items: Sequence[object] = (entry.value,)
        kind = entry.kind
        if isinstance(entry.value, gguf.Array):
            items, kind = entry.value.items, entry.value.kind
        for value in items:
            if kind != gguf.FLOAT32 or not isinstance(value, float) or not math.isfinite(value):
                raise UnfitGguf(fault=f"“{self._prefix}{key}” is not a number")
            if not low <= value <= high:
                raise UnfitGguf(fault=f"“{self._prefix}{key}” is {value:g}")

    def number(self, key: str) -> float:
        """A number checked before by `real`; 0 if there is none."""
        entry = self._entries.get(self._prefix + key)
        value = entry.value if entry is not None else 0.0
        return float(value) if isinstance(value, int | float) else 0.0

    def truth(self, key: str, *, missing: bool) -> bool:
        """True or false.

        Raises:
            UnfitGguf: it is neither.
        """
        entry = self._entries.get(self._prefix + key)
        if entry is None:
            return missing
        if entry.kind != gguf.BOOL:
            raise UnfitGguf(fault=f"“{self._prefix}{key}” is neither true nor false")
        return entry.value == 1

    def word(self, key: str, known: frozenset[str], missing: str) -> str:
        """A string out of a few.

        Raises:
            UnfitGguf: it is none of them.
        """
        entry = self._entries.get(self._prefix + key)
        if entry is None:
            return missing
        if not isinstance(entry.value, str) or entry.value not in known:
            raise UnfitGguf(fault=f"“{self._prefix}{key}” has an unknown value")
        return entry.value

    def items(self, key: str) -> gguf.Array | None:
        """A list as it stands there, if there is one."""
        entry = self._entries.get(self._prefix + key)
        return entry.value if entry is not None and isinstance(entry.value, gguf.Array) else None

    def refuse(self, key: str) -> None:
        """A key that belongs to other kinds of files.

        Raises:
            UnfitGguf: it is there.
        """
        if self.has(key):
            raise UnfitGguf(fault=f"“{self._prefix}{key}” does not belong in such a file")

    def _substitute(self, key: str, missing: int | None) -> int:
        if missing is None:
            raise UnfitGguf(fault=f"“{self._prefix}{key}” is missing")
        return missing
