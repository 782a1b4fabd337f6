"""A text becomes the terms it is found by.

One analysis for documents and questions, in the parser process and in the
window. Words are case-folded, English words stemmed, numbers kept whole in one
form; Chinese, Japanese and Korean become characters and pairs, Thai and its
neighbours character triples. Stop words stay: questions drop them, documents
need not. Must not know the index.
"""

import threading
from collections.abc import Collection
from typing import Any, Final

import regex
from snowballstemmer.english_stemmer import EnglishStemmer

from carrel.language import scripts
from carrel.language.folding import fold
from carrel.language.numbers import normal_number

MAX_TERM_LENGTH: Final = 64
"""Characters. Longer runs are not words (encoded data, rules of dashes); they are cut, so that a
hostile file cannot make the index larger than its text."""

CACHE_ENTRIES: Final = 100_000
"""Words whose terms are remembered, about 30 MiB; an English workspace has some 60,000 in use.
The memory is emptied when full, which costs one page's time."""

CACHED_LENGTH: Final = 40
"""Characters. Longer tokens (runs of Chinese or Thai) hardly come twice."""

_TOKEN: Final = regex.compile(
    r"[\p{L}\p{M}\p{Nd}\u2080-\u2089](?:[\p{L}\p{M}\p{Nd}\u2080-\u2089\u200C\u200D]"
    r"|(?<=\p{Nd})[.,'’](?=\p{Nd})"
    r"|(?<=\p{L})['’](?=\p{L})"
    r"|(?<=\p{Lu})&(?=\p{Lu})"
    r"|(?<=(?<!\p{L})\p{Lu})\.(?=\p{Lu}(?!\p{L}))"
    r"|(?<=(?<![\p{L}\p{Nd}])\p{Nd}{1,2})[-‑](?=\p{Lu}{1,2}(?![\p{L}\p{Nd}]))"
    r"|(?<=\p{L})(?:[\u00AD\u0002\uFFFE][ \t]*(?:\r?\n[ \t]*)?(?=\p{L})"
    r"|[-\u2010][ \t]*\r?\n[ \t]*(?=\p{Ll})))*+",
    regex.VERSION1,
)
"""A token: letters, marks and digits, with what may stand inside one: separators of digits,
apostrophes, the & of R&D, the points of U.S., the hyphen of 10-K, and a word's line end."""

_RUNS: Final = regex.compile(
    r"(?P<cjk>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々]+)"
    r"|(?P<unspaced>[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}"
    r"\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}]+)"
    r"|(?P<number>(?>[0-9]+(?:[.,'][0-9]+)*))"
    r"|(?P<word>(?:[\p{L}\p{M}--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}"
    r"\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]"
    r"|['&.-](?=\p{L}))+)",
    regex.VERSION1,
)
_DIGITS: Final = regex.compile(r"[0-9]+")
_ARABIC: Final = regex.compile(r"[\p{Script=Arabic}]", regex.VERSION1)
_HEBREW: Final = regex.compile(r"[\p{Script=Hebrew}]", regex.VERSION1)
_LATIN: Final = regex.compile(r"[\p{Script=Latin}]", regex.VERSION1)
_INFLECTING: Final = regex.compile(
    r"[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Georgian}]", regex.VERSION1
)
_JOINT: Final = regex.compile(
    r"[\u00AD\u0002\uFFFE][ \t]*(?:\r?\n[ \t]*)?|[-\u2010][ \t]*\r?\n[ \t]*", regex.VERSION1
)
_ELISION: Final = regex.compile(r"(\p{L}{1,2}|dell|dall|nell|sull|all)'(\p{L}{3,})\Z")

GRAM: Final = 4
"""Letters of the pieces of words by which inflected forms meet, ends of the word counted."""

CACHED_GRAMS: Final = 20_000
"""Words whose pieces are remembered, about 15 MiB; emptied when full."""

Located = tuple[int, int, str]
"""Start and end in code points, and the term."""

_stemmer: Final[Any] = EnglishStemmer()  # type: ignore[no-untyped-call]
_stemmer_lock: Final = threading.Lock()
"""The stemmer keeps the word in itself; two threads would mix theirs."""

_grams: dict[str, tuple[bool, tuple[str, ...]]] = {}
_cache: dict[str, tuple[tuple[str, ...], tuple[Located, ...]]] = {}


