"""An untrusted map, read field by field with limits; used wherever a frame or a file is checked.

Must not know what the fields mean.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, TypeVar

from carrel.system.frames import FrameError

_Choice = TypeVar("_Choice", bound=StrEnum)


class Fields:
    """An untrusted map, read field by field with limits."""

    def __init__(self, untrusted_map: object) -> None:
        if not isinstance(untrusted_map, dict):
            raise FrameError(cause="a map is missing")
        self._untrusted: dict[Any, Any] = untrusted_map

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number between both limits."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, int) or isinstance(untrusted, bool):
            raise FrameError(cause=f"“{name}” is no number")
        if not low <= untrusted <= high:
            raise FrameError(cause=f"“{name}” is out of range")
        return untrusted

    def real(self, name: str, low: float, high: float) -> float:
        """A finite number between both limits."""
        untrusted = self._untrusted.get(name)
        if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
            raise FrameError(cause=f"“{name}” is no number")
        if not (math.isfinite(untrusted) and low <= untrusted <= high):
            raise FrameError(cause=f"“{name}” is out of range")
        return float(untrusted)

    def truth(self, name: str) -> bool:
        """True or false."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, bool):
            raise FrameError(cause=f"“{name}” is neither true nor false")
        return untrusted

    def text(self, name: str, limit: int) -> str:
        """A string of at most so many characters that can be written as UTF-8."""
        return checked_text(self._untrusted.get(name), name, limit)

    def many(self, name: str, limit: int) -> list[Any]:
        """A list of at most so many items, themselves still untrusted."""
        untrusted = self._untrusted.get(name)
        if not isinstance(untrusted, list | tuple) or len(untrusted) > limit:
            raise FrameError(cause=f"“{name}” is no list, or too long")
        return list(untrusted)

    def raw(self, name: str) -> object:
        """A field to be checked elsewhere."""
        return self._untrusted.get(name)


def checked_text(untrusted: object, name: str, limit: int) -> str:
    """A string of at most ``limit`` characters without lone surrogates."""
    if not isinstance(untrusted, str) or len(untrusted) > limit:
        raise FrameError(cause=f"“{name}” is no text, or too long")
    try:
        untrusted.encode()
    except UnicodeEncodeError as error:
        raise FrameError(cause=f"“{name}” is not valid text") from error
    return untrusted


def choice(kind: type[_Choice], untrusted: str) -> _Choice:
    """One of the words of a kind.

    Raises:
        FrameError: another word.
    """
    try:
        return kind(untrusted)
    except ValueError as error:
        raise FrameError(cause=f"an unknown {kind.__name__.lower()}") from error
