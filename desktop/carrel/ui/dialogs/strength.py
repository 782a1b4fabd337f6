"""How hard a passphrase is to guess, in words. Must not know Qt.

An estimate from its make, not from lists of leaked passphrases. Each guess
costs an attacker the key derivation (Argon2id, 256 MiB), so the bars are lower
than for a web site's password.
"""

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WORD_BITS: Final = 11.0
"""Bits of one word in a row of words: a common vocabulary has about 2,000 of them."""
LEAST_BITS: Final = 36.0
"""Below this, guessing takes less than a year on one large machine at two guesses a second a core.
Such a passphrase is refused."""
_GOOD_BITS: Final = 50.0
_STRONG_BITS: Final = 66.0
_RUNS: Final = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Strength:
    """An estimate: bits, a tone (``bad warn ok``), words."""

    bits: float
    tone: str
    words: str

    @property
    def accepted(self) -> bool:
        """Whether a workspace may be made with it."""
        return self.bits >= LEAST_BITS


def strength(passphrase: str) -> Strength:
    """Estimate how hard a passphrase is to guess."""
    bits = _bits(passphrase)
    if not passphrase:
        return Strength(0.0, "plain", "Several unrelated words are strong and easy to type.")
    if bits < LEAST_BITS:
        return Strength(bits, "bad", "Too easy to guess. Add more words.")
    if bits < _GOOD_BITS:
        return Strength(bits, "warn", "Usable. One more word would make it good.")
    if bits < _STRONG_BITS:
        return Strength(bits, "ok", "Good.")
    return Strength(bits, "ok", "Strong.")


def _bits(passphrase: str) -> float:
    words = {word.casefold() for word in re.split(r"[\s\-_.,]+", passphrase) if word}
    return sum(_word_bits(word) for word in words)


def _word_bits(word: str) -> float:
    letters = _without_runs(word)
    if not letters:
        return 3.0
    pool = 0
    for pattern, size in ((r"[a-z]", 26), (r"[0-9]", 10), (r"[^a-z0-9]", 33)):
        pool += size if re.search(pattern, letters) else 0
    spread = len(set(letters)) / len(letters)
    random_bits = len(letters) * math.log2(max(pool, 2)) * max(0.3, spread)
    if word.isalpha():
        return min(random_bits, WORD_BITS + max(0, len(word) - 10) * 1.5)
    return min(random_bits, random_bits * 0.75 + 4)


def _without_runs(word: str) -> str:
    """The word with runs such as ``1234`` or ``aaaa`` reduced to their first letter."""
    kept = word[:1]
    for before, here in pairwise(word):
        pair = before + here
        if before == here or any(pair in run or pair[::-1] in run for run in _RUNS):
            continue
        kept += here
    return kept if len(kept) > len(word) / 2 else kept[: max(1, len(kept))]
