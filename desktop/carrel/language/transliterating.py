"""Whether two words in different scripts are the same name: Мария, Maria, Μαρία, ماريا.

Tables made by hand after ISO 9 and the BGN/PCGN system for Cyrillic, ELOT 743 for Greek and
ALA-LC for Arabic, simplified to what ways of writing have in common. Must not know where words
come from.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Final

import regex
from rapidfuzz.distance import OSA


class Script(StrEnum):
    """Scripts between which names are compared."""

    LATIN = "latin"
    CYRILLIC = "cyrillic"
    GREEK = "greek"
    ARABIC = "arabic"
    OTHER = "other"


CACHED: Final = 100_000
"""Words whose Latin form is remembered, as many as a large workspace has in these scripts."""

LONG: Final = 7
"""Letters of the Latin form from which one may differ."""

_SCRIPTS: Final = (
    (Script.LATIN, regex.compile(r"[\p{Latin}\p{M}'’]+")),
    (Script.CYRILLIC, regex.compile(r"[\p{Cyrillic}\p{M}'’]+")),
    (Script.GREEK, regex.compile(r"[\p{Greek}\p{M}]+")),
    (Script.ARABIC, regex.compile(r"[\p{Arabic}\p{M}\u200c]+")),
)

_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e",
    "ж": "zh", "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "ј": "i", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "",
    "э": "e", "ю": "iu", "я": "ia", "ђ": "dj", "ћ": "c", "љ": "l", "њ": "n", "џ": "dz", "ѓ": "g",
    "ќ": "k", "ѕ": "z",
}  # fmt: skip
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "i", "φ": "f", "χ": "kh", "ψ": "ps", "ω": "o",
}  # fmt: skip
_ARABIC: Final = {
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ى": "a", "ء": "", "ئ": "i", "ؤ": "u", "ع": "",
    "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "d", "ر": "r",
    "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "غ": "g", "ف": "f",
    "ق": "k", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h", "ة": "a", "و": "u", "ي": "i",
    "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ی": "i", "ڤ": "v",
}  # fmt: skip

_PAIRS: Final = (
    ("shch", "sh"), ("tsch", "ch"), ("sch", "sh"), ("tch", "ch"), ("dzh", "j"), ("dj", "j"),
    ("zh", "j"), ("kh", "h"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("ks", "x"), ("ts", "z"),
    ("tz", "z"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ij", "i"), ("w", "v"), ("q", "k"),
    ("y", "i"),
)  # fmt: skip
"""What different ways of writing do alike, longer ones first."""

_VOWELS: Final = frozenset("aeiou")
_DOUBLED: Final = regex.compile(r"(.)\1+")
_SOFT: Final = regex.compile(r"c(?=[eiy])")


def script_of(word: str) -> Script:
    """The script all letters of a word are of."""
    for script, wholly in _SCRIPTS:
        if wholly.fullmatch(word):
            return script
    return Script.OTHER


def same_name(one: str, other: str) -> bool:
    """Whether two case-folded words of different scripts may be one name."""
    scripts = {script_of(one), script_of(other)}
    if len(scripts) < 2 or Script.OTHER in scripts:
        return False
    left, right = _in_latin(one), _in_latin(other)
    if not left or not right:
        return False
    if Script.ARABIC not in scripts:
        return left == right or (
            min(len(left), len(right)) >= LONG
            and left[0] == right[0]
            and OSA.distance(left, right, score_cutoff=1) <= 1
        )
    return _fits_arabic(left, right) if script_of(one) is Script.ARABIC else (
        _fits_arabic(right, left)
    )  # fmt: skip


def _fits_arabic(written: str, name: str) -> bool:
    """Short vowels are not written; v is written f, p as b, o as u, e as i."""
    name = name.translate(str.maketrans("vpoe", "fbui"))
    consonants = [sign for sign in written if sign not in _VOWELS]
    if consonants != [sign for sign in name if sign not in _VOWELS]:
        return False
    rest = iter(name)
    if not all(sign in rest for sign in written):
        return False
    # Two consonants are too few to tell a name by, unless nearly all its vowels are written.
    own, full = (sum(sign in _VOWELS for sign in word) for word in (written, name))
    return len(consonants) > 2 or (len(consonants) == 2 and own > 0 and full - own < 2)


@lru_cache(CACHED)
def _in_latin(word: str) -> str:
    """A word in few Latin letters, the same for all ways of writing a name."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)
    ) if script_of(word) in {Script.LATIN, Script.GREEK} else word  # fmt: skip
    plain = plain.replace("ου", "u")
    made = "".join(
        _CYRILLIC.get(sign, _GREEK.get(sign, _ARABIC.get(sign, sign if sign.isascii() else "")))
        for sign in plain
    )
    for said, meant in _PAIRS:
        made = made.replace(said, meant)
    made = _SOFT.sub("z", made).replace("c", "k").replace("kh", "h")
    made = made.replace("x", "ks").replace("'", "")
    made = made.replace("ii", "i").replace("ia", "a").replace("iu", "u").replace("ie", "e")
    return _DOUBLED.sub(r"\1", made)
