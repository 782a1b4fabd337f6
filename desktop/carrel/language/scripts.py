"""Writing systems that need more than lower case: Arabic, Hebrew, Indic, Cyrillic, Greek.

Light rules, the same for documents and questions, so that a word and its
everyday variants meet. Must not know where the words came from.
"""

import unicodedata
from typing import Final

import regex

_ARABIC_MARKS: Final = regex.compile(r"[\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED\u0640]+")
_ARABIC_LETTERS: Final = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ئ": "ي",
        "ؤ": "و", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ک": "ك", "ڪ": "ك",
    }
)  # fmt: skip
_ARABIC_PREFIXES: Final = ("وال", "بال", "كال", "فال", "ولل", "ال", "لل")
_ARABIC_SUFFIXES: Final = ("هما", "ها", "ان", "ات", "ون", "ين", "يه", "وا", "ه", "ي")
_HEBREW_MARKS: Final = regex.compile(r"[\u0591-\u05C7]+")
_NUKTA: Final = regex.compile(r"[\u093C\u09BC\u0A3C\u0ABC\u0B3C\u0CBC\u200C\u200D]+")
_MARKS: Final = regex.compile(r"\p{Mn}+")
_LATIN_LETTERS: Final = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)

TRUNCATED: Final = 6
"""Letters. Inflecting languages without a stemmer of ours are indexed by the whole word and by
its first six letters, which holds the stem of most Slavic, Greek and Caucasian words."""


def fold_arabic(word: str) -> str:
    """Vowels, tatweel and letter variants removed, article and common endings stripped.

    PDF extractors swap lam and alef of the ligature, so both orders become one.
    """
    word = _ARABIC_MARKS.sub("", word).translate(_ARABIC_LETTERS)
    for prefix in _ARABIC_PREFIXES:
        swapped = prefix[:-2] + "اال" if prefix.endswith("ال") else None
        if swapped and word.startswith(swapped) and len(word) - len(swapped) >= 2:
            word = "ا" + word[len(swapped) :]
            break
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    else:
        if word.startswith("و") and len(word) >= 5:
            word = word[1:]
    for suffix in _ARABIC_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    return word.replace("لا", "ال")


def fold_hebrew(word: str) -> str:
    """Points and accents removed."""
    return _HEBREW_MARKS.sub("", word)


def fold_indic(word: str) -> str:
    """Nuktas and joiners removed, vowel signs kept: they are letters in all but name."""
    return _NUKTA.sub("", unicodedata.normalize("NFD", word))


def fold_latin(word: str) -> str:
    """Accents removed."""
    if word.isascii():
        return word
    return _MARKS.sub("", unicodedata.normalize("NFD", word)).translate(_LATIN_LETTERS)


def fold_inflecting(word: str) -> tuple[str, ...]:
    """Cyrillic, Greek, Armenian, Georgian: the word, and its beginning where it is longer."""
    word = word.replace("ё", "е")
    if len(word) <= TRUNCATED:
        return (word,)
    return (word, word[:TRUNCATED] + "*")