def terms(text: str) -> list[str]:
    """The terms of a text, in order, repeated as often as they occur."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        known = _cache.get(token)
        found += known[0] if known is not None else _analysed(token)[0]
    return found


def grams(text: str, *, latin: bool) -> list[str]:
    """Pieces of four letters of the words of a text, so that forms of one word meet.

    Each begins with ``#``, which no term does. Chinese, Thai and their neighbours have none:
    their terms are pieces already.

    Args:
        latin: whether words in Latin letters are taken, too. English ones are stemmed well
            enough without, and would make the index four times as large.
    """
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if token.isascii() and not latin:
            continue
        known = _grams.get(token)
        if known is None:
            known = _cut(token)
            if len(_grams) >= CACHED_GRAMS:
                _grams.clear()
            _grams[token] = known
        found += known[1] if latin or not known[0] else ()
    return found


def _cut(token: str) -> tuple[bool, tuple[str, ...]]:
    """Whether a token is in Latin letters, and its pieces."""
    folded = fold(token, case=True).text
    is_latin = _LATIN.search(folded) is not None
    pieces: list[str] = []
    for run in _RUNS.finditer(folded):
        if run.lastgroup != "word":
            continue
        word = f"_{scripts.fold_latin(_bare(run[0]))[:MAX_TERM_LENGTH]}_"
        pieces += [f"#{word[at : at + GRAM]}" for at in range(max(1, len(word) - GRAM + 1))]
    return is_latin, tuple(pieces)


def locate(text: str, *, among: Collection[str] = ()) -> list[Located]:
    """The terms of a text with their places: start, end, term.

    Args:
        among: when given, only these terms; much faster on text not seen before, for most words
            are told apart by their first two letters, without being analysed.
    """
    found: list[Located] = []
    beginnings = frozenset(
        form for two in {term[:2] for term in among} for form in (two, two.upper(), two.title())
    )
    for match in _TOKEN.finditer(text):
        token = match[0]
        if (
            among
            and token[:2] not in beginnings
            and token.isascii()
            and token.isalpha()
            and len(token) > 2
            and not (token[0].islower() and token[1].isupper())
        ):
            continue  # Stemming changes the ends of words only.
        known = (_cache.get(token) or _analysed(token))[1]
        base = match.start()
        found += [
            (base + start, base + end, term)
            for start, end, term in known
            if not among or term in among
        ]
    return found


def _analysed(token: str) -> tuple[tuple[str, ...], tuple[Located, ...]]:
    located = tuple(_analyse(token))
    result = tuple(term for _, _, term in located), located
    if len(token) <= CACHED_LENGTH:
        if len(_cache) >= CACHE_ENTRIES:
            _cache.clear()
        _cache[token] = result
    return result


def _analyse(token: str) -> list[Located]:
    """The terms of one token, places counted from its start."""
    folded = fold(token, case=True)
    runs = list(_RUNS.finditer(folded.text))
    found: list[Located] = []
    if len(runs) > 1 and len(folded.text) <= MAX_TERM_LENGTH and _is_mixed(runs):
        found.append((0, len(token), _bare(folded.text)))
    for run in runs:
        kind, (start, end) = run.lastgroup, run.span()
        if kind == "cjk":
            grams = [(at, at + 1) for at in range(start, end)]
            grams += [(at, at + 2) for at in range(start, end - 1)]
            places = sorted(grams)
        elif kind == "unspaced":
            places = [(at, at + 3) for at in range(start, end - 2)] or [(start, end)]
        else:
            span = folded.original(start, end)
            named = _number(run[0]) if kind == "number" else _word(run[0])
            found += [(span.start, span.end, term[:MAX_TERM_LENGTH]) for term in named]
            continue
        for at, stop in places:
            span = folded.original(at, stop)
            found.append((span.start, span.end, folded.text[at:stop]))
    found += _parts_at_line_end(token)
    return found


def _is_mixed(runs: list[regex.Match[str]]) -> bool:
    """Whether digits and letters stand together, as in 10-K, FY2018 or CO2."""
    kinds = {run.lastgroup for run in runs}
    return kinds == {"number", "word"}


def _bare(text: str) -> str:
    return text.translate(_NO_JOINERS)


_NO_JOINERS: Final = str.maketrans("", "", "'&.-,")


def _number(text: str) -> list[str]:
    normal = normal_number(text)
    if normal.count(".") > 1 or "," in normal or "'" in normal:
        return [normal_number(part) for part in _DIGITS.findall(normal)]
    return [normal]


def _word(text: str) -> tuple[str, ...]:
    if _LATIN.search(text):
        return _latin(text)
    if _ARABIC.search(text):
        return (scripts.fold_arabic(text),)
    if _HEBREW.search(text):
        return (scripts.fold_hebrew(text),)
    if _INFLECTING.search(text):
        return scripts.fold_inflecting(text)
    return (scripts.fold_indic(text),)


def _latin(text: str) -> tuple[str, ...]:
    if "'" in text:
        text = text.removesuffix("'s").removesuffix("'")
        elision = _ELISION.match(text)
        if elision:
            return (_stem(scripts.fold_latin(elision[1])), _stem(scripts.fold_latin(elision[2])))
    return (_stem(scripts.fold_latin(_bare(text))),)


def _stem(word: str) -> str:
    if len(word) <= 3 or not word.isascii() or len(word) > MAX_TERM_LENGTH:
        return word
    with _stemmer_lock:
        stem: str = _stemmer.stemWord(word)
    return stem


def _parts_at_line_end(token: str) -> list[Located]:
    """The halves of a word parted at a line end: “long-term” is parted there, too.

    A soft hyphen (U+00AD) only ever parts one word.
    """
    joint = _JOINT.search(token)
    if joint is None or "\u00ad" in joint[0]:
        return []
    halves = ((0, joint.start()), (joint.end(), len(token)))
    if any(end - start < 3 or not token[start:end].isalpha() for start, end in halves):
        return []
    return [
        (start, end, term) for start, end in halves for term in _word(token[start:end].casefold())
    ]
