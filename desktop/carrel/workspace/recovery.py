"""The recovery code: 160 random bits as people can read, type and check them.

Eight groups of five characters, `7QK3M-0D5XT-…`: four characters of the code
and one that checks the group and its position, so that a typing mistake is
named with its group. Must not know what the code opens.

Alphabet: Crockford's base32, without I, L, O and U. Lower case is read as upper,
O as 0, I and L as 1; spaces and hyphens do not count.
"""

from __future__ import annotations

import secrets
from typing import Final

from carrel.workspace.errors import RecoveryCodeLength, RecoveryCodeTypo

CODE_BYTES: Final = 20
"""Bytes: 160 bits cannot be guessed, and fill eight groups of four characters exactly."""

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS: Final = 8
GROUP_SYMBOLS: Final = 4

_READ_AS: Final = str.maketrans("OIL", "011")
_IGNORED: Final = frozenset("-–—‐‑ \t\r\n")
_POLYNOMIAL: Final = 0b100101
"""x⁵ + x² + 1, primitive: its field has 32 elements, one for each character."""


def new_code() -> bytes:
    """Fresh random bits."""
    return secrets.token_bytes(CODE_BYTES)


def write_code(code: bytes) -> str:
    """The code as printed."""
    bits = int.from_bytes(code, "big")
    symbols = [bits >> 5 * place & 31 for place in range(GROUPS * GROUP_SYMBOLS - 1, -1, -1)]
    groups = []
    for group in range(GROUPS):
        part = symbols[group * GROUP_SYMBOLS : (group + 1) * GROUP_SYMBOLS]
        groups.append("".join(ALPHABET[symbol] for symbol in [*part, _check(group, part)]))
    return "-".join(groups)


def read_code(untrusted_text: str) -> bytes:
    """The bits behind what was typed.

    Raises:
        RecoveryCodeLength: characters are missing or too many.
        RecoveryCodeTypo: a group does not agree with its check character.
    """
    typed = [character for character in untrusted_text.upper() if character not in _IGNORED]
    size = GROUP_SYMBOLS + 1
    if len(typed) != GROUPS * size:
        raise RecoveryCodeLength(found=len(typed), expected=GROUPS * size)
    bits = 0
    for group in range(GROUPS):
        part = "".join(typed[group * size : (group + 1) * size]).translate(_READ_AS)
        symbols = [ALPHABET.find(character) for character in part]
        if -1 in symbols or _check(group, symbols[:-1]) != symbols[-1]:
            raise RecoveryCodeTypo(group=group + 1, groups=GROUPS)
        for symbol in symbols[:-1]:
            bits = bits << 5 | symbol
    return bits.to_bytes(CODE_BYTES, "big")


def _check(group: int, symbols: list[int]) -> int:
    """A weighted sum in the field of 32 elements.

    All weights differ and none is 0 or 1, so one wrong character, two neighbours swapped (check
    character included) and a group in another's place are always noticed.
    """
    total = group + 1
    weight = 2
    for symbol in symbols:
        total ^= _times(weight, symbol)
        weight = _times(weight, 2)
    return total


def _times(left: int, right: int) -> int:
    product = 0
    for place in range(5):
        if right >> place & 1:
            product ^= left << place
    for place in range(8, 4, -1):
        if product >> place & 1:
            product ^= _POLYNOMIAL << place - 5
    return product
